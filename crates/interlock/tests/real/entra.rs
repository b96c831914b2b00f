//! A pipeline that signs in to Entra by a trust, and is taken for stolen: the trust goes, by the id that
//! the sign-in names, and neither the application nor its other pipelines are touched.
//!
//! The tenant is our own, behind the services' addresses over TLS.

use crate::account::now;
use crate::entra_tenant::{CLIENT, SECRET, Tenant};
use crate::hosted::Hosted;
use crate::house::{Folder, Made};
use serde_json::{Value, json};
use std::sync::Arc;

/// A service principal, by its object id.
const SHIP: &str = "00000000-0000-4000-8000-0000000005e1";

const PLAYBOOK: &str = "
name: risky-sign-in
description: what a very risky sign-in was made by is taken
when:
  rules: [dc71f39c-845a-443c-ab72-947ba3858cf1]
tiers:
  disable:
    confidence: 0.1
    do: [disable_credential]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// A sign-in by a trust, as the export of the diagnostic settings has it.
fn sign_in(number: u32, trust: &str, risk: &str) -> Value {
    let time = now().to_string();
    json!({
        "time": time, "operationName": "Sign-in activity", "resultType": "0",
        "category": "ServicePrincipalSignInLogs",
        "tenantId": "aaaabbbb-0000-4000-8000-cccc1111dddd",
        "properties": {
            "id": format!("66ea54eb-6301-4ee5-be62-{number:012}"), "createdDateTime": time,
            "appId": format!("app-of-{SHIP}"), "servicePrincipalId": SHIP,
            "servicePrincipalName": "ship", "clientCredentialType": "federatedIdentityCredential",
            "federatedCredentialId": trust.to_uppercase(), "servicePrincipalCredentialKeyId": "",
            "ipAddress": "198.51.100.23", "resourceDisplayName": "Azure Resource Manager",
            "status": { "errorCode": 0 }, "uniqueTokenIdentifier": format!("token-{number}"),
            "riskLevelDuringSignIn": risk, "riskLevelAggregated": risk,
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trust_that_a_stolen_pipeline_signed_in_by_is_taken_and_given_back() {
    let tenant = Arc::new(Tenant::of([SHIP.to_owned()].into_iter()));
    let main = tenant.trust(SHIP, "main", "repo:acme/ship:ref:refs/heads/main");
    let other = tenant.trust(SHIP, "release", "repo:acme/ship:environment:release");
    let provider = Arc::<Tenant>::clone(&tenant);
    let hosts = ["graph.microsoft.com", "login.microsoftonline.com"];
    let hosted = Hosted::serve(provider, &hosts).await;
    let connector = format!(
        r#"
[[connector]]
id = "entra"
kind = "entra"
tenant = "example.com"
client_id = "{CLIENT}"
secret = {{ from = "env", name = "HOUSE_PASSWORD" }}
settle = "2s"
enforce = ["disable_credential", "disable_identity"]
"#
    );
    let mut secrets = hosted.surroundings();
    secrets.push(("HOUSE_PASSWORD", SECRET.to_owned()));
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &[("ship".to_owned(), format!("entra:{SHIP}"))],
        playbook: PLAYBOOK,
        secrets,
    });
    folder.keep_rules(&["risky_sign_in.yml"]);
    let house = folder.serve();
    assert!(house.post(&[sign_in(1, &other, "none"), sign_in(2, &main, "high")]).await);
    house.until("the trust is gone", async || !tenant.trusts(SHIP).contains_key("main")).await;
    house
        .until("it is contained", async || {
            house.containments().await.first().is_some_and(|it| it["phase"] == "contained")
        })
        .await;
    assert_eq!(tenant.trusts(SHIP)["release"], other, "the other pipeline goes on");
    assert!(tenant.enabled(SHIP) && tenant.changes(SHIP) == 0, "so does the application");
    let all = house.containments().await;
    assert_eq!(all.len(), 1, "{all:?}");
    let id = all[0]["id"].as_str().unwrap().to_owned();
    let one = house.get(&format!("/v1/containments/{id}")).await.to_string();
    assert!(one.contains("take the trust `main` of service principal"), "{one}");
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    // The same trust, by another id.
    let after = tenant.trusts(SHIP);
    assert!(after["main"] != main && after["release"] == other, "{after:?}");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    assert!(!folder.holds(SECRET), "the connector's secret is in a file of the house");
}
