//! The inbox: accepted records in order, one transaction for all who push at the same time.

use super::{SqliteBackend, cursors, limit, number};
use crate::{Cursor, StoreError};
use interlock_model::Inbound;
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// Most records in one transaction, unless one caller brings more.
const TOGETHER: usize = 10_000;

/// Rows in one statement; five values each.
const ROWS: usize = 100;

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
        for rows in waiting.records.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO inbox (position, file, record, alert, text) ",
            );
            insert.push_values(rows, |mut row, record| {
                last += 1;
                row.push_bind(number(last))
                    .push_bind(&*record.file)
                    .push_bind(number(record.record))
                    .push_bind(record.alert)
                    .push_bind(&*record.text);
            });
            insert.build().persistent(rows.len() == ROWS).execute(&mut *connection).await?;
        }
        ends.push(Some(last));
    }
    Ok(ends)
}

/// The records after this position.
pub(super) async fn pending(
    connection: &mut SqliteConnection,
    after: u64,
    most: usize,
) -> Result<Vec<Inbound>, sqlx::Error> {
    let rows: Vec<(i64, String, i64, bool, String)> = sqlx::query_as(
        "SELECT position, file, record, alert, text FROM inbox WHERE position > ? ORDER BY position LIMIT ?",
    )
    .bind(number(after))
    .bind(limit(most))
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(position, file, record, alert, text)| Inbound {
            position: position.unsigned_abs(),
            file: file.into(),
            record: record.unsigned_abs(),
            alert,
            text: text.into(),
        })
        .collect())
}

/// Forgets records up to this position that the stored watch state covers.
pub(super) async fn trim(
    connection: &mut SqliteConnection,
    position: u64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM inbox WHERE position <= min(?, coalesce((SELECT position FROM remembered), 0))",
    )
    .bind(number(position))
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
