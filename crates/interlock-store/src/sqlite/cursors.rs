//! The cursors of ways in: moved in the transaction of the records that they cover.

use crate::{Cursor, Forget};
use interlock_model::Timestamp;
use sqlx::sqlite::SqliteConnection;

/// Moves a cursor, in the caller's transaction; whether it moved, or stood there already.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    cursor: &Cursor,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO cursors (feed, part, time, state) VALUES (?, ?, ?, ?)
         ON CONFLICT (feed, part) DO UPDATE SET time = excluded.time, state = excluded.state
         WHERE cursors.state <> excluded.state",
    )
    .bind(&*cursor.feed)
    .bind(&*cursor.part)
    .bind(cursor.time.as_microsecond())
    .bind(&*cursor.state)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The cursors of one way in, by part.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    feed: &str,
    part: Option<&str>,
) -> Result<Vec<Cursor>, sqlx::Error> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT part, time, state FROM cursors WHERE feed = ?1 AND (?2 IS NULL OR part = ?2) ORDER BY part",
    )
    .bind(feed)
    .bind(part)
    .fetch_all(connection)
    .await?;
    let cursor = |(part, time, state): (String, i64, String)| Cursor {
        feed: feed.into(),
        part: part.into(),
        state: state.into(),
        time: Timestamp::from_microsecond(time).unwrap_or(Timestamp::UNIX_EPOCH),
    };
    Ok(rows.into_iter().map(cursor).collect())
}

/// Forgets cursors; how many.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    feed: &str,
    forget: &Forget<'_>,
) -> Result<u64, sqlx::Error> {
    let done = match forget {
        Forget::Before(time) => {
            sqlx::query("DELETE FROM cursors WHERE feed = ? AND time < ?")
                .bind(feed)
                .bind(time.as_microsecond())
                .execute(connection)
                .await?
        }
        Forget::Part(part) => {
            sqlx::query("DELETE FROM cursors WHERE feed = ? AND part = ?")
                .bind(feed)
                .bind(*part)
                .execute(connection)
                .await?
        }
    };
    Ok(done.rows_affected())
}
