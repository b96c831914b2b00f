//! Risks of Google's calls: method names of Google Cloud, event names of Workspace.
//!
//! Sources: the audited methods of each Google Cloud service; Workspace's lists of audit events.

use super::CallRisk;

/// The risk of this method, as `google.iam.admin.v1.CreateServiceAccountKey` or
/// `storage.setIamPermissions`.
pub(super) fn cloud(operation: &str) -> CallRisk {
    let method = operation.rsplit(['.', '/']).next().unwrap_or_default().to_ascii_lowercase();
    let is = |list: &[&str]| list.contains(&method.as_str());
    let starts = |list: &[&str]| list.iter().any(|it| method.starts_with(it));
    let holds = |list: &[&str]| list.iter().any(|it| method.contains(it));
    if let Some(path) = operation.strip_prefix("io.k8s.") {
        return cluster(path, &method);
    }
    if holds(&["inboundsso", "assignrole", "adminprivilege"]) {
        return CallRisk::Permissions;
    }
    if is(&["createpolicy", "updatepolicy", "deletepolicy"]) && is_guardrail(operation)
        || operation.ends_with("hmacKeys.create")
    {
        return CallRisk::Permissions;
    }
    if starts(&["setiam", "setorgpolicy"]) || is(&CLOUD_PERMISSIONS) || {
        starts(&["create", "update", "delete", "undelete"])
            && holds(&["workloadidentitypool", "workforcepool", "orgpolicy", "denypolic"])
    } {
        CallRisk::Permissions
    } else if starts(&["delete", "update"])
        && holds(&["sink", "logbucket", "exclusion", "notificationconfig"])
        || is(&["createexclusion", "deletelog", "deletelogs", "deletealertpolicy"])
        || is(&["createmuteconfig", "bulkmutefindings", "setmute"])
        || operation.ends_with("ConfigServiceV2.DeleteBucket")
    {
        CallRisk::Evasion
    } else if starts(&["generateaccesstoken", "generateidtoken", "signblob", "signjwt"])
        || is(&["accesssecretversion", "setcommoninstancemetadata", "exchangetoken"])
    {
        CallRisk::Secrets
    } else if starts(&["getiampolicy", "testiampermissions", "listserviceaccount", "listroles"])
        || is(&["querygrantableroles", "getserviceaccount", "searchalliampolicies"])
        || is(&["analyzeiampolicy", "queryauditableservices"])
    {
        CallRisk::Recon
    } else if starts(&["get", "list", "search", "query", "aggregated", "read", "batchget"])
        || starts(&["login", "logout"])
    {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

/// Whether a method named only `DeletePolicy` or the like is about what holds for everybody: policies of
/// the organisation, deny policies, boundaries of principals.
pub fn is_guardrail(operation: &str) -> bool {
    ["google.cloud.orgpolicy.", "google.iam.v2", "google.iam.v3"]
        .iter()
        .any(|it| operation.starts_with(it))
}

/// What a cluster of Google's logs here: `core.v1.pods.exec.create`.
fn cluster(path: &str, verb: &str) -> CallRisk {
    let reads = matches!(verb, "get" | "list" | "watch");
    match (path.starts_with("authorization.rbac."), reads) {
        (true, true) => CallRisk::Recon,
        (true, false) => CallRisk::Permissions,
        // Nodes ask for tokens all day, and count as services of the provider here.
        (false, _) if path.contains(".serviceaccounts.token") => CallRisk::Permissions,
        (false, _) if path.contains(".certificatesigningrequests.approval") => {
            CallRisk::Permissions
        }
        (false, false)
            if path.contains("webhookconfigurations.") || path.contains("admissionpolicies.") =>
        {
            CallRisk::Permissions
        }
        (false, _) if path.contains(".pods.exec") || path.contains(".pods.attach") => {
            CallRisk::Secrets
        }
        (false, true) if path.contains(".secrets.") => CallRisk::Secrets,
        (false, true) => CallRisk::Read,
        (false, false) => CallRisk::Write,
    }
}

const CLOUD_PERMISSIONS: [&str; 10] = [
    "createserviceaccountkey",
    "uploadserviceaccountkey",
    "enableserviceaccountkey",
    "enableserviceaccount",
    "createrole",
    "updaterole",
    "undeleterole",
    "createapikey",
    "createkey",
    "insertaccesscontrols",
];

/// The risk of this event, as `GRANT_ADMIN_PRIVILEGE`.
pub(super) fn workspace(operation: &str) -> CallRisk {
    let lower = operation.to_ascii_lowercase();
    let holds = |list: &[&str]| list.iter().any(|it| lower.contains(it));
    let starts = |list: &[&str]| list.iter().any(|it| lower.starts_with(it));
    if holds(&["delete_log", "alert_center_", "system_defined_rule_"]) {
        CallRisk::Evasion
    } else if holds(&WORKSPACE_PERMISSIONS) {
        CallRisk::Permissions
    } else if holds(&["login", "logout", "view", "download", "api_call", "2sv_challenge"])
        || starts(&["get_", "list_"])
    {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

const WORKSPACE_PERMISSIONS: [&str; 20] = [
    "admin_privilege",
    "delegated_admin",
    "assign_role",
    "create_role",
    "add_privilege",
    "update_role",
    "authorize_api_client",
    "add_api_client",
    "2sv_disable",
    "enforce_strong_authentication",
    "allow_strong_authentication",
    "turn_off_2_step",
    "sso_settings",
    "trusted_domain",
    "change_password",
    "unenroll_user",
    "generate_pin",
    "trust_domain_owned",
    "toggle_sso",
    "add_trusted_oauth2",
];
