//! What this connector can do: one file per action.

mod deactivate_user;
mod remove_from_group;
mod shared;

pub(crate) use shared::Shared;

use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "scim",
    provider: "scim",
    title: "SCIM 2.0: users and groups of one application",
    outer: "the identity provider that provisions the service, and single sign-on into it",
    discovery: Some(&super::discover::SPEC),
    actions: &[&deactivate_user::SPEC, &remove_from_group::SPEC],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(deactivate_user::DeactivateUser { shared: it() }),
        Box::new(remove_from_group::RemoveFromGroup { shared: it() }),
    ]
}
