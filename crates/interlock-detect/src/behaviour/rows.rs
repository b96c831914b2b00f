//! Rows of a behaviour that come and go with the identity, or the credential, that they are about.
//!
//! Only what is at hand is here: the [`Roster`](super::roster::Roster) says of whom that is, and has
//! everybody else's rows of all behaviours written down together.

use super::entry::{RowReader, RowWriter};
use super::key::{ByKey, Key};
use super::roster::Held;
use super::table::{Memory, Row, bytes_per_row, map_memory};
use crate::snapshot::RestoreError;
use std::collections::HashMap;

/// Rows by key, of those that are at hand.
#[derive(Debug)]
pub struct Rows<R> {
    /// What they are called where they are stored.
    name: &'static str,
    rows: HashMap<Key, R, ByKey>,
    /// What was last of use before this second is forgotten.
    limit: u32,
}

impl<R: Row> Rows<R> {
    /// The bytes that a row costs in the map at worst, beside its heap.
    pub const BYTES_PER_ROW: usize = bytes_per_row::<R>();

    /// None yet; the name tells them apart from all others where they are stored.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, rows: HashMap::default(), limit: 0 }
    }

    /// The row of this key, made when it is new.
    pub fn row(&mut self, of: Held, make: impl FnOnce() -> R) -> &mut R {
        self.rows.entry(of.key()).or_insert_with(make)
    }

    /// Forgets the rows that were not of use since this second, also those that come back later.
    pub fn forget_before(&mut self, second: u32) {
        self.limit = self.limit.max(second);
        self.rows.retain(|_, row| row.last() >= second);
        if self.rows.len() < self.rows.capacity() / 4 {
            self.rows.shrink_to_fit();
        }
    }

    /// What those at hand cost.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let heap: usize = self.rows.values().map(Row::heap).sum();
        Memory { rows: self.rows.len(), bytes: map_memory(&self.rows) + heap }
    }
}

/// [`Rows`] of any sort, as the roster sees them.
pub trait Keep {
    /// What they are called where they are stored.
    fn name(&self) -> &'static str;

    /// Writes the row of this key; whether there is one.
    fn write(&self, key: Key, to: &mut RowWriter) -> bool;

    /// Takes the row of this key away.
    fn drop_row(&mut self, key: Key);

    /// Reads the row of this key, as it was written.
    ///
    /// # Errors
    /// What stands there was never written.
    fn read(&mut self, key: Key, from: &mut RowReader<'_>) -> Result<(), RestoreError>;

    /// Takes every row away.
    fn clear(&mut self);
}

impl<R: Row> Keep for Rows<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn write(&self, key: Key, to: &mut RowWriter) -> bool {
        let row = self.rows.get(&key);
        row.inspect(|it| it.write(to)).is_some()
    }

    fn drop_row(&mut self, key: Key) {
        self.rows.remove(&key);
    }

    fn read(&mut self, key: Key, from: &mut RowReader<'_>) -> Result<(), RestoreError> {
        let row = R::read(from)?;
        if row.last() >= self.limit {
            self.rows.insert(key, row);
        }
        Ok(())
    }

    fn clear(&mut self) {
        *self = Self::new(self.name);
    }
}
