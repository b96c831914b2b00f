//! What bindings give: roles, and the rules of them. What rules allow is for the directory to say.

use super::object::{Binding, items};
use interlock_model::{Entitlement, PolicyGrant, PolicyPart, RiskClass};
use serde_json::Value;
use std::collections::BTreeMap;

/// The rules of each role, by kind, namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Roles(BTreeMap<(String, String, String), String>);

impl Roles {
    /// Takes in roles of one kind.
    pub(crate) fn learn(&mut self, kind: &str, roles: &[Value]) {
        for role in roles {
            let Some(meta) = super::object::Meta::read(role) else { continue };
            let rules = Value::Array(items(role, "rules")).to_string();
            self.0.insert((kind.to_owned(), meta.namespace, meta.name), rules);
        }
    }

    /// What a binding gives, and the rules of its role.
    pub(crate) fn grant(&self, binding: &Binding) -> (Entitlement, PolicyGrant) {
        let namespace = &binding.meta.namespace;
        let of = if binding.role_kind == "Role" { namespace.clone() } else { String::new() };
        let key = (binding.role_kind.clone(), of, binding.role.clone());
        let scope = match namespace.as_str() {
            "" => "the cluster".to_owned(),
            namespace => format!("namespace {namespace}"),
        };
        // Where the rules are hidden: no less than changing things.
        let (grant, through, risk) = (binding.role.clone(), binding.key(), RiskClass::Write);
        let policy = PolicyGrant {
            name: grant.clone(),
            through: through.clone(),
            document: self.0.get(&key).cloned(),
            part: PolicyPart::Grants,
        };
        (Entitlement { grant, scope, through, risk }, policy)
    }
}
