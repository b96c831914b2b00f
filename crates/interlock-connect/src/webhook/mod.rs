//! Verbs carried out behind an address of the operator's, asked by signed HTTPS.

#[cfg(test)]
pub(crate) mod fake;
mod post;
#[cfg(test)]
mod tests;

pub(crate) use post::Post;

use crate::Secret;
use crate::declared::{Declared, DeclaredConfig, assemble};
use interlock_contain::ConnectorSpec;
use interlock_model::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The kind. What an instance can do is declared in the configuration: see [`crate::declared`].
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "webhook",
    provider: "declared",
    title: "a service of your own behind HTTPS, declared in the configuration",
    outer: "the administration of the system behind the webhook",
    discovery: None,
    actions: &[],
};

/// Where questions are posted, and how.
#[derive(Debug, Clone)]
pub struct Address {
    /// The address.
    pub url: String,
    /// What every question is signed with.
    pub key: Secret,
    /// How long an answer may take.
    pub timeout: Duration,
    /// The clock, for the questions of a check, which belong to no turn.
    pub now: fn() -> Timestamp,
}

/// The connector; nothing is posted until something is to be done.
#[must_use]
pub fn connector(config: DeclaredConfig, address: Address) -> Declared {
    assemble(config, Arc::new(post::Post::new(address)))
}
