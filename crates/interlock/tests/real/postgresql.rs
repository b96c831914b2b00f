//! A house that follows a PostgreSQL server's own log and contains roles there.

use crate::postgresql_server::{OLD, OWN, Postgres};
use crate::served::{Folder, Served, read};
use serde_json::Value;

/// Whoever makes the server run a program is cut off.
const PLAYBOOK: &str = "
name: program-run
description: whoever makes the database server run a program is cut off
when:
  rules: [5108d45a-3a0b-4176-82fd-502cdbf880d8]
tiers:
  disable:
    confidence: 0.3
    do: [disable_identity, revoke_sessions]
    consent: {production: automatic, staging: automatic, development: automatic}
";

fn only(folder: &std::path::Path, name: &str, text: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(folder.join(name), text).unwrap();
}

/// A configuration that follows the server's log, knows these roles, and acts at once.
pub fn folder(server: &Postgres, roles: &[String]) -> Folder {
    let folder = Folder::new();
    let file = folder.path().join("interlock.toml");
    let text = read(&file).replace(
        "[guard]\n",
        "[guard]\nautomatic_per_hour = 999\nautomatic_per_hour_per_connector = 999\nautomatic_per_hour_per_rule = 999\n",
    );
    assert!(text.contains("automatic_per_hour_per_rule = 999"));
    std::fs::write(&file, text).unwrap();
    crate::program::write_secret(folder.path().join("pg.password"), OWN);
    folder.add(&format!(
        r#"
[[connector]]
id = "pg-test"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
settle = "2s"
enforce = ["disable_identity", "revoke_sessions"]
password = {{ from = "file", path = "pg.password" }}

[[feed]]
id = "pg-log"
kind = "file"
path = "{}"
"#,
        server.port(),
        server.folder().join("server.json").display()
    ));
    let content = folder.path().join("content");
    only(&content.join("playbooks"), "own.yaml", PLAYBOOK);
    only(
        &content.join("policies"),
        "all.cedar",
        "@id(\"all\") permit (principal, action, resource);\n",
    );
    let identities: String = roles
        .iter()
        .map(|it| format!("  - id: idn_{0}\n    name: {it}\n    kind: workload\n    owner: own_platform\n    environment: development\n    principals: ['postgresql:{it}']\n", it.replace('-', "_")))
        .collect();
    only(
        &content.join("directory"),
        "identities.yaml",
        &format!(
            "identities:\n{identities}teams:\n  - id: own_platform\n    name: Platform\n    contact: '#platform'\n    approvers: [alice]\n"
        ),
    );
    folder
}

async fn containments(house: &Served) -> Vec<Value> {
    let (status, list) = house.get("rita", "/v1/containments?limit=200").await;
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_runs_a_program_is_contained_by_the_servers_own_log_and_undone() {
    let Some(server) = Postgres::start() else { return };
    let folder = folder(&server, &["app".to_owned()]);
    let tested = folder.run(&["connector", "test", "pg-test"]);
    assert_eq!(tested.code, 0, "{tested:?}");
    assert!(tested.out.contains("acts as postgresql:interlock"), "{tested:?}");
    let before = server.state();
    let house = folder.serve();
    let mut live = server.session("app", OLD);
    // The server refuses it, and logs that it was asked.
    assert!(
        server.query("app", OLD, "COPY sales TO PROGRAM 'true'").unwrap_err().contains("42501")
    );
    house
        .until("the role is refused", async || {
            let seen = server.query("app", OLD, "SELECT 1");
            seen.is_err_and(|it| it.contains("is not permitted to log in"))
        })
        .await;
    house
        .until("it is contained", async || {
            containments(&house).await.iter().any(|it| it["phase"] == "contained")
        })
        .await;
    assert_eq!(live.ask("SELECT 1;"), None, "the session is over");
    // The refusal was in the log: it is evidence for the one step that telemetry can speak of.
    house
        .until("the refusal counts", async || {
            for it in containments(&house).await {
                let id = it["id"].as_str().unwrap();
                let (_, one) = house.get("rita", &format!("/v1/containments/{id}")).await;
                if one["steps"][0]["proof"] == "effective" {
                    return true;
                }
            }
            false
        })
        .await;
    // Lines that were read in two batches may have led to a second one, which found all done already.
    for it in containments(&house).await {
        let id = it["id"].as_str().unwrap();
        let undone =
            folder.run_as("sue", &["undo", id, "--accept-re-arm", "--server", &house.address]);
        assert_eq!(undone.code, 0, "{undone:?}");
    }
    house.until("the role is back", async || server.query("app", OLD, "SELECT 1").is_ok()).await;
    assert_eq!(server.state(), before, "as before");
    drop(house);
    let verified = folder.run(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}
