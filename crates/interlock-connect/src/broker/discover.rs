//! The clients of the built-in broker, with their keys and tokens.

use super::operation as op;
use super::state::{Client, State, key_ref, token_ref};
use interlock_contain::DiscoverySpec;
use interlock_model::{Discovered, DiscoveredCredential, IdentityKind, Principal};

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "clients with their keys and live tokens",
    hides: "",
    reads: &[op::LIST_KEYS],
    source: "the broker is in this process",
};

/// Every client.
pub(crate) fn everybody(state: &State) -> Vec<Discovered> {
    state.clients.iter().map(|(name, client)| described(state, name, client)).collect()
}

fn described(state: &State, name: &str, client: &Client) -> Discovered {
    let keys = state.keys_of(name).map(|(id, key)| DiscoveredCredential {
        reference: key_ref(id),
        enabled: Some(key.active),
        issued: Some(key.issued),
        expires: None,
        last_used: None,
    });
    let tokens = state.tokens.iter().filter(|it| it.1.client == name);
    let tokens = tokens.map(|(id, token)| DiscoveredCredential {
        reference: token_ref(id),
        enabled: token.revoked.then_some(false),
        issued: Some(token.issued),
        expires: Some(token.expires),
        last_used: None,
    });
    Discovered {
        kind: Some(IdentityKind::Workload),
        enabled: Some(!client.blocked),
        credentials: keys.chain(tokens).collect(),
        ..Discovered::of(Principal::new("broker", name))
    }
}
