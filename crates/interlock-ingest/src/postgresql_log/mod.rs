//! PostgreSQL's jsonlog, and its csvlog after `records` made the same objects of it; with or without pgAudit.

mod actor;
mod line;
mod outcome;
mod sql;
mod time;

use crate::source::{Core, Parsed, Source, paths};
use interlock_model::{
    CredentialKind, CredentialRef, Event, EventId, Issued, Object, Origin, Outcome, Principal,
};
use line::Line;
use sql::Statement;

/// The naming authority of roles.
const POSTGRESQL: &str = "postgresql";

/// At most this many objects of one record, so that a long batch costs no memory.
const MOST: usize = 32;

paths! {
    Timestamp = "timestamp",
    User = "user",
    Database = "dbname",
    RemoteHost = "remote_host",
    SessionId = "session_id",
    LineNumber = "line_num",
    Ps = "ps",
    SessionStart = "session_start",
    Severity = "error_severity",
    StateCode = "state_code",
    Message = "message",
    Statement = "statement",
    Application = "application_name",
    Backend = "backend_type",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "postgresql_log",
    documentation: "https://www.postgresql.org/docs/current/runtime-config-logging.html",
    marks: "`error_severity`, `timestamp` and `session_id` (PostgreSQL)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    core.has(Path::Severity) && core.has(Path::Timestamp) && core.has(Path::SessionId)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let text = core.text(Path::Timestamp).ok_or("`timestamp` is empty or no text")?;
    let time = time::read(text).ok_or_else(|| {
        let shown: String =
            text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect();
        format!("`timestamp` is not a time whose zone is known: `{shown}`")
    })?;
    let line = Line::read(core);
    let statements = line.sql.map(sql::statements).unwrap_or_default();
    let outcome = outcome::read(core);
    let host = core.text(Path::RemoteHost);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: POSTGRESQL.into(),
        operation: operation(core, &line, &statements),
        objects: objects(core, &line, &statements),
        issued: issued(&statements, &outcome),
        outcome,
        origin: Origin {
            address: host.and_then(|it| it.parse().ok()),
            service: None,
            user_agent: core.text(Path::Application).map(Into::into),
        },
        read_only: line.read_only,
        account: None,
        region: None,
        actor: actor::read(core, &line).into(),
        fields: core.no_fields(),
    })))
}

/// From the session and the line's number in it; a process id may come again, a moment does not.
fn id(core: &Core<'_>) -> EventId {
    let number = core.number(Path::LineNumber).map(|it| it.to_string());
    match (core.text(Path::Timestamp), core.text(Path::SessionId), number) {
        (Some(time), Some(session), Some(number)) => {
            EventId::derive(&[SOURCE.name, time, session, &number])
        }
        _ => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// The tag of the command, as PostgreSQL itself names it; of a batch that of the first that is about roles.
fn operation(core: &Core<'_>, line: &Line<'_>, statements: &[Statement<'_>]) -> Box<str> {
    if let Some(named) = line.operation {
        return named.into();
    }
    let telling = statements.iter().find(|it| it.is_about_roles()).or(statements.first());
    if let Some(statement) = telling {
        return statement.tag.as_str().into();
    }
    let named = core.text(Path::Ps).or_else(|| core.text(Path::Backend));
    named.or_else(|| core.text(Path::Severity)).unwrap_or("log").into()
}

fn objects(core: &Core<'_>, line: &Line<'_>, statements: &[Statement<'_>]) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
        if objects.len() < MOST && !known && !name.is_empty() {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    if let Some((kind, name)) = &line.object {
        add(kind, name);
    }
    for role in statements.iter().flat_map(|it| &it.roles) {
        add("role", role);
    }
    if let Some(name) = core.text(Path::Database) {
        add("database", name);
    }
    objects
}

/// A password that a statement gave to a role.
fn issued(statements: &[Statement<'_>], outcome: &Outcome) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let given = statements.iter().filter(|it| it.password).filter_map(|it| it.roles.first());
    given
        .take(MOST)
        .map(|role| Issued {
            credential: CredentialRef::new(POSTGRESQL, CredentialKind::Password, role),
            to: Principal::new(POSTGRESQL, role),
            session: None,
            expires: None,
        })
        .collect()
}
