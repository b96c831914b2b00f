//! Roles as PostgreSQL describes them: what they may do, until when, who owns them.

use super::server::{PostgreSql, column};
use super::sql;
use interlock_contain::{CallError, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, PolicyGrant, PolicyPart, Principal, RiskClass, Timestamp,
};
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use std::collections::BTreeMap;

/// Roles in one page.
const PAGE: i64 = 500;
/// Most tables of one schema that are told one by one: with more, their use is not judged.
const TABLES: usize = 200;

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "roles that may sign in or once could, their attributes, memberships, rights on the tables of the connected database, whether pgAudit tells of each use of these, ends of passwords, open sessions, and `owner: …` in a role's comment",
    hides: "whether a role has a password and when it was set (superusers only), and rights in other databases of the server",
    reads: &[super::server::SELECT_PG_ROLES, super::server::PG_READ_ALL_STATS],
    source: "https://www.postgresql.org/docs/15/view-pg-roles.html; https://www.postgresql.org/docs/15/predefined-roles.html",
};

impl PostgreSql {
    pub(crate) async fn page(&self, from: Option<&str>) -> Result<DiscoveryPage, CallError> {
        let rows = self.rows(sql::LIST, from.unwrap_or_default(), PAGE).await?;
        let mut page = DiscoveryPage::default();
        for row in &rows {
            let name: String = column(row, "name")?;
            if !column::<bool>(row, "sees_sessions")? && page.gaps.is_empty() {
                page.gaps.push(DiscoveryGap {
                    what: "sessions of roles".to_owned(),
                    why: "our role is no member of pg_read_all_stats".to_owned(),
                    remedy: format!(
                        "GRANT pg_read_all_stats TO \"{}\"",
                        column::<String>(row, "acting")?
                    ),
                });
            }
            page.found.push(role(row, &name)?);
            page.next = Some(name);
        }
        if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            page.next = None;
        }
        Ok(page)
    }
}

fn role(row: &PgRow, name: &str) -> Result<Discovered, CallError> {
    let until: Option<f64> = column(row, "valid_until")?;
    let expires = until.and_then(moment);
    let used: Option<f64> = column(row, "last_used")?;
    let last_used = used.and_then(moment);
    let login: bool = column(row, "login")?;
    let over: bool = column(row, "over")?;
    let comment: Option<String> = column(row, "comment")?;
    Ok(Discovered {
        enabled: Some(login),
        last_used,
        labels: comment.as_deref().map(labels).unwrap_or_default(),
        credentials: vec![DiscoveredCredential {
            reference: CredentialRef::new("postgresql", CredentialKind::Password, name),
            enabled: Some(login && !over),
            issued: None,
            expires,
            last_used,
        }],
        entitlements: entitlements(row)?,
        policies: policies(row)?,
        ..Discovered::of(Principal::new("postgresql", name))
    })
}

fn moment(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of our time fit")]
    Timestamp::from_second(seconds as i64).ok()
}

/// `owner: payments, env=prod` in a comment, and the comment itself.
fn labels(comment: &str) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, String> = comment
        .split([',', ';', '\n'])
        .filter_map(|part| part.split_once(['=', ':']))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .filter(|(key, value)| {
            !key.is_empty() && !value.is_empty() && !key.contains(char::is_whitespace)
        })
        .take(16)
        .collect();
    labels.insert("comment".to_owned(), comment.chars().take(200).collect());
    labels
}

fn entitlements(row: &PgRow) -> Result<Vec<Entitlement>, CallError> {
    let mut all = Vec::new();
    let mut add = |grant: String, scope: String, through: &str, risk| {
        all.push(Entitlement { grant, scope, through: through.to_owned(), risk });
    };
    for (attribute, word, risk) in [
        ("super", "SUPERUSER", RiskClass::Admin),
        ("createrole", "CREATEROLE", RiskClass::Permissions),
        ("replication", "REPLICATION", RiskClass::Secrets),
        ("bypassrls", "BYPASSRLS", RiskClass::Secrets),
        ("createdb", "CREATEDB", RiskClass::Write),
    ] {
        if column(row, attribute)? {
            add(word.to_owned(), "the server".to_owned(), "attribute", risk);
        }
    }
    let unreadable = |it: serde_json::Error| CallError::Invalid { why: it.to_string() };
    let groups: Vec<(String, bool, bool)> =
        serde_json::from_str(&column::<String>(row, "member_of")?).map_err(unreadable)?;
    for (group, superuser, createrole) in groups {
        let risk = match group.as_str() {
            _ if superuser => RiskClass::Admin,
            "pg_execute_server_program" | "pg_read_server_files" | "pg_write_server_files" => {
                RiskClass::Admin
            }
            _ if createrole => RiskClass::Permissions,
            "pg_read_all_data" => RiskClass::Secrets,
            "pg_write_all_data" | "pg_signal_backend" | "pg_checkpoint" => RiskClass::Write,
            _ => RiskClass::Read,
        };
        add(format!("member of {group}"), "the server".to_owned(), "membership", risk);
    }
    let database: String = column(row, "database")?;
    let grants: Vec<(String, Vec<String>, i64)> =
        serde_json::from_str(&column::<String>(row, "grants")?).map_err(unreadable)?;
    for (schema, mut words, tables) in grants {
        words.sort();
        let only_reads = words.iter().all(|it| it == "SELECT" || it == "REFERENCES");
        let risk = if only_reads { RiskClass::Read } else { RiskClass::Write };
        let scope = format!("{tables} tables of `{schema}` in `{database}`");
        add(words.join(", "), scope, "grants", risk);
    }
    Ok(all)
}

/// What the role itself was granted on tables, by schema, with what pgAudit tells of its use.
fn policies(row: &PgRow) -> Result<Vec<PolicyGrant>, CallError> {
    let unreadable = |it: serde_json::Error| CallError::Invalid { why: it.to_string() };
    let direct: Vec<(String, String, Vec<String>, bool)> =
        serde_json::from_str(&column::<String>(row, "direct")?).map_err(unreadable)?;
    let database: String = column(row, "database")?;
    let lent: bool = column(row, "lent")?;
    let audited: Option<String> = column(row, "audited")?;
    let (reads_told, writes_told) = audited.as_deref().map_or((false, false), told);
    let mut schemas: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (schema, name, rights, plain) in direct {
        let of = schemas.entry(schema).or_default();
        of.push(json!({ "name": name, "rights": rights, "plain": plain }));
    }
    let policy = |(schema, tables): (String, Vec<Value>)| PolicyGrant {
        name: format!("grants on tables of `{schema}` in `{database}`"),
        through: "grants".to_owned(),
        document: Some(json!({
            "database": database, "reads_told": reads_told, "writes_told": writes_told,
            "lent": lent, "tables": tables,
        }))
        .filter(|_| tables.len() <= TABLES)
        .map(|it| it.to_string()),
        part: PolicyPart::Grants,
    };
    Ok(schemas.into_iter().map(policy).collect())
}

/// Whether `pgaudit.log` asks for reads and for writes; later words take back earlier ones.
///
/// Source: <https://github.com/pgaudit/pgaudit/blob/main/README.md#pgauditlog>
fn told(classes: &str) -> (bool, bool) {
    let (mut reads, mut writes) = (false, false);
    for word in classes.split(',').map(|it| it.trim().to_ascii_lowercase()) {
        let (class, asked) = word.strip_prefix('-').map_or((&*word, true), |it| (it, false));
        match class {
            "all" => (reads, writes) = (asked, asked),
            "none" => (reads, writes) = (false, false),
            "read" => reads = asked,
            "write" => writes = asked,
            _ => {}
        }
    }
    (reads, writes)
}

#[cfg(test)]
mod tests {
    use super::{labels, told};

    #[test]
    fn what_pgaudit_is_asked_for() {
        for (classes, expected) in [
            ("read, write", (true, true)),
            ("ALL, -read", (false, true)),
            ("ddl,role", (false, false)),
            ("none", (false, false)),
            ("write", (false, true)),
        ] {
            assert_eq!(told(classes), expected, "{classes}");
        }
    }

    #[test]
    fn what_a_comment_says() {
        for (comment, key, value) in [
            ("owner: payments", "owner", Some("payments")),
            ("team=shop, env=prod", "env", Some("prod")),
            ("the batch job: runs nightly", "the batch job", None),
            ("owner:", "owner", None),
            ("see https://example.com", "comment", Some("see https://example.com")),
        ] {
            let found = labels(comment);
            assert_eq!(found.get(key).map(String::as_str), value, "{comment}");
        }
    }
}
