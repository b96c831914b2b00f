//! Google Cloud Audit Logs: admin activity, data access, system event and policy denied entries.

mod actor;
mod issued;
mod names;
mod objects;
mod outcome;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Event, EventId, Origin, Timestamp};
use paths::{PATHS, Path};
use std::net::IpAddr;

/// The log source.
pub const SOURCE: Source = Source {
    name: "gcp_audit",
    documentation: "https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog",
    marks: "`protoPayload` with `methodName` or `authenticationInfo` (Google Cloud)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    // Other logs have a `protoPayload` too, for one the requests of App Engine; they name another type.
    let audit = core.text(Path::Type).is_none_or(|it| it.ends_with(".AuditLog"));
    let says = core.has(Path::MethodName)
        || core.has(Path::Authentication)
        || core.has(Path::Permission)
        || core.has(Path::Type);
    core.has(Path::Payload) && audit && says
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let time = time(core)?;
    // An entry without a method still names the permission that was asked for.
    let operation = core.text(Path::MethodName).or_else(|| core.text(Path::Permission));
    let operation = operation.ok_or("`protoPayload.methodName` is missing")?;
    let service = core.text(Path::ServiceName).or_else(|| core.text(Path::ServiceLabel));
    let actor = actor::read(core);
    let outcome = outcome::read(core, operation);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: service.unwrap_or("googleapis.com").into(),
        operation: operation.into(),
        objects: objects::read(core),
        issued: issued::read(core, operation, &outcome),
        outcome,
        origin: origin(core),
        read_only: read_only(core),
        account: account(core).map(Into::into),
        region: [Path::Location, Path::Region, Path::Zone]
            .into_iter()
            .find_map(|it| core.text(it))
            .map(Into::into),
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// When it happened; when it was received where the entry does not say.
fn time(core: &Core<'_>) -> Result<Timestamp, String> {
    let paths =
        [Path::Timestamp, Path::RequestTime, Path::PayloadTimestamp, Path::ReceiveTimestamp];
    let mut texts = paths.into_iter().filter_map(|it| core.text(it)).peekable();
    if texts.peek().is_none() {
        return core.received.ok_or_else(|| "`timestamp` is missing".to_owned());
    }
    texts.find_map(timestamp::read).ok_or_else(|| "`timestamp` is not a time".to_owned())
}

/// An entry is one by its log, moment and id; without an id, by its text.
fn id(core: &Core<'_>) -> EventId {
    match core.text(Path::InsertId) {
        Some(id) => EventId::derive(&[
            SOURCE.name,
            core.text(Path::LogName).unwrap_or_default(),
            core.text(Path::Timestamp).unwrap_or_default(),
            id,
        ]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// `private` and `gce-internal-ip` stand where the address is not told.
fn origin(core: &Core<'_>) -> Origin {
    let address = core.text(Path::CallerIp).or_else(|| core.text(Path::CallerIpOlder));
    Origin {
        address: address.and_then(|it| it.parse::<IpAddr>().ok()),
        service: None,
        user_agent: core.text(Path::UserAgent).map(Into::into),
    }
}

/// Only where each permission says of which type it is.
fn read_only(core: &Core<'_>) -> Option<bool> {
    let mut types = core.texts(Path::PermissionType).peekable();
    types.peek()?;
    Some(types.all(|it| it.ends_with("_READ")))
}

/// The project by its id; an organisation or folder as `organizations/123`, from the name of the log.
fn account<'a>(core: &Core<'a>) -> Option<&'a str> {
    if let Some(project) = core.text(Path::ProjectId) {
        return Some(project);
    }
    let (holder, _) = core.text(Path::LogName)?.split_once("/logs/")?;
    Some(holder.strip_prefix("projects/").unwrap_or(holder))
}

#[cfg(test)]
mod tests {
    use crate::samples::run;

    #[test]
    fn other_logs_of_google_cloud_are_left_alone() {
        for text in [
            r#"{"protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog","method":"GET"},"timestamp":"2026-03-02T09:00:00Z"}"#,
            r#"{"textPayload":"started","timestamp":"2026-03-02T09:00:00Z","logName":"projects/acme-prod/logs/syslog"}"#,
            r#"{"message":{"data":"c3RhcnRlZA==","messageId":"1"}}"#,
        ] {
            let found = run(text.as_bytes());
            assert!(found.iter().all(Result::is_err), "{text}: {found:?}");
        }
    }
}
