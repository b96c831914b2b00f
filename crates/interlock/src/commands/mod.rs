//! The commands that are not a house of their own.

pub mod act;
pub mod audit;
pub mod case;
pub mod check;
pub mod connector;
pub mod containment;
pub mod drill;
pub mod explain;
pub mod feed;
pub mod finding;
pub mod identity;
pub mod import;
pub mod init;
pub mod least_privilege;
pub mod notice;
pub mod readiness;
pub mod rejected;
pub mod status;
