//! The whole house as a real process against real servers: nothing in here is a fake of ours.
//!
//! Each test says `skipped` and passes where the server's program is not named; under
//! `cargo xtask test` it is, and a missing one fails.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[expect(dead_code, reason = "the AWS connector's own tests use the rest")]
#[path = "../../../interlock-connect-aws/tests/it/account.rs"]
mod account;
mod active_directory;
#[path = "../../../interlock-connect/tests/it/badges.rs"]
mod badges;
mod clocked;
#[path = "../../../interlock-connect-aws/tests/it/colleague.rs"]
mod colleague;
mod contained;
#[path = "../it/counted.rs"]
mod counted;
mod counting;
mod declared;
mod delivered;
mod drilled;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/it/emulate.rs"]
mod emulate;
mod entra;
mod entra_tenant;
mod estate;
mod feed_nats;
mod feed_s3;
mod github;
mod hosted;
mod house;
mod killed;
mod kills;
mod kills_hosted;
mod kills_issuers;
mod kills_rotating;
mod kinds;
mod kmock;
mod least;
mod lying;
#[expect(dead_code, reason = "the MariaDB connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/databases/mariadb_server.rs"]
mod mariadb_server;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/it/oidc_server.rs"]
mod oidc_server;
#[path = "../../../interlock-connect/tests/it/okta_org.rs"]
mod okta_org;
mod one_session;
mod openldap;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect-aws/tests/it/organization.rs"]
mod organization;
#[path = "../../../interlock-connect/tests/it/outside.rs"]
mod outside;
mod postgresql;
#[expect(dead_code, reason = "the PostgreSQL connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/databases/postgresql_server.rs"]
mod postgresql_server;
#[path = "../it/program.rs"]
mod program;
mod rabbitmq;
#[expect(dead_code, reason = "the RabbitMQ connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/databases/rabbitmq_server.rs"]
mod rabbitmq_server;
mod reached;
mod readme;
mod recorded;
#[expect(dead_code, reason = "the Redis connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/databases/redis_server.rs"]
mod redis_server;
mod rotated;
#[path = "../../../interlock-connect/tests/databases/running.rs"]
mod running;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/it/samba.rs"]
mod samba;
mod scim;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/it/scim_server.rs"]
mod scim_server;
#[expect(dead_code, reason = "the tests of the command line use the rest")]
#[path = "../it/served.rs"]
mod served;
#[path = "../../../interlock-connect/tests/it/server.rs"]
mod server;
#[path = "../../../interlock-connect-aws/tests/it/servers.rs"]
mod servers;
mod sick;
mod sick_wire;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/it/slapd.rs"]
mod slapd;
mod ssh;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/it/sshd.rs"]
mod sshd;
mod vault;
#[expect(dead_code, reason = "the connector's own tests use the rest")]
#[path = "../../../interlock-connect/tests/databases/vault_server.rs"]
mod vault_server;
mod watched;
mod ways_in;
