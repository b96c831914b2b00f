//! Membership of an organisation, roles on repositories, deploy keys, and permissions of Apps at GitHub.
//!
//! An App's permission is granted as `contents: write`.

use super::{Platform, Row, all, row};
use crate::AccessClass::{Credentials, Data, List, Permissions, Read, Secrets, Write};

pub(super) const PLATFORM: Platform = Platform {
    provider: "github",
    within: "in its organisation",
    sources: &[
        "https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/roles-in-an-organization",
        "https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization",
        "https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps",
    ],
    rows: ROWS,
    composed: None,
    documents: None,
};

/// What a workflow is given, whoever writes one can send anywhere.
const WORKFLOWS: &str =
    "may write a workflow that hands out the secrets and the cloud roles of its repository";

const ROWS: &[Row] = &[
    all("owner"),
    row("member", &[List, Read]),
    row("outside collaborator", &[List, Read]),
    row("admin", &[List, Read, Write, Data, Credentials, Permissions]).more(WORKFLOWS),
    row("maintain", &[List, Read, Write, Data, Credentials]).more(WORKFLOWS),
    row("write", &[List, Read, Write, Data, Credentials]).more(WORKFLOWS),
    row("triage", &[List, Read, Data]),
    row("read", &[List, Read, Data]),
    row("organization_administration: write", &[Read, Write, Permissions])
        .more("may change who may do what in the organisation"),
    row("organization_custom_*roles: write", &[Read, Write, Permissions]),
    row("administration: write", &[Read, Write, Credentials, Permissions])
        .more("may add deploy keys and people to any repository that it reaches"),
    row("members: write", &[List, Read, Permissions])
        .more("may make somebody an owner of the organisation"),
    row("workflows: write", &[Write, Credentials]).more(WORKFLOWS),
    row("actions: write", &[List, Read, Write]),
    row("contents: write", &[List, Read, Write, Data]),
    row("contents: read", &[List, Read, Data]),
    row("environments: write", &[List, Read, Write, Permissions]),
    row("organization_hooks: write", &[List, Read, Write, Data]),
    row("repository_hooks: write", &[List, Read, Write, Data]),
    row("organization_self_hosted_runners: write", &[List, Read, Write, Credentials])
        .more("may run jobs, and the secrets that they are given, on a machine of its own"),
    row("organization_personal_access_tokens: write", &[List, Read, Write]),
    row("packages: read", &[List, Read, Data]),
    row("packages: write", &[List, Read, Write, Data]),
    // Names of secrets; their values GitHub shows to nobody.
    row("*secrets: read", &[List]),
    row("*secrets: write", &[List, Write]),
    row("secret_scanning_alerts: *", &[List, Read, Secrets]),
    row("*: read", &[List, Read]),
    row("*: write", &[List, Read, Write]),
    row("*: admin", &[List, Read, Write, Permissions]),
];
