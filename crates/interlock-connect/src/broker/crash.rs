//! The crash law: a process that issues and revokes is killed at random moments, again and again; the
//! file always loads, and nothing acknowledged is lost.
//!
//! This kills processes, not the system: that an acknowledged write is also on the disk rests on the
//! flush of file and folder before the answer.

use super::{Broker, ClientConfig, Create, TokenLife};
use interlock_model::{Origin, Timestamp};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How often the process is killed.
const ROUNDS: u64 = 25;

/// Tells the child where its state is; without it the child's part is no test.
const FOLDER: &str = "INTERLOCK_BROKER_CRASH_FOLDER";

/// The moment of everything: tokens of all rounds live through the last.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[test]
fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let mut seed = u64::from_le_bytes(super::token::random().unwrap());
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let mut said = Said::default();
    for round in 0..ROUNDS {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        // After so many acknowledgements and so many idle turns: anywhere in the next writes.
        for _ in 0..1 + random(&mut seed, 12) {
            said.read(&mut lines);
        }
        for _ in 0..random(&mut seed, 2_000_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while said.read(&mut lines) {}
        look(folder.path(), &said, round);
    }
    let revoked = said.tokens.values().filter(|it| **it == Became::Revoked).count();
    println!("{} tokens, {revoked} revoked, after {ROUNDS} kills", said.tokens.len());
    assert!(said.tokens.len() > revoked && revoked > 0, "too little was ever acknowledged");
}

/// The part of the process that is killed. Does nothing when it is run as a test.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let broker = open(&folder, Create::IfMissing);
    let delivery = folder.join("key.json");
    let client = ClientConfig { name: "deploy".to_owned(), delivery: Some(delivery.clone()) };
    broker.register(&client).unwrap();
    // A kill may fall between making the first key and delivering it: then another is made.
    let key = Broker::delivered_key(&delivery).unwrap().unwrap_or_else(|| {
        broker.enrol_delivered("deploy", NOW).unwrap();
        Broker::delivered_key(&delivery).unwrap().unwrap()
    });
    for turn in 0_u64.. {
        let issued = broker.issue(key.id.id(), &key.secret, NOW, &Origin::default()).unwrap();
        let token = issued.token.expose();
        say("issued", token);
        if turn % 2 == 0 {
            say("revoking", token);
            broker.revoke(token, NOW).unwrap();
            say("revoked", token);
        }
    }
}

/// How far a token was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Issued,
    /// Asked for and not answered: it may be or not.
    Revoking,
    Revoked,
}

/// What the killed processes said.
#[derive(Debug, Default)]
struct Said {
    tokens: BTreeMap<String, Became>,
}

impl Said {
    /// Reads one line; whether there was one. Lines of the test runner around ours are passed over.
    fn read(&mut self, lines: &mut impl BufRead) -> bool {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap() == 0 {
            return false;
        }
        // The last line may be cut off by the kill: then it was not said.
        let Some(line) = line.strip_suffix('\n') else { return true };
        let said = line.rsplit_once("said ").map(|(_, said)| said).unwrap_or_default();
        let Some((what, token)) = said.split_once(' ') else { return true };
        let became = match what {
            "issued" => Became::Issued,
            "revoking" => Became::Revoking,
            "revoked" => Became::Revoked,
            _ => return true,
        };
        self.tokens.insert(token.to_owned(), became);
        true
    }
}

/// Opens what the kill left and compares it with what was said.
fn look(folder: &Path, said: &Said, round: u64) {
    if said.tokens.is_empty() && !folder.join("broker.json").exists() {
        return;
    }
    let broker = open(folder, Create::Never);
    for (token, became) in &said.tokens {
        let active = broker.introspect(token, NOW).active;
        match became {
            Became::Issued => assert!(active, "round {round}: an issued token is lost"),
            Became::Revoking => {}
            Became::Revoked => assert!(!active, "round {round}: a revocation is lost"),
        }
    }
    let kept = broker.state().tokens.len();
    let unsaid = kept - said.tokens.len();
    assert!(unsaid as u64 <= round + 1, "round {round}: {unsaid} tokens that nobody was given");
}

fn open(folder: &Path, create: Create) -> Broker {
    Broker::open(&folder.join("broker.json"), create, TokenLife::default()).unwrap()
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "broker::crash::child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn say(what: &str, token: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "said {what} {token}").unwrap();
    out.flush().unwrap();
}

/// The next number below `below`, by xorshift.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}
