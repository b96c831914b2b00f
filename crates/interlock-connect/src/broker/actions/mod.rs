//! What this connector can do: one file per action.

mod block_issuance;
mod delete_key;
mod disable_key;
mod issue_key;
mod revoke_tokens;
mod shared;
#[cfg(test)]
mod tests;

pub(crate) use revoke_tokens::SPEC as REVOKE_TOKENS;
pub(crate) use shared::Shared;

use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "broker",
    provider: "broker",
    title: "The built-in broker: keys and short-lived tokens of workloads",
    outer: "the services that trust the broker's key: without it there no token of it is taken",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &block_issuance::SPEC,
        &delete_key::SPEC,
        &disable_key::SPEC,
        &issue_key::SPEC,
        &revoke_tokens::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(block_issuance::BlockIssuance { shared: it() }),
        Box::new(delete_key::DeleteKey { shared: it() }),
        Box::new(disable_key::DisableKey { shared: it() }),
        Box::new(issue_key::IssueKey { shared: it() }),
        Box::new(revoke_tokens::RevokeTokens { shared: it() }),
    ]
}
