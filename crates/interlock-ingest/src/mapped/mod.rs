//! Log sources that people describe themselves: a mapping file says where in a record stands what.
//!
//! Read after the built-in sources, so that none of them can lose a record to a mapping.

mod form;
mod load;
mod read;
mod text;
mod tree;

#[cfg(test)]
mod tests;

use crate::source::Core;
use interlock_model::{CredentialKind, Event, PrincipalKind, Problem, RefusalStage};
use std::sync::Arc;
use text::Texts;

/// The largest mapping file that is read, in bytes.
const FILE_BYTES: usize = 256 * 1024;

/// Most mappings: every record that no built-in source knows is shown to each of them.
const MOST: usize = 64;

/// One log source as a file describes it, checked.
#[derive(Debug, Clone)]
pub struct Mapping {
    name: &'static str,
    sigma: Option<(&'static str, &'static str)>,
    paths: Vec<Box<str>>,
    marks: Vec<Mark>,
    id: Option<Texts>,
    time: (usize, Moment),
    principal: Name,
    kind: PrincipalKind,
    shown: Texts,
    credential: Option<(Box<str>, CredentialKind, Texts)>,
    session: Texts,
    via: Vec<Name>,
    service: Texts,
    action: Texts,
    objects: Vec<(Box<str>, Texts)>,
    outcome: Option<Told>,
    address: Texts,
    user_agent: Texts,
    account: Texts,
    region: Texts,
}

/// A path that every record has, and the values that it may have; none named: any.
#[derive(Debug, Clone)]
struct Mark {
    path: usize,
    values: Vec<Box<str>>,
}

/// A principal: who names it, and how it is called there.
#[derive(Debug, Clone)]
struct Name {
    provider: Box<str>,
    name: Texts,
}

/// How a moment is written.
#[derive(Debug, Clone)]
enum Moment {
    /// RFC 3339, else seconds or milliseconds, whichever fits.
    Any,
    /// RFC 3339, or the same without an offset.
    Written,
    /// A number since 1970, so many of which are a second.
    Since { each_second: f64 },
    /// As this format says.
    Format(Box<str>),
}

/// Where it is said whether it took effect, and in which words.
#[derive(Debug, Clone)]
struct Told {
    path: usize,
    words: Vec<(Box<str>, Effect)>,
    otherwise: Effect,
    missing: Effect,
    stage: RefusalStage,
    code: Texts,
}

/// What a word says about the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Success,
    Refused,
    Failed,
}

impl Mapping {
    /// Reads and checks mapping files, one mapping a file, given as path and text.
    ///
    /// Those that are sound are returned even when others are not; all problems of all files are
    /// returned at once. A file of nothing but comments is no mapping and no problem.
    #[must_use]
    pub fn load(files: &[(Arc<str>, String)]) -> (Vec<Self>, Vec<Problem>) {
        load::load(files)
    }

    /// The JSON Schema of a mapping file, for editors.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        form::schema()
    }

    /// Its name, which its events carry as their source.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The products and services by which Sigma rules may call it.
    pub fn called(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        [(self.name, self.name)].into_iter().chain(self.sigma)
    }

    /// The paths that it reads; their order is the numbering of the core it is given.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(AsRef::as_ref)
    }

    /// Whether the record is one of this log.
    pub(crate) fn recognise(&self, core: &Core<'_>) -> bool {
        self.marks.iter().all(|it| it.holds(core))
    }

    /// The record as an event, or why it cannot be one.
    pub(crate) fn parse(&self, core: &Core<'_>) -> Result<Event, String> {
        read::event(self, core)
    }
}

impl Mark {
    fn holds(&self, core: &Core<'_>) -> bool {
        if self.values.is_empty() {
            return core.has(self.path);
        }
        text::all_said(core, self.path).any(|it| self.values.iter().any(|value| **value == *it))
    }
}
