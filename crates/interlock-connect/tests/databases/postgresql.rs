//! Each action on a real PostgreSQL: works, contained, refused, undone, works again.
//!
//! Proves: `postgresql.disable_role`, `postgresql.end_sessions`, `postgresql.expire_password`
//! Proves: `postgresql.forbid_login`, `postgresql.revoke_memberships`
//! Proves: `postgresql.rotate_password`

use crate::drive::{Drive, on, on_password};
use crate::postgresql_server::{OLD, OWN, Postgres};
use interlock_connect::broker::Broker;
use interlock_connect::database::Tls;
use interlock_connect::postgresql;
use interlock_contain::Connector as _;
use interlock_model::{ActionKind, ConnectorId, Grade, Principal};

const P: &str = "postgresql";
const READ: &str = "SELECT amount FROM sales";

fn reads(server: &Postgres) -> Result<String, String> {
    server.query("app", OLD, READ)
}

fn refused(seen: Result<String, String>, code: &str) {
    let why = seen.unwrap_err();
    assert!(why.contains(code), "{why}");
}

/// Contains by one verb that closes the role, and takes it back.
async fn closed_and_opened(server: &Postgres, kind: ActionKind) {
    let (connector, before) = (server.connector(), server.state());
    assert_eq!(reads(server).as_deref(), Ok("7"), "works before");
    let mut live = server.session("app", OLD);
    let mut drive = Drive::new(&connector, vec![on(kind, P, "app")]);
    let left = drive.contained().await;
    refused(reads(server), "is not permitted to log in");
    assert_eq!(live.ask(&format!("{READ};")).as_deref(), Some("7"), "and yet the session goes on");
    assert_eq!(left, ["sessions that are open already"], "which is said");
    assert_eq!(drive.probed().await, Grade::Applied, "nobody tried");
    drive.undo().await;
    assert_eq!(server.state(), before, "as before");
    assert_eq!(reads(server).as_deref(), Ok("7"), "works again");
}

#[tokio::test]
async fn a_role_without_login_is_refused_and_its_open_session_is_said_to_go_on() {
    let Some(server) = Postgres::start() else { return };
    closed_and_opened(&server, ActionKind::DisableIdentity).await;
    closed_and_opened(&server, ActionKind::BlockPrincipal).await;
}

#[tokio::test]
async fn login_is_taken_before_sessions_are_ended_and_then_nothing_is_left() {
    let Some(server) = Postgres::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    let mut live = server.session("app", OLD);
    let mut became = server.session("app", OLD);
    // The one that outlives a revoked membership, and even a dropped role.
    assert_eq!(became.ask("SET ROLE readers; SELECT current_user;").as_deref(), Some("readers"));
    let intents =
        vec![on(ActionKind::RevokeSessions, P, "app"), on(ActionKind::BlockPrincipal, P, "app")];
    let mut drive = Drive::new(&connector, intents);
    drive.contained().await;
    let names: Vec<&str> = drive.life.steps.iter().map(|it| &*it.step.action.0).collect();
    assert_eq!(names, ["postgresql.forbid_login", "postgresql.end_sessions"]);
    assert!(drive.life.steps[1].residual.is_empty(), "{:?}", drive.life.steps[1].residual);
    assert_eq!(live.ask(&format!("{READ};")), None, "the session is over");
    assert_eq!(became.ask(&format!("{READ};")), None, "that one too");
    refused(reads(&server), "is not permitted to log in");
    assert_eq!(server.root("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'"), "0");
    // A session cannot be given back, the login can.
    let (plan, lost) =
        interlock_contain::plan_undo(drive.life.plan.as_ref().unwrap(), &drive.life.steps);
    assert_eq!((plan.steps.len(), lost.len()), (1, 1), "{lost:?}");
    let mut alone = Drive::new(&connector, vec![on(ActionKind::BlockPrincipal, P, "app")]);
    alone.contained().await;
    server.root("ALTER ROLE app LOGIN");
    assert_eq!(server.state(), before);
    assert_eq!(reads(&server).as_deref(), Ok("7"));
}

#[tokio::test]
async fn sessions_that_are_ended_alone_come_back_and_that_is_said() {
    let Some(server) = Postgres::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD);
    let mut another = server.session("postgres", "rootpw");
    let mut drive = Drive::new(&connector, vec![on(ActionKind::RevokeSessions, P, "app")]);
    let left = drive.contained().await;
    assert_eq!(live.ask("SELECT 1;"), None);
    assert_eq!(another.ask("SELECT 1;").as_deref(), Some("1"), "nobody else's is touched");
    assert_eq!(left, ["new sessions: the role may still sign in"]);
    assert_eq!(reads(&server).as_deref(), Ok("7"));
    // With none open there is nothing to do.
    let mut again = Drive::new(&connector, vec![on(ActionKind::RevokeSessions, P, "app")]);
    again.contained().await;
    let step = &again.life.steps[0].step;
    assert_eq!(step.before, step.after);
}

#[tokio::test]
async fn an_expired_password_is_refused_and_valid_again_after_the_undo() {
    let Some(server) = Postgres::start() else { return };
    let (connector, never) = (server.connector(), server.state());
    for until in [None, Some("2031-05-06 07:08:09.5+02")] {
        if let Some(until) = until {
            server.root(&format!("ALTER ROLE app VALID UNTIL '{until}'"));
        }
        let before = server.state();
        let intent = on_password(ActionKind::DisableCredential, P, "app");
        let mut drive = Drive::new(&connector, vec![intent]);
        let left = drive.contained().await;
        refused(reads(&server), "password authentication failed");
        assert!(left[0].contains("trust"), "{left:?}");
        drive.undo().await;
        assert_eq!(server.state(), before);
        assert_eq!(reads(&server).as_deref(), Ok("7"));
    }
    assert_ne!(server.state(), never);
    // What has ended already is left as it is.
    server.root("ALTER ROLE app VALID UNTIL '2001-01-01'");
    let before = server.state();
    let intent = on_password(ActionKind::DisableCredential, P, "app");
    Drive::new(&connector, vec![intent]).contained().await;
    assert_eq!(server.state(), before);
}

#[tokio::test]
async fn memberships_are_taken_and_given_back_with_their_admin_option() {
    let Some(server) = Postgres::start() else { return };
    server.root(
        "CREATE ROLE \"odd \"\"name\"\"\"; GRANT \"odd \"\"name\"\"\" TO app WITH ADMIN OPTION",
    );
    let (connector, before) = (server.connector(), server.state());
    let mut live = server.session("app", OLD);
    let mut drive = Drive::new(&connector, vec![on(ActionKind::RemoveEntitlement, P, "app")]);
    drive.contained().await;
    refused(reads(&server), "42501");
    assert_eq!(
        live.ask(&format!("{READ};")),
        None,
        "the next statement of a session is refused too"
    );
    drive.undo().await;
    assert_eq!(server.state(), before);
    assert_eq!(reads(&server).as_deref(), Ok("7"));
}

#[tokio::test]
async fn a_new_password_is_delivered_and_never_written_in_clear() {
    let Some(server) = Postgres::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD);
    let mut drive =
        Drive::new(&connector, vec![on_password(ActionKind::RotateCredential, P, "app")]);
    let left = drive.contained().await;
    assert!(left[0].contains("sessions that are open already"), "{left:?}");
    let file = server.folder().join("app.json");
    let new = Broker::delivered_key(&file).unwrap().unwrap().secret;
    refused(reads(&server), "password authentication failed");
    assert_eq!(server.query("app", new.expose(), READ).as_deref(), Ok("7"), "the new one works");
    assert_eq!(live.ask("SELECT 1;").as_deref(), Some("1"), "an open session goes on");
    assert!(!server.folder().join("app.json.next").exists());
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
    assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    assert!(server.log().contains("SCRAM-SHA-256$"), "the statement is in the log");
    for (place, text) in [("the server's log", server.log()), ("the journal", drive.said())] {
        assert!(!text.contains(new.expose()), "the password is in {place}");
    }
    assert!(!drive.said().contains("SCRAM-SHA-256$"), "not even its verifier");
    // The house holds the new password: it can try for itself whether the role is really out.
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, "app")]);
    drive.contained().await;
    assert_eq!(drive.probed().await, Grade::Effective);
    drive.undo().await;
    assert_eq!(server.query("app", new.expose(), READ).as_deref(), Ok("7"));
}

#[tokio::test]
async fn the_wire_is_verified() {
    let Some(server) = Postgres::start() else { return };
    let id = || ConnectorId("pg-test".into());
    let own = vec![Principal::new(P, "interlock")];
    let mut reach = server.reach("interlock", OWN);
    reach.host = "localhost".into();
    reach.tls = Tls::Verified(Some(server.folder().join("server.crt")));
    let connector = postgresql::connector(id(), reach.clone(), None);
    assert_eq!(connector.own_principals().await.unwrap(), own);
    // Another name than the certificate's, and an authority that nobody here knows.
    reach.host = "127.0.0.1".into();
    let error =
        postgresql::connector(id(), reach.clone(), None).own_principals().await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    reach.host = "localhost".into();
    reach.tls = Tls::Verified(None);
    let error = postgresql::connector(id(), reach, None).own_principals().await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}
