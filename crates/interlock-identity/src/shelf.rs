//! The records of the directory: those of the moment at hand, the others frozen.
//!
//! Nobody outside sees a difference. Memory: a frozen record takes some 80 bytes, one at hand some
//! 2,000; [`AT_HAND`] derived ones are at hand, and those that were only looked at until the next tidying.

use crate::aliases::{Aliases, Slot};
use crate::frozen;
use crate::memory::{Share, allocated};
use crate::pile::{Pile, Spot};
use crate::record::Record;
use crate::revocation::Revocations;
use crate::small::push_tight;
use interlock_model::{IdentityId, Provenance};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::OnceLock;

/// So many derived records are kept ready; beyond, the one that was not used for longest is frozen.
const AT_HAND: usize = 16_384;

/// All records, by slot.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    /// Where each is frozen; `None` for one at hand, and for one that was merged into another.
    frozen_at: Vec<Option<Spot>>,
    /// Records at hand, frozen ones that were looked at among them; most rows of a large directory have none.
    at_hand: Vec<OnceLock<Box<Row>>>,
    frozen: Pile,
    /// Slots of records at hand that may be frozen, in the order of their first use.
    line: VecDeque<Slot>,
    /// Room to write one down in.
    bytes: Vec<u8>,
    most: usize,
}

/// The records at hand of neighbours.
type Row = [OnceLock<Box<Record>>; NEIGHBOURS];

/// So few that a row for a single record is small, so many that rows which are not there cost little.
const NEIGHBOURS: usize = 4;

impl Default for Shelf {
    fn default() -> Self {
        Self {
            frozen_at: Vec::new(),
            at_hand: Vec::new(),
            frozen: Pile::default(),
            line: VecDeque::new(),
            bytes: Vec::new(),
            most: AT_HAND,
        }
    }
}

impl Shelf {
    /// The same with other records at hand.
    #[cfg(test)]
    pub(crate) const fn set_at_hand(&mut self, most: usize) {
        self.most = most;
    }

    /// Puts a new record in, and says where.
    pub(crate) fn push(&mut self, record: Record, aliases: &Aliases) -> Option<Slot> {
        let slot = Slot::try_from(self.frozen_at.len()).ok()?;
        push_tight(&mut self.frozen_at, None);
        if self.at_hand.len() * NEIGHBOURS < self.frozen_at.len() {
            push_tight(&mut self.at_hand, OnceLock::new());
        }
        self.set(slot, record)?;
        self.queue(slot, aliases);
        Some(slot)
    }

    /// Puts in what is frozen already, and says where; `None` when it is too long to lie there.
    pub(crate) fn push_frozen(&mut self, bytes: &[u8]) -> Option<Slot> {
        let slot = Slot::try_from(self.frozen_at.len()).ok()?;
        let spot = self.frozen.keep(slot, bytes)?;
        push_tight(&mut self.frozen_at, Some(spot));
        if self.at_hand.len() * NEIGHBOURS < self.frozen_at.len() {
            push_tight(&mut self.at_hand, OnceLock::new());
        }
        Some(slot)
    }

    /// The frozen form of a record, also of one at hand that has one.
    pub(crate) fn bytes(&self, slot: Slot, aliases: &Aliases) -> Option<Cow<'_, [u8]>> {
        match self.written(slot) {
            Some(bytes) => Some(Cow::Borrowed(bytes)),
            None => frozen::freeze(self.ready(slot)?, aliases).map(Cow::Owned),
        }
    }

    /// The slots that hold a record.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let taken = |it: &(Slot, &Option<Spot>)| it.1.is_some() || self.ready(it.0).is_some();
        (0..).zip(&self.frozen_at).filter(taken).map(|(slot, _)| slot)
    }

    /// A record, made ready when it is frozen.
    pub(crate) fn get(
        &self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<&Record> {
        if let Some(record) = self.ready(slot) {
            return Some(record);
        }
        let record = frozen::thaw(self.written(slot)?, aliases, revocations)?;
        Some(self.cell(slot)?.get_or_init(|| Box::new(record)))
    }

    /// A record for one look; nothing is kept ready.
    pub(crate) fn peek(
        &self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<Cow<'_, Record>> {
        if let Some(record) = self.ready(slot) {
            return Some(Cow::Borrowed(record));
        }
        frozen::thaw(self.written(slot)?, aliases, revocations).map(Cow::Owned)
    }

    /// Changes a record in its frozen form; `None` when it is at hand, or is to stay as it is.
    pub(crate) fn edit(
        &mut self,
        slot: Slot,
        change: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Option<()> {
        let spot = (*self.frozen_at.get(slot as usize)?)?;
        if self.ready(slot).is_some() {
            return None;
        }
        let changed = change(self.frozen.get(spot)?)?;
        let now = self.frozen.keep(slot, &changed)?;
        self.frozen.drop(spot);
        if let Some(it) = self.frozen_at.get_mut(slot as usize) {
            *it = Some(now);
        }
        self.give_back();
        Some(())
    }

    /// A record, to change.
    pub(crate) fn get_mut(
        &mut self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<&mut Record> {
        if let Some(spot) = self.frozen_at.get_mut(slot as usize)?.take() {
            if self.ready(slot).is_none() {
                let record = frozen::thaw(self.frozen.get(spot)?, aliases, revocations)?;
                self.set(slot, record)?;
            }
            self.frozen.drop(spot);
            self.queue(slot, aliases);
        }
        let record = self.cell_mut(slot)?.get_mut()?;
        record.used = true;
        Some(record)
    }

    /// Takes a record away for good.
    pub(crate) fn take(
        &mut self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<Record> {
        let spot = self.frozen_at.get_mut(slot as usize)?.take();
        let ready = self.cell_mut(slot).and_then(OnceLock::take);
        let record = match (ready, spot) {
            (Some(record), _) => Some(*record),
            (None, Some(spot)) => frozen::thaw(self.frozen.get(spot)?, aliases, revocations),
            (None, None) => None,
        };
        spot.into_iter().for_each(|it| self.frozen.drop(it));
        record
    }

    /// Drops what was made ready for a look only.
    pub(crate) fn tidy(&mut self) {
        for (row, frozen_at) in self.at_hand.iter_mut().zip(self.frozen_at.chunks(NEIGHBOURS)) {
            let Some(cells) = row.get_mut() else { continue };
            for (cell, _) in cells.iter_mut().zip(frozen_at).filter(|(_, it)| it.is_some()) {
                *cell = OnceLock::new();
            }
            if is_empty(cells) {
                *row = OnceLock::new();
            }
        }
    }

    /// Changes every record that is at hand, and forgets looks at the others.
    pub(crate) fn at_hand_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.tidy();
        let rows = self.at_hand.iter_mut().filter_map(OnceLock::get_mut);
        rows.flat_map(|it| it.iter_mut()).filter_map(OnceLock::get_mut).map(|it| &mut **it)
    }

    /// The record when it need not be made ready.
    fn ready(&self, slot: Slot) -> Option<&Record> {
        let row = self.at_hand.get(slot as usize / NEIGHBOURS)?.get()?;
        row.get(slot as usize % NEIGHBOURS)?.get().map(|it| &**it)
    }

    /// Where the record may be made ready.
    fn cell(&self, slot: Slot) -> Option<&OnceLock<Box<Record>>> {
        let row = self.at_hand.get(slot as usize / NEIGHBOURS)?;
        row.get_or_init(Box::default).get(slot as usize % NEIGHBOURS)
    }

    /// Makes the record ready in a place that is empty: whoever may change it needs no lock.
    fn set(&mut self, slot: Slot, record: Record) -> Option<()> {
        let row = self.at_hand.get_mut(slot as usize / NEIGHBOURS)?;
        if row.get().is_none() {
            *row = OnceLock::from(Box::<Row>::default());
        }
        *self.cell_mut(slot)? = OnceLock::from(Box::new(record));
        Some(())
    }

    /// The same of one that is there.
    fn cell_mut(&mut self, slot: Slot) -> Option<&mut OnceLock<Box<Record>>> {
        let row = self.at_hand.get_mut(slot as usize / NEIGHBOURS)?.get_mut()?;
        row.get_mut(slot as usize % NEIGHBOURS)
    }

    /// The frozen form.
    fn written(&self, slot: Slot) -> Option<&[u8]> {
        self.frozen.get((*self.frozen_at.get(slot as usize)?)?)
    }

    /// What was at hand is frozen now.
    fn put_away(&mut self, slot: Slot, spot: Spot) {
        if let Some(it) = self.frozen_at.get_mut(slot as usize) {
            *it = Some(spot);
        }
        let Some(row) = self.at_hand.get_mut(slot as usize / NEIGHBOURS) else { return };
        let Some(cells) = row.get_mut() else { return };
        if let Some(cell) = cells.get_mut(slot as usize % NEIGHBOURS) {
            *cell = OnceLock::new();
        }
        if is_empty(cells) {
            *row = OnceLock::new();
        }
    }

    /// The id of the record in this place, and whether people declared it. Nothing is made ready.
    pub(crate) fn id(&self, slot: Slot) -> Option<(IdentityId, Provenance)> {
        if let Some(record) = self.ready(slot) {
            return Some((record.identity.id.clone(), record.identity.provenance));
        }
        let bytes = self.written(slot)?.first_chunk::<10>()?;
        let mut text = String::with_capacity(24);
        frozen::id_text_into(*bytes, IdentityId::PREFIX, &mut text);
        // Only what nobody declared is ever frozen.
        Some((text.parse().ok()?, Provenance::Derived))
    }

    /// How many places there are, taken or not.
    pub(crate) const fn len(&self) -> usize {
        self.frozen_at.len()
    }

    /// What the places, the frozen records and those at hand take.
    pub(crate) fn memory(&self) -> [Share; 3] {
        let frozen = self.frozen_at.iter().flatten().count();
        let rows = || self.at_hand.iter().filter_map(OnceLock::get);
        let at_hand = rows().flat_map(|it| it.iter()).filter(|it| it.get().is_some()).count();
        let line = self.line.capacity() * size_of::<Slot>();
        let places = self.frozen_at.capacity() * size_of::<Option<Spot>>()
            + self.at_hand.capacity() * size_of::<OnceLock<Box<Row>>>()
            + rows().count() * allocated(size_of::<Row>());
        [
            Share { what: "places of records", count: self.frozen_at.len(), bytes: places + line },
            Share { what: "frozen records", count: frozen, bytes: self.frozen.memory() },
            Share {
                what: "records at hand, without their texts and lists",
                count: at_hand,
                bytes: at_hand * allocated(size_of::<Record>()),
            },
        ]
    }

    /// Writes the id of the record in this place; whether there is one. Nothing is made ready.
    pub(crate) fn id_into(&self, slot: Slot, to: &mut String) -> bool {
        to.clear();
        if let Some(record) = self.ready(slot) {
            to.push_str(record.identity.id.as_str());
            return true;
        }
        match self.written(slot).and_then(<[u8]>::first_chunk) {
            Some(bytes) => frozen::id_text_into(*bytes, IdentityId::PREFIX, to),
            None => return false,
        }
        true
    }

    /// Whether the record in this place has this id.
    pub(crate) fn is(&self, slot: Slot, id: &str) -> bool {
        if let Some(bytes) = self.written(slot) {
            let id = frozen::id_bytes(id, IdentityId::PREFIX);
            return id.is_some_and(|it| bytes.starts_with(&it));
        }
        self.ready(slot).is_some_and(|it| it.identity.id.as_str() == id)
    }

    /// The record at this slot may be frozen some day; some others are due now.
    fn queue(&mut self, slot: Slot, aliases: &Aliases) {
        self.line.push_back(slot);
        let mut bytes = std::mem::take(&mut self.bytes);
        self.freeze_some(slot, aliases, &mut bytes);
        self.bytes = bytes;
    }

    /// Freezes those that are due, but for this one.
    fn freeze_some(&mut self, slot: Slot, aliases: &Aliases, bytes: &mut Vec<u8>) {
        // Each one that was used since it was last looked at gets another round.
        for _ in 0..ROUNDS {
            if self.line.len() <= self.most {
                return;
            }
            let Some(oldest) = self.line.pop_front() else { return };
            let ready = self.cell_mut(oldest).and_then(OnceLock::get_mut);
            let Some(record) = ready.filter(|_| oldest != slot) else { continue };
            if std::mem::take(&mut record.used) {
                self.line.push_back(oldest);
            } else if frozen::freeze_into(record, aliases, bytes).is_some()
                && let Some(spot) = self.frozen.keep(oldest, bytes)
            {
                self.put_away(oldest, spot);
            }
            self.give_back();
        }
    }

    /// Gives back room that frozen records need no more.
    fn give_back(&mut self) {
        if !self.frozen.is_wasteful() {
            return;
        }
        let frozen_at = &mut self.frozen_at;
        let at = |slot: Slot| *frozen_at.get(slot as usize)?;
        for (slot, now) in self.frozen.clean(|slot, spot| at(slot) == Some(spot)) {
            if let Some(it) = frozen_at.get_mut(slot as usize) {
                *it = Some(now);
            }
        }
    }
}

/// Whether no record of the row is at hand.
fn is_empty(row: &Row) -> bool {
    row.iter().all(|it| it.get().is_none())
}

/// Records looked at for each one that is added: enough to keep up, too few to be felt.
const ROUNDS: usize = 8;
