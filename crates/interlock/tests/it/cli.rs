//! The commands that read and act: through a running house, and without one.

use crate::served::{Folder, read, record, token};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text.lines().next().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder whose house has seen one event and was stopped.
async fn seen() -> Folder {
    let folder = Folder::new();
    let house = folder.serve();
    let (_, answer) = house.events(record("a", "one").to_string(), &[]).await;
    house.settled(answer["position"].as_u64().unwrap()).await;
    assert_eq!(house.terminate(), Some(0));
    folder
}

#[tokio::test]
async fn what_is_read_is_the_same_with_and_without_a_server() {
    let folder = seen().await;
    let read_all = |server: &[&str]| {
        let run = |arguments: &[&str]| {
            let all: Vec<&str> = arguments.iter().chain(server).copied().collect();
            let ran = folder.run_as("rita", &all);
            assert!(ran.code == 0 || arguments[0] == "identity", "{all:?} {ran:?}");
            ran.out
        };
        let case = json(&run(&["--json", "case", "list"]))["id"].as_str().unwrap().to_owned();
        let finding = json(&run(&["--json", "finding", "list"]))["id"].as_str().unwrap().to_owned();
        vec![
            run(&["--json", "identity", "list"]),
            run(&["--json", "identity", "show", "one"]),
            run(&["identity", "show", "AKIAIOSFODNN7EXAMPLE"]),
            run(&["identity", "gaps"]),
            run(&["case", "list"]),
            run(&["--json", "case", "show", &case]),
            run(&["case", "show", &case]),
            run(&["finding", "list"]),
            run(&["finding", "show", &finding]),
            run(&["explain", &finding]),
            run(&["explain", &case]),
            run(&["explain", "idn_shop"]),
        ]
    };
    let from_store = read_all(&[]);
    let house = folder.serve();
    let address = house.address.clone();
    let from_server = read_all(&["--server", &address]);
    for (one, other) in from_store.iter().zip(&from_server) {
        assert_eq!(one, other);
        assert!(!one.trim().is_empty());
    }
}

#[tokio::test]
async fn without_a_server_the_house_is_opened_here() {
    let folder = seen().await;
    let ran = folder.run_as("sue", &["--json", "contain", "shop", "--intent", "block_principal"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let contained = json(&ran.out);
    assert_eq!(contained["waits_for"], serde_json::json!(["security"]), "{contained}");
    let id = contained["id"].as_str().unwrap();
    let ran = folder.run(&["approve", id, "--plan", "000000000000"]);
    assert_eq!(ran.code, 1, "another plan than the one that stands: {ran:?}");
    let plan = contained["plan"].as_str().unwrap();
    let digits = |count| plan.get(..count).unwrap();
    let ran = folder.run_as("sue", &["approve", id]);
    assert_eq!(ran.code, 2, "a yes without a plan: {ran:?}");
    assert!(ran.err.contains(&format!("--plan {}", digits(12))), "{ran:?}");
    let ran = folder.run_as("sue", &["approve", id, "--plan", digits(11)]);
    assert_eq!(ran.code, 2, "too few digits to mean one plan: {ran:?}");
    let ran = folder.run_as("sue", &["approve", id, "--plan", digits(12)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("contained, effective"), "{ran:?}");
    assert!(ran.err.contains("plan "), "the plan is shown: {ran:?}");
    let ran = folder.run(&["undo", id]);
    assert_eq!(ran.code, 1, "it makes a credential valid again: {ran:?}");
    assert!(ran.err.contains("--accept-re-arm"), "{ran:?}");
    let ran = folder.run_as("sue", &["--json", "undo", id, "--accept-re-arm"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(json(&ran.out)["phase"], "undone");
    let ran = folder.run(&["audit", "export", "-"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let account = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let account = String::from_utf8(account).unwrap();
    let by = |name: &str| format!("\"by\":\"local:{name}");
    assert!(ran.out.contains(&by("")), "who did it stands in the record");
    assert!(!ran.out.contains(&by("test")), "what `USER` says anybody may set");
    assert!(ran.out.contains(&format!("{}\"", account.trim())), "{account}");
    let ran = folder.run(&["undo", id, "--accept-re-arm"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[tokio::test]
async fn a_running_house_is_asked_and_each_no_has_its_exit_code() {
    let folder = Folder::new();
    let house = folder.serve();
    let server = ["--server", house.address.as_str()];
    let run = |name: &str, arguments: &[&str]| {
        let all: Vec<&str> = arguments.iter().chain(&server).copied().collect();
        folder.run_as(name, &all)
    };
    let ran = run("alice", &["--json", "contain", "shop", "--intent", "block_principal"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let id = json(&ran.out)["id"].as_str().unwrap().to_owned();
    let plan = json(&ran.out)["plan"].as_str().unwrap().to_owned();
    assert_eq!(run("bob", &["approve", &id, "--plan", &plan]).code, 1, "not an approver");
    assert_eq!(run("alice", &["approve", &id]).code, 2, "a yes without a plan");
    let ran = run("alice", &["approve", &id, "--plan", &plan, "--note", "fine"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("effective"), "{ran:?}");
    let ran = run("sue", &["undo", &id, "--accept-re-arm"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("undone"), "{ran:?}");

    assert_eq!(run("alice", &["approve", "cnt_unknown"]).code, 1);
    assert_eq!(run("alice", &["approve", "nonsense"]).code, 2);
    assert_eq!(run("nobody", &["case", "list"]).code, 2, "a token that nobody knows");
    let ran = folder.run(&["case", "list", "--server", &house.address]);
    assert_eq!(ran.code, 2, "no token: {ran:?}");
    assert!(ran.err.contains("INTERLOCK_TOKEN"), "{ran:?}");
    let ran = folder.run_as("rita", &["case", "list", "--server", "http://127.0.0.1:1"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let file = folder.path().join("alice.token");
    crate::program::write_secret(&file, token("alice") + "\n");
    let ran = folder.run(&[
        "case",
        "list",
        "--server",
        &house.address,
        "--token-file",
        file.to_str().unwrap(),
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // The store is taken: a second house is not opened beside the running one.
    let ran = folder.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[tokio::test]
async fn an_export_that_was_touched_is_named_with_its_first_broken_link() {
    let folder = seen().await;
    let file = folder.path().join("chain.jsonl");
    let path = file.to_str().unwrap();
    assert_eq!(folder.run(&["audit", "export", path]).code, 0);
    let key = folder.path().join("audit.pub");
    let verify = |file: &str| {
        crate::program::interlock(
            &folder.path(),
            &["audit", "verify", file, "--key", key.to_str().unwrap()],
        )
    };
    let ran = verify(path);
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = read(&file);
    let lines: Vec<&str> = text.lines().collect();
    let entry = lines.iter().position(|it| it.contains("finding.made")).unwrap();
    let touched = text.replacen("finding.made", "finding.mode", 1);
    let cut: String = lines[..lines.len() - 1].iter().map(|it| format!("{it}\n")).collect();
    let missing: String = lines
        .iter()
        .enumerate()
        .filter(|it| it.0 != entry)
        .map(|it| format!("{}\n", it.1))
        .collect();
    for (what, text, says) in [
        ("touched", touched, "audit entry"),
        ("cut off", cut, "closing line"),
        ("one missing", missing, "audit entry"),
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = verify(path);
        assert_eq!(ran.code, 1, "{what}: {ran:?}");
        assert!(ran.out.contains(says), "{what}: {ran:?}");
    }
    let ran = folder.run(&["audit", "verify"]);
    assert_eq!(ran.code, 0, "the store itself is whole: {ran:?}");
    assert_eq!(verify("absent.jsonl").code, 2);
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// While the house is down anybody on the machine may take its port.
#[tokio::test]
async fn a_token_is_given_to_nobody_but_the_house() {
    use std::io::{Read as _, Write as _};
    let folder = seen().await;
    let port = free_port();
    let listen = format!("[serve]\nlisten = \"127.0.0.1:{port}\"\n");
    let file = folder.path().join("interlock.toml");
    let text = std::fs::read_to_string(&file).unwrap().replacen("[serve]\n", &listen, 1);
    std::fs::write(&file, text).unwrap();

    // The house of this configuration at another port: whoever asks it for the proof gets one for that.
    let elsewhere = folder.serve();
    let beyond = elsewhere.address.strip_prefix("http://").unwrap().to_owned();
    let impostor = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let heard = std::thread::spawn(move || {
        let mut heard = Vec::new();
        // The first look whether anybody listens, then the question.
        for stream in impostor.incoming().take(2) {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or_default();
            let head = head.get(..read).unwrap_or_default();
            heard.extend_from_slice(head);
            if read == 0 {
                continue;
            }
            let mut house = std::net::TcpStream::connect(&beyond).unwrap();
            house.write_all(head).unwrap();
            let mut answer = [0; 4096];
            let read = house.read(&mut answer).unwrap();
            stream.write_all(answer.get(..read).unwrap()).unwrap();
        }
        String::from_utf8(heard).unwrap()
    });
    let contain = ["contain", "shop", "--intent", "block_principal", "--why", "a test"];
    let ran = folder.run_as("sue", &contain);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("is not the house of this configuration"), "{ran:?}");
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("GET /health?challenge="), "{heard}");
    assert!(!heard.contains(&token("sue")) && !heard.to_lowercase().contains("bearer"), "{heard}");
    assert_eq!(elsewhere.terminate(), Some(0));

    let house = folder.serve_at(&format!("127.0.0.1:{port}"));
    let ran = folder.run_as("sue", &contain);
    assert_eq!(ran.code, 0, "the house itself is given it: {ran:?}");
    let (status, problem) =
        crate::served::answer(house.request("GET", "/health?challenge=00")).await;
    assert_eq!((status, &problem["code"]), (400, &serde_json::json!("IL0206")), "{problem}");

    // Whoever may not read the private key knows the house by the public one.
    std::fs::remove_file(folder.path().join("audit.key")).unwrap();
    let resume = ["resume", "cnt_0b1c2d3e4f5061728394"];
    let ran = folder.run_as("sue", &resume);
    assert!(ran.code == 1 && ran.err.contains("IL0204"), "the house answers: {ran:?}");
    std::fs::remove_file(folder.path().join("audit.pub")).unwrap();
    let ran = folder.run_as("sue", &resume);
    assert!(ran.code == 2 && ran.err.contains("audit.key"), "{ran:?}");
}
