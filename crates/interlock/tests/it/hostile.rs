//! Whoever writes into a log, or only reaches the port, is no friend: what is shown, and who is kept out.

use crate::program::{command, interlock};
use crate::served::{Folder, answer, read, record, token};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

/// Clears the screen, sets the title, forges a line, turns text around, and hides in it.
const NAME: &str = "mallory\u{1b}[2J\u{1b}]0;x\u{7}\n  Owner   you\r\u{9b}31m\u{202e}exe\u{200b}";
/// The same as it is shown.
const SHOWN: &str = r"mallory\u{1b}[2J\u{1b}]0;x\u{7}\n  Owner   you\r\u{9b}31m\u{202e}exe\u{200b}";

/// Whether nothing in the text is obeyed by a terminal but the program's own colours, and no line is forged.
#[track_caller]
fn is_plain(text: &str) {
    is_unobeyed(text);
    assert!(!text.lines().any(|it| it.starts_with("  Owner   you")), "a forged line: {text}");
}

/// The same for a page, where the end of a line is a blank like any other.
#[track_caller]
fn is_unobeyed(text: &str) {
    for (index, line) in text.lines().enumerate() {
        let mut rest = line.to_owned();
        for code in ["0", "1", "2", "31", "32", "33", "36"] {
            rest = rest.replace(&format!("\u{1b}[{code}m"), "");
        }
        let obeyed = |it: char| it.is_control() || matches!(it, '\u{202e}' | '\u{200b}');
        assert!(!rest.contains(obeyed), "line {index}: {rest:?}");
    }
}

#[tokio::test]
async fn a_name_in_a_log_does_not_speak_to_the_terminal() {
    let folder = Folder::new();
    let house = folder.serve();
    let (status, taken) = house.events(record("a", NAME).to_string(), &[]).await;
    assert_eq!(status, 202, "{taken}");
    house.settled(taken["position"].as_u64().unwrap()).await;
    let (_, cases) = house.get("rita", "/v1/cases").await;
    let case = &cases["items"][0];
    assert_eq!(case["subject"], NAME, "the API has the name as it is");
    let (id, identity) = (case["id"].as_str().unwrap(), case["identity"]["id"].as_str().unwrap());

    let server = ["--color", "always", "--server", house.address.as_str()];
    for words in [
        &["case", "list"][..],
        &["case", "show", id],
        &["finding", "list"],
        &["identity", "list"],
        &["identity", "show", identity],
        &["identity", "gaps"],
        &["identity", "history", identity],
        &["explain", id],
        &["explain", identity],
        &["readiness"],
    ] {
        let all: Vec<&str> = words.iter().chain(&server).copied().collect();
        let ran = folder.run_as("rita", &all);
        is_plain(&ran.out);
        is_plain(&ran.err);
        let short = SHOWN.split('\\').next().unwrap();
        assert!(ran.out.contains(short), "{words:?} {ran:?}");
    }
    let ran = folder.run_as("rita", &["--json", "case", "show", id, "--server", &house.address]);
    is_plain(&ran.out);
    let same: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(same["subject"], NAME, "JSON means the same");

    let form = format!("token={}", token("rita"));
    let login = house
        .request("POST", "/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let login = login.send().await.unwrap();
    let cookie = login.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    for path in ["/", &format!("/cases/{id}")] {
        let page = house.request("GET", path).header("cookie", cookie);
        let page = page.send().await.unwrap().text().await.unwrap();
        is_unobeyed(&page);
        assert!(page.contains(r"\u{202e}exe"), "{page}");
    }
}

#[test]
fn a_replay_shows_names_as_text_and_ends_quietly_when_nobody_reads_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.jsonl"), record("a", NAME).to_string()).unwrap();
    let run = |words: &[&str]| {
        let ran = interlock(folder.path(), words);
        assert_eq!(ran.code, 0, "{ran:?}");
        is_plain(&ran.out);
        ran.out
    };
    let text = run(&["--color", "always", "replay", "log.jsonl"]);
    assert!(text.contains(SHOWN), "{text}");
    run(&["--json", "replay", "log.jsonl"]);
    run(&["replay", "log.jsonl", "--html", "report.html"]);
    is_unobeyed(&read(&folder.path().join("report.html")));

    let mut child = command(folder.path(), &["replay", "log.jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

/// Requests that say how much is to come, and do not send it.
fn dangling(address: &str, path: &str, headers: &str, count: usize) -> Vec<TcpStream> {
    let host = address.strip_prefix("http://").unwrap();
    let open = |_| {
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: 60000\r\n\r\nx"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    (0..count).map(open).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_take_the_places_of_those_who_are_known() {
    let folder = Folder::new();
    crate::program::write_secret(folder.path().join("github.secret"), "of the test");
    folder.add(
        "\n[[feed]]\nid = \"org\"\nkind = \"github_webhook\"\nsecret = { from = \"file\", path = \"github.secret\" }\n",
    );
    let house = folder.serve();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let signed = format!("X-Hub-Signature-256: sha256={}\r\n", "0".repeat(64));
    let mut held = dangling(&house.address, "/login", form, 150);
    held.extend(dangling(&house.address, "/v1/webhooks/github/org", &signed, 20));
    house
        .until("the doors of strangers are full", async || {
            let login = house.request("POST", "/login").body("token=x");
            answer(login).await.0 == 503
        })
        .await;
    let (status, taken) = house.events(record("a", "one").to_string(), &[]).await;
    assert_eq!(status, 202, "{taken}");
    assert_eq!(house.get("rita", "/v1/cases").await.0, 200);
    assert_eq!(house.get("rita", "/health").await.0, 200);
    drop(held);

    // Without a signature of the right form nothing of a body is waited for.
    let mut stream = dangling(&house.address, "/v1/webhooks/github/org", "", 1).remove(0);
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let mut start = [0; 12];
    house
        .until("there is room again", async || {
            answer(house.request("POST", "/login").body("token=x")).await.0 != 503
        })
        .await;
    stream.read_exact(&mut start).unwrap();
    let start = std::str::from_utf8(&start).unwrap().to_owned();
    assert!(matches!(start.as_str(), "HTTP/1.1 401" | "HTTP/1.1 429" | "HTTP/1.1 503"), "{start}");
}

/// An empty list where a word is wrong would say that nothing is held.
#[tokio::test]
async fn what_a_query_does_not_know_is_refused() {
    let folder = Folder::new();
    let house = folder.serve();
    for path in [
        "/v1/containments?phase=Held",
        "/v1/containments?fase=held",
        "/v1/findings?severity=high",
        "/v1/cases?lmit=1",
        "/v1/audit?after=1",
        "/v1/identities?owner=x",
        "/v1/readiness?everything=true",
        "/v1/notices?to=security",
        "/v1/rejected?from=1",
    ] {
        let (status, problem) = house.get("rita", path).await;
        assert_eq!((status, &problem["code"]), (400, &json!("IL0206")), "{path}: {problem}");
    }
    assert_eq!(house.get("rita", "/v1/containments?phase=held").await.0, 200);
}

#[tokio::test]
async fn who_acts_says_why() {
    let folder = Folder::new();
    let house = folder.serve();
    let body = json!({"intent": "block_principal", "why": " "});
    let (status, problem) = house.post("sue", "/v1/identities/idn_shop/contain", body).await;
    assert_eq!((status, &problem["code"]), (400, &json!("IL0206")), "{problem}");
    let (_, taken) = house.events(record("a", "one").to_string(), &[]).await;
    house.settled(taken["position"].as_u64().unwrap()).await;
    let (_, cases) = house.get("rita", "/v1/cases").await;
    let case = cases["items"][0]["id"].as_str().unwrap().to_owned();
    let close = format!("/v1/cases/{case}/close");
    assert_eq!(house.post("sue", &close, json!({"why": ""})).await.0, 400);

    let server = ["--server", house.address.as_str()];
    let run = |name: &str, words: &[&str]| {
        let all: Vec<&str> = words.iter().chain(&server).copied().collect();
        folder.run_as(name, &all)
    };
    let ran = run("alice", &["case", "close", &case, "--why", "a planned test"]);
    assert_ne!(ran.code, 0, "only the security team: {ran:?}");
    let ran = run("sue", &["--json", "case", "close", &case, "--why", "a planned test"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let closed: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&closed["state"], &closed["closed_by"], &closed["closed_why"]),
        (&json!("closed"), &json!("sue"), &json!("a planned test"))
    );
    assert_eq!(run("sue", &["case", "close", &case]).code, 2, "no reason");
    assert_eq!(run("sue", &["resume", "cnt_00000000000000000000"]).code, 1);
}

#[tokio::test]
async fn an_empty_text_is_no_token() {
    let folder = Folder::new();
    folder.add("\n[[token]]\nname = \"empty\"\nroles = [\"admin\"]\nsha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n");
    let ran = folder.run(&["check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(format!("{}{}", ran.out, ran.err).contains("that of an empty text"), "{ran:?}");
}
