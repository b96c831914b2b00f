//! The memory in one SQLite file: one writing connection, a few reading ones.
//!
//! Write-ahead log with `synchronous = FULL`: what was acknowledged survives a crash of the system,
//! as far as the disk keeps its word. In memory there is one connection for everything.

mod commit;
#[cfg(test)]
mod crash;
mod cursors;
mod inbox;
mod list;
mod open;
mod pieces;
mod room;
mod schema;
#[cfg(test)]
mod tests;
mod transaction;
mod trouble;

pub(crate) use open::{in_memory, open, read};
pub(crate) use trouble::{hindrance, lacks_room};

use crate::backend::{Backend, Write};
use crate::cursor::{Cursor, Forget};
use crate::document::Document;
use crate::lock::Lock;
use crate::query::{Query, Remembered};
use crate::{BackendSpec, Committed, Counts, Store, StoreError};
use inbox::Pushes;
use interlock_model::{Checkpoint, ContainmentId, IdentityId, Inbound};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, SqlitePool};
use std::path::Path;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

/// SQLite in a file.
pub(crate) const SPEC: BackendSpec =
    BackendSpec::new("sqlite", "the path of a file", true, |location, create| {
        Box::pin(Store::open(Path::new(location), create))
    });

/// SQLite in memory.
pub(crate) const MEMORY_SPEC: BackendSpec =
    BackendSpec::new("sqlite_memory", "", false, |_, _| Box::pin(Store::in_memory()));

/// One SQLite database.
#[derive(Debug)]
pub(crate) struct SqliteBackend {
    /// The file's path as given, for messages.
    location: String,
    /// The one connection that writes; `None` when opened for reading, or closed.
    writer: Mutex<Option<Writer>>,
    /// The connections that read; `None` in memory, where the writer reads too.
    readers: Option<SqlitePool>,
    /// Records that wait for the next transaction.
    pushes: Pushes,
    /// Held by whoever writes a watch state: another one would sweep its pieces away.
    remembering: Mutex<()>,
}

/// The connection that writes, and the lock that it writes under.
#[derive(Debug)]
struct Writer {
    connection: SqliteConnection,
    /// Whether a transaction may be open: one whose caller went away is taken back by the next.
    open: bool,
    lock: Option<Lock>,
}

impl SqliteBackend {
    fn new(location: String, writer: Option<Writer>, readers: Option<SqlitePool>) -> Self {
        let (writer, remembering) = (Mutex::new(writer), Mutex::default());
        Self { location, writer, readers, pushes: Pushes::default(), remembering }
    }

    /// The writing connection, once it is free, with no transaction open.
    async fn writer(&self) -> Result<MappedMutexGuard<'_, Writer>, StoreError> {
        let writer = MutexGuard::try_map(self.writer.lock().await, Option::as_mut);
        let mut writer = writer.map_err(|_| {
            let what = format!("store `{}` is open for reading only, or closed", self.location);
            StoreError::unavailable(what)
        })?;
        writer.take_back().await;
        Ok(writer)
    }

    fn trouble(&self, error: sqlx::Error) -> StoreError {
        trouble::named(&self.location, error)
    }
}

/// Runs `$body` on a connection that reads; `$body` ends in a `Result<_, sqlx::Error>`.
macro_rules! reading {
    ($self:ident, $connection:ident => $body:expr) => {{
        match &$self.readers {
            Some(pool) => {
                let mut held = pool.acquire().await.map_err(|error| $self.trouble(error))?;
                let $connection: &mut sqlx::sqlite::SqliteConnection = &mut held;
                $body.map_err(|error| $self.trouble(error))
            }
            None => {
                let mut held = $self.writer().await?;
                let $connection: &mut sqlx::sqlite::SqliteConnection = &mut held.connection;
                $body.map_err(|error| $self.trouble(error))
            }
        }
    }};
}

#[async_trait::async_trait]
impl Backend for SqliteBackend {
    async fn push(
        &self,
        records: &[Inbound],
        cursor: Option<&Cursor>,
    ) -> Result<Option<u64>, StoreError> {
        self.push_together(records, cursor).await
    }

    async fn cursors(&self, feed: &str, part: Option<&str>) -> Result<Vec<Cursor>, StoreError> {
        reading!(self, connection => cursors::list(connection, feed, part).await)
    }

    async fn forget_cursors(&self, feed: &str, forget: &Forget<'_>) -> Result<u64, StoreError> {
        let mut writer = self.writer().await?;
        let done = cursors::forget(&mut writer.connection, feed, forget).await;
        done.map_err(|error| self.trouble(error))
    }

    async fn pending(&self, after: u64, limit: usize) -> Result<Vec<Inbound>, StoreError> {
        reading!(self, connection => inbox::pending(connection, after, limit).await)
    }

    async fn trim(&self, position: u64) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            // Others may write between two lots: what is covered can be gigabytes.
            let mut writer = self.writer().await?;
            let lot = inbox::trim(&mut writer.connection, position).await;
            match lot.map_err(|error| self.trouble(error))? {
                0 => return Ok(gone),
                some => gone += some,
            }
        }
    }

    async fn acquire_epoch(&self, run: &str) -> Result<u64, StoreError> {
        let mut writer = self.writer().await?;
        let epoch: i64 =
            sqlx::query_scalar("UPDATE house SET epoch = epoch + 1, run = ? RETURNING epoch")
                .bind(run)
                .fetch_one(&mut writer.connection)
                .await
                .map_err(|error| self.trouble(error))?;
        Ok(epoch.unsigned_abs())
    }

    async fn commit(&self, epoch: u64, write: &Write<'_>) -> Result<Committed, StoreError> {
        let mut writer = self.writer().await?;
        let named = |error| self.trouble(error);
        writer.begin().await.map_err(named)?;
        let done = commit::commit(&mut writer.connection, &self.location, epoch, write).await;
        writer.end(done, named).await
    }

    async fn list(&self, query: &Query) -> Result<Vec<Document>, StoreError> {
        reading!(self, connection => list::list(connection, query).await)
    }

    async fn notices_after(
        &self,
        position: u64,
        most: usize,
    ) -> Result<Vec<(u64, Document)>, StoreError> {
        reading!(self, connection => list::notices_after(connection, position, most).await)
    }

    async fn history(&self, identity: &IdentityId) -> Result<Vec<(i64, Document)>, StoreError> {
        reading!(self, connection => list::history(connection, identity).await)
    }

    async fn containments(&self) -> Result<Vec<ContainmentId>, StoreError> {
        let ids = reading!(self, connection => list::containments(connection).await)?;
        ids.iter()
            .map(|it| {
                it.parse().map_err(|error| {
                    StoreError::corrupt(format!("store `{}` has a bad id", self.location))
                        .because(error)
                })
            })
            .collect()
    }

    async fn remember(&self, epoch: u64, position: u64, state: &[u8]) -> Result<(), StoreError> {
        self.remember_in_pieces(epoch, position, state).await
    }

    async fn remembered(&self) -> Result<Option<Remembered>, StoreError> {
        reading!(self, connection => pieces::remembered(connection).await)
    }

    async fn consumed(&self) -> Result<u64, StoreError> {
        reading!(self, connection => list::consumed(connection).await)
    }

    async fn head(&self) -> Result<Committed, StoreError> {
        let (entries, head) = reading!(self, connection => list::head(connection).await)?;
        commit::head(&self.location, entries, &head)
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let document = Document::of(checkpoint)?;
        let mut writer = self.writer().await?;
        sqlx::query("INSERT INTO checkpoints VALUES (?, ?, ?) ON CONFLICT (entries) DO NOTHING")
            .bind(number(checkpoint.entries))
            .bind(document.version)
            .bind(document.body)
            .execute(&mut writer.connection)
            .await
            .map_err(|error| self.trouble(error))?;
        Ok(())
    }

    async fn room(&self, bytes: u64) -> Result<(), StoreError> {
        self.make_sure_of_room(bytes).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        reading!(self, connection => list::counts(connection).await)
    }

    async fn close(&self) -> Result<(), StoreError> {
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        let Some(Writer { connection, lock, .. }) = self.writer.lock().await.take() else {
            return Ok(());
        };
        let closed = connection.close().await.map_err(|error| self.trouble(error));
        drop(lock);
        closed
    }

    #[cfg(test)]
    async fn meddle(&self, sql: &'static str) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let done = sqlx::raw_sql(sql).execute(&mut writer.connection).await;
        done.map(drop).map_err(|error| self.trouble(error))
    }
}

/// A count or position as SQLite keeps it.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A limit as SQLite keeps it.
fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
