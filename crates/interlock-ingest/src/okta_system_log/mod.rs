//! Okta System Log: every event type of the organisation's own log.

mod actor;
mod columns;
mod outcome;
mod targets;

use crate::source::{Core, Parsed, Source, paths};
use crate::timestamp;
use interlock_model::{Event, EventId, Object, Origin};
use std::net::IpAddr;

paths! {
    Uuid = "uuid",
    Published = "published",
    EventType = "eventType",
    ActorId = "actor.id",
    ActorType = "actor.type",
    ActorAlternate = "actor.alternateId",
    ActorName = "actor.displayName",
    ClientId = "client.id",
    ClientAddress = "client.ipAddress",
    UserAgent = "client.userAgent.rawUserAgent",
    Session = "authenticationContext.externalSessionId",
    Result = "outcome.result",
    Reason = "outcome.reason",
    Factor = "debugContext.debugData.factor",
    ApiToken = "transaction.detail.requestApiTokenId",
    ChainAddress = "request.ipChain.ip",

    // As the columns of a table are named, in lower case.
    ColumnEventType = "eventtype",

    HookEvents = "data.events",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "okta_system_log",
    documentation: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/",
    marks: "`eventType` with dots, `published`, `actor` and `outcome` (Okta)",
    paths: PATHS,
    recognise,
    parse,
};

/// What Okta writes for an address, an id or a name that it does not know.
const UNKNOWN: &str = "unknown";

/// The event type of a delivery by an event hook, whose inside is a list of events.
const HOOK: &str = "com.okta.event_hook";

fn recognise(core: &Core<'_>) -> bool {
    let Some(kind) = core.text(Path::EventType).or_else(|| core.text(Path::ColumnEventType)) else {
        return false;
    };
    if kind == HOOK {
        return core.has(Path::HookEvents);
    }
    // Shippers trim records: of what else marks one of Okta's, half is enough.
    let marks = [
        core.has(Path::Uuid),
        core.has(Path::Published),
        core.has(Path::ActorId) && (core.has(Path::ActorAlternate) || core.has(Path::ActorType)),
        core.has(Path::ActorAlternate),
        core.has(Path::Result),
        core.has(Path::ClientAddress),
    ];
    kind.contains('.') && marks.into_iter().filter(|it| *it).count() >= 2
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let kind = match core.text(Path::EventType) {
        Some(HOOK) => return columns::only_event_of_hook(core.whole()).map(Parsed::Rewritten),
        Some(kind) => kind,
        None => return Ok(Parsed::Rewritten(columns::rename(core.whole()))),
    };
    let time = core.text(Path::Published).unwrap_or_default();
    let time = timestamp::read(time)
        .ok_or_else(|| format!("`published` is not a time: `{}`", short(time)))?;
    let targets = targets::read(core.whole());
    let outcome = outcome::read(core, kind);
    let actor = actor::read(core, kind, &targets, &outcome);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: "okta".into(),
        operation: kind.into(),
        objects: objects(core, kind, &targets),
        issued: targets::issued(kind, &targets, &actor, &outcome),
        outcome,
        origin: origin(core),
        read_only: None,
        account: None,
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// The targets; and the factor that came to life, which Okta names among the details only.
fn objects(core: &Core<'_>, kind: &str, targets: &[targets::Target]) -> Vec<Object> {
    let mut objects: Vec<Object> = targets.iter().filter_map(targets::Target::object).collect();
    let named = objects.iter().any(|it| &*it.kind == "mfa_device");
    if kind == "user.mfa.factor.activate" && !named {
        let whose = targets.iter().find_map(targets::Target::user).map(|it| it.0);
        let whose = whose.or_else(|| core.text(Path::ActorId));
        if let (Some(whose), Some(factor)) = (whose, known(core.text(Path::Factor))) {
            objects.push(Object {
                kind: "mfa_device".into(),
                name: format!("{whose}/{factor}").into(),
            });
        }
    }
    objects
}

/// Whether it is Okta's own judgement of a user, and nothing that the user did.
fn is_judgement(core: &Core<'_>, kind: &str) -> bool {
    let kinds = ["security.breached_credential.detected", "user.risk.change", "user.risk.detect"];
    kinds.contains(&kind) && core.text(Path::ActorType) != Some("User")
}

/// From the provider's event id; from the whole text when there is none.
fn id(core: &Core<'_>) -> EventId {
    match core.text(Path::Uuid) {
        Some(id) => EventId::derive(&[SOURCE.name, id]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

fn origin(core: &Core<'_>) -> Origin {
    let mut addresses = core.texts(Path::ClientAddress).chain(core.texts(Path::ChainAddress));
    Origin {
        address: addresses.find_map(|it| it.parse::<IpAddr>().ok()),
        service: None,
        user_agent: core.text(Path::UserAgent).map(Into::into),
    }
}

/// A text that says something.
fn known(text: Option<&str>) -> Option<&str> {
    text.filter(|it| !it.eq_ignore_ascii_case(UNKNOWN))
}

/// At most 40 characters, for messages.
fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect()
}
