//! Every request of the connector for GitHub, held against what GitHub publishes about its interface.
//!
//! Nobody but the connector's own fake answers here.
//!
//! Proves: `github.block_user`, `github.cancel_runs`, `github.disable_actions`,
//! Proves: `github.issue_deploy_key`,
//! Proves: `github.remove_authorizations`, `github.remove_collaborator`, `github.remove_deploy_key`,
//! Proves: `github.remove_member`, `github.revoke_leaked_token`, `github.revoke_token`, `github.revoke_tokens`
//! Proves: `github.suspend_app`

use crate::described::openapi::openapi;
use crate::described::{description, read};
use crate::drive::{Drive, on, plan};
use crate::emulate::private_key;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use interlock_connect::delivery::{DiskTarget, Owner};
use interlock_connect::github::fake::{
    DEPLOY_KEY, Fake, INSTALLATION, LEAKED, MEMBER, OUTSIDE, REPOSITORY, TOKEN,
};
use interlock_connect::github::{App, Github, GithubConfig, SPEC};
use interlock_connect::http::Exchange;
use interlock_connect::reference::permissions;
use interlock_contain::{Connector as _, DiscoverCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, DiscoveryPage, Intent, Principal, Target, Timestamp,
};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

fn clock() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn github(fake: &Arc<Fake>) -> Github {
    Github::on(Fake::config(clock), Arc::<Fake>::clone(fake))
}

fn user(login: &str) -> Principal {
    Principal::new("github", login)
}

fn workflow() -> Principal {
    user(&format!("repo:acme/{REPOSITORY}:ref:refs/heads/main"))
}

fn credential(kind: ActionKind, of: &Principal, sort: CredentialKind, id: &str) -> Intent {
    let credential = CredentialRef::new("github", sort, id);
    Intent { kind, target: Target::Credential { principal: of.clone(), credential } }
}

/// What each action is aimed at.
fn intents() -> Vec<(&'static str, Intent)> {
    let member = user(MEMBER);
    let key = DEPLOY_KEY.split(' ').next().map(|_| fingerprint()).unwrap();
    let token = TOKEN.to_string();
    vec![
        ("github.block_user", on(ActionKind::BlockPrincipal, &user(OUTSIDE))),
        ("github.cancel_runs", on(ActionKind::RevokeSessions, &workflow())),
        ("github.disable_actions", on(ActionKind::DisableIdentity, &workflow())),
        (
            "github.issue_deploy_key",
            credential(ActionKind::RotateCredential, &member, CredentialKind::AccessKey, &key),
        ),
        ("github.remove_authorizations", on(ActionKind::RequireReauthentication, &member)),
        ("github.remove_collaborator", on(ActionKind::RemoveEntitlement, &user(OUTSIDE))),
        (
            "github.remove_deploy_key",
            credential(ActionKind::DisableCredential, &member, CredentialKind::AccessKey, &key),
        ),
        ("github.remove_member", on(ActionKind::DisableIdentity, &member)),
        (
            "github.revoke_leaked_token",
            credential(
                ActionKind::DeleteCredential,
                &member,
                CredentialKind::Token,
                &digest(LEAKED),
            ),
        ),
        (
            "github.revoke_token",
            credential(ActionKind::DeleteCredential, &member, CredentialKind::Token, &token),
        ),
        ("github.revoke_tokens", on(ActionKind::RevokeSessions, &member)),
        ("github.suspend_app", on(ActionKind::DisableIdentity, &user("app/ci"))),
    ]
}

/// As the audit log has it.
fn digest(token: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(token))
}

/// As `ssh-keygen -l` gives it.
fn fingerprint() -> String {
    let said = crate::server::must(
        std::process::Command::new("ssh-keygen").args(["-l", "-f", "-"]),
        DEPLOY_KEY,
    );
    said.split(' ').nth(1).unwrap().to_owned()
}

async fn everything_seen(connector: &Github) -> Vec<DiscoveryPage> {
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), Timestamp::UNIX_EPOCH);
    let (mut pages, mut from) = (Vec::new(), None);
    loop {
        let page: DiscoveryPage = connector.discover(&cx, from.as_deref()).await.unwrap();
        from.clone_from(&page.next);
        pages.push(page);
        if from.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn every_request_is_as_github_describes_it() {
    let Some(path) = description("INTERLOCK_TEST_GITHUB_OPENAPI") else { return };
    let described = openapi(read(&path));
    let mut recording: Vec<Exchange> = Vec::new();
    let known: Vec<&str> = SPEC.actions.iter().map(|it| it.name).collect();
    assert_eq!(intents().iter().map(|it| it.0).collect::<Vec<_>>(), known);
    let folder = tempfile::tempdir().unwrap();
    let pattern = folder.path().join("{name}.json").to_string_lossy().into_owned();
    let key = private_key();
    let places = DiskTarget::new(pattern, Owner::OURS);
    for (name, intent) in intents() {
        let fake = Fake::small();
        let mut config = Fake::config(clock);
        config.own_apps = vec![Fake::own_app(key.clone())];
        config.deliveries.add(vec!["github:*".to_owned()], Arc::new(places.clone()));
        let connector = Github::on(config, Arc::<Fake>::clone(&fake));
        let mut drive = Drive::new(&connector, intent);
        if name == "github.issue_deploy_key" {
            drive.issued(name).await;
        } else {
            drive.contained(name).await;
        }
        if drive.lost() == 0 {
            drive.undone().await;
        }
        recording.extend(fake.recording());
    }
    // The token of an installation, which ends itself.
    let fake = Fake::small();
    let token = "ghs_planted0token0of0an0installation0000";
    fake.change(|state| {
        state.leaked.insert(token.to_owned(), true);
    });
    let connector = github(&fake);
    let delete = ActionKind::DeleteCredential;
    let intent = credential(delete, &user(MEMBER), CredentialKind::Token, &digest(token));
    Drive::new(&connector, intent).contained("github.revoke_leaked_token").await;
    assert!(!fake.state().leaked[token]);
    assert!(fake.state().leaked[LEAKED], "no other token is ended");
    recording.extend(fake.recording());
    // An invitation that is still open is taken back, too.
    for (name, kind, who) in [
        ("github.remove_member", ActionKind::DisableIdentity, MEMBER),
        ("github.remove_collaborator", ActionKind::RemoveEntitlement, OUTSIDE),
    ] {
        let fake = Fake::small();
        fake.change(|state| {
            state.members.get_mut(MEMBER).unwrap().1 = true;
            let pay = state.repositories.get_mut(REPOSITORY).unwrap();
            let given = pay.direct.remove(OUTSIDE).unwrap();
            pay.invited.insert(OUTSIDE.to_owned(), given);
        });
        let connector = github(&fake);
        Drive::new(&connector, on(kind, &user(who))).contained(name).await;
        recording.extend(fake.recording());
    }
    let fake = Fake::small();
    assert!(github(&fake).check().await.iter().all(|it| it.outcome.is_ok()));
    assert_eq!(fake.state(), Fake::small().state(), "a check changes nothing");
    everything_seen(&github(&fake)).await;
    recording.extend(fake.recording());
    let fake = Fake::small();
    let of_app = Github::on(Fake::config_of_app(clock, key), Arc::<Fake>::clone(&fake));
    of_app.own_principals().await.unwrap();
    of_app.check().await;
    Drive::new(&of_app, on(ActionKind::DisableIdentity, &user(MEMBER)))
        .contained("github.remove_member")
        .await;
    recording.extend(fake.recording());

    let called = described.keeps(&recording);
    for operation in [
        "DELETE /app/installations/{installation_id}/suspended",
        "DELETE /installation/token",
        "DELETE /orgs/{org}/blocks/{username}",
        "DELETE /orgs/{org}/credential-authorizations/{credential_id}",
        "DELETE /orgs/{org}/members/{username}",
        "DELETE /orgs/{org}/memberships/{username}",
        "DELETE /repos/{owner}/{repo}/collaborators/{username}",
        "DELETE /repos/{owner}/{repo}/invitations/{invitation_id}",
        "DELETE /repos/{owner}/{repo}/keys/{key_id}",
        "GET /orgs/{org}/secret-scanning/alerts",
        "GET /rate_limit",
        "POST /app/installations/{installation_id}/access_tokens",
        "POST /credentials/revoke",
        "POST /orgs/{org}/personal-access-tokens",
        "POST /repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel",
        "POST /repos/{owner}/{repo}/keys",
        "GET /app/installations/{installation_id}",
        "PUT /app/installations/{installation_id}/suspended",
        "PUT /orgs/{org}/blocks/{username}",
        "PUT /orgs/{org}/memberships/{username}",
        "PUT /orgs/{org}/teams/{team_slug}/memberships/{username}",
        "PUT /repos/{owner}/{repo}/actions/permissions",
        "PUT /repos/{owner}/{repo}/collaborators/{username}",
    ] {
        assert!(called.contains(operation), "{operation} is not among {called:#?}");
    }
}

#[tokio::test]
async fn the_last_owner_the_connector_itself_and_strangers_are_refused() {
    let fake = Fake::small();
    fake.change(|state| {
        state.members.get_mut("ann").unwrap().0 = "member".to_owned();
    });
    let connector = github(&fake);
    let (disable, block) = (ActionKind::DisableIdentity, ActionKind::BlockPrincipal);
    for (name, kind, who, says) in [
        ("github.remove_member", disable, MEMBER, "is the last owner"),
        ("github.remove_member", disable, "Interlock-House", "acts as"),
        ("github.remove_member", disable, "app/ci", "is no user"),
        ("github.block_user", block, MEMBER, "is a member"),
        ("github.disable_actions", disable, "repo:other/pay:ref:x", "is no repository of"),
    ] {
        let error = plan(&connector, name, &on(kind, &user(who))).await.unwrap_err().to_string();
        assert!(error.contains(says), "{name} {who}: {error}");
    }
    let digest = credential(
        ActionKind::DeleteCredential,
        &user(MEMBER),
        CredentialKind::Token,
        "oR2d1gestOfAToken=",
    );
    let error = plan(&connector, "github.revoke_token", &digest).await.unwrap_err().to_string();
    assert!(error.contains("aim at its owner"), "{error}");
    let leaked = plan(&connector, "github.revoke_leaked_token", &digest).await;
    let error = leaked.unwrap_err().to_string();
    assert!(error.contains("secret scanning found no token"), "{error}");
    assert!(fake.writes().is_empty());
}

#[tokio::test]
async fn nobody_is_contained_in_an_organisation_that_cannot_be_seen() {
    let fake = Fake::small();
    let mut config = Fake::config(clock);
    config.organization = "elsewhere".to_owned();
    let connector = Github::on(config, Arc::<Fake>::clone(&fake));
    let intent = on(ActionKind::DisableIdentity, &user(MEMBER));
    assert!(plan(&connector, "github.remove_member", &intent).await.is_err());

    let mut drive = Drive::new(&connector, intent.clone());
    let seen = Fake::small();
    let other = github(&seen);
    let mut held = Drive::new(&other, intent);
    held.contained("github.remove_member").await;
    drive.life = held.life.clone();
    let observed = drive.observed().await;
    assert!(matches!(observed, interlock_model::Observation::CannotTell { .. }), "{observed:?}");
}

#[tokio::test]
async fn an_app_says_which_permission_to_add() {
    let config = Fake::config_of_app(clock, private_key());
    let connector = Github::on(config, Fake::small());
    let checks = connector.check().await;
    // What needs no permission is not checked, and places of delivery are where there are some.
    assert_eq!(checks.len(), permissions(&SPEC).enforce.len() - 5);
    let missing: Vec<&str> = checks
        .iter()
        .filter_map(|it| it.outcome.as_ref().err().map(|_| it.permission.as_str()))
        .collect();
    assert!(missing.contains(&"repository actions: write"), "{missing:?}");
    assert!(!missing.contains(&"organization members: write"), "{missing:?}");
    let said = format!("{checks:?}");
    assert!(said.contains(r#"add `\"actions\": \"write\"` to the permissions of App"#), "{said}");
}

#[tokio::test]
async fn what_is_there_is_discovered() {
    let fake = Fake::small();
    let everything = "IyBwYXkKKiBAYWNtZS9wYXltZW50cwo=";
    fake.change(|state| {
        let pay = state.repositories.get_mut(REPOSITORY).unwrap();
        pay.codeowners = Some(everything.to_owned());
    });
    let pages = everything_seen(&github(&fake)).await;
    assert!(pages.iter().all(|it| it.gaps.is_empty()), "{pages:#?}");
    let all: Vec<_> = pages.into_iter().flat_map(|it| it.found).collect();
    let of = |name: &str| all.iter().find(|it| it.principal == user(name)).unwrap();
    assert_eq!(of(MEMBER).entitlements[0].grant, "owner");
    assert_eq!(of(MEMBER).credentials[0].reference.as_str(), "github:token:9001");
    assert_eq!(of(OUTSIDE).entitlements[0].grant, "outside collaborator");
    assert_eq!(of("app/interlock").enabled, Some(true));
    let pay = of(&format!("acme/{REPOSITORY}"));
    assert_eq!(pay.labels["CODEOWNERS/owner"], "acme/payments");
    assert_eq!(pay.labels["actions_secrets"], "DEPLOY_TOKEN");
    assert_eq!(pay.credentials[0].reference.id(), fingerprint());
    assert_eq!(
        all.len(),
        all.iter().map(|it| &it.principal.name).collect::<std::collections::BTreeSet<_>>().len()
    );

    // What may not be seen is a gap, and the rest is seen all the same.
    let fake = Fake::small();
    for _ in 0..2 {
        fake.trouble(
            interlock_connect::github::operation::READ_ADMINISTRATION,
            interlock_connect::conformance::Trouble::Denied,
        );
    }
    let pages = everything_seen(&github(&fake)).await;
    let gaps: Vec<_> = pages.iter().flat_map(|it| &it.gaps).collect();
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert!(gaps[0].remedy.contains("repository administration: read"), "{gaps:#?}");
}

#[tokio::test]
async fn an_app_is_suspended_by_its_own_key_alone() {
    let fake = Fake::small();
    let own = |config: GithubConfig, app: App| {
        let own_apps = vec![app];
        Github::on(GithubConfig { own_apps, ..config }, Arc::<Fake>::clone(&fake))
    };
    let (key, name) = (private_key(), "github.suspend_app");
    let connector = own(Fake::config(clock), Fake::own_app(key.clone()));
    let checks = connector.check().await;
    let of_app = checks.iter().filter(|it| it.permission.contains("(installation `5005`)"));
    assert!(of_app.map(|it| it.outcome.is_ok()).eq([true]), "{checks:#?}");
    // By each of its names, and under no other.
    for who in ["app/ci", "CI[bot]", "app/88"] {
        let intent = on(ActionKind::DisableIdentity, &user(who));
        assert!(plan(&connector, name, &intent).await.is_ok(), "{who}");
    }
    let elsewhere = GithubConfig { organization: "other".to_owned(), ..Fake::config(clock) };
    let wrong = App { id: "Iv23other".to_owned(), ..Fake::own_app(key.clone()) };
    let nowhere = App { installation: 9, ..Fake::own_app(key.clone()) };
    for (connector, who, says) in [
        (&connector, "app/other", "not among `own_apps`"),
        (&own(elsewhere, Fake::own_app(key.clone())), "app/ci", "and not of `other`"),
        (&own(Fake::config(clock), wrong), "app/ci", "credential is refused"),
        (&own(Fake::config(clock), nowhere), "app/ci", "is not there"),
    ] {
        let intent = on(ActionKind::DisableIdentity, &user(who));
        let error = plan(connector, name, &intent).await.unwrap_err().to_string();
        assert!(error.contains(says), "{who}: {error}");
    }
    // The App that the connector acts as is never kept out.
    fake.change(|state| {
        let app = &mut state.installations.get_mut(&INSTALLATION).unwrap().0;
        (app.slug, app.id) = ("interlock".to_owned(), 77);
    });
    let itself = own(Fake::config_of_app(clock, key.clone()), Fake::own_app(key));
    let intent = on(ActionKind::DisableIdentity, &user("app/interlock"));
    let error = plan(&itself, name, &intent).await.unwrap_err().to_string();
    assert!(error.contains("acts as `app/interlock` itself"), "{error}");
    // A check tries writes, but never this one.
    assert!(!fake.writes().contains(&interlock_connect::github::operation::SUSPEND));
}
