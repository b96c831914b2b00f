//! A shipper delivers what it ships, and nothing else.

use crate::served::{Folder, record, token};
use serde_json::{Value, json};
use sha2::Digest as _;

/// A sign-in at Okta, short.
fn sign_in() -> Value {
    json!({
        "uuid": "3f2c6a52-0000-11ef-8000-0242ac120002", "published": "2026-03-02T10:00:00.000Z",
        "eventType": "user.session.start", "version": "0", "severity": "INFO", "legacyEventType": "core.user_auth.login_success",
        "displayMessage": "User login to Okta", "outcome": {"result": "SUCCESS"},
        "actor": {"id": "00u1", "type": "User", "alternateId": "ana@example.com", "displayName": "Ana"},
        "client": {"ipAddress": "198.51.100.7"}, "target": []
    })
}

#[tokio::test]
async fn what_a_shipper_does_not_ship_is_rejected_record_by_record() {
    let folder = Folder::new();
    let hash = |name: &str| hex::encode(sha2::Sha256::digest(token(name)));
    folder.add(&format!(
        "\n[[token]]\nname = \"trail\"\nroles = [\"ingest\"]\nsha256 = \"{}\"\nsources = [\"aws_cloudtrail\"]\naccounts = [\"111122223333\"]\n",
        hash("trail")
    ));
    let house = folder.serve();
    let mut other = record("b", "two");
    other["recipientAccountId"] = json!("999999999999");
    other["userIdentity"]["accountId"] = json!("999999999999");
    let nobodys = json!({"what": "no source knows this"});
    let body = json!([record("a", "one"), sign_in(), other, nobodys, record("c", "three")]);
    let (status, taken) = house.post("trail", "/v1/events", body.clone()).await;
    assert_eq!(
        (status, &taken["accepted"], &taken["refused"]),
        (202, &json!(2), &json!(3)),
        "{taken}"
    );
    let why: Vec<(u64, &str)> = taken["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["record"].as_u64().unwrap(), it["why"].as_str().unwrap()))
        .collect();
    assert_eq!(why[0], (1, "the token `trail` may not deliver records of `okta_system_log`"));
    assert!(why[1].0 == 2 && why[1].1.contains("of the account"), "{why:?}");
    assert_eq!(why[2].0, 3, "{why:?}");
    // An alert is another source, and the other door no way round.
    let alert = json!({"id": "a-1", "title": "stolen", "severity": "high", "time": "2026-03-02T10:00:00Z", "principal": "broker:shop"});
    for door in ["/v1/alerts", "/v1/events"] {
        let (status, problem) = house.post("trail", door, alert.clone()).await;
        assert_eq!((status, &problem["code"]), (400, &json!("IL0209")), "{door} {problem}");
        assert_eq!(problem["rejected"].as_array().unwrap().len(), 1, "{problem}");
    }
    house.settled(taken["position"].as_u64().unwrap()).await;
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    assert_eq!(rejected["items"].as_array().unwrap().len(), 5, "{rejected}");
    // Whoever is bound to nothing delivers all that can be read.
    let (status, taken) = house.post("carl", "/v1/events", body).await;
    assert_eq!((status, &taken["accepted"]), (202, &json!(5)), "{taken}");
}

#[test]
fn a_source_that_is_none_is_named() {
    let folder = Folder::new();
    let hash = hex::encode(sha2::Sha256::digest(token("trail")));
    folder.add(&format!(
        "\n[[token]]\nname = \"trail\"\nroles = [\"read\"]\nsha256 = \"{hash}\"\nsources = [\"aws_cloudtrial\"]\n"
    ));
    let ran = folder.run(&["check", "house"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for said in [
        "`aws_cloudtrial` of the token `trail` is no log source",
        "did you mean `aws_cloudtrail`?",
        "delivers nothing",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
}
