//! Killed at random moments while events come in: nothing acknowledged is lost, nothing counts twice.

use crate::counted::Random;
use crate::served::{Folder, STOPPED, record, token};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often the house is killed.
const KILLS: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_events_survive_kills_and_count_once() {
    let mut random = Random::seeded();
    let folder = Folder::new();
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<String> = Vec::new();
    let mut next = 0;
    let mut cut_off = 0;
    for kill in 0..KILLS {
        let house = folder.serve();
        let life = Duration::from_millis(random.below(120));
        let posting = async {
            loop {
                // What had no answer is sent again, as a sender that retries would.
                while waiting.len() < 7 {
                    waiting.push(format!("user-{next}"));
                    next += 1;
                }
                let body: String = waiting
                    .iter()
                    .map(|it| format!("{}\n", record(&format!("event-{it}"), it)))
                    .collect();
                let answer = house
                    .request("POST", "/v1/events")
                    .bearer_auth(token("carl"))
                    .body(body)
                    .send()
                    .await;
                match answer {
                    Ok(answer) if answer.status() == 202 => acknowledged.extend(waiting.drain(..)),
                    Ok(answer) => panic!("kill {kill}: {}", answer.status()),
                    Err(_) => return,
                }
            }
        };
        // The kill comes right after an answer as well as in the middle of one.
        if tokio::time::timeout(life, posting).await.is_err() && !waiting.is_empty() {
            cut_off += 1;
        }
        house.kill();
    }
    println!(
        "{} acknowledged, {cut_off} of {KILLS} kills in the middle of a request",
        acknowledged.len()
    );
    assert!(acknowledged.len() > KILLS, "the kills left time for some");
    let house = folder.serve();
    let (status, answer) = house.events(record("last", "last").to_string(), &[]).await;
    assert_eq!(status, 202);
    house.settled(answer["position"].as_u64().unwrap()).await;

    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let mut before = String::new();
    loop {
        let path = format!("/v1/findings?rule={STOPPED}&limit=500{before}");
        let (_, page) = house.get("rita", &path).await;
        for it in page["items"].as_array().unwrap() {
            let name = it["identity"]["name"].as_str().unwrap_or_else(|| panic!("{it}")).to_owned();
            *counted.entry(name).or_default() += 1;
            assert_eq!(it["evidence"].as_array().unwrap().len(), 1, "counted twice: {it}");
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    for user in &acknowledged {
        assert_eq!(counted.get(user), Some(&1), "`{user}` was acknowledged");
    }
    assert!(counted.values().all(|it| *it == 1), "{counted:?}");
    let (_, verified) = house.get("rita", "/v1/audit/verify").await;
    assert_eq!(verified["ok"], Value::Bool(true), "{verified}");
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    assert_eq!(rejected["items"].as_array().unwrap().len(), 0, "{rejected}");
}
