//! What the watch has learned, in pieces: written beside everything else, and whole or not at all.
//!
//! A state of a million identities has hundreds of megabytes. In one transaction it would hold up
//! every push and every turn, and lie in memory several times. So each piece has a transaction of
//! its own, under a generation that counts only once the last one names it; until then the state
//! before is the one that is read.

use super::commit::fence;
use super::{SqliteBackend, number};
use crate::StoreError;
use crate::query::Remembered;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

/// Length of a piece, in bytes: what one transaction writes, and what is copied at a time. Short in
/// tests, so that their states have many.
const PIECE: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// So many pieces of other generations are deleted in one transaction.
const SWEPT: i64 = 16;

/// One transaction of storing a state.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// Deletes some pieces that no state has.
    Sweep,
    /// Adds a piece to a generation that does not count yet.
    Add { generation: i64, number: i64, bytes: &'a [u8] },
    /// Makes this generation the one that counts.
    Turn { generation: i64, position: u64, length: usize },
}

impl SqliteBackend {
    /// Stores a state piece by piece, in place of the one before.
    pub(super) async fn remember_in_pieces(
        &self,
        epoch: u64,
        position: u64,
        state: &[u8],
    ) -> Result<(), StoreError> {
        let _alone = self.remembering.lock().await;
        // Whoever was killed, or given up, in the middle left pieces that nobody will name.
        self.sweep(epoch).await?;
        let newest = self.generation().await?;
        let generation = newest + 1;
        for (number, bytes) in (0..).zip(state.chunks(PIECE)) {
            self.step(epoch, Step::Add { generation, number, bytes }).await?;
        }
        self.step(epoch, Step::Turn { generation, position, length: state.len() }).await?;
        self.sweep(epoch).await
    }

    async fn sweep(&self, epoch: u64) -> Result<(), StoreError> {
        while self.step(epoch, Step::Sweep).await? > 0 {}
        Ok(())
    }

    async fn generation(&self) -> Result<i64, StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query_scalar("SELECT coalesce(max(generation), 0) FROM remembered")
            .fetch_one(&mut writer.connection)
            .await
            .map_err(|error| self.trouble(error))
    }

    /// One transaction, if `epoch` is the newest one; how many rows it touched.
    async fn step(&self, epoch: u64, step: Step<'_>) -> Result<u64, StoreError> {
        let mut writer = self.writer().await?;
        let named = |error| self.trouble(error);
        writer.begin().await.map_err(named)?;
        let done = match fence(&mut writer.connection, &self.location, epoch).await {
            Ok(_) => run(&mut writer.connection, step).await.map_err(named),
            Err(error) => Err(error),
        };
        writer.end(done, named).await
    }
}

async fn run(connection: &mut SqliteConnection, step: Step<'_>) -> Result<u64, sqlx::Error> {
    let done = match step {
        Step::Sweep => {
            sqlx::query(
                "DELETE FROM pieces WHERE rowid IN (
                    SELECT rowid FROM pieces
                    WHERE generation <> (SELECT coalesce(max(generation), 0) FROM remembered)
                    LIMIT ?)",
            )
            .bind(SWEPT)
            .execute(connection)
            .await?
        }
        Step::Add { generation, number, bytes } => {
            sqlx::query("INSERT INTO pieces VALUES (?, ?, ?)")
                .bind(generation)
                .bind(number)
                .bind(bytes)
                .execute(connection)
                .await?
        }
        Step::Turn { generation, position, length } => {
            // What the state covers is not fed to it again.
            sqlx::query("UPDATE house SET consumed = max(consumed, ?)")
                .bind(number(position))
                .execute(&mut *connection)
                .await?;
            sqlx::query("INSERT OR REPLACE INTO remembered VALUES (1, ?, ?, ?)")
                .bind(number(position))
                .bind(generation)
                .bind(i64::try_from(length).unwrap_or(i64::MAX))
                .execute(connection)
                .await?
        }
    };
    Ok(done.rows_affected())
}

/// The state that counts, read piece by piece as of one moment.
pub(super) async fn remembered(
    connection: &mut SqliteConnection,
) -> Result<Option<Remembered>, sqlx::Error> {
    // Reads only: nothing is lost when it is dropped.
    let mut reading = connection.begin().await?;
    let row: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT position, generation, length FROM remembered")
            .fetch_optional(&mut *reading)
            .await?;
    let Some((position, generation, length)) = row else { return Ok(None) };
    let pieces: i64 = sqlx::query_scalar("SELECT count(*) FROM pieces WHERE generation = ?")
        .bind(generation)
        .fetch_one(&mut *reading)
        .await?;
    let length = usize::try_from(length).unwrap_or_default();
    let mut state = Vec::new();
    if state.try_reserve_exact(length).is_err() {
        return Err(sqlx::Error::Decode(format!("a state of {length} bytes has no room").into()));
    }
    for number in 0..pieces {
        let piece: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT bytes FROM pieces WHERE generation = ? AND number = ?")
                .bind(generation)
                .bind(number)
                .fetch_optional(&mut *reading)
                .await?;
        state.extend(piece.unwrap_or_default());
    }
    reading.commit().await?;
    if state.len() != length {
        let what = format!("the watch's state has {} of its {length} bytes", state.len());
        return Err(sqlx::Error::Decode(what.into()));
    }
    Ok(Some(Remembered { position: position.unsigned_abs(), state }))
}
