//! The ways into a role, closed one by one on a server whose refusals are real: a subject of an OpenID
//! Connect provider, and an instance profile.
//!
//! Proves: `aws_iam.disable_web_identity`, `aws_iam.remove_from_instances`
//!
//! The server asks no instance for its role: that a profile is empty is read back with AWS's own client.

use crate::account::{Account, WORK, now};
use crate::drive::{Drive, noon, plan, role};
use crate::servers::ministack;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interlock_connect_aws::fake::{ACCOUNT, Fake, State, Trouble};
use interlock_connect_aws::{AwsIam, SPEC, operation as op};
use interlock_contain::{CallError, Connector as _, DiscoverCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Grade, Intent, Principal, Target,
};
use serde_json::json;
use std::sync::Arc;

const GITHUB: &str = "token.actions.githubusercontent.com";
const MAIN: &str = "repo:acme/shop:ref:refs/heads/main";
const NEXT: &str = "repo:acme/shop:environment:production";
const OTHER: &str = "repo:acme/web:ref:refs/heads/main";

fn on_way_in(principal: Principal, id: &str) -> Intent {
    let credential = CredentialRef::new("aws", CredentialKind::Token, id);
    let target = Target::Credential { principal, credential };
    Intent { kind: ActionKind::DisableCredential, target }
}

fn subject(subject: &str) -> String {
    format!("web-identity/{GITHUB}:{subject}")
}

/// A role that the workflows of two repositories may assume, with white space that nobody else writes.
async fn stage(account: &Account) {
    let provider = account.arn(&format!("oidc-provider/{GITHUB}"));
    let trust = format!(
        r#"{{ "Version": "2012-10-17",  "Statement": {{ "Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{ "StringLike": {{ "{GITHUB}:sub": ["repo:acme/shop:*", "repo:acme/web:*"] }} }} }} }}"#
    );
    let call = account.iam.create_open_id_connect_provider().url(format!("https://{GITHUB}"));
    let call = call.client_id_list("sts.amazonaws.com");
    call.thumbprint_list("0".repeat(40)).send().await.unwrap();
    let call = account.iam.create_role().role_name("deploy");
    call.assume_role_policy_document(trust).send().await.unwrap();
    let call = account.iam.put_role_policy().role_name("deploy").policy_name("work");
    call.policy_document(WORK).send().await.unwrap();
}

/// A token of GitHub's for this subject; the server does not look at its signature.
fn token(subject: &str) -> String {
    let part = |it: serde_json::Value| URL_SAFE_NO_PAD.encode(it.to_string());
    let claims = json!({
        "iss": format!("https://{GITHUB}"), "aud": "sts.amazonaws.com", "sub": subject,
    });
    format!("{}.{}.x", part(json!({"alg": "RS256"})), part(claims))
}

#[tokio::test]
async fn a_denied_subject_comes_in_no_more_and_its_neighbours_do() {
    let Some((_server, account)) = ministack().await else { return };
    let connector = account.connector().await;
    account.add_user("ci", WORK).await;
    stage(&account).await;
    let deploy = role(&account.number, "deploy");
    let enters = async |who: &str| account.assume_with("deploy", &token(who)).await.map(drop);
    for (named, refused) in [(MAIN, [MAIN].as_slice()), ("repo:acme/shop:*", &[MAIN, NEXT])] {
        for it in [MAIN, NEXT, OTHER] {
            assert_eq!(enters(it).await, Ok(()), "{it}: works before");
        }
        let session = account.assume_with("deploy", &token(MAIN)).await.unwrap();
        let before = account.state("ci", "deploy").await;
        let intent = on_way_in(deploy.clone(), &subject(named));
        let mut drive = Drive::one(&connector, "aws_iam.disable_web_identity", intent, now());
        drive.contained().await;
        assert_eq!(drive.grade(), Grade::Applied, "a yes alone is no proof");
        for it in [MAIN, NEXT, OTHER] {
            let denied = refused.contains(&it);
            let expected = if denied { Err("AccessDenied".to_owned()) } else { Ok(()) };
            assert_eq!(enters(it).await, expected, "{named}: {it}");
        }
        assert_eq!(account.works(&session).await, Ok(()), "what it says it leaves is left");
        drive.probed(&drive.only_step(), true);
        assert_eq!(drive.grade(), Grade::Effective);
        drive.undo().await;
        assert_eq!(enters(MAIN).await, Ok(()), "works again");
        assert_eq!(account.state("ci", "deploy").await, before, "as it was");
    }
}

#[tokio::test]
async fn an_emptied_instance_profile_gets_its_role_back() {
    let Some((_server, account)) = ministack().await else { return };
    let connector = account.connector().await;
    account.add_user("ci", WORK).await;
    stage(&account).await;
    account.iam.create_instance_profile().instance_profile_name("web").send().await.unwrap();
    let call = account.iam.add_role_to_instance_profile().instance_profile_name("web");
    call.role_name("deploy").send().await.unwrap();
    let profile = async || {
        let call = account.iam.get_instance_profile().instance_profile_name("web");
        format!("{:#?}", call.send().await.unwrap().instance_profile)
    };
    let before = (account.state("ci", "deploy").await, profile().await);
    let intent = on_way_in(role(&account.number, "deploy"), "instance-profile/web");
    let mut drive = Drive::one(&connector, "aws_iam.remove_from_instances", intent, now());
    drive.contained().await;
    assert_eq!(drive.grade(), Grade::Applied);
    assert!(profile().await.contains("roles: []"), "{}", profile().await);
    drive.undo().await;
    assert_eq!((account.state("ci", "deploy").await, profile().await), before, "as it was");
}

async fn refused(change: fn(&mut State), name: &str, intent: &Intent, words: &str) {
    let fake = Arc::new(Fake::small());
    fake.change(change);
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    let error = plan(&connector, name, intent, noon()).await.unwrap_err();
    assert!(matches!(error, CallError::Unsupported { .. }), "{name}: {error}");
    assert!(error.to_string().contains(words), "{name}: {error}");
    assert!(fake.writes().is_empty());
}

#[tokio::test]
async fn what_is_no_way_in_is_refused() {
    let deploy = || role(ACCOUNT, "deploy");
    let disable = "aws_iam.disable_web_identity";
    let elsewhere = on_way_in(deploy(), "web-identity/gitlab.com:project_path:acme/shop");
    refused(|_| {}, disable, &elsewhere, "allows no `gitlab.com`").await;
    let of_user = on_way_in(crate::drive::user(ACCOUNT, "ci"), &subject(MAIN));
    refused(|_| {}, disable, &of_user, "no trust policy").await;
    let nobody = on_way_in(deploy(), &format!("web-identity/{GITHUB}:"));
    refused(|_| {}, disable, &nobody, "names no issuer and subject").await;
    let own = on_way_in(role(ACCOUNT, "interlock"), &subject(MAIN));
    refused(|_| {}, disable, &own, "itself acts as").await;

    let remove = "aws_iam.remove_from_instances";
    let profile = on_way_in(deploy(), "instance-profile/web");
    let other: fn(&mut State) = |it| {
        it.instance_profiles.insert("web".into(), Some("other".into()));
    };
    refused(other, remove, &profile, "is not the role in it").await;
    let last: fn(&mut State) = |it| it.administrators.roles = ["deploy".to_owned()].into();
    refused(last, remove, &profile, "last enabled administrator").await;
    refused(last, disable, &on_way_in(deploy(), &subject(MAIN)), "last enabled administrator")
        .await;
}

/// What the credentials of `ci` and the labels of `deploy` are on the fake, and what was not seen.
async fn looked(fake: Fake) -> (Vec<String>, Option<String>, Vec<String>) {
    let connector = AwsIam::with_client(Fake::config(), Arc::new(fake));
    let cx = DiscoverCx::new(SPEC.discovery.unwrap(), noon());
    let users = connector.discover(&cx, None).await.unwrap();
    let roles = connector.discover(&cx, Some("roles:")).await.unwrap();
    let ci = users.found.iter().find(|it| it.principal.name.ends_with("user/ci")).unwrap();
    let deploy = roles.found.iter().find(|it| it.principal.name.ends_with("deploy")).unwrap();
    let credentials = ci.credentials.iter().map(|it| it.reference.to_string()).collect();
    let gaps = users.gaps.iter().filter(|it| !it.why.contains("report"));
    let gaps = gaps.map(|it| format!("{}: {}", it.what, it.why)).collect();
    (credentials, deploy.labels.get("instance_profiles").cloned(), gaps)
}

#[tokio::test]
async fn every_sort_of_credential_is_seen_or_said_not_to_be() {
    let all = [
        "aws:access-key:AKIAIOSFODNN7EXAMPLE",
        "aws:token:ACCAEXAMPLE123EXAMPLE",
        "aws:certificate:TA7SMP42TDN5Z26OBPJE7EXAMPLE",
        "aws:access-key:APKAEIBAERJR2EXAMPLE",
    ];
    let (credentials, profiles, gaps) = looked(Fake::small()).await;
    assert_eq!(credentials, all);
    assert_eq!(profiles.as_deref(), Some("web"));
    assert!(gaps.is_empty(), "{gaps:?}");

    let fake = Fake::small();
    fake.trouble(op::LIST_SSH_PUBLIC_KEYS, Trouble::Denied);
    let (credentials, _, gaps) = looked(fake).await;
    assert_eq!(credentials, all[..3]);
    assert_eq!(gaps, ["SSH keys of users: `iam:ListSSHPublicKeys` is denied"]);
}
