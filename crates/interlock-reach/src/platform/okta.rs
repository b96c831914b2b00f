//! Administrator roles of Okta, by their labels and by their types.

use super::{Platform, Row, all, row};
use crate::AccessClass::{Credentials, List, Permissions, Read, Write};

pub(super) const PLATFORM: Platform = Platform {
    provider: "okta",
    within: "in its organisation",
    sources: &[
        "https://help.okta.com/en-us/content/topics/security/administrators-admin-comparison.htm",
        "https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/",
    ],
    rows: ROWS,
    composed: None,
    documents: None,
};

const PASSWORDS: &str = "may reset the passwords and factors of others and act as them";
const APPLICATIONS: &str =
    "may assign itself any app that the role reaches, and make secrets of its clients,";

const ROWS: &[Row] = &[
    all("Super Administrator"),
    all("SUPER_ADMIN"),
    row("*Organization Administrator", &[List, Read, Write, Credentials, Permissions])
        .more(PASSWORDS),
    row("ORG_ADMIN", &[List, Read, Write, Credentials, Permissions]).more(PASSWORDS),
    row("API Access Management Administrator", &[List, Read, Write, Credentials])
        .more("may let any client have tokens with any claim"),
    row("API_ACCESS_MANAGEMENT_ADMIN", &[List, Read, Write, Credentials])
        .more("may let any client have tokens with any claim"),
    row("Application Administrator", &[List, Read, Write, Credentials]).more(APPLICATIONS),
    row("APP_ADMIN", &[List, Read, Write, Credentials]).more(APPLICATIONS),
    row("Group Administrator", &[List, Read, Write, Credentials, Permissions]).more(PASSWORDS),
    row("USER_ADMIN", &[List, Read, Write, Credentials, Permissions]).more(PASSWORDS),
    row("Group Membership Administrator", &[List, Read, Permissions])
        .more("may add itself to groups, and have what they have,"),
    row("GROUP_MEMBERSHIP_ADMIN", &[List, Read, Permissions])
        .more("may add itself to groups, and have what they have,"),
    row("Help Desk Administrator", &[List, Read, Credentials]).more(PASSWORDS),
    row("HELP_DESK_ADMIN", &[List, Read, Credentials]).more(PASSWORDS),
    row("Mobile Administrator", &[List, Read, Write]),
    row("MOBILE_ADMIN", &[List, Read, Write]),
    row("Read-only Administrator", &[List, Read]),
    row("READ_ONLY_ADMIN", &[List, Read]),
    row("Report Administrator", &[List, Read]),
    row("REPORT_ADMIN", &[List, Read]),
    row("Access Certifications Administrator", &[List, Read, Permissions]),
    row("ACCESS_CERTIFICATIONS_ADMIN", &[List, Read, Permissions]),
    row("Access Requests Administrator", &[List, Read, Permissions]),
    row("ACCESS_REQUESTS_ADMIN", &[List, Read, Permissions]),
    row("Workflows Administrator", &[List, Read, Write, Credentials]),
    row("WORKFLOWS_ADMIN", &[List, Read, Write, Credentials]),
];
