//! What a replay makes of input that is broken, missing or without end.

use crate::program::{Ran, command, interlock};
use crate::replay::{Told, event, gzip, lines, of_file, of_pipe, replay, stop, three};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use tempfile::TempDir;

#[test]
fn a_truncated_gzip_costs_only_its_end() {
    let many: Vec<Value> = std::iter::once(stop())
        .chain((2..2000).map(|number| event(number, "s3", &format!("Get{}", number * 7919))))
        .collect();
    let whole = gzip(&json!({"Records": many}).to_string().into_bytes());
    let told = of_file(&whole[..whole.len() * 2 / 3]);
    let [events, rejected, ..] = told.counts();
    assert!(events > 500 && events < 1999, "{events} events");
    assert_eq!(rejected, 1, "{:?}", told.rejected());
    assert_eq!(told.stopped(), ["in#0"]);
    assert_eq!(told.all("rejected")[0]["record"], events);
}

#[test]
fn a_bad_record_costs_only_itself() {
    let good = |number| lines(&[event(number, "s3", "ListBuckets")]);
    let deep = |depth: usize| format!("{{\"a\":{}{}}}\n", "[".repeat(depth), "]".repeat(depth));
    let mut version = event(3, "s3", "ListBuckets");
    version["eventVersion"] = "9.0".into();
    let mut timeless = event(4, "s3", "ListBuckets");
    timeless["eventTime"] = "yesterday".into();
    for (what, bad, why) in [
        ("invalid UTF-8", b"{\"eventName\":\"\xff\xfe\"}\n".to_vec(), "UTF-8"),
        ("deep nesting", deep(200_000).into_bytes(), "deep"),
        ("an unknown version", lines(&[version]), "version `9.0`"),
        ("a wrong time", lines(&[timeless]), "yesterday"),
        ("no JSON", b"GET /index.html 200\n".to_vec(), "not a JSON object"),
        ("another log", b"{\"hello\":\"world\"}\n".to_vec(), ""),
        ("a cut line", b"{\"eventVersion\":\"1.11\",\"eventTime\n".to_vec(), ""),
    ] {
        let content = [good(0), bad, lines(&[stop()]), good(2)].concat();
        let told = of_file(&content);
        let rejected = told.rejected();
        assert_eq!(rejected.len(), 1, "{what}: {rejected:?}");
        assert!(rejected[0].starts_with("in#1: ") && rejected[0].contains(why), "{rejected:?}");
        assert_eq!(told.stopped(), ["in#2"], "{what}");
        assert_eq!(told.counts()[..2], [3, 1], "{what}");
    }
}

#[test]
fn twice_out_of_order_or_from_the_future_is_no_reason_to_refuse() {
    let once = of_file(&lines(&three()));
    let twice = of_file(&lines(&[three(), three()].concat()));
    assert_eq!(twice.claims(), once.claims());
    assert_eq!(twice.stopped(), ["in#1"], "the second sight carries nothing");
    assert_eq!(twice.counts()[1..], once.counts()[1..]);
    let mut backwards = three();
    backwards.reverse();
    let told = of_file(&lines(&backwards));
    assert_eq!((told.counts()[1], told.stopped()), (0, vec!["in#1".to_owned()]));
    let mut future = stop();
    future["eventTime"] = "2099-01-01T00:00:00Z".into();
    let told = of_file(&lines(&[future, event(2, "s3", "ListBuckets")]));
    assert_eq!((told.counts()[1], told.stopped()), (0, vec!["in#0".to_owned()]));
}

#[test]
fn what_is_not_there_ends_it_and_what_cannot_be_read_costs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let ran = interlock(folder.path(), &["replay", "absent.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`absent.json`"), "{}", ran.err);
    fs::create_dir(folder.path().join("logs")).unwrap();
    let ran = interlock(folder.path(), &["replay", "logs"]);
    assert_eq!(ran.code, 2, "a folder without a file is a wrong folder: {}", ran.err);
    fs::write(folder.path().join("logs/b.json"), lines(&[stop()])).unwrap();
    // Nobody, not even root, can open a socket or a link to nowhere.
    let _socket = UnixListener::bind(folder.path().join("logs/a.json")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("logs/c.json")).unwrap();
    let told = replay(folder.path(), &["logs"]);
    assert_eq!(told.stopped(), ["logs/b.json#0"]);
    let rejected = told.rejected();
    assert_eq!(told.counts()[..2], [1, 2]);
    for (said, file) in rejected.iter().zip(["logs/a.json", "logs/c.json"]) {
        assert!(said.starts_with(&format!("{file}#0: cannot be read: ")), "{said}");
    }
}

#[test]
fn an_empty_input_is_an_empty_story() {
    for content in [&b""[..], b"\n\n", b"{\"Records\":[]}", &gzip(b"")] {
        let told = of_file(content);
        assert_eq!(told.counts(), [0, 0, 0, 0]);
        assert_eq!(told.0.len(), 1);
    }
    assert_eq!(of_pipe(b"").counts(), [0, 0, 0, 0]);
}

#[test]
fn rejected_records_are_counted_and_listed_by_reason() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let mut content = b"nonsense\n".repeat(50);
    for number in 0..30 {
        let mut it = event(number + 100, "s3", "ListBuckets");
        it["eventVersion"] = format!("{}.0", number + 2).into();
        content.extend(lines(&[it]));
    }
    content.extend(lines(&three()));
    fs::write(folder.path().join("in"), content).unwrap();
    let ran = interlock(folder.path(), &["replay", "in"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("80 records rejected\n  in#0 and 49 more: not a JSON "),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("  and 11 more for other reasons; --json lists"), "{}", ran.out);
    assert!(ran.out.contains("Summary: 3 events, 80 rejected, "), "{}", ran.out);
}

/// The most memory that a process has held so far, in KiB.
#[cfg(target_os = "linux")]
fn most_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|it| it.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn a_line_without_end_is_refused_in_little_memory() {
    let size: u64 = 2 << 30;
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path(), &["replay", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let block = vec![b'a'; 1 << 20];
    input.write_all(&lines(&[event(0, "s3", "ListBuckets")])).unwrap();
    input.write_all(b"{\"eventName\":\"").unwrap();
    for _ in 0..size / block.len() as u64 {
        input.write_all(&block).unwrap();
    }
    input.write_all(b"\"}\n").unwrap();
    input.write_all(&lines(&[stop()])).unwrap();
    let held = most_memory(child.id());
    drop(input);
    let output = child.wait_with_output().unwrap();
    let told = Told::of(&Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    });
    assert_eq!(told.rejected(), ["-#1: longer than 4194304 bytes"]);
    assert_eq!(told.stopped(), ["-#2"]);
    assert!(held < 300 << 10, "{held} KiB were held");
    println!("{held} KiB held at most");
}
