//! The memory: what must survive, committed in one transaction a turn, with the audit chain inside it.
//!
//! A [`Store`] keeps the inbox of accepted input, the objects that turns remember, the journals of
//! containments and the hash-chained audit entries. What a [`Batch`](interlock_model::Batch) brings
//! is there as a whole or not at all. [`verify`] checks an audit export with nothing but the file
//! and the public key.
//!
//! Not here: decisions, provider calls, a clock. Times are parameters; the process has the clock.

mod backend;
mod cursor;
mod document;
mod error;
mod export;
mod key;
mod lock;
mod query;
mod registry;
mod sqlite;
mod store;
pub mod verify;
mod witness;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod suite;

pub use cursor::{Cursor, Forget};
pub use document::Notice;
pub use error::{Cause, StoreError};
pub use export::{ExportError, Exported};
pub use key::{
    MalformedKey, answer_to, generate_key, is_answer_to, key_from_text, key_to_text,
    public_key_from_text, public_key_to_text,
};
pub use query::{CaseFilter, Committed, Counts, FindingFilter, Remembered};
pub use registry::{BACKENDS, BackendSpec};
pub use store::{Create, Store};
pub use witness::{Witness, Writing};

pub use ed25519_dalek::{SigningKey, VerifyingKey};
