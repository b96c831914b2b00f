//! The named fields of one record, taken out in one pass over its text.
//!
//! Whoever reads fields (rules, behaviours, a log source) names them first in a [`FieldPlan`];
//! `ingest` fills a [`Fields`] with just those. Text without escapes stays where it is in the
//! record and is referred to by its range, so that most events copy nothing.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of a named field in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u16);

/// The fields that somebody will ask for, each with its slot.
///
/// A path is written with dots: `userIdentity.sessionContext.sessionIssuer.arn`.
/// Arrays on the way are looked through: the values of all elements count.
/// A key that itself holds dots matches too, as the rest of the path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldPlan {
    paths: Vec<Box<str>>,
    slots: HashMap<Box<str>, Slot>,
    keywords: bool,
}

impl FieldPlan {
    /// A plan without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The slot of this path, added when it is new. `None` when all 65,535 slots are taken.
    pub fn slot(&mut self, path: &str) -> Option<Slot> {
        if let Some(slot) = self.slots.get(path) {
            return Some(*slot);
        }
        let slot = Slot(u16::try_from(self.paths.len()).ok()?);
        self.paths.push(path.into());
        self.slots.insert(path.into(), slot);
        Some(slot)
    }

    /// The slot of this path when the plan has it.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Slot> {
        self.slots.get(path).copied()
    }

    /// All paths, in slot order.
    pub fn paths(&self) -> impl ExactSizeIterator<Item = &str> {
        self.paths.iter().map(AsRef::as_ref)
    }

    /// Asks for every string of the record too, for rules that search without a field.
    pub fn want_keywords(&mut self) {
        self.keywords = true;
    }

    /// Whether every string of the record is wanted.
    #[must_use]
    pub fn wants_keywords(&self) -> bool {
        self.keywords
    }
}

/// One value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldValue<'a> {
    /// JSON `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number; integers beyond 2^53 lose their last digits.
    Number(f64),
    /// A string.
    Text(&'a str),
    /// An object or an array is there; its inside was not asked for by this path.
    Composite,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stored {
    Null,
    Bool(bool),
    Number(f64),
    InRecord { start: u32, end: u32 },
    Unescaped { start: u32, end: u32 },
    Composite,
}

/// The fields of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    record: Arc<str>,
    unescaped: String,
    values: Vec<(u16, Stored)>,
    keywords: Vec<Stored>,
}

impl Fields {
    /// All values of a slot, in the order of the record; none when the field is absent.
    pub fn all(&self, slot: Slot) -> impl Iterator<Item = FieldValue<'_>> {
        let from = self.values.partition_point(|(it, _)| *it < slot.0);
        self.values
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(it, _)| *it == slot.0)
            .map(|(_, stored)| self.value(*stored))
    }

    /// The first text of a slot.
    #[must_use]
    pub fn text(&self, slot: Slot) -> Option<&str> {
        self.all(slot).find_map(|it| match it {
            FieldValue::Text(text) => Some(text),
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Number(_)
            | FieldValue::Composite => None,
        })
    }

    /// Every string of the record, when the plan asked for keywords.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords.iter().filter_map(|it| match self.value(*it) {
            FieldValue::Text(text) => Some(text),
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Number(_)
            | FieldValue::Composite => None,
        })
    }

    /// The whole record as JSON text.
    #[must_use]
    pub fn record(&self) -> &Arc<str> {
        &self.record
    }

    fn value(&self, stored: Stored) -> FieldValue<'_> {
        let cut = |text: &'_ str, start: u32, end: u32| -> Option<(usize, usize)> {
            let range = (start as usize, end as usize);
            text.is_char_boundary(range.0).then_some(range)
        };
        match stored {
            Stored::Null => FieldValue::Null,
            Stored::Bool(it) => FieldValue::Bool(it),
            Stored::Number(it) => FieldValue::Number(it),
            Stored::InRecord { start, end } => FieldValue::Text(
                cut(&self.record, start, end)
                    .and_then(|(start, end)| self.record.get(start..end))
                    .unwrap_or_default(),
            ),
            Stored::Unescaped { start, end } => FieldValue::Text(
                cut(&self.unescaped, start, end)
                    .and_then(|(start, end)| self.unescaped.get(start..end))
                    .unwrap_or_default(),
            ),
            Stored::Composite => FieldValue::Composite,
        }
    }
}

/// Collects the fields of one record while it is read.
#[derive(Debug)]
pub struct FieldsBuilder {
    record: Arc<str>,
    unescaped: String,
    values: Vec<(u16, Stored)>,
    keywords: Vec<Stored>,
}

impl FieldsBuilder {
    /// Starts with the record's text, at most 4 GiB of it.
    #[must_use]
    pub fn new(record: Arc<str>) -> Self {
        Self { record, unescaped: String::new(), values: Vec::new(), keywords: Vec::new() }
    }

    /// Adds a value that is not text, or text that does not stand in the record as it is.
    pub fn push(&mut self, slot: Slot, value: FieldValue<'_>) {
        let stored = match value {
            FieldValue::Null => Stored::Null,
            FieldValue::Bool(it) => Stored::Bool(it),
            FieldValue::Number(it) => Stored::Number(it),
            FieldValue::Text(text) => self.store(text),
            FieldValue::Composite => Stored::Composite,
        };
        self.values.push((slot.0, stored));
    }

    /// Adds a string for keyword search.
    pub fn keyword(&mut self, text: &str) {
        let stored = self.store(text);
        self.keywords.push(stored);
    }

    /// Text inside the record is kept as a range, other text is copied.
    fn store(&mut self, text: &str) -> Stored {
        let base = self.record.as_ptr() as usize;
        let here = text.as_ptr() as usize;
        let inside = here >= base && here + text.len() <= base + self.record.len();
        let (start, end, in_record) = if inside && !text.is_empty() {
            (here - base, here - base + text.len(), true)
        } else {
            let start = self.unescaped.len();
            self.unescaped.push_str(text);
            (start, self.unescaped.len(), false)
        };
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        if in_record { Stored::InRecord { start, end } } else { Stored::Unescaped { start, end } }
    }

    /// The finished fields.
    #[must_use]
    pub fn finish(mut self) -> Fields {
        self.values.sort_by_key(|(slot, _)| *slot);
        Fields {
            record: self.record,
            unescaped: self.unescaped,
            values: self.values,
            keywords: self.keywords,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrowed_and_copied_text_read_the_same() {
        let mut plan = FieldPlan::new();
        let (a, b) = (plan.slot("a").unwrap(), plan.slot("b").unwrap());
        assert_eq!(plan.slot("a"), Some(a));
        let record: Arc<str> = r#"{"a":"x","b":"\n"}"#.into();
        let mut builder = FieldsBuilder::new(Arc::clone(&record));
        builder.push(b, FieldValue::Text("\n"));
        builder.push(a, FieldValue::Text(record.get(6..7).unwrap()));
        builder.push(a, FieldValue::Number(2.0));
        let fields = builder.finish();
        assert_eq!(fields.text(a), Some("x"));
        assert_eq!(fields.text(b), Some("\n"));
        assert_eq!(
            fields.all(a).collect::<Vec<_>>(),
            [FieldValue::Text("x"), FieldValue::Number(2.0)]
        );
    }
}
