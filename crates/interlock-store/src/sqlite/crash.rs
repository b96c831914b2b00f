//! The crash law: a process that pushes and commits is killed at random moments, again and again;
//! nothing acknowledged is lost, no half batch is visible, and the chain verifies.
//!
//! This kills processes, not the system: that an acknowledged write is also on the disk rests on
//! `synchronous = FULL`.

use crate::sample;
use crate::verify::verify_export;
use crate::{Create, SigningKey, Store};
use interlock_model::{
    AuditFact, Batch, CaseId, Change, ContainmentId, Drill, Entry, Fact, Inbound, Place, Rejected,
    Timestamp,
};
use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How often the process is killed.
const ROUNDS: u64 = 25;

/// Tells the child where its store is; without it the child's part is no test.
const FOLDER: &str = "INTERLOCK_STORE_CRASH_FOLDER";

#[test]
fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let mut seed = u64::from_le_bytes(*seed());
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("interlock.db");
    let mut acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        // After so many acknowledgements and so many idle turns: anywhere in the next writes.
        for _ in 0..random(&mut seed, 12) {
            acknowledged.read(&mut lines);
        }
        for _ in 0..random(&mut seed, 4_000_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while acknowledged.read(&mut lines) {}
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        // What was seen once is kept from now on, whether the killed process could still say so or not.
        if let Some(seen) = runtime.block_on(look(&store, &acknowledged, round)) {
            acknowledged = seen;
        }
    }
    println!("{acknowledged:?} after {ROUNDS} kills");
    let Acknowledged { pushed, committed, remembered } = acknowledged;
    assert!(pushed > 0 && committed > 0 && remembered > 0, "something was never acknowledged");
}

/// The part of the process that is killed. Does nothing when it is run as a test.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::open(&folder.join("interlock.db"), Create::IfMissing).await.unwrap();
        store.acquire_epoch("child").await.unwrap();
        let (pushing, committing, remembering) = (store.clone(), store.clone(), store);
        let push = tokio::spawn(async move {
            let mut next = pushing.push(&[]).await.unwrap();
            loop {
                let many: Vec<_> = (next..next + 3).map(inbound).collect();
                next = pushing.push(&many).await.unwrap();
                acknowledge("pushed", next);
            }
        });
        let commit = tokio::spawn(async move {
            let mut next = committing.audit_head().await.unwrap().entries / 2;
            loop {
                committing.commit(&batch(next), at(next)).await.unwrap();
                next += 1;
                acknowledge("committed", next);
            }
        });
        let remember = tokio::spawn(async move {
            let mut next = number_of(&remembering).await;
            loop {
                next += 1;
                remembering.remember(0, &state(next)).await.unwrap();
                acknowledge("remembered", next);
            }
        });
        let (_, _, _): ((), (), ()) = tokio::try_join!(push, commit, remember).unwrap();
    });
}

/// What the killed processes said they had kept.
#[derive(Debug, Default)]
struct Acknowledged {
    pushed: u64,
    committed: u64,
    remembered: u64,
}

impl Acknowledged {
    /// Reads one line; whether there was one. Lines of the test runner around ours are passed over.
    fn read(&mut self, lines: &mut impl std::io::BufRead) -> bool {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap() == 0 {
            return false;
        }
        // The last line may be cut off by the kill: then it was not said.
        let Some(said) = line.strip_suffix('\n') else { return true };
        let said = said.rsplit_once("acknowledged ").map(|(_, said)| said).unwrap_or_default();
        match said.split_once(' ') {
            Some(("pushed", number)) => self.pushed = number.parse().unwrap(),
            Some(("committed", number)) => self.committed = number.parse().unwrap(),
            Some(("remembered", number)) => self.remembered = number.parse().unwrap(),
            Some(_) | None => {}
        }
        true
    }
}

/// Opens what the kill left, compares it with what was acknowledged, and says what it is; `None`
/// when there is no store yet.
async fn look(path: &Path, acknowledged: &Acknowledged, round: u64) -> Option<Acknowledged> {
    let Acknowledged { pushed, committed, remembered } = acknowledged;
    if pushed + committed + remembered == 0 && !path.exists() {
        return None;
    }
    let store = Store::open(path, Create::Never).await.unwrap();
    let kept = store.pending(0, usize::MAX).await.unwrap();
    assert!(kept.len() as u64 >= acknowledged.pushed, "round {round}: a pushed record is lost");
    assert_eq!(kept.len() % 3, 0, "round {round}: half a push is visible");
    for (index, record) in (0_u64..).zip(&kept) {
        assert_eq!(*record, Inbound { position: index + 1, ..inbound(index) }, "round {round}");
    }

    let commits = store.consumed().await.unwrap();
    assert!(commits >= acknowledged.committed, "round {round}: a committed batch is lost");
    assert!(commits <= acknowledged.committed + 1, "round {round}: more than was ever sent");
    let counts = store.counts().await.unwrap();
    let whole = (commits, commits, commits * 2);
    let found = (counts.rejected, counts.drills, counts.audit);
    assert_eq!(found, whole, "round {round}: half a batch is visible");
    let journal = store.journal(&containment()).await.unwrap();
    let expected: Vec<_> = (0..commits).map(entry).collect();
    assert_eq!(journal, expected, "round {round}: half a batch is visible");

    let number = number_of(&store).await;
    assert!(number >= *remembered, "round {round}: a state is lost");
    assert!(number <= remembered + 1, "round {round}: more than was ever sent");

    let key = SigningKey::from_bytes(&[7; 32]);
    store.sign_checkpoint(&key, at(round)).await.unwrap();
    let mut bytes = Vec::new();
    store.export(&mut bytes, &key, at(round)).await.unwrap();
    let verified = verify_export(&bytes[..], &key.verifying_key()).unwrap();
    assert_eq!(verified.entries, commits * 2, "round {round}");
    store.close().await.unwrap();
    Some(Acknowledged { pushed: kept.len() as u64, committed: commits, remembered: number })
}

/// A state of some pieces that all say its number.
fn state(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(200 + usize::try_from(number % 7).unwrap() * 100)
}

/// The number of the state that is kept, 0 without one; it is whole.
async fn number_of(store: &Store) -> u64 {
    let Some(kept) = store.checkpoint().await.unwrap() else { return 0 };
    let number = u64::from_le_bytes(*kept.state.first_chunk().unwrap());
    assert!(kept.state == state(number), "a state of two, or half of one");
    number
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sqlite::crash::child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn acknowledge(what: &str, number: u64) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("acknowledged {what} {number}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second.cast_signed()).unwrap()
}

fn inbound(record: u64) -> Inbound {
    let text = format!("{{\"eventID\":\"{record}\"}}").into();
    Inbound { position: 0, file: "http".into(), record, alert: false, text }
}

fn containment() -> ContainmentId {
    ContainmentId::derive(&["crash"])
}

fn entry(number: u64) -> Entry {
    Entry {
        containment: containment(),
        sequence: u32::try_from(number).unwrap(),
        time: at(number),
        fact: Fact::Held { why: format!("commit {number}") },
    }
}

/// One change of several kinds and two audit facts, all with the same number.
fn batch(number: u64) -> Batch {
    let place = Place { file: "http".into(), record: number };
    let fact = |what: &str| AuditFact {
        what: what.to_owned(),
        by: "interlock".to_owned(),
        about: BTreeMap::from([("case".to_owned(), CaseId::derive(&["crash"]).to_string())]),
        text: format!("commit {number}"),
        object: Some(entry(number).digest()),
    };
    Batch {
        changes: vec![
            Change::Rejected { rejected: Rejected { place, why: "no event time".to_owned() } },
            Change::Journal { entry: entry(number) },
            Change::Drill { drill: Drill { time: at(number), ..sample::drill(0) } },
        ],
        audit: vec![fact("step.intended"), fact("step.acknowledged")],
        consumed: Some(number + 1),
    }
}

/// Eight random bytes.
fn seed() -> Box<[u8; 8]> {
    let mut bytes = Box::new([0; 8]);
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut *bytes).unwrap();
    bytes
}

/// The next number below this one, from a seed (xorshift).
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed |= 1;
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}
