//! Used beside granted: a discovered account, its calls as events, a smaller policy that works.

use crate::account::WORK;
use crate::house::Folder;
use crate::recorded::Call;
use crate::servers::ministack;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_never_used_is_proposed_to_go_and_the_smaller_policy_is_enough() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let look = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccountAuthorizationDetails","iam:ListAccessKeys","iam:GetAccessKeyLastUsed","iam:GetLoginProfile"],"Resource":"*"}]}"#;
    let call = account.iam.put_user_policy().user_name("interlock").policy_name("look");
    call.policy_document(look).send().await.unwrap();
    let key = account.add_user("ci", WORK).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    let house = folder.serve();
    house
        .until("the account was looked at", async || {
            let looks = house.get("/v1/discoveries").await;
            looks.as_array().unwrap().first().is_some_and(|it| it["last"].is_string())
        })
        .await;
    let call = Call::now(&account.number, "ci", &key.id, "iam", "ListRoles");
    assert!(house.post(&[call.record()]).await);
    let asked = ["identity", "least-privilege", "ci", "--json", "--server", house.address()];
    let mut found = Value::Null;
    house
        .until("the use is counted", async || {
            let (_, text) = folder.run(&asked);
            text.contains("\"iam:ListRoles\",\"count\":1")
        })
        .await;
    let (enough, text) = folder.run(&asked);
    for line in text.lines() {
        found = serde_json::from_str(line).unwrap_or(found);
    }
    assert!(!enough, "something goes: {text}");
    assert_eq!(found["goes"], serde_json::json!(["sts:AssumeRole"]), "{found:#}");
    let undo: Value = serde_json::from_str(WORK).unwrap();
    assert_eq!(found["undo"]["Statement"][0]["Action"], undo["Statement"][0]["Action"]);
    // The server itself is asked whether the proposal is enough, and no more.
    let call = account.iam.put_user_policy().user_name("ci").policy_name("work");
    call.policy_document(found["proposed"].to_string()).send().await.unwrap();
    assert_eq!(account.works(&key).await, Ok(()));
    account.add_role("deploy", &account.arn("user/ci")).await;
    assert!(account.assume(&key, "deploy").await.is_err(), "what it never used is gone");
    // The way back is the document as it was, and everything works as before.
    let call = account.iam.put_user_policy().user_name("ci").policy_name("work");
    call.policy_document(found["undo"].to_string()).send().await.unwrap();
    assert_eq!(account.works(&key).await, Ok(()));
    assert!(account.assume(&key, "deploy").await.is_ok(), "undone");
}
