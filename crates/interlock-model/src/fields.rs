//! The named fields of one record, taken out in one pass over its text.
//!
//! Whoever reads fields (rules, behaviours, a log source) names them first in a [`FieldPlan`];
//! `ingest` fills a [`Fields`] with just those. Text without escapes stays where it is in the
//! record and is referred to by its range, so that most events copy nothing.

use std::collections::HashMap;
use std::ops::Range;
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

/// One value, and the next one of the same slot.
#[derive(Debug, Clone, Copy)]
struct Entry {
    stored: Stored,
    slot: u16,
    /// The next entry of the slot; of its last entry the first.
    next: u32,
}

/// The fields of one record.
#[derive(Debug, Clone)]
pub struct Fields {
    record: Arc<str>,
    unescaped: String,
    /// In the order of the record.
    entries: Vec<Entry>,
    /// By slot: one more than the number of its last entry, 0 when it has none.
    ends: Vec<u32>,
    keywords: Vec<Stored>,
}

impl Fields {
    /// Whether a slot has a value.
    #[must_use]
    pub fn has(&self, slot: Slot) -> bool {
        self.ends.get(usize::from(slot.0)).is_some_and(|it| *it != 0)
    }

    /// All values of a slot, in the order of the record; none when the field is absent.
    pub fn all(&self, slot: Slot) -> Values<'_> {
        let end = self.ends.get(usize::from(slot.0)).copied().unwrap_or_default();
        let next = match end.checked_sub(1).and_then(|it| self.entries.get(it as usize)) {
            Some(last) => last.next,
            None => 0,
        };
        Values { fields: Some(self), next, end }
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

    /// Whether it takes no more room than most: worth keeping for another record.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        self.entries.capacity() <= 1024
            && self.unescaped.capacity() <= 16 << 10
            && self.keywords.capacity() <= 1024
    }

    fn value(&self, stored: Stored) -> FieldValue<'_> {
        let cut = |text, start: u32, end: u32| {
            FieldValue::Text(str::get(text, start as usize..end as usize).unwrap_or_default())
        };
        match stored {
            Stored::Null => FieldValue::Null,
            Stored::Bool(it) => FieldValue::Bool(it),
            Stored::Number(it) => FieldValue::Number(it),
            Stored::InRecord { start, end } => cut(&self.record, start, end),
            Stored::Unescaped { start, end } => cut(&self.unescaped, start, end),
            Stored::Composite => FieldValue::Composite,
        }
    }
}

/// The same record with the same values.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        let values = |it: &Self| -> Vec<(u16, Stored)> {
            it.entries.iter().map(|it| (it.slot, it.stored)).collect()
        };
        self.record == other.record
            && self.unescaped == other.unescaped
            && self.keywords == other.keywords
            && values(self) == values(other)
    }
}

/// The values of one slot; by default none.
#[derive(Debug, Clone, Default)]
pub struct Values<'a> {
    fields: Option<&'a Fields>,
    next: u32,
    /// One more than the number of the last entry; 0 when nothing is left.
    end: u32,
}

impl<'a> Iterator for Values<'a> {
    type Item = FieldValue<'a>;

    fn next(&mut self) -> Option<FieldValue<'a>> {
        let last = self.end.checked_sub(1)?;
        let fields = self.fields?;
        let entry = fields.entries.get(self.next as usize)?;
        if self.next == last {
            self.end = 0;
        }
        self.next = entry.next;
        Some(fields.value(entry.stored))
    }
}

/// Collects the fields of one record while it is read.
#[derive(Debug)]
pub struct FieldsBuilder(Fields);

impl FieldsBuilder {
    /// Starts with the record's text, at most 4 GiB of it.
    #[must_use]
    pub fn new(record: Arc<str>) -> Self {
        Self(Fields {
            record,
            unescaped: String::new(),
            entries: Vec::new(),
            ends: Vec::new(),
            keywords: Vec::new(),
        })
    }

    /// The same in the room that the fields of an earlier record took.
    #[must_use]
    pub fn again(mut used: Fields, record: Arc<str>) -> Self {
        for entry in used.entries.drain(..) {
            if let Some(end) = used.ends.get_mut(usize::from(entry.slot)) {
                *end = 0;
            }
        }
        used.unescaped.clear();
        used.keywords.clear();
        used.record = record;
        Self(used)
    }

    /// Adds a value.
    #[inline]
    pub fn push(&mut self, slot: Slot, value: FieldValue<'_>) {
        let stored = match value {
            FieldValue::Null => Stored::Null,
            FieldValue::Bool(it) => Stored::Bool(it),
            FieldValue::Number(it) => Stored::Number(it),
            FieldValue::Text(text) => self.store(text),
            FieldValue::Composite => Stored::Composite,
        };
        self.link(slot, stored);
    }

    /// Where in the record this text stands, when it is a part of it.
    #[must_use]
    pub fn place_of(&self, text: &str) -> Option<usize> {
        let record = &self.0.record;
        let from = (text.as_ptr() as usize).checked_sub(record.as_ptr() as usize)?;
        (from + text.len() <= record.len()).then_some(from)
    }

    /// Adds a text that stands in the record.
    #[inline]
    pub fn push_part(&mut self, slot: Slot, part: Range<usize>) {
        if let (Ok(start), Ok(end)) = (u32::try_from(part.start), u32::try_from(part.end)) {
            self.link(slot, Stored::InRecord { start, end });
        }
    }

    #[inline]
    fn link(&mut self, slot: Slot, stored: Stored) {
        let it = &mut self.0;
        // INVARIANT: a value takes a byte of a record at least, so there are fewer than 2^32.
        let Ok(number) = u32::try_from(it.entries.len()) else { return };
        let index = usize::from(slot.0);
        if it.ends.len() <= index {
            it.ends.resize(index + 1, 0);
        }
        let Some(end) = it.ends.get_mut(index) else { return };
        let next = match end.checked_sub(1).and_then(|last| it.entries.get_mut(last as usize)) {
            Some(last) => std::mem::replace(&mut last.next, number),
            None => number,
        };
        *end = number + 1;
        it.entries.push(Entry { stored, slot: slot.0, next });
    }

    /// Adds a string for keyword search.
    pub fn keyword(&mut self, text: &str) {
        let stored = self.store(text);
        self.0.keywords.push(stored);
    }

    /// Text inside the record is kept as a range, other text is copied.
    #[inline]
    fn store(&mut self, text: &str) -> Stored {
        let (start, end, in_record) = match self.place_of(text).filter(|_| !text.is_empty()) {
            Some(start) => (start, start + text.len(), true),
            None => {
                let unescaped = &mut self.0.unescaped;
                let start = unescaped.len();
                unescaped.push_str(text);
                (start, unescaped.len(), false)
            }
        };
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        if in_record { Stored::InRecord { start, end } } else { Stored::Unescaped { start, end } }
    }

    /// The finished fields.
    #[must_use]
    pub fn finish(self) -> Fields {
        self.0
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
        let values = [FieldValue::Text("x"), FieldValue::Number(2.0)];
        assert_eq!(fields.all(a).collect::<Vec<_>>(), values);
        let other: Arc<str> = r#"{"c":true}"#.into();
        let c = plan.slot("c").unwrap();
        let mut builder = FieldsBuilder::again(fields, other);
        builder.push(c, FieldValue::Bool(true));
        let fields = builder.finish();
        assert_eq!(fields.all(a).next(), None);
        assert_eq!(fields.all(c).collect::<Vec<_>>(), [FieldValue::Bool(true)]);
    }
}
