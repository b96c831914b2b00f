//! One batch, one transaction: fence, changes, audit chain, inbox position.

use super::{number, trouble};
use crate::backend::Write;
use crate::document::{Document, Put};
use crate::{Committed, StoreError};
use interlock_model::{AuditEntry, Digest, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};
use std::collections::BTreeMap;

/// How many refused records stay listed.
const REJECTED_KEPT: i64 = 100_000;

/// Most identities in one statement.
const TOGETHER: usize = 100;

/// Remembers everything; on an error the caller takes back the transaction that it began.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    location: &str,
    epoch: u64,
    write: &Write<'_>,
) -> Result<Committed, StoreError> {
    let named = |error| trouble::named(location, error);
    let (entries, head) = fence(connection, location, epoch).await?;
    for change in lots(&write.puts) {
        let kept = match change {
            [one] => put(connection, one, write.now).await,
            many => identities(connection, many, write.now).await.map(|()| Kept::Yes),
        };
        if let Kept::Refused(what) = kept.map_err(named)? {
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

/// Refuses an epoch that is not the newest one; where the chain ends, as it is stored.
pub(super) async fn fence(
    connection: &mut SqliteConnection,
    location: &str,
    epoch: u64,
) -> Result<(i64, String), StoreError> {
    let (newest, run, entries, head): (i64, String, i64, String) =
        sqlx::query_as("SELECT epoch, run, audit_entries, audit_head FROM house")
            .fetch_one(connection)
            .await
            .map_err(|error| trouble::named(location, error))?;
    if newest != number(epoch) {
        return Err(StoreError::conflict(format!(
            "store `{location}` is at epoch {newest} of run `{run}`, this is epoch {epoch}: another took over"
        )));
    }
    Ok((entries, head))
}

/// The end of the chain from its stored form.
pub(super) fn head(location: &str, entries: i64, head: &str) -> Result<Committed, StoreError> {
    let head: Digest = head.parse().map_err(|error| {
        StoreError::corrupt(format!("store `{location}` has no readable audit head")).because(error)
    })?;
    Ok(Committed { entries: entries.unsigned_abs(), head })
}

/// The changes one by one, but identities that follow each other together: a statement for each is
/// most of the time that a turn with many new ones takes.
fn lots(puts: &[Put]) -> impl Iterator<Item = &[Put]> {
    let of = |it: &Put| matches!(it, Put::Identity { .. });
    puts.chunk_by(move |one, next| of(one) && of(next)).flat_map(|it| it.chunks(TOGETHER))
}

/// Replaces records of identities; the history of each gains its facts where they changed. Of the same
/// one the last counts.
async fn identities(
    connection: &mut SqliteConnection,
    puts: &[Put],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut last = BTreeMap::new();
    for put in puts {
        if let Put::Identity { id, document, facts } = put {
            last.insert(id, (document, facts));
        }
    }
    let mut records = QueryBuilder::<Sqlite>::new("INSERT INTO identities ");
    records.push_values(&last, |mut row, (id, (document, _))| {
        row.push_bind(id).push_bind(document.version).push_bind(&document.body);
    });
    records
        .push(" ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body");
    // Only lots of the usual size are worth keeping prepared.
    let usual = last.len() == 1 || last.len() == TOGETHER;
    records.build().persistent(usual).execute(&mut *connection).await?;
    let mut history = QueryBuilder::<Sqlite>::new(
        "INSERT INTO identity_history (identity, time, version, body)
         SELECT column1, column2, column3, column4 FROM (",
    );
    history.push_values(&last, |mut row, (id, (_, facts))| {
        row.push_bind(id).push_bind(now.as_microsecond());
        row.push_bind(facts.version).push_bind(&facts.body);
    });
    history.push(
        ") AS new WHERE column4 IS NOT (SELECT body FROM identity_history
         WHERE identity = new.column1 ORDER BY serial DESC LIMIT 1)",
    );
    history.build().persistent(usual).execute(connection).await?;
    Ok(())
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
        Put::Identity { .. } => identities(connection, std::slice::from_ref(change), now).await?,
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
