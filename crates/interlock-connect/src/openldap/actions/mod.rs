//! What this connector can do: one file per action.

mod invalidate_password;
mod lock;
mod quarantine_account;
mod remove_from_group;
mod require_reset;
mod shared;

pub(crate) use shared::Shared;

use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "openldap",
    provider: "ldap",
    title: "OpenLDAP: accounts, passwords and groups",
    outer: "the services that let the directory's accounts in, each with access rules of its own, and the directory server's access control",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &invalidate_password::SPEC,
        &lock::ACCOUNT,
        &lock::PASSWORD,
        &quarantine_account::SPEC,
        &remove_from_group::SPEC,
        &require_reset::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(invalidate_password::InvalidatePassword { shared: it() }),
        Box::new(lock::Lock { shared: it(), spec: &lock::ACCOUNT }),
        Box::new(lock::Lock { shared: it(), spec: &lock::PASSWORD }),
        Box::new(quarantine_account::QuarantineAccount { shared: it() }),
        Box::new(remove_from_group::RemoveFromGroup { shared: it() }),
        Box::new(require_reset::RequireReset { shared: it() }),
    ]
}
