//! Published rules over published logs: every expected match and none besides.

use super::sample::{cloudtrail, event, rule_files, shared};
use crate::sigma::logsource::Row;
use crate::sigma::{Placeholders, RuleSet};
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Gravity, Limits, Place, Rejected};
use serde_json::Value;
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
        assert!(missed.is_empty() && extra.is_empty(), "missed {missed:#?}\nextra {extra:#?}");
    }
}

/// Where each record of a corpus leads when the house reads it.
struct Through {
    found: Matches,
    refused: Vec<Rejected>,
    alerts: usize,
    records: usize,
}

impl Through {
    fn run(files: &[(Arc<str>, String)], folder: &Path, corpora: &BTreeSet<&str>) -> Self {
        let (mut rules, _) = RuleSet::load(files);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        let normaliser = Normaliser::new(&plan, Limits::STANDARD);
        let mut it = Self { found: Matches::new(), refused: Vec::new(), alerts: 0, records: 0 };
        let mut hits = Vec::new();
        for name in corpora {
            for (at, record) in corpus(folder, name).iter().enumerate() {
                it.records += 1;
                let place = Place { file: (*name).into(), record: at as u64 };
                let record = Record { place, text: record.to_string().into(), alert_hint: false };
                match normaliser.normalise(&record) {
                    Ok(Normalised::Event(event)) => rules.inspect(&event, &mut hits),
                    Ok(Normalised::Alert(_)) => it.alerts += 1,
                    Err(rejected) => it.refused.push(rejected),
                }
                for hit in hits.drain(..) {
                    it.found.insert(((*name).to_owned(), at, hit.rule.rule.id.to_string()));
                }
            }
        }
        it
    }
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
    let (mut all, mut reached) = (0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (product, wanted) in &expected {
        let corpora: BTreeSet<&str> = wanted.iter().map(|it| it.0.as_str()).collect();
        let through = Through::run(&files, &folder, &corpora);
        let was_refused = |it: &&(String, usize, String)| {
            let mut refused = through.refused.iter();
            refused.find(|no| *no.place.file == *it.0 && no.place.record == it.1 as u64)
        };
        let missed: Vec<_> = wanted.difference(&through.found).collect();
        let lost: Vec<_> = missed.iter().filter(|it| was_refused(it).is_none()).collect();
        for no in missed.iter().filter_map(was_refused) {
            let why = no.why.split(';').next().unwrap_or_default();
            *reasons.entry(format!("{product}: {why}")).or_default() += 1;
        }
        let extra: Vec<_> = through.found.difference(wanted).collect();
        println!(
            "{product}: {} of {} through ingest; {} of {} records refused, {} are alerts; {} more by other names",
            wanted.len() - missed.len(),
            wanted.len(),
            through.refused.len(),
            through.records,
            through.alerts,
            extra.len()
        );
        let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, id) in &extra {
            *by_rule.entry(id).or_default() += 1;
        }
        for (id, count) in by_rule {
            println!("  {count} × {id}");
            assert!(widened(&files, id), "{product}: {id} matches more and has no other names");
        }
        assert!(lost.is_empty(), "{product}: lost {lost:#?}");
        all += wanted.len();
        reached += wanted.len() - missed.len();
    }
    println!("{reached} of {all} in all; expected matches on refused records:");
    for (why, count) in reasons {
        println!("  {count} × {why}");
    }
    assert!(reached >= 330, "{reached}");
}

#[test]
fn public_rules_meet_native_records() {
    let Some(folder) = shared() else { return };
    let files = rule_files(&folder.join("sigma/sigmahq"));
    let (rules, _) = RuleSet::load(&files);
    let titles: BTreeMap<&str, &str> =
        rules.rules().map(|it| (&*it.rule.id, &*it.title)).collect();
    let mut least: BTreeMap<&str, usize> = BTreeMap::new();
    for (product, corpora) in [
        ("azure", &["detections/panther-tests.jsonl#Azure", "logs/azure-activity/splunk-security-content.jsonl"][..]),
        ("entra", &["logs/entra/splunk-security-content.jsonl", "logs/entra/otrf-goldensaml-aadaudit.jsonl"]),
        ("gcp", &["detections/panther-tests.jsonl#GCP.AuditLog", "logs/gcp-audit/google-csa.jsonl", "logs/gcp-audit/plaso.jsonl"]),
        ("google_workspace", &["detections/panther-tests.jsonl#GSuite.ActivityEvent", "logs/google-workspace/splunk-security-content.jsonl"]),
        ("kubernetes", &["detections/panther-tests.jsonl#Amazon.EKS.Audit", "detections/falco-k8s-tests.jsonl#events"]),
        ("m365", &["logs/m365/splunk-security-content.jsonl", "logs/m365/otrf-goldensaml-officeactivity.jsonl"]),
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
            through.refused.len()
        );
        for (title, count) in &by_rule {
            println!("  {count:4} {title}");
        }
        least.insert(product, by_rule.len());
    }
    assert!(least.values().all(|it| *it > 0), "{least:?}");
}

#[test]
fn every_published_rule_loads_or_is_listed() {
    let Some(folder) = shared() else { return };
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
        println!(
            "{name}: {} files, {} loaded, {} of them on log sources that we read, {} listed",
            files.len(),
            loaded.len(),
            rules.active(),
            listed.len()
        );
        for ((gravity, reason), count) in reasons {
            println!("  {count} × {gravity:?}: {reason}");
        }
        for (file, _) in &files {
            assert!(loaded.contains(&**file) || listed.contains(&**file), "{file} vanished");
        }
        // What is listed as wrong is wrong only for want of a list for its placeholder.
        let lists: Placeholders = problems
            .iter()
            .filter_map(|it| it.what.split('%').nth(1))
            .map(|it| (it.to_owned(), vec!["example".to_owned()]))
            .collect();
        let (rules, problems) = RuleSet::load_with(&files, &lists);
        let loaded: BTreeSet<&str> = rules.rules().map(|it| &*it.file).collect();
        println!("{name}: {} loaded with lists for {} placeholders", loaded.len(), lists.len());
        assert_eq!(loaded.len(), wanted, "{name}");
        assert!(problems.iter().all(|it| it.gravity == Gravity::Warning), "{problems:?}");
    }
}

#[test]
fn rules_of_other_sources_stay_silent() {
    let (mut rules, problems) = RuleSet::load(&[(
        "w.yml".into(),
        "title: w\nlogsource: {product: windows}\ndetection: {a: {x: 1}, condition: a}\n"
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
