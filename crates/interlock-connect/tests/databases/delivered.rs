//! A password of a real PostgreSQL that goes to a real OpenBao: whoever reads the entry signs in, and what
//! was delivered nowhere is made anew.
//!
//! Proves: `postgresql.rotate_password`

use crate::drive::{Drive, execute, on_password, plan};
use crate::postgresql_server::{OLD, OWN, Postgres};
use crate::vault_server::Bao;
use interlock_connect::database::Database;
use interlock_connect::delivery::{Fields, KvEntry, VaultTarget};
use interlock_connect::postgresql;
use interlock_contain::Connector as _;
use interlock_model::{ActionKind, ConnectorId};

const READ: &str = "SELECT amount FROM sales";

fn connector(server: &Postgres, bao: &Bao, token: &str) -> Database {
    let entry = KvEntry {
        mount: "secret".to_owned(),
        path: "apps/{name}".to_owned(),
        fields: Fields { key_id: None, secret: "password".to_owned() },
    };
    let target = VaultTarget::new(&bao.config(token), entry);
    let mut reach = server.reach("interlock", OWN);
    reach.delivery = None;
    reach.deliveries = target.for_all(&["postgresql:*"]);
    postgresql::connector(ConnectorId("pg".into()), reach, None)
}

fn kept(bao: &Bao) -> (String, String, u64) {
    let entry = bao.root(&["kv", "get", "-mount=secret", "apps/app"]);
    let text = |key: &str| entry["data"]["data"][key].as_str().unwrap_or_default().to_owned();
    let version = entry["data"]["metadata"]["version"].as_u64().unwrap();
    (text("password"), text("host"), version)
}

#[tokio::test]
async fn a_password_stands_in_the_entry_that_its_workload_reads() {
    let (Some(server), Some(bao)) = (Postgres::start(), Bao::start()) else { return };
    let password = format!("password={OLD}");
    bao.root(&["kv", "put", "-mount=secret", "apps/app", "host=db.example.com", &password]);
    let intent = || on_password(ActionKind::RotateCredential, "postgresql", "app");

    // What is missing is said with the very rule to add.
    let blind = bao.token("app");
    let checks = connector(&server, &bao, &blind).check().await;
    let said = checks.iter().find_map(|it| it.outcome.clone().err()).unwrap();
    let rule = "path \"secret/data/apps/+\" { capabilities = [\"create\", \"read\", \"update\"] }";
    assert!(said.to_string().ends_with(rule), "{said}");
    bao.policy("deliver", rule);
    let token = bao.token("deliver");
    let hands = connector(&server, &bao, &token);
    assert!(hands.check().await.iter().all(|it| it.outcome.is_ok()));

    let mut drive = Drive::new(&hands, vec![intent()]);
    drive.contained().await;
    let (password, host, version) = kept(&bao);
    assert_eq!((host.as_str(), version), ("db.example.com", 2));
    assert_eq!(server.query("app", &password, READ).as_deref(), Ok("7"));
    assert!(server.query("app", OLD, READ).is_err());
    let said = drive.said();
    assert!(!said.contains(&password) && !said.contains(OLD) && !said.contains(&token));

    // Somebody writes a version between plan and write: nothing is displaced unseen.
    let step = plan(&hands, "postgresql.rotate_password", &intent()).await.unwrap();
    bao.root(&["kv", "patch", "-mount=secret", "apps/app", "password=theirs"]);
    let error = execute(&hands, &step).await.unwrap_err().to_string();
    assert_eq!(kept(&bao).2, 3, "{error}");
    assert_eq!(server.query("app", &password, READ).as_deref(), Ok("7"), "nor was it set");

    // The server takes it and the entry does not: the next attempt sets another, and delivers it.
    let step = plan(&hands, "postgresql.rotate_password", &intent()).await.unwrap();
    bao.policy("deliver", "path \"secret/data/apps/+\" { capabilities = [\"read\"] }");
    let error = execute(&hands, &step).await.unwrap_err().to_string();
    assert!(error.contains("its workload has not"), "{error}");
    assert!(server.query("app", &password, READ).is_err(), "the old one is gone");
    bao.policy("deliver", rule);
    execute(&hands, &step).await.unwrap();
    let (password, ..) = kept(&bao);
    assert_eq!(server.query("app", &password, READ).as_deref(), Ok("7"));
}
