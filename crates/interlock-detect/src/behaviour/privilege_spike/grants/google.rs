//! Grants in Google Cloud and Google Workspace.
//!
//! Sources: Google Cloud's `AuditLog` with the policy delta of IAM; the predefined roles; the audited
//! methods of IAM; Workspace's lists of admin and account events.

use super::{
    ADMIN_GRANT, GUARDRAIL_REMOVED, Grant, NEW_CREDENTIAL, TRUST_WIDENED, kubernetes, object,
};
use crate::behaviour::Seen;
use crate::behaviour::call::is_guardrail;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "events.parameters.value",
    "protoPayload.metadata.policyDelta.bindingDeltas.action",
    "protoPayload.metadata.policyDelta.bindingDeltas.member",
    "protoPayload.metadata.policyDelta.bindingDeltas.role",
    "protoPayload.request.policy.bindings.role",
    "protoPayload.request.roleRef.name",
    "protoPayload.request.subjects.name",
    "protoPayload.resourceName",
    "protoPayload.serviceData.policyDelta.bindingDeltas.action",
    "protoPayload.serviceData.policyDelta.bindingDeltas.member",
    "protoPayload.serviceData.policyDelta.bindingDeltas.role",
];

const DELTAS: [[&str; 3]; 2] = [
    [
        "protoPayload.serviceData.policyDelta.bindingDeltas.action",
        "protoPayload.serviceData.policyDelta.bindingDeltas.role",
        "protoPayload.serviceData.policyDelta.bindingDeltas.member",
    ],
    [
        "protoPayload.metadata.policyDelta.bindingDeltas.action",
        "protoPayload.metadata.policyDelta.bindingDeltas.role",
        "protoPayload.metadata.policyDelta.bindingDeltas.member",
    ],
];

/// What this method grants.
pub(super) fn cloud(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let method = seen.event.operation.rsplit(['.', '/']).next().unwrap_or_default();
    let lower = method.to_ascii_lowercase();
    let resource = paths.text(fields, "protoPayload.resourceName");
    let account = resource.split_once("serviceAccounts/").map_or("", |(_, it)| it);
    let account = account.split('/').next().unwrap_or_default();
    if let Some(path) = seen.event.operation.strip_prefix("io.k8s.") {
        return in_cluster(seen, paths, path);
    }
    if lower.starts_with("setiam") {
        return bound(seen, paths);
    }
    let (rule, base, own, risk, what) = match lower.as_str() {
        "createserviceaccountkey" | "uploadserviceaccountkey" => {
            let what = "made a key for".to_owned();
            (&NEW_CREDENTIAL, 0.5, 0.3, RiskClass::Secrets, what)
        }
        "enableserviceaccountkey" | "enableserviceaccount" => {
            (&NEW_CREDENTIAL, 0.25, 0.25, RiskClass::Secrets, "switched on".to_owned())
        }
        "createapikey" | "createkey" if seen.event.service.starts_with("apikeys") => {
            (&NEW_CREDENTIAL, 0.25, 0.25, RiskClass::Secrets, "made an API key in".to_owned())
        }
        "createrole" | "updaterole" => {
            (&ADMIN_GRANT, 0.25, 0.25, RiskClass::Permissions, "wrote the role".to_owned())
        }
        _ if lower.contains("inboundsso") => {
            let what = "changed who vouches for users".to_owned();
            (&TRUST_WIDENED, 0.45, 0.45, RiskClass::Permissions, what)
        }
        _ if lower.contains("assignrole") || lower.contains("adminprivilege") => {
            let what = "gave an admin role by".to_owned();
            (&ADMIN_GRANT, 0.35, 0.35, RiskClass::Admin, what)
        }
        _ if lower.contains("workloadidentitypool") || lower.contains("workforcepool") => {
            if lower.starts_with("delete") {
                return None;
            }
            let what = "let the tokens of another issuer in by".to_owned();
            (&TRUST_WIDENED, 0.5, 0.5, RiskClass::Permissions, what)
        }
        "create" if seen.event.operation.ends_with("hmacKeys.create") => (
            &NEW_CREDENTIAL,
            0.35,
            0.35,
            RiskClass::Secrets,
            "made a key for storage in".to_owned(),
        ),
        _ if lower.contains("orgpolicy")
            || lower.contains("denypolic")
            || matches!(lower.as_str(), "createpolicy" | "updatepolicy" | "deletepolicy")
                && is_guardrail(&seen.event.operation) =>
        {
            let base = if lower.starts_with("delete") { 0.5 } else { 0.35 };
            let what = "changed the guardrail".to_owned();
            (&GUARDRAIL_REMOVED, base, base, RiskClass::Permissions, what)
        }
        _ => return None,
    };
    Some(Grant::new(rule, base, risk, what).about(seen, &[account, resource]).own(own))
}

/// What a call to a cluster grants, as `authorization.rbac.v1.clusterrolebindings.create`.
fn in_cluster(seen: &Seen<'_>, paths: &Paths, path: &str) -> Option<Grant> {
    let fields = &seen.event.fields;
    let (_, call) = path.split_once(".v1.")?;
    match call {
        "clusterrolebindings.create"
        | "clusterrolebindings.update"
        | "clusterrolebindings.patch"
        | "rolebindings.create"
        | "rolebindings.update"
        | "rolebindings.patch" => {
            let role = paths.text(fields, "protoPayload.request.roleRef.name");
            let subjects: Vec<&str> =
                paths.texts(fields, "protoPayload.request.subjects.name").collect();
            Some(kubernetes::bound(seen, role, &subjects, call.starts_with("cluster")))
        }
        "serviceaccounts.token.create" => {
            let what = "asked for a token of the service account".to_owned();
            let grant = Grant::new(&NEW_CREDENTIAL, 0.25, RiskClass::Secrets, what);
            Some(grant.about(seen, &[object(seen, &["service_account"])]))
        }
        "certificatesigningrequests.approval.update"
        | "certificatesigningrequests.approval.patch" => {
            let what = "approved the certificate".to_owned();
            let grant = Grant::new(&NEW_CREDENTIAL, 0.35, RiskClass::Secrets, what);
            Some(grant.about(seen, &[object(seen, &["certificate_request"])]))
        }
        _ => None,
    }
}

/// The widest of the bindings that were added.
fn bound(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let mut widest: Option<Grant> = None;
    for [actions, roles, members] in DELTAS {
        let all = paths
            .texts(fields, actions)
            .zip(paths.texts(fields, roles))
            .zip(paths.texts(fields, members));
        for ((_, role), member) in all.filter(|((action, _), _)| *action == "ADD") {
            let grant = binding(seen, role, member);
            if widest.as_ref().is_none_or(|it| it.base < grant.base) {
                widest = Some(grant);
            }
        }
    }
    let written = || {
        let roles = paths.texts(fields, "protoPayload.request.policy.bindings.role");
        let role = roles.max_by(|one, other| power(one).total_cmp(&power(other)))?;
        // The whole policy is written, and what is new in it is not said.
        let grant = binding(seen, role, "");
        Some(Grant { base: grant.base * 0.5, ..grant })
    };
    widest.or_else(written).filter(|it| it.base > 0.1)
}

fn binding(seen: &Seen<'_>, role: &str, member: &str) -> Grant {
    let name = member.split_once(':').map_or(member, |(_, it)| it);
    let power = power(role);
    if matches!(member, "allUsers" | "allAuthenticatedUsers") {
        let base = if power > 0.3 { 0.7 } else { 0.4 };
        let what = format!("gave `{role}` to everybody:");
        return Grant::new(&TRUST_WIDENED, base, RiskClass::Permissions, what)
            .about(seen, &[member]);
    }
    let risk = if power > 0.4 { RiskClass::Admin } else { RiskClass::Write };
    let what = match name {
        "" => format!("wrote a policy that holds `{role}`"),
        _ => format!("gave `{role}` to"),
    };
    Grant::new(&ADMIN_GRANT, power, risk, what).about(seen, &[name])
}

/// How telling it is that somebody gets this role.
fn power(role: &str) -> f64 {
    let lower = role.to_ascii_lowercase();
    let holds = |list: &[&str]| list.iter().any(|it| lower.contains(it));
    if lower == "roles/owner" || holds(&["organizationadmin", "securityadmin", "iam.roleadmin"]) {
        0.55
    } else if holds(&["tokencreator", "serviceaccountuser", "workloadidentityuser", "keyadmin"])
        || holds(&["projectiamadmin", "folderadmin", "iam.admin", "serviceaccountadmin"])
    {
        0.5
    } else if lower == "roles/editor" || lower.contains("admin") {
        0.4
    } else if lower.contains("secretaccessor") {
        0.3
    } else {
        0.15
    }
}

/// What this event grants.
pub(super) fn workspace(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let operation = seen.event.operation.to_ascii_uppercase();
    let values = || paths.texts(&seen.event.fields, "events.parameters.value");
    let user = object(seen, &["user"]);
    let user = if user.is_empty() { values().find(|it| it.contains('@')) } else { Some(user) };
    let says_no = values().any(|it| it.eq_ignore_ascii_case("false"));
    let (rule, base, own, risk, what) = match operation.as_str() {
        "GRANT_ADMIN_PRIVILEGE" | "GRANT_DELEGATED_ADMIN_PRIVILEGES" => {
            let what = "made an administrator of".to_owned();
            (&ADMIN_GRANT, 0.5, 0.5, RiskClass::Admin, what)
        }
        "ASSIGN_ROLE" => {
            let wide = values().any(|it| it.to_ascii_uppercase().contains("ADMIN"));
            let base = if wide { 0.5 } else { 0.3 };
            (&ADMIN_GRANT, base, base, RiskClass::Admin, "gave an admin role to".to_owned())
        }
        "AUTHORIZE_API_CLIENT_ACCESS" => {
            let what = "let an application act as everybody of the domain".to_owned();
            (&TRUST_WIDENED, 0.55, 0.55, RiskClass::Admin, what)
        }
        "ADD_TRUSTED_DOMAINS" | "CHANGE_SSO_SETTINGS" | "TOGGLE_SSO_ENABLED" => {
            let what = "changed who vouches for users".to_owned();
            (&TRUST_WIDENED, 0.45, 0.45, RiskClass::Permissions, what)
        }
        "ENFORCE_STRONG_AUTHENTICATION" | "ALLOW_STRONG_AUTHENTICATION" if says_no => {
            let what = "no longer asks for a second factor".to_owned();
            (&GUARDRAIL_REMOVED, 0.5, 0.5, RiskClass::Permissions, what)
        }
        "2SV_DISABLE" | "TURN_OFF_2_STEP_VERIFICATION" | "UNENROLL_USER_FROM_STRONG_AUTH" => {
            let what = "took the second factor from".to_owned();
            (&GUARDRAIL_REMOVED, 0.35, 0.2, RiskClass::Secrets, what)
        }
        "CHANGE_PASSWORD" => {
            (&NEW_CREDENTIAL, 0.2, 0.1, RiskClass::Secrets, "set the password of".to_owned())
        }
        _ => return None,
    };
    // The record of one's own second factor names nobody else.
    let alone = operation == "2SV_DISABLE";
    let user = user.unwrap_or(if alone { &*seen.event.actor.name } else { "" });
    Some(Grant::new(rule, base, risk, what).about(seen, &[user]).own(own))
}
