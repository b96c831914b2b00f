//! Rows by key, with a fixed most: when it is full, the quarter that was idle longest goes.

use super::key::{ByKey, Key};
use crate::snapshot::{Reader, RestoreError, Writer};
use std::collections::HashMap;

/// What one row of a [`Table`] must say and do.
pub trait Row: Sized {
    /// When it was last of use, in seconds since 1970.
    fn last(&self) -> u32;

    /// The bytes it holds beside its own size.
    fn heap(&self) -> usize;

    /// Writes it.
    fn write(&self, to: &mut Writer);

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    fn read(from: &mut Reader<'_>) -> Result<Self, RestoreError>;
}

/// How much a detector remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// For how many identities, sessions or credentials.
    pub rows: usize,
    /// In how many bytes, unused room included.
    pub bytes: usize,
}

impl Memory {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, bytes: self.bytes + other.bytes }
    }
}

/// Rows by key, at most a fixed number.
#[derive(Debug)]
pub struct Table<R> {
    rows: HashMap<Key, R, ByKey>,
    most: usize,
}

impl<R: Row> Table<R> {
    /// The bytes that a row costs in the map at worst, beside its heap: just after the map has
    /// doubled, 7 of 16 places are taken, and each place has one byte of its own.
    pub const BYTES_PER_ROW: usize = (size_of::<(Key, R)>() + 1) * 16 / 7 + 1;

    /// An empty table of at most this many rows, at least four.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { rows: HashMap::default(), most: most.max(4) }
    }

    /// The row of this key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&R> {
        self.rows.get(&key)
    }

    /// The row of this key, to change.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut R> {
        self.rows.get_mut(&key)
    }

    /// The row of this key, made when it is new.
    pub fn row(&mut self, key: Key, make: impl FnOnce() -> R) -> &mut R {
        if self.rows.len() >= self.most && !self.rows.contains_key(&key) {
            self.thin_out();
        }
        self.rows.entry(key).or_insert_with(make)
    }

    /// Takes a row away.
    pub fn remove(&mut self, key: Key) -> Option<R> {
        self.rows.remove(&key)
    }

    /// Takes every row away.
    pub fn clear(&mut self) {
        self.rows = HashMap::default();
    }

    /// Forgets the rows that were not of use since this second.
    pub fn forget_before(&mut self, second: u32) {
        self.rows.retain(|_, row| row.last() >= second);
        if self.rows.len() < self.rows.capacity() / 4 {
            self.rows.shrink_to_fit();
        }
    }

    /// What it costs.
    #[must_use]
    pub fn memory(&self) -> Memory {
        // The map takes a power of two of places and fills seven eighths of them.
        let places = match self.rows.capacity() {
            0 => 0,
            capacity => (capacity * 8 / 7).next_power_of_two(),
        };
        let heap: usize = self.rows.values().map(Row::heap).sum();
        Memory { rows: self.rows.len(), bytes: places * (size_of::<(Key, R)>() + 1) + heap }
    }

    /// Writes all rows, in order of their keys.
    pub fn write(&self, to: &mut Writer) {
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_unstable_by_key(|(key, _)| **key);
        to.number(rows.len() as u64);
        for (key, row) in rows {
            to.hash(key.0);
            row.write(to);
        }
    }

    /// Replaces all rows by those that were written.
    ///
    /// # Errors
    /// What stands there was never written; the rows before it were taken over.
    pub fn read(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.clear();
        for _ in 0..from.count()? {
            let key = Key(from.hash()?);
            let row = R::read(from)?;
            self.row(key, || row);
        }
        Ok(())
    }

    fn thin_out(&mut self) {
        let mut ages: Vec<u32> = self.rows.values().map(Row::last).collect();
        let quarter = ages.len() / 4;
        let (_, oldest, _) = ages.select_nth_unstable(quarter);
        let limit = *oldest;
        // Built anew: a map that loses and gains rows in place ends up twice as large.
        let before = std::mem::take(&mut self.rows);
        self.rows.reserve(self.most - quarter);
        // When all are of one second nothing tells them apart, and all go.
        self.rows.extend(before.into_iter().filter(|(_, row)| row.last() > limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Second(u32);

    impl Row for Second {
        fn last(&self) -> u32 {
            self.0
        }
        fn heap(&self) -> usize {
            0
        }
        fn write(&self, to: &mut Writer) {
            to.number(u64::from(self.0));
        }
        fn read(from: &mut Reader<'_>) -> Result<Self, RestoreError> {
            from.narrow().map(Self)
        }
    }

    #[test]
    fn the_idle_go_first_and_the_most_is_never_passed() {
        let mut table = Table::new(100);
        for n in 0..1000_u32 {
            table.row(Key::of(&[&n.to_string()]), || Second(n));
            assert!(table.memory().rows <= 100);
        }
        assert!(table.get(Key::of(&["999"])).is_some());
        assert!(table.get(Key::of(&["10"])).is_none());
        let memory = table.memory();
        assert!(memory.bytes <= Table::<Second>::BYTES_PER_ROW * 100, "{memory:?}");
        table.forget_before(990);
        assert_eq!(table.memory().rows, 10);
    }

    #[test]
    fn rows_of_one_second_still_make_room() {
        let mut table = Table::new(8);
        for n in 0..100_u32 {
            table.row(Key::of(&[&n.to_string()]), || Second(7));
            assert!(table.memory().rows <= 8);
        }
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let mut table = Table::new(100);
        for n in 0..50_u32 {
            table.row(Key::of(&[&n.to_string()]), || Second(n));
        }
        let mut to = Writer::new();
        table.write(&mut to);
        let bytes = to.finish();
        let mut again = Table::<Second>::new(100);
        again.read(&mut Reader::new("test", &bytes)).unwrap();
        let mut to = Writer::new();
        again.write(&mut to);
        assert_eq!(to.finish(), bytes);
    }
}
