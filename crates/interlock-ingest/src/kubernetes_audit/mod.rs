//! Kubernetes audit: what the API server was asked, by whom, and what it answered.

mod actor;
mod objects;
mod outcome;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{
    CredentialRef, Event, EventId, Issued, Origin, Outcome, SessionRef, Timestamp,
};
use paths::{PATHS, Path};
use std::net::IpAddr;
use std::time::Duration;

/// The log source.
pub const SOURCE: Source = Source {
    name: "kubernetes_audit",
    documentation: "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/",
    marks: "`kind`, `apiVersion` and `verb` of a Kubernetes audit event",
    paths: PATHS,
    recognise,
    parse,
};

/// The group of the audit API, before its version.
const GROUP: &str = "audit.k8s.io/";

/// The name of a token's own id in the audit log, before the id.
pub(super) const TOKEN_ID: &str = "JTI=";

fn recognise(core: &Core<'_>) -> bool {
    let version = core.text(Path::ApiVersion);
    if version.is_some_and(|it| it.starts_with(GROUP)) {
        return core.text(Path::Kind) != Some("EventList");
    }
    // Shippers trim records: the version may be gone, what was asked for may not.
    version.is_none()
        && core.text(Path::Kind).is_none_or(|it| it == "Event")
        && core.has(Path::Verb)
        && (core.has(Path::Resource) || core.has(Path::RequestUri))
        && (core.has(Path::Kind) || core.has(Path::AuditId))
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let version = core.text(Path::ApiVersion).and_then(|it| it.strip_prefix(GROUP));
    if let Some(version) = version.filter(|it| !matches!(*it, "v1" | "v1beta1")) {
        return Err(format!("audit API version `{}` is not known, only v1 is", short(version)));
    }
    let verb = core.text(Path::Verb).ok_or("`verb` is missing")?;
    let time = time(core)?;
    let actor = actor::read(core);
    let outcome = outcome::read(core);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core, verb),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: service(core).into(),
        operation: operation(core, verb).into(),
        objects: objects::read(core),
        issued: issued(core, verb, &outcome, time).into_iter().collect(),
        outcome,
        origin: Origin {
            // A client can put any address before the last one, by a header.
            address: core
                .texts(Path::SourceAddresses)
                .filter_map(|it| it.parse::<IpAddr>().ok())
                .last(),
            service: None,
            user_agent: core.text(Path::UserAgent).map(Into::into),
        },
        read_only: Some(reads(core, verb)),
        account: actor.account.clone(),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

fn time(core: &Core<'_>) -> Result<Timestamp, String> {
    let places = [Path::Received, Path::StageTime, Path::OldTime];
    let text = places.into_iter().find_map(|it| core.text(it));
    let text = text.ok_or("neither `requestReceivedTimestamp` nor `stageTimestamp` is there")?;
    timestamp::read(text).ok_or_else(|| {
        format!(
            "neither `requestReceivedTimestamp` nor `stageTimestamp` is a time: `{}`",
            short(text)
        )
    })
}

/// One id for all that is said of a request once its answer began.
///
/// A client may choose the audit id itself, so that it alone would make different requests one.
fn id(core: &Core<'_>, verb: &str) -> EventId {
    let Some(id) = core.text(Path::AuditId) else {
        return EventId::derive(&[SOURCE.name, "text", core.text]);
    };
    let answered = if outcome::is_answered(core) { "answered" } else { "received" };
    let received = core.text(Path::Received).or_else(|| core.text(Path::StageTime));
    let uri = core.text(Path::RequestUri).unwrap_or_default();
    EventId::derive(&[SOURCE.name, id, answered, received.unwrap_or_default(), verb, uri])
}

fn service<'a>(core: &Core<'a>) -> &'a str {
    match (core.text(Path::ApiGroup), core.has(Path::Resource)) {
        (Some(group), _) => group,
        (None, true) => "core",
        (None, false) => "nonresource",
    }
}

fn operation(core: &Core<'_>, verb: &str) -> String {
    match (core.text(Path::Resource), core.text(Path::Subresource)) {
        (Some(resource), Some(part)) => format!("{verb} {resource}/{part}"),
        (Some(resource), None) => format!("{verb} {resource}"),
        (None, _) => verb.to_owned(),
    }
}

/// A connection into a pod is opened by a `get` too, since it starts as a web socket.
fn reads(core: &Core<'_>, verb: &str) -> bool {
    let connects =
        matches!(core.text(Path::Subresource), Some("exec" | "attach" | "portforward" | "proxy"));
    matches!(verb, "get" | "list" | "watch" | "head") && !connects
}

/// The token that a token request brought to life; the record names it, and never shows it.
fn issued(core: &Core<'_>, verb: &str, outcome: &Outcome, time: Timestamp) -> Option<Issued> {
    let asked = (core.text(Path::Resource), core.text(Path::Subresource), verb);
    if *outcome != Outcome::Success || asked != (Some("serviceaccounts"), Some("token"), "create") {
        return None;
    }
    let id = core.text(Path::IssuedCredential)?.strip_prefix(TOKEN_ID)?;
    let account = actor::service_account(core.text(Path::Namespace)?, core.text(Path::Name)?);
    let stored = core.text(Path::StoredExpiry).and_then(timestamp::read);
    let asked = || {
        let seconds = core.number(Path::SentExpiry).filter(|it| (0.0..1e10).contains(it))?;
        time.checked_add(Duration::from_secs(seconds as u64)).ok()
    };
    Some(Issued {
        credential: token(id),
        to: account,
        session: Some(SessionRef { id: id.into(), issued: Some(time), mfa: None }),
        expires: stored.or_else(asked),
    })
}

fn token(id: &str) -> CredentialRef {
    CredentialRef::new(actor::KUBERNETES, interlock_model::CredentialKind::Token, id)
}

/// At most 40 characters, for messages.
fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect()
}
