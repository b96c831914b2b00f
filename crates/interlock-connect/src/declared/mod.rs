//! Verbs that are declared in the configuration, for systems that no connector of ours knows.
//!
//! What a verb claims (what it stops, what it leaves, whether it can be taken back) is the operator's word
//! and stands in the spec like any other. What it does is done elsewhere: by a program of the folder beside
//! this one (`command`), or behind an address (`webhook`). How it is planned, written once, read back and
//! taken back is here, and is the same for both.

mod connector;
#[cfg(test)]
pub(crate) mod fake;
mod form;
mod intern;
mod verb;

pub use connector::{Declared, DeclaredConfig};
pub use intern::{Aim, Declaration, VerbDeclaration, intern};

pub(crate) use connector::assemble;
pub(crate) use form::{Ask, Call, clean};
pub(crate) use verb::{Way, admit};
