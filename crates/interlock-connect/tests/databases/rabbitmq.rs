//! Each action on a real RabbitMQ: works, contained, refused, undone, works again; and whom nobody may touch.
//!
//! Proves: `rabbitmq.clear_password`, `rabbitmq.clear_tags`, `rabbitmq.close_connections`
//! Proves: `rabbitmq.quarantine_user`, `rabbitmq.refuse_connections`, `rabbitmq.rotate_password`

use crate::drive::{Drive, execute, now, on, on_password, plan};
use crate::rabbitmq_server::{OLD, RabbitMq};
use interlock_connect::broker::Broker;
use interlock_contain::{CallError, Connector, DiscoverCx};
use interlock_model::{ActionKind, FailureClass, Grade};
use serde_json::json;

const P: &str = "rabbitmq";

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_may_open_no_connection_is_refused_and_its_open_one_is_said_to_go_on() {
    let Some(server) = RabbitMq::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    assert_eq!(server.app(OLD), "works");
    let mut live = server.session("app", OLD, "/").unwrap();
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, "app")]);
    let left = drive.contained().await;
    assert!(server.app(OLD).contains("connection limit"), "{}", server.app(OLD));
    assert_eq!(live.ask("use").as_deref(), Some("works"), "the connection goes on");
    assert_eq!(server.status("app", OLD), "200", "and so does the management API");
    assert!(left[0].contains("open already") && left[0].contains("management API"), "{left:?}");
    assert_eq!(drive.probed().await, Grade::Applied, "nobody has its password");
    drive.undo().await;
    assert_eq!((server.state(), server.app(OLD).as_str()), (before, "works"));

    // A limit that was there is put back, and the undo of somebody else's change is refused.
    server.put("user-limits/app/max-connections", &json!({ "value": 7 }));
    let before = server.state();
    let mut drive = Drive::new(&connector, vec![on(ActionKind::DisableIdentity, P, "app")]);
    drive.contained().await;
    drive.undo().await;
    assert_eq!(server.state(), before);
    let intent = on(ActionKind::DisableIdentity, P, "app");
    let step = plan(&connector, "rabbitmq.refuse_connections", &intent).await.unwrap();
    server.put("user-limits/app/max-connections", &json!({ "value": 8 }));
    let drifted = execute(&connector, &step).await;
    assert!(matches!(drifted, Err(CallError::Drifted { .. })), "{drifted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_comes_before_connections_are_closed_and_then_nobody_is_in() {
    let Some(server) = RabbitMq::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD, "/").unwrap();
    let mut another = server.session("guest", "guest", "/").unwrap();
    let intents =
        vec![on(ActionKind::RevokeSessions, P, "app"), on(ActionKind::DisableIdentity, P, "app")];
    let mut drive = Drive::new(&connector, intents);
    drive.contained().await;
    let names: Vec<&str> = drive.life.steps.iter().map(|it| &*it.step.action.0).collect();
    assert_eq!(names, ["rabbitmq.refuse_connections", "rabbitmq.close_connections"]);
    assert!(live.ask("use").is_none_or(|it| it != "works"), "it is over");
    assert_eq!(another.ask("use").as_deref(), Some("works"), "nobody else's is touched");
    assert_eq!(server.get("connections/username/app"), json!([]));

    // Alone it leaves what the spec says: the client comes back.
    server.delete("user-limits/app/max-connections");
    let _live = server.session("app", OLD, "/").unwrap();
    let mut alone = Drive::new(&connector, vec![on(ActionKind::RevokeSessions, P, "app")]);
    let left = alone.contained().await;
    assert_eq!(left, ["new connections: the user may still sign in"]);
    assert_eq!(server.app(OLD), "works");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permissions_nothing_new_is_done_and_consumers_go_on() {
    let Some(server) = RabbitMq::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    let mut live = server.session("app", OLD, "/").unwrap();
    assert_eq!(live.ask("use").as_deref(), Some("works"));
    assert_eq!(live.ask("fresh").as_deref(), Some("works"));
    assert_eq!(live.ask("consume").as_deref(), Some("works"));
    let mut drive = Drive::new(&connector, vec![on(ActionKind::Quarantine, P, "app")]);
    let left = drive.contained().await;
    assert!(server.app(OLD).contains("refused for user 'app'"), "{}", server.app(OLD));
    assert!(server.session("app", OLD, "jobs").is_err(), "in every virtual host");
    server.publish("read");
    assert_eq!(live.ask("got").as_deref(), Some("1"), "what it consumes goes on");
    assert!(left[0].contains("go on receiving"), "which is said: {left:?}");
    assert!(live.ask("fresh").unwrap().starts_with("403"), "nothing new is allowed");
    drive.undo().await;
    assert_eq!((server.state(), server.app(OLD).as_str()), (before.clone(), "works"));

    // A call that broke off half-way is gone on with, and so is its undo.
    let intent = on(ActionKind::Quarantine, P, "app");
    let step = plan(&connector, "rabbitmq.quarantine_user", &intent).await.unwrap();
    server.delete("permissions/jobs/app");
    execute(&connector, &step).await.unwrap();
    assert_eq!(server.get("users/app/permissions"), json!([]));
    // Somebody else's permission is not.
    server.put("permissions/jobs/app", &json!({ "configure": "", "write": "", "read": "x" }));
    let drifted = execute(&connector, &step).await;
    assert!(matches!(drifted, Err(CallError::Drifted { .. })), "{drifted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tags_the_management_api_is_closed_and_the_password_stays() {
    let Some(server) = RabbitMq::start() else { return };
    let (connector, before) = (server.connector(), server.state());
    assert_eq!(server.status("app", OLD), "200");
    let mut drive = Drive::new(&connector, vec![on(ActionKind::RemoveEntitlement, P, "app")]);
    drive.contained().await;
    assert_eq!(server.status("app", OLD), "401");
    assert_eq!(server.app(OLD), "works", "the password is the same");
    drive.undo().await;
    assert_eq!((server.state(), server.status("app", OLD).as_str()), (before, "200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleared_password_signs_nobody_in_and_does_not_come_back() {
    let Some(server) = RabbitMq::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD, "/").unwrap();
    let intent = on_password(ActionKind::DeleteCredential, P, "app");
    let mut drive = Drive::new(&connector, vec![intent]);
    let left = drive.contained().await;
    for password in [OLD, ""] {
        assert!(server.app(password).contains("refused"), "{}", server.app(password));
    }
    assert_eq!(server.status("app", OLD), "401");
    assert_eq!(live.ask("use").as_deref(), Some("works"), "the connection goes on");
    assert!(left[0].contains("open already"), "{left:?}");
    assert_eq!(server.get("users/app")["tags"], json!(["management"]), "its tags stay");
    assert!(!drive.said().contains("password_hash"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_delivered_and_the_old_one_is_refused() {
    let Some(server) = RabbitMq::start() else { return };
    let connector = server.connector();
    let mut live = server.session("app", OLD, "/").unwrap();
    let mut drive =
        Drive::new(&connector, vec![on_password(ActionKind::RotateCredential, P, "app")]);
    drive.contained().await;
    let new = Broker::delivered_key(&server.folder().join("app.json")).unwrap().unwrap().secret;
    assert!(server.app(OLD).contains("refused"), "{}", server.app(OLD));
    assert_eq!(server.app(new.expose()), "works", "the new one works");
    assert_eq!(live.ask("use").as_deref(), Some("works"), "an open connection goes on");
    assert_eq!(server.get("users/app")["tags"], json!(["management"]), "its tags stay");
    assert!(!drive.said().contains(new.expose()), "the password is in the journal");
    // The house holds the new password: it can try for itself whether the user is really out.
    for kind in [ActionKind::DisableIdentity, ActionKind::Quarantine] {
        let mut drive = Drive::new(&connector, vec![on(kind, P, "app")]);
        drive.contained().await;
        assert_eq!(drive.probed().await, Grade::Effective, "{kind}");
        drive.undo().await;
        assert_eq!(server.app(new.expose()), "works");
    }
}

async fn refusal(connector: &dyn Connector, name: &str, kind: ActionKind) -> Option<CallError> {
    let action =
        if kind == ActionKind::RemoveEntitlement { "clear_tags" } else { "refuse_connections" };
    plan(connector, &format!("rabbitmq.{action}"), &on(kind, P, name)).await.err()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_contained_whose_containment_would_end_every_undo() {
    let Some(server) = RabbitMq::start() else { return };
    let connector = server.connector();
    let (disable, remove) = (ActionKind::DisableIdentity, ActionKind::RemoveEntitlement);
    let own = refusal(&connector, "interlock", disable).await.unwrap().to_string();
    assert!(own.contains("acts as"), "{own}");
    for name in ["nobody", "..", "app/../guest"] {
        let class = refusal(&connector, name, disable).await.unwrap().class();
        assert_eq!(class, FailureClass::NotFound, "{name}");
    }
    // `guest` is an administrator like any other, and the last one beside the connector itself.
    for kind in [disable, remove] {
        let last = refusal(&connector, "guest", kind).await.unwrap().to_string();
        assert!(last.contains("last administrator"), "{last}");
    }

    // A connector that may not look at users says so, with what would help.
    let checks = connector.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    let weak = server.connector_as("app", OLD);
    let checks = weak.check().await;
    let said = checks.iter().find_map(|it| it.outcome.clone().err()).unwrap();
    assert_eq!(said.to_string(), "run `rabbitmqctl set_user_tags app administrator`");
    let denied = refusal(&weak, "guest", disable).await.unwrap();
    assert_eq!(denied, CallError::Denied { permission: "GET /api/users".to_owned() });
    let stranger = server.connector_as("interlock", "wrong-and-secret");
    let error = refusal(&stranger, "app", disable).await.unwrap().to_string();
    assert!(
        error.contains("refuses the connector itself") && !error.contains("wrong-and"),
        "{error}"
    );

    server.put("users/boss", &json!({ "password": "x", "tags": "administrator" }));
    assert_eq!(refusal(&connector, "guest", remove).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_discovered_with_permissions_and_what_is_open() {
    let Some(server) = RabbitMq::start() else { return };
    let mut live = server.session("app", OLD, "/").unwrap();
    assert_eq!(live.ask("use").as_deref(), Some("works"));
    let connector = server.connector();
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), now());
    // What clients say of themselves is listed some seconds later.
    let mut seen = None;
    for _ in 0..60 {
        let page = connector.discover(&cx, None).await.unwrap();
        assert_eq!((page.next, page.gaps), (None, Vec::new()));
        assert!(!format!("{:?}", page.found).contains("password_hash"));
        let app = page.found.into_iter().find(|it| &*it.principal.name == "app").unwrap();
        let whole = app.labels.contains_key("clients");
        seen = Some(app);
        if whole {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let app = seen.unwrap();
    assert_eq!(app.enabled, Some(true));
    assert!(app.labels["clients"].to_lowercase().contains("pika"), "{:?}", app.labels);
    assert_eq!(app.labels["connections"], "1");
    assert_eq!(app.labels["hosts"], "127.0.0.1");
    assert!(app.last_used.is_some());
    assert_eq!(app.credentials[0].reference.as_str(), "rabbitmq:password:app");
    let grants: Vec<&str> = app.entitlements.iter().map(|it| it.scope.as_str()).collect();
    assert!(grants.contains(&"virtual host /"), "{grants:?}");

    // Whoever may not see connections sees users, and the gap says what is missing.
    let limited = server.connector_as("app", OLD);
    let error = limited.discover(&cx, None).await.unwrap_err();
    assert_eq!(error.class(), FailureClass::Denied, "{error}");
    drop(live);
    server.put("user-limits/app/max-connections", &json!({ "value": 0 }));
    let page = connector.discover(&cx, None).await.unwrap();
    let app = page.found.into_iter().find(|it| &*it.principal.name == "app").unwrap();
    assert_eq!((app.enabled, app.labels["max-connections"].as_str()), (Some(false), "0"));
}
