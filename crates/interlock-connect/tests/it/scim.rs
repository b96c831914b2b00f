//! Each action in each dialect on a real SCIM service. It has no sign-in: what it lists is all there is.
//!
//! Proves: `scim.deactivate_user`, `scim.remove_from_group`

use crate::drive::{Drive, on, plan};
use crate::scim_server::{ANN, SVC, Service, principal};
use interlock_connect::Secret;
use interlock_connect::scim::{Dialect, Scim};
use interlock_contain::{CallError, Connector as _};
use interlock_model::{ActionKind, Grade, Observation};
use serde_json::{Value, json};

const DIALECTS: [Dialect; 3] = [Dialect::Rfc, Dialect::Entra, Dialect::Okta];

fn active(active: bool) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": active }],
    })
}

#[tokio::test]
async fn a_user_is_inactive_in_every_dialect_and_never_more_than_applied() {
    let Some(service) = Service::start().await else { return };
    for dialect in DIALECTS {
        let connector = service.connector(dialect);
        let before = service.user(SVC);
        assert_eq!(before["active"], true);
        let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &principal(SVC)));
        drive.contained("scim.deactivate_user").await;
        assert_eq!(service.user(SVC)["active"], false, "{dialect:?}");
        assert_eq!(service.user(ANN)["active"], true, "{dialect:?}");
        assert_eq!(drive.grade(), Grade::Applied, "there is nothing to prove it by");
        assert!(drive.residual()[0].what.contains("sessions"), "{:?}", drive.residual());
        drive.undone().await;
        assert_eq!(service.user(SVC), before, "{dialect:?}");
        assert_eq!(drive.writes(), 2);
    }
}

#[tokio::test]
async fn a_user_is_taken_out_of_a_group_in_every_dialect_and_nobody_else_is() {
    let Some(service) = Service::start().await else { return };
    for dialect in DIALECTS {
        let connector = service.connector(dialect);
        let before = service.admins();
        assert_eq!(before.len(), 2);
        let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &principal(SVC)));
        drive.contained("scim.remove_from_group").await;
        let ann = service.user(ANN)["id"].as_str().unwrap().to_owned();
        assert_eq!(service.admins(), [ann], "{dialect:?}");
        drive.undone().await;
        assert_eq!(service.admins(), before, "{dialect:?}");
        assert_eq!(drive.writes(), 2);
    }
}

#[tokio::test]
async fn the_last_the_own_and_strangers_are_refused() {
    let Some(service) = Service::start().await else { return };
    let mut config = service.config(Dialect::Rfc);
    config.acts_as = Some("Ann@example.com".to_owned());
    let connector = Scim::prepare(config);
    let said = async |name: &str, kind, who: &str| {
        let target = interlock_model::Principal::new("scim", who);
        plan(&connector, name, &on(kind, &target)).await.unwrap_err().to_string()
    };
    let (disable, remove) = (ActionKind::DisableIdentity, ActionKind::RemoveEntitlement);
    for (who, says) in [
        ("app/ann@example.com", "acts as"),
        ("other/svc@example.com", "is no user of connector `app`"),
        ("svc@example.com", "is no user of connector `app`"),
        ("app/nobody@example.com", "is not there"),
        // Were the name not quoted, this would find somebody.
        (r#"app/x" or userName eq "svc@example.com"#, "is not there"),
    ] {
        let error = said("scim.deactivate_user", disable, who).await;
        assert!(error.contains(says), "{who}: {error}");
    }
    let id = service.user(ANN)["id"].as_str().unwrap().to_owned();
    service.ask("PATCH", &format!("Users/{id}"), Some(&active(false)));
    for (name, kind) in [("scim.deactivate_user", disable), ("scim.remove_from_group", remove)] {
        let error = said(name, kind, "app/svc@example.com").await;
        assert!(error.contains("last active member of `admins`"), "{error}");
    }
}

#[tokio::test]
async fn a_change_in_between_is_seen_by_its_version() {
    let Some(service) = Service::start().await else { return };
    let id = service.user(SVC)["id"].as_str().unwrap().to_owned();
    let (_, shown) = service.ask("GET", &format!("Users/{id}"), None);
    assert!(shown["meta"]["version"].is_string(), "the service gives versions: {shown}");
    // What the service says to a version that is over, by itself.
    let over = Some("W/\"over\"");
    let (status, _) = service.ask_if("PATCH", &format!("Users/{id}"), Some(&active(false)), over);
    assert_eq!(status, 412);
    assert_eq!(service.user(SVC)["active"], true);
    // And with the version that is there, the connector's change goes through.
    let connector = service.connector(Dialect::Rfc);
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &principal(SVC)));
    drive.contained("scim.deactivate_user").await;
    // Somebody lets the user in again: it no longer holds.
    service.ask("PATCH", &format!("Users/{id}"), Some(&active(true)));
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));
}

#[tokio::test]
async fn the_check_tries_without_writing_and_a_wrong_token_is_said_and_not_shown() {
    let Some(service) = Service::start().await else { return };
    let before = (service.user(SVC), service.admins());
    let checks = service.connector(Dialect::Rfc).check().await;
    assert_eq!(checks.len(), 4);
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    assert_eq!((service.user(SVC), service.admins()), before);

    let mut config = service.config(Dialect::Rfc);
    config.token = Secret::new("wrong-and-secret");
    let connector = Scim::prepare(config.clone());
    let checks = connector.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_err()), "{checks:#?}");
    let target = on(ActionKind::DisableIdentity, &principal(SVC));
    let error = plan(&connector, "scim.deactivate_user", &target).await.unwrap_err();
    assert_eq!(error, CallError::Denied { permission: "GET /Users".to_owned() });
    let said = format!("{error} {checks:?} {connector:?}");
    assert!(!said.contains("wrong-and-secret"), "{said}");

    config.endpoint = format!("http://127.0.0.1:{}/v2", crate::server::free_port());
    let connector = Scim::prepare(config);
    let error = plan(&connector, "scim.deactivate_user", &target).await.unwrap_err();
    assert!(matches!(error, CallError::Retry { .. }), "{error}");
}

#[tokio::test]
async fn users_are_discovered_page_by_page() {
    let Some(service) = Service::start().await else { return };
    let connector = service.connector(Dialect::Rfc);
    let cx = interlock_contain::DiscoverCx::new(
        connector.spec().discovery.unwrap(),
        interlock_model::Timestamp::UNIX_EPOCH,
    );
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = connector.discover(&cx, from.as_deref()).await.unwrap();
        found.extend(page.found);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    for name in [SVC, ANN] {
        let it = found.iter().find(|it| it.principal == principal(name)).unwrap();
        assert_eq!(it.enabled, Some(true), "{name}");
        assert!(it.created.is_some(), "{name}");
    }
}
