//! What a database must do to be the memory: few verbs over documents, the same for every backend.

use crate::cursor::{Cursor, Forget};
use crate::document::{Document, Put};
use crate::query::{Query, Remembered};
use crate::{Committed, Counts, StoreError};
use interlock_model::{AuditFact, Checkpoint, ContainmentId, IdentityId, Inbound, Timestamp};

/// One database. [`Store`](crate::Store) turns nouns into documents and back; this keeps them.
#[async_trait::async_trait]
pub(crate) trait Backend: std::fmt::Debug + Send + Sync {
    /// Appends to the inbox, durable on return; the last position. With a cursor in the same
    /// transaction; `None`, and nothing appended, when that cursor is there already.
    async fn push(
        &self,
        records: &[Inbound],
        cursor: Option<&Cursor>,
    ) -> Result<Option<u64>, StoreError>;

    /// The cursors of one way in; of one part when it is named.
    async fn cursors(&self, feed: &str, part: Option<&str>) -> Result<Vec<Cursor>, StoreError>;

    /// Forgets cursors of one way in that were written before; how many.
    async fn forget_cursors(&self, feed: &str, forget: &Forget<'_>) -> Result<u64, StoreError>;

    /// The inbox after this position, in order, at most `limit`.
    async fn pending(&self, after: u64, limit: usize) -> Result<Vec<Inbound>, StoreError>;

    /// Forgets inbox records up to this position, as far as the watch state covers them; how many.
    async fn trim(&self, position: u64) -> Result<u64, StoreError>;

    /// Begins a new epoch: older ones can commit no more.
    async fn acquire_epoch(&self, run: &str) -> Result<u64, StoreError>;

    /// Everything or nothing, in one transaction, if `epoch` is the newest one.
    async fn commit(&self, epoch: u64, write: &Write<'_>) -> Result<Committed, StoreError>;

    /// Documents, in the order that [`Query`] names.
    async fn list(&self, query: &Query) -> Result<Vec<Document>, StoreError>;

    /// Notices with their positions, oldest first, from behind this position on.
    async fn notices_after(
        &self,
        position: u64,
        most: usize,
    ) -> Result<Vec<(u64, Document)>, StoreError>;

    /// The facts of an identity with the moments from which they were so, oldest first.
    async fn history(&self, identity: &IdentityId) -> Result<Vec<(i64, Document)>, StoreError>;

    /// Every containment that has a journal, first requested first.
    async fn containments(&self) -> Result<Vec<ContainmentId>, StoreError>;

    /// Replaces the watch state by this one, which covers the inbox up to there, if `epoch` is the
    /// newest one; until it is whole the one before counts.
    async fn remember(&self, epoch: u64, position: u64, state: &[u8]) -> Result<(), StoreError>;

    /// The watch state, if one was stored.
    async fn remembered(&self) -> Result<Option<Remembered>, StoreError>;

    /// The inbox position up to which turns are done; 0 at first.
    async fn consumed(&self) -> Result<u64, StoreError>;

    /// The end of the audit chain.
    async fn head(&self) -> Result<Committed, StoreError>;

    /// Keeps a signed checkpoint; one that covers as many entries already stays.
    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError>;

    /// Whether so many bytes could be written now; tried, and nothing of it stays.
    async fn room(&self, bytes: u64) -> Result<(), StoreError>;

    /// How much there is of everything.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// Writes back what can be written back and lets go of files and locks.
    async fn close(&self) -> Result<(), StoreError>;

    /// Runs a statement on the writing connection, to set up trouble.
    #[cfg(test)]
    async fn meddle(&self, sql: &'static str) -> Result<(), StoreError>;
}

/// A batch in the form that a backend stores.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    /// What to put, in order.
    pub puts: Vec<Put>,
    /// What the chain gains, in order.
    pub audit: &'a [AuditFact],
    /// The inbox is done with up to here.
    pub consumed: Option<u64>,
    /// The time of the audit entries.
    pub now: Timestamp,
}
