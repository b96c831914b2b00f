//! The answer to a stolen deploy key: replaced without an outage, and the thief is out.
//!
//! Proves: `aws_iam.issue_access_key`

use crate::account::{Keys, WORK};
use crate::house::Folder;
use crate::recorded::Call;
use crate::servers::ministack;

const SECRET: &str = "interlock/ci/access-key";
const PLAYBOOK: &str = "
name: trail-stopped
description: whoever stops the trail has a stolen key; the workload gets a new one first
when:
  rules: [42f10763-06fc-4a67-a369-196a6a317fc3]
tiers:
  restrict:
    confidence: 0.3
    do: [rotate_credential]
    consent: {production: automatic, staging: automatic, development: automatic}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_without_an_outage() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let old = account.add_user("ci", WORK).await;
    let value = format!(r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#, old.id, old.secret);
    account.secrets.create_secret().name(SECRET).secret_string(value).send().await.unwrap();
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    folder.playbook(PLAYBOOK);
    let house = folder.serve();

    let stop = Call::now(&account.number, "ci", &old.id, "cloudtrail", "StopLogging");
    assert!(house.post(&[stop.record()]).await);
    let delivered = async || -> Option<Keys> {
        let found = account.secrets.get_secret_value().secret_id(SECRET).send().await.unwrap();
        let found: serde_json::Value = serde_json::from_str(&found.secret_string?).unwrap();
        let id = found["AccessKeyId"].as_str()?;
        (id != old.id).then(|| Keys::of(id, found["SecretAccessKey"].as_str().unwrap()))
    };
    house.until("a new key is delivered", async || delivered().await.is_some()).await;
    let new = delivered().await.unwrap();
    assert_eq!(account.works(&new).await, Ok(()), "the workload goes on with the new key");
    house
        .until("the delivery was read back", async || {
            house.first().await["steps"][0]["state"] == "verified"
        })
        .await;
    // Nobody was seen to use it: the old key stays, so that production does not stop.
    assert_eq!(account.works(&old).await, Ok(()));
    assert_eq!(house.first().await["steps"][1]["state"], "waiting");

    let used = Call::now(&account.number, "ci", &new.id, "s3", "ListBuckets");
    assert!(house.post(&[used.record()]).await);
    house.until("the old key is refused", async || account.works(&old).await.is_err()).await;
    assert_eq!(account.works(&old).await, Err("InvalidClientTokenId".to_owned()));
    assert_eq!(account.works(&new).await, Ok(()), "no outage");
    house
        .until("only the deletion is left, for after the grace", async || {
            let one = &house.first().await;
            one["steps"][1]["state"] == "verified" && one["steps"][2]["state"] == "waiting"
        })
        .await;

    // The new secret is nowhere but where it was delivered.
    drop(house);
    assert!(!folder.holds(&new.secret), "a secret was left in the house");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_too_old_is_replaced_on_schedule_by_the_same_recipe() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let look = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccountAuthorizationDetails","iam:ListAccessKeys","iam:GetAccessKeyLastUsed","iam:GetLoginProfile"],"Resource":"*"}]}"#;
    let put = account.iam.put_user_policy().user_name("interlock").policy_name("look");
    put.policy_document(look).send().await.unwrap();
    let old = account.add_user("ci", WORK).await;
    let value = format!(r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#, old.id, old.secret);
    account.secrets.create_secret().name(SECRET).secret_string(value).send().await.unwrap();
    account.past(crate::account::now().as_second() + 2).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    folder.playbook(PLAYBOOK);
    folder.set("# replace_over_age = false", "replace_over_age = true");
    folder.set(
        "# [[directory.limit]]",
        "[[directory.limit]]\nprovider = \"aws\"\nidentity = \"pipeline\"\nage = \"1s\"\n# [[directory.limit]]",
    );
    let house = folder.serve();
    let delivered = async || -> Option<Keys> {
        let found = account.secrets.get_secret_value().secret_id(SECRET).send().await.unwrap();
        let found: serde_json::Value = serde_json::from_str(&found.secret_string?).unwrap();
        let id = found["AccessKeyId"].as_str()?;
        (id != old.id).then(|| Keys::of(id, found["SecretAccessKey"].as_str().unwrap()))
    };
    house.until("it was asked for", async || !house.containments().await.is_empty()).await;
    let one = &house.first().await;
    let id = one["id"].as_str().unwrap().to_owned();
    house
        .until("it is planned", async || {
            house.get(&format!("/v1/containments/{id}")).await["plan"].is_string()
        })
        .await;
    house.until("a new key is delivered", async || delivered().await.is_some()).await;
    let new = delivered().await.unwrap();
    assert_eq!(account.works(&new).await, Ok(()), "the workload goes on with the new key");
    assert_eq!(
        account.works(&old).await,
        Ok(()),
        "and the old one stays until that is seen in use"
    );
    let used = Call::now(&account.number, "ci", &new.id, "s3", "ListBuckets");
    assert!(house.post(&[used.record()]).await);
    house.until("the old key is refused", async || account.works(&old).await.is_err()).await;
    assert_eq!(account.works(&new).await, Ok(()), "no outage");
    drop(house);
    assert!(!folder.holds(&new.secret), "a secret was left in the house");
}
