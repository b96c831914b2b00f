//! What is never touched: ourselves, other accounts, the root, reserved roles, the last administrator.

use crate::drive::{noon, on, on_key, plan, role, user};
use interlock_connect_aws::fake::{ACCOUNT, Fake, FakeRole, State, User};
use interlock_connect_aws::{AccessKey, AwsIam, Holders};
use interlock_contain::CallError;
use interlock_model::{ActionKind, CredentialKind, CredentialRef, Intent, Principal, Target};
use std::sync::Arc;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

async fn refused(change: fn(&mut State), name: &str, intent: &Intent, words: &str) {
    let fake = Arc::new(Fake::small());
    fake.change(change);
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    let error = plan(&connector, name, intent, noon()).await.unwrap_err();
    assert!(matches!(error, CallError::Unsupported { .. }), "{name}: {error}");
    assert!(error.to_string().contains(words), "{name}: {error}");
    assert!(fake.writes().is_empty());
}

fn add_role(state: &mut State, name: &str, path: &str) {
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned();
    let role = FakeRole { path: path.into(), trust, policies: Default::default() };
    state.roles.insert(name.into(), role);
}

fn only_administrator(state: &mut State) {
    state.groups.insert("admins".into(), vec!["ci".into(), "asleep".into()]);
    state.users.insert("asleep".into(), User { path: "/".into(), ..User::default() });
    state.users.get_mut("ci").unwrap().password = false;
    state.administrators = Holders { groups: ["admins".to_owned()].into(), ..Holders::default() };
}

#[tokio::test]
async fn what_is_never_touched() {
    let own = role(ACCOUNT, "interlock");
    let quarantine = |it: Principal| on(ActionKind::Quarantine, it);
    let disable = |it: Principal| on_key(ActionKind::DisableCredential, it, KEY);
    refused(|_| {}, "aws_iam.quarantine_role", &quarantine(own.clone()), "itself acts as").await;
    refused(|_| {}, "aws_iam.block_role_issuance", &on(ActionKind::BlockPrincipal, own), "itself")
        .await;
    let foreign = user("444455556666", "ci");
    refused(|_| {}, "aws_iam.disable_access_key", &disable(foreign), "account 444455556666").await;
    let root = Principal::new("aws", &format!("arn:aws:iam::{ACCOUNT}:root"));
    refused(|_| {}, "aws_iam.disable_access_key", &disable(root), "root").await;
    for (path, words) in [
        ("/aws-service-role/x.amazonaws.com/", "service-linked"),
        ("/aws-reserved/sso.amazonaws.com/", "Identity Center"),
    ] {
        let add: fn(&mut State) = if path.contains("service-role") {
            |it| add_role(it, "theirs", "/aws-service-role/x.amazonaws.com/")
        } else {
            |it| add_role(it, "theirs", "/aws-reserved/sso.amazonaws.com/")
        };
        let theirs = role(ACCOUNT, &format!("{}theirs", &path[1..]));
        refused(add, "aws_iam.quarantine_role", &quarantine(theirs.clone()), words).await;
        let block = on(ActionKind::BlockPrincipal, theirs);
        refused(add, "aws_iam.block_role_issuance", &block, words).await;
    }
    let ci = user(ACCOUNT, "ci");
    for (name, intent) in [
        ("aws_iam.disable_access_key", disable(ci.clone())),
        ("aws_iam.delete_access_key", on_key(ActionKind::DeleteCredential, ci.clone(), KEY)),
        ("aws_iam.quarantine_user", quarantine(ci.clone())),
    ] {
        refused(only_administrator, name, &intent, "last enabled administrator").await;
    }
    // Whose keys are all inactive gets in by the password alone.
    let by_password: fn(&mut State) = |it| {
        only_administrator(it);
        let ci = it.users.get_mut("ci").unwrap();
        ci.password = true;
        ci.keys[0].status = "Inactive".into();
    };
    let credential = CredentialRef::new("aws", CredentialKind::Password, &ci.name);
    let target = Target::Credential { principal: ci, credential };
    let delete = Intent { kind: ActionKind::DeleteCredential, target };
    refused(by_password, "aws_iam.delete_password", &delete, "last enabled administrator").await;
    // A trust policy that is too long to add to.
    let long: fn(&mut State) = |it| {
        let role = it.roles.get_mut("deploy").unwrap();
        role.trust = format!(r#"{{"Statement":[{{"Sid":"{}"}}]}}"#, "x".repeat(4000));
    };
    let block = on(ActionKind::BlockPrincipal, role(ACCOUNT, "deploy"));
    refused(long, "aws_iam.block_role_issuance", &block, "too long").await;
}

#[tokio::test]
async fn another_enabled_administrator_lets_it_through() {
    let ci = user(ACCOUNT, "ci");
    for wake in [
        (|it: &mut State| it.users.get_mut("asleep").unwrap().password = true) as fn(&mut State),
        |it| {
            let key = AccessKey { id: "AKIAOTHER".into(), status: "Active".into(), created: None };
            it.users.get_mut("asleep").unwrap().keys.push(key);
        },
        |it| {
            it.administrators.roles.insert("admin".into());
        },
    ] {
        let fake = Arc::new(Fake::small());
        fake.change(only_administrator);
        fake.change(wake);
        let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
        let intent = on(ActionKind::Quarantine, ci.clone());
        plan(&connector, "aws_iam.quarantine_user", &intent, noon()).await.unwrap();
    }
}

#[tokio::test]
async fn credentials_of_another_account_are_refused() {
    let fake = Arc::new(Fake::small());
    let mut config = Fake::config();
    config.account = Some("999999999999".into());
    let connector = AwsIam::with_client(config, fake);
    let intent = on(ActionKind::Quarantine, user(ACCOUNT, "ci"));
    let error = plan(&connector, "aws_iam.quarantine_user", &intent, noon()).await.unwrap_err();
    assert!(error.to_string().contains("configured for 999999999999"), "{error}");
}
