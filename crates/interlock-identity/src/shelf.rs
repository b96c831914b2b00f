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
    places: Vec<Place>,
    frozen: Pile,
    /// Slots of records at hand that may be frozen, in the order of their first use.
    line: VecDeque<Slot>,
    most: usize,
}

/// One record: at hand, frozen, or frozen and looked at; neither when it was merged into another.
#[derive(Debug, Clone, Default)]
struct Place {
    frozen: Option<Spot>,
    at_hand: OnceLock<Box<Record>>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { places: Vec::new(), frozen: Pile::default(), line: VecDeque::new(), most: AT_HAND }
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
        let slot = Slot::try_from(self.places.len()).ok()?;
        let at_hand = OnceLock::from(Box::new(record));
        push_tight(&mut self.places, Place { frozen: None, at_hand });
        self.queue(slot, aliases);
        Some(slot)
    }

    /// The slots that hold a record.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        (0..).zip(&self.places).filter(|(_, it)| it.is_taken()).map(|(slot, _)| slot)
    }

    /// A record, made ready when it is frozen.
    pub(crate) fn get(
        &self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<&Record> {
        let place = self.places.get(slot as usize)?;
        if let Some(record) = place.at_hand.get() {
            return Some(record);
        }
        let record = frozen::thaw(self.frozen.get(place.frozen?)?, aliases, revocations)?;
        Some(place.at_hand.get_or_init(|| Box::new(record)))
    }

    /// A record for one look; nothing is kept ready.
    pub(crate) fn peek(
        &self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<Cow<'_, Record>> {
        let place = self.places.get(slot as usize)?;
        if let Some(record) = place.at_hand.get() {
            return Some(Cow::Borrowed(record));
        }
        frozen::thaw(self.frozen.get(place.frozen?)?, aliases, revocations).map(Cow::Owned)
    }

    /// A record, to change.
    pub(crate) fn get_mut(
        &mut self,
        slot: Slot,
        aliases: &Aliases,
        revocations: &Revocations,
    ) -> Option<&mut Record> {
        let place = self.places.get_mut(slot as usize)?;
        if let Some(spot) = place.frozen.take() {
            if place.at_hand.get().is_none() {
                let record = frozen::thaw(self.frozen.get(spot)?, aliases, revocations)?;
                place.at_hand = OnceLock::from(Box::new(record));
            }
            self.frozen.drop(spot);
            self.queue(slot, aliases);
        }
        let record = self.places.get_mut(slot as usize)?.at_hand.get_mut()?;
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
        let place = std::mem::take(self.places.get_mut(slot as usize)?);
        match place.at_hand.into_inner() {
            Some(record) => Some(*record),
            None => {
                let record = frozen::thaw(self.frozen.get(place.frozen?)?, aliases, revocations);
                self.frozen.drop(place.frozen?);
                record
            }
        }
    }

    /// Drops what was made ready for a look only.
    pub(crate) fn tidy(&mut self) {
        for place in self.places.iter_mut().filter(|it| it.frozen.is_some()) {
            place.at_hand = OnceLock::new();
        }
    }

    /// Changes every record that is at hand, and forgets looks at the others.
    pub(crate) fn at_hand_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.tidy();
        self.places.iter_mut().filter_map(|it| it.at_hand.get_mut()).map(|it| &mut **it)
    }

    /// The id of the record in this place, and whether people declared it. Nothing is made ready.
    pub(crate) fn id(&self, slot: Slot) -> Option<(IdentityId, Provenance)> {
        let place = self.places.get(slot as usize)?;
        if let Some(record) = place.at_hand.get() {
            return Some((record.identity.id.clone(), record.identity.provenance));
        }
        let bytes = self.frozen.get(place.frozen?)?.first_chunk::<10>()?;
        let mut text = String::with_capacity(24);
        frozen::id_text_into(*bytes, IdentityId::PREFIX, &mut text);
        // Only what nobody declared is ever frozen.
        Some((text.parse().ok()?, Provenance::Derived))
    }

    /// How many places there are, taken or not.
    pub(crate) const fn len(&self) -> usize {
        self.places.len()
    }

    /// What the places, the frozen records and those at hand take.
    pub(crate) fn memory(&self) -> [Share; 3] {
        let frozen = self.places.iter().filter(|it| it.frozen.is_some()).count();
        let at_hand = self.places.iter().filter(|it| it.at_hand.get().is_some()).count();
        let line = self.line.capacity() * size_of::<Slot>();
        [
            Share {
                what: "places of records",
                count: self.places.len(),
                bytes: self.places.capacity() * size_of::<Place>() + line,
            },
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
        let Some(place) = self.places.get(slot as usize) else { return false };
        match (place.frozen, place.at_hand.get()) {
            (_, Some(record)) => to.push_str(record.identity.id.as_str()),
            (Some(spot), None) => match self.frozen.get(spot).and_then(<[u8]>::first_chunk) {
                Some(bytes) => frozen::id_text_into(*bytes, IdentityId::PREFIX, to),
                None => return false,
            },
            (None, None) => return false,
        }
        true
    }

    /// Whether the record in this place has this id.
    pub(crate) fn is(&self, slot: Slot, id: &IdentityId) -> bool {
        let Some(place) = self.places.get(slot as usize) else { return false };
        match (place.frozen, place.at_hand.get()) {
            (Some(spot), _) => {
                let bytes = self.frozen.get(spot).unwrap_or_default();
                let id = frozen::id_bytes(id.as_str(), IdentityId::PREFIX);
                id.is_some_and(|it| bytes.starts_with(&it))
            }
            (None, Some(record)) => record.identity.id == *id,
            (None, None) => false,
        }
    }

    /// The record at this slot may be frozen some day; some others are due now.
    fn queue(&mut self, slot: Slot, aliases: &Aliases) {
        self.line.push_back(slot);
        // Each one that was used since it was last looked at gets another round.
        for _ in 0..ROUNDS {
            if self.line.len() <= self.most {
                return;
            }
            let Some(oldest) = self.line.pop_front() else { return };
            let Some(place) = self.places.get_mut(oldest as usize) else { continue };
            let Some(record) = place.at_hand.get_mut().filter(|_| oldest != slot) else { continue };
            if std::mem::take(&mut record.used) {
                self.line.push_back(oldest);
            } else if let Some(bytes) = frozen::freeze(record, aliases)
                && let Some(spot) = self.frozen.keep(oldest, &bytes)
            {
                *place = Place { frozen: Some(spot), at_hand: OnceLock::new() };
            }
            if self.frozen.is_wasteful() {
                let at = |slot: Slot| self.places.get(slot as usize)?.frozen;
                for (slot, now) in self.frozen.clean(|slot, spot| at(slot) == Some(spot)) {
                    if let Some(place) = self.places.get_mut(slot as usize) {
                        place.frozen = Some(now);
                    }
                }
            }
        }
    }
}

/// Records looked at for each one that is added: enough to keep up, too few to be felt.
const ROUNDS: usize = 8;

impl Place {
    fn is_taken(&self) -> bool {
        self.frozen.is_some() || self.at_hand.get().is_some()
    }
}
