//! What a line's message says: a step of a connection, a statement, an entry of pgAudit.

use super::Path;
use crate::csv::Columns;
use crate::source::Core;
use std::borrow::Cow;

/// A line, taken apart.
#[derive(Debug, Default)]
pub struct Line<'a> {
    /// What happened, where the message names it.
    pub operation: Option<&'a str>,
    /// The statement, or statements, that the line is about.
    pub sql: Option<&'a str>,
    /// Who proved to be whom, and how: `connection authenticated: identity="…" method=…`.
    pub proven: Option<(Cow<'a, str>, &'a str)>,
    /// The object that pgAudit names: kind and name.
    pub object: Option<(String, Cow<'a, str>)>,
    /// Whether it only reads, where pgAudit says so.
    pub read_only: Option<bool>,
}

/// The starts of the messages that `log_connections` and `log_disconnections` write.
const STEPS: [&str; 5] = [
    "connection received",
    "connection authenticated",
    "connection authorized",
    "replication connection authorized",
    "disconnection",
];

impl<'a> Line<'a> {
    /// Reads the message, and the statement beside it.
    pub fn read(core: &Core<'a>) -> Self {
        let message = core.text(Path::Message).unwrap_or_default();
        if let Some(entry) = message.strip_prefix("AUDIT: ") {
            return Self::of_audit(entry);
        }
        let step = STEPS
            .into_iter()
            .find(|it| message.strip_prefix(it).is_some_and(|rest| rest.starts_with(':')));
        if let Some(step) = step {
            return Self { operation: Some(step), proven: proven(message), ..Self::default() };
        }
        let sql = statement(message).or_else(|| core.text(Path::Statement));
        Self { sql, ..Self::default() }
    }

    /// `SESSION,1,1,ROLE,CREATE ROLE,,,"create role a","<not logged>"`
    fn of_audit(entry: &'a str) -> Self {
        let mut columns = Columns::of(entry).skip(3);
        let mut next = || columns.next().flatten().unwrap_or_default();
        let (class, command, kind, name) = (next(), next(), next(), next());
        let command = match command {
            Cow::Borrowed(it) => Some(it).filter(|it| !it.is_empty()),
            Cow::Owned(_) => None,
        };
        let sql = match columns.next() {
            Some(Some(Cow::Borrowed(it))) => Some(it),
            // Doubled quotes: the whole message serves as well, quotes are names to it.
            Some(Some(Cow::Owned(_))) => entry.split_once(",\"").map(|(_, it)| it),
            Some(None) => Some(""),
            None => None,
        };
        Self {
            operation: command,
            sql,
            proven: None,
            object: (!name.is_empty()).then(|| (kind.to_lowercase(), name)),
            read_only: match &*class {
                "READ" => Some(true),
                "WRITE" | "ROLE" | "DDL" => Some(false),
                _ => None,
            },
        }
    }
}

/// The statement in a message of `log_statement` or `log_min_duration_statement`.
fn statement(message: &str) -> Option<&str> {
    let rest = match message.strip_prefix("duration: ") {
        Some(timed) => timed.split_once(" ms  ")?.1,
        None => message,
    };
    if let Some(sql) = rest.strip_prefix("statement: ") {
        return Some(sql);
    }
    let named = ["execute ", "parse ", "bind "].into_iter().find_map(|it| rest.strip_prefix(it))?;
    named.split_once(": ").map(|(_, sql)| sql)
}

/// `connection authenticated: identity="CN=worker" method=cert (/etc/…/pg_hba.conf:12)`
fn proven(message: &str) -> Option<(Cow<'_, str>, &str)> {
    let (_, rest) = message.split_once("identity=\"")?;
    let (identity, rest) = rest.rsplit_once("\" method=")?;
    let method = rest.split([' ', '(']).next().unwrap_or_default();
    (!identity.is_empty()).then_some((Cow::Borrowed(identity), method))
}
