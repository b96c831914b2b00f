//! From bytes to the inbox: records are cut, and stored together with the cursor that covers them.

use super::Trouble;
use super::state::State;
use crate::clock;
use crate::runner::House;
use interlock_ingest::{Records, Unfinished};
use interlock_model::{Batch, Change, Inbound, Limits, Rejected, Timestamp};
use interlock_store::{Cursor, Forget, Store};
use std::io::{Cursor as Bytes, Read};
use std::sync::Arc;
use std::time::Duration;

/// How many records may wait for a turn before feeds wait too.
const BACKLOG: u64 = 50_000;
/// How often a feed that waits looks again.
const LOOK: Duration = Duration::from_millis(50);
/// Most bytes that one compressed input may unpack to.
const UNPACKED: u64 = 64 << 30;

/// Some records of one part of a feed, in order, and what could not be framed among them.
#[derive(Debug, Default)]
pub struct Lot {
    /// The records.
    pub records: Vec<Inbound>,
    /// The refused ones.
    pub rejected: Vec<Rejected>,
}

impl Lot {
    /// How many numbers the lot used up.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.records.len() + self.rejected.len()) as u64
    }

    /// Adds everything of another lot.
    pub fn append(&mut self, mut other: Self) {
        self.records.append(&mut other.records);
        self.rejected.append(&mut other.rejected);
    }
}

/// The way from one feed into the inbox. Clones share it.
#[derive(Debug, Clone)]
pub struct Intake {
    house: House,
    limits: Limits,
    /// How the feed is.
    pub state: Arc<State>,
    alert: bool,
}

impl Intake {
    /// The way in of this feed; `alert`: its records are alerts.
    #[must_use]
    pub fn new(house: House, limits: Limits, state: Arc<State>, alert: bool) -> Self {
        let limits = Limits { unpacked_bytes: limits.unpacked_bytes.min(UNPACKED), ..limits };
        Self { house, limits, state, alert }
    }

    /// The feed's name.
    #[must_use]
    pub fn feed(&self) -> &str {
        &self.state.id
    }

    /// Bounds on input.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the records are alerts.
    #[must_use]
    pub const fn alert(&self) -> bool {
        self.alert
    }

    fn store(&self) -> &Store {
        self.house.store()
    }

    /// Cuts a whole input of few bytes; records are numbered from `first`.
    #[must_use]
    pub fn cut(&self, bytes: Vec<u8>, file: &Arc<str>, first: u64) -> Lot {
        let mut lot = Lot::default();
        cut(Bytes::new(bytes), file, first, self.limits, self.alert, |next| {
            lot.append(next);
            true
        });
        lot
    }

    /// Stores a lot and says how far its part has been read, in one transaction. Waits while too
    /// much waits for a turn already.
    ///
    /// # Errors
    /// Nothing of it is acknowledged: give the same lot again.
    pub async fn take(&self, lot: Lot, part: &str, state: String) -> Result<(), Trouble> {
        let now = clock::now();
        let Lot { records, rejected } = lot;
        let refused = rejected.len() as u64;
        // Before the cursor: what is refused twice is kept once, by its place.
        self.refuse(rejected, now).await?;
        let cursor =
            Cursor { feed: self.feed().into(), part: part.into(), state: state.into(), time: now };
        if let Some(position) = self.store().push_from(&records, &cursor).await? {
            self.state.took(records.len() as u64, refused);
            if !records.is_empty() {
                self.house.inbox_grew();
            }
            self.room(position).await?;
        }
        Ok(())
    }

    /// Stores a lot of a way in that has no cursor: what was read is all that is known of it.
    ///
    /// # Errors
    /// Nothing of it is acknowledged: give the same lot again.
    pub async fn give(&self, lot: &Lot) -> Result<(), Trouble> {
        self.refuse(lot.rejected.clone(), clock::now()).await?;
        if lot.records.is_empty() {
            self.state.took(0, lot.rejected.len() as u64);
            return Ok(());
        }
        let position = self.store().push(&lot.records).await?;
        self.state.took(lot.records.len() as u64, lot.rejected.len() as u64);
        self.house.inbox_grew();
        self.room(position).await
    }

    /// Stores refused records that move no cursor.
    ///
    /// # Errors
    /// They are not stored.
    pub async fn reject(&self, rejected: Vec<Rejected>) -> Result<(), Trouble> {
        let count = rejected.len() as u64;
        self.refuse(rejected, clock::now()).await?;
        self.state.took(0, count);
        Ok(())
    }

    async fn refuse(&self, rejected: Vec<Rejected>, now: Timestamp) -> Result<(), Trouble> {
        if rejected.is_empty() {
            return Ok(());
        }
        let changes: Vec<Change> =
            rejected.into_iter().map(|rejected| Change::Rejected { rejected }).collect();
        let batch = Batch { changes, ..Batch::default() };
        self.store().commit(&batch, now).await?;
        crate::serve::metrics::committed(&batch);
        Ok(())
    }

    /// Waits until turns have caught up so far that there is room in the inbox.
    async fn room(&self, position: u64) -> Result<(), Trouble> {
        let mut waited = false;
        while position.saturating_sub(self.store().consumed().await?) > BACKLOG {
            if !waited {
                self.state.waits(true);
                waited = true;
            }
            tokio::time::sleep(LOOK).await;
        }
        if waited {
            self.state.waits(false);
        }
        Ok(())
    }

    /// How far one part has been read.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cursor(&self, part: &str) -> Result<Option<String>, Trouble> {
        Ok(self.store().cursor(self.feed(), part).await?.map(|it| it.state.into()))
    }

    /// How far every part has been read.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cursors(&self) -> Result<Vec<Cursor>, Trouble> {
        Ok(self.store().cursors(self.feed()).await?)
    }

    /// Forgets cursors that nobody will ask for again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn forget(&self, forget: Forget<'_>) -> Result<(), Trouble> {
        self.store().forget_cursors(self.feed(), forget).await?;
        Ok(())
    }
}

/// Records that are handed on at a time.
const LOT: usize = 1_000;

/// Cuts an input of any size into lots; records are numbered from `first`. Ends early when `each`
/// wants no more. Says which record the input's end cut off.
pub fn cut(
    input: impl Read,
    file: &Arc<str>,
    first: u64,
    limits: Limits,
    alert: bool,
    mut each: impl FnMut(Lot) -> bool,
) -> Option<Unfinished> {
    let mut lot = Lot::default();
    let mut records = Records::open(input, Arc::clone(file), limits);
    for record in records.by_ref() {
        add(&mut lot, record, first, alert);
        if lot.count() >= LOT as u64 && !each(std::mem::take(&mut lot)) {
            return None;
        }
    }
    each(lot);
    records.unfinished()
}

/// Adds one record, or its rejection, to a lot.
pub fn add(
    lot: &mut Lot,
    record: Result<interlock_ingest::Record, Rejected>,
    first: u64,
    alert: bool,
) {
    match record {
        Ok(record) => lot.records.push(Inbound {
            position: 0,
            file: record.place.file,
            record: first + record.place.record,
            alert,
            text: record.text,
        }),
        Err(mut rejected) => {
            rejected.place.record += first;
            lot.rejected.push(rejected);
        }
    }
}
