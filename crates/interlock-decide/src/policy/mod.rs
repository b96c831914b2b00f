//! Policies: Cedar, checked strictly against our schema at load, and asked with default deny.
//!
//! Cedar skips a policy that fails while it is evaluated, a `forbid` too. Here any such error
//! refuses: see [`Policies::dispose`].

mod ask;
mod bounds;
mod load;

pub use ask::{Asked, Asker, Circumstances, Disposition, Role};

use cedar_policy::{PolicySet, Schema};
use interlock_model::{Digest, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The schema that policies are checked against, as text, for editors and the reference pages.
pub const SCHEMA: &str = include_str!("interlock.cedarschema");

/// Policies that passed the checks; immutable. A new set is loaded whole.
#[derive(Debug)]
pub struct Policies {
    schema: Schema,
    set: PolicySet,
    /// Each policy's `@reason("…")`, by policy id.
    spoken: BTreeMap<String, String>,
    digest: Digest,
}

impl Policies {
    /// Reads and checks policy files, given as path and text; `None` as soon as one problem is an
    /// error.
    ///
    /// A policy's id is its `@id("…")`; without one the file's stem, and in a file of several the
    /// stem with `.1`, `.2`, … in their order. Ids are unique over all files.
    /// Whatever the validator says is an error here, its warnings too: a `forbid` that can never
    /// apply protects nobody. Files above [`crate::FILE_BYTES`] are refused, and so are policies nested deeper than 16
    /// brackets, of more than 2000 words and signs, or with more than 64 `if`s.
    #[must_use]
    pub fn load(files: &[(Arc<str>, String)]) -> (Option<Self>, Vec<Problem>) {
        load::load(files)
    }

    /// The ids of all policies, in order of load.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.set.policies().map(|it| AsRef::<str>::as_ref(it.id()))
    }

    /// Whether nothing was loaded; then everything is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// What the policy says about itself by `@reason("…")`.
    #[must_use]
    pub fn spoken(&self, id: &str) -> Option<&str> {
        self.spoken.get(id).map(String::as_str)
    }

    /// The digest of all files, for the digest of a decision's inputs.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}
