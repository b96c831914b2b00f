//! An app and a user on somebody else's imitation of Okta, which keeps their states and heeds none: what
//! is done there is applied, and never effective.
//!
//! Proves: `okta.deactivate_app`

use crate::drive::{Drive, on, plan};
use crate::okta_org::{Org, TOKEN};
use interlock_connect::Secret;
use interlock_connect::delivery::Deliveries;
use interlock_connect::idp::{Proof, Provider};
use interlock_connect::okta::{self, OktaConfig};
use interlock_contain::{Connector as _, DiscoverCx};
use interlock_model::{ActionKind, ConnectorId, Grade, Principal, Timestamp};
use serde_json::json;

fn connector(org: &Org) -> Provider {
    okta::connector(OktaConfig {
        deliveries: Deliveries::default(),
        id: ConnectorId("okta".into()),
        url: org.url(),
        proof: Proof::Token { scheme: "SSWS", token: Secret::new(TOKEN) },
        protected: Vec::new(),
        settle: None,
    })
}

#[tokio::test]
async fn an_app_is_inactive_and_that_is_never_more_than_applied() {
    let Some(org) = Org::start().await else { return };
    let apps = org.get("/api/v1/apps").await;
    let id = apps[0]["id"].as_str().unwrap();
    assert_eq!(apps[0]["status"], "ACTIVE");
    let connector = connector(&org);
    let app = Principal::new("okta", id);
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &app));
    drive.contained("okta.deactivate_app").await;
    assert_eq!(org.get(&format!("/api/v1/apps/{id}")).await["status"], "INACTIVE");
    assert_eq!(drive.grade(), Grade::Applied, "a state that is listed proves nothing");
    assert!(drive.residual()[0].what.contains("access tokens"), "{:?}", drive.residual());
    drive.undone().await;
    assert_eq!(org.get(&format!("/api/v1/apps/{id}")).await["status"], "ACTIVE");
    assert_eq!(drive.writes(), 2);
}

#[tokio::test]
async fn nobody_is_suspended_where_it_cannot_be_seen_who_is_left() {
    let Some(org) = Org::start().await else { return };
    // The first user is whom the token belongs to here.
    let profile = json!({ "login": "svc@example.com", "email": "svc@example.com",
                          "firstName": "s", "lastName": "vc" });
    let body = json!({ "profile": profile });
    let made = org.ask("POST", "/api/v1/users?activate=true", &body).await;
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let connector = connector(&org);
    let own = connector.own_principals().await.unwrap();
    let disable = |it: &Principal| on(ActionKind::DisableIdentity, it);
    let error = plan(&connector, "okta.suspend_user", &disable(&own[0])).await.unwrap_err();
    assert!(error.to_string().contains("belongs to it"), "{error}");
    // It knows no administrator roles, so nobody can say whether this is the last one.
    let user = Principal::new("okta", id);
    let error = plan(&connector, "okta.suspend_user", &disable(&user)).await.unwrap_err();
    assert!(error.to_string().contains("is not there"), "{error}");
    assert_eq!(org.get(&format!("/api/v1/users/{id}")).await["status"], "ACTIVE");
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), Timestamp::UNIX_EPOCH);
    let page = connector.discover(&cx, None).await.unwrap();
    assert!(page.found.iter().any(|it| it.name.as_deref() == Some("svc@example.com")));
}
