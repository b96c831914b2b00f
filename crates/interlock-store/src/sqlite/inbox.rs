//! The inbox: accepted records in order, one transaction for all who push at the same time.

use super::{SqliteBackend, cursors, limit, number};
use crate::{Cursor, StoreError};
use interlock_model::Inbound;
use sqlx::sqlite::SqliteConnection;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Most records in one transaction, unless one caller brings more.
const TOGETHER: usize = 10_000;

/// Most records in one row.
const ROW: usize = 500;

/// So many rows are forgotten in one transaction.
const TRIMMED: i64 = 16;

/// About what stands before a record in its row, in bytes.
const HEAD: usize = 16;

/// Records that wait for the next transaction, oldest first.
///
/// Bounded by the callers: each waits for its own.
#[derive(Debug, Default)]
pub(super) struct Pushes(Mutex<VecDeque<Waiting>>);

#[derive(Debug)]
struct Waiting {
    records: Vec<Inbound>,
    cursor: Option<Cursor>,
    answer: oneshot::Sender<Result<Option<u64>, StoreError>>,
}

impl SqliteBackend {
    /// Appends records, together with those of everybody who waits for the writer meanwhile.
    ///
    /// Whoever gets the writer first writes for all; the others find their answer there.
    pub(super) async fn push_together(
        &self,
        records: &[Inbound],
        cursor: Option<&Cursor>,
    ) -> Result<Option<u64>, StoreError> {
        let (answer, mut answered) = oneshot::channel();
        self.pushes.add(Waiting { records: records.to_vec(), cursor: cursor.cloned(), answer });
        let writer = self.writer().await;
        match answered.try_recv() {
            Ok(answer) => return answer,
            Err(oneshot::error::TryRecvError::Closed) => {
                return Err(StoreError::unavailable(format!(
                    "store `{}` was left in the middle of a write: send the records again",
                    self.location
                )));
            }
            Err(oneshot::error::TryRecvError::Empty) => {}
        }
        let mut writer = writer?;
        // Ours is in the queue, and nobody else drains it while we hold the writer.
        loop {
            let together = self.pushes.take();
            if together.waiting.is_empty() {
                break;
            }
            let done = match writer.begin().await {
                Ok(()) => append(&mut writer.connection, &together.waiting).await,
                Err(error) => Err(error),
            };
            let named = |error| self.trouble(error);
            together.answer(&writer.end(done.map_err(named), named).await);
            if let Ok(answer) = answered.try_recv() {
                return answer;
            }
        }
        Err(StoreError::unavailable(format!("store `{}` lost a write", self.location)))
    }
}

impl Pushes {
    fn add(&self, waiting: Waiting) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
    }

    fn take(&self) -> Taken<'_> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut records = 0;
        while let Some(next) = queue.front() {
            if !waiting.is_empty() && records + next.records.len() > TOGETHER {
                break;
            }
            records += next.records.len();
            waiting.extend(queue.pop_front());
        }
        Taken { pushes: self, waiting }
    }
}

/// Records that are being written.
///
/// When their writer goes away in the middle they go back into the queue, so that those who wait
/// for them are still served. A record without a cursor may then be stored twice, never not at all.
struct Taken<'a> {
    pushes: &'a Pushes,
    waiting: Vec<Waiting>,
}

impl Taken<'_> {
    /// Tells everybody where their records end, or why they are not stored.
    fn answer(mut self, done: &Result<Vec<Option<u64>>, StoreError>) {
        for (index, waiting) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            let answer = match done {
                Ok(last) => Ok(last.get(index).copied().unwrap_or_default()),
                Err(error) => Err(error.clone()),
            };
            // Nobody listens when the caller went away: the records stay all the same.
            drop(waiting.answer.send(answer));
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut queue = self.pushes.0.lock().unwrap_or_else(PoisonError::into_inner);
        for waiting in self.waiting.drain(..).rev().filter(|it| !it.answer.is_closed()) {
            queue.push_front(waiting);
        }
    }
}

/// Appends all, in the caller's transaction; the last position of each, and none for those whose
/// cursor is there already.
async fn append(
    connection: &mut SqliteConnection,
    together: &[Waiting],
) -> Result<Vec<Option<u64>>, sqlx::Error> {
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'")
            .fetch_optional(&mut *connection)
            .await?;
    let mut last = newest.unwrap_or(0).unsigned_abs();
    let mut ends = Vec::with_capacity(together.len());
    for waiting in together {
        if let Some(cursor) = &waiting.cursor
            && !cursors::keep(connection, cursor).await?
        {
            ends.push(None);
            continue;
        }
        for records in rows(&waiting.records) {
            let (Some(sample), first) = (records.first(), last + 1) else { continue };
            last += records.len() as u64;
            sqlx::query(
                "INSERT INTO inbox (last, first, file, alert, records) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(number(last))
            .bind(number(first))
            .bind(&*sample.file)
            .bind(sample.alert)
            .bind(packed(records))
            .execute(&mut *connection)
            .await?;
        }
        ends.push(Some(last));
    }
    Ok(ends)
}

/// The records in pieces that go into one row each.
fn rows(records: &[Inbound]) -> impl Iterator<Item = &[Inbound]> {
    let alike = |a: &Inbound, b: &Inbound| a.file == b.file && a.alert == b.alert;
    records.chunk_by(alike).flat_map(|it| it.chunks(ROW))
}

/// The records as a row holds them.
fn packed(records: &[Inbound]) -> Vec<u8> {
    let room = records.iter().map(|it| it.text.len() + HEAD).sum();
    let mut bytes = Vec::with_capacity(room);
    for record in records {
        bytes.extend_from_slice(format!("{} {}\n", record.record, record.text.len()).as_bytes());
        bytes.extend_from_slice(record.text.as_bytes());
    }
    bytes
}

/// Adds the records of a row that lie after this position; `None` when the row is damaged.
fn unpack(
    (last, first, file, alert, bytes): (i64, i64, String, bool, Vec<u8>),
    after: u64,
    to: &mut Vec<Inbound>,
) -> Option<()> {
    let file: Arc<str> = file.into();
    let mut rest = bytes.as_slice();
    for position in first.unsigned_abs()..=last.unsigned_abs() {
        let end = rest.iter().position(|it| *it == b'\n')?;
        let (head, behind) = rest.split_at_checked(end)?;
        let (record, length) = str::from_utf8(head).ok()?.split_once(' ')?;
        let (text, behind) = behind.get(1..)?.split_at_checked(length.parse().ok()?)?;
        rest = behind;
        if position > after {
            let (file, record) = (Arc::clone(&file), record.parse().ok()?);
            to.push(Inbound {
                position,
                file,
                record,
                alert,
                text: str::from_utf8(text).ok()?.into(),
            });
        }
    }
    rest.is_empty().then_some(())
}

/// The records after this position.
pub(super) async fn pending(
    connection: &mut SqliteConnection,
    after: u64,
    most: usize,
) -> Result<Vec<Inbound>, sqlx::Error> {
    let rows: Vec<(i64, i64, String, bool, Vec<u8>)> = sqlx::query_as(
        "WITH next AS (SELECT max(first, ?1 + 1) AS first FROM inbox WHERE last > ?1 ORDER BY last LIMIT 1)
         SELECT last, first, file, alert, records FROM inbox
         WHERE last > ?1 AND last < (SELECT first FROM next) + ?2 + ?3
             AND first < (SELECT first FROM next) + ?2
         ORDER BY last",
    )
    .bind(number(after))
    .bind(limit(most))
    .bind(limit(ROW))
    .fetch_all(connection)
    .await?;
    let mut records = Vec::with_capacity(most.min(ROW));
    for row in rows {
        let last = row.0;
        unpack(row, after, &mut records)
            .ok_or_else(|| sqlx::Error::Decode(format!("the inbox's row {last}").into()))?;
    }
    records.truncate(most);
    Ok(records)
}

/// Forgets some of the records up to this position that the stored watch state covers, row by row;
/// how many.
pub(super) async fn trim(
    connection: &mut SqliteConnection,
    position: u64,
) -> Result<u64, sqlx::Error> {
    let gone: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM inbox WHERE last IN (
             SELECT last FROM inbox
             WHERE last <= min(?, coalesce((SELECT position FROM remembered), 0))
             ORDER BY last LIMIT ?)
         RETURNING last - first + 1",
    )
    .bind(number(position))
    .bind(TRIMMED)
    .fetch_all(connection)
    .await?;
    Ok(gone.into_iter().map(i64::unsigned_abs).sum())
}
