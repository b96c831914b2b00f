//! What this connector can do.

mod bindings;
mod delete;
mod recreate;
mod shared;

pub(crate) use shared::Shared;

use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "kubernetes",
    provider: "kubernetes",
    title: "Kubernetes: tokens of service accounts, and the bindings of roles",
    outer: "what lets callers into the cluster: the cloud's access entries, the OIDC issuer, the client certificate authority; and the network in front of the API server",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &delete::POD,
        &delete::SECRET,
        &bindings::CERTIFICATE,
        &bindings::QUARANTINE,
        &recreate::ACCOUNT,
        &bindings::REMOVE,
        &recreate::TOKEN,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(delete::Delete { shared: it(), spec: &delete::POD }),
        Box::new(delete::Delete { shared: it(), spec: &delete::SECRET }),
        Box::new(bindings::Bindings { shared: it(), spec: &bindings::CERTIFICATE, all: true }),
        Box::new(bindings::Bindings { shared: it(), spec: &bindings::QUARANTINE, all: true }),
        Box::new(recreate::Recreate { shared: it(), spec: &recreate::ACCOUNT }),
        Box::new(bindings::Bindings { shared: it(), spec: &bindings::REMOVE, all: false }),
        Box::new(recreate::Recreate { shared: it(), spec: &recreate::TOKEN }),
    ]
}
