//! Every request of the connector for Google Cloud, held against Google's Discovery documents.
//!
//! Nobody but the connector's own fake answers here.
//!
//! Proves: `google_cloud.delete_app_passwords`,
//! Proves: `google_cloud.delete_key`, `google_cloud.disable_key`, `google_cloud.disable_managed_identity`,
//! Proves: `google_cloud.disable_pool`, `google_cloud.disable_provider`,
//! Proves: `google_cloud.disable_service_account`, `google_cloud.issue_key`,
//! Proves: `google_cloud.remove_roles`,
//! Proves: `google_cloud.revoke_tokens`, `google_cloud.suspend_user`

use crate::described::discovery::discovery;
use crate::described::{description, read};
use crate::drive::{Drive, on, plan};
use crate::emulate::private_key;
use interlock_connect::Secret;
use interlock_connect::delivery::{DiskTarget, Owner};
use interlock_connect::google_cloud::fake::{
    ACCOUNT, ADMIN, FEDERATED, Fake, KEY, MANAGED, OWN, PERSON, PROVIDER,
};
use interlock_connect::google_cloud::{Credential, GoogleCloud, GoogleCloudConfig, SPEC};
use interlock_connect::http::Exchange;
use interlock_contain::{Connector as _, DiscoverCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Discovered, DiscoveryGap, Intent, Principal, Target,
    Timestamp,
};
use std::collections::BTreeSet;
use std::sync::Arc;

fn clock() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn google(fake: &Arc<Fake>) -> GoogleCloud {
    GoogleCloud::on(Fake::config(clock), Arc::<Fake>::clone(fake))
}

fn of(name: &str) -> Principal {
    Principal::new("google", name)
}

fn intents() -> Vec<(&'static str, Intent)> {
    let key = |kind| {
        let id = format!("{ACCOUNT}/keys/{KEY}");
        let credential = CredentialRef::new("google", CredentialKind::AccessKey, &id);
        Intent { kind, target: Target::Credential { principal: of(ACCOUNT), credential } }
    };
    let credential = CredentialRef::new("google", CredentialKind::Token, PROVIDER);
    let target = Target::Credential { principal: of(FEDERATED), credential };
    let provider = Intent { kind: ActionKind::DisableCredential, target };
    vec![
        ("google_cloud.delete_app_passwords", on(ActionKind::DeleteCredential, &of(PERSON))),
        ("google_cloud.delete_key", key(ActionKind::DeleteCredential)),
        ("google_cloud.disable_key", key(ActionKind::DisableCredential)),
        ("google_cloud.disable_managed_identity", on(ActionKind::DisableIdentity, &of(MANAGED))),
        ("google_cloud.disable_pool", on(ActionKind::BlockPrincipal, &of(FEDERATED))),
        ("google_cloud.disable_provider", provider),
        ("google_cloud.disable_service_account", on(ActionKind::DisableIdentity, &of(ACCOUNT))),
        ("google_cloud.issue_key", key(ActionKind::RotateCredential)),
        ("google_cloud.remove_roles", on(ActionKind::RemoveEntitlement, &of(ACCOUNT))),
        ("google_cloud.revoke_tokens", on(ActionKind::RevokeSessions, &of(PERSON))),
        ("google_cloud.suspend_user", on(ActionKind::DisableIdentity, &of(PERSON))),
    ]
}

async fn seen(connector: &GoogleCloud) -> (Vec<Discovered>, Vec<DiscoveryGap>) {
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), Timestamp::UNIX_EPOCH);
    let (mut found, mut gaps, mut from) = (Vec::new(), Vec::new(), None);
    loop {
        let page = connector.discover(&cx, from.as_deref()).await.unwrap();
        found.extend(page.found);
        gaps.extend(page.gaps);
        from = page.next;
        if from.is_none() {
            return (found, gaps);
        }
    }
}

/// A key file as Google gives it out, of nobody.
fn key_file() -> Secret {
    let key = private_key();
    let file = serde_json::json!({
        "type": "service_account", "client_email": OWN, "private_key_id": "77",
        "private_key": key.expose(), "token_uri": "https://elsewhere.example.com/token",
    });
    Secret::new(file.to_string())
}

#[tokio::test]
async fn every_request_is_as_google_describes_it() {
    let Some(folder) = description("INTERLOCK_TEST_GOOGLE_DISCOVERY") else { return };
    let mut recording: Vec<Exchange> = Vec::new();
    let known: Vec<&str> = SPEC.actions.iter().map(|it| it.name).collect();
    assert_eq!(intents().iter().map(|it| it.0).collect::<Vec<_>>(), known);
    let kept = tempfile::tempdir().unwrap();
    let pattern = kept.path().join("{name}.json").to_string_lossy().into_owned();
    let places = DiskTarget::new(pattern, Owner::OURS);
    for (name, intent) in intents() {
        let fake = Fake::small();
        let mut config = Fake::config(clock);
        config.deliveries.add(vec!["google:*".to_owned()], Arc::new(places.clone()));
        let connector = GoogleCloud::on(config, Arc::<Fake>::clone(&fake));
        let mut drive = Drive::new(&connector, intent);
        if name == "google_cloud.issue_key" {
            drive.issued(name).await;
        } else {
            drive.contained(name).await;
        }
        if drive.lost() == 0 {
            drive.undone().await;
            fake.change(|state| state.made = 0);
            assert_eq!(fake.state(), Fake::small().state(), "{name}");
        }
        recording.extend(fake.recording());
    }
    let fake = Fake::small();
    assert!(google(&fake).check().await.iter().all(|it| it.outcome.is_ok()));
    assert_eq!(fake.state(), Fake::small().state(), "a check changes nothing");
    seen(&google(&fake)).await;
    recording.extend(fake.recording());

    let mut called = BTreeSet::new();
    for (host, document) in [
        ("https://iam.googleapis.com/", "iam.v1.json"),
        ("https://cloudresourcemanager.googleapis.com/", "cloudresourcemanager.v3.json"),
        ("https://admin.googleapis.com/", "admin.directory_v1.json"),
    ] {
        let (of_host, rest): (Vec<Exchange>, Vec<Exchange>) =
            recording.into_iter().partition(|it| it.url.starts_with(host));
        recording = rest;
        called.extend(discovery(&read(&folder.join(document))).keeps(&of_host));
    }
    assert!(recording.is_empty(), "asked elsewhere: {recording:?}");
    for operation in [
        "DELETE /admin/directory/v1/users/{userKey}/asps/{codeId}",
        "DELETE /admin/directory/v1/users/{userKey}/tokens/{clientId}",
        "DELETE /v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}/keys/{keysId}",
        "PATCH /admin/directory/v1/users/{userKey}",
        "PATCH /v1/projects/{projectsId}/locations/{locationsId}/workloadIdentityPools/{workloadIdentityPoolsId}",
        "POST /v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}/keys/{keysId}:disable",
        "POST /v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}/keys/{keysId}:enable",
        "POST /v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}/keys",
        "POST /v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}:disable",
        "POST /v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}:enable",
        "POST /v3/projects/{projectsId}:getIamPolicy",
        "POST /v3/projects/{projectsId}:setIamPolicy",
        "POST /v3/projects/{projectsId}:testIamPermissions",
    ] {
        assert!(called.contains(operation), "{operation} is not among {called:#?}");
    }
}

#[tokio::test]
async fn a_key_is_exchanged_at_google_alone_and_shows_nowhere() {
    let fake = Fake::small();
    let key = key_file();
    let config =
        GoogleCloudConfig { credential: Credential::Key(key.clone()), ..Fake::config(clock) };
    let connector = GoogleCloud::on(config, Arc::<Fake>::clone(&fake));
    assert_eq!(connector.own_principals().await.unwrap(), [of(OWN), of(ADMIN)]);
    let intent = on(ActionKind::DisableIdentity, &of(ACCOUNT));
    Drive::new(&connector, intent).contained("google_cloud.disable_service_account").await;
    let intent = on(ActionKind::DisableIdentity, &of(PERSON));
    Drive::new(&connector, intent).contained("google_cloud.suspend_user").await;
    let recording = fake.recording();
    let exchanged: Vec<&Exchange> =
        recording.iter().filter(|it| it.url.ends_with("/token")).collect();
    // One for each of IAM, the resource manager, and Workspace.
    assert_eq!(exchanged.len(), 3);
    assert!(exchanged.iter().all(|it| it.url == "https://oauth2.googleapis.com/token"));
    let said = format!("{connector:?}");
    assert!(!said.contains("PRIVATE KEY") && !said.contains("client_email"), "{said}");
}

#[tokio::test]
async fn the_last_owner_the_connector_itself_and_strangers_are_refused() {
    let fake = Fake::small();
    fake.change(|state| {
        let owners = state.bindings.get_mut(&("roles/owner".to_owned(), None)).unwrap();
        owners.retain(|it| it.ends_with(PERSON));
    });
    let connector = google(&fake);
    let disable = ActionKind::DisableIdentity;
    for (name, kind, who, says) in [
        ("google_cloud.suspend_user", disable, PERSON, "is the last owner"),
        ("google_cloud.remove_roles", ActionKind::RemoveEntitlement, PERSON, "is the last owner"),
        ("google_cloud.suspend_user", disable, "root@example.com", "is a super administrator"),
        ("google_cloud.suspend_user", disable, ADMIN, "acts as"),
        ("google_cloud.disable_service_account", disable, OWN, "acts as"),
        ("google_cloud.suspend_user", disable, "nobody@example.com", "is not there"),
    ] {
        let error = plan(&connector, name, &on(kind, &of(who))).await.unwrap_err().to_string();
        assert!(error.contains(says), "{name} {who}: {error}");
    }
    assert!(fake.writes().is_empty());
}

#[tokio::test]
async fn who_is_faster_with_the_policy_wins_and_nothing_is_lost() {
    let fake = Fake::small();
    let connector = google(&fake);
    let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &of(ACCOUNT)));
    drive.contained("google_cloud.remove_roles").await;
    // Somebody gives another role to somebody else; the undo leaves that alone.
    fake.change(|state| {
        let role = ("roles/viewer".to_owned(), None);
        state.bindings.entry(role).or_default().insert("user:new@example.com".to_owned());
    });
    drive.undone().await;
    let mut state = fake.state();
    let added = state.bindings.remove(&("roles/viewer".to_owned(), None)).unwrap();
    assert!(added.contains("user:new@example.com"));
    assert_eq!(state, Fake::small().state());
}

#[tokio::test]
async fn a_missing_permission_is_named_and_what_is_there_is_discovered() {
    let fake = Fake::small();
    fake.change(|state| {
        state.lacks.insert("iam.serviceAccountKeys.delete".to_owned());
    });
    let checks = google(&fake).check().await;
    let missing: Vec<_> = checks.iter().filter(|it| it.outcome.is_err()).collect();
    assert_eq!(missing.len(), 1, "{missing:?}");
    let said = missing[0].outcome.as_ref().unwrap_err();
    assert!(
        said.to_string().contains("grant a role with `iam.serviceAccountKeys.delete`"),
        "{said}"
    );

    let (found, gaps) = seen(&google(&fake)).await;
    assert_eq!(gaps, []);
    let one = |name: &str| found.iter().find(|it| it.principal == of(name)).unwrap();
    assert_eq!(one(ACCOUNT).enabled, Some(true));
    assert_eq!(one(ACCOUNT).credentials.len(), 2);
    assert_eq!(one(ACCOUNT).entitlements.len(), 2);
    assert!(one(OWN).credentials.is_empty(), "the second page is seen, too");
    assert_eq!(one(PERSON).entitlements[0].grant, "roles/owner");
    assert_eq!(one(FEDERATED).entitlements[0].grant, "roles/editor");
    let pool =
        "principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/forge";
    assert_eq!(one(pool).enabled, Some(true));
}
