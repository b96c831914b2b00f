//! What the accounts of database servers have in common: settings, sessions, a password.
//!
//! Each kind of server is a folder of its own beside this one. It says what its words are, what its
//! actions stop and leave, and how it is spoken to; how an action plans, writes once and reads back is here.

mod connector;
mod delivery;
#[cfg(test)]
pub(crate) mod fake;
mod reach;
mod server;
mod verbs;

pub use connector::Database;
pub use reach::{Reach, Tls};

pub(crate) use connector::{Parts, assemble};
pub(crate) use reach::CONNECT;
pub(crate) use server::{Account, Change, Own, Server, Sessions, Tried, Words, admit};
pub(crate) use verbs::{EndSessions, Residue, RotatePassword, Setting, Settled, Shared, apart};

use interlock_model::Operation;

/// Puts a new password into the role's delivery file, on this machine.
pub(crate) const PUT_DELIVERY: Operation = Operation("file:PutDelivery");
