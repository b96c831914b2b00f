//! A house that is killed again and again while it contains, whatever it contains on.

use crate::account::now;
use crate::house::{Folder, House};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often the house is killed, unless `INTERLOCK_TEST_KILLS` says otherwise: enough for every change,
/// and `cargo xtask kills` does it a hundred times.
const USUAL_KILLS: usize = 20;
/// Before as many commits of its store a house is killed: two steps take about a dozen, from the record
/// to the proof. By commits and not by time, so that a slow machine kills in the middle of work, too.
const COMMITS: u64 = 12;
/// How long it lives on after the last of them at most, in milliseconds.
const MORE: u64 = 25;
/// After how long without a commit it is killed all the same, in milliseconds.
const IDLE: u64 = 200;

/// Header of the table whose rows the tests print.
pub const TABLE: &str = "\
| Server | Verbs | Targets | Kills | Intents cut off | of these held | Intended again | Repeated | Lost | At rest | Counted by |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |";

/// The rules that playbooks of these tests name: with all of them an unoptimised house takes seconds to
/// start, and it is started anew after each kill.
const RULES: [&str; 3] =
    ["joined_group_by_oneself.yml", "privileged_group_joined.yml", "trail_stopped.yml"];

/// What a house is killed at.
pub struct Killed<'a> {
    /// The server, for people.
    pub server: &'a str,
    /// The verbs; the writes of the first are counted.
    pub verbs: &'a str,
    /// Who counts them.
    pub counted: &'a str,
    pub folder: &'a Folder,
    /// Each leads to one containment.
    pub asked: Vec<Asked>,
    /// Whether nothing more is to be done at a containment.
    pub rests: fn(&Value) -> bool,
}

/// What leads to a containment.
pub enum Asked {
    /// A record, which may come twice.
    Record(Value),
    /// A person asks for a verb on this credential of an identity.
    Verb { identity: String, verb: &'static str, credential: String },
}

/// How it stands in the end, when everything is at rest.
pub struct Rest {
    server: String,
    verbs: String,
    counted: String,
    targets: usize,
    /// How often each step was intended, by containment.
    attempts: Vec<Vec<u64>>,
    deaths: Deaths,
}

/// Intents that a kill cut off: one kill can cut off several, which wait for the provider's pace.
#[derive(Default)]
struct Deaths {
    all: usize,
    /// Those whose wanted state the next house read back all the same.
    held: usize,
}

/// What a containment is that ends access.
pub fn contained(it: &Value) -> bool {
    it["phase"] == "contained"
}

/// What one is of whose rotation only waits: for the use of what is new, and for the end of the grace.
pub fn delivered(it: &Value) -> bool {
    let states = it["steps"].as_array().unwrap().iter().map(|it| &it["state"]);
    let mut states = states.peekable();
    states.next_if(|it| **it == "verified").is_some() && states.all(|it| it == "waiting")
}

/// As many targets as can be in the middle of a write at one kill or the other.
pub fn targets() -> usize {
    (kills() / 2).max(25)
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

impl Asked {
    /// Whether it is asked for, durably.
    async fn post(&self, house: &House<'_>) -> bool {
        match self {
            Self::Record(it) => house.post(std::slice::from_ref(it)).await,
            Self::Verb { identity, verb, credential } => {
                // The answer to the last time may be what the kill took.
                let Some(before) =
                    house.may_get(&format!("/v1/containments?identity={identity}")).await
                else {
                    return false;
                };
                if before["items"].as_array().is_some_and(|it| !it.is_empty()) {
                    return true;
                }
                let body = json!({"intent": verb, "credential": credential, "why": "it is stolen"});
                let path = format!("/v1/identities/{identity}/contain");
                house.may_act(&path, body).await
            }
        }
    }
}

impl Killed<'_> {
    /// Waits for so many commits and so many milliseconds more, or until it has nothing to do.
    async fn moment(&self, commits: u64, more: u64) {
        let mut pace = tokio::time::interval(Duration::from_millis(1));
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut stands, mut seen, mut idle) = (self.folder.committed(), 0, 0);
        while seen < commits && idle < IDLE {
            pace.tick().await;
            let now = self.folder.committed();
            idle = if now == stands { idle + 1 } else { 0 };
            seen += u64::from(now != stands);
            stands = now;
        }
        for _ in 0..more {
            pace.tick().await;
        }
    }

    /// Kills it at random moments, then lets it come to rest.
    pub async fn to_rest(&self) -> Rest {
        let count = self.asked.len();
        let mut random = Random(u64::from(std::process::id()) << 20 | 1);
        println!("seed {}", random.0);
        let mut acknowledged = vec![false; count];
        self.folder.keep_rules(&RULES);
        let kills = kills();
        for kill in 0..kills {
            let house = self.folder.serve();
            let due = kill * count / kills + 1;
            let post = async {
                for (asked, done) in self.asked.iter().zip(&mut acknowledged).take(due) {
                    if !*done {
                        *done = asked.post(&house).await;
                    }
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = post => {}
                () = self.moment(random.below(COMMITS), random.below(MORE)) => {}
            }
            house.kill();
        }
        let house = self.folder.serve();
        for (asked, _) in self.asked.iter().zip(acknowledged).filter(|(_, done)| !done) {
            assert!(asked.post(&house).await);
        }
        house
            .until("all rest", async || {
                let all = house.containments().await;
                all.len() == count && all.iter().all(self.rests)
            })
            .await;
        let attempts = attempts(&house).await;
        let deaths = deaths(&house).await;
        drop(house);
        let (verified, text) = self.folder.run(&["audit", "verify"]);
        assert!(verified, "{text}");
        let of = |it: &str| it.to_owned();
        let (server, verbs, counted) = (of(self.server), of(self.verbs), of(self.counted));
        Rest { server, verbs, counted, targets: count, attempts, deaths }
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

/// An intent after which the chain has no answer was cut off by a kill.
async fn deaths(house: &House<'_>) -> Deaths {
    let (mut intended, mut deaths) = (BTreeSet::new(), Deaths::default());
    let mut next = 0;
    loop {
        let page = house.get(&format!("/v1/audit?limit=1000&from={next}")).await;
        let links = page["items"].as_array().unwrap();
        let Some(last) = links.last() else { return deaths };
        next = last["sequence"].as_u64().unwrap() + 1;
        for link in links {
            let at = format!("{} {}", link["about"]["containment"], link["about"]["step"]);
            match link["what"].as_str().unwrap() {
                "step.intended" => {
                    intended.insert(at);
                }
                "step.acknowledged" | "step.failed" => {
                    intended.remove(&at);
                }
                "step.observed" => {
                    let text = link["text"].as_str().unwrap();
                    if !text.starts_with("cannot tell") && intended.remove(&at) {
                        deaths.all += 1;
                        deaths.held += usize::from(text.starts_with("holds"));
                    }
                }
                _ => {}
            }
        }
    }
}

impl Rest {
    /// Holds the intents against what arrived: `writes` of the first step of each containment.
    #[track_caller]
    pub fn each_once(&self, writes: &[usize]) {
        assert_eq!(writes.len(), self.targets);
        self.tell(writes);
        assert!(writes.iter().all(|it| *it == 1), "a write was lost or repeated: {writes:?}");
        self.each_intended();
    }

    /// The same where a write may be made again, because what it made was lost with the process: what
    /// is there in the end is held by the caller.
    #[track_caller]
    pub fn each_at_least_once(&self, writes: &[usize]) {
        assert_eq!(writes.len(), self.targets);
        self.tell(writes);
        assert!(writes.iter().all(|it| *it > 0), "a write was lost: {writes:?}");
        self.each_intended();
        let most: u64 = self.attempts.iter().filter_map(|it| it.first()).sum();
        let made: usize = writes.iter().sum();
        assert!(u64::try_from(made).unwrap() <= most, "{made} writes for {most} intents");
    }

    #[track_caller]
    fn each_intended(&self) {
        let intended = self.attempts.iter().all(|it| it.first().is_some_and(|it| *it > 0));
        assert!(intended, "a write without an intent: {:?}", self.attempts);
    }

    /// Prints the row of the table.
    fn tell(&self, writes: &[usize]) {
        let Self { server, verbs, counted, targets, attempts, deaths } = self;
        let intents: u64 = attempts.iter().flatten().sum();
        let needed = attempts.iter().flatten().filter(|it| **it > 0).count();
        let again = intents.saturating_sub(u64::try_from(needed).unwrap());
        let repeated: usize = writes.iter().map(|it| it.saturating_sub(1)).sum();
        let lost = writes.iter().filter(|it| **it == 0).count();
        println!("{TABLE}");
        println!(
            "| {server} | {verbs} | {targets} | {} | {} | {} | {again} | {repeated} | {lost} | {targets} | {counted} |",
            kills(),
            deaths.all,
            deaths.held,
        );
    }
}
