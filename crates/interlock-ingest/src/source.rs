//! What a log source is to the rest of the room.

use crate::callers::Callers;
use crate::structure::{self, Tokens, Value};
use interlock_model::{
    Actor, Alert, Event, FieldValue, Fields, FieldsBuilder, Place, Slot, Timestamp,
};
use std::sync::Arc;

/// One log source. The whole of it lives in one folder.
#[derive(Debug)]
pub struct Source {
    /// Its name, `<vendor>_<feed>`.
    pub name: &'static str,
    /// Where its format is described: a page of its maker, or `README.md` in its folder.
    pub documentation: &'static str,
    /// What marks its records, in words, for those that no source recognises.
    pub marks: &'static str,
    /// The paths that `recognise` and `parse` read; their order is the numbering of [`Core`].
    pub paths: &'static [&'static str],
    /// Whether the record is one of this source.
    pub recognise: fn(&Core<'_>) -> bool,
    /// Reads the record, or says in one line why it cannot be used.
    pub parse: fn(&Core<'_>) -> Result<Parsed, String>,
}

/// What a source made of a record.
#[derive(Debug)]
pub enum Parsed {
    /// An observation; its fields are filled in by the caller.
    Event(Box<Event>),
    /// Another monitor's claim.
    Alert(Box<Alert>),
    /// The same record in the form that its maker documents, to be read instead.
    Rewritten(String),
}

/// The values of one source's own paths in one record.
#[derive(Debug, Clone, Copy)]
pub struct Core<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) slots: &'a [Option<Slot>],
    /// Where the record stands.
    pub place: &'a Place,
    /// The text that the record's fields were read from, without envelopes.
    pub text: &'a str,
    pub(crate) tokens: &'a Tokens,
    /// `None` where other values of the record may say things about the actor, too.
    pub(crate) callers: Option<&'a Callers>,
    /// Whether the sender says that it is an alert.
    pub alert_hint: bool,
    /// When the record arrived, where that is known: for records that name no moment themselves.
    pub received: Option<Timestamp>,
}

impl<'a> Core<'a> {
    /// The first text of the path with this number that is not empty.
    #[must_use]
    pub fn text(&self, path: impl Into<usize>) -> Option<&'a str> {
        self.texts(path).next()
    }

    /// All texts of the path with this number that are not empty.
    pub fn texts<P: Into<usize>>(&self, path: P) -> impl Iterator<Item = &'a str> + use<'a, P> {
        self.values(path).filter_map(|it| match it {
            FieldValue::Text(text) if !text.is_empty() => Some(text),
            FieldValue::Text(_)
            | FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Number(_)
            | FieldValue::Composite => None,
        })
    }

    /// The first number of the path with this number.
    #[must_use]
    pub fn number(&self, path: impl Into<usize>) -> Option<f64> {
        self.values(path).find_map(|it| match it {
            FieldValue::Number(number) => Some(number),
            FieldValue::Text(text) => text.parse().ok(),
            FieldValue::Null | FieldValue::Bool(_) | FieldValue::Composite => None,
        })
    }

    /// The first boolean of the path with this number, also when it is written as text.
    #[must_use]
    pub fn flag(&self, path: impl Into<usize>) -> Option<bool> {
        self.values(path).find_map(|it| match it {
            FieldValue::Bool(flag) => Some(flag),
            FieldValue::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            FieldValue::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            FieldValue::Text(_)
            | FieldValue::Null
            | FieldValue::Number(_)
            | FieldValue::Composite => None,
        })
    }

    /// Whether the path with this number is there at all.
    #[must_use]
    pub fn has(&self, path: impl Into<usize>) -> bool {
        let slot = self.slots.get(path.into()).copied().flatten();
        slot.is_some_and(|it| self.fields.has(it))
    }

    /// Fields without values, to be replaced by the caller of `parse`.
    #[must_use]
    pub fn no_fields(&self) -> Fields {
        FieldsBuilder::new(Arc::clone(self.fields.record())).finish()
    }

    /// The actor, where the value of one key at the top says all about him.
    ///
    /// `read` must look at nothing outside of it: for a text that was read of late it is not called.
    pub(crate) fn caller(&self, key: &str, read: impl FnOnce() -> Actor) -> Arc<Actor> {
        let source = structure::Source { text: self.text, tokens: self.tokens };
        match self.callers.zip(source.only(key.as_bytes())) {
            Some((callers, text)) => callers.actor(text, read),
            None => Arc::new(read()),
        }
    }

    /// The record as a value, for what belongs together and is not to be read field by field.
    pub(crate) const fn whole(&self) -> Value<'a> {
        structure::Source { text: self.text, tokens: self.tokens }.whole()
    }

    /// All values of the path with this number.
    pub fn all<P: Into<usize>>(
        &self,
        path: P,
    ) -> impl Iterator<Item = FieldValue<'a>> + use<'a, P> {
        self.values(path)
    }

    fn values<P: Into<usize>>(&self, path: P) -> impl Iterator<Item = FieldValue<'a>> + use<'a, P> {
        let slot = self.slots.get(path.into()).copied().flatten();
        slot.map(|it| self.fields.all(it)).unwrap_or_default()
    }
}

/// A record in one of the two spellings of its source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelled<'a> {
    core: &'a Core<'a>,
    offset: usize,
}

impl<'a> Spelled<'a> {
    /// The second spelling's paths follow the first's, `offset` of them.
    pub fn new(core: &'a Core<'a>, offset: usize) -> Self {
        Self { core, offset }
    }

    /// As [`Core::has`].
    pub fn has(&self, path: impl Into<usize>) -> bool {
        self.core.has(path.into() + self.offset)
    }

    /// As [`Core::text`].
    pub fn text(&self, path: impl Into<usize>) -> Option<&'a str> {
        self.core.text(path.into() + self.offset)
    }

    /// As [`Core::texts`].
    pub fn texts<P: Into<usize>>(&self, path: P) -> impl Iterator<Item = &'a str> + use<'a, P> {
        self.core.texts(path.into() + self.offset)
    }

    /// As [`Core::number`].
    pub fn number(&self, path: impl Into<usize>) -> Option<f64> {
        self.core.number(path.into() + self.offset)
    }

    /// As [`Core::flag`].
    pub fn flag(&self, path: impl Into<usize>) -> Option<bool> {
        self.core.flag(path.into() + self.offset)
    }
}

/// Names a source's paths: an enum of numbers, and the paths in the same order.
/// With two spellings each, all of the first come before all of the second.
macro_rules! paths {
    ($($name:ident = $first:literal / $second:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Path { $($name,)* }

        pub(super) const PATHS: &[&str] = &[$($first,)* $($second,)*];

        impl From<Path> for usize {
            fn from(it: Path) -> usize {
                it as usize
            }
        }
    };
    ($($name:ident = $path:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Path { $($name,)* }

        pub(super) const PATHS: &[&str] = &[$($path,)*];

        impl From<Path> for usize {
            fn from(it: Path) -> usize {
                it as usize
            }
        }
    };
}
pub(crate) use paths;
