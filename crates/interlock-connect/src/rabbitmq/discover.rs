//! Users as the broker lists them: what they may do, and which connections are theirs now.

use super::server::{Connection, Granted, READ_CONNECTIONS, READ_USER, UNLIMITED, User};
use interlock_contain::DiscoverySpec;
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Entitlement, Principal,
    RiskClass, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "users with their tags and limits, what they may configure, write and read in each virtual host, whether a password is set, and the connections that are open now, with the clients' own words",
    hides: "the age of passwords and past connections, which the broker does not keep, topic permissions, and users of other backends (LDAP, OAuth 2, certificates) that have no entry of their own",
    reads: &[READ_USER, READ_CONNECTIONS],
    source: "https://www.rabbitmq.com/docs/management#http-api; measured on 3.10 by tests/real/rabbitmq.rs",
};

/// Names in one label.
const NAMES: usize = 8;
/// The longest value of a label.
const LONGEST: usize = 200;

/// What a tag gives: <https://www.rabbitmq.com/docs/management#permissions>.
fn risk(tag: &str) -> RiskClass {
    match tag {
        "administrator" => RiskClass::Admin,
        "policymaker" => RiskClass::Write,
        _ => RiskClass::Read,
    }
}

/// A user. `open` are their connections, `now` is the broker's time.
pub(super) fn described(
    user: &User,
    granted: &[Granted],
    open: Option<&[Connection]>,
    now: Timestamp,
) -> Discovered {
    let tags = user.tags.text();
    let limit = user.limits.get("max-connections");
    let limit = limit.map_or_else(|| UNLIMITED.to_owned(), ToString::to_string);
    let enabled = limit != "0";
    let own: Vec<&Connection> =
        open.unwrap_or_default().iter().filter(|it| it.user == user.name).collect();
    let last_used = (!own.is_empty()).then_some(now);
    let mut labels = BTreeMap::new();
    let mut say = |key: &str, value: String| {
        if !value.is_empty() {
            labels.insert(key.to_owned(), value.chars().take(LONGEST).collect());
        }
    };
    say("tags", tags.clone());
    if limit != UNLIMITED {
        say("max-connections", limit);
    }
    if open.is_some() {
        say("connections", own.len().to_string());
    }
    let several =
        |all: BTreeSet<String>| all.into_iter().take(NAMES).collect::<Vec<_>>().join(", ");
    say("clients", several(own.iter().filter_map(|it| it.client()).collect()));
    say("hosts", several(own.iter().filter_map(|it| it.peer_host.clone()).collect()));
    let by_tag = tags.split(',').filter(|it| !it.is_empty()).map(|tag| Entitlement {
        grant: format!("tag {tag}"),
        scope: "broker".to_owned(),
        through: "tag".to_owned(),
        risk: risk(tag),
    });
    let by_host = granted.iter().filter(|it| it.user == user.name).map(|it| {
        let Granted { vhost, configure, write, read, .. } = it;
        let changes = !configure.is_empty() || !write.is_empty();
        Entitlement {
            grant: format!("configure `{configure}`, write `{write}`, read `{read}`"),
            scope: format!("virtual host {vhost}"),
            through: "permission".to_owned(),
            risk: if changes { RiskClass::Write } else { RiskClass::Read },
        }
    });
    Discovered {
        enabled: Some(enabled),
        last_used,
        labels,
        credentials: vec![DiscoveredCredential {
            reference: CredentialRef::new("rabbitmq", CredentialKind::Password, &user.name),
            enabled: Some(!user.password_hash.is_empty()),
            issued: None,
            expires: None,
            last_used,
        }],
        entitlements: by_tag.chain(by_host).collect(),
        ..Discovered::of(Principal::new("rabbitmq", &user.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_user_is_described_with_tags_permissions_and_open_connections() {
        let user: User = serde_json::from_value(json!({
            "name": "shop", "password_hash": "planted-hash", "tags": ["policymaker"],
            "limits": {"max-connections": 3},
        }))
        .unwrap();
        let granted: Vec<Granted> = serde_json::from_value(json!([
            {"user": "shop", "vhost": "/", "configure": "", "write": "orders", "read": ".*"},
            {"user": "other", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
        ]))
        .unwrap();
        let open: Vec<Connection> = serde_json::from_value(json!([
            {"name": "a", "user": "shop", "peer_host": "192.0.2.7",
             "client_properties": {"connection_name": "checkout", "product": "pika"}},
            {"name": "b", "user": "other"},
        ]))
        .unwrap();
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let it = described(&user, &granted, Some(&open), now);
        assert!(!format!("{it:?}").contains("planted-hash"));
        assert_eq!((it.enabled, it.last_used), (Some(true), Some(now)));
        let labels: Vec<String> = it.labels.iter().map(|(k, v)| format!("{k}: {v}")).collect();
        assert_eq!(
            labels,
            [
                "clients: checkout (pika)",
                "connections: 1",
                "hosts: 192.0.2.7",
                "max-connections: 3",
                "tags: policymaker"
            ]
        );
        let grants: Vec<String> = it
            .entitlements
            .iter()
            .map(|it| format!("{} on {}, {:?}", it.grant, it.scope, it.risk))
            .collect();
        assert_eq!(
            grants,
            [
                "tag policymaker on broker, Write",
                "configure ``, write `orders`, read `.*` on virtual host /, Write"
            ]
        );
        let shut: User = serde_json::from_value(json!({
            "name": "old", "tags": "", "limits": {"max-connections": 0},
        }))
        .unwrap();
        let it = described(&shut, &granted, None, now);
        assert_eq!((it.enabled, it.credentials[0].enabled), (Some(false), Some(false)));
        assert!(it.entitlements.is_empty() && !it.labels.contains_key("connections"));
    }
}
