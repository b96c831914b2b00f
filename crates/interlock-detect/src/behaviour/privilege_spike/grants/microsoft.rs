//! Grants in Microsoft Entra, Microsoft 365 and Azure.
//!
//! Sources: Microsoft's lists of audit activities, of built-in roles with their ids, of Graph
//! permissions, and of Azure resource provider operations.

use super::{ADMIN_GRANT, GUARDRAIL_REMOVED, Grant, NEW_CREDENTIAL, TRUST_WIDENED, object};
use crate::behaviour::Seen;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "ModifiedProperties.NewValue",
    "ObjectId",
    "Properties.requestbody",
    "Properties.responseBody",
    "TargetResources.displayName",
    "TargetResources.id",
    "TargetResources.modifiedProperties.newValue",
    "TargetResources.userPrincipalName",
    "properties.requestbody",
    "properties.responseBody",
    "properties.targetResources.displayName",
    "properties.targetResources.id",
    "properties.targetResources.modifiedProperties.newValue",
    "properties.targetResources.userPrincipalName",
    "targetResources.displayName",
    "targetResources.id",
    "targetResources.modifiedProperties.newValue",
    "targetResources.userPrincipalName",
];

const NEW_VALUES: [&str; 4] = [
    "targetResources.modifiedProperties.newValue",
    "properties.targetResources.modifiedProperties.newValue",
    "TargetResources.modifiedProperties.newValue",
    "ModifiedProperties.NewValue",
];

/// Roles that give everything, or the means to get everything.
const ADMIN_ROLES: [&str; 12] = [
    "global administrator",
    "company administrator",
    "privileged role administrator",
    "privileged authentication administrator",
    "application administrator",
    "cloud application administrator",
    "hybrid identity administrator",
    "partner tier2 support",
    "user administrator",
    "security administrator",
    "exchange administrator",
    "domain name administrator",
];

/// Graph permissions with which an application can give itself more, or read everybody's data.
const ADMIN_PERMISSIONS: [&str; 10] = [
    "rolemanagement.readwrite",
    "approleassignment.readwrite",
    "application.readwrite.all",
    "directory.readwrite.all",
    "policy.readwrite",
    "userauthenticationmethod.readwrite",
    "full_access_as_app",
    "mail.read",
    "mail.send",
    "files.readwrite.all",
];

/// What this activity grants.
pub(super) fn entra(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let operation = seen.event.operation.trim_end_matches('.').to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|it| operation.contains(it));
    let values: String = NEW_VALUES
        .iter()
        .flat_map(|it| paths.texts(fields, it))
        .chain(seen.event.objects.iter().filter(|it| &*it.kind == "role").map(|it| &*it.name))
        .flat_map(|it| [it, "\n"])
        .collect::<String>()
        .to_ascii_lowercase();
    let found = |words: &[&'static str]| words.iter().copied().find(|it| values.contains(it));
    let adds = !is(&["remove", "delete"]);
    if adds && is(&["pim activation"]) {
        // Whoever takes up a role was given it before, and asks for it each time.
        let role = found(&ADMIN_ROLES);
        let base = if role.is_some() { 0.2 } else { 0.1 };
        let what = format!("took up the role {}", role.unwrap_or("of a lesser administrator"));
        return Some(Grant::new(&ADMIN_GRANT, base, RiskClass::Admin, what));
    }
    let (rule, base, own, risk, what) = if adds && is(&["member to role", "member to scoped role"])
    {
        let role = found(&ADMIN_ROLES);
        let base = if role.is_some() { 0.55 } else { 0.25 };
        let what = format!("gave the role {} to", role.unwrap_or("of a lesser administrator"));
        (&ADMIN_GRANT, base, base, RiskClass::Admin, what)
    } else if adds && is(&["app role assignment to service principal"]) {
        let permission = found(&ADMIN_PERMISSIONS);
        let base = if permission.is_some() { 0.55 } else { 0.25 };
        let what = format!("gave the permission {} to", permission.unwrap_or("of an application"));
        (&ADMIN_GRANT, base, base, RiskClass::Permissions, what)
    } else if adds && is(&["delegated permission grant", "consent to application"]) {
        let everybody = found(&["allprincipals", "isadminconsent: true"]).is_some();
        let wide = found(&ADMIN_PERMISSIONS).is_some();
        let base = match (everybody, wide) {
            (true, true) => 0.55,
            (true, false) => 0.4,
            (false, true) => 0.35,
            (false, false) => 0.15,
        };
        let what = "consented to the application".to_owned();
        (&TRUST_WIDENED, base, base, RiskClass::Secrets, what)
    } else if adds && is(&["federated identity credential"]) {
        let what = "let the tokens of another issuer in for".to_owned();
        (&TRUST_WIDENED, 0.5, 0.5, RiskClass::Permissions, what)
    } else if adds && is(&["service principal credentials", "secrets management"]) {
        let what = "made a credential for the application".to_owned();
        (&NEW_CREDENTIAL, 0.5, 0.3, RiskClass::Secrets, what)
    } else if is(&["update application"]) && !seen.event.issued.is_empty() {
        // The audit has one word for every change of an application, whatever it is.
        let what = "made a credential for the application".to_owned();
        (&NEW_CREDENTIAL, 0.5, 0.3, RiskClass::Secrets, what)
    } else if is(&["update application"]) && found(&["\"issuer\""]).is_some() {
        let what = "let the tokens of another issuer in for".to_owned();
        (&TRUST_WIDENED, 0.5, 0.5, RiskClass::Permissions, what)
    } else if adds && is(&["owner to application", "owner to service principal"]) {
        let what = "made an owner of".to_owned();
        (&ADMIN_GRANT, 0.35, 0.35, RiskClass::Permissions, what)
    } else if is(&["set federation settings", "set domain authentication"]) {
        let what = "changed who vouches for the users of the domain".to_owned();
        (&TRUST_WIDENED, 0.6, 0.6, RiskClass::Admin, what)
    } else if adds && is(&["domain to company", "verify domain"]) {
        (&TRUST_WIDENED, 0.25, 0.25, RiskClass::Permissions, "added the domain".to_owned())
    } else if adds && is(&["cross-tenant access", "cross-tenant identity sync"]) {
        let what = "changed which other tenants are let in:".to_owned();
        (&TRUST_WIDENED, 0.4, 0.4, RiskClass::Permissions, what)
    } else if is(&["disable strong authentication"]) {
        let what = "took the second factor from".to_owned();
        (&GUARDRAIL_REMOVED, 0.45, 0.25, RiskClass::Secrets, what)
    } else if is(&["deleted security info"]) {
        let what = "took a second factor from".to_owned();
        (&GUARDRAIL_REMOVED, 0.35, 0.15, RiskClass::Secrets, what)
    } else if is(&["conditional access policy", "named location"]) {
        let base = if adds { 0.2 } else { 0.45 };
        let what = "changed the conditional access rule".to_owned();
        (&GUARDRAIL_REMOVED, base, base, RiskClass::Permissions, what)
    } else if is(&["disable security defaults"])
        || is(&["update security defaults"]) && found(&["false"]).is_some()
    {
        let what = "switched off the protection of all accounts:".to_owned();
        (&GUARDRAIL_REMOVED, 0.45, 0.45, RiskClass::Permissions, what)
    } else if adds && is(&["role definition"]) {
        (&ADMIN_GRANT, 0.25, 0.25, RiskClass::Permissions, "wrote the role".to_owned())
    } else if adds && is(&["partner to company", "delegated admin"]) {
        let what = "let a partner administer the directory:".to_owned();
        (&TRUST_WIDENED, 0.5, 0.5, RiskClass::Admin, what)
    } else if operation == "register connector" {
        let what = "let another machine check passwords:".to_owned();
        (&TRUST_WIDENED, 0.4, 0.4, RiskClass::Secrets, what)
    } else if is(&["temporary access pass"]) && !is(&["delete"]) {
        let what = "made a temporary access pass for".to_owned();
        (&NEW_CREDENTIAL, 0.45, 0.25, RiskClass::Secrets, what)
    } else if is(&["reset password", "reset user password"]) {
        (&NEW_CREDENTIAL, 0.25, 0.1, RiskClass::Secrets, "reset the password of".to_owned())
    } else if is(&["add-rolegroupmember", "new-managementroleassignment"]) {
        (&ADMIN_GRANT, 0.4, 0.4, RiskClass::Permissions, "gave a mail role to".to_owned())
    } else if is(&["add-mailboxpermission", "add-mailboxfolderpermission"]) {
        (&ADMIN_GRANT, 0.25, 0.15, RiskClass::Secrets, "opened a mailbox:".to_owned())
    } else {
        return None;
    };
    let names = [
        paths.first(
            fields,
            &[
                "targetResources.userPrincipalName",
                "properties.targetResources.userPrincipalName",
                "TargetResources.userPrincipalName",
                "targetResources.displayName",
                "properties.targetResources.displayName",
                "TargetResources.displayName",
                "ObjectId",
            ],
        ),
        paths.first(
            fields,
            &["targetResources.id", "properties.targetResources.id", "TargetResources.id"],
        ),
    ];
    Some(Grant::new(rule, base, risk, what).about(seen, &names).own(own))
}

/// Built-in roles by id: Owner, User Access Administrator, Role Based Access Control Administrator,
/// Contributor.
const AZURE_ROLES: [(&str, &str, f64); 4] = [
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", 0.5),
    ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator", 0.5),
    ("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator", 0.5),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", 0.35),
];

/// What was asked stands in the record of the operation's beginning, what came of it in that of its end.
///
/// Source: <https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log-schema>
const BODIES: [&str; 4] = [
    "properties.requestbody",
    "Properties.requestbody",
    "properties.responseBody",
    "Properties.responseBody",
];

/// What this resource operation grants.
pub(super) fn azure(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let operation = seen.event.operation.to_ascii_lowercase();
    let body = paths.first(&seen.event.fields, &BODIES);
    let (rule, base, risk, what) = if operation.ends_with("roleassignments/write") {
        let role = AZURE_ROLES.iter().find(|(id, ..)| body.contains(id));
        let (name, base) = role.map_or(("another role", 0.25), |(_, name, base)| (*name, *base));
        (&ADMIN_GRANT, base, RiskClass::Admin, format!("assigned {name} on"))
    } else if operation.ends_with("elevateaccess/action") {
        let what = "took access to all subscriptions".to_owned();
        (&ADMIN_GRANT, 0.65, RiskClass::Admin, what)
    } else if operation.ends_with("roledefinitions/write") {
        (&ADMIN_GRANT, 0.25, RiskClass::Permissions, "wrote the role".to_owned())
    } else if operation.ends_with("microsoft.authorization/locks/delete") {
        (&GUARDRAIL_REMOVED, 0.3, RiskClass::Write, "took a lock from".to_owned())
    } else if operation.contains("rbac.authorization.k8s.io/") && operation.ends_with("/write") {
        (&ADMIN_GRANT, 0.25, RiskClass::Permissions, "gave rights in a cluster by".to_owned())
    } else if operation.ends_with("accesspolicies/write") {
        (&ADMIN_GRANT, 0.25, RiskClass::Secrets, "opened the vault".to_owned())
    } else if operation.ends_with("federatedidentitycredentials/write") {
        let what = "let the tokens of another issuer in for".to_owned();
        (&TRUST_WIDENED, 0.5, RiskClass::Permissions, what)
    } else if operation.contains("microsoft.managedservices/registration") {
        let what = "let another tenant in on".to_owned();
        (&TRUST_WIDENED, 0.5, RiskClass::Permissions, what)
    } else {
        return None;
    };
    let on = seen.event.objects.first().map_or("", |it| &it.name);
    let name = [object(seen, &["role_assignment", "role", "resource"]), on]
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or_default();
    let elevates = operation.ends_with("elevateaccess/action");
    let grant = Grant::new(rule, base, risk, what).about(seen, &[name]);
    Some(Grant { to_itself: grant.to_itself || elevates, ..grant })
}
