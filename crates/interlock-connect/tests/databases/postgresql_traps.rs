//! What went wrong elsewhere, on a real PostgreSQL: what a verb alone leaves, and whom nobody may touch.

use crate::drive::{Drive, execute, on, on_password, plan};
use crate::postgresql_server::{OLD, Postgres};
use interlock_connect::postgresql;
use interlock_contain::{CallError, Connector as _};
use interlock_model::{ActionKind, ConnectorId, FailureClass};

const P: &str = "postgresql";
const DISABLE: &str = "postgresql.disable_role";
const READ: &str = "SELECT amount FROM sales";

async fn refusal(connector: &dyn interlock_contain::Connector, name: &str) -> CallError {
    plan(connector, DISABLE, &on(ActionKind::DisableIdentity, P, name)).await.unwrap_err()
}

#[tokio::test]
async fn nobody_is_contained_whose_containment_would_end_every_undo() {
    let Some(server) = Postgres::start() else { return };
    let connector = server.connector();
    let own = refusal(&connector, "interlock").await;
    assert!(own.to_string().contains("acts as"), "{own}");
    let system = refusal(&connector, "pg_signal_backend").await;
    assert!(system.to_string().contains("belongs to PostgreSQL"), "{system}");
    // Without being one we cannot change a superuser, and say so before anything is approved.
    let above = refusal(&connector, "postgres").await;
    assert_eq!(above, CallError::Denied { permission: "SUPERUSER".into() });
    server.root("ALTER ROLE interlock SUPERUSER");
    assert!(refusal_is_none(&connector, "postgres").await, "another superuser is left: ourselves");
    server.root("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'boss-pw'");
    let boss = server.reach("boss", "boss-pw");
    let by_boss = postgresql::connector(ConnectorId("pg-test".into()), boss, None);
    server.root("ALTER ROLE interlock NOSUPERUSER");
    assert!(refusal_is_none(&by_boss, "postgres").await);
    assert_eq!(refusal(&connector, "nobody-there").await.class(), FailureClass::NotFound);
}

async fn refusal_is_none(connector: &dyn interlock_contain::Connector, name: &str) -> bool {
    plan(connector, DISABLE, &on(ActionKind::DisableIdentity, P, name)).await.is_ok()
}

#[tokio::test]
async fn the_last_superuser_that_can_sign_in_is_refused() {
    let Some(server) = Postgres::start() else { return };
    server.root("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'boss-pw' VALID UNTIL '2001-01-01'");
    server.root("CREATE ROLE spare SUPERUSER NOLOGIN");
    server.root("ALTER ROLE interlock SUPERUSER VALID UNTIL '2001-01-01'");
    // Its own password has ended, so it comes in without one, and is no administrator who could.
    let connector = server.connector();
    let error = refusal(&connector, "postgres").await;
    assert!(error.to_string().contains("refuses the connector itself"), "{error}");
    server.root("ALTER ROLE interlock NOSUPERUSER VALID UNTIL 'infinity'");
    server.root("CREATE ROLE trusted SUPERUSER LOGIN VALID UNTIL '2001-01-01'");
    let mut reach = server.reach("trusted", "");
    reach.password = None;
    let connector = postgresql::connector(ConnectorId("pg-test".into()), reach, None);
    let error = refusal(&connector, "postgres").await;
    assert!(error.to_string().contains("last administrator"), "{error}");
    server.root("ALTER ROLE spare LOGIN");
    assert!(refusal_is_none(&connector, "postgres").await);
}

#[tokio::test]
async fn who_may_become_the_role_is_named_as_what_is_left() {
    let Some(server) = Postgres::start() else { return };
    server.root("CREATE ROLE through; GRANT app TO through");
    server.root("CREATE ROLE intern LOGIN PASSWORD 'intern-pw' IN ROLE through");
    let connector = server.connector();
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, "app")]);
    let left = drive.contained().await;
    assert_eq!(left, ["`intern` may act as `app` without its password, by SET ROLE"]);
    assert_eq!(
        server.query("intern", "intern-pw", "SET ROLE app; SELECT current_user"),
        Ok("app".into())
    );
}

/// What the specs say of verbs that are not used, or not alone.
#[tokio::test]
async fn the_claims_about_what_is_left_are_measured() {
    let Some(server) = Postgres::start() else { return };
    // CONNECTION LIMIT 0 holds ordinary roles off, and superusers not.
    server.root("ALTER ROLE app CONNECTION LIMIT 0");
    assert!(server.query("app", OLD, READ).unwrap_err().contains("too many connections"));
    server.root("ALTER ROLE app CONNECTION LIMIT -1");
    server.root("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'boss-pw' CONNECTION LIMIT 0");
    assert_eq!(server.query("boss", "boss-pw", "SELECT 1").as_deref(), Ok("1"));
    // VALID UNTIL asks nothing of a role that is let in without a password.
    server.root("CREATE ROLE trusted LOGIN");
    let connector = server.connector();
    let intent = on_password(ActionKind::DisableCredential, P, "trusted");
    Drive::new(&connector, vec![intent]).contained().await;
    assert_eq!(server.query("trusted", "", "SELECT 1").as_deref(), Ok("1"));
    // A session that took a role by SET ROLE keeps it although the membership is gone.
    let mut became = server.session("app", OLD);
    assert_eq!(became.ask("SET ROLE readers; SELECT current_user;").as_deref(), Some("readers"));
    let mut drive = Drive::new(&connector, vec![on(ActionKind::RemoveEntitlement, P, "app")]);
    let left = drive.contained().await;
    assert!(left[0].contains("SET ROLE"), "{left:?}");
    assert_eq!(became.ask(&format!("{READ};")).as_deref(), Some("7"));
}

#[tokio::test]
async fn a_step_is_refused_when_somebody_else_changed_the_role_meanwhile() {
    let Some(server) = Postgres::start() else { return };
    let connector = server.connector();
    let intent = on_password(ActionKind::DisableCredential, P, "app");
    let step = plan(&connector, "postgresql.expire_password", &intent).await.unwrap();
    server.root("ALTER ROLE app VALID UNTIL '2031-01-01'");
    let before = server.state();
    let error = execute(&connector, &step).await.unwrap_err();
    assert_eq!(error.class(), FailureClass::Drifted, "{error}");
    assert_eq!(server.state(), before, "and nothing is written");
    // Of two that act on the same plan, the second finds it done.
    let step = plan(&connector, "postgresql.expire_password", &intent).await.unwrap();
    execute(&connector, &step).await.unwrap();
    let writes = server.log().matches("VALID UNTIL '1970").count();
    execute(&connector, &step).await.unwrap();
    assert_eq!(server.log().matches("VALID UNTIL '1970").count(), writes);
}

#[tokio::test]
async fn a_missing_permission_is_named_with_the_statement_that_adds_it() {
    let Some(server) = Postgres::start() else { return };
    let missing = |checks: Vec<interlock_contain::Check>| -> Vec<(String, String)> {
        let failed = checks.into_iter();
        failed
            .filter_map(|it| it.outcome.err().map(|why| (it.permission, why.to_string())))
            .collect()
    };
    let connector = server.connector();
    assert_eq!(missing(connector.check().await), []);
    server.root("REVOKE pg_signal_backend, pg_read_all_stats FROM interlock");
    server.root("ALTER ROLE interlock NOCREATEROLE");
    let said = missing(connector.check().await);
    let expected = [
        ("pg_read_all_stats", "GRANT pg_read_all_stats TO \"interlock\""),
        ("CREATEROLE", "ALTER ROLE \"interlock\" CREATEROLE"),
        ("pg_signal_backend", "GRANT pg_signal_backend TO \"interlock\""),
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for ((permission, why), (name, remedy)) in said.iter().zip(expected) {
        assert_eq!(permission, name);
        assert!(why.contains(remedy), "{why}");
        // What it tells to run is what helps.
        server.root(remedy);
    }
    assert_eq!(missing(connector.check().await), []);
    // With a wrong password nothing is known, and that is said without the password.
    let stranger = postgresql::connector(
        ConnectorId("pg-test".into()),
        server.reach("interlock", "wrong-pw"),
        None,
    );
    let said = missing(stranger.check().await);
    assert!(said.iter().all(|it| it.1.contains("28P01") && !it.1.contains("wrong-pw")), "{said:?}");
}
