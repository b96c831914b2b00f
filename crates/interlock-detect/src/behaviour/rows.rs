//! Rows of a behaviour that come and go with the identity, or the credential, that they are about.
//!
//! Only what is at hand is here: the [`Roster`](super::roster::Roster) says of whom that is, and has
//! everybody else's rows of all behaviours written down together.

use super::entry::{RowReader, RowWriter};
use super::key::Key;
use super::roster::Held;
use super::table::{Memory, Row, bytes_per_row};
use crate::snapshot::RestoreError;

/// Rows of those that are at hand, each in the place that the roster gave its key: an event asks for a
/// dozen of them, and each search of its own would wait for memory.
#[derive(Debug)]
pub struct Rows<R> {
    /// What they are called where they are stored.
    name: &'static str,
    places: Vec<Option<(Key, R)>>,
    count: usize,
    /// Never taken: it spares a panic.
    spare: Option<R>,
    /// What was last of use before this second is forgotten.
    limit: u32,
}

impl<R: Row> Rows<R> {
    /// The bytes that a row costs in the map at worst, beside its heap.
    pub const BYTES_PER_ROW: usize = bytes_per_row::<R>();

    /// None yet; the name tells them apart from all others where they are stored.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, places: Vec::new(), count: 0, spare: None, limit: 0 }
    }

    /// The row of this key, made when it is new.
    pub fn row(&mut self, of: Held, make: impl FnOnce() -> R) -> &mut R {
        let Self { places, count, spare, .. } = self;
        if places.len() <= of.place() {
            places.resize_with(of.place() + 1, || None);
        }
        let Some(place) = places.get_mut(of.place()) else { return spare.insert(make()) };
        // What another left there that was told of itself once more after it had to go is of no use.
        if place.as_ref().is_none_or(|(key, _)| *key != of.key()) {
            *count += usize::from(place.is_none());
            *place = None;
        }
        &mut place.get_or_insert_with(|| (of.key(), make())).1
    }

    fn get(&self, of: Held) -> Option<&R> {
        let taken = self.places.get(of.place()).and_then(Option::as_ref);
        taken.filter(|(key, _)| *key == of.key()).map(|(_, row)| row)
    }

    /// Forgets the rows that were not of use since this second, also those that come back later.
    pub fn forget_before(&mut self, second: u32) {
        self.limit = self.limit.max(second);
        for place in &mut self.places {
            if place.take_if(|(_, row)| row.last() < second).is_some() {
                self.count -= 1;
            }
        }
    }

    /// What those at hand cost.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let heap: usize = self.places.iter().flatten().map(|(_, it)| it.heap()).sum();
        let places = self.places.capacity() * size_of::<Option<(Key, R)>>();
        Memory { rows: self.count, bytes: places + heap }
    }
}

/// [`Rows`] of any sort, as the roster sees them.
pub trait Keep {
    /// What they are called where they are stored.
    fn name(&self) -> &'static str;

    /// Writes the row of this key; whether there is one.
    fn write(&self, of: Held, to: &mut RowWriter) -> bool;

    /// Takes the row of this key away.
    fn drop_row(&mut self, of: Held);

    /// Reads the row of this key, as it was written.
    ///
    /// # Errors
    /// What stands there was never written.
    fn read(&mut self, of: Held, from: &mut RowReader<'_>) -> Result<(), RestoreError>;

    /// Takes every row away.
    fn clear(&mut self);
}

impl<R: Row> Keep for Rows<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn write(&self, of: Held, to: &mut RowWriter) -> bool {
        self.get(of).inspect(|it| it.write(to)).is_some()
    }

    fn drop_row(&mut self, of: Held) {
        let place = self.places.get_mut(of.place());
        self.count -= usize::from(place.and_then(Option::take).is_some());
    }

    fn read(&mut self, of: Held, from: &mut RowReader<'_>) -> Result<(), RestoreError> {
        let row = R::read(from)?;
        if row.last() < self.limit {
            return Ok(());
        }
        if self.places.len() <= of.place() {
            self.places.resize_with(of.place() + 1, || None);
        }
        if let Some(place) = self.places.get_mut(of.place()) {
            self.count += usize::from(place.is_none());
            *place = Some((of.key(), row));
        }
        Ok(())
    }

    fn clear(&mut self) {
        *self = Self::new(self.name);
    }
}
