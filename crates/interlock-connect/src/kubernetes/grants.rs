//! What roles give, and how much harm can be done with it.

use super::object::{Binding, items};
use interlock_model::{Entitlement, RiskClass};
use serde_json::Value;
use std::collections::BTreeMap;

/// What each role allows at most, by kind, namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Roles(BTreeMap<(String, String, String), RiskClass>);

impl Roles {
    /// Takes in roles of one kind.
    pub(crate) fn learn(&mut self, kind: &str, roles: &[Value]) {
        for role in roles {
            let Some(meta) = super::object::Meta::read(role) else { continue };
            let rules = items(role, "rules");
            let risk = rules.iter().map(harm).max().unwrap_or(RiskClass::Read);
            self.0.insert((kind.to_owned(), meta.namespace, meta.name), risk);
        }
    }

    /// What a binding gives.
    pub(crate) fn entitlement(&self, binding: &Binding) -> Entitlement {
        let namespace = &binding.meta.namespace;
        let of = if binding.role_kind == "Role" { namespace.clone() } else { String::new() };
        let key = (binding.role_kind.clone(), of, binding.role.clone());
        let known = self.0.get(&key).copied();
        let risk = known.unwrap_or(match binding.role.as_str() {
            "cluster-admin" => RiskClass::Admin,
            "admin" => RiskClass::Permissions,
            "edit" => RiskClass::Secrets,
            "view" => RiskClass::Read,
            _ => RiskClass::Write,
        });
        // Everything in one namespace is not everything.
        let risk = match (risk, namespace.is_empty()) {
            (RiskClass::Admin, false) => RiskClass::Permissions,
            (risk, _) => risk,
        };
        let scope = match namespace.as_str() {
            "" => "the cluster".to_owned(),
            namespace => format!("namespace {namespace}"),
        };
        Entitlement { grant: binding.role.clone(), scope, through: binding.key(), risk }
    }
}

/// The harm that one rule of a role allows.
fn harm(rule: &Value) -> RiskClass {
    let words = |key: &str| -> Vec<String> {
        let list = items(rule, key);
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (verbs, resources, groups) = (words("verbs"), words("resources"), words("apiGroups"));
    let any = |of: &[String], wanted: &[&str]| {
        of.iter().any(|it| it == "*" || wanted.contains(&it.as_str()))
    };
    let every = |of: &[String]| of.iter().any(|it| it == "*");
    if every(&verbs) && every(&resources) && every(&groups) {
        return RiskClass::Admin;
    }
    const CHANGES: [&str; 5] = ["create", "delete", "deletecollection", "patch", "update"];
    let changes = any(&verbs, &CHANGES);
    let rbac = any(&groups, &["rbac.authorization.k8s.io"]);
    let roles = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    let explicit =
        verbs.iter().any(|it| matches!(it.as_str(), "bind" | "escalate" | "impersonate"));
    if explicit || rbac && changes && any(&resources, &roles) {
        return RiskClass::Permissions;
    }
    let core = any(&groups, &[""]);
    let mints = any(&resources, &["serviceaccounts/token", "pods/exec", "pods/attach"]) && changes;
    let reads = any(&resources, &["secrets"]) && any(&verbs, &["get", "list", "watch"]);
    // Whoever starts a pod gets the token of any account of its namespace.
    let starts = any(&resources, &["pods", "deployments", "daemonsets", "statefulsets", "jobs"]);
    if core && (mints || reads) || starts && any(&verbs, &["create", "patch", "update"]) {
        return RiskClass::Secrets;
    }
    if changes { RiskClass::Write } else { RiskClass::Read }
}

#[cfg(test)]
mod tests {
    use super::harm;
    use interlock_model::RiskClass;
    use serde_json::json;

    #[test]
    fn what_rules_allow() {
        for (groups, resources, verbs, risk) in [
            (vec!["*"], vec!["*"], vec!["*"], RiskClass::Admin),
            (vec![""], vec!["configmaps"], vec!["get", "list"], RiskClass::Read),
            (vec![""], vec!["configmaps"], vec!["patch"], RiskClass::Write),
            (vec![""], vec!["secrets"], vec!["list"], RiskClass::Secrets),
            (vec![""], vec!["pods"], vec!["create"], RiskClass::Secrets),
            (vec![""], vec!["serviceaccounts/token"], vec!["create"], RiskClass::Secrets),
            (vec![""], vec!["users"], vec!["impersonate"], RiskClass::Permissions),
            (
                vec!["rbac.authorization.k8s.io"],
                vec!["rolebindings"],
                vec!["create"],
                RiskClass::Permissions,
            ),
            (vec!["rbac.authorization.k8s.io"], vec!["roles"], vec!["list"], RiskClass::Read),
        ] {
            let rule = json!({"apiGroups": groups, "resources": resources, "verbs": verbs});
            assert_eq!(harm(&rule), risk, "{rule}");
        }
    }
}
