//! The whole house as a real process against real servers: nothing in here is a fake of ours.
//!
//! Each test says `skipped` and passes where the server's program is not named; under
//! `cargo xtask test` it is, and a missing one fails.

#[path = "../../../interlock-connect-aws/tests/it/account.rs"]
mod account;
mod contained;
mod counting;
mod house;
mod kills;
mod lying;
mod readme;
mod recorded;
mod rotated;
#[path = "../../../interlock-connect-aws/tests/it/servers.rs"]
mod servers;
