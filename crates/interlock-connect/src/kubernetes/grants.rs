//! What bindings give: roles, and the rules of them. What rules allow is for the directory to say.

use super::object::{Binding, items};
use interlock_model::{Entitlement, PolicyGrant, PolicyPart, RiskClass};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most subjects of a binding that are told with what it gives: with more, no smaller role is proposed.
const SUBJECTS: usize = 32;

/// The rules of each role, by kind, namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Roles(BTreeMap<(String, String, String), Value>);

impl Roles {
    /// Takes in roles of one kind.
    pub(crate) fn learn(&mut self, kind: &str, roles: &[Value]) {
        for role in roles {
            let Some(meta) = super::object::Meta::read(role) else { continue };
            let rules = Value::Array(items(role, "rules"));
            self.0.insert((kind.to_owned(), meta.namespace, meta.name), rules);
        }
    }

    /// What a binding gives, and the rules of its role with what it takes to write the binding anew.
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
            document: self.0.get(&key).map(|rules| document(binding, rules)),
            part: PolicyPart::Grants,
        };
        (Entitlement { grant, scope, through, risk }, policy)
    }
}

/// The rules of a role, and what it takes to write its binding anew.
fn document(binding: &Binding, rules: &Value) -> String {
    let mut document = Map::new();
    document.insert("role".to_owned(), json!(binding.role_kind));
    document.insert("rules".to_owned(), rules.clone());
    if binding.subjects.len() <= SUBJECTS {
        document.insert("subjects".to_owned(), json!(binding.subjects));
    }
    if let Some(keeper) = binding.meta.keeper() {
        document.insert("keeper".to_owned(), json!(keeper));
    }
    Value::Object(document).to_string()
}
