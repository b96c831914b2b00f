//! Rules, behaviours, alerts and what is missing, together.

use super::*;
use crate::behaviour::scenario::{self, Line};
use interlock_model::{EventId, Origin, Resolution};

const RULE: &str = "title: Key made\nid: 5f0bbd5c-8c3c-4c0a-9b8f-3f3c6d3f9a11\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  selection:\n    eventName: CreateAccessKey\n  condition: selection\nlevel: high\ntags: [attack.t1098.001]\n";

fn detectors() -> Detectors {
    let (rules, problems) = RuleSet::load(&[("rule.yml".into(), RULE.to_owned())]);
    assert!(problems.is_empty(), "{problems:?}");
    Detectors::new(rules, BehaviourConfig::standard(), None)
}

fn inspect(
    detectors: &mut Detectors,
    number: usize,
    resolution: Option<Resolution>,
    owned: &str,
) -> Vec<Finding> {
    let line = Line {
        second: 36_000 + number as i64,
        actor: "ci".to_owned(),
        credential: "AKIA1".to_owned(),
        address: "198.51.100.7".to_owned(),
        client: "aws-cli/2".to_owned(),
        call: "iam:CreateAccessKey".to_owned(),
        outcome: "ok".to_owned(),
        fields: vec![("eventName".to_owned(), "CreateAccessKey".to_owned())],
    };
    let (mut event, mut binding) = line.event(number, detectors.plan());
    let mut fields = interlock_model::FieldsBuilder::new("{}".into());
    let slot = detectors.plan().find("eventName").unwrap();
    fields.push(slot, interlock_model::FieldValue::Text("CreateAccessKey"));
    event.fields = fields.finish();
    let identity = scenario::identity("ci", owned);
    let known = resolution.is_none();
    if let Some(resolution) = resolution {
        binding.resolution = resolution;
    }
    let mut out = Vec::new();
    detectors.inspect(&event, &binding, known.then_some(&identity), &mut out);
    out
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|it| &*it.rule.id).collect()
}

#[test]
fn a_rule_and_a_behaviour_speak_and_the_owner_is_asked_for_once() {
    let mut detectors = detectors();
    let found = inspect(&mut detectors, 0, None, "nobody");
    assert_eq!(
        rules(&found),
        [
            "privilege_spike.new_credential",
            "5f0bbd5c-8c3c-4c0a-9b8f-3f3c6d3f9a11",
            "unowned_identity"
        ]
    );
    let sigma = &found[1];
    assert!((sigma.confidence.value() - 0.75).abs() < 1e-9);
    assert_eq!(sigma.rule.source, FindingSource::Sigma);
    assert_eq!(sigma.techniques, [Box::from("T1098.001")]);
    assert!(found[2].confidence.value() == 0.0);
    for number in 1..9 {
        assert!(inspect(&mut detectors, number, None, "nobody").is_empty());
    }
    assert_eq!(inspect(&mut detectors, 9, None, "nobody").len(), 2, "ten times as large");
}

#[test]
fn who_has_an_owner_is_not_asked_about() {
    assert_eq!(inspect(&mut detectors(), 0, None, "machine").len(), 2);
}

#[test]
fn ambiguous_and_unknown_identities_are_findings() {
    let candidates = vec!["idn_a".parse().unwrap(), "idn_b".parse().unwrap()];
    let found = inspect(&mut detectors(), 0, Some(Resolution::Ambiguous { candidates }), "");
    assert_eq!(found.last().unwrap().rule.id, "ambiguous_identity".into());
    assert_eq!(found.last().unwrap().facts[0], ("candidate".to_owned(), "idn_a".to_owned()));
    let found = inspect(&mut detectors(), 0, Some(Resolution::Unknown), "");
    assert_eq!(found.last().unwrap().rule.id, "unknown_identity".into());
}

#[test]
fn the_same_log_makes_the_same_findings() {
    let run = || {
        let mut detectors = detectors();
        let mut out: Vec<Finding> =
            (0..30).flat_map(|it| inspect(&mut detectors, it, None, "machine")).collect();
        detectors.flush(&mut out);
        out
    };
    assert_eq!(run(), run());
}

#[test]
fn an_alert_is_taken_over_and_given_again_when_it_repeats() {
    let mut detectors = detectors();
    let binding = Binding {
        resolution: Resolution::Known { identity: "idn_ci".parse().unwrap() },
        principal: None,
        credential: Some(scenario::credential("AKIA1")),
        session: None,
        chain: Vec::new(),
    };
    let mut alert = Alert {
        id: EventId::derive(&["guardduty", "1"]),
        source: "aws_guardduty".into(),
        place: Place { file: "alerts".into(), record: 0 },
        time: "2026-03-02T10:00:00Z".parse().unwrap(),
        product: "GuardDuty".into(),
        kind: "UnauthorizedAccess:IAMUser/TorIPCaller".into(),
        title: "called from a Tor exit".into(),
        severity: Severity::Medium,
        confidence: Confidence::new(0.6),
        techniques: Vec::new(),
        actor: interlock_model::Actor::default(),
        origin: Origin::default(),
        account: None,
    };
    let mut out = Vec::new();
    let identity = scenario::identity("ci", "machine");
    detectors.judge_alert(&alert, &binding, Some(&identity), &mut out);
    detectors.judge_alert(&alert, &binding, Some(&identity), &mut out);
    alert.id = EventId::derive(&["guardduty", "1", "count 2"]);
    alert.time = "2026-03-02T10:15:00Z".parse().unwrap();
    alert.place.record = 1;
    detectors.judge_alert(&alert, &binding, Some(&identity), &mut out);
    assert_eq!(out.len(), 3);
    assert!(out.iter().all(|it| it.id == out[0].id && it.rule.source == FindingSource::Alert));
    assert_eq!((out[1].evidence.len(), out[2].evidence.len()), (1, 2));
    assert_eq!(out[0].techniques, [Box::from("T1078.004")]);
    assert!(detectors.is_suspected(&binding, seconds(alert.time)));
    detectors.cleared(&"idn_ci".parse().unwrap());
    assert!(!detectors.is_suspected(&binding, seconds(alert.time)));
}

const CORRELATION: &str = "---\ntitle: Many keys made\nid: 7c1d3a52-0a2f-4a53-8a0c-1d6f4b7f2e10\ncorrelation:\n  type: event_count\n  rules: [5f0bbd5c-8c3c-4c0a-9b8f-3f3c6d3f9a11]\n  group-by: [eventName]\n  timespan: 1h\n  condition:\n    gte: 3\nlevel: critical\n";

#[test]
fn a_correlation_goes_on_after_a_restart() {
    let make = || {
        let text = format!("{RULE}{CORRELATION}");
        let (rules, problems) = RuleSet::load(&[("rules.yml".into(), text)]);
        assert!(problems.is_empty(), "{problems:?}");
        Detectors::new(rules, BehaviourConfig::standard(), None)
    };
    let mut detectors = make();
    for number in 0..2 {
        let found = inspect(&mut detectors, number, None, "machine");
        assert!(!rules(&found).contains(&"7c1d3a52-0a2f-4a53-8a0c-1d6f4b7f2e10"));
    }
    let snapshot = detectors.snapshot();
    let mut again = make();
    again.restore(&snapshot).unwrap();
    assert!(again.snapshot() == snapshot);
    let found = inspect(&mut again, 2, None, "machine");
    let correlated = found.iter().find(|it| &*it.rule.id == "7c1d3a52-0a2f-4a53-8a0c-1d6f4b7f2e10");
    let correlated = correlated.unwrap();
    assert_eq!(correlated.evidence.len(), 3);
    assert!(correlated.time < correlated.last);
}
