//! The fast half: one record to one event, bound, looked at by rules and behaviours.

use interlock_detect::Detectors;
use interlock_identity::{Bounds, Declaration, Directory, Revocations};
use interlock_ingest::{Mapping, Normalised, Normaliser, Record, Room};
use interlock_model::{
    Binding, Digest, Event, EventId, Finding, Inbound, Limits, Place, Rejected, Timestamp,
};
use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// How many event ids are remembered to recognise a record that comes twice.
const REMEMBERED: usize = 65_536;

/// Records in, findings out. Owns what identities and detectors have learned.
#[derive(Debug)]
pub struct Watch {
    normaliser: Arc<Normaliser>,
    room: Room,
    /// What was read ahead, by the record's position in the inbox.
    ahead: VecDeque<(u64, Result<Normalised, Rejected>)>,
    directory: Directory,
    detectors: Detectors,
    recent: Recent,
    /// The length of the last snapshot, made or restored.
    length: usize,
}

/// What became of one record.
#[derive(Debug)]
pub enum Seen {
    /// It was looked at.
    Event {
        /// The event. Boxed: it is large beside the other answers.
        event: Box<Event>,
        /// Who it is about.
        binding: Binding,
        /// What is suspicious about it.
        findings: Vec<Finding>,
    },
    /// Another monitor's claim, made findings of ours.
    Alert(Vec<Finding>),
    /// It was seen before.
    Again,
    /// It could not be used.
    Rejected(Rejected),
}

/// The events of the moment, by their ids.
#[derive(Debug, Default)]
struct Recent {
    order: VecDeque<u128>,
    known: HashSet<u128, BuildHasherDefault<Spread>>,
}

impl Recent {
    /// Whether the id is new; remembers it.
    fn admit(&mut self, id: &EventId) -> bool {
        self.admit_number(number(id))
    }

    fn admit_number(&mut self, number: u128) -> bool {
        if !self.known.insert(number) {
            return false;
        }
        self.order.push_back(number);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// The 80 bits of the digest that an event's id is made of; 128 bits of a digest of any other id.
fn number(id: &EventId) -> u128 {
    let text = id.as_str();
    let digits = text.get(EventId::PREFIX.len()..).unwrap_or_default().as_bytes();
    let derived =
        digits.len() == 20 && digits.iter().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    if derived {
        // In two halves: numbers of 128 bits are slow to shift. The letters are nine behind the digits.
        let value = |digit: &u8| u64::from((digit & 15) + 9 * (digit >> 6));
        let all = |digits: &[u8]| digits.iter().fold(0, |number, it| number << 4 | value(it));
        let (high, low) = digits.split_at_checked(4).unwrap_or_default();
        return u128::from(all(high)) << 64 | u128::from(all(low));
    }
    let digest = Digest::of(text.as_bytes());
    digest.as_bytes().first_chunk().map_or(0, |it| u128::from_le_bytes(*it))
}

/// Takes bits of a digest as their own hash.
#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = (number as u64) ^ (number >> 64) as u64;
    }
}

impl Watch {
    /// A watch that has learned nothing yet. The directory keeps as many identities as detectors remember.
    #[must_use]
    pub fn new(directory: Directory, detectors: Detectors, limits: Limits) -> Self {
        let normaliser = Arc::new(Normaliser::new(detectors.plan(), limits));
        let directory = directory.with_bounds(Bounds::of(detectors.most_identities()));
        Self {
            normaliser,
            room: Room::default(),
            ahead: VecDeque::new(),
            directory,
            detectors,
            recent: Recent::default(),
            length: 0,
        }
    }

    /// Reads records of these mappings, too. To be called before the first record.
    #[must_use]
    pub fn with_mappings(mut self, mappings: &[Mapping], limits: Limits) -> Self {
        if !mappings.is_empty() {
            let plan = self.detectors.plan();
            self.normaliser = Arc::new(Normaliser::with_mappings(plan, limits, mappings));
        }
        self
    }

    /// Looks at one stored record.
    pub fn inbound(&mut self, inbound: &Inbound) -> Seen {
        match self.ahead.pop_front() {
            Some((position, read)) if position == inbound.position => self.look(read),
            Some(_) | None => {
                self.ahead.clear();
                self.record(&record_of(inbound))
            }
        }
    }

    /// Reads stored records as the watch would, on any thread; for [`Watch::read_ahead`].
    #[must_use]
    pub fn read(
        normaliser: &Normaliser,
        inbound: &[Inbound],
    ) -> Vec<(u64, Result<Normalised, Rejected>)> {
        inbound.iter().map(|it| (it.position, normaliser.normalise(&record_of(it)))).collect()
    }

    /// Takes what was read of the next stored records, so that they are not read again.
    pub fn read_ahead(
        &mut self,
        read: impl IntoIterator<Item = (u64, Result<Normalised, Rejected>)>,
    ) {
        self.ahead.clear();
        self.ahead.extend(read);
    }

    /// Looks at one record.
    pub fn record(&mut self, record: &Record) -> Seen {
        let read = self.normaliser.normalise_in(record, None, &mut self.room);
        self.look(read)
    }

    /// What reads records for this watch. It learns nothing: any number of threads may read with it,
    /// as long as [`Watch::look`] is given what they read in the order of the records.
    #[must_use]
    pub const fn normaliser(&self) -> &Arc<Normaliser> {
        &self.normaliser
    }

    /// Takes the room of an event back that nobody needs any more.
    pub fn give_back(&mut self, event: Event) {
        self.room.give_back(event.fields);
    }

    /// Looks at what [`Watch::normaliser`] made of a record.
    pub fn look(&mut self, read: Result<Normalised, Rejected>) -> Seen {
        match read {
            Err(rejected) => Seen::Rejected(rejected),
            Ok(Normalised::Event(event)) => {
                if !self.recent.admit(&event.id) {
                    return Seen::Again;
                }
                let binding = self.directory.bind(&event);
                let identity =
                    binding.resolution.identity().and_then(|it| self.directory.identity(it));
                let mut findings = Vec::new();
                self.detectors.inspect(&event, &binding, identity, &mut findings);
                Seen::Event { event, binding, findings }
            }
            Ok(Normalised::Alert(alert)) => {
                if !self.recent.admit(&alert.id) {
                    return Seen::Again;
                }
                let binding =
                    self.directory.bind_actor(&alert.actor, alert.account.as_deref(), alert.time);
                let identity =
                    binding.resolution.identity().and_then(|it| self.directory.identity(it));
                let mut findings = Vec::new();
                self.detectors.judge_alert(&alert, &binding, identity, &mut findings);
                Seen::Alert(findings)
            }
        }
    }

    /// The directory.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The directory, for draining what changed.
    pub const fn directory_mut(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// The detectors, to be told what was contained.
    pub const fn detectors_mut(&mut self) -> &mut Detectors {
        &mut self.detectors
    }

    /// The detectors.
    #[must_use]
    pub const fn detectors(&self) -> &Detectors {
        &self.detectors
    }

    /// Closes windows that are over and drops what is too old to matter; findings that grew are given.
    pub fn forget(&mut self, now: Timestamp) -> Vec<Finding> {
        let mut grown = Vec::new();
        self.detectors.forget(now, &mut grown);
        grown
    }

    /// Every finding that has grown since it was last given, as at the end of a recording.
    pub fn flush(&mut self) -> Vec<Finding> {
        let mut grown = Vec::new();
        self.detectors.flush(&mut grown);
        grown
    }

    /// A watch that goes on from what an earlier one had learned.
    ///
    /// # Errors
    /// The state is damaged or of another version: start cold, and say so.
    pub fn restore(
        state: &[u8],
        declaration: Declaration,
        revocations: Revocations,
        mut detectors: Detectors,
        limits: Limits,
    ) -> Result<Self, String> {
        let rest = state.strip_prefix(FORM).ok_or("it is of another version")?;
        let (directory, rest) = part(rest).ok_or("it breaks off")?;
        let (learned, recent) = part(rest).ok_or("it breaks off")?;
        detectors.restore(learned).map_err(|it| it.to_string())?;
        let directory = Directory::restore(declaration, directory)
            .map_err(|it| it.to_string())?
            .with_revocations(revocations);
        let mut watch = Self::new(directory, detectors, limits);
        let (ids, rest) = recent.as_chunks::<16>();
        if !rest.is_empty() {
            return Err("it breaks off".to_owned());
        }
        for id in ids {
            watch.recent.admit_number(u128::from_le_bytes(*id));
        }
        watch.length = state.len();
        Ok(watch)
    }

    /// Everything learned, as bytes: the directory and the detectors with their lengths before them,
    /// then the recent events.
    #[must_use]
    pub fn snapshot(&mut self) -> Vec<u8> {
        // A million identities have hundreds of megabytes: they are written where they stay, and the
        // room is taken at once, since a vector that grows is there twice while it is moved.
        let mut bytes = Vec::with_capacity(self.length + self.length / 8);
        bytes.extend_from_slice(FORM);
        write_part(&mut bytes, |it| self.directory.snapshot_into(it));
        write_part(&mut bytes, |it| self.detectors.snapshot_into(it));
        for id in &self.recent.order {
            bytes.extend_from_slice(&id.to_le_bytes());
        }
        self.length = bytes.len();
        bytes
    }
}

fn record_of(inbound: &Inbound) -> Record {
    let place = Place { file: inbound.file.clone(), record: inbound.record };
    Record::new(place, inbound.text.clone(), inbound.alert)
}

/// How a stored state begins.
const FORM: &[u8] = b"interlock-watch/2\n";

/// Writes a part with its length before it.
fn write_part(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = bytes.len();
    bytes.extend_from_slice(&[0; 8]);
    let start = bytes.len();
    write(bytes);
    let length = (bytes.len() - start) as u64;
    if let Some(place) = bytes.get_mut(at..start) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

/// A part with its length before it, and what follows.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_derived_id_is_what_its_digits_say() {
        let id: EventId = "evt_0123456789abcdef0a9f".parse().unwrap();
        assert_eq!(number(&id), 0x0123_4567_89ab_cdef_0a9f);
        // Of any other id it is a digest: letters of the other case are another id.
        let other: EventId = "evt_0123456789ABCDEF0A9F".parse().unwrap();
        assert_ne!(number(&other), number(&id));
    }
}
