//! Amazon GuardDuty findings: camel case as in events, Pascal case as in the API's answers.

mod actor;
mod paths;

use crate::source::{Core, Parsed, Source, Spelled};
use crate::timestamp;
use interlock_model::{Alert, Confidence, EventId, Origin, Severity};
use paths::{PATHS, Path, spelling};
use std::net::IpAddr;

/// The log source.
pub const SOURCE: Source = Source {
    name: "aws_guardduty",
    documentation: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html",
    marks: "`schemaVersion`, `severity` and `service` of a GuardDuty finding",
    paths: PATHS,
    recognise,
    parse,
};

/// Some who pass findings on leave the resource out.
fn recognise(core: &Core<'_>) -> bool {
    let it = spelling(core);
    it.has(Path::SchemaVersion)
        && it.has(Path::Severity)
        && it.has(Path::Type)
        && (it.has(Path::ResourceType) || it.has(Path::Detector))
}

/// The alert's id, which the same finding has when another feed brings it.
///
/// GuardDuty counts repeats into the same finding; each count is news, each delivery of it is not.
pub fn alert_id(finding: &str, count: Option<f64>) -> EventId {
    EventId::derive(&[SOURCE.name, finding, &format!("{}", count.unwrap_or(1.0))])
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let it = spelling(core);
    let id = it.text(Path::Id).ok_or("`id` is missing")?;
    let kind = it.text(Path::Type).ok_or("`type` is missing")?;
    if it.flag(Path::Archived) == Some(true) {
        return Err("the finding is archived in GuardDuty".to_owned());
    }
    let severity = it.number(Path::Severity).ok_or("`severity` is not a number")?;
    let time = it
        .text(Path::LastSeen)
        .or_else(|| it.text(Path::UpdatedAt))
        .or_else(|| it.text(Path::CreatedAt));
    let time = time
        .and_then(timestamp::read)
        .or_else(|| it.number(Path::UpdatedAt).and_then(timestamp::from_number))
        .ok_or("neither `service.eventLastSeen` nor `updatedAt` is a time")?;
    let actor = actor::read(&it);
    let account = it.text(Path::AccountId).map(Into::into).or_else(|| actor.account.clone());
    Ok(Parsed::Alert(Box::new(Alert {
        id: alert_id(id, it.number(Path::Count)),
        source: SOURCE.name.into(),
        place: core.place.clone(),
        time,
        product: "Amazon GuardDuty".into(),
        kind: kind.into(),
        title: it.text(Path::Title).or_else(|| it.text(Path::Description)).unwrap_or(kind).into(),
        severity: level(severity),
        confidence: confidence(severity),
        techniques: techniques(&it),
        origin: Origin {
            address: address(&it),
            service: None,
            user_agent: it.text(Path::UserAgent).map(Into::into),
        },
        account,
        actor,
    })))
}

fn address(it: &Spelled<'_>) -> Option<IpAddr> {
    let places =
        [Path::RemoteAddress, Path::RemoteAddress6, Path::KubernetesAddress, Path::EndpointAddress];
    places.into_iter().flat_map(|place| it.texts(place)).find_map(|it| it.parse().ok())
}

/// GuardDuty's own bands: low from 1, medium from 4, high from 7, critical from 9.
fn level(severity: f64) -> Severity {
    match severity {
        it if it >= 9.0 => Severity::Critical,
        it if it >= 7.0 => Severity::High,
        it if it >= 4.0 => Severity::Medium,
        it if it >= 1.0 => Severity::Low,
        _ => Severity::Informational,
    }
}

/// GuardDuty states no confidence; its severity stands in for one.
fn confidence(severity: f64) -> Confidence {
    Confidence::new(match level(severity) {
        Severity::Critical => 0.95,
        Severity::High => 0.8,
        Severity::Medium => 0.6,
        Severity::Low => 0.4,
        Severity::Informational => 0.2,
    })
}

fn techniques(it: &Spelled<'_>) -> Vec<Box<str>> {
    let mut found: Vec<Box<str>> = Vec::new();
    for text in it.texts(Path::SequenceValues).chain(it.texts(Path::SignalValues)) {
        let number = text.strip_prefix('T').unwrap_or_default();
        let technique =
            number.len() >= 4 && number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        if technique && found.len() < 32 && !found.iter().any(|it| &**it == text) {
            found.push(text.into());
        }
    }
    found
}
