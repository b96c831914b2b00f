//! The form, on a list that `ssh-keygen` made and on bytes that nobody did.

use super::super::authority::{Authority, fingerprint};
use super::super::fake::AUTHORITIES;
use super::super::listing::Listing;
use super::*;
use proptest::prelude::*;

/// What OpenSSH 9.2 made of: for the first authority the serials 5 to 9, 11, 13, 15, 20 to 9000 and 100000,
/// and the key id `svc`; for every authority the serial 77 and the key id `wild`; the second authority's
/// key as a whole; the hash of 32 sevens.
const OPENSSH: &str = "\
    5353484b524c0a00000000010000000000000000000000006b0d65750000000000000000000000000000000001000000\
    7c000000330000000b7373682d65643235353139000000200102030405060708090a0b0c0d0e0f101112131415161718\
    191a1b1c1d1e1f2000000000220000000e000000000000000500000002055f2100000010000000000000001400000000\
    00002328200000000800000000000186a023000000070000000373766301000000220000000000000000200000000800\
    0000000000004d23000000080000000477696c640200000037000000330000000b7373682d6564323535313900000020\
    201f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020105000000240000002007070707070707\
    07070707070707070707070707070707070707070707070707";

/// A list of another tool without an entry.
pub(in crate::ssh) fn made_elsewhere() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(1_u32.to_be_bytes());
    for number in [7_u64, 1_772_366_400, 0] {
        bytes.extend(number.to_be_bytes());
    }
    put_string(&mut bytes, b"");
    put_string(&mut bytes, b"by configuration management");
    bytes
}

/// What `ssh-keygen -Q -l` says of these bytes.
pub(in crate::ssh) fn listing(bytes: &[u8]) -> Listing {
    let mut text = String::from("# KRL version 0\n");
    for section in Krl::read(bytes, Timestamp::UNIX_EPOCH).unwrap().sections {
        match section {
            Section::Certificates { authority, parts, .. } if authority.is_empty() => {
                text += &format!("\n# Wildcard CA\n{}", of(&parts));
            }
            Section::Certificates { authority, parts, .. } => {
                let whose = fingerprint(&authority);
                text += &format!("\n# CA key ssh-ed25519 {whose}\n{}", of(&parts));
            }
            Section::Keys(keys) => {
                for key in keys {
                    text += &format!("hash: {} # ssh-ed25519\n", fingerprint(&key));
                }
            }
            Section::Hashes(hashes) => {
                for hash in hashes {
                    text += &format!("hash: SHA256:{}\n", hex::encode(hash));
                }
            }
            Section::Other { .. } => {}
        }
    }
    Listing::of(text)
}

fn of(parts: &[Part]) -> String {
    let lines = parts.iter().flat_map(|it| match it {
        Part::Serials(all) => all.iter().map(|it| format!("serial: {it}\n")).collect(),
        Part::Range(low, high) => vec![format!("serial: {low}-{high}\n")],
        Part::Bitmap { offset, number } => {
            let bits = (0..number.len() as u64 * 8).map(|it| offset + it);
            let set = bits.filter(|it| {
                let authority = Vec::new();
                Part::Bitmap { offset: *offset, number: number.clone() }
                    .has(&Entry::Serial { authority, serial: *it })
            });
            set.map(|it| format!("serial: {it}\n")).collect()
        }
        Part::KeyIds(ids) => {
            ids.iter().map(|it| format!("id: {}\n", String::from_utf8_lossy(it))).collect()
        }
        Part::Other { .. } => Vec::<String>::new(),
    });
    lines.collect()
}

fn openssh() -> Vec<u8> {
    hex::decode(OPENSSH).unwrap()
}

fn read(bytes: &[u8]) -> Result<Krl, KrlError> {
    Krl::read(bytes, Timestamp::UNIX_EPOCH)
}

fn authority(index: usize) -> Vec<u8> {
    Authority::read(AUTHORITIES).unwrap().get(index).unwrap().key.clone()
}

fn serial(of: usize, serial: u64) -> Entry {
    Entry::Serial { authority: authority(of), serial }
}

fn key_id(of: usize, id: &str) -> Entry {
    Entry::KeyId { authority: authority(of), id: id.to_owned() }
}

fn key_of(of: usize) -> Entry {
    Entry::Key(Sha256::digest(authority(of)).into())
}

#[test]
fn what_openssh_wrote_is_read() {
    let krl = read(&openssh()).unwrap();
    assert_eq!(krl.bytes(), openssh());
    let (everybody, whole) = ("revoked for every authority", "revoked by its whole key");
    for (entry, form) in [
        (serial(0, 4), Form::Absent),
        (serial(0, 5), Form::Revoked),
        (serial(0, 9), Form::Revoked),
        (serial(0, 10), Form::Absent),
        (serial(0, 11), Form::Revoked),
        (serial(0, 12), Form::Absent),
        (serial(0, 13), Form::Revoked),
        (serial(0, 15), Form::Revoked),
        (serial(0, 77), Form::Revoked),
        (serial(0, 9001), Form::Absent),
        (serial(0, 100_000), Form::Revoked),
        (serial(0, u64::MAX), Form::Absent),
        (serial(1, 5), Form::Absent),
        (serial(1, 77), Form::Otherwise(everybody)),
        (key_id(0, "svc"), Form::Revoked),
        (key_id(1, "svc"), Form::Absent),
        (key_id(0, "wild"), Form::Otherwise(everybody)),
        (Entry::Key([7; 32]), Form::Revoked),
        (Entry::Key([8; 32]), Form::Absent),
        (key_of(1), Form::Otherwise(whole)),
        (key_of(0), Form::Absent),
    ] {
        assert_eq!(krl.form(&entry), form, "{entry:?}");
    }
}

#[test]
fn what_is_added_and_taken_out_again_leaves_no_byte_behind() {
    let entries = [
        serial(0, 4),
        serial(0, 10),
        serial(1, 77),
        serial(1, u64::MAX),
        key_id(1, "svc"),
        key_id(0, "wild"),
        Entry::Key([8; 32]),
        key_of(1),
    ];
    for before in [openssh(), made_elsewhere(), Vec::new()] {
        let mut krl = read(&before).unwrap();
        for entry in &entries {
            krl.add(entry);
            let once = krl.clone();
            krl.add(entry);
            assert_eq!(krl, once);
            krl = read(&krl.bytes()).unwrap();
            assert_eq!(krl.form(entry), Form::Revoked, "{entry:?}");
            assert!(listing(&krl.bytes()).has(entry), "{entry:?}");
        }
        // In another order than they came.
        for entry in entries.iter().rev().skip(3).chain(entries.iter().skip(5)) {
            krl.remove(entry);
            assert_ne!(krl.form(entry), Form::Revoked, "{entry:?}");
        }
        assert_eq!(krl.bytes(), before);
    }
}

#[test]
fn one_entry_is_cut_out_of_what_another_tool_has_merged() {
    for (entry, neighbours) in [
        (serial(0, 5), [serial(0, 6), serial(0, 9)]),
        (serial(0, 7), [serial(0, 6), serial(0, 8)]),
        (serial(0, 9), [serial(0, 8), serial(0, 11)]),
        (serial(0, 13), [serial(0, 11), serial(0, 15)]),
        (serial(0, 15), [serial(0, 11), serial(0, 13)]),
        (serial(0, 20), [serial(0, 21), serial(0, 15)]),
        (serial(0, 9000), [serial(0, 8999), serial(0, 100_000)]),
        (serial(0, 100_000), [serial(0, 9000), serial(0, 5)]),
        (key_id(0, "svc"), [serial(0, 5), Entry::Key([7; 32])]),
        (Entry::Key([7; 32]), [key_id(0, "svc"), serial(0, 5)]),
    ] {
        let mut krl = read(&openssh()).unwrap();
        krl.remove(&entry);
        let krl = read(&krl.bytes()).unwrap();
        assert_eq!(krl.form(&entry), Form::Absent, "{entry:?}");
        for other in neighbours {
            assert_eq!(krl.form(&other), Form::Revoked, "{entry:?}: {other:?}");
        }
    }
    // The last of a bitmap, and what is not ours in form.
    let mut krl = read(&openssh()).unwrap();
    let all = 1..=100_000;
    for it in all {
        krl.remove(&serial(0, it));
    }
    assert!(!krl.sections.iter().any(|it| it.has(&serial(0, 11))));
    krl.remove(&serial(1, 77));
    krl.remove(&key_of(1));
    let krl = read(&krl.bytes()).unwrap();
    assert_eq!(krl.form(&serial(0, 77)), Form::Otherwise("revoked for every authority"));
    assert_eq!(krl.form(&key_of(1)), Form::Otherwise("revoked by its whole key"));
}

#[test]
fn what_may_not_be_changed_is_refused() {
    let with = |more: &[u8]| [made_elsewhere().as_slice(), more].concat();
    let mut newer = made_elsewhere();
    newer[11] = 2;
    for (bytes, error) in [
        (b"ssh-ed25519 AAAA ann\n".to_vec(), KrlError::NotOne),
        (b"\n".to_vec(), KrlError::NotOne),
        (newer, KrlError::Format(2)),
        (with(&[SIGNATURE, 0, 0, 0, 0]), KrlError::Signed),
        (with(&[CERTIFICATES]), KrlError::CutShort),
        (with(&[SHA256, 0, 0, 0, 5, 0, 0, 0, 4, 0]), KrlError::CutShort),
        (with(&[255, 0xff, 0xff, 0xff, 0xff]), KrlError::CutShort),
    ] {
        assert_eq!(read(&bytes), Err(error), "{bytes:?}");
    }
    let whole = openssh();
    for length in 1..whole.len() {
        let cut = whole.get(..length).unwrap();
        // It may end between two sections; then what is left is whole.
        assert!(read(cut).is_err() || read(cut).unwrap().bytes() == cut, "{length}");
    }
    // What nobody knows yet is kept as it is.
    let unknown = with(&[200, 0, 0, 0, 2, 1, 2]);
    let mut krl = read(&unknown).unwrap();
    krl.add(&serial(0, 1));
    krl.remove(&serial(0, 1));
    assert_eq!(krl.bytes(), unknown);
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_back(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [made_elsewhere(), tail.clone()].concat();
        if let Ok(krl) = read(&bytes) {
            prop_assert_eq!(krl.bytes(), bytes);
        }
        let _ = read(&tail);
    }

    #[test]
    fn changed_bytes_do_no_harm(at in 0_usize..600, to in any::<u8>(), number in any::<u64>()) {
        let mut bytes = openssh();
        let at = at % bytes.len();
        bytes[at] = to;
        if let Ok(mut krl) = read(&bytes) {
            prop_assert_eq!(krl.bytes(), bytes);
            krl.add(&serial(0, number));
            krl.remove(&serial(0, number));
            prop_assert!(krl.form(&serial(0, number)) != Form::Revoked);
        }
    }
}
