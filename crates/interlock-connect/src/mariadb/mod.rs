//! MariaDB: accounts, their sessions and their passwords.

mod actions;
mod discover;
mod error;
mod server;
mod sql;

pub use actions::SPEC;

pub(crate) use actions::PARTS;
#[cfg(test)]
pub(crate) use server::WORDS;

use crate::database::{Database, Reach, assemble};
use interlock_model::ConnectorId;
use server::MariaDb;
use std::sync::Arc;
use std::time::Duration;

/// The accounts of one MariaDB server. Nothing is asked of it yet: a server that is down must not keep
/// the house from watching.
#[must_use]
pub fn connector(id: ConnectorId, reach: Reach, settle: Option<Duration>) -> Database {
    let server = Arc::new(MariaDb::new(reach.clone()));
    assemble(PARTS, id, settle, reach, server)
}
