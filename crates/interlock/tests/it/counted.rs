//! Counting what came in: every record once, none lost.

use crate::served::{STOPPED, Served, token};
use std::collections::BTreeMap;
use std::time::Duration;

/// A small generator, so that a failure can be repeated from the seed it prints.
pub struct Random(pub u64);

impl Random {
    pub fn seeded() -> Self {
        let seed = u64::from(std::process::id()) << 20 | 1;
        println!("seed {seed}");
        Self(seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// How many records went through a turn; `None` while the house is too busy to say it.
async fn consumed(house: &Served) -> Option<u64> {
    let asked = house.request("GET", "/metrics").bearer_auth(token("rita")).send().await.ok()?;
    let text = asked.text().await.ok()?;
    let line = text.lines().find_map(|it| it.strip_prefix("interlock_store_consumed "));
    line?.parse().ok()
}

/// Every user has its one finding with one piece of evidence, and nothing was refused.
pub async fn each_counted_once(house: &Served, users: usize) {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let mut before = String::new();
    loop {
        let path = format!("/v1/findings?rule={STOPPED}&limit=500{before}");
        let (_, page) = house.get("rita", &path).await;
        for it in page["items"].as_array().unwrap() {
            let name = it["identity"]["name"].as_str().unwrap_or_else(|| panic!("{it}")).to_owned();
            assert_eq!(it["evidence"].as_array().unwrap().len(), 1, "counted twice: {it}");
            *counted.entry(name).or_default() += 1;
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    for user in 0..users {
        assert_eq!(counted.get(&format!("user-{user}")), Some(&1), "user-{user} of {users}");
    }
    assert_eq!(counted.len(), users);
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    assert_eq!(rejected["items"].as_array().unwrap().len(), 0, "{rejected}");
}

/// Waits until exactly so many records are in the store, and sees that no more come.
pub async fn exactly(house: &Served, count: usize) {
    let count = count as u64;
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..1_800 {
        pace.tick().await;
        if consumed(house).await >= Some(count) {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(consumed(house).await, Some(count), "every record is stored once");
}
