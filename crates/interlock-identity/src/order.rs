//! The order of identities by id, for lists that are given in pages.
//!
//! Sorted once, when a page is asked for; what came since is looked at one by one, until that would
//! take long, and then all is sorted again. A list of a million costs eight megabytes.

use crate::aliases::Slot;
use crate::shelf::Shelf;
use std::sync::OnceLock;

/// At most so many newcomers are looked at one by one.
const NEWCOMERS: usize = 20_000;

/// Slots by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    sorted: OnceLock<Vec<Slot>>,
}

impl Order {
    /// Another record was put in.
    pub(crate) fn grew(&mut self, records: &Shelf) {
        let known = self.sorted.get().map(Vec::len);
        if known.is_some_and(|it| records.len() - it.min(records.len()) > NEWCOMERS) {
            self.sorted = OnceLock::new();
        }
    }

    /// The first slots whose id comes after this one, at most `most`, by id.
    pub(crate) fn page(&self, records: &Shelf, after: Option<&str>, most: usize) -> Vec<Slot> {
        let sorted = self.sorted.get_or_init(|| sort(records));
        // Of a record that was merged into another the place stays, without an id.
        let id = |slot: Slot| {
            let mut id = String::new();
            records.id_into(slot, &mut id).then_some(id)
        };
        let comes_after = |id: &str| after.is_none_or(|after| id > after);
        let start = match after {
            None => 0,
            // What has no id any more counts like the last one before it that has one.
            Some(after) => first_after(sorted, after, &id),
        };
        let old = sorted.get(start..).unwrap_or_default().iter();
        let old = old.filter_map(|slot| Some((id(*slot)?, *slot)));
        let mut found: Vec<(String, Slot)> =
            old.filter(|it| comes_after(&it.0)).take(most).collect();
        let newcomers = (sorted.len()..records.len()).filter_map(|it| Slot::try_from(it).ok());
        let newcomers = newcomers.filter_map(|slot| Some((id(slot)?, slot)));
        found.extend(newcomers.filter(|it| comes_after(&it.0)));
        found.sort_unstable();
        found.truncate(most);
        found.into_iter().map(|it| it.1).collect()
    }
}

/// Every place, those without a record first.
fn sort(records: &Shelf) -> Vec<Slot> {
    let mut slots: Vec<Slot> =
        (0..records.len()).filter_map(|it| Slot::try_from(it).ok()).collect();
    slots.sort_by_cached_key(|slot| {
        let mut id = String::new();
        records.id_into(*slot, &mut id);
        id
    });
    slots
}

/// Where the ids that come after this one begin; at most a few places too early.
fn first_after(sorted: &[Slot], after: &str, id: &impl Fn(Slot) -> Option<String>) -> usize {
    let (mut low, mut high) = (0, sorted.len());
    while low < high {
        let middle = low + (high - low) / 2;
        // The nearest place at or before the middle that still has an id.
        let mut at = middle;
        let found = loop {
            match sorted.get(at).and_then(|it| id(*it)) {
                Some(id) => break Some(id),
                None if at > low => at -= 1,
                None => break None,
            }
        };
        if found.is_none_or(|it| it.as_str() <= after) {
            low = middle + 1;
        } else {
            high = at;
        }
    }
    low
}
