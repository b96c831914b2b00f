//! Members and collaborators on `emulate`: their own tokens read a private repository before, are refused
//! it while they are contained, and read it again after the undo.
//!
//! Proves: `github.remove_collaborator`, `github.remove_member`

use crate::drive::{Drive, on, plan};
use crate::emulate::{Emulate, GUEST, ROOT, SVC, private_key};
use interlock_contain::Connector as _;
use interlock_model::{ActionKind, Grade, Principal};

fn user(login: &str) -> Principal {
    Principal::new("github", login)
}

#[tokio::test]
async fn a_member_is_taken_out_and_comes_back_into_role_and_team() {
    let Some(server) = Emulate::start().await else { return };
    let connector = server.connector();
    let team = || server.ask(ROOT, "GET", "orgs/acme/teams/payments/memberships/svc", "");
    let role = || server.ask(ROOT, "GET", "orgs/acme/memberships/svc", "");
    assert_eq!(server.private(SVC), 200);
    assert_eq!(server.private(GUEST), 200);
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &user("svc")));
    drive.contained("github.remove_member").await;
    assert_eq!(server.private(SVC), 403);
    assert_eq!(server.private(GUEST), 200, "nobody else is touched");
    assert_eq!((team().0, role().0), (404, 404));
    assert_eq!(drive.grade(), Grade::Applied, "the connector holds no token of the member");
    drive.undone().await;
    assert_eq!(server.private(SVC), 200);
    assert!(team().1.contains(r#""role":"member""#), "{}", team().1);
    assert!(role().1.contains(r#""role":"member""#), "{}", role().1);
    assert_eq!(drive.writes(), 2);
}

#[tokio::test]
async fn a_collaborator_is_taken_out_and_comes_back_with_the_same_role() {
    let Some(server) = Emulate::start().await else { return };
    let connector = server.connector();
    let role = || server.ask(ROOT, "GET", "repos/acme/pay/collaborators/guest/permission", "").1;
    let before = role();
    let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &user("guest")));
    drive.contained("github.remove_collaborator").await;
    assert_eq!((server.private(GUEST), server.private(SVC)), (403, 200));
    drive.undone().await;
    assert_eq!(server.private(GUEST), 200);
    let said = |of: &str| of.split("\"permission\":").nth(1).unwrap().to_owned();
    assert_eq!(said(&role()), said(&before));
}

#[tokio::test]
async fn the_last_owner_and_the_connector_itself_are_refused() {
    let Some(server) = Emulate::start().await else { return };
    let connector = server.connector();
    assert_eq!(connector.own_principals().await.unwrap(), [user("house")]);
    let intent = on(ActionKind::DisableIdentity, &user("house"));
    let error = plan(&connector, "github.remove_member", &intent).await.unwrap_err().to_string();
    assert!(error.contains("acts as `house` itself"), "{error}");
}

#[tokio::test]
async fn what_an_app_signs_is_taken_and_what_a_stranger_signs_is_not() {
    let Some(server) = Emulate::start().await else { return };
    let connector = server.app(None);
    let own = connector.own_principals().await.unwrap();
    assert_eq!(own, [user("interlock[bot]"), user("app/interlock"), user("app/12345")]);
    // With a token of its installation it reads, and plans.
    let intent = on(ActionKind::DisableIdentity, &user("svc"));
    let step = plan(&connector, "github.remove_member", &intent).await.unwrap();
    assert_eq!(step.before.get("role"), Some("member"));
    let missing: Vec<String> = connector
        .check()
        .await
        .into_iter()
        .filter_map(|it| it.outcome.err().map(|_| it.permission))
        .collect();
    assert!(missing.contains(&"organization members: write".to_owned()), "{missing:?}");
    assert!(!missing.contains(&"organization members: read".to_owned()), "{missing:?}");

    let stranger = server.app(Some(private_key()));
    let error = stranger.own_principals().await.unwrap_err().to_string();
    assert!(!error.contains("PRIVATE KEY"), "{error}");
}
