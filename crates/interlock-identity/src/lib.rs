//! The directory: who an event is about, who owns them, what depends on them.

pub mod declare;
mod glob;
mod principal;

pub use declare::{
    Declaration, DeclaredEnvironment, DeclaredIdentity, Protected, ProtectedPattern,
};
pub use glob::{MalformedPattern, Pattern};
