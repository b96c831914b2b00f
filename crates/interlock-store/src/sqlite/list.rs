//! Reading: documents in order, positions, counts.

use super::{limit, number, trouble};
use crate::document::Document;
use crate::query::{CaseFilter, FindingFilter, Query};
use crate::{Counts, StoreError};
use interlock_model::{AuditEntry, Digest, IdentityId};
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

/// The documents that answer a query, in its order.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    query: &Query,
) -> Result<Vec<Document>, sqlx::Error> {
    let rows: Vec<(u32, String)> = select(query).build_query_as().fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(version, body)| Document { version, body }).collect())
}

fn select(query: &Query) -> QueryBuilder<Sqlite> {
    let sql = |text: &str| QueryBuilder::<Sqlite>::new(format!("SELECT version, body FROM {text}"));
    let with = |text: &str, value: &str| {
        let mut it = sql(text);
        it.push_bind(value.to_owned());
        it
    };
    match query {
        Query::Identities => sql("identities ORDER BY id"),
        Query::Identity(id) => with("identities WHERE id = ", id.as_str()),
        Query::Findings(filter) => findings(sql("findings WHERE true"), filter),
        Query::Finding(id) => with("findings WHERE id = ", id.as_str()),
        Query::Cases(filter) => cases(sql("cases WHERE true"), filter),
        Query::Case(id) => with("cases WHERE id = ", id.as_str()),
        Query::Decisions(case) => {
            let mut it = with("decisions WHERE case_id = ", case.as_str());
            it.push(" ORDER BY time, id");
            it
        }
        Query::Decision(id) => with("decisions WHERE id = ", id.as_str()),
        Query::Journal(containment) => {
            let mut it = with("journal WHERE containment = ", containment.as_str());
            it.push(" ORDER BY sequence");
            it
        }
        Query::Journals => sql("journal ORDER BY containment, sequence"),
        Query::Rejected(most) => {
            let mut it = sql("rejected ORDER BY serial DESC LIMIT ");
            it.push_bind(limit(*most));
            it
        }
        Query::Inventory(after, most) => {
            let mut it = sql("inventory WHERE true");
            if let Some((connector, principal)) = after {
                it.push(" AND (connector, principal) > (").push_bind(connector.clone());
                it.push(", ").push_bind(principal.clone()).push(")");
            }
            it.push(" ORDER BY connector, principal LIMIT ").push_bind(limit(*most));
            it
        }
        Query::Discoveries => sql("discoveries ORDER BY connector"),
        Query::Drills => sql("drills ORDER BY connector, action, time"),
        Query::Notices(containment, most) => {
            let mut it = sql("notices WHERE true");
            if let Some(containment) = containment {
                it.push(" AND containment = ").push_bind(containment.to_string());
            }
            it.push(" ORDER BY serial DESC LIMIT ").push_bind(limit(*most));
            it
        }
        Query::Audit(from, most) => {
            let mut it = sql("audit WHERE sequence >= ");
            it.push_bind(number(*from));
            it.push(" ORDER BY sequence LIMIT ").push_bind(limit(*most));
            it
        }
        Query::Checkpoints => sql("checkpoints ORDER BY entries"),
    }
}

fn findings(mut it: QueryBuilder<Sqlite>, filter: &FindingFilter) -> QueryBuilder<Sqlite> {
    let FindingFilter { case, identity, rule, before, limit: most } = filter;
    if let Some(case) = case {
        it.push(" AND id IN (SELECT finding FROM case_findings WHERE case_id = ")
            .push_bind(case.to_string())
            .push(")");
    }
    if let Some(identity) = identity {
        it.push(" AND identity = ").push_bind(identity.to_string());
    }
    if let Some(rule) = rule {
        it.push(" AND rule = ").push_bind(rule.clone());
    }
    if let Some(before) = before {
        it.push(" AND (time, id) < (SELECT time, id FROM findings WHERE id = ")
            .push_bind(before.to_string())
            .push(")");
    }
    it.push(" ORDER BY time DESC, id DESC LIMIT ").push_bind(limit(*most));
    it
}

fn cases(mut it: QueryBuilder<Sqlite>, filter: &CaseFilter) -> QueryBuilder<Sqlite> {
    let CaseFilter { open, identity, limit: most } = filter;
    if let Some(open) = open {
        it.push(" AND open = ").push_bind(*open);
    }
    if let Some(identity) = identity {
        it.push(" AND identity = ").push_bind(identity.to_string());
    }
    it.push(" ORDER BY updated DESC, id DESC LIMIT ").push_bind(limit(*most));
    it
}

/// The facts of an identity with the moments from which they were so, oldest first.
pub(super) async fn history(
    connection: &mut SqliteConnection,
    identity: &IdentityId,
) -> Result<Vec<(i64, Document)>, sqlx::Error> {
    let rows: Vec<(i64, u32, String)> = sqlx::query_as(
        "SELECT time, version, body FROM identity_history WHERE identity = ? ORDER BY serial",
    )
    .bind(identity.as_str())
    .fetch_all(connection)
    .await?;
    let document = |(time, version, body)| (time, Document { version, body });
    Ok(rows.into_iter().map(document).collect())
}

/// Notices with their positions, oldest first.
pub(super) async fn notices_after(
    connection: &mut SqliteConnection,
    position: u64,
    most: usize,
) -> Result<Vec<(u64, Document)>, sqlx::Error> {
    let rows: Vec<(i64, u32, String)> = sqlx::query_as(
        "SELECT serial, version, body FROM notices WHERE serial > ? ORDER BY serial LIMIT ?",
    )
    .bind(number(position))
    .bind(limit(most))
    .fetch_all(connection)
    .await?;
    let document = |(serial, version, body): (i64, u32, String)| {
        (u64::try_from(serial).unwrap_or_default(), Document { version, body })
    };
    Ok(rows.into_iter().map(document).collect())
}

/// Every containment's id, first requested first.
pub(super) async fn containments(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT containment FROM journal WHERE sequence = 0 ORDER BY time, containment",
    )
    .fetch_all(connection)
    .await
}

/// The inbox position up to which turns are done.
pub(super) async fn consumed(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let consumed: i64 =
        sqlx::query_scalar("SELECT consumed FROM house").fetch_one(connection).await?;
    Ok(consumed.unsigned_abs())
}

/// How long the chain is said to be, and its head.
pub(super) async fn head(connection: &mut SqliteConnection) -> Result<(i64, String), sqlx::Error> {
    sqlx::query_as("SELECT audit_entries, audit_head FROM house").fetch_one(connection).await
}

/// How long the chain is by its last link, and that link's digest.
pub(super) async fn last_link(
    connection: &mut SqliteConnection,
    location: &str,
) -> Result<(u64, Digest), StoreError> {
    let last: Option<(u32, String)> =
        sqlx::query_as("SELECT version, body FROM audit ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(connection)
            .await
            .map_err(|error| trouble::named(location, error))?;
    let Some((version, body)) = last else { return Ok((0, Digest::ZERO)) };
    let entry: AuditEntry = Document { version, body }.load()?;
    Ok((entry.sequence.saturating_add(1), entry.digest))
}

/// How much there is of everything, as of one moment.
pub(super) async fn counts(connection: &mut SqliteConnection) -> Result<Counts, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT 'inbox', coalesce(sum(last - first + 1), 0) FROM inbox
         UNION ALL SELECT 'identities', count(*) FROM identities
         UNION ALL SELECT 'findings', count(*) FROM findings
         UNION ALL SELECT 'cases', count(*) FROM cases
         UNION ALL SELECT 'open_cases', count(*) FROM cases WHERE open
         UNION ALL SELECT 'decisions', count(*) FROM decisions
         UNION ALL SELECT 'containments', count(*) FROM journal WHERE sequence = 0
         UNION ALL SELECT 'rejected', rejected FROM house
         UNION ALL SELECT 'drills', count(*) FROM drills
         UNION ALL SELECT 'notices', count(*) FROM notices
         UNION ALL SELECT 'audit', audit_entries FROM house",
    )
    .fetch_all(connection)
    .await?;
    let of = |name: &str| {
        rows.iter().find(|(it, _)| it == name).map_or(0, |(_, count)| count.unsigned_abs())
    };
    Ok(Counts {
        inbox: of("inbox"),
        identities: of("identities"),
        findings: of("findings"),
        cases: of("cases"),
        open_cases: of("open_cases"),
        decisions: of("decisions"),
        containments: of("containments"),
        rejected: of("rejected"),
        drills: of("drills"),
        notices: of("notices"),
        audit: of("audit"),
    })
}
