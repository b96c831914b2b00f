//! What a confidence means: of the cases that are said to be 70 % sure, about 70 of 100 should be right.
//!
//! Days of ordinary work with attacks among them are made by the generator beside the project, whose
//! labels say which identities were used by an intruder. A case is right when one of its findings
//! rests on a record of an attack.

use crate::program::interlock;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The data beside the project and whether this is the full suite.
fn shared() -> Option<PathBuf> {
    if std::env::var_os("INTERLOCK_TEST_REQUIRE").is_none() {
        println!("skipped: a long test, part of `cargo xtask test`");
        return None;
    }
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !shared.join("tools/gen_cloudtrail.py").is_file() {
        println!("skipped: ../shared/tools is not here");
        return None;
    }
    Some(shared)
}

/// Generated days: the records and the event ids of all attacks.
fn days(shared: &Path, to: &Path, seed: u32, attacks: u32) -> Option<BTreeMap<String, u64>> {
    let (records, labels) = (to.join("days.jsonl"), to.join("labels.jsonl"));
    let made = Command::new("python3")
        .arg(shared.join("tools/gen_cloudtrail.py"))
        .args(["--events", "60000", "--identities", "1500"])
        .args(["--attacks", &attacks.to_string(), "--seed", &seed.to_string()])
        .arg("--stratus")
        .arg(shared.join("data/stratus/logs-neutral"))
        .arg("--out")
        .arg(&records)
        .arg("--labels")
        .arg(&labels)
        .output();
    if !made.is_ok_and(|it| it.status.success()) {
        println!("skipped: the generator does not run here");
        return None;
    }
    let mut ids = BTreeMap::new();
    for line in std::fs::read_to_string(&labels).unwrap().lines() {
        let label: Value = serde_json::from_str(line).unwrap();
        let attack = label["attack"].as_u64().unwrap();
        for id in label["event_ids"].as_array().unwrap() {
            ids.insert(id.as_str().unwrap().to_owned(), attack);
        }
    }
    Some(ids)
}

#[derive(Debug, Default)]
struct Bucket {
    cases: usize,
    right: usize,
    said: f64,
}

#[test]
fn confidence_means_what_it_says() {
    let Some(shared) = shared() else { return };
    let mut buckets: BTreeMap<usize, Bucket> = BTreeMap::new();
    let (mut attacks_in_all, mut found_in_all) = (0, 0);
    for (seed, attacks) in [(11, 30), (12, 30)] {
        let folder = tempfile::tempdir().unwrap();
        let Some(ids) = days(&shared, folder.path(), seed, attacks) else { return };
        let text = std::fs::read_to_string(folder.path().join("days.jsonl")).unwrap();
        let of_attack: Vec<Option<u64>> = text
            .lines()
            .map(|it| serde_json::from_str::<Value>(it).unwrap())
            .map(|it| ids.get(it["eventID"].as_str().unwrap_or_default()).copied())
            .collect();
        let ran = interlock(folder.path(), &["replay", "--json", "days.jsonl"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let (mut rests_on, mut confidence) = (BTreeMap::new(), BTreeMap::new());
        for line in ran.out.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let identity = match line["type"].as_str().unwrap() {
                "finding" => line["identity"]["id"].as_str(),
                "decision" => line["identity"].as_str(),
                _ => continue,
            };
            let Some(identity) = identity.map(str::to_owned) else { continue };
            if line["type"] == "decision" {
                confidence.insert(identity, line["confidence"].as_f64().unwrap());
                continue;
            }
            let attacks: &mut BTreeSet<u64> = rests_on.entry(identity).or_default();
            for place in line["evidence"].as_array().unwrap() {
                let at = usize::try_from(place["record"].as_u64().unwrap()).unwrap();
                attacks.extend(of_attack[at]);
            }
        }
        let all: BTreeSet<u64> = of_attack.iter().flatten().copied().collect();
        let mut found = BTreeSet::new();
        for (identity, said) in &confidence {
            let right = rests_on.get(identity).is_some_and(|it| !it.is_empty());
            if *said >= 0.5 {
                found.extend(rests_on.get(identity).into_iter().flatten().copied());
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a confidence is between 0 and 1"
            )]
            let bucket = buckets.entry((*said * 10.0) as usize).or_default();
            bucket.cases += 1;
            bucket.right += usize::from(right);
            bucket.said += *said;
        }
        attacks_in_all += all.len();
        found_in_all += found.len();
    }
    println!("| Confidence | Cases | Said, mean | Right |");
    println!("| --- | ---: | ---: | ---: |");
    let (mut error, mut cases) = (0.0, 0.0);
    for (from, it) in &buckets {
        let (said, right) = (it.said / it.cases as f64, it.right as f64 / it.cases as f64);
        println!(
            "| {:.1} to {:.1} | {} | {said:.2} | {right:.2} |",
            *from as f64 / 10.0,
            (*from + 1) as f64 / 10.0,
            it.cases
        );
        error += (said - right).abs() * it.cases as f64;
        cases += it.cases as f64;
    }
    println!(
        "| all; {found_in_all} of {attacks_in_all} attacks in cases of at least 0.5 | {cases} | mean distance {:.3} | |",
        error / cases
    );
    assert!(error / cases <= 0.08, "{buckets:#?}");
    assert!(found_in_all * 10 >= attacks_in_all * 9);
}

/// Days without any attack: hardly anybody's access is touched, and hardly anybody is asked.
#[test]
fn ordinary_days_alone_lead_to_hardly_a_case_that_disturbs() {
    let Some(shared) = shared() else { return };
    let (mut events, mut touched, mut asked, mut sure) = (0, Vec::new(), Vec::new(), Vec::new());
    println!(
        "| Day | Events | Cases at restrict or above | At revalidate | Of at least 0.5 | Findings of at least 0.5 that want an answer |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for seed in [24, 25, 26] {
        let folder = tempfile::tempdir().unwrap();
        let Some(ids) = days(&shared, folder.path(), seed, 0) else { return };
        assert!(ids.is_empty());
        let ran = interlock(folder.path(), &["replay", "--json", "days.jsonl"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let (mut decided, mut at_least_revalidate) = (BTreeMap::new(), 0);
        let before = (events, touched.len(), asked.len(), sure.len());
        for line in ran.out.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            match line["type"].as_str().unwrap() {
                "decision" => {
                    // The last decision of a case is the one that stands.
                    decided.insert(line["case"].to_string(), line);
                }
                "summary" => events += line["events"].as_u64().unwrap(),
                "finding" => {
                    let response = line["response"].as_str().unwrap_or("observe");
                    let said = line["confidence"].as_f64().unwrap() >= 0.5;
                    at_least_revalidate += u32::from(said && response != "observe");
                }
                _ => {}
            }
        }
        for (case, it) in decided {
            let confidence = it["confidence"].as_f64().unwrap();
            let shown = format!("seed {seed} {case} {} {confidence:.2}", it["tier"]);
            match it["tier"].as_str().unwrap_or("observe") {
                "observe" => {}
                "revalidate" => asked.push(shown.clone()),
                _ => touched.push(shown.clone()),
            }
            if confidence >= 0.5 {
                sure.push(shown);
            }
        }
        println!(
            "| {seed} | {} | {} | {} | {} | {at_least_revalidate} |",
            events - before.0,
            touched.len() - before.1,
            asked.len() - before.2,
            sure.len() - before.3
        );
    }
    sure.iter().for_each(|it| println!("{it}"));
    assert_eq!(touched, [""; 0]);
    assert!(u64::try_from(asked.len() * 10_000).unwrap() < events, "{asked:?}");
    assert!(u64::try_from(sure.len() * 10_000).unwrap() < events, "{sure:?}");
}
