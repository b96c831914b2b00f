//! One session of a role is stolen: it is ended by its name, and whoever else uses the role goes on, on a
//! server whose refusals are real.

use crate::account::{Keys, WORK, now};
use crate::house::{Folder, TRAIL_STOPPED, pipeline};
use crate::servers::ministack;
use crate::ways_in::{record, session};
use interlock_model::Timestamp;
use serde_json::{Value, json};

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A call by the session of this name; `denied` is how it was refused.
fn calls(
    account: &str,
    number: u32,
    (name, issued): (&str, Timestamp),
    key: &Keys,
    denied: Option<&str>,
) -> Value {
    let (service, call) =
        if denied.is_some() { ("iam", "ListRoles") } else { ("cloudtrail", "StopLogging") };
    let attributes = json!({"creationDate": time(issued), "mfaAuthenticated": "false"});
    let identity = session(account, name, &key.id, attributes);
    let mut it = record(account, number, (service, call), identity);
    if let Some(message) = denied {
        it["errorCode"] = "AccessDenied".into();
        it["errorMessage"] = message.into();
    }
    it
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_session_is_ended_and_the_role_goes_on() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("ci", WORK).await;
    account.add_role("deploy", &account.arn("user/ci")).await;
    let number = account.number.clone();
    let before = account.state("ci", "deploy").await;
    let open = async |name| account.assume_as(&key, "deploy", name).await;

    let folder = Folder::new(&server.endpoint(), &number, &own, &[]);
    folder.playbook(TRAIL_STOPPED);
    folder.declare(&pipeline(&number));
    let house = folder.serve();
    let issued = now();
    let (stolen, neighbour) = (open("run-7").await.unwrap(), open("run-8").await.unwrap());
    assert_eq!(account.works(&stolen).await, Ok(()), "the thief's session works");
    assert!(house.post(&[calls(&number, 1, ("run-7", issued), &stolen, None)]).await);
    house
        .until("it is contained", async || {
            house.containments().await.iter().any(|it| it["phase"] == "contained")
        })
        .await;
    let shown = house.containments().await;
    let steps: Vec<_> = shown[0]["steps"].as_array().unwrap().iter().collect();
    assert_eq!(steps.len(), 1, "{shown:#?}");
    assert_eq!(steps[0]["action"], "aws_iam.deny_role_session");
    assert_eq!(account.works(&stolen).await, Err("AccessDenied".to_owned()));
    assert_eq!(account.works(&neighbour).await, Ok(()), "a session beside it goes on");
    assert!(open("run-9").await.is_ok(), "and the role can be assumed");

    // The refusal is in the telemetry: the session is proven ended.
    let why = "User is not authorized to perform: iam:ListRoles with an explicit deny in an identity-based policy";
    assert!(house.post(&[calls(&number, 2, ("run-7", issued), &stolen, Some(why))]).await);
    let first = async || house.first().await["steps"][0].clone();
    house.until("its effect is seen", async || first().await["proof"] == "effective").await;

    // A second session does the same: then the role is closed as a whole.
    assert!(house.post(&[calls(&number, 3, ("run-8", issued), &neighbour, None)]).await);
    house
        .until("the whole is contained", async || {
            let all = house.containments().await;
            all.len() == 2 && all.iter().all(|it| it["phase"] == "contained")
        })
        .await;
    assert_eq!(account.works(&neighbour).await, Err("AccessDenied".to_owned()));
    assert_eq!(open("run-9").await.map(drop), Err("AccessDenied".to_owned()));

    // Each is taken back by itself, the later one first.
    let mut all = house.containments().await;
    all.sort_by_key(|it| it["steps"].as_array().map(Vec::len));
    for it in all.iter().rev() {
        let id = it["id"].as_str().unwrap();
        let accept = json!({"accept_re_arm": true});
        let (status, answer) = house.act(&format!("/v1/containments/{id}/undo"), accept).await;
        assert!(status < 300, "{status} {answer}");
        house
            .until("it is undone", async || {
                let all = house.containments().await;
                all.iter().any(|it| it["id"] == id && it["phase"] == "undone")
            })
            .await;
    }
    assert_eq!(account.works(&stolen).await, Ok(()), "the session works again");
    assert_eq!(account.state("ci", "deploy").await, before, "byte for byte as before");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_one_session_by_the_key_that_opens_it() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("ci", WORK).await;
    account.add_role("deploy", &account.arn("user/ci")).await;
    let number = account.number.clone();
    let open = async |name| account.assume_as(&key, "deploy", name).await.unwrap();
    let folder = Folder::new(&server.endpoint(), &number, &own, &[]);
    folder.declare(&pipeline(&number));
    let house = folder.serve();
    let issued = now();
    let (lost, neighbour) = (open("run-5").await, open("run-6").await);
    let refused = "User is not authorized to perform: iam:ListRoles";
    assert!(house.post(&[calls(&number, 1, ("run-5", issued), &lost, Some(refused))]).await);
    house
        .until("the session is known", async || {
            house.get("/v1/identities/idn_deploy").await.to_string().contains(&lost.id)
        })
        .await;
    let wish = json!({
        "intent": "revoke_sessions",
        "credential": format!("aws:session-key:{}", lost.id),
        "why": "the laptop that it was opened on was lost",
    });
    let (status, answer) = house.act("/v1/identities/idn_deploy/contain", wish).await;
    assert!(status < 300, "{status} {answer}");
    house.until("it is refused", async || account.works(&lost).await.is_err()).await;
    let shown = house.containments().await;
    let steps: Vec<_> = shown[0]["steps"].as_array().unwrap().iter().collect();
    assert_eq!(steps.len(), 1, "{shown:#?}");
    assert_eq!(steps[0]["action"], "aws_iam.deny_role_session");
    assert_eq!(account.works(&neighbour).await, Ok(()), "the others go on");
}
