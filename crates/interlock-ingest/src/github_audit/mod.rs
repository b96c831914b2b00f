//! The audit log of GitHub organisations and enterprises, from the interface, an export or the stream.

mod actor;
mod issued;
mod objects;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Event, EventId, FieldValue, Origin, Outcome, RefusalStage, Timestamp};
use paths::{PATHS, Path};
use std::net::IpAddr;

/// The log source.
pub const SOURCE: Source = Source {
    name: "github_audit",
    documentation: "https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization",
    marks: "`action`, `actor` and `org`, `repo` or `business` (GitHub's audit log)",
    paths: PATHS,
    recognise,
    parse,
};

/// Many products have an `action` and an `actor`; here both are text and GitHub's own words stand beside them.
fn recognise(core: &Core<'_>) -> bool {
    let plain = |path| core.text(path).is_some();
    let Some(action) = core.text(Path::Action) else { return false };
    let mut actors = core.all(Path::Actor);
    if core.has(Path::Sender) || actors.any(|it| it == FieldValue::Composite) {
        return false;
    }
    let place = plain(Path::Organisation) || plain(Path::Business) || plain(Path::Repository);
    let place = place || plain(Path::RepositoryOlder) && plain(Path::Actor);
    let words = core.has(Path::ActorLocation)
        || plain(Path::AccessType)
        || plain(Path::HashedToken)
        || plain(Path::DocumentId) && core.has(Path::ActorId);
    let stamped = core.has(Path::At) || core.has(Path::CreatedAt) || plain(Path::DocumentId);
    let dotted = action.contains('.') && plain(Path::Actor);
    let subject = core.has(Path::At) || plain(Path::User);
    (place || words) && (stamped || plain(Path::Actor)) || dotted && subject
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let action = core.text(Path::Action).ok_or("`action` is missing")?;
    let time = time(core)?;
    let actor = actor::read(core);
    let outcome = outcome(action);
    let account = core.text(Path::Organisation).or_else(|| core.text(Path::Business));
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: "github".into(),
        operation: action.into(),
        objects: objects::read(core, action),
        issued: issued::read(core, action),
        outcome,
        origin: origin(core),
        read_only: read_only(core, action),
        account: account.map(Into::into),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// Milliseconds since 1970, as the interface has them, or the text of an export.
fn time(core: &Core<'_>) -> Result<Timestamp, String> {
    let paths = [Path::At, Path::CreatedAt];
    if !paths.into_iter().any(|it| core.has(it)) {
        let missing = || "`@timestamp` and `created_at` are missing".to_owned();
        return core.received.ok_or_else(missing);
    }
    let read = |path| match core.text(path).and_then(timestamp::read) {
        Some(time) => Some(time),
        None => core.number(path).and_then(timestamp::from_number),
    };
    paths
        .into_iter()
        .find_map(read)
        .ok_or_else(|| "neither `@timestamp` nor `created_at` is a time".to_owned())
}

fn id(core: &Core<'_>) -> EventId {
    match core.text(Path::DocumentId) {
        Some(id) => EventId::derive(&[SOURCE.name, id]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// The log holds what happened; what was refused has names of its own.
fn outcome(action: &str) -> Outcome {
    let refused = |stage| Outcome::Refused { code: action.into(), stage };
    match action {
        "user.failed_login" | "user.two_factor_challenge_failure" | "org.sso_response_failure" => {
            refused(RefusalStage::Credential)
        }
        "protected_branch.rejected_ref_update" | "repository_ruleset.rejected_ref_update" => {
            refused(RefusalStage::ExplicitDeny)
        }
        _ => Outcome::Success,
    }
}

fn origin(core: &Core<'_>) -> Origin {
    Origin {
        address: core.text(Path::ActorIp).and_then(|it| it.parse::<IpAddr>().ok()),
        service: None,
        user_agent: core.text(Path::UserAgent).map(Into::into),
    }
}

fn read_only(core: &Core<'_>, action: &str) -> Option<bool> {
    match action {
        "git.clone" | "git.fetch" => return Some(true),
        "git.push" => return Some(false),
        _ => {}
    }
    match core.text(Path::OperationType)? {
        "access" => Some(true),
        "create" | "modify" | "remove" | "restore" | "transfer" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::samples::run;

    /// Records of other products that have an `action` too.
    #[test]
    fn what_only_looks_alike_is_left_alone() {
        for text in [
            r#"{"action":"user_login","actor":{"type":"user","user":{"id":"W1"}},"date_create":1772442000}"#,
            r#"{"action":"login","actor":"dana"}"#,
            r#"{"action":"update","actor_id":7,"actor_name":"dana","created_at":"2026-03-02T09:00:00Z"}"#,
            r#"{"action":"LOGIN","actor":{"loginName":"dana"},"eventTime":"2026-03-02T09:00:00Z"}"#,
            r#"{"action":"push","actor":{"display_name":"dana"},"repository":{"full_name":"acme/pay"}}"#,
        ] {
            let found = run(text.as_bytes());
            assert!(found.iter().all(Result::is_err), "{text}: {found:?}");
        }
    }
}
