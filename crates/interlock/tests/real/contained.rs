//! On a server whose refusals are real: the thief's key works, the events arrive, the key is refused.

use crate::account::WORK;
use crate::colleague::activate;
use crate::house::Folder;
use crate::recorded::Call;
use crate::servers::ministack;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_key_is_contained_without_a_hand_and_undo_restores_it_byte_for_byte() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("ci", WORK).await;
    account.add_role("deploy", &account.arn("user/ci")).await;
    let before = account.state("ci", "deploy").await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    let house = folder.serve();
    assert_eq!(account.works(&key).await, Ok(()), "the thief's key works");

    let stop = Call::now(&account.number, "ci", &key.id, "cloudtrail", "StopLogging");
    assert!(house.post(&[stop.record()]).await);
    house.until("the key is refused", async || account.works(&key).await.is_err()).await;
    house.until("it is applied", async || house.first().await["grade"] == "applied").await;
    assert_eq!(account.works(&key).await, Err("InvalidClientTokenId".to_owned()));

    // A provider's yes is no proof. The thief tries again, and the refusal is in the telemetry.
    let mut refused = Call::now(&account.number, "ci", &key.id, "s3", "ListBuckets");
    refused.refused = Some("InvalidClientTokenId");
    assert!(house.post(&[refused.record()]).await);
    house.until("it is effective", async || house.first().await["grade"] == "effective").await;

    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let (status, answer) = house.act(&format!("/v1/containments/{id}/undo"), json!({})).await;
    assert_eq!(status, 409, "it would make a stolen key valid again: {answer}");
    let accept = json!({"accept_re_arm": true});
    let (status, answer) = house.act(&format!("/v1/containments/{id}/undo"), accept).await;
    assert!(status < 300, "{status} {answer}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert_eq!(account.works(&key).await, Ok(()), "it works again");
    assert_eq!(account.state("ci", "deploy").await, before, "byte for byte as before");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}

/// What is contained stays contained: others who undo it are answered once by the same step, and when
/// they do it again, by one that they cannot undo.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_undoes_is_done_again_and_then_for_good() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("ci", WORK).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    folder.read_back_often();
    let house = folder.serve();
    let stop = Call::now(&account.number, "ci", &key.id, "cloudtrail", "StopLogging");
    assert!(house.post(&[stop.record()]).await);
    let contained = async || house.containments().await.iter().all(|it| it["phase"] == "contained");
    house.until("the key is refused", async || account.works(&key).await.is_err()).await;
    house.until("it is contained", contained).await;

    activate(&account, "ci", &key).await;
    assert_eq!(account.works(&key).await, Ok(()), "the colleague's change counts");
    house.until("the key is refused again", async || account.works(&key).await.is_err()).await;
    house.until("it is contained again", contained).await;
    let undone = async || {
        let found = house.get("/v1/findings?rule=containment_undone").await;
        found["items"].as_array().unwrap().len()
    };
    assert_eq!(undone().await, 1);

    activate(&account, "ci", &key).await;
    house
        .until("the key is refused for good", async || {
            house.containments().await.iter().any(|it| {
                it["steps"][0]["kind"] == "delete_credential" && it["phase"] == "contained"
            })
        })
        .await;
    assert_eq!(undone().await, 2);
    assert_eq!(account.works(&key).await, Err("InvalidClientTokenId".to_owned()));
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}
