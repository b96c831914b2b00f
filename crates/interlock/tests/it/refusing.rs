//! A store that cannot grow: readiness, metrics and the command line say so, and take it back; nothing
//! that was acknowledged is lost, and nothing counts twice.

#![cfg(target_os = "linux")]

use crate::served::{Folder, STOPPED, Served, record, token};
use serde_json::Value;
use std::collections::BTreeSet;

/// Users of one request: enough to outgrow what the store's files have room for.
const TOGETHER: usize = 40;

/// Lets the files of this process grow to so many bytes and no further; `None`: as they will.
fn files_of_at_most(house: &Served, bytes: Option<u64>) {
    let soft = bytes.map_or_else(|| "unlimited".to_owned(), |it| it.to_string());
    let done = std::process::Command::new("prlimit")
        .args(["--pid", &house.id().to_string(), &format!("--fsize={soft}:unlimited")])
        .status()
        .unwrap();
    assert!(done.success());
}

async fn health(house: &Served) -> (u16, Value) {
    crate::served::answer(house.request("GET", "/health")).await
}

async fn gauge(house: &Served, name: &str) -> u64 {
    let request = house.request("GET", "/metrics").bearer_auth(token("rita"));
    let text = request.send().await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no `{name}` in {text}")).parse().unwrap()
}

/// Sends users until one lot is refused; who was acknowledged and who was not.
async fn fill(house: &Served, acknowledged: &mut BTreeSet<String>) -> Vec<String> {
    for lot in 0..400 {
        let users: Vec<String> = (0..TOGETHER).map(|it| format!("user-{lot}-{it}")).collect();
        let (status, answer) = house.events(body(&users), &[]).await;
        if status == 503 {
            assert_eq!(answer["code"], "IL0214", "{answer}");
            return users;
        }
        assert_eq!(status, 202, "{answer}");
        acknowledged.extend(users);
    }
    panic!("the store always found room");
}

fn body(users: &[String]) -> String {
    // Padded: what fills a disk is mostly what records carry beside.
    let line = |it: &String| {
        let mut record = record(&format!("event-{it}"), it);
        record["requestParameters"]["padding"] = "x".repeat(2_000).into();
        format!("{record}\n")
    };
    users.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_grow_is_not_ready_until_it_can() {
    let folder = Folder::new();
    let house = folder.serve_past_limits();
    let mut acknowledged = BTreeSet::new();
    let first = vec!["before".to_owned()];
    assert_eq!(house.events(body(&first), &[]).await.0, 202);
    acknowledged.extend(first);
    let (status, before) = health(&house).await;
    assert_eq!((status, &before["status"]), (200, &Value::from("ready")), "{before}");
    assert_eq!(before["refused"], serde_json::json!([]), "{before}");
    let address = house.address.clone();
    assert_eq!(folder.run(&["status", "--server", &address]).code, 0);

    let largest = ["db", "db-wal"].map(|it| {
        let file = folder.path().join(format!("interlock.{it}"));
        std::fs::metadata(file).map_or(0, |it| it.len())
    });
    files_of_at_most(&house, largest.into_iter().max().map(|it| it + (64 << 10)));
    let refused = fill(&house, &mut acknowledged).await;

    let (status, it) = health(&house).await;
    assert_eq!((status, &it["status"]), (503, &Value::from("not_ready")), "{it}");
    assert_eq!(it["store"], true, "it can still be read: {it}");
    let what: Vec<&str> =
        it["refused"].as_array().unwrap().iter().filter_map(|it| it["what"].as_str()).collect();
    assert!(what.contains(&"records"), "{it}");
    for one in it["refused"].as_array().unwrap() {
        let why = one["why"].as_str().unwrap();
        assert!(!why.is_empty() && !why.contains('/') && !why.contains("interlock.db"), "{why}");
        assert!(one["since"].as_str().unwrap().ends_with('Z'), "{it}");
    }
    let ran = folder.run(&["status", "--server", &address]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("not ready") && ran.out.contains("refused records: "), "{ran:?}");
    let ran = folder.run(&["--json", "status", "--server", &address]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("\"status\":\"not_ready\""), "{ran:?}");
    // Asked again and again it is no other: a little that fits is not room for what was refused. And it
    // outlives the patience that other troubles of the store are given.
    for _ in 0..18 {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert_eq!(health(&house).await.0, 503);
    }

    files_of_at_most(&house, None);
    house.until("it is ready again", async || health(&house).await.0 == 200).await;
    assert_eq!(gauge(&house, "interlock_ready").await, 1);
    assert_eq!(gauge(&house, "interlock_store_refuses{what=\"records\"}").await, 0);
    let (status, answer) = house.events(body(&refused), &[]).await;
    assert_eq!(status, 202, "{answer}");
    acknowledged.extend(refused);
    house.settled(answer["position"].as_u64().unwrap()).await;
    counted(&house, &acknowledged).await;
}

/// Every user has its one finding with its one record, and nobody else has any.
async fn counted(house: &Served, users: &BTreeSet<String>) {
    let mut found = BTreeSet::new();
    let mut before = String::new();
    loop {
        let path = format!("/v1/findings?rule={STOPPED}&limit=500{before}");
        let (_, page) = house.get("rita", &path).await;
        for it in page["items"].as_array().unwrap() {
            assert_eq!(it["evidence"].as_array().unwrap().len(), 1, "counted twice: {it}");
            let name = it["identity"]["name"].as_str().unwrap().to_owned();
            assert!(found.insert(name), "twice: {it}");
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(&found, users);
    let (_, verified) = house.get("rita", "/v1/audit/verify").await;
    assert_eq!(verified["ok"], true, "{verified}");
}
