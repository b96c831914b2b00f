//! Each action on a real Redis: works, contained, refused, undone, works again; and whom nobody may touch.
//!
//! Proves: `redis.disable_user`, `redis.end_sessions`, `redis.forbid_login`
//! Proves: `redis.quarantine_user`, `redis.rotate_password`

use crate::drive::{Drive, on, on_password, plan};
use crate::redis_server::{OLD, Redis};
use interlock_connect::broker::Broker;
use interlock_contain::{CallError, Connector};
use interlock_model::{ActionKind, FailureClass, Grade};

const P: &str = "redis";

fn reads(server: &Redis) -> String {
    server.cli("app", OLD, &["GET", "sales"])
}

#[tokio::test]
async fn a_user_that_is_off_is_refused_and_its_open_connection_is_said_to_go_on() {
    let Some(mut server) = Redis::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    for kind in [ActionKind::DisableIdentity, ActionKind::BlockPrincipal] {
        assert_eq!(reads(&server), "7", "works before");
        let mut live = server.session("app", OLD);
        let mut drive = Drive::new(&connector, vec![on(kind, P, "app")]);
        let left = drive.contained().await;
        assert!(reads(&server).contains("WRONGPASS"), "{}", reads(&server));
        assert_eq!(live.ask("GET sales").as_deref(), Some("7"), "the connection goes on");
        assert_eq!(left, ["connections that are open already"], "which is said");
        drive.undo().await;
        assert_eq!(server.state(), before, "as before");
        assert_eq!(reads(&server), "7", "works again");
    }
    // It is in the ACL file, so it outlives the server.
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, "app")]);
    drive.contained().await;
    server.restart();
    assert!(reads(&server).contains("WRONGPASS"));
    drive.undo().await;
    // A server that reads its file again may list the same rules in another order.
    let sorted = |it: &str| {
        let mut words: Vec<String> = it.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(sorted(&server.state()), sorted(&before));
}

#[tokio::test]
async fn off_comes_before_connections_are_ended_and_then_nothing_is_left() {
    let Some(server) = Redis::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD);
    let before = live.ask("CLIENT ID").unwrap();
    let mut another = server.session("default", "");
    let intents =
        vec![on(ActionKind::RevokeSessions, P, "app"), on(ActionKind::BlockPrincipal, P, "app")];
    let mut drive = Drive::new(&connector, intents);
    drive.contained().await;
    let names: Vec<&str> = drive.life.steps.iter().map(|it| &*it.step.action.0).collect();
    assert_eq!(names, ["redis.forbid_login", "redis.end_sessions"]);
    assert!(drive.life.steps[1].residual.is_empty());
    assert!(!server.root(&["CLIENT", "LIST"]).contains(&format!("id={before} ")), "it is over");
    assert!(!server.root(&["CLIENT", "LIST"]).contains("user=app"));
    assert_eq!(another.ask("GET sales").as_deref(), Some("7"), "nobody else's is touched");
    server.root(&["ACL", "SETUSER", "app", "on"]);
    let _live = server.session("app", OLD);
    let mut alone = Drive::new(&connector, vec![on(ActionKind::RevokeSessions, P, "app")]);
    let left = alone.contained().await;
    assert_eq!(left, ["new connections: the user may still sign in"]);
    assert_eq!(reads(&server), "7");
}

#[tokio::test]
async fn a_quarantined_user_may_do_nothing_on_open_connections_too() {
    let Some(server) = Redis::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    assert_eq!(server.cli("app", OLD, &["SET", "own", "1"]), "OK", "its selector allows that");
    let mut live = server.session("app", OLD);
    let mut drive = Drive::new(&connector, vec![on(ActionKind::Quarantine, P, "app")]);
    let left = drive.contained().await;
    assert_eq!(left, [""; 0]);
    assert!(live.ask("GET sales").unwrap().contains("NOPERM"), "at its next command");
    assert!(reads(&server).contains("NOPERM"));
    assert!(server.cli("app", OLD, &["SET", "own", "1"]).contains("NOPERM"));
    drive.undo().await;
    assert_eq!(server.state(), before);
    assert_eq!(live.ask("GET sales").as_deref(), Some("7"), "the same connection works again");
    assert_eq!(server.cli("app", OLD, &["SET", "own", "1"]), "OK");
}

#[tokio::test]
async fn a_new_password_is_delivered_and_all_old_ones_are_refused() {
    let Some(server) = Redis::start() else { return };
    server.root(&["ACL", "SETUSER", "app", ">second"]);
    let connector = server.connector();
    let mut live = server.session("app", OLD);
    let mut drive =
        Drive::new(&connector, vec![on_password(ActionKind::RotateCredential, P, "app")]);
    drive.contained().await;
    let new = Broker::delivered_key(&server.folder().join("app.json")).unwrap().unwrap().secret;
    assert!(reads(&server).contains("WRONGPASS"));
    assert!(server.cli("app", "second", &["GET", "sales"]).contains("WRONGPASS"));
    assert_eq!(server.cli("app", new.expose(), &["GET", "sales"]), "7", "the new one works");
    assert_eq!(live.ask("GET sales").as_deref(), Some("7"), "an open connection goes on");
    assert!(!drive.said().contains(new.expose()), "the password is in the journal");
    // The house holds the new password: it can try for itself whether the user is really out.
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, "app")]);
    drive.contained().await;
    assert_eq!(drive.probed().await, Grade::Effective);
    drive.undo().await;
    assert_eq!(server.cli("app", new.expose(), &["GET", "sales"]), "7");
}

async fn refusal(connector: &dyn Connector, name: &str) -> Option<CallError> {
    let intent = on(ActionKind::DisableIdentity, P, name);
    plan(connector, "redis.disable_user", &intent).await.err()
}

#[tokio::test]
async fn nobody_is_contained_whose_containment_would_end_every_undo() {
    let Some(server) = Redis::start() else { return };
    let connector = server.connector();
    let own = refusal(&connector, "interlock").await.unwrap().to_string();
    assert!(own.contains("acts as"), "{own}");
    assert_eq!(refusal(&connector, "nobody").await.unwrap().class(), FailureClass::NotFound);
    let last = refusal(&connector, "default").await.unwrap().to_string();
    assert!(last.contains("last administrator"), "{last}");
    server.root(&["ACL", "SETUSER", "boss", "on", ">x", "~*", "+@all"]);
    assert_eq!(refusal(&connector, "default").await, None);
    server.root(&["ACL", "SETUSER", "boss", "-@admin"]);
    assert!(refusal(&connector, "default").await.is_some());
}

#[tokio::test]
async fn a_missing_permission_is_named_with_the_command_that_adds_it() {
    let Some(server) = Redis::start() else { return };
    let missing = |checks: Vec<interlock_contain::Check>| -> Vec<(String, String)> {
        let failed = checks.into_iter();
        failed
            .filter_map(|it| it.outcome.err().map(|why| (it.permission, why.to_string())))
            .collect()
    };
    let connector = server.connector();
    assert_eq!(missing(connector.check().await), []);
    server.root(&["ACL", "SETUSER", "interlock", "-@all", "+acl|dryrun"]);
    let said = missing(connector.check().await);
    let names: Vec<&str> = said.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["ACL GETUSER", "CLIENT LIST", "ACL SETUSER", "CLIENT KILL", "aclfile"]);
    for (_, why) in &said {
        // What it tells to run is what helps.
        let words: Vec<&str> = why.split('`').nth(1).unwrap().split(' ').collect();
        server.root(&words);
    }
    assert_eq!(missing(connector.check().await), []);
}
