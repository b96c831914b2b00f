//! How accounts of database servers are acted upon: one file per sort of action.

mod end_sessions;
mod rotate_password;
mod setting;
mod shared;

pub(crate) use end_sessions::EndSessions;
pub(crate) use rotate_password::RotatePassword;
pub(crate) use setting::{Residue, Setting, Settled, apart};
pub(crate) use shared::Shared;
