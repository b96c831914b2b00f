//! Directory roles of Entra, and permissions that applications have at Microsoft Graph.
//!
//! An application's permission is granted as `Microsoft Graph: Mail.Read`.

use super::{Platform, Row, all, row};
use crate::AccessClass::{Credentials, Data, List, Permissions, Read, Secrets, Write};

pub(super) const PLATFORM: Platform = Platform {
    provider: "entra",
    within: "in its tenant",
    sources: &[
        "https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/permissions-reference",
        "https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/privileged-roles-permissions",
        "https://learn.microsoft.com/en-us/graph/permissions-reference",
    ],
    rows: ROWS,
    composed: None,
    documents: None,
};

const APPLICATIONS: &str = "may add a credential to any application and act as it";
const PASSWORDS: &str = "may set passwords or ways to sign in of others and act as them";

const ROWS: &[Row] = &[
    all("Global Administrator"),
    all("Company Administrator"),
    row("Privileged Role Administrator", &[List, Read, Permissions])
        .more("may grant itself any role, Global Administrator too,"),
    row("Privileged Authentication Administrator", &[List, Read, Write, Credentials])
        .more("may reset any administrator's ways to sign in and act as them"),
    row("Authentication Administrator", &[List, Read, Write, Credentials]).more(PASSWORDS),
    row("Authentication Extensibility Administrator", &[List, Read, Write]),
    row("Authentication Policy Administrator", &[List, Read, Write, Permissions]),
    row("Application Administrator", &[List, Read, Write, Credentials, Permissions])
        .more(APPLICATIONS),
    row("Application Developer", &[List, Read, Write]),
    row("Cloud Application Administrator", &[List, Read, Write, Credentials, Permissions])
        .more(APPLICATIONS),
    row("Hybrid Identity Administrator", &[List, Read, Write, Credentials, Permissions])
        .more(APPLICATIONS),
    row("B2C IEF Keyset Administrator", &[Read, Write, Secrets]),
    row("Conditional Access Administrator", &[List, Read, Write, Permissions]),
    row("Cloud Device Administrator", &[List, Read, Write]),
    row("Directory Synchronization Accounts", &[List, Read, Write, Credentials]),
    row("Directory Writers", &[List, Read, Write]),
    row("Directory Readers", &[List, Read]),
    row("Domain Name Administrator", &[List, Read, Write])
        .more("may have sign-ins of a domain vouched for by an issuer of its own"),
    row("External Identity Provider Administrator", &[List, Read, Write])
        .more("may have sign-ins vouched for by an issuer of its own"),
    row("Exchange Administrator", &[List, Read, Write, Data, Permissions]),
    row("Global Reader", &[List, Read]),
    row("Groups Administrator", &[List, Read, Write, Permissions]),
    row("Guest Inviter", &[Write]),
    row("Helpdesk Administrator", &[List, Read, Write, Credentials]).more(PASSWORDS),
    row("Identity Governance Administrator", &[List, Read, Write, Permissions]),
    row("Intune Administrator", &[List, Read, Write])
        .more("may run programs on managed devices, administrators' too,"),
    row("Lifecycle Workflows Administrator", &[List, Read, Write, Permissions]),
    row("Partner Tier1 Support", &[List, Read, Write, Credentials]).more(PASSWORDS),
    row("Partner Tier2 Support", &[List, Read, Write, Credentials, Permissions]).more(PASSWORDS),
    row("Password Administrator", &[List, Read, Credentials]).more(PASSWORDS),
    row("Reports Reader", &[List, Read]),
    row("Security Administrator", &[List, Read, Write, Permissions]),
    row("Security Operator", &[List, Read, Write]),
    row("Security Reader", &[List, Read]),
    row("SharePoint Administrator", &[List, Read, Write, Data, Permissions]),
    row("Teams Administrator", &[List, Read, Write]),
    row("User Administrator", &[List, Read, Write, Credentials, Permissions]).more(PASSWORDS),
    row("Microsoft Graph: RoleManagement.ReadWrite.Directory", &[List, Read, Write, Permissions])
        .more("may grant itself any role, Global Administrator too,"),
    row("Microsoft Graph: AppRoleAssignment.ReadWrite.All", &[List, Read, Write, Permissions])
        .more("may grant itself any permission of an application"),
    row("Microsoft Graph: Application.ReadWrite.All", &[List, Read, Write, Credentials])
        .more(APPLICATIONS),
    row("Microsoft Graph: Application.ReadWrite.OwnedBy", &[List, Read, Write, Credentials]),
    row("Microsoft Graph: DelegatedPermissionGrant.ReadWrite.All", &[Read, Write, Permissions]),
    row("Microsoft Graph: Directory.ReadWrite.All", &[List, Read, Write, Permissions]),
    row("Microsoft Graph: Domain.ReadWrite.All", &[List, Read, Write])
        .more("may have sign-ins of a domain vouched for by an issuer of its own"),
    row("Microsoft Graph: Group.ReadWrite.All", &[List, Read, Write, Data, Permissions]),
    row("Microsoft Graph: GroupMember.ReadWrite.All", &[List, Read, Write, Permissions]),
    row("Microsoft Graph: Policy.ReadWrite.*", &[List, Read, Write, Permissions]),
    row(
        "Microsoft Graph: PrivilegedAccess.ReadWrite.AzureADGroup",
        &[List, Read, Write, Permissions],
    ),
    row(
        "Microsoft Graph: RoleAssignmentSchedule.ReadWrite.Directory",
        &[List, Read, Write, Permissions],
    )
    .more("may grant itself any role, Global Administrator too,"),
    row(
        "Microsoft Graph: RoleEligibilitySchedule.ReadWrite.Directory",
        &[List, Read, Write, Permissions],
    )
    .more("may grant itself any role, Global Administrator too,"),
    row("Microsoft Graph: User-PasswordProfile.ReadWrite.All", &[Write, Credentials])
        .more(PASSWORDS),
    row("Microsoft Graph: UserAuthenticationMethod.ReadWrite.All", &[Read, Write, Credentials])
        .more(PASSWORDS),
    row("Microsoft Graph: User.ReadWrite.All", &[List, Read, Write]),
    row("Microsoft Graph: BitlockerKey.Read.All", &[Read, Secrets]),
    row("Microsoft Graph: Calendars.Read*", &[List, Read, Data]),
    row("Microsoft Graph: Chat.Read*", &[List, Read, Data]),
    row("Microsoft Graph: ChannelMessage.Read.All", &[List, Read, Data]),
    row("Microsoft Graph: Contacts.Read*", &[List, Read, Data]),
    row("Microsoft Graph: DeviceLocalCredential.Read.All", &[Read, Secrets, Credentials]),
    row("Microsoft Graph: Files.ReadWrite*", &[List, Read, Write, Data]),
    row("Microsoft Graph: Files.Read*", &[List, Read, Data]),
    row("Microsoft Graph: Mail.ReadWrite*", &[List, Read, Write, Data]),
    row("Microsoft Graph: Mail.Read*", &[List, Read, Data]),
    row("Microsoft Graph: Mail.Send", &[Write]),
    row("Microsoft Graph: Sites.FullControl.All", &[List, Read, Write, Data, Permissions]),
    row("Microsoft Graph: Sites.Manage.All", &[List, Read, Write, Data]),
    row("Microsoft Graph: Sites.ReadWrite.All", &[List, Read, Write, Data]),
    row("Microsoft Graph: Sites.Read.All", &[List, Read, Data]),
    row("Microsoft Graph: *.ReadWrite.*", &[List, Read, Write]),
    row("Microsoft Graph: *.ReadBasic.*", &[List]),
    row("Microsoft Graph: *.Read.*", &[List, Read]),
];
