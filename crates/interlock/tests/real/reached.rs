//! What grants of PostgreSQL, OpenBao and a cluster reach, and what of it was used, as `identity show` tells it.

use crate::estate::plain;
use crate::house::{Folder, Made};
use crate::kmock::Kmock;
use crate::postgresql_server::{OLD, OWN as PG_OWN, Postgres};
use crate::vault_server::Bao;
use expect_test::expect;
use serde_json::{Value, json};

/// A playbook that answers nothing.
pub const PLAYBOOK: &str = "
name: none
description: nothing is answered here
when: {rules: [42f10763-06fc-4a67-a369-196a6a317fc3]}
tiers:
  observe: {confidence: 0}
";

/// An audit record of the cluster: the account reads a secret.
fn reads_a_secret(number: u32) -> Value {
    let time = crate::account::now();
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": format!("0f0f0000-0000-4000-8000-{number:012}"), "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/secrets/web", "verb": "get",
        "user": {"username": "system:serviceaccount:shop:web", "groups": ["system:authenticated"]},
        "sourceIPs": ["198.51.100.7"], "userAgent": "web/1.0",
        "objectRef": {"resource": "secrets", "apiVersion": "v1", "namespace": "shop", "name": "web"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": time.to_string(), "stageTimestamp": time.to_string(),
        "annotations": {"authorization.k8s.io/decision": "allow"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_of_three_platforms_are_told_as_what_they_reach() {
    let Some(postgres) = Postgres::start() else { return };
    let Some(bao) = Bao::start() else { return };
    let Some(cluster) = Kmock::start().await else { return };
    postgres.root("GRANT pg_read_all_data TO app");
    postgres.root("GRANT INSERT ON sales TO app");
    // The table says so, and the server agrees: hashes of passwords are data, too.
    let hash =
        postgres.query("app", OLD, "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'");
    assert!(hash.as_ref().is_ok_and(|it| it.starts_with("SCRAM-SHA-256$")), "{hash:?}");
    cluster.bind("web").await;
    let rules = json!([
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
    ]);
    cluster.role("reader", &rules).await;
    bao.policy("makers", "path \"sys/policies/acl/*\" { capabilities = [\"create\", \"update\"] }");
    bao.root(&["write", "auth/approle/role/ci", "token_policies=app,makers"]);
    let (secret_id, _) = bao.secret_id("ci");
    let client = bao.sign_in("ci", &secret_id).unwrap().entity;
    let connectors = format!(
        r#"
[[connector]]
id = "orders"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
password = {{ from = "env", name = "HOUSE_PG" }}

[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_VAULT" }}
audit_device = "file"

[[connector]]
id = "cluster"
kind = "kubernetes"
endpoint = "http://{}"
token = {{ from = "env", name = "HOUSE_CLUSTER" }}
"#,
        postgres.port(),
        bao.endpoint(),
        cluster.address(),
    );
    let folder = Folder::of(Made {
        connector: &connectors,
        identities: &[],
        playbook: PLAYBOOK,
        secrets: vec![
            ("HOUSE_PG", PG_OWN.to_owned()),
            ("HOUSE_VAULT", bao.token("interlock")),
            ("HOUSE_CLUSTER", "any".to_owned()),
        ],
    });
    folder.set("mode = \"enforce\"", "mode = \"recommend\"");
    let house = folder.serve();
    house
        .until("all three were looked at", async || {
            let looks = house.get("/v1/discoveries").await;
            let looks = looks.as_array().unwrap();
            looks.len() == 3 && looks.iter().all(|it| it["last"].is_string())
        })
        .await;
    assert!(house.post(&[reads_a_secret(1), reads_a_secret(2)]).await);
    let web = "kubernetes:system:serviceaccount:shop:web";
    let show = |name: &str| {
        let ran = folder.run(&["--json", "identity", "show", name, "--server", house.address()]);
        serde_json::from_str::<Value>(ran.1.lines().next().unwrap()).unwrap()
    };
    house
        .until("what was used is counted", async || {
            show(web)["reach"][0]["used"]["actions"][0]["count"] == 2
        })
        .await;
    let entity = format!("vault:entity/{client}");
    let shown = show(&entity);
    let token = shown["credentials"][0]["reference"].as_str().unwrap().to_owned();
    let keys = [(client.as_str(), "ENTITY"), (token.as_str(), "vault:token:DIGEST")];
    let mut said = String::new();
    for name in [web, &entity, "postgresql:app", "postgresql:interlock"] {
        let shown = folder.run(&["identity", "show", name, "--server", house.address()]).1;
        let shown = plain(&shown, &keys);
        let mut on = false;
        for line in shown.lines() {
            let word = line.get(2..15).unwrap_or_default().trim();
            let told = ["may", "reach", "more by", "unread", "used", "not used", "known as"];
            on = told.contains(&word) || on && word.is_empty();
            if on {
                said.push_str(line.get(2..).unwrap_or_default().trim_end());
                said.push('\n');
            }
        }
        said.push('\n');
    }
    expect![[r#"
          known as      kubernetes:system:serviceaccount:shop:web
          may           reader on namespace shop (rolebindings/shop/web, secrets, seen at cluster TIME)
          reach         list: list secrets in namespace shop
                        read: get secrets in namespace shop, list secrets in namespace shop
                        write: create pods/exec in namespace shop
                        secrets: get secrets in namespace shop, list secrets in namespace shop
                        credentials exposure: create pods/exec in namespace shop
          more by       may enter pods and use their service accounts' tokens through create pods/exec in namespace shop
          used          since TIME: get secrets (2 times)
          not used      create pods/exec, list secrets

          known as      vault:entity/ENTITY
          may           makers on vault (policy of a token, permissions, seen at vault TIME)
                        app on vault (policy of a token, secrets, seen at vault TIME)
                        default on vault (policy of a token, read, seen at vault TIME)
          reach         read: read secret/*, read database/creds/*
                        write: create+update sys/policies/acl/*
                        secrets: read secret/*, read database/creds/*
                        credentials exposure: read database/creds/*
                        permissions management: create+update sys/policies/acl/*
          more by       may rewrite the policies that it has itself through create+update sys/policies/acl/*
          used          since TIME: nothing of it
          not used      create sys/policies/acl/*, read database/creds/*, read secret/*, update sys/policies/acl/*

          known as      postgresql:app
          may           member of pg_read_all_data on the server (membership, secrets, seen at orders TIME)
                        INSERT, SELECT on 1 tables of `public` in `postgres` (grants, write, seen at orders TIME)
                        member of readers on the server (membership, read, seen at orders TIME)
          reach         list: member of pg_read_all_data
                        read: member of pg_read_all_data, SELECT on 1 tables of `public` in `postgres`
                        write: INSERT on 1 tables of `public` in `postgres`
                        data exposure: member of pg_read_all_data, SELECT on 1 tables of `public` in `postgres`
                        secrets: member of pg_read_all_data
                        credentials exposure: member of pg_read_all_data
          more by       may read the hashes of all passwords through member of pg_read_all_data

          known as      postgresql:interlock
          may           CREATEROLE on the server (attribute, permissions, seen at orders TIME)
                        member of pg_signal_backend on the server (membership, write, seen at orders TIME)
                        member of pg_read_all_stats on the server (membership, read, seen at orders TIME)
          reach         list: member of pg_read_all_stats
                        read: member of pg_read_all_stats
                        write: CREATEROLE, member of pg_signal_backend
                        permissions management: CREATEROLE
          more by       may make and change roles, and before version 16 become a member of any that is no superuser, through CREATEROLE

    "#]].assert_eq(&said);
}
