//! The estate of the README: its directory, the recording of the demo, somebody whom nobody declared,
//! and an account that a connector could act in. What is missing, and what can be revoked.

use crate::served::{Folder, record};
use expect_test::expect;
use std::path::Path;

const DIRECTORY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/demo/directory.yaml"));
const RECORDING: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/demo/recording.jsonl"));

fn secret(file: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// What stands in the columns; how many days ago the recording was is left out.
fn columns(line: &str) -> String {
    let columns = line.split("  ").map(str::trim).filter(|it| !it.is_empty());
    let all = columns.collect::<Vec<_>>().join(" | ");
    match all.split_once(" days") {
        Some((before, after)) => {
            let before = before.trim_end_matches(|it: char| it.is_ascii_digit());
            format!("{before}N days{after}")
        }
        None => all,
    }
}

#[tokio::test]
async fn what_is_missing_and_what_can_be_revoked_is_told() {
    let folder = Folder::new();
    folder.add(
        r#"
[[connector]]
id = "aws"
kind = "aws_iam"
account = "111122223333"
endpoint = "http://127.0.0.1:9"
region = "us-east-1"
credentials = { from = "file", path = "aws.json" }
enforce = ["disable_credential"]
"#,
    );
    let key = r#"{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "example"}"#;
    secret(&folder.path().join("aws.json"), key);
    // The folder has a team of that name.
    let directory = DIRECTORY.replace("own_platform", "own_delivery");
    std::fs::write(folder.path().join("content/directory/demo.yaml"), directory).unwrap();
    let house = folder.serve();
    let records = format!("{RECORDING}\n{}\n", record("a", "one"));
    let (status, answer) = house.events(records, &[]).await;
    assert_eq!(status, 202, "{answer}");
    house.settled(answer["position"].as_u64().unwrap()).await;
    let run = |words: &[&str]| {
        let all: Vec<&str> = words.iter().copied().chain(["--server", &house.address]).collect();
        folder.run_as("rita", &all).out
    };
    // The broker was looked through; nobody answers for the account.
    let looked =
        || async { run(&["readiness"]).contains("broker                   3       2 (66 %)") };
    house.until("the broker's clients are seen", looked).await;
    let gaps: Vec<String> = run(&["identity", "gaps"]).lines().map(columns).collect();
    expect![[r#"
        IDENTITY | NAME | MISSING | WHAT IS SO | REMEDY
        idn_0b637664fc5b741f336f | backup-svc | undeclared | `backup-svc` acts, and nobody declared it | declare it in `identities`, or remove it at the provider
        idn_0b637664fc5b741f336f | backup-svc | owner inferred | its owner `own_delivery` is inferred: created by `ci-deploy`, whose owner is declared | confirm it with `owner` in `identities`
        idn_0b637664fc5b741f336f | backup-svc | unused credential | `aws:access-key:AKIAEXAMPLEBACKUP01` was not used for N days | disable it, and delete it when nobody misses it
        idn_0b637664fc5b741f336f | backup-svc | long lived | `aws:access-key:AKIAEXAMPLEBACKUP01` of a service account lasts until somebody ends it | let it assume a role: of the instance, pod or function where it runs in AWS, by OpenID Connect or IAM Roles Anywhere where it runs elsewhere
        idn_967b49a69c69716caa6e | one | undeclared | `one` acts, and nobody declared it | declare it in `identities`, or remove it at the provider
        idn_967b49a69c69716caa6e | one | owner inferred | its owner `own_delivery` is inferred: account `111122223333` is declared to belong to `own_delivery` | confirm it with `owner` in `identities`
        idn_967b49a69c69716caa6e | one | unused credential | `aws:access-key:AKIAIOSFODNN7EXAMPLE` was not used for N days | disable it, and delete it when nobody misses it
        idn_967b49a69c69716caa6e | one | long lived | `aws:access-key:AKIAIOSFODNN7EXAMPLE` of a service account lasts until somebody ends it | let it assume a role: of the instance, pod or function where it runs in AWS, by OpenID Connect or IAM Roles Anywhere where it runs elsewhere"#]].assert_eq(&gaps.join("\n"));
    let readiness = run(&["readiness"]);
    let (table, rest) = readiness.split_once("\n\n").unwrap();
    let table: Vec<String> = table.lines().map(columns).collect();
    expect![[r#"
        IN ALL | SEEN | OWNED | REVOCABLE | PROVEN | WINDOW
        all | everything | 9 | 2 (22 %) | 9 (100 %) | 5 (55 %) | 0 (0 %) | no end
        platform | aws | 5 | 0 (0 %) | 5 (100 %) | 2 (40 %) | 0 (0 %) | no end
        platform | broker | 3 | 2 (66 %) | 3 (100 %) | 3 (100 %) | 0 (0 %) | 3600 s
        platform | broker.example.internal | 1 | 0 (0 %) | 1 (100 %) | 0 (0 %) | 0 (0 %) | no end
        team | own_delivery | 7 | 0 (0 %) | 7 (100 %) | 3 (42 %) | 0 (0 %) | no end
        team | own_platform | 2 | 2 (100 %) | 2 (100 %) | 2 (100 %) | 0 (0 %) | 3600 s
        environment | development | 7 | 0 (0 %) | 7 (100 %) | 3 (42 %) | 0 (0 %) | no end
        environment | production | 2 | 2 (100 %) | 2 (100 %) | 2 (100 %) | 0 (0 %) | 3600 s"#]]
    .assert_eq(&table.join("\n"));
    for line in [
        "by aws_iam.disable_access_key at aws, never proven, or too long ago, window: 129610 s",
        "stays alive: sessions minted with the key by GetSessionToken or GetFederationToken",
        "`enforce` of `aws` does not list `quarantine`",
        "no connector reaches it",
        "by broker.block_issuance at broker, never proven, or too long ago, window: 0 s",
    ] {
        assert!(rest.contains(line), "{line}\n{rest}");
    }
}
