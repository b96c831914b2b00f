//! `[[feed]]` as people write it: every mistake at once, each with its remedy; `feed list` and `feed test`.

use crate::init_check::{check, more};
use crate::served::Folder;
use expect_test::expect;

#[test]
fn mistakes_in_feeds() {
    check(
        "interlock.toml",
        more(
            r#"
[[feed]]
id = "A b"
kind = "file"
path = "logs/[.json"
form = "end"
[[feed]]
id = "net"
kind = "syslog"
listen = "0.0.0.0:6514"
[[feed]]
id = "net"
kind = "syslog"
listen = "6514"
tls = { cert = "absent.pem", key = "absent.key" }
[[feed]]
id = "okta"
kind = "okta_system_log"
endpoint = "acme.okta.com"
token = { from = "env", name = "00hush-hush" }
every = "often"
[[feed]]
id = "hooks"
kind = "github_webhook"
secret = { from = "file", path = "absent.secret" }
[[feed]]
id = "audit"
kind = "github_audit_log"
organization = "acme/x"
token = { from = "env", name = "ABSENT_TOKEN" }
every = "0s"
[[feed]]
id = "trail"
kind = "s3"
queue = "https://sqs.eu-central-1.amazonaws.com/111122223333/trail"
region = "here"
visibility = "13h"
[[feed]]
id = "bus"
kind = "nats"
server = "nats://user:hush@nats.example.com"
stream = "A.B"
user = "x"
[[feed]]
id = "x"
kind = "kafka"
"#,
        ),
        1,
        expect![[""]],
    );
}

#[test]
fn feeds_are_listed_and_tried() {
    let folder = Folder::new();
    let ran = folder.run(&["feed", "list"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    std::fs::write(folder.path().join("logs/a.json"), "{}\n").unwrap();
    std::fs::write(folder.path().join("hook.secret"), "hush\n").unwrap();
    folder.add(
        r#"
[[feed]]
id = "files"
kind = "file"
path = "logs/*.json"
[[feed]]
id = "hooks"
kind = "github_webhook"
secret = { from = "file", path = "hook.secret" }
[[feed]]
id = "net"
kind = "syslog"
listen = "127.0.0.1:0"
[[feed]]
id = "okta"
kind = "okta_system_log"
endpoint = "http://127.0.0.1:9"
token = { from = "file", path = "hook.secret" }
"#,
    );
    let ran = folder.run(&["feed", "list"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 4, "{}", ran.out);
    assert!(ran.out.contains("hooks  github_webhook  /v1/webhooks/github/hooks"), "{}", ran.out);
    let ran = folder.run(&["feed", "test"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "files  ok  1 files can be read");
    assert!(lines[1].starts_with("hooks  ok  "), "{}", ran.out);
    assert!(lines[2].starts_with("net  ok  "), "{}", ran.out);
    assert!(lines[3].starts_with("okta  wrong  `127.0.0.1` cannot be reached"), "{}", ran.out);
    assert!(!ran.out.contains("hush"));
    assert_eq!(folder.run(&["feed", "test", "files"]).code, 0);
    let ran = folder.run(&["feed", "test", "fils"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there are: files, hooks, net, okta"), "{}", ran.err);
}
