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
        let record = Record::new(place, case["log"].to_string().into(), false);
        let mut hits = Vec::new();
        match normaliser.normalise(&record) {
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
    for (log_type, it) in &scores {
        println!(
            "{log_type}: {} of {} positives found, {} of {} negatives at restrict or above, {} not read",
            it.found, it.positives, it.disturbed, it.negatives, it.unread
        );
        it.missed.iter().for_each(|name| println!("  missed {name}"));
        it.wrong.iter().for_each(|name| println!("  disturbed {name}"));
        // What no log source of ours reads says nothing about the rules.
        if it.unread < it.positives + it.negatives {
            sum.positives += it.positives;
            sum.found += it.found;
            sum.negatives += it.negatives;
            sum.disturbed += it.disturbed;
        }
    }
    println!(
        "log types that we read: {} of {} positives found, {} of {} negatives at restrict or above",
        sum.found, sum.positives, sum.disturbed, sum.negatives
    );
    assert!(sum.disturbed * 100 <= sum.negatives * 5);
}
