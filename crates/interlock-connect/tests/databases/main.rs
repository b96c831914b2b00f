//! Connectors of database servers on real servers: the credential works with the server's own client, is
//! refused once contained, and works again where that was promised.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod delivered;
mod discovered;
mod drive;
mod mariadb;
mod mariadb_server;
mod postgresql;
mod postgresql_apart;
mod postgresql_server;
mod postgresql_traps;
mod rabbitmq;
#[expect(dead_code, reason = "the tests of the whole house use the rest")]
mod rabbitmq_server;
mod redis;
mod redis_server;
mod running;
mod vault;
mod vault_server;
