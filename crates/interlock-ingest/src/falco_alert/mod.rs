//! Alerts of Falco: of system calls, and of its plugins for audit logs.

mod actor;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Alert, Confidence, EventId, Origin, Severity};
use paths::{PATHS, Path};
use std::net::IpAddr;

/// The log source.
pub const SOURCE: Source = Source {
    name: "falco_alert",
    documentation: "https://falco.org/docs/concepts/outputs/formatting/",
    marks: "`rule`, `priority`, `output` and `output_fields` (Falco)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    core.has(Path::Rule)
        && core.has(Path::Priority)
        && core.has(Path::OutputFields)
        && (core.has(Path::Output) || core.has(Path::Time))
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let rule = core.text(Path::Rule).ok_or("`rule` is empty or no text")?;
    let priority = core.text(Path::Priority).ok_or("`priority` is empty or no text")?;
    let severity = level(priority).ok_or("`priority` is none of Falco's")?;
    let time = core.text(Path::Time).and_then(timestamp::read);
    let time = time.ok_or("`time` is not a time")?;
    let id = match core.text(Path::Uuid) {
        Some(id) => EventId::derive(&[SOURCE.name, id]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    };
    let actor = actor::read(core);
    let account = actor.account.clone();
    Ok(Parsed::Alert(Box::new(Alert {
        id,
        source: SOURCE.name.into(),
        place: core.place.clone(),
        time,
        product: "Falco".into(),
        kind: rule.into(),
        title: title(core, rule),
        severity,
        confidence: confidence(severity),
        techniques: techniques(core),
        origin: Origin {
            address: address(core),
            service: None,
            user_agent: [Path::K8sUserAgent, Path::CloudTrailUserAgent]
                .into_iter()
                .find_map(|it| core.text(it))
                .map(Into::into),
        },
        account: core.text(Path::CloudTrailAccount).map(Into::into).or(account),
        actor,
    })))
}

/// The alert's own sentence, without the time and priority that stand before it.
fn title(core: &Core<'_>, rule: &str) -> Box<str> {
    let output = core.text(Path::Output).unwrap_or(rule);
    let priority = core.text(Path::Priority).unwrap_or_default();
    let marked = format!("{priority} ");
    let said = match output.split_once(": ") {
        Some((_, rest)) => rest.strip_prefix(marked.as_str()).unwrap_or(output),
        None => output,
    };
    said.chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .take(300)
        .collect::<String>()
        .into()
}

/// Falco's priorities are those of syslog.
fn level(priority: &str) -> Option<Severity> {
    match priority.to_ascii_lowercase().as_str() {
        "emergency" | "alert" | "critical" => Some(Severity::Critical),
        "error" => Some(Severity::High),
        "warning" => Some(Severity::Medium),
        "notice" => Some(Severity::Low),
        "informational" | "info" | "debug" => Some(Severity::Informational),
        _ => None,
    }
}

/// Falco states no confidence. Its rules are made for tuning, so that untuned ones are less sure than they are loud.
fn confidence(severity: Severity) -> Confidence {
    Confidence::new(match severity {
        Severity::Critical => 0.8,
        Severity::High => 0.65,
        Severity::Medium => 0.5,
        Severity::Low => 0.35,
        Severity::Informational => 0.2,
    })
}

/// Tags are free words; techniques among them are written as ATT&CK writes them.
fn techniques(core: &Core<'_>) -> Vec<Box<str>> {
    let mut found: Vec<Box<str>> = Vec::new();
    for tag in core.texts(Path::Tags) {
        let upper = tag.to_ascii_uppercase();
        let number = upper.strip_prefix('T').unwrap_or_default();
        let is_technique =
            number.len() >= 4 && number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        if is_technique && found.len() < 32 && !found.iter().any(|it| **it == *upper) {
            found.push(upper.into());
        }
    }
    found
}

/// Where a request to an audited API came from. A connection's own addresses say nothing about who logged in.
fn address(core: &Core<'_>) -> Option<IpAddr> {
    let places = [Path::CloudTrailAddress, Path::OktaAddress, Path::K8sAddresses];
    places.into_iter().flat_map(|it| core.texts(it)).find_map(|it| it.parse().ok())
}
