//! The clients that the configuration names: the standards know no list of any others.

use super::OauthConfig;
use interlock_contain::DiscoverySpec;
use interlock_model::{Discovered, DiscoveryGap, DiscoveryPage, IdentityKind, Principal};

pub(super) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "the clients that the configuration names",
    hides: "every other client, and tokens: RFC 7591, RFC 7592 and RFC 7009 have no request that lists them",
    reads: &[],
    source: "https://www.rfc-editor.org/rfc/rfc7592",
};

/// All that can be seen, and what cannot.
pub(super) fn page(config: &OauthConfig) -> DiscoveryPage {
    let found = config.clients.iter().map(|it| Discovered {
        name: Some(it.id.clone()),
        kind: Some(IdentityKind::ApiClient),
        ..Discovered::of(Principal::new("oauth", &format!("{}/{}", config.id, it.id)))
    });
    let gap = DiscoveryGap {
        what: "clients that the configuration does not name".to_owned(),
        why: "RFC 7591 and RFC 7592 register, read and delete a client, and list none".to_owned(),
        remedy: "name each client in `client` of the connector, and declare it in `identities`"
            .to_owned(),
    };
    DiscoveryPage { found: found.collect(), gaps: vec![gap], next: None }
}
