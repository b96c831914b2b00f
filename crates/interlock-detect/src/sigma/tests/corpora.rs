//! Published rules over published logs: every expected match and none besides.

use super::sample::{cloudtrail, event, rule_files, shared};
use crate::sigma::logsource::Row;
use crate::sigma::{Placeholders, RuleSet};
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Gravity, Limits, Place};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;
use std::path::Path;

/// What the expectation file means by a product, beyond the log sources that we have.
const PRODUCTS: [Row; 12] = [
    Row { product: "aws", service: "cloudtrail", source: "aws_cloudtrail" },
    Row { product: "azure", service: "activitylogs", source: "azure" },
    Row { product: "azure", service: "auditlogs", source: "azure" },
    Row { product: "azure", service: "pim", source: "azure" },
    Row { product: "azure", service: "riskdetection", source: "azure" },
    Row { product: "azure", service: "signinlogs", source: "azure" },
    Row { product: "gcp", service: "gcp.audit", source: "gcp" },
    Row { product: "github", service: "audit", source: "github" },
    Row { product: "kubernetes", service: "audit", source: "kubernetes" },
    Row { product: "m365", service: "audit", source: "m365" },
    Row { product: "okta", service: "okta", source: "okta" },
    Row { product: "onelogin", service: "onelogin.events", source: "onelogin" },
];

fn lines(path: &Path) -> Vec<Value> {
    let text = read_to_string(path).unwrap();
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// The numbered records of a corpus, as the expectation file numbers them.
fn corpus(folder: &Path, name: &str) -> Vec<Value> {
    let Some((file, part)) = name.split_once('#') else { return lines(&folder.join(name)) };
    let rows = lines(&folder.join(file));
    if part == "events" {
        return rows
            .into_iter()
            .filter_map(|it| it["events"].as_array().cloned())
            .flatten()
            .collect();
    }
    rows.into_iter()
        .filter(|it| {
            let kind = it["log_type"].as_str().unwrap_or_default();
            let kinds = if part == "Azure" { kind.starts_with("Azure.") } else { kind == part };
            kinds && it["log"].is_object()
        })
        .map(|mut it| it["log"].take())
        .collect()
}

type Matches = BTreeSet<(String, usize, String)>;

#[test]
fn published_rules_match_what_they_should() {
    let Some(folder) = shared() else { return };
    let files = rule_files(&folder.join("sigma/sigmahq"));
    let (mut rules, _) = RuleSet::load_for(&files, &Placeholders::new(), &PRODUCTS);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let mut expected: BTreeMap<String, Matches> = BTreeMap::new();
    for line in lines(&folder.join("sigma-expected-hits.jsonl")) {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        let at = usize::try_from(line["line"].as_u64().unwrap()).unwrap();
        expected.entry(text("product")).or_default().insert((text("corpus"), at, text("rule_id")));
    }
    for (product, wanted) in &expected {
        let source = PRODUCTS.iter().find(|it| it.product == product).unwrap().source;
        let corpora: BTreeSet<&str> = wanted.iter().map(|it| it.0.as_str()).collect();
        let mut found = Matches::new();
        let mut hits = Vec::new();
        let mut events = 0;
        for corpus_name in corpora {
            for (at, record) in corpus(&folder, corpus_name).iter().enumerate() {
                let event = event(source, record, at as u64, &plan);
                rules.inspect(&event, &mut hits);
                events += 1;
                for hit in hits.drain(..) {
                    found.insert((corpus_name.to_owned(), at, hit.rule.rule.id.to_string()));
                }
            }
        }
        let missed: Vec<_> = wanted.difference(&found).collect();
        let extra: Vec<_> = found.difference(wanted).collect();
        println!(
            "{product}: {} of {} expected matches over {events} events, {} extra",
            wanted.len() - missed.len(),
            wanted.len(),
            extra.len()
        );
        if product == "aws" {
            assert!(missed.is_empty() && extra.is_empty(), "missed {missed:#?}\nextra {extra:#?}");
        } else if !missed.is_empty() || !extra.is_empty() {
            println!("missed {missed:#?}\nextra {extra:#?}");
        }
    }
}

#[test]
fn the_same_matches_come_through_ingest() {
    let Some(folder) = shared() else { return };
    let files = rule_files(&folder.join("sigma/sigmahq"));
    let (mut rules, _) = RuleSet::load(&files);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let normaliser = Normaliser::new(&plan, Limits::STANDARD);
    let mut wanted = Matches::new();
    for line in lines(&folder.join("sigma-expected-hits.jsonl")) {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        if line["product"] == "aws" {
            let at = usize::try_from(line["line"].as_u64().unwrap()).unwrap();
            wanted.insert((text("corpus"), at, text("rule_id")));
        }
    }
    let corpora: BTreeSet<&str> = wanted.iter().map(|it| it.0.as_str()).collect();
    let (mut found, mut refused, mut hits) = (Matches::new(), Vec::new(), Vec::new());
    for name in corpora {
        for (at, record) in corpus(&folder, name).iter().enumerate() {
            let place = Place { file: name.into(), record: at as u64 };
            let record = Record { place, text: record.to_string().into(), alert_hint: false };
            match normaliser.normalise(&record) {
                Ok(Normalised::Event(event)) => rules.inspect(&event, &mut hits),
                Ok(Normalised::Alert(_)) => {}
                Err(rejected) => refused.push(rejected),
            }
            for hit in hits.drain(..) {
                found.insert((name.to_owned(), at, hit.rule.rule.id.to_string()));
            }
        }
    }
    let was_refused = |it: &(String, usize, String)| {
        refused.iter().any(|no| *no.place.file == *it.0 && no.place.record == it.1 as u64)
    };
    let missed: Vec<_> = wanted.difference(&found).filter(|it| !was_refused(it)).collect();
    let extra: Vec<_> = found.difference(&wanted).collect();
    println!(
        "through ingest: {} of {}, {} records refused",
        found.len(),
        wanted.len(),
        refused.len()
    );
    for no in refused.iter().take(5) {
        println!("  {}: {}", no.place, no.why);
    }
    assert!(missed.is_empty() && extra.is_empty(), "missed {missed:#?}\nextra {extra:#?}");
}

#[test]
fn every_published_rule_loads_or_is_listed() {
    let Some(folder) = shared() else { return };
    for (name, wanted) in [("sigmahq", 306), ("suzaku", 818)] {
        let files = rule_files(&folder.join("sigma").join(name));
        assert_eq!(files.len(), wanted, "{name}");
        let (rules, problems) = RuleSet::load_for(&files, &Placeholders::new(), &PRODUCTS);
        let loaded: BTreeSet<&str> = rules.rules().map(|it| &*it.file).collect();
        let listed: BTreeSet<&str> = problems.iter().map(|it| &*it.file).collect();
        let mut reasons: BTreeMap<(Gravity, String), usize> = BTreeMap::new();
        for problem in &problems {
            let reason = problem.what.rsplit("`: ").next().unwrap_or_default();
            *reasons.entry((problem.gravity, reason.to_owned())).or_default() += 1;
            assert!(problem.span.is_some(), "{problem:?} says no place");
        }
        println!("{name}: {} files, {} loaded, {} listed", files.len(), loaded.len(), listed.len());
        for ((gravity, reason), count) in reasons {
            println!("  {count} × {gravity:?}: {reason}");
        }
        for (file, _) in &files {
            assert!(loaded.contains(&**file) || listed.contains(&**file), "{file} vanished");
        }
    }
}

#[test]
fn rules_of_other_sources_stay_silent() {
    let (mut rules, problems) = RuleSet::load(&[(
        "w.yml".into(),
        "title: w\nlogsource: {product: macos}\ndetection: {a: {x: 1}, condition: a}\n"
            .to_owned(),
    )]);
    assert_eq!((problems, rules.rules().count(), rules.active()), (Vec::new(), 1, 0));
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    assert_eq!(plan.paths().len(), 0, "what is silent asks for nothing");
    let mut hits = Vec::new();
    rules.inspect(&event(cloudtrail(), &serde_json::json!({"x": 1}), 0, &plan), &mut hits);
    assert_eq!(hits, []);
}
