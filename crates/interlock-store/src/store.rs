//! The memory as the house sees it: nouns in, nouns out, whichever database keeps them.

use crate::backend::{Backend, Write};
use crate::cursor::{Cursor, Forget};
use crate::document::{Document, Put, Stored};
use crate::query::{Query, Remembered};
use crate::witness::{Witness, Writing, size};
use crate::{CaseFilter, Committed, Counts, FindingFilter, Notice, StoreError, sqlite};
use ed25519_dalek::{Signer as _, SigningKey};
use interlock_model::{
    AuditEntry, Batch, Case, CaseId, Checkpoint, ContainmentId, Decision, DecisionId, Discovery,
    Drill, Entry, Finding, FindingId, Identity, IdentityFacts, IdentityId, Inbound, InventoryItem,
    Rejected, Timestamp,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether opening a store may make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// Make an empty one where there is none.
    IfMissing,
    /// Only open one that is there.
    Never,
}

/// One handle on the memory. Clones share it, and share its epoch.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    epoch: Arc<AtomicU64>,
    witness: Option<Arc<dyn Witness>>,
}

impl Store {
    /// Opens a SQLite file for reading and writing; this process alone writes it until [`Store::close`].
    ///
    /// # Errors
    /// `Unavailable` when it is missing, locked (the message names the holder), or not writable;
    /// `Corrupt` when it is no store, is cut off, or its audit chain does not end where it should;
    /// `TooNew` when a newer program wrote it.
    pub async fn open(path: &Path, create: Create) -> Result<Self, StoreError> {
        Ok(Self::of(Arc::new(sqlite::open(path, create).await?)))
    }

    /// Opens a SQLite file for reading only, also while another process writes it.
    ///
    /// # Errors
    /// As [`Store::open`], but a lock does not hinder. Writes fail with `Unavailable`.
    pub async fn read(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::of(Arc::new(sqlite::read(path).await?)))
    }

    /// An empty memory that ends with the process.
    ///
    /// # Errors
    /// `Unavailable` when there is no room for it.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Ok(Self::of(Arc::new(sqlite::in_memory().await?)))
    }

    /// The same handle, which tells this witness what becomes of its writes.
    #[must_use]
    pub fn witnessed_by(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// Whether so many bytes could be written now: they are, and taken away again. Others' writes
    /// wait meanwhile.
    ///
    /// # Errors
    /// `Unavailable`: they could not.
    pub async fn room(&self, bytes: u64) -> Result<(), StoreError> {
        self.backend.room(bytes).await
    }

    /// Appends records to the inbox; on return they survive any crash. The last position used.
    ///
    /// The positions in `records` are ignored. With no records the newest position so far.
    /// Callers at the same time share one transaction. When a caller goes away before the answer,
    /// records may be stored all the same, those of the others even twice: events dedupe by id.
    ///
    /// # Errors
    /// `Unavailable`: none of the records is acknowledged, send them again.
    pub async fn push(&self, records: &[Inbound]) -> Result<u64, StoreError> {
        let pushed = self.backend.push(records, None).await;
        Ok(self.told(Writing::Records, size(records), pushed)?.unwrap_or_default())
    }

    /// Appends records and says how far their way in has been read, in one transaction. The last
    /// position used; `None` when this very cursor is there already: then nothing was appended.
    ///
    /// With no records the cursor alone moves.
    ///
    /// # Errors
    /// `Unavailable`: neither the records nor the cursor are kept, send them again.
    pub async fn push_from(
        &self,
        records: &[Inbound],
        cursor: &Cursor,
    ) -> Result<Option<u64>, StoreError> {
        let pushed = self.backend.push(records, Some(cursor)).await;
        self.told(Writing::Records, size(records), pushed)
    }

    /// How far one part of a way in has been read.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cursor(&self, feed: &str, part: &str) -> Result<Option<Cursor>, StoreError> {
        Ok(self.backend.cursors(feed, Some(part)).await?.pop())
    }

    /// How far every part of a way in has been read, by part.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cursors(&self, feed: &str) -> Result<Vec<Cursor>, StoreError> {
        self.backend.cursors(feed, None).await
    }

    /// Forgets cursors of a way in that nobody will ask for again. How many.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn forget_cursors(&self, feed: &str, forget: Forget<'_>) -> Result<u64, StoreError> {
        self.backend.forget_cursors(feed, &forget).await
    }

    /// The inbox records after this position, in order, at most `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn pending(&self, after: u64, limit: usize) -> Result<Vec<Inbound>, StoreError> {
        self.backend.pending(after, limit).await
    }

    /// Forgets the inbox up to this position, but nothing that the stored watch state does not
    /// cover yet. How many records went.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn trim(&self, position: u64) -> Result<u64, StoreError> {
        self.backend.trim(position).await
    }

    /// Makes this handle the only one that may commit, and gives the number of its epoch.
    ///
    /// Every commit of a handle with an older epoch, or without one once there was any, fails.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn acquire_epoch(&self, run: &str) -> Result<u64, StoreError> {
        let epoch = self.backend.acquire_epoch(run).await?;
        self.epoch.store(epoch, Ordering::SeqCst);
        Ok(epoch)
    }

    /// Remembers everything in the batch, or nothing of it; the audit chain grows in the same
    /// transaction. Durable on return.
    ///
    /// Identities, findings, cases and drills replace those of the same id. Rejected records and
    /// notices that are there already stay once.
    ///
    /// # Errors
    /// `Conflict` when the epoch is over, when a journal has an entry at that position or none
    /// before it, or when another decision has the same id; `Unavailable` when it cannot be written.
    pub async fn commit(&self, batch: &Batch, now: Timestamp) -> Result<Committed, StoreError> {
        let puts = batch.changes.iter().map(Put::of).collect::<Result<_, _>>()?;
        let write = Write { puts, audit: &batch.audit, consumed: batch.consumed, now };
        let committed = self.backend.commit(self.epoch.load(Ordering::SeqCst), &write).await;
        self.told(Writing::Turns, 0, committed)
    }

    /// Every identity, by id. Bounded by the directory, which the house keeps in memory whole.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn identities(&self) -> Result<Vec<Identity>, StoreError> {
        self.many(&Query::Identities).await
    }

    /// One identity.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn identity(&self, id: &IdentityId) -> Result<Option<Identity>, StoreError> {
        self.one(&Query::Identity(id.clone())).await
    }

    /// Findings, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn findings(&self, filter: FindingFilter) -> Result<Vec<Finding>, StoreError> {
        self.many(&Query::Findings(filter)).await
    }

    /// One finding.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn finding(&self, id: &FindingId) -> Result<Option<Finding>, StoreError> {
        self.one(&Query::Finding(id.clone())).await
    }

    /// Cases, last updated first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cases(&self, filter: CaseFilter) -> Result<Vec<Case>, StoreError> {
        self.many(&Query::Cases(filter)).await
    }

    /// One case.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        self.one(&Query::Case(id.clone())).await
    }

    /// The decisions on one case, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn decisions(&self, case: &CaseId) -> Result<Vec<Decision>, StoreError> {
        self.many(&Query::Decisions(case.clone())).await
    }

    /// One decision.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn decision(&self, id: &DecisionId) -> Result<Option<Decision>, StoreError> {
        self.one(&Query::Decision(id.clone())).await
    }

    /// One containment's journal, in order; empty when there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn journal(&self, containment: &ContainmentId) -> Result<Vec<Entry>, StoreError> {
        self.many(&Query::Journal(containment.clone())).await
    }

    /// Every containment, first requested first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn containments(&self) -> Result<Vec<ContainmentId>, StoreError> {
        self.backend.containments().await
    }

    /// Every journal, in order each: what the world is rebuilt from.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn journals(&self) -> Result<BTreeMap<ContainmentId, Vec<Entry>>, StoreError> {
        let mut journals: BTreeMap<_, Vec<Entry>> = BTreeMap::new();
        for entry in self.many::<Entry>(&Query::Journals).await? {
            journals.entry(entry.containment.clone()).or_default().push(entry);
        }
        Ok(journals)
    }

    /// Refused records, newest first. The newest 100 000 are kept; [`Counts::rejected`] counts all.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn rejected(&self, limit: usize) -> Result<Vec<Rejected>, StoreError> {
        self.many(&Query::Rejected(limit)).await
    }

    /// What connectors saw at their providers, by connector and principal: so many, those after this one.
    ///
    /// In parts, because there may be millions.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn inventory(
        &self,
        after: Option<&InventoryItem>,
        limit: usize,
    ) -> Result<Vec<InventoryItem>, StoreError> {
        let after = after.map(|it| (it.connector.to_string(), it.seen.principal.to_string()));
        self.many(&Query::Inventory(after, limit)).await
    }

    /// How far each connector has looked, by connector.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn discoveries(&self) -> Result<Vec<Discovery>, StoreError> {
        self.many(&Query::Discoveries).await
    }

    /// What an identity was, oldest first, each with the moment from which it was so.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn history(
        &self,
        identity: &IdentityId,
    ) -> Result<Vec<(Timestamp, IdentityFacts)>, StoreError> {
        let found = self.backend.history(identity).await?;
        let moment = |at: i64| {
            Timestamp::from_microsecond(at).map_err(|error| {
                StoreError::corrupt(format!("the history of `{identity}` has a bad time"))
                    .because(error)
            })
        };
        found.iter().map(|(at, document)| Ok((moment(*at)?, document.load()?))).collect()
    }

    /// Every drill, by connector, action and time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn drills(&self) -> Result<Vec<Drill>, StoreError> {
        self.many(&Query::Drills).await
    }

    /// Notices, newest first; of one containment when it is named.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn notices(
        &self,
        containment: Option<&ContainmentId>,
        limit: usize,
    ) -> Result<Vec<Notice>, StoreError> {
        self.many(&Query::Notices(containment.cloned(), limit)).await
    }

    /// Notices with their positions, oldest first, from behind this position on: 0 for all.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn notices_after(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Notice)>, StoreError> {
        let found = self.backend.notices_after(position, limit).await?;
        found.iter().map(|(at, document)| Ok((*at, document.load()?))).collect()
    }

    /// Keeps what the watch has learned, covering the inbox up to this position, in place of what was
    /// kept before. Durable on return; a crash before that leaves the one before.
    ///
    /// Written a piece at a time, so that pushes and commits go on meanwhile.
    ///
    /// # Errors
    /// `Conflict` when the epoch is over; `Unavailable` when it cannot be written.
    pub async fn remember(&self, position: u64, state: &[u8]) -> Result<(), StoreError> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let remembered = self.backend.remember(epoch, position, state).await;
        self.told(Writing::Learned, state.len() as u64, remembered)
    }

    /// What the watch had learned, if anything was stored.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn checkpoint(&self) -> Result<Option<Remembered>, StoreError> {
        self.backend.remembered().await
    }

    /// The inbox position up to which turns are done; 0 at first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn consumed(&self) -> Result<u64, StoreError> {
        self.backend.consumed().await
    }

    /// How much is stored.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        self.backend.counts().await
    }

    /// The end of the audit chain.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn audit_head(&self) -> Result<Committed, StoreError> {
        self.backend.head().await
    }

    /// Audit entries from this position on, in order, at most `limit`: a page of a stream.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn audit_entries(
        &self,
        from: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.many(&Query::Audit(from, limit)).await
    }

    /// The signed checkpoints, by how many entries they cover.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        self.many(&Query::Checkpoints).await
    }

    /// Signs the chain as it stands and keeps the signature. With no new entry since the last one
    /// the stored one stays.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn sign_checkpoint(
        &self,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<Checkpoint, StoreError> {
        let checkpoint = sign(key, self.audit_head().await?, now);
        let kept = self.backend.keep_checkpoint(&checkpoint).await;
        self.told(Writing::Signatures, 0, kept)?;
        Ok(checkpoint)
    }

    /// Writes back what can be written back and lets go of the files and the lock.
    /// Every clone of this handle is closed with it.
    ///
    /// # Errors
    /// `Unavailable` when the last write back failed; what was acknowledged is safe all the same.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.backend.close().await
    }

    pub(crate) fn of(backend: Arc<dyn Backend>) -> Self {
        Self { backend, epoch: Arc::new(AtomicU64::new(0)), witness: None }
    }

    fn told<T>(
        &self,
        writing: Writing,
        bytes: u64,
        done: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(witness) = &self.witness {
            match &done {
                Ok(_) => witness.kept(writing),
                Err(error) => witness.refused(writing, bytes, error),
            }
        }
        done
    }

    async fn many<T: Stored>(&self, query: &Query) -> Result<Vec<T>, StoreError> {
        self.backend.list(query).await?.iter().map(Document::load).collect()
    }

    async fn one<T: Stored>(&self, query: &Query) -> Result<Option<T>, StoreError> {
        self.backend.list(query).await?.first().map(Document::load).transpose()
    }

    /// Another run's handle on the same memory, without an epoch.
    #[cfg(test)]
    pub(crate) fn other_run(&self) -> Self {
        Self::of(Arc::clone(&self.backend))
    }

    #[cfg(test)]
    pub(crate) async fn meddle(&self, sql: &'static str) -> Result<(), StoreError> {
        self.backend.meddle(sql).await
    }
}

/// A checkpoint over the chain up to this head.
pub(crate) fn sign(key: &SigningKey, head: Committed, now: Timestamp) -> Checkpoint {
    let message = Checkpoint::message(head.entries, head.head, now);
    Checkpoint {
        entries: head.entries,
        head: head.head,
        time: now,
        signature: hex::encode(key.sign(&message).to_bytes()),
    }
}
