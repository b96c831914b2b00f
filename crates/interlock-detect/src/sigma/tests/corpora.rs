//! Published rules over published logs: every expected match and none besides.

use super::sample::{cloudtrail, event, rule_files, shared};
use crate::sigma::logsource::Row;
use crate::sigma::{Placeholders, RuleSet};
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Gravity, Limits, Place};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;
use std::path::Path;
use std::sync::Arc;

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
    println!("| Product | Events | Expected matches | Made | Missed | Besides |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut all = 0;
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
            "| {product} | {events} | {} | {} | {} | {} |",
            wanted.len(),
            wanted.len() - missed.len(),
            missed.len(),
            extra.len()
        );
        assert!(missed.is_empty() && extra.is_empty(), "missed {missed:#?}\nextra {extra:#?}");
        all += wanted.len();
    }
    println!("| all | | {all} | {all} | 0 | 0 |");
}

/// A record of a corpus, by the corpus's name and its number there.
type At = (String, usize);

/// Where the records of some corpora lead when the house reads them.
#[derive(Default)]
struct Through {
    found: Matches,
    /// Refused as they are published, with the reason.
    refused: BTreeMap<At, String>,
    /// Those of them that are read once what was cut off for publication is put back.
    completed: BTreeSet<At>,
    /// Read in another form than they came in.
    rewritten: BTreeSet<At>,
    alerts: usize,
    records: usize,
}

impl Through {
    fn run(files: &[(Arc<str>, String)], folder: &Path, corpora: &BTreeSet<&str>) -> Self {
        let (mut rules, _) = RuleSet::load(files);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        let normaliser = Normaliser::new(&plan, Limits::STANDARD);
        let mut it = Self::default();
        let mut hits = Vec::new();
        for name in corpora {
            for (number, record) in corpus(folder, name).iter().enumerate() {
                it.records += 1;
                let at = ((*name).to_owned(), number);
                let place = Place { file: (*name).into(), record: number as u64 };
                let read = |record: &Value| {
                    let text: Arc<str> = record.to_string().into();
                    let place = place.clone();
                    normaliser.normalise(&Record::new(place, text, false))
                };
                let mut result = read(record);
                if let Err(no) = &result {
                    let why = no.why.split(';').next().unwrap_or_default().to_owned();
                    it.refused.insert(at.clone(), why);
                    result = read(&completed(record));
                    if result.is_ok() {
                        it.completed.insert(at.clone());
                    }
                }
                match result {
                    Ok(Normalised::Event(event)) => {
                        if **event.fields.record() != *record.to_string() {
                            it.rewritten.insert(at.clone());
                        }
                        rules.inspect(&event, &mut hits);
                    }
                    Ok(Normalised::Alert(_)) => it.alerts += 1,
                    Err(_) => {}
                }
                for hit in hits.drain(..) {
                    it.found.insert((at.0.clone(), at.1, hit.rule.rule.id.to_string()));
                }
            }
        }
        it
    }
}

/// With a time and what else marks a record of its source, where its publisher cut these off. No rule
/// looks at them.
fn completed(record: &Value) -> Value {
    let mut it = record.clone();
    let marks: &[(&str, Value)] = if record["verb"].is_string() {
        &[
            ("kind", json!("Event")),
            ("apiVersion", json!("audit.k8s.io/v1")),
            ("requestReceivedTimestamp", json!("2024-05-06T00:00:00Z")),
        ]
    } else if record["eventSource"].is_string() {
        &[("eventTime", json!("2024-05-06T00:00:00Z"))]
    } else if record["action"].is_string() {
        &[("created_at", json!(1_714_953_600_000_u64)), ("org", json!("acme"))]
    } else if record["operationName"].is_string() {
        &[("time", json!("2024-05-06T00:00:00Z"))]
    } else {
        &[]
    };
    for (key, value) in marks {
        if it[key].is_null() {
            it[key] = value.clone();
        }
    }
    it
}

/// Whether the rule of this id names a field that its log sources know by another name.
fn widened(files: &[(Arc<str>, String)], id: &str) -> bool {
    files.iter().filter(|(_, text)| text.contains(id)).any(|file| {
        let (rules, _) = RuleSet::load(std::slice::from_ref(file));
        rules.paths.iter().any(|it| it.len() > 1)
    })
}

#[test]
fn the_same_matches_come_through_ingest() {
    let Some(folder) = shared() else { return };
    let files = rule_files(&folder.join("sigma/sigmahq"));
    let mut expected: BTreeMap<String, Matches> = BTreeMap::new();
    for line in lines(&folder.join("sigma-expected-hits.jsonl")) {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        let at = usize::try_from(line["line"].as_u64().unwrap()).unwrap();
        expected.entry(text("product")).or_default().insert((text("corpus"), at, text("rule_id")));
    }
    let (mut all, mut published, mut reached) = (0, 0, 0);
    for (product, wanted) in &expected {
        let corpora: BTreeSet<&str> = wanted.iter().map(|it| it.0.as_str()).collect();
        let through = Through::run(&files, &folder, &corpora);
        let at = |it: &(String, usize, String)| (it.0.clone(), it.1);
        let missed: Vec<_> = wanted.difference(&through.found).collect();
        let lost: Vec<_> =
            missed.iter().filter(|it| !through.refused.contains_key(&at(it))).collect();
        assert!(lost.is_empty(), "{product}: lost {lost:#?}");
        let as_published = wanted.intersection(&through.found);
        let as_published = as_published.filter(|it| !through.refused.contains_key(&at(it))).count();
        println!(
            "{product}: {as_published} of {} through ingest as published, {} with what was cut off; \
             of {} records {} are refused, {} of these read when completed; {} are alerts",
            wanted.len(),
            wanted.len() - missed.len(),
            through.records,
            through.refused.len(),
            through.completed.len(),
            through.alerts
        );
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for why in through.refused.values() {
            *reasons.entry(why).or_default() += 1;
        }
        for (why, count) in reasons {
            println!("  {count} × refused: {why}");
        }
        for (name, number, id) in &missed {
            println!("  not reached: {name}#{number} {id}");
        }
        let mut more: BTreeMap<&str, usize> = BTreeMap::new();
        for extra in through.found.difference(wanted) {
            *more.entry(&extra.2).or_default() += 1;
            let reread = through.rewritten.contains(&at(extra));
            assert!(reread || widened(&files, &extra.2), "{product}: {extra:?} has no other names");
        }
        for (id, count) in more {
            println!("  {count} × more by other names: {id}");
        }
        assert!(product != "aws" || through.found.is_subset(wanted), "more matches on CloudTrail");
        all += wanted.len();
        published += as_published;
        reached += wanted.len() - missed.len();
    }
    println!("{published} of {all} as published, {reached} with what was cut off");
    assert!(published >= 295 && reached >= 325, "{published} {reached}");
}

#[test]
fn public_rules_meet_native_records() {
    let Some(folder) = shared() else { return };
    let files = rule_files(&folder.join("sigma/sigmahq"));
    let (rules, _) = RuleSet::load(&files);
    let titles: BTreeMap<&str, &str> = rules.rules().map(|it| (&*it.rule.id, &*it.title)).collect();
    let mut least: BTreeMap<&str, usize> = BTreeMap::new();
    for (product, corpora) in [
        (
            "azure",
            &[
                "detections/panther-tests.jsonl#Azure",
                "logs/azure-activity/splunk-security-content.jsonl",
            ][..],
        ),
        (
            "entra",
            &[
                "logs/entra/splunk-security-content.jsonl",
                "logs/entra/otrf-goldensaml-aadaudit.jsonl",
            ],
        ),
        (
            "gcp",
            &[
                "detections/panther-tests.jsonl#GCP.AuditLog",
                "logs/gcp-audit/google-csa.jsonl",
                "logs/gcp-audit/plaso.jsonl",
            ],
        ),
        (
            "google_workspace",
            &[
                "detections/panther-tests.jsonl#GSuite.ActivityEvent",
                "logs/google-workspace/splunk-security-content.jsonl",
            ],
        ),
        (
            "kubernetes",
            &[
                "detections/panther-tests.jsonl#Amazon.EKS.Audit",
                "detections/falco-k8s-tests.jsonl#events",
            ],
        ),
        (
            "m365",
            &[
                "logs/m365/splunk-security-content.jsonl",
                "logs/m365/otrf-goldensaml-officeactivity.jsonl",
            ],
        ),
    ] {
        let through = Through::run(&files, &folder, &corpora.iter().copied().collect());
        let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, id) in &through.found {
            *by_rule.entry(titles.get(id.as_str()).copied().unwrap_or_default()).or_default() += 1;
        }
        println!(
            "{product}: {} rules match {} times over {} records, {} refused",
            by_rule.len(),
            through.found.len(),
            through.records,
            through.refused.len() - through.completed.len()
        );
        for (title, count) in &by_rule {
            println!("  {count:4} {title}");
        }
        least.insert(product, by_rule.len());
    }
    // None of the activities of Workspace here is one that a public rule is about.
    least.remove("google_workspace");
    assert!(least.values().all(|it| *it > 0), "{least:?}");
}

#[test]
fn every_published_rule_loads_or_is_listed() {
    let Some(folder) = shared() else { return };
    println!(
        "| Rules | Files | Loaded | On log sources that we read | Listed with the reason | Loaded once their lists are given |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, wanted) in [("sigmahq", 306), ("suzaku", 818)] {
        let files = rule_files(&folder.join("sigma").join(name));
        assert_eq!(files.len(), wanted, "{name}");
        let (rules, problems) = RuleSet::load(&files);
        let loaded: BTreeSet<&str> = rules.rules().map(|it| &*it.file).collect();
        let listed: BTreeSet<&str> = problems.iter().map(|it| &*it.file).collect();
        let mut reasons: BTreeMap<(Gravity, String), usize> = BTreeMap::new();
        for problem in &problems {
            let reason = problem.what.rsplit("`: ").next().unwrap_or_default();
            *reasons.entry((problem.gravity, reason.to_owned())).or_default() += 1;
            assert!(problem.span.is_some(), "{problem:?} says no place");
        }
        let reasons = reasons.iter().map(|((gravity, reason), count)| {
            let file = reason.rsplit('/').next().unwrap_or_default();
            let (what, _) = reason.split_once("in `").unwrap_or((reason, ""));
            let named = if what.len() < reason.len() {
                format!("{what}in `{file}")
            } else {
                reason.clone()
            };
            format!("{count} × {gravity:?}: {named}")
        });
        let row = format!(
            "| {name} | {} | {} | {} | {}: {} |",
            files.len(),
            loaded.len(),
            rules.active(),
            listed.len(),
            reasons.collect::<Vec<_>>().join("; ")
        );
        for (file, _) in &files {
            assert!(loaded.contains(&**file) || listed.contains(&**file), "{file} vanished");
        }
        // What is listed as wrong is wrong only for want of a list for its placeholder.
        let (mut rules, mut problems, mut lists) = (rules, problems, Placeholders::new());
        for _ in 0..4 {
            let unknown = problems.iter().filter_map(|it| it.what.split('%').nth(1));
            lists.extend(unknown.map(|it| (it.to_owned(), vec!["example".to_owned()])));
            (rules, problems) = RuleSet::load_with(&files, &lists);
        }
        let loaded: BTreeSet<&str> = rules.rules().map(|it| &*it.file).collect();
        println!("{row} {}, for {} placeholders |", loaded.len(), lists.len());
        assert_eq!(loaded.len(), wanted, "{name}");
        assert!(problems.iter().all(|it| it.gravity == Gravity::Warning), "{problems:?}");
    }
}

#[test]
fn rules_of_other_sources_stay_silent() {
    let (mut rules, problems) = RuleSet::load(&[(
        "w.yml".into(),
        "title: w\nlogsource: {product: macos}\ndetection: {a: {x: 1}, condition: a}\n".to_owned(),
    )]);
    assert_eq!((problems, rules.rules().count(), rules.active()), (Vec::new(), 1, 0));
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    assert_eq!(plan.paths().len(), 0, "what is silent asks for nothing");
    let mut hits = Vec::new();
    rules.inspect(&event(cloudtrail(), &serde_json::json!({"x": 1}), 0, &plan), &mut hits);
    assert_eq!(hits, []);
}
