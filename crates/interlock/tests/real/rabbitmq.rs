//! A broker that is really RabbitMQ: a finding elsewhere shuts its user out and closes what it has open.

use crate::account::now;
use crate::house::{Folder, Made};
use crate::rabbitmq_server::{OLD, OWN, RabbitMq};
use serde_json::json;

const PLAYBOOK: &str = "
name: joined-by-oneself
description: whoever gives itself a group of the directory loses its queues
when:
  rules: [eb902225-1ebd-4735-a70a-1be4da7208bb]
tiers:
  disable:
    confidence: 0.1
    do: [revoke_sessions, disable_identity]
    consent: {production: automatic, staging: automatic, development: automatic}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_in_the_directory_shuts_the_user_of_the_broker_out() {
    let Some(server) = RabbitMq::start() else { return };
    let (management, amqp) = server.ports();
    let connector = format!(
        r#"
[[connector]]
id = "queue"
kind = "rabbitmq"
host = "127.0.0.1"
port = {management}
amqp_port = {amqp}
tls = false
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
enforce = ["disable_identity", "revoke_sessions"]
"#
    );
    let entry = "uid=svc,ou=services,dc=example,dc=com";
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &[("app".to_owned(), format!("ldap:{entry}', 'rabbitmq:app"))],
        playbook: PLAYBOOK,
        secrets: vec![("HOUSE_PASSWORD", OWN.to_owned())],
    });
    let (tested, text) = folder.run(&["connector", "test"]);
    assert!(tested, "{text}");
    let before = server.state();
    let mut live = server.session("app", OLD, "/").unwrap();
    let house = folder.serve();
    let now = now().strftime("%Y%m%d%H%M%S.000001Z").to_string();
    let joined = json!({
        "reqStart": now,
        "reqType": "modify",
        "reqSession": "1004",
        "reqAuthzID": entry,
        "reqDN": "cn=operators,ou=groups,dc=example,dc=com",
        "reqResult": "0",
        "reqMod": [format!("member:+ {entry}")],
        "entryUUID": "00000000-0000-4000-9000-000000000001",
    });
    assert!(house.post(&[joined]).await);
    house.until("it is applied", async || house.first().await["grade"] == "applied").await;
    assert!(server.app(OLD).contains("connection limit"), "{}", server.app(OLD));
    assert!(live.ask("use").is_none_or(|it| it != "works"), "what it had open is closed");
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert_eq!((server.state(), server.app(OLD).as_str()), (before, "works"), "as before");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    assert!(!folder.holds(OWN), "the password is in a file of the house");
}
