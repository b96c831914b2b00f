//! The second set of credentials of a connector: laid over its own, and read as if it were the only one.

use super::check::Check;
use super::near::listed;
use super::raw_acting::RawActing;
use super::raw_connector::RawConnector;
use super::tree::Node;
use super::{Config, ConnectorConfig, ConnectorKind};
use interlock_model::{Gravity, Mode};
use serde_json::Value;

/// The key under which the second set stands.
const KEY: &str = "enforce_with";

impl ConnectorKind {
    /// The keys of `[[connector]]` that say whom such a connector acts as and how it proves that; none:
    /// it has no credentials, or each of its verbs has its own.
    #[must_use]
    pub const fn credentials(&self) -> &'static [&'static str] {
        match self {
            Self::ActiveDirectory(_)
            | Self::Mariadb(_)
            | Self::Postgresql(_)
            | Self::Rabbitmq(_)
            | Self::Redis(_) => &["user", "password"],
            Self::AwsIam(_) | Self::AwsIdentityCenter(_) | Self::AwsOrganizations(_) => {
                &["credentials"]
            }
            Self::Entra(_) => &["client_id", "secret", "certificate", "federated_token"],
            Self::Github(_) => &["token", "app"],
            Self::GoogleCloud(_) => &["key", "token", "acts_as"],
            Self::Kubernetes(_) | Self::Vault(_) => &["token"],
            Self::Keycloak(_) | Self::Oauth(_) => &["client_id", "client_secret"],
            Self::Okta(_) => &["token", "client_id", "key", "key_id"],
            Self::OpenLdap(_) => &["bind_dn", "password"],
            Self::Scim(_) => &["token", "acts_as"],
            Self::Broker(_) | Self::Command(_) | Self::Ssh(_) | Self::Webhook(_) => &[],
        }
    }
}

impl ConnectorConfig {
    /// The connector with what it looks with, where it acts with something else.
    #[must_use]
    pub fn looking(&self) -> Option<Self> {
        self.acting.as_ref()?;
        // Without verbs it asks for no right to write, where rights are asked for by name.
        Some(Self { enforce: Vec::new(), acting: None, ..self.clone() })
    }

    /// The connector with what it acts with, where that is something else.
    #[must_use]
    pub fn acting(&self) -> Option<Self> {
        let kind = (**self.acting.as_ref()?).clone();
        Some(Self { kind, acting: None, ..self.clone() })
    }
}

impl Config {
    /// Whether the credentials that act are of use: nothing else is taken from where it is.
    #[must_use]
    pub fn acts(&self) -> bool {
        self.mode == Mode::Enforce
    }
}

impl Check<'_> {
    /// What the connector reaches, with the second set instead of its own.
    pub(super) fn acting(
        &mut self,
        kind: &ConnectorKind,
        written: &RawActing,
        node: &Node,
    ) -> Option<Box<ConnectorKind>> {
        let of_kind = kind.credentials();
        let second = node.get(KEY);
        for key in written.0.keys().filter(|it| !of_kind.contains(&it.as_str())) {
            let what = format!("`{key}` is no credential of such a connector");
            let node = second.map(|it| it.get(key).unwrap_or(it));
            self.error(node, what, &format!("it proves itself by {}", listed(of_kind)));
        }
        let Value::Object(mut whole) = node.to_json() else { return None };
        whole.retain(|key, _| key != KEY && !of_kind.contains(&key.as_str()));
        let known = written.0.iter().filter(|it| of_kind.contains(&it.0.as_str()));
        whole.extend(known.map(|(key, value)| (key.clone(), value.clone())));
        let raw: RawConnector = match serde_json::from_value(Value::Object(whole)) {
            Ok(raw) => raw,
            Err(error) => {
                // Forms are checked already, so that nothing but a missing key is left.
                let what = format!("`{KEY}` replaces all credentials of the connector: {error}");
                self.error(second, what, &format!("it proves itself by {}", listed(of_kind)));
                return None;
            }
        };
        // What is missing is missing there; what the connector says anyway is told of once.
        let at = |key: &str| match second.and_then(|it| it.get(key)) {
            Some(written) => Some(written),
            None if key == "id" || of_kind.contains(&key) => second,
            None => Some(node.get(key).unwrap_or(node)),
        };
        let (.., acting) = self.kind(raw, &at);
        if acting == *kind {
            let what = format!("`{KEY}` names the credentials that the connector has anyway");
            self.report(Gravity::Warning, second, what, "leave it out, or name others");
            return None;
        }
        Some(Box::new(acting))
    }
}
