//! A house that is killed again and again while it contains, whatever it contains on.

use crate::account::now;
use crate::house::{Folder, House};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// How often the house is killed, unless `INTERLOCK_TEST_KILLS` says otherwise: enough for every change,
/// and a hundred for a release take three minutes for each server.
const USUAL_KILLS: usize = 20;
/// The longest that a house lives before it is killed, from when it listens, in milliseconds.
const LIFE: u64 = 150;

/// What a house is killed at.
pub struct Killed<'a> {
    /// The server, for people.
    pub server: &'a str,
    pub folder: &'a Folder,
    /// Each leads to one containment.
    pub records: Vec<Value>,
}

/// How it stands in the end, when everything is at rest.
pub struct Rest {
    server: String,
    targets: usize,
    steps: usize,
    /// How often each step was intended, by containment.
    attempts: Vec<Vec<u64>>,
}

/// How often the house is killed.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test may take is for whoever runs it to say"
)]
pub fn kills() -> usize {
    let said = std::env::var("INTERLOCK_TEST_KILLS").ok();
    said.and_then(|it| it.parse().ok()).unwrap_or(USUAL_KILLS)
}

/// A small generator, so that a failure can be repeated from the seed it prints.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Identities `job-0`, `job-1`, … with an entry of a directory each, and another principal where it
/// is not the directory that is contained on.
pub fn jobs(count: usize, principal: impl Fn(&str) -> String) -> Vec<(String, String)> {
    (0..count)
        .map(|it| {
            let name = format!("job-{it}");
            let other = principal(&name);
            let entry = entry(&name);
            let principals = if other.is_empty() { entry } else { format!("{entry}', '{other}") };
            (name, format!("ldap:{principals}"))
        })
        .collect()
}

pub fn entry(name: &str) -> String {
    format!("uid={name},ou=services,dc=example,dc=com")
}

/// What a directory records when an account adds itself to a group.
pub fn joined(entry: &str, number: usize) -> Value {
    joined_at(entry, number, now())
}

/// The same, at this time of the directory's clock.
pub fn joined_at(entry: &str, number: usize, time: Timestamp) -> Value {
    let time = time.strftime("%Y%m%d%H%M%S").to_string();
    json!({
        "reqStart": format!("{time}.{number:06}Z"),
        "reqType": "modify",
        "reqSession": number.to_string(),
        "reqAuthzID": entry,
        "reqDN": "cn=operators,ou=groups,dc=example,dc=com",
        "reqResult": "0",
        "reqMod": [format!("member:+ {entry}")],
        "entryUUID": format!("00000000-0000-4000-9000-{number:012}"),
    })
}

/// Whoever gives itself a group is cut off by these verbs.
pub fn joined_playbook(verbs: &str) -> String {
    format!(
        "
name: joined-by-oneself
description: whoever gives itself a group is cut off
when:
  rules: [eb902225-1ebd-4735-a70a-1be4da7208bb]
tiers:
  disable:
    confidence: 0.1
    do: [{verbs}]
    consent: {{production: automatic, staging: automatic, development: automatic}}
"
    )
}

impl Killed<'_> {
    /// Kills it at random moments, then lets it come to rest.
    pub async fn to_rest(&self) -> Rest {
        let count = self.records.len();
        let mut random = Random(u64::from(std::process::id()) << 20 | 1);
        println!("seed {}", random.0);
        let mut acknowledged = vec![false; count];
        let kills = kills();
        for kill in 0..kills {
            let house = self.folder.serve();
            let due = kill * count / kills + 1;
            let post = async {
                for (record, done) in self.records.iter().zip(&mut acknowledged).take(due) {
                    if !*done {
                        *done = house.post(std::slice::from_ref(record)).await;
                    }
                }
                std::future::pending::<()>().await;
            };
            let life = Duration::from_millis(random.below(LIFE));
            let _ = tokio::time::timeout(life, post).await;
            house.kill();
        }
        let house = self.folder.serve();
        for (record, _) in self.records.iter().zip(acknowledged).filter(|(_, done)| !done) {
            assert!(house.post(std::slice::from_ref(record)).await);
        }
        house
            .until("all rest", async || {
                let all = house.containments().await;
                all.len() == count && all.iter().all(|it| it["phase"] == "contained")
            })
            .await;
        let attempts = attempts(&house).await;
        drop(house);
        let (verified, text) = self.folder.run(&["audit", "verify"]);
        assert!(verified, "{text}");
        let steps = attempts.iter().map(Vec::len).sum();
        Rest { server: self.server.to_owned(), targets: count, steps, attempts }
    }
}

async fn attempts(house: &House<'_>) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for it in house.containments().await {
        let id = it["id"].as_str().unwrap();
        let one = house.get(&format!("/v1/containments/{id}")).await;
        let steps = one["steps"].as_array().unwrap().iter();
        all.push(steps.map(|it| it["attempts"].as_u64().unwrap()).collect());
    }
    all
}

impl Rest {
    /// Holds the intents against what arrived: `writes` of the first step of each containment.
    #[track_caller]
    pub fn each_once(&self, writes: &[usize]) {
        assert_eq!(writes.len(), self.targets);
        assert!(writes.iter().all(|it| *it == 1), "a write was lost or repeated: {writes:?}");
        let intended = self.attempts.iter().all(|it| it.first().is_some_and(|it| *it > 0));
        assert!(intended, "a write without an intent: {:?}", self.attempts);
        println!("{self}");
    }
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills = kills();
        let intents: u64 = self.attempts.iter().flatten().sum();
        let needed = self.attempts.iter().flatten().filter(|it| **it > 0).count();
        let again = intents.saturating_sub(u64::try_from(needed).unwrap_or(u64::MAX));
        write!(
            f,
            "| {} | {} targets, {} steps | {kills} kills | {} first writes arrived, each once | {again} intents taken up again | {} at rest |",
            self.server, self.targets, self.steps, self.targets, self.targets
        )
    }
}
