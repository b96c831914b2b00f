//! What this connector can do.

mod end;
mod entity;
mod issue_secret_id;
mod rotate;
mod shared;

pub(crate) use shared::Shared;

use crate::delivery::Issue;
use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "vault",
    provider: "vault",
    title: "Vault or OpenBao: tokens, entities, leases, secret ids and static roles",
    outer: "the identity provider or the machine identities behind the auth method; sealing the server stops everybody",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &end::SECRET_ID,
        &entity::DISABLE,
        &issue_secret_id::SPEC,
        &entity::QUARANTINE,
        &end::LEASE,
        &end::PREFIX,
        &end::TOKEN,
        &rotate::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(end::End { shared: it(), spec: &end::SECRET_ID }),
        Box::new(entity::Disable { shared: it(), spec: &entity::DISABLE }),
        Box::new(Issue {
            id: shared.config.id.clone(),
            settle: shared.config.settle,
            deliveries: shared.config.deliveries.clone(),
            issuer: issue_secret_id::SecretIds { shared: it() },
        }),
        Box::new(entity::Disable { shared: it(), spec: &entity::QUARANTINE }),
        Box::new(end::End { shared: it(), spec: &end::LEASE }),
        Box::new(end::End { shared: it(), spec: &end::PREFIX }),
        Box::new(end::End { shared: it(), spec: &end::TOKEN }),
        Box::new(rotate::Rotate { shared: it() }),
    ]
}
