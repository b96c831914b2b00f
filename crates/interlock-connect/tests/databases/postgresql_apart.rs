//! Two roles of a real PostgreSQL: one that may only look, one that writes. Who said what is read from the
//! server's own log.

use crate::drive::{Drive, execute, on, on_password, plan};
use crate::postgresql_server::{OLD, OWN, Postgres};
use interlock_connect::broker::Broker;
use interlock_connect::postgresql;
use interlock_connect::split::Split;
use interlock_contain::{CallError, Check, Connector, DiscoverCx, Lack};
use interlock_model::{ActionKind, ConnectorId, Principal};
use std::sync::Arc;

const P: &str = "postgresql";
const LOOKING: &str = "interlock_looks";
const LOOKING_PASSWORD: &str = "interlock-looks-pw";

/// The connector that looks as a role without any right to change something.
fn apart(server: &Postgres, acts: bool) -> Split {
    server.root(&format!("CREATE ROLE {LOOKING} LOGIN PASSWORD '{LOOKING_PASSWORD}'"));
    server.root(&format!("GRANT pg_read_all_stats TO {LOOKING}"));
    let of = |user: &str, password: &str| -> Arc<dyn Connector> {
        let id = ConnectorId("pg-test".into());
        Arc::new(postgresql::connector(id, server.reach(user, password), None))
    };
    let act = acts.then(|| of("interlock", OWN));
    Split::new(of(LOOKING, LOOKING_PASSWORD), act)
}

/// The statements of a role, as the server wrote them down.
fn said(server: &Postgres, user: &str) -> Vec<String> {
    let log = std::fs::read_to_string(server.folder().join("server.json")).unwrap();
    let lines = log.lines().filter_map(|it| serde_json::from_str::<serde_json::Value>(it).ok());
    lines
        .filter(|it| it.get("user").and_then(serde_json::Value::as_str) == Some(user))
        .filter_map(|it| it.get("message")?.as_str().map(str::to_lowercase))
        .filter(|it| it.starts_with("statement:") || it.starts_with("execute "))
        .collect()
}

fn writes(statement: &str) -> bool {
    ["alter role", "grant ", "revoke ", "pg_terminate_backend"]
        .iter()
        .any(|it| statement.contains(it))
}

fn outcome<'c>(checks: &'c [Check], permission: &str) -> &'c Result<(), Lack> {
    let found = checks.iter().find(|it| it.permission == permission);
    &found.unwrap_or_else(|| panic!("{permission}: {checks:#?}")).outcome
}

#[tokio::test]
async fn what_looks_never_writes_and_what_writes_looks_only_inside_a_step() {
    let Some(server) = Postgres::start() else { return };
    let (connector, before) = (apart(&server, true), server.state());
    let own = connector.own_principals().await.unwrap();
    assert_eq!(own, [Principal::new(P, LOOKING), Principal::new(P, "interlock")]);
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), crate::drive::now());
    assert!(connector.discover(&cx, None).await.is_ok());
    let intents =
        vec![on(ActionKind::RevokeSessions, P, "app"), on(ActionKind::DisableIdentity, P, "app")];
    let mut live = server.session("app", OLD);
    let mut drive = Drive::new(&connector, intents);
    drive.contained().await;
    assert_eq!(live.ask("SELECT 1;"), None, "the session is over");
    let refused = server.query("app", OLD, "SELECT 1").unwrap_err();
    assert!(refused.contains("is not permitted to log in"), "{refused}");
    server.root("ALTER ROLE app LOGIN");
    let mut drive = Drive::new(&connector, vec![on(ActionKind::BlockPrincipal, P, "app")]);
    drive.contained().await;
    drive.undo().await;
    assert_eq!(server.state(), before, "as before");
    let intent = on_password(ActionKind::RotateCredential, P, "app");
    Drive::new(&connector, vec![intent]).contained().await;
    let new = Broker::delivered_key(&server.folder().join("app.json")).unwrap().unwrap().secret;
    assert_eq!(server.query("app", new.expose(), "SELECT 1").as_deref(), Ok("1"));

    let (looked, acted) = (said(&server, LOOKING), said(&server, "interlock"));
    let wrote = acted.iter().filter(|it| writes(it)).count();
    println!("{} statements looked, {} acted, {wrote} of them wrote", looked.len(), acted.len());
    assert!(!looked.is_empty() && !looked.iter().any(|it| writes(it)), "{looked:#?}");
    // Sessions, login, login, its undo, password.
    assert_eq!(wrote, 5, "{acted:#?}");
    // Whom it acts as, the role before each of the five, and the sessions before they are ended.
    assert_eq!(acted.len() - wrote, 7, "{acted:#?}");
    assert!(!acted.iter().any(|it| it.contains("sees_sessions")), "it looked around: {acted:#?}");
}

#[tokio::test]
async fn the_server_itself_refuses_a_write_with_what_looks() {
    let Some(server) = Postgres::start() else { return };
    let connector = apart(&server, false);
    let intent = on(ActionKind::DisableIdentity, P, "app");
    let step = plan(&connector, "postgresql.disable_role", &intent).await.unwrap();
    let before = server.state();
    let refused = execute(&connector, &step).await.unwrap_err();
    assert!(matches!(refused, CallError::Invalid { .. }), "{refused}");
    assert_eq!(said(&server, "interlock").len(), 0, "nobody signed in to act");
    let id = ConnectorId("pg-test".into());
    let alone = postgresql::connector(id, server.reach(LOOKING, LOOKING_PASSWORD), None);
    let refused = execute(&alone, &step).await.unwrap_err();
    assert!(matches!(refused, CallError::Denied { .. }), "{refused}");
    assert_eq!(server.state(), before);
}

#[tokio::test]
async fn each_role_is_tried_for_what_it_must_do_and_the_one_that_looks_for_more() {
    let Some(server) = Postgres::start() else { return };
    let connector = apart(&server, true);
    let checks = connector.check().await;
    for (permission, fine) in [
        ("SELECT pg_roles (to look)", true),
        ("pg_read_all_stats (to look)", true),
        ("nothing more (to look)", true),
        ("CREATEROLE (to act)", true),
        ("pg_signal_backend (to act)", true),
    ] {
        assert_eq!(outcome(&checks, permission).is_ok(), fine, "{permission}: {checks:#?}");
    }
    assert!(!checks.iter().any(|it| it.permission == "CREATEROLE (to look)"), "{checks:#?}");
    server.root(&format!("ALTER ROLE {LOOKING} CREATEROLE"));
    server.root("REVOKE pg_signal_backend FROM interlock");
    let checks = connector.check().await;
    let more = outcome(&checks, "nothing more (to look)").as_ref().unwrap_err();
    assert!(more.to_string().contains("take `CREATEROLE` from them"), "{more}");
    assert!(outcome(&checks, "pg_signal_backend (to act)").is_err());
    // Neither role is ever contained, by the other either.
    for own in [LOOKING, "interlock"] {
        let intent = on(ActionKind::DisableIdentity, P, own);
        let refused = plan(&connector, "postgresql.disable_role", &intent).await.unwrap_err();
        assert!(matches!(refused, CallError::Unsupported { .. }), "{refused}");
    }
}
