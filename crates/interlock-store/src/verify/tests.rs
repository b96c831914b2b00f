//! The laws of an audit export: any change shows, at the first line that it touches.

use super::*;
use crate::export::Sealer;
use crate::{Committed, sample, store};
use ed25519_dalek::SigningKey;
use interlock_model::AuditEntry;
use proptest::prelude::*;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// An export of so many entries with checkpoints after these; `forge` may change entries on the way.
fn export(entries: u64, checkpoints: &[u64], forged: Option<u64>) -> Vec<String> {
    let key = key();
    let mut bytes = Vec::new();
    let mut sealer = Sealer::begin(&mut bytes, &key).unwrap();
    let mut genuine = Committed { entries: 0, head: Digest::ZERO };
    let mut head = genuine.head;
    for number in 0..=entries {
        if checkpoints.contains(&number) {
            sealer.checkpoint(store::sign(&key, genuine, sample::at(9))).unwrap();
        }
        if number < entries {
            let time = sample::at(number.cast_signed());
            let link = AuditEntry::link(number, time, sample::audit(number), genuine.head);
            genuine = Committed { entries: number + 1, head: link.digest };
            let mut fact = sample::audit(number);
            if forged == Some(number) {
                fact.text.push('!');
            }
            let link = AuditEntry::link(number, time, fact, head);
            head = link.digest;
            sealer.entry(link).unwrap();
        }
    }
    sealer.close(store::sign(&key, genuine, sample::at(10)), &key).unwrap();
    String::from_utf8(bytes).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

fn verify(bytes: &[u8]) -> Result<Verified, VerifyError> {
    verify_export(bytes, &key().verifying_key())
}

/// The line (from 1) and the entry that are named.
fn named(bytes: &[u8]) -> (usize, u64) {
    match verify(bytes) {
        Err(VerifyError::Broken { line, link }) => (usize::try_from(line).unwrap(), link.sequence),
        other => panic!("not seen as broken: {other:?}"),
    }
}

/// How many entries stand before the line with this index.
fn entries_before(lines: &[String], index: usize) -> u64 {
    lines[..index].iter().filter(|it| is_entry(it)).count() as u64
}

fn is_entry(line: &str) -> bool {
    line.starts_with("{\"entry\"")
}

#[test]
fn a_whole_export_verifies() {
    let lines = export(5, &[0, 3, 5], None);
    assert_eq!(lines.len(), 1 + 5 + 3 + 1);
    let verified = verify(lines.concat().as_bytes()).unwrap();
    assert_eq!((verified.entries, verified.checkpoints), (5, 3));
    assert_eq!(verified.signed, sample::at(10));
    assert_eq!(verify(export(0, &[], None).concat().as_bytes()).unwrap().head, Digest::ZERO);
}

#[test]
fn another_key_is_named() {
    let lines = export(2, &[], None).concat();
    let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
    let error = verify_export(lines.as_bytes(), &other).unwrap_err().to_string();
    assert!(
        error.starts_with("line 1: audit entry 0: the export is signed by another key"),
        "{error}"
    );
}

#[test]
fn a_signature_in_capitals_is_a_changed_one() {
    let mut lines = export(2, &[1], None);
    let at = lines[2].find("signature").unwrap() + 12;
    let tail = lines[2].split_off(at).to_uppercase();
    lines[2].push_str(&tail);
    assert_eq!(named(lines.concat().as_bytes()), (3, 0));
}

#[test]
fn a_history_rewritten_with_good_digests_is_caught_by_the_next_signature() {
    let lines = export(6, &[2, 4], Some(3));
    let (line, sequence) = named(lines.concat().as_bytes());
    assert!(lines[line - 1].starts_with("{\"checkpoint\""), "{}", lines[line - 1]);
    assert_eq!(sequence, 2, "entries 0 and 1 are still covered");
}

#[test]
fn what_is_no_export_is_refused() {
    for (bytes, line) in [
        (&b""[..], 1),
        (b"\n", 1),
        (b"{}\n", 1),
        (b"\xff\xfe\n", 1),
        (b"{\"format\":\"interlock-audit/2\",\"public_key\":\"\"}\n", 1),
    ] {
        assert_eq!(named(bytes), (line, 0), "{bytes:?}");
    }
}

/// One way to change an export, with numbers that are taken modulo what there is.
#[derive(Debug, Clone)]
enum Mutation {
    Flip { line: usize, byte: usize, bit: u8 },
    Remove { line: usize },
    Repeat { line: usize },
    Insert { line: usize, forged: u64 },
    Swap { one: usize, other: usize },
    Cut { byte: usize },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let n = 0..10_000_usize;
    prop_oneof![
        4 => (n.clone(), n.clone(), 0..8_u8).prop_map(|(line, byte, bit)| Mutation::Flip { line, byte, bit }),
        1 => n.clone().prop_map(|line| Mutation::Remove { line }),
        1 => n.clone().prop_map(|line| Mutation::Repeat { line }),
        1 => (n.clone(), 0..100_u64).prop_map(|(line, forged)| Mutation::Insert { line, forged }),
        1 => (n.clone(), n.clone()).prop_map(|(one, other)| Mutation::Swap { one, other }),
        1 => n.prop_map(|byte| Mutation::Cut { byte }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_change_is_caught_where_it_begins(
        entries in 1..12_u64,
        checkpoints in proptest::collection::btree_set(0..12_u64, 0..4),
        mutation in mutation(),
    ) {
        let checkpoints: Vec<u64> = checkpoints.into_iter().collect();
        let lines = export(entries, &checkpoints, None);
        let whole = lines.concat().into_bytes();
        prop_assert!(verify(&whole).is_ok());
        let count = lines.len();
        match mutation {
            Mutation::Flip { line, byte, bit } => {
                let index = line % count;
                let start: usize = lines[..index].iter().map(String::len).sum();
                let mut bytes = whole;
                // The line end is the next line's business.
                bytes[start + byte % (lines[index].len() - 1)] ^= 1 << bit;
                let (line, sequence) = named(&bytes);
                prop_assert_eq!(line, index + 1);
                if is_entry(&lines[index]) {
                    prop_assert_eq!(sequence, entries_before(&lines, index));
                } else {
                    prop_assert!(sequence <= entries_before(&lines, index));
                }
            }
            Mutation::Remove { line } => {
                let index = line % count;
                let mut changed = lines.clone();
                changed.remove(index);
                let (line, sequence) = named(changed.concat().as_bytes());
                if is_entry(&lines[index]) {
                    prop_assert_eq!((line, sequence), (index + 1, entries_before(&lines, index)));
                } else {
                    prop_assert!(line > index);
                }
            }
            Mutation::Repeat { line } => {
                let index = line % count;
                let mut changed = lines.clone();
                changed.insert(index, lines[index].clone());
                prop_assert_eq!(named(changed.concat().as_bytes()).0, index + 2);
            }
            Mutation::Insert { line, forged } => {
                let index = 1 + line % (count - 1);
                let before = entries_before(&lines, index);
                let link = AuditEntry::link(before, sample::at(1), sample::audit(forged), Digest::of(b"x"));
                let mut changed = lines.clone();
                changed.insert(index, format!("{{\"entry\":{}}}\n", serde_json::to_string(&link).unwrap()));
                prop_assert_eq!(named(changed.concat().as_bytes()), (index + 1, before));
            }
            Mutation::Swap { one, other } => {
                let links: Vec<usize> = (0..count).filter(|it| is_entry(&lines[*it])).collect();
                let (one, other) = (links[one % links.len()], links[other % links.len()]);
                prop_assume!(one != other);
                let mut changed = lines.clone();
                changed.swap(one, other);
                let first = one.min(other);
                let expected = (first + 1, entries_before(&lines, first));
                prop_assert_eq!(named(changed.concat().as_bytes()), expected);
            }
            Mutation::Cut { byte } => {
                let length = byte % whole.len();
                let full = whole[..length].iter().filter(|it| **it == b'\n').count();
                let expected = (full + 1, entries_before(&lines, full));
                prop_assert_eq!(named(&whole[..length]), expected);
            }
        }
    }
}
