//! The rules that the index finds for an event, and those that hold of it when all are asked.

use super::pack::{folder, planned};
use super::sample::rule_files;
use crate::sigma::RuleSet;
use crate::sigma::matcher::View;
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{Event, Limits, Place};
use serde_json::Value;
use std::path::Path;

/// The rules that hold, with and without the index; and how many were to be evaluated.
fn holding(rules: &mut RuleSet, event: &Event) -> (Vec<usize>, Vec<usize>, usize) {
    let view = View { fields: &event.fields, slots: &rules.slots };
    let work = &mut rules.work;
    let Some(index) = rules.index.iter().find(|it| it.source == event.source) else {
        return Default::default();
    };
    let mut candidates = Vec::new();
    index.candidates(&rules.rules, view, &mut work.room, |it| candidates.push(it));
    candidates.sort_unstable();
    candidates.dedup();
    let mut of = |numbers: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
        numbers
            .filter(|it| {
                let rule = &rules.rules[*it];
                rule.sources.contains(&event.source)
                    && rule.condition.holds(&rule.searches, view, &mut work.scratch)
            })
            .collect()
    };
    let with = of(&mut candidates.iter().copied());
    let without = of(&mut (0..rules.rules.len()));
    (with, without, candidates.len())
}

/// Every text of a record, changed.
fn changed(value: &mut Value, change: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(parts) => parts.iter_mut().for_each(|it| changed(it, change)),
        Value::Object(parts) => parts.values_mut().for_each(|it| changed(it, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn the_index_finds_every_rule_that_holds() {
    let files = rule_files(&folder());
    let (mut rules, plan) = planned(&files);
    let normaliser = Normaliser::new(&plan, Limits::STANDARD);
    let forms: [&dyn Fn(&str) -> String; 6] = [
        &str::to_owned,
        &str::to_uppercase,
        &|it| it.replace(['k', 'K'], "\u{212a}"),
        &|it| it.replace(['s', 'S'], "\u{17f}"),
        &|it| it.replace(['i', 'I'], "\u{130}"),
        &|it| format!("{it} ä"),
    ];
    let (mut events, mut held) = (0, 0);
    for (file, _) in &files {
        let samples = Path::new(&**file).with_extension("events.jsonl");
        for line in std::fs::read_to_string(samples).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            // What is said in words may be written in any way; other records are known by theirs.
            let said = line["event"]["message"].is_string();
            for form in forms.iter().take(if said { forms.len() } else { 1 }) {
                let mut record = line["event"].clone();
                if let Some(message) = record.get_mut("message") {
                    changed(message, form);
                }
                let place = Place { file: "t".into(), record: events };
                let record = Record::new(place, record.to_string().into(), false);
                let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { continue };
                let (with, without, _) = holding(&mut rules, &event);
                assert_eq!(with, without, "{record:?}");
                events += 1;
                held += with.len();
            }
        }
    }
    assert!(events > 2_000 && held > 500, "{events} events, {held} rules that hold");
}

#[test]
fn ordinary_statements_are_held_against_no_rule() {
    let (mut rules, plan) = planned(&rule_files(&folder()));
    let normaliser = Normaliser::new(&plan, Limits::STANDARD);
    for (statement, most) in [
        ("SELECT id, name, price FROM products WHERE category = $1", 0),
        ("INSERT INTO audit_events (kind, created_at) VALUES ($1, now())", 0),
        ("UPDATE users SET role = $1 WHERE id = $2", 0),
        ("ALTER ROLE deploy SUPERUSER", 4),
    ] {
        let record = serde_json::json!({
            "timestamp": "2026-03-02 09:00:00.101 UTC", "user": "app", "dbname": "shop", "pid": 4242,
            "remote_host": "198.51.100.7", "session_id": "69a5500a.1092", "line_num": 29, "ps": "idle",
            "error_severity": "LOG", "message": format!("statement: {statement}"),
            "backend_type": "client backend", "query_id": 0,
        });
        let place = Place { file: "t".into(), record: 0 };
        let record = Record::new(place, record.to_string().into(), false);
        let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { panic!() };
        assert_eq!(event.source, "postgresql_log");
        let (_, _, asked) = holding(&mut rules, &event);
        assert!(asked <= most, "{statement}: {asked} rules");
    }
}
