//! The samples of every log source, and the real logs beside the project.
//!
//! `src/<source>/corpus/<name>.json` (or `.csv`, `.log`) is an input of one or more records;
//! `<name>.expect` says what comes out.
//! `UPDATE_EXPECT=1 cargo test -p interlock-ingest` writes the latter anew.

use crate::{Normalised, Normaliser, Record, Records, SOURCES};
use interlock_model::{Actor, Alert, Event, FieldPlan, Limits, Origin, Rejected};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn source_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == extension))
        .collect();
    found.sort();
    found
}

/// The samples of one source.
fn inputs(source: &str) -> Vec<PathBuf> {
    let corpus = source_folder(source).join("corpus");
    ["csv", "json", "log"].into_iter().flat_map(|it| files(&corpus, it)).collect()
}

/// Every sample's bytes, for the laws.
pub fn all() -> Vec<Vec<u8>> {
    let samples = SOURCES.iter().flat_map(|it| inputs(it.name));
    samples.map(|it| std::fs::read(it).unwrap()).collect()
}

/// All of an input: what came out, in order.
pub fn run(bytes: &[u8]) -> Vec<Result<Normalised, Rejected>> {
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    Records::open(bytes, Arc::from("-"), Limits::STANDARD)
        .map(|it| it.and_then(|it| normaliser.normalise(&it)))
        .collect()
}

#[test]
fn samples_come_out_as_expected() {
    for source in SOURCES {
        for file in inputs(source.name) {
            let mut shown = String::new();
            for outcome in run(&std::fs::read(&file).unwrap()) {
                show(&mut shown, &outcome);
            }
            expect_test::expect_file![file.with_extension("expect")].assert_eq(&shown);
        }
    }
}

/// No source takes another's records, whatever the order in which they are asked.
#[test]
fn every_sample_is_recognised_as_its_own_source_and_no_other() {
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    for source in SOURCES {
        for file in inputs(source.name) {
            let bytes = std::fs::read(&file).unwrap();
            for record in Records::open(&bytes[..], Arc::from("-"), Limits::STANDARD).flatten() {
                let by = normaliser.recognised_by(&record.text);
                // None where an envelope is around it.
                assert!(by.is_empty() || by == [source.name], "{} {by:?}", file.display());
                let read = match normaliser.normalise(&record) {
                    Ok(Normalised::Event(it)) => it.source.to_owned(),
                    Ok(Normalised::Alert(it)) => it.source.to_string(),
                    Err(_) => continue,
                };
                assert_eq!(read, source.name, "{}", file.display());
            }
        }
    }
}

fn show(to: &mut String, outcome: &Result<Normalised, Rejected>) {
    match outcome {
        Ok(Normalised::Event(it)) => show_event(to, it),
        Ok(Normalised::Alert(it)) => show_alert(to, it),
        Err(it) => writeln!(to, "rejected {}: {}\n", it.place, it.why).unwrap(),
    }
}

fn show_event(to: &mut String, it: &Event) {
    writeln!(to, "event {} {} {}", it.place, it.source, it.id).unwrap();
    writeln!(to, "  {} {} {} {:?}", it.time, it.service, it.operation, it.outcome).unwrap();
    show_actor(to, &it.actor);
    for object in &it.objects {
        writeln!(to, "  object {} {}", object.kind, object.name).unwrap();
    }
    for issued in &it.issued {
        writeln!(to, "  issued {} to {}", issued.credential, issued.to).unwrap();
        if let Some(session) = &issued.session {
            writeln!(to, "    session {} issued {:?}", session.id, session.issued).unwrap();
        }
        if let Some(expires) = issued.expires {
            writeln!(to, "    expires {expires}").unwrap();
        }
    }
    show_origin(to, &it.origin);
    writeln!(
        to,
        "  read only {:?}, account {:?}, region {:?}\n",
        it.read_only, it.account, it.region
    )
    .unwrap();
}

fn show_alert(to: &mut String, it: &Alert) {
    writeln!(to, "alert {} {} {}", it.place, it.source, it.id).unwrap();
    writeln!(to, "  {} {}: {}", it.time, it.product, it.kind).unwrap();
    writeln!(to, "  {}", it.title).unwrap();
    writeln!(to, "  {} {} {:?}", it.severity.as_str(), it.confidence.value(), it.techniques)
        .unwrap();
    show_actor(to, &it.actor);
    show_origin(to, &it.origin);
    writeln!(to, "  account {:?}\n", it.account).unwrap();
}

fn show_actor(to: &mut String, it: &Actor) {
    let principal = it.principal.as_ref().map_or("-".to_owned(), ToString::to_string);
    writeln!(to, "  actor {:?} `{}` {principal} account {:?}", it.kind, it.name, it.account)
        .unwrap();
    if let Some(credential) = &it.credential {
        writeln!(to, "    credential {credential}").unwrap();
    }
    if let Some(session) = &it.session {
        writeln!(
            to,
            "    session {} issued {:?} mfa {:?}",
            session.id, session.issued, session.mfa
        )
        .unwrap();
    }
    for via in &it.via {
        writeln!(to, "    via {via}").unwrap();
    }
}

fn show_origin(to: &mut String, it: &Origin) {
    let address = it.address.map(|it| it.to_string());
    writeln!(to, "  from {address:?} service {:?} agent {:?}", it.service, it.user_agent).unwrap();
}

/// At least 99 of 100 records that are of a known source must be understood.
#[test]
fn real_logs_are_understood() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        println!("skipped: ../shared/data is not here");
        return;
    }
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    for folder in
        ["logs/aws-cloudtrail", "logs/aws-eventbridge", "logs/aws-guardduty", "stratus/logs"]
    {
        let (mut understood, mut refused) = (0, Vec::new());
        for file in files(&data.join(folder), "jsonl") {
            let input = std::fs::File::open(&file).unwrap();
            let lines = std::fs::read(&file)
                .unwrap()
                .split(|it| *it == b'\n')
                .filter(|it| !it.is_empty())
                .count();
            let records: Vec<Result<Record, Rejected>> =
                Records::open(input, file.to_string_lossy().into(), Limits::STANDARD).collect();
            assert_eq!(records.len(), lines, "{}", file.display());
            for record in records {
                let record = record.unwrap();
                if !is_ours(&record.text) {
                    continue;
                }
                match normaliser.normalise(&record) {
                    Ok(_) => understood += 1,
                    Err(it) => refused.push(it),
                }
            }
        }
        let total = understood + refused.len();
        println!("{folder}: {understood} of {total} understood");
        for it in &refused {
            println!("  {} {}", it.place, it.why);
        }
        assert!(understood * 100 >= total * 99, "{folder}: {understood} of {total}, {refused:#?}");
        assert!(understood > 0, "{folder}");
    }
}

/// The folders hold some records of other feeds (scheduled events, AWS Config) and cut-down ones;
/// ours are those that state a version and a time of CloudTrail, or are findings of GuardDuty.
fn is_ours(text: &str) -> bool {
    let cloudtrail = text.contains("eventVersion") && text.contains("eventTime");
    cloudtrail || text.contains("GuardDuty Finding")
}
