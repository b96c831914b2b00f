//! The connectors of `interlock.toml`, from what people wrote to what it means.

use super::check::{Check, verbs};
use super::raw_connector::RawConnector;
use super::raw_parts::RawPlace;
use super::tree::Node;
use super::{ConnectorConfig, ConnectorKind};
use interlock_model::{ActionKind, ConnectorId, Environment, Gravity};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Range;

/// One connector, where it stands, and where its account belongs to.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) config: ConnectorConfig,
    pub(super) span: Option<Range<usize>>,
    pub(super) environment: Option<Environment>,
}

impl Check<'_> {
    pub(super) fn connectors(&mut self, raw: Vec<RawConnector>, tree: &Node) -> Vec<Connector> {
        let mut connectors: Vec<Connector> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("connector").and_then(|it| it.item(index));
            let at = |key: &str| node.and_then(|it| it.get(key)).or(node);
            let pace = self.pace(&raw, at("calls_per_second"));
            let acting = raw.enforce_with().cloned();
            let (id, enforce, settle, environment, kind) = self.kind(raw, &at);
            let acting = acting.zip(node).and_then(|(it, node)| self.acting(&kind, &it, node));
            if !is_name(&id) {
                let what = format!("`{}` is not a name for a connector", id.escape_debug());
                self.error(at("id"), what, "up to 64 lower-case letters, digits and hyphens");
            }
            if connectors.iter().any(|it| *it.config.id.0 == *id) {
                let what = format!("the connector id `{}` is taken", id.escape_debug());
                self.error(at("id"), what, "receipts name it: every connector needs its own");
            }
            let makes = matches!(
                kind,
                ConnectorKind::Entra(_)
                    | ConnectorKind::Github(_)
                    | ConnectorKind::GoogleCloud(_)
                    | ConnectorKind::Okta(_)
            );
            if (makes || kind.database().is_some_and(|it| it.delivery.is_none()))
                && tree.get("delivery").is_none()
                && enforce.contains(&ActionKind::RotateCredential)
            {
                let what =
                    "`rotate_credential` needs `delivery`: a new secret must have a place to go to"
                        .to_owned();
                let help = match makes {
                    true => "a `[[delivery]]` that names its workloads",
                    false => {
                        "such as `delivery = \"delivered/{name}.json\"`, or a `[[delivery]]` for its accounts"
                    }
                };
                self.report(Gravity::Warning, at("enforce"), what, help);
            }
            let alone = matches!(kind, ConnectorKind::Kubernetes(_) | ConnectorKind::Vault(_));
            if (kind.database().is_some() || alone)
                && connectors.iter().any(|it| {
                    std::mem::discriminant(&it.config.kind) == std::mem::discriminant(&kind)
                })
            {
                let what = "a second server of this kind: logs name accounts without their server, so the wrong one might be contained".to_owned();
                self.error(at("kind"), what, "one server of a kind for each house");
            }
            if matches!(
                kind,
                ConnectorKind::AwsOrganizations(_)
                    | ConnectorKind::Entra(_)
                    | ConnectorKind::Okta(_)
            ) && connectors
                .iter()
                .any(|it| std::mem::discriminant(&it.config.kind) == std::mem::discriminant(&kind))
            {
                let what = "a second one of this kind: ids do not say where they are from, so they would be looked for in the first".to_owned();
                self.error(at("kind"), what, "one tenant or organisation for each house");
            }
            if matches!(kind, ConnectorKind::ActiveDirectory(_))
                && connectors
                    .iter()
                    .any(|it| matches!(it.config.kind, ConnectorKind::ActiveDirectory(_)))
            {
                let what =
                    "a second domain: its accounts would be looked for in the first".to_owned();
                self.error(at("kind"), what, "one domain for each house");
            }
            let settle = settle.and_then(|it| self.duration(&it, at("settle")));
            let spec = crate::connectors::spec(&kind);
            for (place, verb) in enforce.iter().enumerate() {
                if spec.actions.iter().all(|it| it.kind != *verb) {
                    let node = at("enforce").map(|it| it.item(place).unwrap_or(it));
                    let what = format!("`{}` has no action that does `{verb}`", spec.kind);
                    let help = format!("it can {}", verbs(spec.actions.iter().map(|it| it.kind)));
                    self.report(Gravity::Warning, node, what, &help);
                }
            }
            let config =
                ConnectorConfig { id: ConnectorId(id.into()), enforce, settle, pace, kind, acting };
            let span = node.map(|it| it.span.clone());
            connectors.push(Connector { config, span, environment: environment.map(place_of) });
        }
        connectors
    }

    fn pace(&mut self, raw: &RawConnector, node: Option<&Node>) -> NonZeroU32 {
        let (written, usual) = raw.pace();
        let Some(written) = written else { return usual };
        NonZeroU32::new(written).filter(|it| it.get() <= 1000).unwrap_or_else(|| {
            let what = format!("`{written}` is no number of calls a second");
            self.error(node, what, "from 1 to 1000");
            usual
        })
    }

    /// An address of HTTP under this key.
    pub(super) fn endpoint<'n>(
        &mut self,
        endpoint: Option<&str>,
        key: &str,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        let Some(endpoint) = endpoint else { return };
        let Ok(url) = reqwest::Url::parse(endpoint) else {
            let what = format!("`{}` is not an address", endpoint.escape_debug());
            return self.error(at(key), what, "such as `https://iam.example.com`");
        };
        let loopback = url.host_str().is_some_and(is_loopback);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                let what = "the provider is called without TLS".to_owned();
                self.report(Gravity::Warning, at(key), what, "use `https://`");
            }
            _ => {
                let what = format!("`{}` is not an address of HTTP", endpoint.escape_debug());
                self.error(at(key), what, "it begins with `https://`");
            }
        }
    }
}

const fn place_of(raw: RawPlace) -> Environment {
    match raw {
        RawPlace::Production => Environment::Production,
        RawPlace::Staging => Environment::Staging,
        RawPlace::Development => Environment::Development,
    }
}

/// Whether a host is the own machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|it| it.is_loopback())
}

/// Whether a text is the name of a variable and does not look like a key.
pub(super) fn is_variable(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
    let key = text.starts_with("AKIA") || text.starts_with("ASIA");
    !text.is_empty() && !key && text.bytes().all(letter)
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}
