//! A real process, killed again and again at random moments while it contains on who issues tokens: an
//! authorization server, and the broker that is in the process itself and dies with it.

use crate::counting::{Marks, Wire};
use crate::house::{Folder, House, Made};
use crate::killed::{Asked, Killed, contained, entry, jobs, joined, joined_playbook, targets};
use crate::oidc_server::{OWN_SECRET, Registered, Server};
use crate::watched::Watched;
use serde_json::Value;
use std::collections::BTreeMap;

/// One record for each target, that it gave itself a group.
fn all_joined() -> Vec<Asked> {
    let record = |it| Asked::Record(joined(&entry(&format!("job-{it}")), it));
    (0..targets()).map(record).collect()
}

fn names() -> impl Iterator<Item = String> {
    (0..targets()).map(|it| format!("job-{it}"))
}

/// A client with a token that is stolen.
struct Stolen {
    client: Registered,
    token: String,
}

async fn stolen(server: &Server) -> Stolen {
    let client = server.register().await;
    let token = server.token(&client).await["access_token"].as_str().unwrap().to_owned();
    assert!(server.active(&token).await);
    Stolen { client, token }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_oidc_provider() {
    let Some(server) = Server::start().await else { return };
    let mut all = BTreeMap::<String, Stolen>::new();
    for name in names() {
        all.insert(name, stolen(&server).await);
    }
    let other = stolen(&server).await;
    let own = server.url("");
    const REVOKE: Marks = Marks { write: "POST /token/revocation", name: "token=", end: "" };
    let wire = Wire::to(own.trim_start_matches("http://").trim_end_matches('/'), REVOKE);
    let mut connector = format!(
        r#"
[[connector]]
id = "sso"
kind = "oauth"
client_id = "interlock"
client_secret = {{ from = "env", name = "HOUSE_PASSWORD" }}
introspection_endpoint = "http://{0}/token/introspection"
revocation_endpoint = "http://{0}/token/revocation"
calls_per_second = 50
settle = "2s"
enforce = ["delete_credential"]
"#,
        wire.address()
    );
    for (name, Stolen { client, .. }) in &all {
        connector += &format!(
            r#"
[[connector.client]]
id = "{}"
secret = {{ from = "file", path = "{name}.secret" }}
token = {{ from = "file", path = "{name}.token" }}
"#,
            client.id
        );
    }
    let jobs = jobs(targets(), |it| format!("oauth:sso/{}", all[it].client.id));
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &jobs,
        playbook: &joined_playbook("delete_credential"),
        secrets: vec![("HOUSE_PASSWORD", OWN_SECRET.to_owned())],
    });
    let token = |name: &str| format!("oauth:token:sso/{}", all[name].client.id);
    folder.declare_credentials(&jobs, token);
    for (name, it) in &all {
        folder.put(&format!("{name}.secret"), &it.client.secret);
        folder.put(&format!("{name}.token"), &it.token);
    }
    let asked = names().map(|name| Asked::Verb {
        identity: format!("idn_{name}"),
        verb: "delete_credential",
        credential: token(&name),
    });
    let killed = Killed {
        server: "OAuth (oidc-provider)",
        verbs: "delete_credential",
        counted: "a wire before it",
        folder: &folder,
        asked: asked.collect(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for (name, it) in &all {
        assert!(!server.active(&it.token).await, "the token of {name} counts");
    }
    assert!(server.active(&other.token).await, "others go on");
    rest.each_once(&names().map(|it| wire.count(&all[&it].token)).collect::<Vec<_>>());
}

/// So many failures in a row from one address each house bears; then it answers that there were too many.
const FAILURES: usize = 8;

/// What the broker answers a client that shows the key which was delivered to it.
async fn exchanged(folder: &Folder, house: &House<'_>, name: &str) -> u16 {
    let key = std::fs::read_to_string(folder.at(&format!("{name}.key.json"))).unwrap();
    let key: Value = serde_json::from_str(&key).unwrap();
    let (id, secret) = (key["key_id"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let asked = reqwest::Client::new()
        .post(format!("{}/broker/token", house.address()))
        .basic_auth(id, Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    asked.send().await.unwrap().status().as_u16()
}

/// Whether the broker's file says that a client gets no tokens.
fn is_blocked(file: &[u8], name: &str) -> bool {
    // It is whole at every moment.
    let file: Value = serde_json::from_slice(file).unwrap();
    file["state"]["clients"][name]["blocked"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_broker() {
    let clients: String = names()
        .chain(["other".to_owned()])
        .map(|it| format!("  {{ name = \"{it}\", delivery = \"{it}.key.json\" }},\n"))
        .collect();
    let connector = format!(
        r#"
[[connector]]
id = "tokens"
kind = "broker"
settle = "0s"
enforce = ["block_principal"]
client = [
{clients}]
"#
    );
    let jobs = jobs(targets(), |it| format!("broker:{it}"));
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &jobs,
        playbook: &joined_playbook("block_principal"),
        secrets: Vec::new(),
    });
    let house = folder.serve();
    for name in names() {
        assert_eq!(exchanged(&folder, &house, &name).await, 200, "{name}");
    }
    drop(house);
    let watched = Watched::file(folder.at("broker.json"), names().collect(), is_blocked);
    let killed = Killed {
        server: "The built-in broker",
        verbs: "block_principal",
        counted: "versions of its file, seen by who looks twice a millisecond",
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    let all: Vec<String> = names().collect();
    for some in all.chunks(FAILURES) {
        let house = folder.serve();
        for name in some {
            assert_eq!(exchanged(&folder, &house, name).await, 401, "{name} gets in");
        }
        assert_eq!(exchanged(&folder, &house, "other").await, 200, "others go on");
    }
    rest.each_once(&watched.came(names()));
}
