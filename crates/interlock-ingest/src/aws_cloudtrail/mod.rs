//! AWS CloudTrail: management, data, insight, service and sign-in events.

mod actor;
mod issued;
mod objects;
mod outcome;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Actor, Event, EventId, Origin};
pub use outcome::refusal;
use paths::{PATHS, Path};
use std::net::IpAddr;
use std::sync::Arc;

/// The log source.
pub const SOURCE: Source = Source {
    name: "aws_cloudtrail",
    documentation: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html",
    marks: "`eventSource`, `eventName` and `eventTime` (CloudTrail)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    // Shippers trim records: the version may be gone, what happened and where may not.
    let called = core.has(Path::EventSource) && core.has(Path::EventName);
    let stamped = core.has(Path::EventTime) || core.has(Path::EventVersion);
    stamped
        && (called
            || core.has(Path::InsightSource)
            || core.has(Path::EventVersion) && core.has(Path::EventSource))
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let version = core.text(Path::EventVersion).unwrap_or("1");
    if version != "1" && !version.starts_with("1.") {
        return Err(format!(
            "CloudTrail event version `{}` is not known, only 1.x is",
            short(version)
        ));
    }
    let time = core.text(Path::EventTime).unwrap_or_default();
    let time = timestamp::read(time)
        .ok_or_else(|| format!("`eventTime` is not a time: `{}`", short(time)))?;
    let insight = core.text(Path::InsightType);
    let service = core.text(Path::EventSource).or_else(|| core.text(Path::InsightSource));
    let service = service.ok_or("`eventSource` is missing")?;
    let operation = core.text(Path::EventName).or(insight).ok_or("`eventName` is missing")?;
    let outcome = outcome::read(core);
    let actor = caller(core);
    let account =
        core.text(Path::RecipientAccountId).map(Into::into).or_else(|| actor.account.clone());
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: service.into(),
        operation: operation.into(),
        objects: objects::read(core),
        issued: issued::read(core, &actor, &outcome),
        outcome,
        origin: origin(core),
        read_only: core.flag(Path::ReadOnly),
        account,
        region: core.text(Path::AwsRegion).map(Into::into),
        actor,
        fields: core.no_fields(),
    })))
}

/// The actor. For most events `userIdentity` alone says who it is.
fn caller(core: &Core<'_>) -> Arc<Actor> {
    match core.text(Path::IdentityType) {
        Some("AssumedRole" | "IAMUser") if !core.has(Path::MfaUsed) => {
            core.caller("userIdentity", || actor::read(core))
        }
        _ => Arc::new(actor::read(core)),
    }
}

/// From the provider's event id; from the whole text when there is none.
fn id(core: &Core<'_>) -> EventId {
    match core.text(Path::EventId) {
        Some(id) => EventId::derive(&[SOURCE.name, id]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

fn origin(core: &Core<'_>) -> Origin {
    let source = core.text(Path::SourceIpAddress);
    let address = source.and_then(|it| it.parse::<IpAddr>().ok());
    let named = source.filter(|_| address.is_none());
    Origin {
        address,
        service: core.text(Path::InvokedBy).or(named).map(Into::into),
        user_agent: core.text(Path::UserAgent).map(Into::into),
    }
}

/// At most 40 characters, for messages.
fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect()
}
