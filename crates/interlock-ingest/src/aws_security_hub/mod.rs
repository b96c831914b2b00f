//! Findings of AWS Security Hub in its own format (ASFF), whichever product made them.

mod actor;
mod paths;

use crate::aws_guardduty;
use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Alert, Confidence, EventId, Origin, Severity};
use paths::{PATHS, Path};

/// The log source.
pub const SOURCE: Source = Source {
    name: "aws_security_hub",
    documentation: "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html",
    marks: "`SchemaVersion`, `ProductArn` and `GeneratorId` (Security Hub)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    let product = core.text(Path::ProductArn).is_some_and(|it| it.contains(":securityhub:"));
    product && core.has(Path::SchemaVersion) && core.has(Path::Id)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let id = core.text(Path::Id).ok_or("`Id` is missing")?;
    if let Some(why) = settled(core) {
        return Err(why.to_owned());
    }
    let times = [Path::LastObservedAt, Path::UpdatedAt, Path::CreatedAt];
    let time = times.into_iter().find_map(|it| core.text(it).and_then(timestamp::read));
    let time = time.ok_or("neither `LastObservedAt` nor `UpdatedAt` is a time")?;
    let severity = severity(core);
    let kind = core.text(Path::Types).or_else(|| core.text(Path::GeneratorId));
    let title = core.text(Path::Title).or_else(|| core.text(Path::Description)).or(kind);
    let actor = actor::read(core);
    let account = core.text(Path::AwsAccountId).map(Into::into).or_else(|| actor.account.clone());
    Ok(Parsed::Alert(Box::new(Alert {
        id: alert_id(core, id),
        source: SOURCE.name.into(),
        place: core.place.clone(),
        time,
        product: product(core).into(),
        kind: kind.unwrap_or("finding").into(),
        title: title.unwrap_or("finding").into(),
        severity,
        confidence: confidence(core, severity),
        techniques: techniques(core),
        origin: origin(core),
        account,
        actor,
    })))
}

/// Why nobody need look at it any more; `None` when somebody must.
fn settled(core: &Core<'_>) -> Option<&'static str> {
    let says = |path, word: &str| core.text(path).is_some_and(|it| it.eq_ignore_ascii_case(word));
    let archived =
        says(Path::RecordState, "ARCHIVED") || core.flag(Path::GuardDutyArchived) == Some(true);
    let closed = says(Path::WorkflowStatus, "SUPPRESSED") || says(Path::WorkflowStatus, "RESOLVED");
    let benign = says(Path::VerificationState, "FALSE_POSITIVE")
        || says(Path::VerificationState, "BENIGN_POSITIVE");
    let passed = says(Path::Compliance, "PASSED") || says(Path::Compliance, "NOT_AVAILABLE");
    match (archived, closed, benign, passed) {
        (true, ..) => Some("the finding is archived in Security Hub"),
        (_, true, ..) => Some("the finding is suppressed or resolved in Security Hub"),
        (_, _, true, _) => Some("the finding was judged to be no threat in Security Hub"),
        (.., true) => Some("a check that found nothing"),
        (false, false, false, false) => None,
    }
}

/// A finding of GuardDuty has the id that its own feed gives it, so that it counts once.
fn alert_id(core: &Core<'_>, id: &str) -> EventId {
    if core.text(Path::ProductArn).is_some_and(|it| it.ends_with("product/aws/guardduty"))
        && let Some((_, finding)) = id.rsplit_once("/finding/")
    {
        let count = core.number(Path::GuardDutyCount).or_else(|| core.number(Path::OlderCount));
        return aws_guardduty::alert_id(finding, count);
    }
    // A product updates a finding under one id; each new version of it is news.
    EventId::derive(&[SOURCE.name, id, core.text(Path::UpdatedAt).unwrap_or_default()])
}

fn product<'a>(core: &Core<'a>) -> &'a str {
    let named = core.text(Path::ProductName).or_else(|| core.text(Path::HubProductName));
    let arn = core.text(Path::ProductArn).and_then(|it| it.rsplit('/').next());
    named.filter(|it| *it != "Default").or(arn).unwrap_or("Security Hub")
}

fn severity(core: &Core<'_>) -> Severity {
    let labels = [Path::SeverityLabel, Path::ProviderLabel, Path::HubLabel];
    if let Some(label) = labels.into_iter().find_map(|it| core.text(it)) {
        match label.to_ascii_uppercase().as_str() {
            "CRITICAL" => return Severity::Critical,
            "HIGH" => return Severity::High,
            "MEDIUM" => return Severity::Medium,
            "LOW" => return Severity::Low,
            "INFORMATIONAL" => return Severity::Informational,
            _ => {}
        }
    }
    // Security Hub's own bands of the normalised number.
    match core.number(Path::SeverityNormalized) {
        Some(it) if it >= 90.0 => Severity::Critical,
        Some(it) if it >= 70.0 => Severity::High,
        Some(it) if it < 1.0 => Severity::Informational,
        Some(it) if it < 40.0 => Severity::Low,
        // Neither to be overlooked nor to wake anyone.
        Some(_) | None => Severity::Medium,
    }
}

/// From 0 to 100 where the product says it, else by severity.
fn confidence(core: &Core<'_>, severity: Severity) -> Confidence {
    let said = core.number(Path::Confidence).or_else(|| core.number(Path::ProviderConfidence));
    Confidence::new(said.map_or(
        match severity {
            Severity::Critical => 0.95,
            Severity::High => 0.8,
            Severity::Medium => 0.6,
            Severity::Low => 0.4,
            Severity::Informational => 0.2,
        },
        |it| it / 100.0,
    ))
}

/// Ids of ATT&CK techniques among the words of the finding's types and of its product's fields.
fn techniques(core: &Core<'_>) -> Vec<Box<str>> {
    let mut found: Vec<Box<str>> = Vec::new();
    let texts = core.texts(Path::Types).chain(core.texts(Path::ProviderTypes));
    for text in texts.chain(core.texts(Path::Techniques)) {
        for word in text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '.')) {
            let number = word.strip_prefix('T').unwrap_or_default();
            let digits = number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
            let technique = digits && (number.len() == 4 || number.len() == 8);
            if technique && found.len() < 32 && !found.iter().any(|it| **it == *word) {
                found.push(word.into());
            }
        }
    }
    found
}

fn origin(core: &Core<'_>) -> Origin {
    let addresses =
        [Path::RemoteAddress, Path::GuardDutyAddress, Path::OlderAddress, Path::NetworkAddress];
    let agents = [Path::GuardDutyAgent, Path::OlderAgent];
    Origin {
        address: addresses.into_iter().flat_map(|it| core.texts(it)).find_map(|it| it.parse().ok()),
        service: None,
        user_agent: agents.into_iter().find_map(|it| core.text(it)).map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Normalised, samples};

    #[test]
    fn a_finding_of_guardduty_has_the_same_id_from_both_feeds() {
        let ids = [
            &include_bytes!("corpus/guardduty.json")[..],
            &include_bytes!("../aws_guardduty/corpus/user.json")[..],
        ]
        .map(|bytes| match samples::run(bytes).remove(0) {
            Ok(Normalised::Alert(it)) => it.id,
            other => panic!("{other:?}"),
        });
        assert_eq!(ids[0], ids[1]);
    }
}
