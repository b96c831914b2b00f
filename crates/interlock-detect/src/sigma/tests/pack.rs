//! Our own rule pack: every rule with its samples, its manners, and its calm on ordinary days.

use super::sample::{cloudtrail, event, rule_files, shared};
use crate::sigma::{RULES, RuleSet};
use interlock_ingest::{Normalised, Normaliser, Record, SOURCES};
use interlock_model::{Event, FieldPlan, Limits, Place, Severity, Tier};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/rules")
}

/// The sample as the house reads it.
fn read(normaliser: &Normaliser, record: &Value, place: Place) -> Box<Event> {
    let record = Record::new(place, record.to_string().into(), false);
    match normaliser.normalise(&record) {
        Ok(Normalised::Event(event)) => event,
        Ok(Normalised::Alert(alert)) => panic!("{}: an alert, not an event", alert.place),
        Err(rejected) => panic!("{}: {}", rejected.place, rejected.why),
    }
}

/// The rule set with its plan.
pub(super) fn planned(files: &[(Arc<str>, String)]) -> (RuleSet, FieldPlan) {
    let (mut rules, problems) = RuleSet::load(files);
    assert_eq!(problems, []);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    (rules, plan)
}

#[test]
fn every_rule_hits_and_misses_as_its_samples_say() {
    let files = rule_files(&folder());
    assert!(files.len() >= 30);
    for file in &files {
        let (mut rules, plan) = planned(std::slice::from_ref(file));
        let samples = Path::new(&*file.0).with_extension("events.jsonl");
        let text = std::fs::read_to_string(&samples)
            .unwrap_or_else(|_| panic!("{} has no samples", file.0));
        let normaliser = Normaliser::new(&plan, Limits::STANDARD);
        let mut seen = BTreeMap::new();
        let mut fired = BTreeSet::new();
        let mut hits = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line: Value = serde_json::from_str(line).unwrap();
            let expect = line["expect"].as_str().unwrap().to_owned();
            let place = Place { file: samples.to_string_lossy().into(), record: at as u64 };
            let event = read(&normaliser, &line["event"], place);
            assert!(rules.reads(event.source), "{}#{at}: {}", samples.display(), event.source);
            rules.inspect(&event, &mut hits);
            let found: Vec<_> = hits.drain(..).map(|it| it.rule.title.to_string()).collect();
            let wanted = match expect.as_str() {
                "hit" => true,
                "miss" => false,
                other => panic!("{}#{at}: `{other}` is neither hit nor miss", samples.display()),
            };
            assert_eq!(!found.is_empty(), wanted, "{}#{at}: {found:?}", samples.display());
            *seen.entry(expect).or_insert(0) += 1;
            fired.extend(found);
        }
        assert!(
            seen.get("hit") >= Some(&1) && seen.get("miss") >= Some(&2),
            "{}: {seen:?}",
            file.0
        );
        let silent: Vec<_> = rules
            .rules()
            .enumerate()
            .filter(|(at, it)| rules.speaks[*at] && !fired.contains(&*it.title))
            .map(|(_, it)| &it.title)
            .collect();
        assert!(silent.is_empty(), "{}: no sample hits {silent:?}", file.0);
    }
}

#[test]
fn every_rule_says_what_it_must() {
    let (rules, _) = planned(&rule_files(&folder()));
    let mut ids = BTreeSet::new();
    for rule in rules.rules() {
        let at = format!("`{}` in {}", rule.title, rule.file);
        let id = &*rule.rule.id;
        let version = id.chars().nth(14) == Some('4') && id.len() == 36;
        assert!(version, "{at}: `{id}` is not a random UUID");
        assert!(ids.insert(id.to_owned()), "{at}: id used twice");
        assert!(!rule.techniques.is_empty() && !rule.tactics.is_empty(), "{at}: no technique");
        assert!(!rule.description.is_empty(), "{at}: no description");
        assert!(!rule.false_positives.is_empty(), "{at}: no false positives");
        assert!(rule.references.iter().any(|it| it.starts_with("https://")), "{at}: no page");
        assert!(rule.owasp_nhi.as_deref().is_some_and(|it| it.ends_with(":2025")), "{at}");
        let tier = rule.response.unwrap_or_else(|| panic!("{at}: no response"));
        let calm = match rule.level {
            Severity::Informational | Severity::Low => tier == Tier::Observe,
            Severity::Medium => tier <= Tier::Revalidate,
            Severity::High => tier <= Tier::Restrict,
            Severity::Critical => true,
        };
        assert!(calm, "{at}: {tier} is too hard for {}", rule.level.as_str());
    }
}

#[test]
fn the_built_in_pack_is_the_folder() {
    let files = rule_files(&folder());
    let root = folder().to_string_lossy().into_owned() + "/";
    let here: Vec<_> = files
        .iter()
        .map(|(file, text)| (file.strip_prefix(&root).unwrap(), text.as_str()))
        .collect();
    assert_eq!(here, RULES);
}

#[test]
fn every_rule_reads_a_log_source_that_we_have() {
    for file in rule_files(&folder()) {
        let (rules, _) = planned(std::slice::from_ref(&file));
        assert!(SOURCES.iter().any(|it| rules.reads(it.name)), "{}", file.0);
    }
}

#[test]
fn rules_do_not_recognise_tools_by_name() {
    for (file, text) in rule_files(&folder()) {
        assert!(!text.to_lowercase().contains("useragent"), "{file} looks at the user agent");
    }
}

/// Runs the generator of ordinary days; `None` when it is not here.
fn ordinary_days(events: u32) -> Option<Vec<Value>> {
    if std::env::var_os("INTERLOCK_TEST_REQUIRE").is_none() {
        println!("skipped: a long test, part of `cargo xtask test`");
        return None;
    }
    let tool = shared()?.join("../tools/gen_cloudtrail.py");
    let out = tempfile(&format!("interlock-ordinary-days-{}.jsonl", std::process::id()));
    let status = Command::new("python3")
        .arg(&tool)
        .args(["--attacks", "0", "--events", &events.to_string(), "--out"])
        .arg(&out)
        .output();
    if !status.is_ok_and(|it| it.status.success()) {
        println!("skipped: the generator of ordinary days does not run here");
        return None;
    }
    let file = std::fs::File::open(&out).unwrap();
    let lines = BufReader::new(file).lines();
    let events = lines.map(|it| serde_json::from_str(&it.unwrap()).unwrap()).collect();
    std::fs::remove_file(&out).unwrap();
    Some(events)
}

fn tempfile(name: &str) -> PathBuf {
    std::env::temp_dir().join(name)
}

#[test]
fn ordinary_days_are_calm() {
    let Some(events) = ordinary_days(20_000) else { return };
    let (mut rules, plan) = planned(&rule_files(&folder()));
    let mut hits = Vec::new();
    for (at, record) in events.iter().enumerate() {
        rules.inspect(&event(cloudtrail(), record, at as u64, &plan), &mut hits);
    }
    let mut counts: BTreeMap<(Severity, Arc<str>), usize> = BTreeMap::new();
    for hit in &hits {
        *counts.entry((hit.rule.level, Arc::clone(&hit.rule.title))).or_default() += 1;
    }
    println!("{} events", events.len());
    for ((level, title), count) in counts.iter().rev() {
        println!("  {count:5} {:13} {title}", level.as_str());
    }
    let above = |tier| hits.iter().filter(|it| it.rule.response >= Some(tier)).count();
    assert_eq!(above(Tier::Restrict), 0);
    assert!(above(Tier::Revalidate) <= 2, "fewer than one in 10,000");
}

#[test]
fn recorded_attacks_are_seen() {
    let Some(folder) = shared() else { return };
    let mut logs: Vec<_> = std::fs::read_dir(folder.join("stratus/logs-neutral"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    logs.sort();
    let mut unseen = Vec::new();
    for log in &logs {
        let (mut rules, plan) = planned(&rule_files(&self::folder()));
        let (mut hits, text) = (Vec::new(), std::fs::read_to_string(log).unwrap());
        for (at, line) in text.lines().enumerate() {
            let record = serde_json::from_str(line).unwrap();
            rules.inspect(&event(cloudtrail(), &record, at as u64, &plan), &mut hits);
        }
        let worth_a_look = hits.iter().any(|it| it.rule.level >= Severity::Medium);
        let titles: BTreeSet<_> = hits
            .iter()
            .map(|it| format!("{} ({})", it.rule.title, it.rule.level.as_str()))
            .collect();
        let name = log.file_stem().unwrap().to_string_lossy().into_owned();
        println!("{name}: {titles:?}");
        if !worth_a_look {
            unseen.push(name);
        }
    }
    assert!(unseen.is_empty(), "not worth a look to any rule: {unseen:?}");
}
