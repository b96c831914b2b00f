//! Labelled cases of another project over our own pack: what is found, and what is disturbed.

use super::pack::folder;
use super::sample::{rule_files, shared};
use crate::sigma::RuleSet;
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Limits, Place, Tier};
use serde_json::Value;
use std::collections::BTreeMap;

/// How the cases of one log type came out.
#[derive(Debug, Default)]
struct Score {
    positives: usize,
    found: usize,
    negatives: usize,
    disturbed: usize,
    unread: usize,
    missed: Vec<String>,
    wrong: Vec<String>,
}

impl Score {
    fn add(&mut self, it: &Self) {
        self.positives += it.positives;
        self.found += it.found;
        self.negatives += it.negatives;
        self.disturbed += it.disturbed;
        self.unread += it.unread;
    }

    fn tell(&self, name: &str) {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        println!(
            "| {name} | {} | {} ({:.0} %) | {} | {} ({:.1} %) | {} |",
            self.positives,
            self.found,
            share(self.found, self.positives),
            self.negatives,
            self.disturbed,
            share(self.disturbed, self.negatives),
            self.unread
        );
    }
}

/// Log types whose cases are mostly cut down to what one rule reads, and where a record has its time.
const CUT_DOWN: &[(&str, &str)] = &[
    ("AWS.CloudTrail", "/eventTime"),
    ("Amazon.EKS.Audit", "/requestReceivedTimestamp"),
    ("GSuite.ActivityEvent", "/id/time"),
    ("Okta.SystemLog", "/published"),
];

/// The case's record, with a time where it has none: no log source takes a record without.
fn dated(case: &Value) -> Value {
    let mut log = case["log"].clone();
    for (_, field) in CUT_DOWN.iter().filter(|(log_type, _)| case["log_type"] == *log_type) {
        let dated = log.pointer(field).and_then(Value::as_str);
        if dated.is_some_and(|it| it.starts_with("20")) {
            continue;
        }
        let (folder, key) = field.rsplit_once('/').unwrap();
        let folder = folder.trim_start_matches('/');
        let inside = if folder.is_empty() { &mut log } else { &mut log[folder] };
        if inside.is_object() || inside.is_null() {
            inside[key] = "2026-01-05T09:00:00Z".into();
        }
    }
    log
}

#[test]
fn labelled_cases() {
    let Some(data) = shared() else { return };
    let (mut rules, problems) = RuleSet::load(&rule_files(&folder()));
    assert_eq!(problems, []);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let normaliser = Normaliser::new(&plan, Limits::STANDARD);
    let text = std::fs::read_to_string(data.join("detections/panther-tests.jsonl")).unwrap();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for (line, at) in text.lines().zip(0..) {
        let case: Value = serde_json::from_str(line).unwrap();
        if case["core"] != true || case["needs_mocks"] != false || !case["log"].is_object() {
            continue;
        }
        let score = scores.entry(case["log_type"].as_str().unwrap().to_owned()).or_default();
        let place = Place { file: "labelled".into(), record: at };
        let log = dated(&case);
        let record = Record::new(place, log.to_string().into(), false);
        let mut hits = Vec::new();
        // Many cases are cut down to what their rule looks at, without the time.
        let received = "2026-03-02T09:00:00Z".parse().ok();
        match normaliser.normalise_received(&record, received) {
            Ok(Normalised::Event(event)) => rules.clone().inspect(&event, &mut hits),
            Ok(Normalised::Alert(_)) => {}
            Err(_) => score.unread += 1,
        }
        let name = format!("#{at} {} / {}", case["rule_id"], case["test_name"]);
        if case["expected"] == true {
            score.positives += 1;
            if hits.is_empty() {
                score.missed.push(name);
            } else {
                score.found += 1;
            }
        } else {
            score.negatives += 1;
            if let Some(hit) = hits.iter().find(|it| it.rule.response >= Some(Tier::Restrict)) {
                score.disturbed += 1;
                score.wrong.push(format!("{name}: {}", hit.rule.title));
            }
        }
    }
    let mut sum = Score::default();
    println!("| Log type | Positives | Found | Negatives | At restrict or above | Not read |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut others = Score::default();
    for (log_type, it) in &scores {
        if it.unread == it.positives + it.negatives {
            println!("not read: {log_type}");
            others.add(it);
            continue;
        }
        it.tell(log_type);
        it.missed.iter().for_each(|name| println!("  missed {name}"));
        it.wrong.iter().for_each(|name| println!("  disturbed {name}"));
        sum.add(it);
    }
    sum.tell("all of these");
    // What no log source of ours reads says nothing about the rules.
    others.tell("log types that we do not read");
    assert!(sum.disturbed * 100 <= sum.negatives * 5);
}

/// Traces that come with another monitor's rules for clusters; its rules alert on much that is no attack.
#[test]
fn traces_of_another_monitor() {
    let Some(data) = shared() else { return };
    let (rules, problems) = RuleSet::load(&rule_files(&folder()));
    assert_eq!(problems, []);
    let (mut rules, mut plan) = (rules, FieldPlan::new());
    rules.plan(&mut plan).unwrap();
    let normaliser = Normaliser::new(&plan, Limits::STANDARD);
    let text = std::fs::read_to_string(data.join("detections/falco-k8s-tests.jsonl")).unwrap();
    let (mut total, mut read) = (0, 0);
    for (line, at) in text.lines().zip(0..) {
        let case: Value = serde_json::from_str(line).unwrap();
        let mut titles = Vec::new();
        for event in case["events"].as_array().into_iter().flatten() {
            total += 1;
            let place = Place { file: "trace".into(), record: at };
            let record = Record::new(place, event.to_string().into(), false);
            let mut hits = Vec::new();
            match normaliser.normalise(&record) {
                Ok(Normalised::Event(event)) => {
                    read += 1;
                    rules.clone().inspect(&event, &mut hits);
                }
                Ok(Normalised::Alert(it)) => println!("  taken for {}", it.source),
                Err(it) => println!("  {}", it.why.chars().take(80).collect::<String>()),
            }
            titles.extend(
                hits.iter().map(|it| format!("{} ({})", it.rule.title, it.rule.level.as_str())),
            );
        }
        println!("{} {}: {titles:?}", case["test"], case["level"]);
    }
    println!("{read} of {total} records of traces read");
}
