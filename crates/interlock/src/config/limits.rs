//! `[directory]`: how often connectors look, how old credentials may become, and other limits for some.

use super::DirectoryConfig;
use super::check::Check;
use super::raw::{RawCredentialLimit, RawDirectory};
use super::tree::Node;
use interlock_identity::{CredentialLimit, CredentialLimits, SpecialLimit};
use interlock_model::CredentialKind;
use std::time::Duration;

impl Check<'_> {
    pub(super) fn directory(&mut self, raw: RawDirectory, tree: &Node) -> DirectoryConfig {
        let standard = DirectoryConfig::standard();
        let node = tree.get("directory");
        let mut length = |key: &str, text: &Option<String>, standard: Duration| {
            let node = node.and_then(|it| it.get(key));
            text.as_deref().and_then(|it| self.duration(it, node)).unwrap_or(standard)
        };
        let (age, idle) = (standard.limits.general.age, standard.limits.general.idle);
        let general = CredentialLimit {
            age: span(length("credential_age", &raw.credential_age, age.unsigned_abs())),
            idle: span(length("credential_idle", &raw.credential_idle, idle.unsigned_abs())),
        };
        let discover_every = length("discover_every", &raw.discover_every, standard.discover_every);
        let limits = node.and_then(|it| it.get("limit"));
        let mut special = Vec::new();
        for (index, raw) in raw.limit.into_iter().enumerate() {
            let node = limits.and_then(|it| it.item(index));
            special.push(self.special_limit(raw, general, node));
        }
        DirectoryConfig {
            discover_every,
            limits: CredentialLimits { general, special },
            replace_over_age: raw.replace_over_age,
        }
    }

    fn special_limit(
        &mut self,
        raw: RawCredentialLimit,
        general: CredentialLimit,
        node: Option<&Node>,
    ) -> SpecialLimit {
        let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
        if raw.age.is_none() && raw.idle.is_none() {
            let what = "a limit without `age` and `idle` limits nothing";
            self.error(node, what.to_owned(), "say `age`, `idle` or both");
        }
        let mut length = |key: &str, text: &Option<String>, general: jiff::SignedDuration| {
            text.as_deref().and_then(|it| self.duration(it, at(key))).map_or(general, span)
        };
        SpecialLimit {
            limit: CredentialLimit {
                age: length("age", &raw.age, general.age),
                idle: length("idle", &raw.idle, general.idle),
            },
            provider: raw.provider.map(Into::into),
            credential: raw.credential.map(CredentialKind::as_str),
            identity: raw.identity.map(Into::into),
            environment: raw.environment.map(Into::into),
        }
    }
}

fn span(it: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(it).unwrap_or(jiff::SignedDuration::MAX)
}
