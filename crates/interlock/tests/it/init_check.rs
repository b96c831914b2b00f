//! `init` writes what `check` accepts; `check` shows every mistake of every file with its place and remedy.

use crate::program::{Ran, interlock};
use expect_test::{Expect, expect};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder `house` as `init` writes it.
#[track_caller]
pub fn fresh() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ran = interlock(folder.path(), &["init", "house"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    folder
}

/// Changes one file of a fresh folder, checks the folder, and compares what is said.
#[track_caller]
pub fn check(file: &str, change: impl FnOnce(&str) -> String, code: i32, expected: Expect) {
    let folder = fresh();
    let path = folder.path().join("house").join(file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, change(&text)).unwrap();
    let ran = interlock(folder.path(), &["check", "house"]);
    expected.assert_eq(&said(&ran, folder.path()));
    assert_eq!(ran.code, code, "{}", ran.err);
}

/// What a check said, without the two notes that every fresh folder gets.
pub fn said(ran: &Ran, folder: &Path) -> String {
    let folder = fs::canonicalize(folder).unwrap();
    let mut lines = ran.out.lines().peekable();
    let mut text = String::new();
    while let Some(line) = lines.next() {
        if line.ends_with("nothing is protected") || line.ends_with("nothing can be contained") {
            lines.next_if(|it| it.starts_with("  help: "));
            continue;
        }
        text.push_str(&line.replace(&*folder.to_string_lossy(), "FOLDER"));
        text.push('\n');
    }
    text
}

pub fn instead(from: &'static str, to: &'static str) -> impl FnOnce(&str) -> String {
    move |text| {
        assert!(text.contains(from), "the starter file has no `{from}`");
        text.replacen(from, to, 1)
    }
}

pub fn more(lines: &'static str) -> impl FnOnce(&str) -> String {
    move |text| format!("{text}{lines}")
}

pub fn all(lines: &'static str) -> impl FnOnce(&str) -> String {
    move |_| lines.to_owned()
}

#[test]
fn a_fresh_folder_passes() {
    let folder = fresh();
    let ran = interlock(folder.path(), &["check", "house"]);
    expect![[r#"
        house/content/directory: warning: nothing is protected
          help: name break-glass accounts and Interlock's own identities in protected.yaml
        house/interlock.toml: warning: no connector is configured: nothing can be contained
          help: add a `[[connector]]`
    "#]]
    .assert_eq(&ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (0, "no errors, 2 warnings in `house`\n"));
}

#[test]
fn init_writes_secrets_for_the_owner_alone_and_refuses_a_used_folder() {
    let folder = fresh();
    let house = folder.path().join("house");
    let token = fs::read_to_string(house.join("admin.token")).unwrap();
    let process = fs::read_to_string(house.join("interlock.toml")).unwrap();
    assert!(token.starts_with("ilk_") && !process.contains(&token));
    #[cfg(unix)]
    for name in ["admin.token", "audit.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(house.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    for (file, line) in [
        ("interlock.toml", "#:schema ./schemas/interlock.schema.json"),
        (
            "content/directory/teams.yaml",
            "# yaml-language-server: $schema=../../schemas/directory.schema.json",
        ),
        (
            "content/playbooks/watch.yaml",
            "# yaml-language-server: $schema=../../schemas/playbook.schema.json",
        ),
    ] {
        let text = fs::read_to_string(house.join(file)).unwrap();
        let (folder, schema) =
            (Path::new(file).parent().unwrap(), line.rsplit(['=', ' ']).next().unwrap());
        assert_eq!(text.lines().next(), Some(line), "{file}");
        assert!(house.join(folder).join(schema).is_file(), "{file}: {schema}");
    }
    let before = fs::read(house.join("audit.key")).unwrap();
    let again = interlock(folder.path(), &["init", "house"]);
    assert_eq!(
        (again.code, again.err.as_str()),
        (2, "error: `house` is not empty: name a new folder\n")
    );
    assert_eq!(fs::read(house.join("audit.key")).unwrap(), before);
}

#[test]
fn a_missing_folder_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (
            vec!["check", "absent"],
            "error: there is no folder `absent`: make it with `interlock init absent`\n",
        ),
        (
            vec!["check"],
            "error: there is no `interlock.toml` here: name the folder, as `interlock check DIR`\n",
        ),
        (
            vec!["connector", "test"],
            "error: no configuration folder: name it with `--config DIR`, or make one with `interlock init DIR`\n",
        ),
    ] {
        let ran = interlock(folder.path(), &arguments);
        assert_eq!((ran.code, ran.err.as_str()), (2, said), "{arguments:?}");
    }
}

#[test]
fn the_mode_has_no_default() {
    check(
        "interlock.toml",
        instead("mode = \"recommend\"", ""),
        1,
        expect![[r#"
        house/interlock.toml: error: `mode` is missing: there is no default for what the house may do
          help: add the first line `mode = "observe"`, `"recommend"` or `"enforce"`; only `enforce` writes
    "#]],
    );
    check(
        "interlock.toml",
        instead("\"recommend\"", "\"enforced\""),
        1,
        expect![[r#"
        house/interlock.toml:12:8: error: `mode` does not know `enforced`
          help: did you mean `enforce`?
    "#]],
    );
    let folder = fresh();
    let path = folder.path().join("house/interlock.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("mode = ", "# mode = ")).unwrap();
    let ran = interlock(folder.path(), &["--config", "house", "connector", "list"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("`mode` is missing"), "{}", ran.err);
}

#[test]
fn mistakes_in_the_process_file() {
    let file = "interlock.toml";
    check(
        file,
        instead("[store]", "[sotre]"),
        1,
        expect![[r#"
        house/interlock.toml:14:2: error: unknown key `sotre` in the file
          help: did you mean `store`?
    "#]],
    );
    check(
        file,
        instead("# key = \"audit.key\"", "keys = \"audit.key\""),
        1,
        expect![[r#"
        house/interlock.toml:21:1: error: unknown key `keys` in `audit`
          help: did you mean `key`?
    "#]],
    );
    check(
        file,
        instead("# listen = \"127.0.0.1:7300\"", "listen = 7300"),
        1,
        expect![[r#"
        house/interlock.toml:26:10: error: `listen` must be text, not a whole number
          help: put it in quotes
    "#]],
    );
    check(
        file,
        instead("# listen = \"127.0.0.1:7300\"", "listen = \"localhost\""),
        1,
        expect![[r#"
            house/interlock.toml:26:10: error: `localhost` is not an address with a port
              help: such as `127.0.0.1:7300` or `[::1]:7300`
        "#]],
    );
    check(
        file,
        instead("# listen = \"127.0.0.1:7300\"", "listen = \"0.0.0.0:7300\""),
        0,
        expect![[r#"
            house/interlock.toml:26:10: warning: `0.0.0.0:7300` is reachable from outside, and the API speaks without TLS
              help: listen on 127.0.0.1 and put a proxy with TLS in front
        "#]],
    );
    check(
        file,
        instead("roles = [\"admin\"]", "roles = [\"admn\"]"),
        1,
        expect![[r#"
            house/interlock.toml:40:10: error: `roles` does not know `admn`
              help: did you mean `admin`?
        "#]],
    );
    check(
        file,
        instead("roles = [\"admin\"]", "roles = \"admin\""),
        1,
        expect![[r#"
            house/interlock.toml:40:9: error: `roles` must be a list, not text
              help: put it in square brackets
        "#]],
    );
    check(
        file,
        instead("sha256 = \"", "sha256 = \"xx"),
        1,
        expect![[r#"
            house/interlock.toml:41:10: error: `sha256` must be 64 hex digits: the SHA-256 of the token
              help: printf %s "$TOKEN" | sha256sum
        "#]],
    );
    check(
        file,
        instead("# watch = \"1h\"", "watch = \"1 hour\""),
        1,
        expect![[r#"
            house/interlock.toml:505:9: error: `1 hour` is not a length of time
              help: a whole number and `s`, `m`, `h` or `d`, such as `72h`; at most `365d`
        "#]],
    );
    check(
        file,
        instead("# automatic_per_hour = 10", "automatic_per_hour = -1"),
        1,
        expect![[r#"
            house/interlock.toml:500:22: error: `automatic_per_hour` must be at least 0 and at most 4294967295, not -1
        "#]],
    );
    check(
        file,
        instead("# off = []", "off = [\"imposible_travel\"]"),
        1,
        expect![[r#"
            house/interlock.toml:546:8: error: `off` does not know `imposible_travel`
              help: did you mean `impossible_travel`?
        "#]],
    );
    check(
        file,
        instead("# known_egress = []", "known_egress = [\"192.0.2.0/33\"]"),
        1,
        expect![[r#"
            house/interlock.toml:543:17: error: `192.0.2.0/33` is not a network
              help: such as `192.0.2.0/24` or `2001:db8::/32`
        "#]],
    );
    check(
        file,
        instead("# city = \"GeoLite2-City.mmdb\"", "city = \"absent.mmdb\""),
        1,
        expect![[r#"
            house/interlock.toml:563:8: error: `FOLDER/house/absent.mmdb` cannot be read as an MMDB database: i/o error: No such file or directory (os error 2)
              help: name an MMDB file in `[geo]`
        "#]],
    );
    check(
        file,
        instead("# path = \"interlock.db\"", "path = \"absent/interlock.db\""),
        1,
        expect![[r#"
            house/interlock.toml:16:8: error: the folder of the store `FOLDER/house/absent/interlock.db` is missing
              help: make it, or change `path` in `[store]`
        "#]],
    );
    check(
        file,
        instead("[geo]", "[geo"),
        1,
        expect![[r#"
            house/interlock.toml:561:5: error: not readable as TOML: unclosed table, expected `]`
        "#]],
    );
    check(
        file,
        instead("[geo]", "[guard]"),
        1,
        expect![[r#"
            house/interlock.toml:561:2: error: not readable as TOML: duplicate key
        "#]],
    );
    check(
        file,
        all(""),
        1,
        expect![[r#"
        house/interlock.toml: error: `mode` is missing: there is no default for what the house may do
          help: add the first line `mode = "observe"`, `"recommend"` or `"enforce"`; only `enforce` writes
    "#]],
    );
}

#[test]
fn mistakes_in_connectors() {
    let file = "interlock.toml";
    let aws = "[[connector]]\nid = \"aws\"\nkind = \"aws_iam\"\n";
    check(
        file,
        move |it| format!("{it}{aws}{aws}"),
        1,
        expect![[r#"
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:575:6: error: the connector id `aws` is taken
              help: receipts name it: every connector needs its own
        "#]],
    );
    check(
        file,
        more("[[connector]]\nid = \"aws\"\nkind = \"aws_imm\"\n"),
        1,
        expect![[r#"
            house/interlock.toml:573:8: error: `kind` does not know `aws_imm`
              help: did you mean `aws_iam`?
        "#]],
    );
    check(
        file,
        more("[[connector]]\nid = \"aws\"\n"),
        1,
        expect![[r#"
            house/interlock.toml:571:1: error: `connector` needs the key `kind`
              help: one of `active_directory`, `aws_iam`, `aws_identity_center`, `aws_organizations`, `broker`, `command`, `github`, `google_cloud`, `keycloak`, `kubernetes`, `entra`, `mariadb`, `oauth`, `okta`, `openldap`, `postgresql`, `rabbitmq`, `redis`, `scim`, `ssh`, `vault` and `webhook`
        "#]],
    );
    check(
        file,
        more(
            "[[connector]]\nid = \"AWS prod\"\nkind = \"aws_iam\"\nacount = \"111122223333\"\nenforce = [\"disable_credentials\", \"disable_identity\"]\nregion = \"Frankfurt\"\nendpoint = \"iam.example.com\"\nsettle = \"soon\"\ndelivery = { secret = \"keys\" }\n",
        ),
        1,
        expect![[r#"
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:572:6: error: `AWS prod` is not a name for a connector
              help: up to 64 lower-case letters, digits and hyphens
            house/interlock.toml:574:1: error: unknown key `acount` in `connector`
              help: did you mean `account`?
            house/interlock.toml:575:12: error: `enforce` does not know `disable_credentials`
              help: did you mean `disable_credential`?
            house/interlock.toml:575:35: warning: `aws_iam` has no action that does `disable_identity`
              help: it can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:576:10: error: `Frankfurt` is not a region
              help: such as `eu-central-1`
            house/interlock.toml:577:12: error: `iam.example.com` is not an address
              help: such as `https://iam.example.com`
            house/interlock.toml:578:10: error: `soon` is not a length of time
              help: a whole number and `s`, `m`, `h` or `d`, such as `72h`; at most `365d`
            house/interlock.toml:579:12: error: `secret` must hold `{user}`, or two users share one secret
              help: such as `interlock/{user}/access-key`
        "#]],
    );
    check(
        file,
        more(
            "[[connector]]\nid = \"aws\"\nkind = \"aws_iam\"\naccount = \"1111\"\ncredentials = { from = \"env\", access_key_id = \"AKIAIOSFODNN7EXAMPLE\", secret_access_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\" }\n",
        ),
        1,
        expect![[r#"
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:574:11: error: `1111` is not an AWS account
              help: 12 digits in quotes
            house/interlock.toml:575:47: error: `access_key_id` must be the name of an environment variable
              help: such as `INTERLOCK_AWS_KEY`; secrets never stand in this file
            house/interlock.toml:575:91: error: `secret_access_key` must be the name of an environment variable
              help: such as `INTERLOCK_AWS_KEY`; secrets never stand in this file
        "#]],
    );
    check(
        file,
        more(
            "[[connector]]\nid = \"aws\"\nkind = \"aws_iam\"\nenvironment = \"production\"\ncredentials = { from = \"file\", path = \"key.json\" }\n[[connector]]\nid = \"other\"\nkind = \"aws_iam\"\ncredentials = { form = \"default\" }\n",
        ),
        1,
        expect![[r#"
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `quarantine`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:571:1: error: `FOLDER/house/key.json`: the file is missing
              help: a JSON object with `AccessKeyId` and `SecretAccessKey`
            house/interlock.toml:574:15: error: `environment` needs `account`: it says where that account belongs to
              help: add `account`, or leave `environment` to content/directory
            house/interlock.toml:579:15: error: `credentials` needs the key `from`
              help: one of `default`, `env`, `profile` and `file`
        "#]],
    );
    check(
        file,
        more(
            "[[connector]]\nid = \"broker\"\nkind = \"broker\"\ntoken_life = \"2h\"\nclient = [{ name = \"Shop\", delivery = \"absent/key.json\" }]\n",
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:574:14: error: `2h` is not the life of a token
              help: from `1s` to `1h`
            house/interlock.toml:575:20: error: `Shop` is not a name for a client
              help: up to 64 lower-case letters, digits, `.`, `_` and `-`
            house/interlock.toml:575:39: error: the folder of the delivery file is missing
              help: make it, so that the workload's key can be put there
        "#]],
    );
}

#[test]
fn the_mode_enforce_needs_a_connector_that_may_write() {
    let file = "interlock.toml";
    check(
        file,
        instead("\"recommend\"", "\"enforce\""),
        0,
        expect![[r#"
        house/interlock.toml: warning: mode is `enforce`, but no connector may write
          help: add `enforce = ["disable_credential"]` to a `[[connector]]`
    "#]],
    );
    check(
        file,
        |it| {
            let it = it.replace("\"recommend\"", "\"enforce\"");
            format!(
                "{it}[[connector]]\nid = \"broker\"\nkind = \"broker\"\nenforce = [\"revoke_sessions\"]\n"
            )
        },
        0,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
        "#]],
    );
}

#[test]
fn a_strict_check_fails_for_an_identity_without_owner_environment_or_a_way_to_revoke_it() {
    let folder = fresh();
    let house = folder.path().join("house");
    let declare = |text: &str| fs::write(house.join("content/directory/shop.yaml"), text).unwrap();
    declare(
        r#"teams: [{ id: own_shop, name: Shop, contact: shop }]
identities:
  - { id: idn_shop, kind: workload, name: shop, principals: ["redis:shop"] }
  - id: idn_shop-db
    kind: service_account
    name: shop-db
    owner: own_shop
    environment: production
    principals: ["postgresql:shop"]
"#,
    );
    let toml = fs::read_to_string(house.join("interlock.toml")).unwrap();
    let connector = r#"
[[connector]]
id = "orders"
kind = "postgresql"
host = "db.example.com"
user = "interlock"
password = { from = "env", name = "PATH" }
enforce = ["block_principal"]
"#;
    fs::write(house.join("interlock.toml"), format!("{toml}{connector}")).unwrap();
    let ran = interlock(folder.path(), &["check", "house"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = interlock(folder.path(), &["check", "house", "--strict"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let strict: Vec<&str> = ran.out.lines().filter(|it| it.contains("identity `")).collect();
    assert_eq!(
        strict,
        [
            "house/content/directory/shop.yaml:3:11: error: identity `idn_shop`: nobody answers for it",
            "house/content/directory/shop.yaml:3:11: error: identity `idn_shop`: nothing says where it acts",
            "house/content/directory/shop.yaml:3:11: error: identity `idn_shop`: no connector can revoke principal `redis:shop`",
        ]
    );
}
