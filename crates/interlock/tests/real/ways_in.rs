//! A session that one workflow was let in for is stolen: the workflow is shut out and the session ended,
//! and the role is left to others, on a server whose refusals are real.

use crate::account::{WORK, now};
use crate::house::{Folder, TRAIL_STOPPED, pipeline};
use crate::servers::ministack;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
const MAIN: &str = "repo:acme/shop:ref:refs/heads/main";
const OTHER: &str = "repo:acme/web:ref:refs/heads/main";

/// A token of GitHub's for this subject; the server does not look at its signature.
fn token(subject: &str) -> String {
    let part = |it: Value| URL_SAFE_NO_PAD.encode(it.to_string());
    let claims = json!({
        "iss": format!("https://{GITHUB}"), "aud": "sts.amazonaws.com", "sub": subject,
    });
    format!("{}.{}.x", part(json!({"alg": "RS256"})), part(claims))
}

/// A record of CloudTrail: a call (service and name) by this identity, now.
pub fn record(account: &str, number: u32, what: (&str, &str), identity: Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": format!("{}.amazonaws.com", what.0),
        "eventName": what.1,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "aws-cli/2.15",
        "requestParameters": null,
        "responseElements": null,
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
    })
}

/// The call by which a workflow is let in and gets this key, or is refused.
fn enters(account: &str, number: u32, subject: &str, key: Option<&str>) -> Value {
    let provider = format!("arn:aws:iam::{account}:oidc-provider/{GITHUB}");
    let identity = json!({
        "type": "WebIdentityUser",
        "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
        "userName": subject,
        "identityProvider": provider,
    });
    let mut it = record(account, number, ("sts", "AssumeRoleWithWebIdentity"), identity);
    it["requestParameters"] = json!({
        "roleArn": format!("arn:aws:iam::{account}:role/deploy"), "roleSessionName": "test",
    });
    match key {
        Some(key) => {
            it["responseElements"] = json!({
                "subjectFromWebIdentityToken": subject,
                "credentials": {"accessKeyId": key, "sessionToken": "x"},
                "assumedRoleUser": {
                    "arn": format!("arn:aws:sts::{account}:assumed-role/deploy/test"),
                },
                "provider": provider,
                "audience": "sts.amazonaws.com",
            });
        }
        None => it["errorCode"] = "AccessDenied".into(),
    }
    it
}

/// A session of the role `deploy` as a caller.
pub fn session(account: &str, name: &str, key: &str, attributes: Value) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLEDEPLOY:{name}"),
        "arn": format!("arn:aws:sts::{account}:assumed-role/deploy/{name}"),
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEDEPLOY",
                "arn": format!("arn:aws:iam::{account}:role/deploy"),
                "accountId": account,
                "userName": "deploy",
            },
            "attributes": attributes,
        },
    })
}

fn attacks(account: &str, number: u32, key: &str) -> Value {
    let identity = session(account, "test", key, json!({"mfaAuthenticated": "false"}));
    record(account, number, ("cloudtrail", "StopLogging"), identity)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_workflow_is_shut_out_of_a_role_and_its_neighbour_is_not() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    account.add_user("ci", WORK).await;
    let number = account.number.clone();
    // White space that nobody else writes: it has to come back.
    let trust = format!(
        r#"{{ "Version": "2012-10-17",  "Statement": {{ "Effect": "Allow", "Principal": {{"Federated": "{}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{ "StringLike": {{ "{GITHUB}:sub": ["repo:acme/shop:*", "repo:acme/web:*"] }} }} }} }}"#,
        account.arn(&format!("oidc-provider/{GITHUB}")),
    );
    let call = account.iam.create_open_id_connect_provider().url(format!("https://{GITHUB}"));
    let call = call.client_id_list("sts.amazonaws.com");
    call.thumbprint_list("0".repeat(40)).send().await.unwrap();
    let call = account.iam.create_role().role_name("deploy");
    call.assume_role_policy_document(trust).send().await.unwrap();
    let call = account.iam.put_role_policy().role_name("deploy").policy_name("work");
    call.policy_document(WORK).send().await.unwrap();
    let before = account.state("ci", "deploy").await;
    let enters_now = async |who: &str| account.assume_with("deploy", &token(who)).await;

    let folder = Folder::new(&server.endpoint(), &number, &own, &[]);
    folder.playbook(TRAIL_STOPPED);
    folder.declare(&pipeline(&number));
    let house = folder.serve();
    let stolen = enters_now(MAIN).await.unwrap();
    assert_eq!(account.works(&stolen).await, Ok(()), "the thief's session works");
    let seen = [enters(&number, 1, MAIN, Some(&stolen.id)), attacks(&number, 2, &stolen.id)];
    assert!(house.post(&seen).await);
    house
        .until("it is contained", async || {
            house.containments().await.iter().any(|it| it["phase"] == "contained")
        })
        .await;
    let shown = house.containments().await;
    let kinds: Vec<_> =
        shown[0]["steps"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["disable_credential", "revoke_sessions"], "{shown:#?}");
    assert!(account.works(&stolen).await.is_err(), "the stolen session is ended");
    let refused = enters_now(MAIN).await.map(drop);
    assert_eq!(refused, Err("AccessDenied".to_owned()), "the workflow comes in no more");
    // A session of the very second of the cut counts as older: the next one is newer.
    let neighbour = async || account.works(&enters_now(OTHER).await.unwrap()).await;
    house.until("the neighbour works", async || neighbour().await == Ok(())).await;

    // The refusal is in the telemetry: the way in is proven closed.
    assert!(house.post(&[enters(&number, 3, MAIN, None)]).await);
    let first = async || house.first().await["steps"][0].clone();
    house.until("its effect is seen", async || first().await["proof"] == "effective").await;

    let id = shown[0]["id"].as_str().unwrap();
    let accept = json!({"accept_re_arm": true});
    let (status, answer) = house.act(&format!("/v1/containments/{id}/undo"), accept).await;
    assert!(status < 300, "{status} {answer}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert_eq!(enters_now(MAIN).await.map(drop), Ok(()), "it comes in again");
    assert_eq!(account.state("ci", "deploy").await, before, "byte for byte as before");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}
