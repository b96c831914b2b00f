//! Grants in Kubernetes. Source: the API reference of `rbac.authorization.k8s.io`, its default roles
//! and their escalating verbs, and the audit event's form.

use super::{ADMIN_GRANT, Grant, NEW_CREDENTIAL, TRUST_WIDENED};
use crate::behaviour::Seen;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "impersonatedUser.groups",
    "objectRef.name",
    "requestObject.roleRef.name",
    "requestObject.rules.resources",
    "requestObject.rules.verbs",
    "requestObject.subjects.name",
    "responseObject.roleRef.name",
];

/// What this request grants.
pub(super) fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let text = |path| paths.text(fields, path);
    let as_whom = text("impersonatedUser.username");
    if !as_whom.is_empty() {
        let masters =
            paths.texts(fields, "impersonatedUser.groups").any(|it| it == "system:masters");
        let base = if masters { 0.6 } else { 0.3 };
        let what = "acted by impersonation as".to_owned();
        let grant = Grant::new(&ADMIN_GRANT, base, RiskClass::Admin, what);
        return Some(grant.about(seen, &[as_whom]));
    }
    let name = text("objectRef.name");
    match (text("objectRef.resource"), text("objectRef.subresource"), text("verb")) {
        ("clusterrolebindings" | "rolebindings", _, "create" | "update" | "patch") => {
            binding(seen, paths)
        }
        ("clusterroles" | "roles", _, "create" | "update" | "patch") => {
            let has =
                |path, words: &[&str]| paths.texts(fields, path).any(|it| words.contains(&it));
            let verbs = |words: &[&str]| has("requestObject.rules.verbs", words);
            let resources = |words: &[&str]| has("requestObject.rules.resources", words);
            let (base, risk) = if verbs(&["*"]) && resources(&["*"]) {
                (0.5, RiskClass::Admin)
            } else if verbs(&["escalate", "bind", "impersonate"]) {
                (0.45, RiskClass::Permissions)
            } else if resources(&["secrets", "serviceaccounts/token", "pods/exec"]) {
                (0.25, RiskClass::Secrets)
            } else {
                return None;
            };
            let what = "wrote far-reaching rules into the role".to_owned();
            Some(Grant::new(&ADMIN_GRANT, base, risk, what).about(seen, &[name]))
        }
        ("serviceaccounts", "token", "create") => {
            let what = "asked for a token of the service account".to_owned();
            let grant = Grant::new(&NEW_CREDENTIAL, 0.25, RiskClass::Secrets, what);
            Some(grant.about(seen, &[name]))
        }
        ("certificatesigningrequests", "approval", _) => {
            let what = "approved the certificate".to_owned();
            let grant = Grant::new(&NEW_CREDENTIAL, 0.35, RiskClass::Secrets, what);
            Some(grant.about(seen, &[name]))
        }
        _ => None,
    }
}

fn binding(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    // A patch brings the subjects alone; the role stands in the answer.
    let roles = ["requestObject.roleRef.name", "responseObject.roleRef.name"];
    let role = paths.first(fields, &roles);
    let whole = paths.text(fields, "objectRef.resource") == "clusterrolebindings";
    let subjects: Vec<&str> = paths.texts(fields, "requestObject.subjects.name").collect();
    Some(bound(seen, role, &subjects, whole))
}

/// The grant of a role to these subjects, in the whole cluster or in one namespace.
pub(super) fn bound(seen: &Seen<'_>, role: &str, subjects: &[&str], whole: bool) -> Grant {
    let power = match (role, whole) {
        ("cluster-admin", true) => 0.55,
        ("cluster-admin" | "admin", _) => 0.4,
        (other, _) if other.contains("admin") => 0.35,
        ("edit", _) => 0.25,
        (_, true) => 0.2,
        (_, false) => 0.12,
    };
    let stranger = ["system:anonymous", "system:unauthenticated", "system:authenticated"];
    let everybody = subjects.iter().find(|it| stranger.contains(it));
    if let Some(everybody) = everybody {
        let what = format!("gave the role `{role}` to everybody:");
        let grant = Grant::new(&TRUST_WIDENED, 0.5 + power / 2.0, RiskClass::Admin, what);
        return grant.about(seen, &[everybody]);
    }
    let own = &seen.event.actor.name;
    // A subject that is a service account is named without its namespace.
    let itself = subjects.iter().any(|it| own.rsplit(':').next() == Some(*it));
    let whom = if itself { own } else { subjects.first().copied().unwrap_or_default() };
    let risk = if power > 0.3 { RiskClass::Admin } else { RiskClass::Write };
    let what = format!("gave the role `{role}` to");
    Grant::new(&ADMIN_GRANT, power, risk, what).about(seen, &[whom])
}
