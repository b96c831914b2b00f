//! The stored forms, held fast: what was once written must load for ever.
//!
//! `golden/<kind>.v<version>.json` holds samples of each noun as one version wrote them. A file of an
//! older version is never edited; `UPDATE_EXPECT=1` writes the files of the current one.

use crate::document::{Document, Stored};
use crate::{Notice, sample, store};
use ed25519_dalek::SigningKey;
use expect_test::expect_file;
use interlock_model::{
    AuditEntry, Case, CaseState, Checkpoint, Decision, Digest, Discovery, Drill, Entry, Finding,
    Identity, IdentityFacts, InventoryItem, Rejected, Resolution,
};
use std::collections::BTreeSet;
use std::path::Path;

/// Checks that the samples are written as the golden file says, and that it loads as them.
fn check<T: Stored + PartialEq + std::fmt::Debug>(samples: &[T]) {
    let name = format!("golden/{}.v{}.json", T::KIND, T::VERSION);
    let written: Vec<serde_json::Value> = samples
        .iter()
        .map(|it| serde_json::from_str(&Document::of(it).unwrap().body).unwrap())
        .collect();
    let mut text = serde_json::to_string_pretty(&written).unwrap();
    text.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    expect_file![path.clone()].assert_eq(&text);
    let loaded: Vec<T> = load(&path);
    assert_eq!(loaded, samples);
}

/// Loads every sample of a golden file, as from the store.
fn load<T: Stored>(path: &Path) -> Vec<T> {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let version = name.rsplit_once(".v").unwrap().1.parse().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let samples: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    samples.iter().map(|it| Document { version, body: it.to_string() }.load().unwrap()).collect()
}

#[test]
fn every_stored_form_is_held_fast() {
    check::<Identity>(&[sample::identity(1)]);
    check::<Finding>(&[sample::finding(1)]);
    let closed = Case {
        state: CaseState::Closed { by: "mira".to_owned(), why: "false alarm".to_owned() },
        resolution: Resolution::Ambiguous {
            candidates: vec![sample::identity_id(1), sample::identity_id(2)],
        },
        ..sample::case(2, &[])
    };
    check::<Case>(&[sample::case(1, &[1, 2]), closed]);
    check::<Decision>(&[sample::decision(1, 1)]);
    let count = u32::try_from(sample::facts().len()).unwrap();
    check::<Entry>(&(0..count).map(|it| sample::entry(1, it)).collect::<Vec<_>>());
    check::<Rejected>(&[sample::rejected(1)]);
    check::<Drill>(&[sample::drill(1)]);
    check::<InventoryItem>(&[sample::item(1)]);
    check::<Discovery>(&[sample::discovery(1)]);
    check::<IdentityFacts>(&[IdentityFacts::from(&sample::identity(1))]);
    check::<Notice>(&[Notice {
        containment: Some(sample::containment_id(1)),
        to: "security".to_owned(),
        text: "the owner did not answer".to_owned(),
        time: sample::at(1),
    }]);
    let link = AuditEntry::link(0, sample::at(1), sample::audit(1), Digest::ZERO);
    let next = AuditEntry::link(1, sample::at(2), sample::audit(2), link.digest);
    let head = crate::Committed { entries: 2, head: next.digest };
    check::<Checkpoint>(&[store::sign(&SigningKey::from_bytes(&[7; 32]), head, sample::at(3))]);
    check::<AuditEntry>(&[link, next]);
}

#[test]
fn every_golden_file_of_every_version_loads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/golden");
    let mut kinds = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (kind, _) = name.split_once('.').unwrap();
        let loaded = match kind {
            "identity" => load::<Identity>(&path).len(),
            "finding" => load::<Finding>(&path).len(),
            "case" => load::<Case>(&path).len(),
            "decision" => load::<Decision>(&path).len(),
            "entry" => load::<Entry>(&path).len(),
            "rejected" => load::<Rejected>(&path).len(),
            "discovery" => load::<Discovery>(&path).len(),
            "drill" => load::<Drill>(&path).len(),
            "identity_facts" => load::<IdentityFacts>(&path).len(),
            "inventory_item" => load::<InventoryItem>(&path).len(),
            "notice" => load::<Notice>(&path).len(),
            "audit_entry" => load::<AuditEntry>(&path).len(),
            "checkpoint" => load::<Checkpoint>(&path).len(),
            other => panic!("no noun is called `{other}`"),
        };
        assert!(loaded > 0, "{name}");
        kinds.insert(kind.to_owned());
    }
    assert_eq!(kinds.len(), 13);
}
