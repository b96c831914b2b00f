//! Each action on a real MariaDB: works, contained, refused, undone, works again; and whom nobody may touch.
//!
//! Proves: `mariadb.end_sessions`, `mariadb.expire_password`, `mariadb.forbid_login`
//! Proves: `mariadb.lock_account`, `mariadb.rotate_password`

use crate::drive::{Drive, on, on_password, plan};
use crate::mariadb_server::{MariaDb, OLD, OWN};
use interlock_connect::broker::Broker;
use interlock_connect::database::Tls;
use interlock_connect::mariadb;
use interlock_contain::{CallError, Connector};
use interlock_model::{ActionKind, ConnectorId, FailureClass, Grade, Principal};

const P: &str = "mariadb";
const APP: &str = "app@%";
const READ: &str = "SELECT amount FROM shop.sales";

fn reads(server: &MariaDb) -> Result<String, String> {
    server.query("app", OLD, READ)
}

#[track_caller]
fn refused(seen: Result<String, String>, code: &str) {
    let why = seen.unwrap_err();
    assert!(why.contains(code), "{why}");
}

#[tokio::test]
async fn a_locked_account_is_refused_and_its_open_session_is_said_to_go_on() {
    let Some(server) = MariaDb::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    for kind in [ActionKind::DisableIdentity, ActionKind::BlockPrincipal] {
        assert_eq!(reads(&server).as_deref(), Ok("7"), "works before");
        let mut live = server.session("app", OLD);
        let mut drive = Drive::new(&connector, vec![on(kind, P, APP)]);
        let left = drive.contained().await;
        refused(reads(&server), "4151");
        assert_eq!(live.ask(&format!("{READ};")).as_deref(), Some("7"), "the session goes on");
        assert_eq!(left, ["sessions that are open already"], "which is said");
        drive.undo().await;
        assert_eq!(server.state(), before, "as before");
        assert_eq!(reads(&server).as_deref(), Ok("7"), "works again");
    }
}

#[tokio::test]
async fn the_lock_comes_before_sessions_are_ended_and_then_nothing_is_left() {
    let Some(server) = MariaDb::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD);
    let mut another = server.session("root", "");
    let intents =
        vec![on(ActionKind::RevokeSessions, P, APP), on(ActionKind::BlockPrincipal, P, APP)];
    let mut drive = Drive::new(&connector, intents);
    drive.contained().await;
    let names: Vec<&str> = drive.life.steps.iter().map(|it| &*it.step.action.0).collect();
    assert_eq!(names, ["mariadb.forbid_login", "mariadb.end_sessions"]);
    assert!(drive.life.steps[1].residual.is_empty());
    assert_eq!(live.ask(&format!("{READ};")), None, "the session is over");
    assert_eq!(another.ask("SELECT 1;").as_deref(), Some("1"), "nobody else's is touched");
    refused(reads(&server), "4151");
    server.root("ALTER USER app@'%' ACCOUNT UNLOCK");
    let mut live = server.session("app", OLD);
    let mut alone = Drive::new(&connector, vec![on(ActionKind::RevokeSessions, P, APP)]);
    let left = alone.contained().await;
    assert_eq!(live.ask("SELECT 1;"), None);
    assert_eq!(left, ["new sessions: the account may still sign in"]);
    assert_eq!(reads(&server).as_deref(), Ok("7"));
}

#[tokio::test]
async fn an_expired_password_lets_in_and_does_nothing_until_it_is_replaced() {
    let Some(server) = MariaDb::start() else { return };
    let connector = server.connector();
    let mut drive = Drive::new(&connector, vec![on(ActionKind::RequireReauthentication, P, APP)]);
    let left = drive.contained().await;
    refused(reads(&server), "1820");
    assert!(left[0].contains("may set the new one"), "{left:?}");
    server.query("app", OLD, "SET PASSWORD = PASSWORD('another')").unwrap();
    assert_eq!(server.query("app", "another", READ).as_deref(), Ok("7"));
}

#[tokio::test]
async fn a_new_password_is_delivered_and_never_written_in_clear() {
    let Some(server) = MariaDb::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD);
    let mut drive = Drive::new(&connector, vec![on_password(ActionKind::RotateCredential, P, APP)]);
    drive.contained().await;
    let new = Broker::delivered_key(&server.folder().join("app@%.json")).unwrap().unwrap().secret;
    refused(reads(&server), "1045");
    assert_eq!(server.query("app", new.expose(), READ).as_deref(), Ok("7"), "the new one works");
    assert_eq!(live.ask("SELECT 1;").as_deref(), Some("1"), "an open session goes on");
    let log = server.log();
    assert!(log.contains("IDENTIFIED VIA mysql_native_password"), "statements are logged");
    assert!(!log.contains(new.expose()), "the password is in the server's log");
    assert!(!drive.said().contains(new.expose()), "the password is in the journal");
    // The house holds the new password: it can try for itself whether the account is really out.
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, APP)]);
    drive.contained().await;
    assert_eq!(drive.probed().await, Grade::Effective);
    drive.undo().await;
    assert_eq!(server.query("app", new.expose(), READ).as_deref(), Ok("7"));
    // Another plugin keeps another hash.
    server.root("CREATE USER sock@localhost IDENTIFIED VIA unix_socket");
    let intent = on_password(ActionKind::RotateCredential, P, "sock@localhost");
    let error = plan(&connector, "mariadb.rotate_password", &intent).await.unwrap_err();
    assert!(error.to_string().contains("unix_socket"), "{error}");
}

async fn refusal(connector: &dyn Connector, name: &str) -> Option<CallError> {
    let intent = on(ActionKind::DisableIdentity, P, name);
    plan(connector, "mariadb.lock_account", &intent).await.err()
}

#[tokio::test]
async fn nobody_is_contained_whose_containment_would_end_every_undo() {
    let Some(server) = MariaDb::start() else { return };
    let connector = server.connector();
    for (name, why) in [
        ("interlock@127.0.0.1", "acts as"),
        ("mariadb.sys@localhost", "belongs to MariaDB"),
        ("app", "user@host"),
    ] {
        let error = refusal(&connector, name).await.unwrap().to_string();
        assert!(error.contains(why), "{error}");
    }
    let absent = refusal(&connector, "nobody@%").await.unwrap();
    assert_eq!(absent.class(), FailureClass::NotFound);
    // The right to make users is enough to lock the last of the administrators, so we must not.
    server.root("DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> '127.0.0.1'");
    server.root("FLUSH PRIVILEGES; CREATE USER boss@'%' IDENTIFIED BY 'x'");
    let last = refusal(&connector, "root@127.0.0.1").await.unwrap().to_string();
    assert!(last.contains("last administrator"), "{last}");
    server.root("GRANT ALL ON *.* TO boss@'%' WITH GRANT OPTION");
    assert_eq!(refusal(&connector, "root@127.0.0.1").await, None);
    server.root("ALTER USER boss@'%' ACCOUNT LOCK");
    assert!(refusal(&connector, "root@127.0.0.1").await.is_some());
    // Who may become the account is named.
    server.root("CREATE USER intern@'%' IDENTIFIED BY 'x'; GRANT PROXY ON app@'%' TO intern@'%'");
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, APP)]);
    let left = drive.contained().await;
    assert_eq!(left, ["`intern@%` may act as `app@%` without its password, by PROXY"]);
}

#[tokio::test]
async fn a_missing_permission_is_named_with_the_statement_that_adds_it() {
    let Some(server) = MariaDb::start() else { return };
    let missing = |checks: Vec<interlock_contain::Check>| -> Vec<(String, String)> {
        let failed = checks.into_iter();
        failed
            .filter_map(|it| it.outcome.err().map(|why| (it.permission, why.to_string())))
            .collect()
    };
    let connector = server.connector();
    assert_eq!(missing(connector.check().await), []);
    server.root("REVOKE ALL, GRANT OPTION FROM interlock@'127.0.0.1'");
    let said = missing(connector.check().await);
    let names: Vec<&str> = said.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["SELECT mysql", "PROCESS", "CREATE USER", "CONNECTION ADMIN"]);
    for (_, why) in &said {
        // What it tells to run is what helps.
        server.root(why.split('`').nth(1).unwrap());
    }
    assert_eq!(missing(connector.check().await), []);
}

#[tokio::test]
async fn the_wire_is_verified() {
    let Some(server) = MariaDb::start() else { return };
    let id = || ConnectorId("my-test".into());
    let mut reach = server.reach("interlock", OWN);
    reach.host = "localhost".into();
    reach.tls = Tls::Verified(Some(server.folder().join("server.crt")));
    let own = mariadb::connector(id(), reach.clone(), None).own_principals().await.unwrap();
    assert_eq!(own, [Principal::new(P, "interlock@127.0.0.1")]);
    reach.host = "127.0.0.1".into();
    let error = mariadb::connector(id(), reach, None).own_principals().await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}
