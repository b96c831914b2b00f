//! Rows by key, with a fixed most: when it is full, the quarter that was idle longest goes.
//!
//! The rows of the moment are at hand; the others are cold, written down in a tenth of the room, and
//! read again when their key comes back. Nobody outside sees a difference.

use super::cold::{Cold, Entry};
use super::entry::{RowReader, RowWriter};
use super::key::{ByKey, Key};
use crate::snapshot::{Reader, RestoreError, Writer};
use std::collections::HashMap;

/// What one row of a [`Table`], or of [`Rows`](super::rows::Rows), must say and do.
pub trait Row: Sized {
    /// When it was last of use, in seconds since 1970.
    fn last(&self) -> u32;

    /// The bytes it holds beside its own size.
    fn heap(&self) -> usize;

    /// Writes it.
    fn write(&self, to: &mut RowWriter);

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError>;
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

/// So many rows are at hand; when there is one more, the half that was idle longer gets cold.
pub(super) const AT_HAND: usize = 14_336;

/// Rows by key, at most a fixed number.
#[derive(Debug)]
pub struct Table<R> {
    rows: HashMap<Key, R, ByKey>,
    cold: Cold,
    most: usize,
    at_hand: usize,
}

impl<R: Row> Table<R> {
    /// The bytes that a row costs in the map at worst, beside its heap: just after the map has
    /// doubled, 7 of 16 places are taken, and each place has one byte of its own.
    pub const BYTES_PER_ROW: usize = bytes_per_row::<R>();

    /// An empty table of at most this many rows, at least four.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.max(4);
        Self { rows: HashMap::default(), cold: Cold::default(), most, at_hand: AT_HAND }
    }

    /// The same with other rows at hand.
    #[cfg(test)]
    fn with_at_hand(mut self, at_hand: usize) -> Self {
        self.at_hand = at_hand;
        self
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.cold.entries() == 0
    }

    /// The row of this key.
    #[must_use]
    pub fn get(&mut self, key: Key) -> Option<&R> {
        self.get_mut(key).map(|it| &*it)
    }

    /// The row of this key, to change.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut R> {
        if !self.rows.contains_key(&key)
            && let Some(row) = self.thaw(key)
        {
            self.put_at_hand(key, row);
        }
        self.rows.get_mut(&key)
    }

    /// The row of this key, made when it is new.
    pub fn row(&mut self, key: Key, make: impl FnOnce() -> R) -> &mut R {
        if !self.rows.contains_key(&key) {
            let full = self.rows.len() + self.cold.entries() >= self.most;
            if full && !self.cold.has(key) {
                self.thin_out();
            }
            if let Some(row) = self.thaw(key) {
                self.put_at_hand(key, row);
            } else if self.rows.len() >= self.at_hand {
                self.cool();
            }
        }
        self.rows.entry(key).or_insert_with(make)
    }

    /// Takes a row away.
    pub fn remove(&mut self, key: Key) -> Option<R> {
        self.rows.remove(&key).or_else(|| self.thaw(key))
    }

    /// Takes every row away.
    pub fn clear(&mut self) {
        self.rows = HashMap::default();
        self.cold = Cold::default();
    }

    /// Forgets the rows that were not of use since this second.
    pub fn forget_before(&mut self, second: u32) {
        self.keep(|last| last >= second);
        if self.rows.len() < self.rows.capacity() / 4 {
            self.rows.shrink_to_fit();
        }
    }

    /// What it costs.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let heap: usize = self.rows.values().map(Row::heap).sum();
        Memory {
            rows: self.rows.len() + self.cold.entries(),
            bytes: map_memory(&self.rows) + heap + self.cold.memory(),
        }
    }

    /// Writes all rows, in order of their keys.
    pub fn write(&self, to: &mut Writer) {
        let warm = self.rows.iter().map(|(key, row)| (*key, Ok(row)));
        let cold = self.cold.iter().map(|it| (it.key, Err(it)));
        let mut rows: Vec<(Key, Result<&R, Entry<'_>>)> = warm.chain(cold).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        to.number(rows.len() as u64);
        let mut entry = RowWriter::default();
        for (key, row) in rows {
            to.hash(key.0);
            let (last, written) = match row {
                Ok(row) => {
                    entry.start(row.last());
                    row.write(&mut entry);
                    (row.last(), entry.bytes())
                }
                Err(cold) => (cold.last, cold.written),
            };
            to.number(u64::from(last));
            to.blob(written);
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
            let last = from.narrow()?;
            let row = R::read(&mut RowReader::new(last, from.blob()?))?;
            self.row(key, || row);
        }
        Ok(())
    }

    /// Reads a cold row, which is cold no longer.
    fn thaw(&mut self, key: Key) -> Option<R> {
        let cold = self.cold.take(key)?;
        // INVARIANT: `cool` wrote it, and what is written reads back.
        R::read(&mut RowReader::new(cold.last, cold.written)).ok()
    }

    fn put_at_hand(&mut self, key: Key, row: R) {
        if self.rows.len() >= self.at_hand {
            self.cool();
        }
        self.rows.insert(key, row);
    }

    /// Writes down the half of the rows at hand that was idle longer.
    fn cool(&mut self) {
        let mut ages: Vec<u32> = self.rows.values().map(Row::last).collect();
        let half = ages.len() / 2;
        if half == 0 {
            return;
        }
        let (_, median, _) = ages.select_nth_unstable(half);
        let limit = *median;
        let mut to = RowWriter::default();
        let mut kept = Vec::new();
        for (key, row) in self.rows.extract_if(|_, row| row.last() <= limit) {
            to.start(row.last());
            row.write(&mut to);
            if !self.cold.put(Entry { key, last: row.last(), written: to.bytes() }) {
                kept.push((key, row));
            }
        }
        self.rows.extend(kept);
    }

    fn keep(&mut self, mut wanted: impl FnMut(u32) -> bool) {
        self.rows.retain(|_, row| wanted(row.last()));
        if self.cold.entries() > 0 {
            self.cold.keep(&mut |it| wanted(it.last));
        }
    }

    fn thin_out(&mut self) {
        let warm = self.rows.values().map(Row::last);
        let cold = self.cold.iter().map(|it| it.last);
        let mut ages: Vec<u32> = warm.chain(cold).collect();
        let quarter = ages.len() / 4;
        let (_, oldest, _) = ages.select_nth_unstable(quarter);
        let limit = *oldest;
        // Built anew: a map that loses and gains rows in place ends up twice as large.
        let before = std::mem::take(&mut self.rows);
        self.rows.reserve(before.len().min(self.most - quarter));
        self.rows.extend(before);
        // When all are of one second nothing tells them apart, and all go.
        self.keep(|last| last > limit);
    }
}

/// The bytes that a row costs in a map by key at worst, beside its heap.
pub(super) const fn bytes_per_row<R>() -> usize {
    (size_of::<(Key, R)>() + 1) * 16 / 7 + 1
}

/// The bytes of the places of a map: it takes a power of two of them and fills seven eighths.
pub(super) fn map_memory<K, V, S>(map: &HashMap<K, V, S>) -> usize {
    let places = match map.capacity() {
        0 => 0,
        capacity => (capacity * 8 / 7).next_power_of_two(),
    };
    places * (size_of::<(K, V)>() + 1)
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
        fn write(&self, to: &mut RowWriter) {
            to.second(self.0);
        }
        fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
            from.second().map(Self)
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
    fn cold_rows_are_as_good_as_others() {
        let mut table = Table::new(10_000).with_at_hand(64);
        let mut plain = std::collections::BTreeMap::new();
        for turn in 1..30_000_u32 {
            let key = Key::of_numbers(&[u64::from(turn.wrapping_mul(2_654_435_761) >> 20)]);
            table.row(key, || Second(0)).0 += turn;
            *plain.entry(key.0).or_insert(0) += turn;
            assert!(table.rows.len() <= 64);
        }
        assert_eq!(table.memory().rows, plain.len());
        for (key, second) in &plain {
            assert_eq!(table.get(Key(*key)).map(|it| it.0), Some(*second));
        }
        let gone = *plain.keys().next().unwrap();
        assert!(table.remove(Key(gone)).is_some());
        assert!(table.get(Key(gone)).is_none());
        let newest = *plain.values().max().unwrap();
        table.forget_before(newest);
        assert_eq!(table.memory().rows, 1);
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
