//! What this connector can do: one file per action.

mod deny_logon_hours;
mod disable_account;
mod expire_account;
mod invalidate_password;
mod remove_from_group;
mod require_reset;
mod shared;

pub(crate) use shared::Shared;

use interlock_contain::{Action, ActionSpec, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "active_directory",
    provider: "ad",
    title: "Active Directory: accounts, passwords and groups of a domain",
    outer: "an authentication policy silo of the domain, the forest's trusts, and what federates from the domain, Entra before all",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &deny_logon_hours::SPEC,
        &disable_account::SPEC,
        &expire_account::SPEC,
        &invalidate_password::SPEC,
        &remove_from_group::SPEC,
        &require_reset::SPEC,
    ],
};

/// An action that declares every read.
pub(crate) const ANY: &ActionSpec = &disable_account::SPEC;

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(deny_logon_hours::DenyLogonHours { shared: it() }),
        Box::new(disable_account::DisableAccount { shared: it() }),
        Box::new(expire_account::ExpireAccount { shared: it() }),
        Box::new(invalidate_password::InvalidatePassword { shared: it() }),
        Box::new(remove_from_group::RemoveFromGroup { shared: it() }),
        Box::new(require_reset::RequireReset { shared: it() }),
    ]
}
