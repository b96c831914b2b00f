//! Who is at hand and who is not: identities, or credentials, with the rows of all behaviours.
//!
//! The rows of those that were lately of use are in maps. All rows of one of the others are one entry,
//! written down: its key, its last use and its place in an index are paid for once, and a network that
//! several behaviours remember is spelt once. Nobody outside sees a difference.

use super::cold::{Cold, Entry};
use super::entry::{RowReader, RowWriter};
use super::key::{ByKey, Key};
use super::rows::Keep;
use super::table::{AT_HAND, Memory, map_memory};
use crate::snapshot::{Reader, RestoreError, Writer};
use std::collections::HashMap;

/// A key whose rows are at hand: only a [`Roster`] gives one, and not before they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    key: Key,
    place: u32,
}

impl Held {
    /// The key.
    #[must_use]
    pub const fn key(self) -> Key {
        self.key
    }

    /// Where its rows are among those at hand. A number of its own as long as it is at hand.
    #[must_use]
    pub const fn place(self) -> usize {
        self.place as usize
    }
}

/// One of those at hand.
#[derive(Debug, Clone, Copy)]
struct Warm {
    /// When it was last of use, in seconds since 1970.
    last: u32,
    place: u32,
}

/// The rows of all behaviours about one sort of key, always in the same order, sixteen at most.
pub trait Shelves {
    /// Shows each of them.
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn Keep));
}

/// Who is at hand, and what is written down of everybody else.
#[derive(Debug)]
pub struct Roster {
    warm: HashMap<Key, Warm, ByKey>,
    /// Places that nobody has, below the most that were ever needed.
    free: Vec<u32>,
    /// The same, whose last owner may be in use by the event of the moment.
    left: Vec<u32>,
    cold: Cold,
    most: usize,
    at_hand: usize,
    rows: RowWriter,
    entry: Writer,
    words: Vec<u32>,
}

impl Roster {
    /// Of at most this many, at least four.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            warm: HashMap::default(),
            free: Vec::new(),
            left: Vec::new(),
            cold: Cold::default(),
            most: most.max(4),
            at_hand: AT_HAND,
            rows: RowWriter::default(),
            entry: Writer::new(),
            words: Vec::new(),
        }
    }

    /// The same with others at hand.
    #[cfg(test)]
    pub(crate) const fn with_at_hand(mut self, at_hand: usize) -> Self {
        self.at_hand = at_hand;
        self
    }

    /// The most that are remembered.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// Another event begins: whoever was held before is of no use from now on.
    pub fn begin(&mut self) {
        self.free.append(&mut self.left);
    }

    /// Has the rows of this key at hand, which is of use in this second.
    ///
    /// It keeps its place until [`Self::begin`], also when it is at hand no longer.
    pub fn hold(&mut self, key: Key, second: u32, shelves: &mut dyn Shelves) -> Held {
        if let Some(warm) = self.warm.get_mut(&key) {
            warm.last = second.max(warm.last);
            return Held { key, place: warm.place };
        }
        if self.warm.len() + self.cold.entries() >= self.most && !self.cold.has(key) {
            self.thin_out(shelves);
        }
        if self.warm.len() >= self.at_hand {
            self.cool(shelves);
        }
        // When none is free, these are all that there ever were.
        let next = u32::try_from(self.warm.len() + self.left.len()).unwrap_or(u32::MAX);
        let held = Held { key, place: self.free.pop().unwrap_or(next) };
        let words = &mut self.words;
        let before = self.cold.take(key).map_or(0, |entry| {
            // INVARIANT: `cool` wrote it, or a snapshot whose check was right; it reads back.
            let _ = thaw(&entry, held, shelves, words);
            entry.last
        });
        self.warm.insert(key, Warm { last: second.max(before), place: held.place });
        held
    }

    /// Forgets whoever was not of use since this second.
    pub fn forget_before(&mut self, second: u32, shelves: &mut dyn Shelves) {
        self.keep(shelves, |last| last >= second);
    }

    /// What it costs: those that are not at hand with all that is written of them, the others without.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory {
            rows: self.warm.len() + self.cold.entries(),
            bytes: map_memory(&self.warm)
                + (self.free.capacity() + self.left.capacity()) * size_of::<u32>()
                + self.cold.memory(),
        }
    }

    /// Forgets everybody.
    pub fn clear(&mut self, shelves: &mut dyn Shelves) {
        self.warm = HashMap::default();
        self.free = Vec::new();
        self.left = Vec::new();
        self.cold = Cold::default();
        shelves.each(&mut |rows| rows.clear());
    }

    /// Writes everybody, in order of their keys.
    pub fn write(&self, shelves: &mut dyn Shelves, to: &mut Writer) {
        let names = names(shelves);
        to.number(names.len() as u64);
        for name in names {
            to.blob(name.as_bytes());
        }
        let (mut rows, mut entry) = (RowWriter::default(), Writer::new());
        let mut warm = Vec::new();
        for (key, Warm { last, place }) in &self.warm {
            let held = Held { key: *key, place: *place };
            if write_down(held, *last, shelves, &mut rows, &mut entry) {
                warm.push((*key, *last, Box::<[u8]>::from(entry.bytes())));
            }
        }
        let held = warm.iter().map(|(key, last, it)| Entry { key: *key, last: *last, written: it });
        let mut all: Vec<Entry<'_>> = held.chain(self.cold.iter()).collect();
        all.sort_unstable_by_key(|it| it.key);
        to.number(all.len() as u64);
        let mut check = Check::default();
        for entry in all {
            to.hash(entry.key.0);
            to.number(u64::from(entry.last));
            to.blob(entry.written);
            check.note(&entry);
        }
        to.hash(check.0);
    }

    /// Replaces everybody by those that were written; nobody is at hand then.
    ///
    /// Rows that are new since then are empty.
    ///
    /// # Errors
    /// What stands there was never written, or rows of then are no more.
    pub fn read(
        &mut self,
        shelves: &mut dyn Shelves,
        from: &mut Reader<'_>,
    ) -> Result<(), RestoreError> {
        self.clear(shelves);
        let ours = names(shelves);
        let mut theirs = Vec::new();
        for _ in 0..from.count()? {
            theirs.push(from.text()?);
        }
        let places = places_of(&theirs, &ours)?;
        let same = theirs == ours;
        let mut check = Check::default();
        for _ in 0..from.count()? {
            let (key, last, written) = (Key(from.hash()?), from.narrow()?, from.blob()?);
            let mut entry = Entry { key, last, written };
            check.note(&entry);
            if !same {
                let mut rest = Reader::new("rows", written);
                let mask: u16 = rest.narrow()?;
                let there = places.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
                self.entry.clear();
                self.entry.number(there.map(|(_, place)| 1_u64 << place).sum());
                self.entry.written(rest.rest());
                entry.written = self.entry.bytes();
            }
            if self.cold.has(key) || !self.cold.put(entry) {
                return Err(from.damaged());
            }
        }
        if from.hash()? != check.0 {
            return Err(from.damaged());
        }
        while self.cold.entries() > self.most {
            self.thin_out(shelves);
        }
        Ok(())
    }

    /// Writes down the half of those at hand that was idle longer.
    fn cool(&mut self, shelves: &mut dyn Shelves) {
        let mut ages: Vec<u32> = self.warm.values().map(|it| it.last).collect();
        let half = ages.len() / 2;
        if half == 0 {
            return;
        }
        let (_, median, _) = ages.select_nth_unstable(half);
        let limit = *median;
        let mut kept = Vec::new();
        for (key, warm) in self.warm.extract_if(|_, it| it.last <= limit) {
            let Warm { last, place } = warm;
            let held = Held { key, place };
            if write_down(held, last, shelves, &mut self.rows, &mut self.entry) {
                if !self.cold.put(Entry { key, last, written: self.entry.bytes() }) {
                    kept.push((key, warm));
                    continue;
                }
                shelves.each(&mut |rows| rows.drop_row(held));
            }
            self.left.push(place);
        }
        self.warm.extend(kept);
    }

    /// Forgets the quarter that was idle longest.
    fn thin_out(&mut self, shelves: &mut dyn Shelves) {
        let cold = self.cold.iter().map(|it| it.last);
        let warm = self.warm.values().map(|it| it.last);
        let mut ages: Vec<u32> = warm.chain(cold).collect();
        let quarter = ages.len() / 4;
        let (_, oldest, _) = ages.select_nth_unstable(quarter);
        let limit = *oldest;
        // When all are of one second nothing tells them apart, and all go.
        self.keep(shelves, |last| last > limit);
    }

    fn keep(&mut self, shelves: &mut dyn Shelves, wanted: impl Fn(u32) -> bool) {
        for (key, Warm { place, .. }) in self.warm.extract_if(|_, it| !wanted(it.last)) {
            shelves.each(&mut |rows| rows.drop_row(Held { key, place }));
            self.left.push(place);
        }
        if self.warm.len() < self.warm.capacity() / 4 {
            self.warm.shrink_to_fit();
        }
        self.cold.keep(&mut |it| wanted(it.last));
    }
}

/// The names of all rows, in their order.
fn names(shelves: &mut dyn Shelves) -> Vec<&'static str> {
    let mut names = Vec::new();
    shelves.each(&mut |rows| names.push(rows.name()));
    names
}

/// Where each of their rows stands among ours.
fn places_of(theirs: &[&str], ours: &[&str]) -> Result<Vec<usize>, RestoreError> {
    let mut places: Vec<usize> = Vec::new();
    for name in theirs {
        let place = ours.iter().position(|it| it == name);
        // Rows are read in their order, so that it must be ours.
        match place.filter(|it| places.last().is_none_or(|before| before < it)) {
            Some(place) => places.push(place),
            None => return Err(RestoreError::Foreign { found: (*name).to_owned() }),
        }
    }
    Ok(places)
}

/// Writes which rows there are of this key, a bit each, and these; whether there are any.
fn write_down(
    held: Held,
    last: u32,
    shelves: &mut dyn Shelves,
    rows: &mut RowWriter,
    entry: &mut Writer,
) -> bool {
    let (mut mask, mut bit) = (0_u64, 1_u64);
    rows.start(last);
    shelves.each(&mut |it| {
        if it.write(held, rows) {
            mask |= bit;
        }
        bit <<= 1;
    });
    entry.clear();
    entry.number(mask);
    entry.written(rows.bytes());
    mask > 0
}

/// Gives everybody the row that is written of this key; `words` is room for what is said twice.
fn thaw(
    entry: &Entry<'_>,
    held: Held,
    shelves: &mut dyn Shelves,
    words: &mut Vec<u32>,
) -> Result<(), RestoreError> {
    let mut from = RowReader::in_room(entry.last, entry.written, std::mem::take(words));
    let mut mask: u16 = from.number()?;
    let mut result = Ok(());
    shelves.each(&mut |rows| {
        if mask & 1 == 1 && result.is_ok() {
            result = rows.read(held, &mut from);
        }
        mask >>= 1;
    });
    *words = from.into_room();
    result
}

/// A number that stands for all that was noted: what was changed since does not give it.
#[derive(Default)]
struct Check(u64);

impl Check {
    fn note(&mut self, entry: &Entry<'_>) {
        let (words, rest) = entry.written.as_chunks::<8>();
        let words = words.iter().map(|it| u64::from_le_bytes(*it));
        let rest = rest.iter().fold(rest.len() as u64, |all, it| all << 8 | u64::from(*it));
        let mut state = Key::of_numbers(&[self.0, entry.key.0, u64::from(entry.last), rest]).0;
        for word in words {
            state = (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        self.0 = state;
    }
}

#[cfg(test)]
mod tests;
