//! Risks of Microsoft's operations: the activities of Entra's audit log and of Microsoft 365, and
//! the resource operations of Azure.
//!
//! Sources: Microsoft's lists of audit activities, and of Azure resource provider operations.

use super::CallRisk;

/// The risk of this activity, as `Add member to role` or, in Microsoft 365, with a final stop.
pub(super) fn entra(operation: &str) -> CallRisk {
    let lower = operation.trim_end_matches('.').to_ascii_lowercase();
    let holds = |list: &[&str]| list.iter().any(|it| lower.contains(it));
    if holds(&ENTRA_EVASION) {
        CallRisk::Evasion
    } else if holds(&ENTRA_PERMISSIONS) {
        CallRisk::Permissions
    } else if holds(&["sign-in", "signin", "userloggedin", "mailitemsaccessed"])
        || ["fileaccessed", "filepreviewed", "get-", "read", "search", "userlogin"]
            .iter()
            .any(|it| lower.starts_with(it))
    {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

const ENTRA_EVASION: [&str; 5] = [
    "set-adminauditlogconfig",
    "set-mailboxauditbypassassociation",
    "remove-unifiedauditlogretentionpolicy",
    "delete diagnostic setting",
    "disable-safelinksrule",
];

const ENTRA_PERMISSIONS: [&str; 45] = [
    "member to role",
    "member to scoped role",
    "eligible member",
    "role definition",
    "app role assignment",
    "delegated permission grant",
    "consent to application",
    "service principal credentials",
    "certificates and secrets management",
    "update application",
    "federated identity credential",
    "owner to application",
    "owner to service principal",
    "owner to group",
    "set federation settings",
    "set domain authentication",
    "domain to company",
    "verify domain",
    "conditional access policy",
    "named location",
    "authorization policy",
    "authentication method policy",
    "authentication methods policy",
    "cross-tenant access",
    "partner to cross-tenant",
    "cross-tenant identity sync",
    "partner to company",
    "delegated admin",
    "register connector",
    "disable security defaults",
    "update security defaults",
    "disable strong authentication",
    "deleted security info",
    "admin registered security info",
    "admin updated security info",
    "reset password",
    "reset user password",
    "change user password by admin",
    "temporary access pass",
    "policy to service principal",
    "add-mailboxpermission",
    "add-rolegroupmember",
    "new-managementroleassignment",
    "add-mailboxfolderpermission",
    "role setting in pim",
];

/// The risk of this resource operation, as `Microsoft.Authorization/roleAssignments/write`.
pub(super) fn azure(operation: &str) -> CallRisk {
    let lower = operation.to_ascii_lowercase();
    let holds = |list: &[&str]| list.iter().any(|it| lower.contains(it));
    // What a policy says of a resource is nobody's doing.
    let reads = lower.ends_with("/read") || lower.contains("microsoft.authorization/policies/");
    if !lower.contains('/') {
        return vault(&lower);
    }
    if !reads && holds(&AZURE_PERMISSIONS) {
        CallRisk::Permissions
    } else if lower.ends_with("/delete") && holds(&AZURE_WATCHERS) {
        CallRisk::Evasion
    } else if holds(&AZURE_SECRETS) {
        CallRisk::Secrets
    } else if reads && lower.contains("microsoft.authorization/") {
        CallRisk::Recon
    } else if reads {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

/// What the log of a key vault names by a word: `SecretGet`, `KeyList`, `VaultAccessPolicyChangedEventGridNotification`.
/// Source: Microsoft's "Azure Key Vault logging".
fn vault(word: &str) -> CallRisk {
    let ends = |list: &[&str]| list.iter().any(|it| word.ends_with(it));
    if word.starts_with("vault") && ends(&["put", "patch"]) {
        CallRisk::Permissions
    } else if ["secretget", "secretbackup", "keybackup", "certificatebackup", "keydecrypt"]
        .contains(&word)
        || ["keyunwrap", "keysign", "keyrelease"].iter().any(|it| word.starts_with(it))
    {
        CallRisk::Secrets
    } else if ends(&["get", "list", "listversions", "listdeleted", "getdeleted"])
        || ["get", "list"].iter().any(|it| word.starts_with(it))
        || word.contains("authentication")
    {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

const AZURE_PERMISSIONS: [&str; 7] = [
    "rbac.authorization.k8s.io/",
    "microsoft.authorization/",
    "vaults/accesspolicies/",
    "federatedidentitycredentials/",
    "userassignedidentities/",
    "microsoft.managedservices/registration",
    "elevateaccess/",
];

const AZURE_WATCHERS: [&str; 6] = [
    "networkwatchers",
    "diagnosticsettings",
    "operationalinsights/workspaces",
    "microsoft.security/",
    "microsoft.securityinsights/",
    "activitylogalerts",
];

const AZURE_SECRETS: [&str; 10] = [
    "listkeys/",
    "listaccountsas/",
    "listservicesas/",
    "listclusteradmincredential/",
    "listclusterusercredential/",
    "listcredential",
    "listsecrets/",
    "getsecret/",
    "runcommand/",
    "publishxml/",
];
