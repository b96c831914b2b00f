//! Redis: ACL users, their connections, their commands and their passwords.

mod actions;
mod discover;
mod error;
mod rules;
mod server;

pub use actions::SPEC;

pub(crate) use actions::PARTS;
#[cfg(test)]
pub(crate) use server::WORDS;

use crate::database::{Database, Reach, assemble};
use interlock_model::ConnectorId;
use server::Redis;
use std::sync::Arc;
use std::time::Duration;

/// The ACL users of one Redis server. Nothing is asked of it yet: a server that is down must not keep
/// the house from watching.
#[must_use]
pub fn connector(id: ConnectorId, reach: Reach, settle: Option<Duration>) -> Database {
    let server = Arc::new(Redis::new(reach.clone()));
    assemble(PARTS, id, settle, reach, server)
}
