//! What `check` says of the content that people write, and of the folder as a whole.

use crate::init_check::{all, check, fresh, instead, more, said};
use crate::program::interlock;
use expect_test::expect;
use std::fs;

#[test]
fn mistakes_in_the_directory() {
    check(
        "content/directory/teams.yaml",
        all("teams:\n  - id: own_ops\n    contact: ops\n    approvers: [admn]\n"),
        1,
        expect![[r#"
            house/content/directory/teams.yaml:4:17: error: approver `admn` of `own_ops` names no token
              help: did you mean `admin`?
        "#]],
    );
    check(
        "content/directory/identities.yaml",
        all("identities:\n  - id: idn_ci\n    kind: pipline\n    onwer: own_ops\n"),
        1,
        expect![[r#"
            house/content/directory/identities.yaml:3:11: error: `pipline` is not a known `kind`
              help: did you mean `pipeline`?
            house/content/directory/identities.yaml:4:5: error: unknown key `onwer`
              help: did you mean `owner`?
        "#]],
    );
    check(
        "content/directory/environments.yaml",
        all("environments:\n  - environment: prod\n"),
        1,
        expect![[r#"
            house/content/directory/environments.yaml:2:18: error: `prod` is not a known `environment`
              help: one of `production`, `staging`, `development`
        "#]],
    );
    check(
        "content/directory/protected.yaml",
        all("protected:\n  - identity: idn_break_glass_*\n    raeson: last way in\n"),
        1,
        expect![[r#"
            house/content/directory/protected.yaml:2:5: error: `reason` is missing in an entry of `protected`
              help: add `reason`: Why, for the person who is asked.
            house/content/directory/protected.yaml:3:5: error: unknown key `raeson`
              help: did you mean `reason`?
        "#]],
    );
    check(
        "content/directory/notes.txt",
        all("hello"),
        0,
        expect![[r#"
        house/content/directory/notes.txt: warning: the file is not read: its name does not end in `.yaml` or `.yml`
    "#]],
    );
}

#[test]
fn mistakes_in_playbooks_policies_and_rules() {
    check(
        "content/playbooks/watch.yaml",
        instead("observe:", "obsreve:"),
        1,
        expect![[r#"
        house/content/playbooks/watch.yaml:5:3: error: unknown key `obsreve` in `tiers`
          help: did you mean `observe`?
    "#]],
    );
    check(
        "content/policies/identities.cedar",
        instead("forbid", "forbit"),
        1,
        expect![[r#"
        house/content/policies/identities.cedar:5:1: error: invalid policy effect: forbit
          help: effect must be either `permit` or `forbid`
    "#]],
    );
    check(
        "content/policies/own.cedar",
        all("permit (principal, action == Interlock::Action::\"disabel\", resource);\n"),
        1,
        expect![[r#"
            house/content/policies/own.cedar:1:30: error: unrecognized action `Interlock::Action::"disabel"`
              help: did you mean `Interlock::Action::"disable"`?
        "#]],
    );
    check(
        "content/rules/own/typo.yml",
        all(
            "title: Typo\nid: 0c1f3a3e-8f6d-4c2e-9d2a-2b7c5a1f0e11\nlogsource:\n  product: aws\n  service: cloudtrail\ndetektion:\n  selection:\n    eventName: DeleteTrail\n  condition: selection\n",
        ),
        1,
        expect![[r#"
            house/content/rules/own/typo.yml:1:1: error: rule `Typo`: a rule needs a `detection`
        "#]],
    );
    check(
        "content/rules/own/bad.yml",
        all("title: [\n"),
        1,
        expect![[r#"
        house/content/rules/own/bad.yml:1:8: error: not YAML: unclosed bracket '[' at line 1, column 8
    "#]],
    );
}

#[test]
fn mistakes_in_pipelines_and_rules_that_a_pipeline_fails() {
    check(
        "content/rules/pipelines/own.yml",
        all(
            "name: own\npriority: 10\ntransformations:\n  - type: field_name_maping\n    mapping: {eventName: action}\n  - type: field_name_prefix\n    prefix: a\n    rule_conditions:\n      - type: logsource\n        produkt: aws\n",
        ),
        1,
        expect![[r#"
            house/content/rules/pipelines/own.yml:4:11: error: unknown transformation `field_name_maping`
              help: did you mean `field_name_mapping`?
            house/content/rules/pipelines/own.yml:10:9: error: unknown key `produkt` of `logsource`
              help: did you mean `product`?
        "#]],
    );
    check(
        "content/rules/pipelines/own.yml",
        all(
            "name: own\ntransformations:\n  - type: rule_failure\n    message: no trail of ours has this field\n    rule_conditions:\n      - type: contains_detection_item\n        field: eventName\n        value: LeaveOrganization\n",
        ),
        1,
        expect![[r#"
            house/content/rules/aws/organization_left.yml:1:1: error: rule `Account leaves its organisation`: pipeline `own`: no trail of ours has this field
        "#]],
    );
}

#[test]
fn a_wrong_rule_keeps_nobody_from_watching_but_another_mistake_does() {
    let folder = fresh();
    fs::write(folder.path().join("house/content/rules/bad.yml"), "title: [\n").unwrap();
    let ran = interlock(folder.path(), &["--config", "house", "connector", "list"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("rules of `house/content/rules` left out: 1;"), "{}", ran.err);
    let pipelines = folder.path().join("house/content/rules/pipelines");
    fs::create_dir(&pipelines).unwrap();
    fs::write(pipelines.join("own.yml"), "name: own\ntransformations: [{type: none}]\n").unwrap();
    let ran = interlock(folder.path(), &["--config", "house", "connector", "list"]);
    assert_ne!(ran.code, 0, "{}", ran.err);
    fs::remove_dir_all(&pipelines).unwrap();
    fs::remove_dir_all(folder.path().join("house/content/policies")).unwrap();
    let ran = interlock(folder.path(), &["check", "house"]);
    assert!(
        ran.out.contains("policies: warning: the folder is missing: everything is refused"),
        "{}",
        ran.out
    );
}

#[test]
fn json_has_one_problem_a_line() {
    let folder = fresh();
    let path = folder.path().join("house/interlock.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("[store]", "[sotre]")).unwrap();
    let ran = interlock(folder.path(), &["check", "house", "--json"]);
    assert_eq!(ran.code, 1);
    let lines: Vec<serde_json::Value> =
        ran.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let errors: Vec<_> = lines.iter().filter(|it| it["gravity"] == "error").collect();
    expect![[r#"
        {"type":"problem","file":"house/interlock.toml","line":14,"column":2,"gravity":"error","what":"unknown key `sotre` in the file","help":"did you mean `store`?"}
    "#]].assert_eq(&format!("{}\n", errors[0]));
    assert_eq!(errors.len(), 1);
}

#[cfg(unix)]
#[test]
fn secrets_that_others_may_read_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = fresh();
    for name in ["audit.key", "admin.token"] {
        let path = folder.path().join("house").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let ran = interlock(folder.path(), &["check", "house"]);
    expect![[r#"
        house/interlock.toml: error: `FOLDER/house/admin.token` is open to others (mode 0644)
          help: chmod 600 FOLDER/house/admin.token
        house/interlock.toml: error: `FOLDER/house/audit.key` is open to others (mode 0644)
          help: chmod 600 FOLDER/house/audit.key
    "#]]
    .assert_eq(&said(&ran, folder.path()));
    // Nothing begins with it, and no token is taken from such a file.
    let ran = interlock(folder.path(), &["--config", "house", "serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let remedy = format!("chmod 600 {}", folder.path().join("house/audit.key").display());
    assert!(ran.err.contains(&remedy), "{ran:?}");
    let file = ["--token-file", "house/admin.token", "--server", "127.0.0.1:1"];
    let ran = interlock(folder.path(), &[&["case", "list"][..], &file].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("chmod 600 house/admin.token"), "{ran:?}");
    for name in ["audit.key", "admin.token"] {
        let path = folder.path().join("house").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::write(folder.path().join("house/audit.key"), "no key").unwrap();
    let ran = interlock(folder.path(), &["check", "house"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("not a key: expected"), "{}", ran.out);
}

#[test]
fn connectors_are_listed_with_and_without_a_configuration() {
    let folder = fresh();
    let ran = interlock(folder.path(), &["connector", "list"]);
    assert!(ran.out.contains("aws_iam.disable_access_key"), "{}", ran.out);
    assert!(ran.out.contains("broker.revoke_tokens"), "{}", ran.out);
    let path = folder.path().join("house/interlock.toml");
    let text = fs::read_to_string(&path).unwrap();
    let broker =
        "[[connector]]\nid = \"desk\"\nkind = \"broker\"\nenforce = [\"revoke_sessions\"]\n";
    fs::write(&path, format!("{text}{broker}")).unwrap();
    let ran = interlock(folder.path(), &["--config", "house", "--json", "connector", "list"]);
    let line: serde_json::Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!((&line["id"], &line["enforce"][0]), (&"desk".into(), &"revoke_sessions".into()));
    let ran = interlock(folder.path(), &["--config", "house", "connector", "test"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("`interlock serve` makes it when it starts"), "{}", ran.err);
    let ran = interlock(folder.path(), &["--config", "house", "connector", "test", "disk"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "error: there is no connector `disk`; there are: desk\n")
    );
}

#[test]
fn circles_and_names_of_one_look_are_warned_of() {
    check(
        "content/directory/identities.yaml",
        all("
identities:
  - id: idn_a
    kind: pipeline
    owner: own_a
    principals: ['github:repo:acme/a:*', 'github:a']
    created_by: ['github:b']
  - id: idn_b
    name: \u{430}
    kind: pipeline
    owner: own_b
    principals: ['github:b', 'github:\u{430}']
    created_by: ['github:a']
teams:
  - { id: own_a, contact: a, fallback: own_b }
  - { id: own_b, contact: b, fallback: own_a }
"),
        0,
        expect![[r#"
            house/content/directory/identities.yaml:3:9: warning: a circle of origins, `idn_a` to `idn_b` to `idn_a`: none of them can be the first
              help: remove the `created_by` or `deployed_by` that is wrong
            house/content/directory/identities.yaml:9:11: warning: `а` looks like `a` of `idn_a`, and is another name: U+0430 stands for `a`
              help: give them names that people can tell apart; who made this one may mean to be taken for the other
            house/content/directory/identities.yaml:15:40: warning: a circle of fallbacks, `own_a` to `own_b` to `own_a`: when nobody is left of these teams, nobody answers
              help: let one of them fall back on a team outside the circle, or on none
        "#]],
    );
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_by_its_size() {
    let folder = fresh();
    let path = folder.path().join("house/content/directory/large.yaml");
    fs::File::create(path).unwrap().set_len(100 << 20).unwrap();
    let ran = interlock(folder.path(), &["check", "house"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(
        ran.out.contains(
            "house/content/directory/large.yaml: error: the file has 104857600 bytes, and at most 1048576 are read of one: split it into several"
        ),
        "{}",
        ran.out
    );
}

#[test]
fn mistakes_in_limits_of_credentials() {
    check(
        "interlock.toml",
        more(
            r#"
[[directory.limit]]
provider = "aws"
[[directory.limit]]
age = "30d"
[[directory.limit]]
identity = "humen"
age = "30d"
[[directory.limit]]
credential = "access-keys"
idle = "a month"
[[directory.limit]]
credential = "access-key"
identity = "human"
environment = "production"
age = "90d"
"#,
        ),
        1,
        expect![[r#"
            house/interlock.toml:572:1: error: a limit without `age` and `idle` limits nothing
              help: say `age`, `idle` or both
            house/interlock.toml:577:12: error: `identity` does not know `humen`
              help: did you mean `human`?
            house/interlock.toml:580:14: error: `credential` does not know `access-keys`
              help: did you mean `access-key`?
            house/interlock.toml:581:8: error: `a month` is not a length of time
              help: a whole number and `s`, `m`, `h` or `d`, such as `72h`; at most `365d`
        "#]],
    );
}
