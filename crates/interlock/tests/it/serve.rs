//! The HTTP API of the real program: who may what, which bodies are read, what is durable when.

use crate::served::{Folder, STOPPED, answer, record, token};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write as _;

/// A body, its headers, and how many records it holds.
type Form<'a> = (&'a str, Vec<u8>, Vec<(&'a str, &'a str)>, u64);

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Every operation of the document: method, path with its names filled in.
async fn operations(house: &crate::served::Served) -> Vec<(String, String)> {
    let (status, document) = house.get("rita", "/openapi.json").await;
    assert_eq!(status, 200);
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let path = path.replace("{identity}", "idn_shop").replace("{id}", "cnt_x");
            found.push((method.to_uppercase(), path));
        }
    }
    assert!(found.len() >= 28, "{found:?}");
    found
}

/// A signature opens this door, and no token: see `feed_webhook`.
const WEBHOOKS: &str = "/v1/webhooks/";

#[tokio::test]
async fn every_path_of_the_document_wants_a_token() {
    let folder = Folder::new();
    let house = folder.serve();
    for (method, path) in operations(&house).await {
        if path.starts_with("/broker/") {
            // The doors of the broker have manners of their own, after their RFCs: see `broker`.
            let stranger = house
                .request(&method, &path)
                .header("content-type", "application/x-www-form-urlencoded")
                .body("token=x&grant_type=client_credentials");
            assert_eq!(answer(stranger).await.0, 401, "{method} {path}");
            continue;
        }
        let (status, problem) = answer(house.request(&method, &path)).await;
        if path == "/health" {
            assert_eq!((status, &problem["status"]), (200, &json!("ready")));
            continue;
        }
        if path.starts_with(WEBHOOKS) {
            // Wrong tokens at the doors before count against this address here, too.
            assert!(status == 401 || status == 429, "{method} {path}: {status}");
            continue;
        }
        assert_eq!((status, &problem["code"]), (401, &json!("IL0201")), "{method} {path}");
        for wrong in ["Basic YWRtaW46YWRtaW4=", "Bearer", "Bearer "] {
            let request = house.request(&method, &path).header("authorization", wrong);
            let (status, _) = answer(request).await;
            assert!(status == 401 || status == 429, "{method} {path} {wrong}: {status}");
        }
    }
    // What nobody knows is not told to strangers, and methods are not either.
    for (method, path) in [("GET", "/v1/nothing"), ("DELETE", "/v1/cases"), ("GET", "/v1")] {
        assert_eq!(answer(house.request(method, path)).await.0, 401, "{method} {path}");
    }
    for (method, path, status) in
        [("GET", "/v1/nothing", 404), ("DELETE", "/v1/cases", 405), ("GET", "/nothing", 404)]
    {
        let request = house.request(method, path).bearer_auth(token("rita"));
        assert_eq!(answer(request).await.0, status, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_one_shape_with_the_methods_that_are() {
    let folder = Folder::new();
    let house = folder.serve();
    for (method, path, status, allowed) in [
        ("POST", "/health", 405, "GET,HEAD"),
        ("DELETE", "/v1/cases", 405, "GET,HEAD"),
        ("GET", "/v1/events", 405, "POST"),
        ("PUT", "/v1/containments/cnt_x/undo", 405, "POST"),
        ("POST", "/metrics", 405, "GET,HEAD"),
        ("GET", "/v1/webhooks/github/x", 405, "POST"),
        ("DELETE", "/broker/token", 405, "POST"),
        ("DELETE", "/login", 405, "GET,HEAD,POST"),
        ("PATCH", "/", 405, "GET,HEAD"),
        ("GET", "/nothing", 404, ""),
        ("POST", "/v1/nothing", 404, ""),
        ("GET", "/v1/cases/cas_x", 404, ""),
    ] {
        let name = match path {
            "/v1/events" => "carl",
            "/v1/containments/cnt_x/undo" => "sue",
            _ => "rita",
        };
        let request = house.request(method, path).bearer_auth(token(name));
        let answer = request.send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
            value.unwrap_or_default()
        };
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        assert_eq!(header("content-type"), "application/problem+json", "{method} {path}");
        let mut methods: Vec<String> = header("allow").split(',').map(str::to_owned).collect();
        methods.sort();
        assert_eq!(methods.join(","), allowed, "{method} {path}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["status"], status, "{method} {path}: {problem}");
        assert!(problem["code"].as_str().unwrap().starts_with("IL02"), "{problem}");
        assert!(!problem["message"].as_str().unwrap().is_empty(), "{problem}");
    }
}

#[tokio::test]
async fn each_role_reaches_what_it_should_and_no_more() {
    let folder = Folder::new();
    let house = folder.serve();
    for (method, path) in operations(&house).await {
        if path == "/health" || path.starts_with("/broker/") {
            continue;
        }
        if path.starts_with(WEBHOOKS) {
            for name in ["carl", "rita", "alice", "sue"] {
                let request = house.request(&method, &path).bearer_auth(token(name));
                let (status, _) = answer(request.json(&json!({}))).await;
                assert!(status == 401 || status == 429, "{name} {method} {path}: {status}");
            }
            continue;
        }
        let ingest = matches!(path.as_str(), "/v1/events" | "/v1/alerts");
        let security = ["/close", "/test", "/discover", "/run"].iter().any(|it| path.ends_with(it));
        let writes = method == "POST" && !ingest && !security;
        for (name, reaches) in [
            ("carl", ingest),
            ("rita", method == "GET"),
            ("alice", method == "GET" || writes),
            ("sue", !ingest),
        ] {
            let request = house.request(&method, &path).bearer_auth(token(name)).json(&json!({}));
            let (status, problem) = answer(request).await;
            let forbidden = problem["code"] == "IL0202";
            assert_eq!(forbidden, !reaches, "{name} {method} {path}: {status} {problem}");
            assert!(status != 401 && status < 500, "{name} {method} {path}: {status} {problem}");
        }
        let admin = std::fs::read_to_string(folder.path().join("admin.token")).unwrap();
        let request = house.request(&method, &path).bearer_auth(admin.trim()).json(&json!({}));
        let (status, problem) = answer(request).await;
        assert!(status != 401 && status != 403, "admin {method} {path}: {status} {problem}");
    }
}

#[tokio::test]
async fn events_are_taken_in_every_form() {
    let folder = Folder::new();
    let house = folder.serve();
    let mut number = 0;
    let mut next = || {
        number += 1;
        record(&format!("form-{number}"), &format!("user-{number}"))
    };
    let lines = |records: &[Value]| records.iter().map(|it| format!("{it}\n")).collect::<String>();
    let cloud = |data: Value| json!({"specversion": "1.0", "type": "t", "source": "s", "id": "i", "data": data});
    let bridge = |detail: Value| json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.cloudtrail", "detail": detail});
    let json_type = ("content-type", "application/json");
    let one = next().to_string();
    let array = json!([next(), next()]).to_string();
    let pretty = serde_json::to_string_pretty(&next()).unwrap();
    let ndjson = lines(&[next(), next()]);
    let records = json!({"Records": [next(), next()]}).to_string();
    let encoded = gzip(&lines(&[next(), next()]));
    let by_magic = gzip(&json!({"Records": [next()]}).to_string());
    let structured = cloud(next()).to_string();
    let batch = json!([cloud(next()), cloud(next())]).to_string();
    let binary = next().to_string();
    let event_bridge = bridge(next()).to_string();
    let ce = [
        ("ce-specversion", "1.0"),
        ("ce-type", "t"),
        ("ce-source", "s"),
        ("ce-id", "i"),
        json_type,
    ];
    let forms: Vec<Form<'_>> = vec![
        ("one object", one.into(), vec![json_type], 1),
        ("an array", array.into(), vec![json_type], 2),
        ("pretty", pretty.into(), vec![], 1),
        ("JSON Lines", ndjson.into(), vec![("content-type", "application/x-ndjson")], 2),
        ("Records", records.into(), vec![json_type], 2),
        ("gzip said", encoded, vec![("content-encoding", "gzip")], 2),
        (
            "gzip by its first bytes",
            by_magic,
            vec![("content-type", "application/octet-stream")],
            1,
        ),
        (
            "CloudEvents structured",
            structured.into(),
            vec![("content-type", "application/cloudevents+json")],
            1,
        ),
        (
            "CloudEvents batch",
            batch.into(),
            vec![("content-type", "application/cloudevents-batch+json")],
            2,
        ),
        ("CloudEvents binary", binary.into(), ce.to_vec(), 1),
        ("EventBridge", event_bridge.into(), vec![json_type], 1),
    ];
    let mut position = 0;
    let mut files = std::collections::BTreeSet::new();
    for (what, body, headers, count) in forms {
        let (status, answer) = house.events(body, &headers).await;
        assert_eq!((status, &answer["accepted"]), (202, &json!(count)), "{what}: {answer}");
        assert_eq!(answer["rejected"], json!([]), "{what}");
        assert!(files.insert(answer["request"].as_str().unwrap().to_owned()), "an id of its own");
        let now = answer["position"].as_u64().unwrap();
        assert_eq!(now, position + count, "{what}");
        position = now;
    }
    house.settled(position).await;
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    assert_eq!(rejected["items"], json!([]));
    let (_, findings) = house.get("rita", &format!("/v1/findings?rule={STOPPED}&limit=1000")).await;
    let findings = findings["items"].as_array().unwrap();
    assert_eq!(findings.len() as u64, position, "every form was understood");
    for it in findings {
        let file = it["evidence"][0]["file"].as_str().unwrap();
        assert!(files.contains(file.strip_prefix("http:").unwrap()), "{file}");
    }
}

#[tokio::test]
async fn one_broken_record_costs_only_itself() {
    let folder = Folder::new();
    let house = folder.serve();
    let deep = format!("{}{}", "{\"a\":".repeat(200), "1") + &"}".repeat(200);
    let unknown = json!({"some": "thing"});
    let body =
        format!("{}\nnonsense\n{}\n{deep}\n{unknown}\n", record("a", "one"), record("b", "two"));
    let (status, answer) = house.events(body, &[]).await;
    assert_eq!(status, 202, "{answer}");
    let position = answer["position"].as_u64().unwrap();
    house.settled(position).await;
    let (_, list) = house.get("rita", "/v1/rejected").await;
    let file = format!("http:{}", answer["request"].as_str().unwrap());
    let mut refused: Vec<u64> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["file"] == json!(file))
        .map(|it| it["record"].as_u64().unwrap())
        .collect();
    refused.sort_unstable();
    assert_eq!(refused, [1, 3, 4], "{list}");
    assert_eq!(answer["rejected"][0]["record"], json!(1), "{answer}");
    let (_, findings) = house.get("rita", &format!("/v1/findings?rule={STOPPED}")).await;
    assert_eq!(findings["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn bodies_that_cannot_be_used_are_refused_in_one_shape() {
    let folder = Folder::new();
    let house = folder.serve();
    let good = record("a", "one").to_string();
    let bomb = gzip(&"[".repeat(1 << 20));
    let truncated = {
        let mut it = gzip(&good);
        it.truncate(40);
        it
    };
    let nested = "[".repeat(100_000);
    for (what, body, headers, status, code) in [
        ("empty", Vec::new(), vec![], 400, "IL0209"),
        ("nonsense", b"nonsense".to_vec(), vec![], 400, "IL0209"),
        ("a number", b"17".to_vec(), vec![], 400, "IL0209"),
        ("not UTF-8", vec![0xff, 0xfe, 0x00], vec![], 400, "IL0209"),
        ("broken gzip", truncated, vec![], 400, "IL0209"),
        ("brackets", bomb, vec![], 400, "IL0209"),
        ("deep nesting", nested.into_bytes(), vec![], 400, "IL0209"),
        (
            "XML",
            good.clone().into_bytes(),
            vec![("content-type", "application/xml")],
            415,
            "IL0208",
        ),
        ("Brotli", good.clone().into_bytes(), vec![("content-encoding", "br")], 415, "IL0208"),
        ("too large", vec![b' '; (32 << 20) + 1], vec![], 413, "IL0207"),
    ] {
        let (found, problem) = house.events(body, &headers).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{what}: {problem}");
        for field in ["type", "title", "message", "help"] {
            let given = problem[field].as_str().is_some_and(|it| !it.is_empty());
            assert!(given || field == "help", "{what} says no {field}: {problem}");
        }
    }
    // A body that goes on without saying how long it is.
    let (status, problem) = chunked(&house.address, 32, 1).await;
    assert_eq!((status, &problem["code"]), (413, &json!("IL0207")));
    let (status, problem) =
        house.post("sue", "/v1/cases/cas_x/close", json!({"why": "x", "more": 1})).await;
    assert_eq!((status, &problem["code"]), (400, &json!("IL0206")), "{problem}");
    let (status, problem) = house.get("rita", "/v1/cases?open=perhaps").await;
    assert_eq!((status, &problem["code"]), (400, &json!("IL0206")), "{problem}");
    assert_eq!(house.events(good, &[]).await.0, 202, "and it goes on");
}

#[tokio::test]
async fn the_largest_body_is_what_the_configuration_says() {
    let folder = Folder::new();
    let file = folder.path().join("interlock.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("[serve]\n", "[serve]\nbody_bytes = 10\n")).unwrap();
    let ran = folder.run(&["check"]);
    assert_eq!(ran.code, 1, "too small to be meant: {ran:?}");
    std::fs::write(&file, text.replace("[serve]\n", "[serve]\nbody_bytes = 65536\n")).unwrap();
    let house = folder.serve();
    let padded = |length: usize| {
        let record = record("a", "one").to_string();
        let spaces = " ".repeat(length - record.len());
        record + &spaces
    };
    assert_eq!(house.events(padded(65_536), &[]).await.0, 202);
    let (status, problem) = house.events(padded(65_537), &[]).await;
    assert_eq!((status, &problem["code"]), (413, &json!("IL0207")), "{problem}");
}

/// Posts spaces in chunks: so many megabytes, and so many bytes more.
async fn chunked(address: &str, megabytes: usize, more: usize) -> (u16, Value) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let host = address.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        token("carl")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for size in std::iter::repeat_n(1 << 20, megabytes).chain([more]) {
        stream.write_all(format!("{size:x}\r\n").as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; size]).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn only_approvers_answer_and_only_the_plan_that_was_shown() {
    let folder = Folder::new();
    let house = folder.serve();
    let ask = json!({"intent": "block_principal", "why": "a test"});
    let (status, problem) = house.post("bob", "/v1/identities/shop/contain", ask.clone()).await;
    assert_eq!((status, &problem["code"]), (403, &json!("IL0203")), "{problem}");
    let (status, answer) = house.post("alice", "/v1/identities/broker:shop/contain", ask).await;
    assert_eq!(status, 202, "{answer}");
    let id = answer["containment"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let path = format!("/v1/containments/{id}");
    house
        .until("it is planned", async || house.get("rita", &path).await.1["plan"].is_string())
        .await;
    let shown = house.get("rita", &path).await.1;
    assert_eq!(shown["consent"], "owner", "{shown}");
    assert_eq!(shown["waits_for"], json!(["owner"]), "{shown}");
    let plan = shown["plan"].as_str().unwrap();
    let approve = format!("{path}/approve");
    for (name, body, status, code) in [
        ("bob", json!({"plan": plan}), 403, "IL0203"),
        ("sue", json!({"plan": plan, "role": "owner"}), 403, "IL0202"),
        ("alice", json!({"plan": plan, "role": "security"}), 403, "IL0202"),
        ("rita", json!({"plan": plan}), 403, "IL0202"),
        ("alice", json!({"plan": "0000000000000000"}), 409, "IL0212"),
        ("alice", json!({"plan": "abc"}), 400, "IL0206"),
        ("alice", json!({}), 400, "IL0206"),
    ] {
        let (found, problem) = house.post(name, &approve, body.clone()).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{name} {body}: {problem}");
    }
    assert_eq!(house.get("rita", &path).await.1["approvals"], json!([]), "nothing of that counted");
    let (status, answer) = house.post("alice", &approve, json!({"plan": plan, "note": "go"})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["approvals"][0]["by"], "alice");
    assert_eq!(answer["approvals"][0]["role"], "owner");
    house
        .until("it is effective", async || house.get("rita", &path).await.1["grade"] == "effective")
        .await;

    let undo = format!("{path}/undo");
    let (status, problem) = house.post("bob", &undo, json!({"accept_re_arm": true})).await;
    assert_eq!((status, &problem["code"]), (403, &json!("IL0203")), "{problem}");
    let (status, problem) = house.post("alice", &undo, json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("IL0211")), "{problem}");
    let (status, answer) = house.post("alice", &undo, json!({"accept_re_arm": true})).await;
    assert_eq!(status, 202, "{answer}");
    house
        .until("it is undone", async || house.get("rita", &path).await.1["phase"] == "undone")
        .await;
    let (_, audit) = house.get("rita", "/v1/audit?limit=1000").await;
    let who = |what: &str| {
        let all = audit["items"].as_array().unwrap();
        all.iter()
            .filter(|it| it["what"] == what)
            .map(|it| it["by"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(who("api.contain_asked"), ["alice"]);
    assert_eq!(who("containment.answered"), ["alice"]);
    assert_eq!(who("containment.undo_asked"), ["alice"]);
    assert!(who("api.forbidden").contains(&"rita".to_owned()), "{audit}");
}

/// A playbook that wants owner and security team both for whatever another monitor claims of a workload.
pub const BOTH: &str = "
name: both-of-them
description: another monitor accuses a workload
when: { severity: high, kinds: [workload] }
tiers:
  restrict:
    confidence: 0.3
    do: [block_principal]
    consent: { production: both, staging: both, development: both }
";

#[tokio::test]
async fn one_person_is_not_two() {
    let folder = Folder::new();
    let playbooks = folder.path().join("content/playbooks");
    for entry in std::fs::read_dir(&playbooks).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(playbooks.join("both.yaml"), BOTH).unwrap();
    let house = folder.serve();
    let alert = json!({"id": "a-1", "title": "stolen", "severity": "high", "confidence": 0.9, "time": "2026-03-02T10:00:00Z", "principal": "broker:shop"});
    let request = house.request("POST", "/v1/alerts").bearer_auth(token("carl")).json(&alert);
    assert_eq!(answer(request).await.0, 202);
    let planned =
        async || house.get("rita", "/v1/containments").await.1["items"][0]["plan"].is_string();
    house.until("it is planned", planned).await;
    let shown = house.get("rita", "/v1/containments").await.1["items"][0].clone();
    assert_eq!(shown["waits_for"], json!(["owner", "security"]), "{shown}");
    let plan = shown["plan"].as_str().unwrap().to_owned();
    let path = format!("/v1/containments/{}", shown["id"].as_str().unwrap());
    let approve = format!("{path}/approve");
    let (status, answered) = house.post("both", &approve, json!({"plan": plan})).await;
    assert_eq!((status, &answered["waits_for"]), (200, &json!(["security"])), "{answered}");
    for role in [json!("security"), Value::Null] {
        let body = json!({"plan": plan, "role": role});
        let (status, problem) = house.post("both", &approve, body).await;
        assert_eq!((status, &problem["code"]), (409, &json!("IL0213")), "{problem}");
    }
    assert_eq!(house.get("rita", &path).await.1["phase"], "running", "nothing was written");
    let (status, answered) = house.post("sue", &approve, json!({"plan": plan})).await;
    assert_eq!(status, 200, "{answered}");
    house
        .until("it is effective", async || house.get("rita", &path).await.1["grade"] == "effective")
        .await;
}

#[tokio::test]
async fn unknown_tokens_are_slowed_down_and_written_down() {
    let folder = Folder::new();
    let house = folder.serve();
    let mut statuses = Vec::new();
    for guess in 0..40 {
        let request = house.request("GET", "/v1/cases").bearer_auth(format!("guess-{guess}"));
        statuses.push(answer(request).await.0);
    }
    // A minute may end in between, and then counting begins anew.
    assert!(statuses.iter().filter(|it| **it == 401).count() <= 20, "{statuses:?}");
    assert!(statuses.iter().filter(|it| **it == 429).count() >= 20, "{statuses:?}");
    let (status, audit) = house.get("rita", "/v1/audit?limit=1000").await;
    assert_eq!(status, 200, "who is known is not locked out");
    let failed = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["what"] == "api.authentication_failed");
    let failed: Vec<_> = failed.collect();
    assert!((1..=20).contains(&failed.len()), "{audit}");
    assert_eq!(failed[0]["about"]["address"], "127.0.0.1");
    assert!(!audit.to_string().contains("guess-"), "the token itself is not repeated");
}

#[tokio::test]
async fn the_page_only_reads_and_shows_hostile_names_as_text() {
    let folder = Folder::new();
    let house = folder.serve();
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    let (status, answer_) = house.events(record("a", hostile).to_string(), &[]).await;
    assert_eq!(status, 202, "{answer_}");
    house.settled(answer_["position"].as_u64().unwrap()).await;

    let first = house.request("GET", "/").send().await.unwrap();
    assert_eq!(first.status(), 303);
    assert_eq!(first.headers()["location"], "/login");
    let sign_in = |text: &str| {
        let form = house.request("POST", "/login").body(format!("token={text}"));
        form.header("content-type", "application/x-www-form-urlencoded")
    };
    let login = |name: &str| sign_in(&token(name));
    assert_eq!(sign_in("guess").send().await.unwrap().status(), 401);
    assert_eq!(login("carl").send().await.unwrap().status(), 403, "ingest may not look");
    let elsewhere = login("rita").header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(elsewhere.status(), 403);
    let signed_in = login("rita").send().await.unwrap();
    assert_eq!(signed_in.status(), 303);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(&token("rita")), "the cookie is not the token");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let look = |path: &str| house.request("GET", path).header("cookie", &cookie);
    let list = look("/").send().await.unwrap();
    let policy = list.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let list = list.text().await.unwrap();
    let (_, link) = list.split_once("href=\"/cases/").unwrap();
    let path = format!("/cases/{}", link.split_once('"').unwrap().0);
    let case = look(&path).send().await.unwrap();
    assert_eq!(case.status(), 200);
    let case = case.text().await.unwrap();
    for page in [&list, &case] {
        assert!(!page.contains("<img") && !page.contains("<script"), "{page}");
        assert!(page.contains("&#60;img") || page.contains("&lt;img"), "{page}");
        for foreign in ["http://", "https://", " style=", "javascript:"] {
            assert!(!page.contains(foreign), "{foreign} in {page}");
        }
    }
    assert!(case.contains("<svg class=\"timeline\"") && case.contains("<svg class=\"graph\""));
    assert_eq!(look("/v1/cases").send().await.unwrap().status(), 401, "the cookie opens no API");
    assert_eq!(look("/cases/cas_unknown").send().await.unwrap().status(), 404);
    let out = house.request("POST", "/logout").header("cookie", &cookie).send().await.unwrap();
    assert_eq!(out.status(), 303);
    assert_eq!(look("/").send().await.unwrap().status(), 303, "the session is over");
}

#[tokio::test]
async fn what_the_audit_shows_can_be_taken_away_and_checked() {
    let folder = Folder::new();
    let house = folder.serve();
    let (_, answer_) = house.events(record("a", "one").to_string(), &[]).await;
    house.settled(answer_["position"].as_u64().unwrap()).await;
    let (status, verified) = house.get("rita", "/v1/audit/verify").await;
    assert_eq!((status, &verified["ok"]), (200, &json!(true)), "{verified}");
    let export =
        house.request("GET", "/v1/audit/export").bearer_auth(token("rita")).send().await.unwrap();
    assert_eq!(export.headers()["content-type"], "application/x-ndjson");
    let text = export.text().await.unwrap();
    let file = folder.path().join("export.jsonl");
    std::fs::write(&file, &text).unwrap();
    let key = verified["public_key"].as_str().unwrap();
    let ran = folder.run(&["audit", "verify", file.to_str().unwrap(), "--key", key]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (_, list) = house.get("rita", "/v1/audit?limit=2").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(list["next"], "2");
}

#[tokio::test]
async fn it_stops_gracefully_and_seals_what_it_knows() {
    let folder = Folder::new();
    let house = folder.serve();
    let (_, answer_) = house.events(record("a", "one").to_string(), &[]).await;
    house.settled(answer_["position"].as_u64().unwrap()).await;
    assert_eq!(house.terminate(), Some(0));
    let ran = folder.run(&["--json", "audit", "verify"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let verified: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(verified["checkpoints"].as_u64().unwrap() >= 1, "{verified}");
    let again = folder.serve();
    let (_, findings) = again.get("rita", &format!("/v1/findings?rule={STOPPED}")).await;
    assert_eq!(findings["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_alert_goes_the_same_way() {
    let folder = Folder::new();
    let house = folder.serve();
    let alert = json!({"id": "a-1", "title": "key in a public repository", "severity": "high", "time": "2026-03-02T10:00:00Z", "principal": "arn:aws:iam::111122223333:user/leaked", "provider": "aws"});
    let request = house.request("POST", "/v1/alerts").bearer_auth(token("carl")).json(&alert);
    let (status, answer_) = answer(request).await;
    assert_eq!(status, 202, "{answer_}");
    house.settled(answer_["position"].as_u64().unwrap()).await;
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    let (_, findings) = house.get("rita", "/v1/findings").await;
    assert_eq!(findings["items"][0]["rule"]["source"], "alert", "{findings} {rejected}");
}
