//! RabbitMQ: users, their connections, permissions, tags and passwords.

mod actions;
mod amqp;
mod discover;
mod hash;
mod http;
mod server;

pub use actions::SPEC;

pub(crate) use actions::PARTS;
#[cfg(test)]
pub(crate) use server::WORDS;

use crate::database::{Database, Reach, assemble};
use interlock_model::ConnectorId;
use server::RabbitMq;
use std::sync::Arc;
use std::time::Duration;

/// The users of one broker, reached by its management API and tried at its AMQP port. Nothing is asked of
/// it yet: a broker that is down must not keep the house from watching.
#[must_use]
pub fn connector(
    id: ConnectorId,
    reach: Reach,
    amqp_port: u16,
    settle: Option<Duration>,
) -> Database {
    let server = Arc::new(RabbitMq::new(reach.clone(), amqp_port));
    assemble(PARTS, id, settle, reach, server)
}
