//! The directory: who an event is about, who owns them, what depends on them.
//!
//! [`declare::load`] reads what people declared. [`Directory::bind`] says who an event is about and
//! learns from it: unseen principals become undeclared identities, credentials are followed back to
//! who issued them, owners and environments are inferred with the evidence shown.
//! Nothing here reads a clock, a file or a network; time comes with the events.
//!
//! The tables: which kind an identity is, in `kind.rs`; owner and environment, in `ownership.rs`;
//! what breaks, in `blast_radius.rs`. The bounds of memory: [`Bounds`].

mod aliases;
mod alike;
mod also_called;
mod answering;
mod attribute;
mod attributed;
mod blast_radius;
mod bytes;
mod chain;
mod clock;
mod consumer;
pub mod declare;
mod delegation;
mod directory;
mod discover;
mod frozen;
mod gaps;
mod glob;
mod granted;
mod impact;
pub mod import;
mod index;
mod keys;
mod kind;
mod labels;
mod learn;
mod likely;
mod limits;
mod lineage;
mod listed;
mod memory;
mod merge;
mod near;
mod order;
mod ownership;
mod pile;
mod platforms;
mod policies;
mod principal;
mod record;
mod redacted;
mod resolve;
mod restore;
mod revocation;
mod seeded;
mod shelf;
mod shorter;
mod small;
mod snapshot;
#[cfg(test)]
mod stories;
mod survey;
mod texts;
mod usage;
mod words;

pub use answering::Answering;
pub use declare::{
    Declaration, DeclaredEnvironment, DeclaredIdentity, Protected, ProtectedPattern,
};
pub use delegation::{Delegated, Delegation, Party, Tool};
pub use directory::{Bounds, Directory};
pub use discover::Conflict;
pub use gaps::{Gap, GapKind};
pub use glob::{MalformedPattern, Pattern};
pub use granted::{Granted, GrantedClass, SeenAccounts, UsedGrants};
pub use interlock_reach::wildcard;
pub use limits::{CredentialLimit, CredentialLimits, SpecialLimit};
pub use lineage::{Ancestry, Application, Deployment, Replace, Step};
pub use memory::Share;
pub use restore::RestoreError;
pub use revocation::Revocations;
pub use usage::Suggestion;
