//! A vault that is really OpenBao: its own audit log says what a stolen token does, and the token ends.

use crate::house::{Folder, Made};
use crate::vault_server::Bao;
use serde_json::Value;

const PLAYBOOK: &str = "
name: policy-changed
description: whoever changes a policy of the vault loses the token, and gets no other
when:
  rules: [ffccfcee-f501-4239-b4bd-c515ea6ca876]
tiers:
  disable:
    # A change of a policy alone is no more than a weak claim.
    confidence: 0.01
    do: [delete_credential, quarantine]
    consent: {production: automatic, staging: automatic, development: automatic}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_token_that_changes_a_policy_is_revoked_by_the_digest_in_the_log() {
    let Some(bao) = Bao::start() else { return };
    let rules = "path \"secret/*\" { capabilities = [\"read\"] }\npath \"sys/policies/acl/*\" { capabilities = [\"create\", \"update\"] }";
    bao.policy("app", rules);
    let (secret_id, _) = bao.secret_id("ci");
    let (stolen, kept) =
        (bao.sign_in("ci", &secret_id).unwrap(), bao.sign_in("ci", &secret_id).unwrap());
    let own = bao.token("interlock");
    let connector = format!(
        r#"
[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_TOKEN" }}
audit_device = "file"
settle = "2s"
enforce = ["delete_credential", "quarantine"]
"#,
        bao.endpoint()
    );
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &[("ci".to_owned(), format!("vault:entity/{}", stolen.entity))],
        playbook: PLAYBOOK,
        secrets: vec![("HOUSE_TOKEN", own.clone())],
    });
    let (tested, text) = folder.run(&["connector", "test"]);
    assert!(tested, "{text}");
    let house = folder.serve();
    assert!(bao.reads(&stolen.token) && bao.reads(&kept.token));
    let path = "sys/policies/acl/more";
    bao.bao(&stolen.token, &["write", path, "policy=path \"*\" { capabilities = [\"read\"] }"])
        .unwrap();
    let said = bao.log();
    let of_policy = |it: &&Value| it["request"]["path"] == path;
    let records: Vec<Value> = said.iter().filter(of_policy).cloned().collect();
    assert_eq!(records.len(), 2, "what was asked, and what was answered");
    assert!(house.post(&records).await);
    house.until("the token is revoked", async || !bao.reads(&stolen.token)).await;
    house.until("the entity is disabled", async || !bao.reads(&kept.token)).await;
    house.until("it is applied", async || house.first().await["grade"] == "applied").await;
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert!(bao.reads(&kept.token), "the entity is enabled, and what was kept works again");
    assert!(!bao.reads(&stolen.token), "what was revoked stays so");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    for secret in [&own, &stolen.token, &kept.token] {
        assert!(!folder.holds(secret), "a token is in a file of the house");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connectors_find_their_credentials_in_the_vault() {
    let Some(bao) = Bao::start() else { return };
    bao.policy("reader", "path \"secret/data/interlock/*\" { capabilities = [\"read\"] }");
    let (reader, own) = (bao.token("reader"), bao.token("interlock"));
    let kept = format!("token={own}");
    bao.root(&["kv", "put", "-mount=secret", "interlock/vault", &kept, "other=1"]);
    let endpoint = bao.endpoint();
    let connector = |field: &str| {
        format!(
            r#"
[vault]
endpoint = "{endpoint}"
token = {{ from = "env", name = "READER_TOKEN" }}

[[connector]]
id = "vault"
kind = "vault"
endpoint = "{endpoint}"
token = {{ from = "vault", path = "interlock/vault", field = "{field}" }}
audit_device = "file"
enforce = ["delete_credential"]
"#
        )
    };
    let folder = |field: &str| {
        Folder::of(Made {
            connector: &connector(field),
            identities: &[],
            playbook: PLAYBOOK,
            secrets: vec![("READER_TOKEN", reader.clone())],
        })
    };
    let made = folder("token");
    let (tested, text) = made.run(&["connector", "test"]);
    assert!(tested, "{text}");
    drop(made.serve());
    for secret in [&own, &reader] {
        assert!(!made.holds(secret), "a token is in a file of the house");
    }
    let (tested, text) = folder("absent").run(&["connector", "test"]);
    assert!(
        !tested && text.contains("`absent` of `secret/interlock/vault` in the vault"),
        "{text}"
    );
    bao.root(&["token", "revoke", &reader]);
    let (tested, text) = made.run(&["connector", "test"]);
    assert!(!tested && text.contains("its token may not read this, or has ended"), "{text}");
    assert!(!text.contains(&own) && !text.contains(&reader), "{text}");
}
