//! `replay` with the real program: every form of CloudTrail, the lines of `--json`, and bad input.

use crate::program::{Ran, command, interlock};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

/// The id of the rule that a stopped trail hits.
const STOPPED: &str = "42f10763-06fc-4a67-a369-196a6a317fc3";

/// One event of `ci-deploy` with this number, at this minute.
pub fn event(number: u32, service: &str, operation: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/ci-deploy",
            "accountId": "111122223333",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "ci-deploy",
        },
        "eventTime": format!("2026-03-02T09:{:02}:00Z", number % 60),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": operation,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.24",
        "userAgent": "aws-cli/2.15.24 Python/3.11.8",
        "requestParameters": {"name": "org"},
        "responseElements": null,
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    })
}

/// The event that every sample has: it hits one rule.
pub fn stop() -> Value {
    event(1, "cloudtrail", "StopLogging")
}

pub fn three() -> [Value; 3] {
    [event(0, "sts", "GetCallerIdentity"), stop(), event(2, "s3", "ListBuckets")]
}

pub fn lines(events: &[Value]) -> Vec<u8> {
    events.iter().map(|it| format!("{it}\n")).collect::<String>().into_bytes()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

/// What a run with `--json` printed.
pub struct Told(pub Vec<Value>);

impl Told {
    #[track_caller]
    pub fn of(ran: &Ran) -> Self {
        assert_eq!(ran.code, 0, "{}", ran.err);
        Self(ran.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect())
    }

    pub fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|it| it["type"] == kind).collect()
    }

    /// The last form of each finding of this rule.
    pub fn findings(&self, rule: &str) -> Vec<&Value> {
        let mut found: Vec<&Value> = Vec::new();
        for it in self.all("finding").into_iter().filter(|it| it["rule"]["id"] == rule) {
            found.retain(|known| known["id"] != it["id"]);
            found.push(it);
        }
        found
    }

    /// The places that carry the stopped trail: `file#record`.
    pub fn stopped(&self) -> Vec<String> {
        let found = self.findings(STOPPED).into_iter();
        let places = found.flat_map(|it| it["evidence"].as_array().unwrap());
        places.map(|it| format!("{}#{}", it["file"].as_str().unwrap(), it["record"])).collect()
    }

    pub fn rejected(&self) -> Vec<String> {
        let all = self.all("rejected").into_iter();
        all.map(|it| {
            let (file, why) = (it["file"].as_str().unwrap(), it["why"].as_str().unwrap());
            format!("{file}#{}: {why}", it["record"])
        })
        .collect()
    }

    /// Events, rejected, findings, cases.
    #[track_caller]
    pub fn counts(&self) -> [u64; 4] {
        let last = self.0.last().unwrap();
        assert_eq!(last["type"], "summary");
        ["events", "rejected", "findings", "cases"].map(|it| last[it].as_u64().unwrap())
    }

    /// Rule and identity of every finding, in order, without the places.
    pub fn claims(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .all("finding")
            .iter()
            .map(|it| format!("{} {} {}", it["rule"]["id"], it["identity"]["name"], it["time"]))
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

#[track_caller]
pub fn replay(folder: &Path, paths: &[&str]) -> Told {
    let arguments: Vec<&str> = ["replay", "--json"].iter().chain(paths).copied().collect();
    Told::of(&interlock(folder, &arguments))
}

/// The same of one file with this content.
#[track_caller]
pub fn of_file(content: &[u8]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), content).unwrap();
    replay(folder.path(), &["in"])
}

#[track_caller]
pub fn of_pipe(content: &[u8]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path(), &["replay", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    let output = child.wait_with_output().unwrap();
    Told::of(&Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

#[test]
fn every_form_tells_the_same_and_names_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let export = "tree/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/a.json.gz";
    let digest = "tree/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/d.json.gz";
    for path in [export, digest] {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
    }
    let records = json!({"Records": three()}).to_string().into_bytes();
    let pretty = serde_json::to_vec_pretty(&json!({"Records": three()})).unwrap();
    let array = json!(three()).to_string().into_bytes();
    for (name, content) in [
        ("records.json", records.clone()),
        ("pretty.json", pretty),
        ("array.json", array),
        ("records.json.gz", gzip(&records)),
        ("events.jsonl", lines(&three())),
        ("events.log", gzip(&lines(&three()))),
        (export, gzip(&records)),
        (digest, gzip(b"{\"digestEndTime\":\"2026-03-02T10:00:00Z\"}")),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let expected = replay(folder.path(), &["records.json"]).claims();
    assert!(expected.iter().any(|it| it.contains(STOPPED)), "{expected:?}");
    for (given, file) in [
        ("records.json", "records.json"),
        ("pretty.json", "pretty.json"),
        ("array.json", "array.json"),
        ("records.json.gz", "records.json.gz"),
        ("events.jsonl", "events.jsonl"),
        ("events.log", "events.log"),
        ("tree", export),
        ("./tree/AWSLogs", &format!("./{export}")),
    ] {
        let told = replay(folder.path(), &[given]);
        assert_eq!(told.stopped(), [format!("{file}#1")], "{given}");
        assert_eq!(told.counts()[..2], [3, 0], "{given}");
        assert_eq!(told.claims(), expected, "{given}");
    }
    for (form, content) in
        [("records", records.clone()), ("gzip", gzip(&records)), ("lines", lines(&three()))]
    {
        let told = of_pipe(&content);
        assert_eq!(told.stopped(), ["-#1"], "{form} through a pipe");
        assert_eq!(told.claims(), expected, "{form} through a pipe");
    }
}

#[test]
fn one_event_alone_or_in_an_envelope_is_a_record() {
    let bridge = json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.cloudtrail",
        "account": "111122223333",
        "time": "2026-03-02T09:01:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": stop(),
    });
    let shipped = json!({"log_type": "AWS.CloudTrail", "log": stop()});
    for (form, content) in [
        ("one line", stop().to_string().into_bytes()),
        ("pretty printed", serde_json::to_vec_pretty(&stop()).unwrap()),
        ("EventBridge", bridge.to_string().into_bytes()),
        ("EventBridge, pretty printed", serde_json::to_vec_pretty(&bridge).unwrap()),
        ("a shipper's", shipped.to_string().into_bytes()),
    ] {
        let told = of_file(&content);
        assert_eq!(told.stopped(), ["in#0"], "{form}");
        assert_eq!(told.counts()[..2], [1, 0], "{form}");
    }
}

#[test]
fn several_inputs_are_one_recording() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = three();
    fs::write(folder.path().join("a"), lines(&[first, second])).unwrap();
    fs::write(folder.path().join("b"), lines(&[third])).unwrap();
    let told = replay(folder.path(), &["a", "b"]);
    assert_eq!(told.stopped(), ["a#1"]);
    assert_eq!(told.counts()[..2], [3, 0]);
}

/// The names of an object's members.
fn members(it: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = it.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[track_caller]
fn has(it: &Value, names: &[&str]) {
    for name in names {
        assert!(it.get(name).is_some(), "`{name}` is missing: {it}");
    }
}

#[test]
fn the_lines_of_json_keep_their_contract() {
    let mut content = lines(&three());
    content.extend_from_slice(b"not json\n");
    let told = of_file(&content);
    let finding = told.findings(STOPPED)[0];
    has(
        finding,
        &[
            "type",
            "id",
            "rule",
            "title",
            "confidence",
            "severity",
            "techniques",
            "time",
            "resolution",
            "identity",
            "principal",
            "credential",
            "session",
            "evidence",
        ],
    );
    assert!(finding["id"].as_str().unwrap().starts_with("fnd_"));
    assert_eq!(members(&finding["rule"]), ["id", "name", "source"]);
    assert_eq!(finding["rule"]["source"], "sigma");
    assert_eq!(finding["rule"]["name"], "Trail stopped");
    assert_eq!(finding["title"], "Trail stopped");
    let confidence = finding["confidence"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&confidence), "{confidence}");
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["techniques"], json!(["T1562.008"]));
    assert_eq!(finding["time"], "2026-03-02T09:01:00Z");
    assert_eq!(finding["resolution"], "undeclared");
    let identity = &finding["identity"];
    assert_eq!(members(identity), ["environment", "id", "kind", "name", "owner"]);
    assert!(identity["id"].as_str().unwrap().starts_with("idn_"));
    assert_eq!(identity["kind"], "service_account");
    assert_eq!(identity["name"], "ci-deploy");
    assert_eq!(identity["owner"], Value::Null);
    assert_eq!(identity["environment"], "unknown");
    assert_eq!(finding["principal"], "aws:arn:aws:iam::111122223333:user/ci-deploy");
    assert_eq!(finding["credential"], "aws:access-key:AKIAIOSFODNN7EXAMPLE");
    assert_eq!(finding["session"], Value::Null);
    assert_eq!(finding["evidence"], json!([{"file": "in", "record": 1}]));
    let sources: Vec<&Value> = told.all("finding").iter().map(|it| &it["rule"]["source"]).collect();
    assert!(
        sources.iter().all(|it| ["sigma", "behaviour", "alert"].contains(&it.as_str().unwrap()))
    );
    assert!(sources.iter().any(|it| **it == "behaviour"), "nobody owns it: a finding of its own");

    let decisions = told.all("decision");
    assert_eq!(decisions.len(), 1);
    let decision = decisions[0];
    has(decision, &["case", "verdict", "tier", "intents", "consent", "reasons", "policies"]);
    assert!(decision["case"].as_str().unwrap().starts_with("cas_"));
    assert_eq!(decision["identity"], identity["id"]);
    let verdict = decision["verdict"].as_str().unwrap();
    assert!(["act", "ask", "observe", "refuse"].contains(&verdict), "{verdict}");
    assert_ne!(verdict, "act", "in an unknown environment a person is asked");
    assert!(decision["intents"].is_array() && decision["policies"].is_array());
    let reasons = decision["reasons"].as_array().unwrap();
    assert!(reasons.iter().all(Value::is_string) && !reasons.is_empty());

    let rejected = told.all("rejected");
    assert_eq!(rejected.len(), 1);
    assert_eq!(members(rejected[0]), ["file", "record", "type", "why"]);
    assert_eq!((&rejected[0]["file"], &rejected[0]["record"]), (&json!("in"), &json!(3)));

    let summary = told.0.last().unwrap();
    assert_eq!(
        members(summary),
        ["cases", "events", "events_per_second", "findings", "rejected", "seconds", "type"]
    );
    let ids: std::collections::BTreeSet<String> =
        told.all("finding").iter().map(|it| it["id"].to_string()).collect();
    assert_eq!(told.counts(), [3, 1, ids.len() as u64, 1]);
    assert!(summary["seconds"].is_f64() && summary["events_per_second"].is_f64());
    assert_eq!(told.all("summary").len(), 1);
}

#[test]
fn a_session_is_told_with_its_role_and_key() {
    let mut assumed = stop();
    assumed["userIdentity"] = json!({
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLEDEPLOYROLE:run-7",
        "arn": "arn:aws:sts::111122223333:assumed-role/deploy/run-7",
        "accountId": "111122223333",
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEDEPLOYROLE",
                "arn": "arn:aws:iam::111122223333:role/deploy",
                "accountId": "111122223333",
                "userName": "deploy",
            },
            "attributes": {"creationDate": "2026-03-02T09:00:00Z", "mfaAuthenticated": "false"},
        },
    });
    let told = of_file(&lines(&[assumed]));
    let finding = told.findings(STOPPED)[0];
    assert_eq!(finding["principal"], "aws:arn:aws:iam::111122223333:role/deploy");
    assert_eq!(finding["credential"], "aws:session-key:ASIAIOSFODNN7EXAMPLE");
    assert_eq!(finding["session"], "arn:aws:sts::111122223333:assumed-role/deploy/run-7");
    assert_eq!(finding["identity"]["name"], "deploy");
}

#[test]
fn rules_of_a_folder_replace_the_pack_and_bad_ones_are_only_named() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    fs::create_dir_all(rules.join("below")).unwrap();
    let rule = |title: &str, product: &str, wanted: &str| {
        format!(
            "title: {title}\nid: 00000000-0000-4000-8000-00000000000{}\nlevel: high\nlogsource:\n  product: {product}\n{}detection:\n  it:\n    eventName: {wanted}\n  condition: it\n",
            title.len() % 10,
            if product == "aws" { "  service: cloudtrail\n" } else { "" },
        )
    };
    for (name, text) in [
        ("below/buckets.yml", rule("Buckets listed", "aws", "ListBuckets")),
        ("windows.yml", rule("Windows", "windows", "StopLogging")),
        (
            "placeholder.yml",
            rule("Placeholder", "aws", "StopLogging")
                .replace("eventName:", "eventName|expand:")
                .replace(": StopLogging", ": '%nothing%'"),
        ),
        ("broken.yml", "title: [broken\n".to_owned()),
    ] {
        fs::write(rules.join(name), text).unwrap();
    }
    fs::write(folder.path().join("in"), lines(&three())).unwrap();
    let ran = interlock(folder.path(), &["replay", "--json", "--rules", "rules", "in"]);
    for name in ["rules/placeholder.yml", "rules/broken.yml"] {
        assert!(ran.err.contains(name), "{name} is not named: {}", ran.err);
    }
    assert!(!ran.err.contains("windows.yml") && !ran.err.contains("buckets.yml"), "{}", ran.err);
    let told = Told::of(&ran);
    let by_rules: Vec<String> = told
        .all("finding")
        .iter()
        .filter(|it| it["rule"]["source"] == "sigma")
        .map(|it| format!("{} {}", it["rule"]["name"], it["evidence"]))
        .collect();
    assert_eq!(by_rules, ["\"Buckets listed\" [{\"file\":\"in\",\"record\":2}]"]);
    let ran = interlock(folder.path(), &["replay", "--rules", "absent", "in"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`absent`"), "{}", ran.err);
}

#[test]
fn the_report_shows_every_case_and_trusts_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    let mut events = Vec::new();
    for (number, (account, user)) in
        [("111122223333", "ci-deploy"), ("444455556666", "ci-deploy"), ("111122223333", hostile)]
            .into_iter()
            .enumerate()
    {
        let mut it = event(u32::try_from(number).unwrap(), "cloudtrail", "StopLogging");
        it["userIdentity"]["userName"] = user.into();
        it["userIdentity"]["accountId"] = account.into();
        it["userIdentity"]["arn"] = format!("arn:aws:iam::{account}:user/{user}").into();
        it["userIdentity"]["accessKeyId"] = format!("AKIAIOSFODNN7EXAMP{number:02}").into();
        it["userIdentity"]["principalId"] = format!("AIDACKCEVSQ6C2EXAM{number:02}").into();
        it["recipientAccountId"] = account.into();
        it["userAgent"] = "</script><script>alert(2)</script>".into();
        events.push(it);
    }
    fs::write(folder.path().join("in"), lines(&events)).unwrap();
    let ran = interlock(folder.path(), &["replay", "--json", "--html", "report.html", "in"]);
    assert!(ran.err.contains("report written to report.html"), "{}", ran.err);
    let told = Told::of(&ran);
    let html = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert_eq!(told.all("decision").len(), 3);
    for decision in told.all("decision") {
        let case = decision["case"].as_str().unwrap();
        assert!(html.contains(&format!("id=\"{case}\"")) && html.contains(&format!("#{case}")));
    }
    for shown in [
        "ci-deploy of account 111122223333",
        "ci-deploy of account 444455556666",
        "Content-Security-Policy",
        "default-src &#39;none&#39;",
        "prefers-color-scheme: dark",
        "@media print",
        "class=\"timeline\"",
        "class=\"graph\"",
        "Trail stopped",
    ] {
        let shown_raw = shown.replace("&#39;", "'");
        assert!(html.contains(shown) || html.contains(&shown_raw), "`{shown}` is missing");
    }
    for never in ["<img", "<script", "src=\"", "href=\"http", "href=\"/", "url(", "@import"] {
        assert!(!html.contains(never), "`{never}` is in the report");
    }
    let ran = interlock(folder.path(), &["replay", "--html", "absent/report.html", "in"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
}

#[test]
fn the_text_tells_namesakes_apart_and_no_intruder_breaks() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/demo/recording.jsonl");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(recording, folder.path().join("recording.jsonl")).unwrap();
    let ran = interlock(folder.path(), &["replay", "recording.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains('\u{1b}'), "no colours away from a terminal");
    let mut titles: Vec<&str> = ran
        .out
        .lines()
        .filter(|it| !it.starts_with(' ') && it.contains("cas_"))
        .filter_map(|it| it.split("  ").next())
        .collect();
    let all = titles.len();
    titles.sort_unstable();
    titles.dedup();
    assert!(all > 1 && titles.len() == all, "{titles:?}");
    let breaks = ran.out.split("  Breaks").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(breaks.contains("from 198.51.100.0/24"), "{breaks}");
    assert!(!breaks.contains("203.0.113.0/24"), "the intruder is listed: {breaks}");
    for label in ["  Seen", "  Who", "  Owner", "  Answer", "  Steps", "  Alive", "Summary:"] {
        assert!(ran.out.contains(label), "`{label}` is missing:\n{}", ran.out);
    }
}

/// The README shortens the story; what it shows must be there, above all what stays alive.
#[test]
fn the_story_in_the_readme_is_the_one_that_is_told() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let readme = fs::read_to_string(format!("{root}/README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(shown.contains("  Alive"), "another block comes first now: {shown}");
    let folder = tempfile::tempdir().unwrap();
    let recording = format!("{root}/content/demo/recording.jsonl");
    let ran = interlock(folder.path(), &["replay", &recording]);
    let told: HashSet<&str> = ran.out.lines().map(str::trim_end).collect();
    for line in shown.lines() {
        assert!(told.contains(line), "`{line}` is not told:\n{}", ran.out);
    }
}
