//! Predefined roles of Google Cloud: those that reach furthest by name, the rest by their last word.

use super::{Platform, Row, all, row};
use crate::AccessClass::{Credentials, Data, List, Permissions, Read, Secrets, Write};

pub(super) const PLATFORM: Platform = Platform {
    provider: "google",
    within: "in its project",
    sources: &[
        "https://cloud.google.com/iam/docs/roles-overview",
        "https://cloud.google.com/iam/docs/service-account-permissions",
        "https://cloud.google.com/iam/docs/roles-permissions",
    ],
    rows: ROWS,
    composed: None,
    documents: None,
};

const BECOMES: &str = "may act as any service account that the role reaches";
const GRANTS: &str = "may grant itself any role of the project";

const ROWS: &[Row] = &[
    all("roles/owner"),
    // It may use every service account, and read what buckets and tables hold; secrets it may not read.
    row("roles/editor", &[List, Read, Write, Data, Credentials]).more(BECOMES),
    row("roles/viewer", &[List, Read, Data]),
    row("roles/browser", &[List]),
    row("roles/iam.organizationRoleAdmin", &[List, Read, Write, Permissions])
        .more("may add permissions to roles that it has itself"),
    row("roles/iam.roleAdmin", &[List, Read, Write, Permissions])
        .more("may add permissions to roles that it has itself"),
    row("roles/iam.roleViewer", &[List, Read]),
    row("roles/iam.securityAdmin", &[List, Read, Permissions]).more(GRANTS),
    row("roles/iam.securityReviewer", &[List, Read]),
    row("roles/iam.serviceAccountAdmin", &[List, Read, Write, Permissions])
        .more("may let itself act as any service account"),
    row("roles/iam.serviceAccountCreator", &[List, Read, Write]),
    row("roles/iam.serviceAccountKeyAdmin", &[List, Read, Write, Credentials])
        .more("may make keys of any service account that the role reaches"),
    row("roles/iam.serviceAccountOpenIdTokenCreator", &[Credentials]).more(BECOMES),
    row("roles/iam.serviceAccountTokenCreator", &[List, Read, Credentials]).more(BECOMES),
    row("roles/iam.serviceAccountUser", &[List, Read, Credentials]).more(
        "may start machines and jobs as any service account that the role reaches, where it may start any,",
    ),
    row("roles/iam.workloadIdentityPoolAdmin", &[List, Read, Write, Permissions])
        .more("may trust an issuer of its own for whatever the pool may"),
    row("roles/iam.workloadIdentityUser", &[Credentials]).more(BECOMES),
    row("roles/resourcemanager.folderAdmin", &[List, Read, Write, Permissions]).more(GRANTS),
    row("roles/resourcemanager.folderIamAdmin", &[List, Read, Permissions]).more(GRANTS),
    row("roles/resourcemanager.organizationAdmin", &[List, Read, Permissions]).more(GRANTS),
    row("roles/resourcemanager.projectIamAdmin", &[List, Read, Permissions]).more(GRANTS),
    row("roles/secretmanager.admin", &[List, Read, Write, Secrets, Permissions]),
    row("roles/secretmanager.secretAccessor", &[Secrets]),
    row("roles/secretmanager.secretVersionAdder", &[Write]),
    row("roles/secretmanager.secretVersionManager", &[List, Read, Write]),
    row("roles/secretmanager.viewer", &[List, Read]),
    row("roles/cloudkms.admin", &[List, Read, Write, Permissions]),
    row("roles/cloudkms.cryptoKeyDecrypter", &[Data]),
    row("roles/cloudkms.cryptoKeyEncrypter", &[Write]),
    row("roles/cloudkms.cryptoKeyEncrypterDecrypter", &[Write, Data]),
    row("roles/cloudkms.viewer", &[List, Read]),
    row("roles/storage.admin", &[List, Read, Write, Data, Permissions]),
    row("roles/storage.objectAdmin", &[List, Read, Write, Data, Permissions]),
    row("roles/storage.objectCreator", &[Write]),
    row("roles/storage.objectUser", &[List, Read, Write, Data]),
    row("roles/storage.objectViewer", &[List, Read, Data]),
    row("roles/bigquery.admin", &[List, Read, Write, Data, Permissions]),
    row("roles/bigquery.dataEditor", &[List, Read, Write, Data]),
    row("roles/bigquery.dataOwner", &[List, Read, Write, Data, Permissions]),
    row("roles/bigquery.dataViewer", &[List, Read, Data]),
    row("roles/bigquery.jobUser", &[Write]),
    row("roles/bigquery.metadataViewer", &[List, Read]),
    row("roles/compute.admin", &[List, Read, Write, Permissions])
        .more("may read the tokens of machines' service accounts by signing in to them"),
    row("roles/compute.instanceAdmin*", &[List, Read, Write])
        .more("may read the tokens of machines' service accounts by signing in to them"),
    row("roles/compute.osAdminLogin", &[Write, Credentials])
        .more("may read the tokens of machines' service accounts by signing in to them"),
    row("roles/cloudfunctions.admin", &[List, Read, Write, Permissions]),
    row("roles/container.admin", &[List, Read, Write, Secrets, Permissions])
        .more("may do anything in the project's clusters"),
    row("roles/container.developer", &[List, Read, Write, Secrets]),
    row("roles/container.viewer", &[List, Read]),
    row("roles/deploymentmanager.editor", &[List, Read, Write])
        .more("may have things made by a service account that is an editor"),
    row("roles/logging.privateLogViewer", &[List, Read, Data]),
    row("roles/logging.logWriter", &[Write]),
    row("roles/monitoring.metricWriter", &[Write]),
    row("roles/pubsub.publisher", &[Write]),
    row("roles/pubsub.subscriber", &[Read, Data]),
    row("roles/run.invoker", &[Write]),
];
