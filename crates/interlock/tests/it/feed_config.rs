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
        expect![[r#"
            house/interlock.toml:573:6: error: `A b` is not a name for a feed
              help: up to 64 lower-case letters, digits and hyphens
            house/interlock.toml:575:8: error: `logs/[.json` is not a path or pattern
              help: such as `/var/log/app/*.json`; `*`, `?`, `[…]` and `**` stand for others
            house/interlock.toml:576:1: error: unknown key `form` in `feed`
              help: did you mean `from`?
            house/interlock.toml:580:10: warning: `0.0.0.0:6514` is reachable from outside, and everybody may send
              help: add `tls` with a `client_ca`
            house/interlock.toml:581:1: error: `FOLDER/house/absent.pem` holds no certificate that can be read
              help: PEM files: a certificate with its chain, and its private key
            house/interlock.toml:582:6: error: the feed id `net` is taken
              help: its cursors are kept under it: every feed needs its own
            house/interlock.toml:584:10: error: `6514` is not an address with a port
              help: such as `127.0.0.1:6514`
            house/interlock.toml:589:12: error: `acme.okta.com` is not an address
              help: such as `https://iam.example.com`
            house/interlock.toml:590:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:591:9: error: `often` is not a length of time
              help: a whole number and `s`, `m`, `h` or `d`, such as `72h`; at most `365d`
            house/interlock.toml:592:1: error: `FOLDER/house/absent.secret`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:596:1: warning: the environment variable `ABSENT_TOKEN` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:599:16: error: `acme/x` is not the name of an organisation
              help: as in `https://github.com/acme`: `acme`
            house/interlock.toml:601:9: error: `every` is no time at all
              help: at least `1s`
            house/interlock.toml:606:10: error: `here` is not a region
              help: such as `eu-central-1`
            house/interlock.toml:607:14: error: `visibility` is not how long a queue can hide a message
              help: from `1s` to `12h`
            house/interlock.toml:611:10: error: the address of the server holds credentials
              help: use `user` and `secret`; secrets never stand in this file
            house/interlock.toml:612:10: error: `A.B` is not a name of NATS
              help: without spaces, dots, `*` and `>`
            house/interlock.toml:613:8: error: `user` needs `secret`: its password
              help: `secret = { from = "env", name = "NATS_PASSWORD" }`
            house/interlock.toml:616:8: error: `kind` does not know `kafka`
              help: one of `file`, `github_audit_log`, `github_webhook`, `nats`, `okta_system_log`, `s3` and `syslog`
        "#]],
    );
}

#[test]
fn feeds_are_listed_and_tried() {
    let folder = Folder::new();
    let ran = folder.run(&["feed", "list"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    std::fs::write(folder.path().join("logs/a.json"), "{}\n").unwrap();
    crate::program::write_secret(folder.path().join("hook.secret"), "hush\n");
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
