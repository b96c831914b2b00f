//! One batch, one transaction: fence, changes, audit chain, inbox position.

use super::{number, trouble};
use crate::backend::Write;
use crate::document::{Document, Put};
use crate::{Committed, StoreError};
use interlock_model::{AuditEntry, Digest, Timestamp};
use sqlx::sqlite::SqliteConnection;

/// How many refused records stay listed.
const REJECTED_KEPT: i64 = 100_000;

/// Remembers everything; on an error the caller takes back the transaction that it began.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    location: &str,
    epoch: u64,
    write: &Write<'_>,
) -> Result<Committed, StoreError> {
    let named = |error| trouble::named(location, error);
    let (newest, run, entries, head): (i64, String, i64, String) =
        sqlx::query_as("SELECT epoch, run, audit_entries, audit_head FROM house")
            .fetch_one(&mut *connection)
            .await
            .map_err(named)?;
    if newest != number(epoch) {
        return Err(StoreError::conflict(format!(
            "store `{location}` is at epoch {newest} of run `{run}`, this is epoch {epoch}: another took over"
        )));
    }
    for change in &write.puts {
        let kept = put(connection, change, write.now).await.map_err(named)?;
        if let Kept::Refused(what) = kept {
            return Err(StoreError::conflict(format!("store `{location}`: {what}")));
        }
    }
    let mut chain = self::head(location, entries, &head)?;
    for fact in write.audit {
        let entry = AuditEntry::link(chain.entries, write.now, fact.clone(), chain.head);
        let document = Document::of(&entry)?;
        sqlx::query("INSERT INTO audit VALUES (?, ?, ?)")
            .bind(number(entry.sequence))
            .bind(document.version)
            .bind(document.body)
            .execute(&mut *connection)
            .await
            .map_err(named)?;
        chain = Committed { entries: chain.entries + 1, head: entry.digest };
    }
    sqlx::query("UPDATE house SET audit_entries = ?, audit_head = ?, consumed = max(consumed, ?)")
        .bind(number(chain.entries))
        .bind(chain.head.to_string())
        .bind(number(write.consumed.unwrap_or(0)))
        .execute(&mut *connection)
        .await
        .map_err(named)?;
    Ok(chain)
}

/// The end of the chain from its stored form.
pub(super) fn head(location: &str, entries: i64, head: &str) -> Result<Committed, StoreError> {
    let head: Digest = head.parse().map_err(|error| {
        StoreError::corrupt(format!("store `{location}` has no readable audit head")).because(error)
    })?;
    Ok(Committed { entries: entries.unsigned_abs(), head })
}

/// What became of one change.
enum Kept {
    Yes,
    Refused(String),
}

async fn put(
    connection: &mut SqliteConnection,
    change: &Put,
    now: Timestamp,
) -> Result<Kept, sqlx::Error> {
    match change {
        Put::Identity { id, document, facts } => {
            sqlx::query(
                "INSERT INTO identities VALUES (?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body",
            )
            .bind(id)
            .bind(document.version)
            .bind(&document.body)
            .execute(&mut *connection)
            .await?;
            sqlx::query(
                "INSERT INTO identity_history (identity, time, version, body) SELECT ?1, ?2, ?3, ?4
                 WHERE ?4 IS NOT (SELECT body FROM identity_history WHERE identity = ?1
                 ORDER BY serial DESC LIMIT 1)",
            )
            .bind(id)
            .bind(now.as_microsecond())
            .bind(facts.version)
            .bind(&facts.body)
            .execute(connection)
            .await?;
        }
        Put::Inventory { connector, principal, document } => {
            sqlx::query("INSERT OR REPLACE INTO inventory VALUES (?, ?, ?, ?)")
                .bind(connector)
                .bind(principal)
                .bind(document.version)
                .bind(&document.body)
                .execute(connection)
                .await?;
        }
        Put::Discovery { connector, document } => {
            sqlx::query("INSERT OR REPLACE INTO discoveries VALUES (?, ?, ?)")
                .bind(connector)
                .bind(document.version)
                .bind(&document.body)
                .execute(connection)
                .await?;
        }
        Put::Finding { id, identity, rule, time, document } => {
            sqlx::query(
                "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, rule = excluded.rule,
                 time = excluded.time, version = excluded.version, body = excluded.body",
            )
            .bind(id)
            .bind(identity)
            .bind(rule)
            .bind(time)
            .bind(document.version)
            .bind(&document.body)
            .execute(connection)
            .await?;
        }
        Put::Case { id, identity, open, updated, findings, document } => {
            sqlx::query(
                "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, open = excluded.open,
                 updated = excluded.updated, version = excluded.version, body = excluded.body",
            )
            .bind(id)
            .bind(identity)
            .bind(open)
            .bind(updated)
            .bind(document.version)
            .bind(&document.body)
            .execute(&mut *connection)
            .await?;
            sqlx::query("INSERT OR IGNORE INTO case_findings SELECT ?, value FROM json_each(?)")
                .bind(id)
                .bind(serde_json::to_string(findings).unwrap_or_default())
                .execute(connection)
                .await?;
        }
        Put::Decision { id, case, time, document } => {
            let new = sqlx::query(
                "INSERT INTO decisions VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            )
            .bind(id)
            .bind(case)
            .bind(time)
            .bind(document.version)
            .bind(&document.body)
            .execute(&mut *connection)
            .await?;
            if new.rows_affected() == 0 {
                let body: String = sqlx::query_scalar("SELECT body FROM decisions WHERE id = ?")
                    .bind(id)
                    .fetch_one(connection)
                    .await?;
                if body != document.body {
                    let what = format!("decision `{id}` fell already, and differently");
                    return Ok(Kept::Refused(what));
                }
            }
        }
        Put::Journal { containment, sequence, time, document } => {
            return journal(connection, containment, *sequence, *time, document).await;
        }
        Put::Rejected { id, document } => rejected(connection, id, document).await?,
        Put::Remembered { position, state } => {
            sqlx::query("INSERT OR REPLACE INTO remembered VALUES (1, ?, ?)")
                .bind(number(*position))
                .bind(state)
                .execute(&mut *connection)
                .await?;
            // What the state covers is not fed to it again.
            sqlx::query("UPDATE house SET consumed = max(consumed, ?)")
                .bind(number(*position))
                .execute(connection)
                .await?;
        }
        Put::Drill { connector, action, time, document } => {
            sqlx::query("INSERT OR REPLACE INTO drills VALUES (?, ?, ?, ?, ?)")
                .bind(connector)
                .bind(action)
                .bind(time)
                .bind(document.version)
                .bind(&document.body)
                .execute(connection)
                .await?;
        }
        Put::Notice { id, containment, document } => {
            sqlx::query(
                "INSERT INTO notices (id, containment, version, body) VALUES (?, ?, ?, ?)
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(id)
            .bind(containment)
            .bind(document.version)
            .bind(&document.body)
            .execute(connection)
            .await?;
        }
    }
    Ok(Kept::Yes)
}

/// Appends to a journal, at its next position only.
async fn journal(
    connection: &mut SqliteConnection,
    containment: &str,
    sequence: u32,
    time: i64,
    document: &Document,
) -> Result<Kept, sqlx::Error> {
    let next: i64 = sqlx::query_scalar(
        "SELECT coalesce(max(sequence) + 1, 0) FROM journal WHERE containment = ?",
    )
    .bind(containment)
    .fetch_one(&mut *connection)
    .await?;
    if next != i64::from(sequence) {
        return Ok(Kept::Refused(format!(
            "the journal of `{containment}` goes on at {next}, not at {sequence}"
        )));
    }
    sqlx::query("INSERT INTO journal VALUES (?, ?, ?, ?, ?)")
        .bind(containment)
        .bind(sequence)
        .bind(time)
        .bind(document.version)
        .bind(&document.body)
        .execute(connection)
        .await?;
    Ok(Kept::Yes)
}

/// Notes a refused record once, counts it, and lets the oldest go when there are too many.
async fn rejected(
    connection: &mut SqliteConnection,
    id: &str,
    document: &Document,
) -> Result<(), sqlx::Error> {
    let new = sqlx::query(
        "INSERT INTO rejected (id, version, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(document.version)
    .bind(&document.body)
    .execute(&mut *connection)
    .await?;
    if new.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("DELETE FROM rejected WHERE serial <= ?")
        .bind(new.last_insert_rowid() - REJECTED_KEPT)
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE house SET rejected = rejected + 1").execute(connection).await?;
    Ok(())
}
