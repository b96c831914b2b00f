//! A provider in trouble, over real sockets: down, cut off in the middle of answers, with a certificate
//! that is over, by a clock that is not ours. What cannot be done rests, says why, is listed, counted and
//! noticed; and goes on when the provider is back.

use crate::account::now;
use crate::hosted::Hosted;
use crate::house::{Folder, House, Made};
use crate::killed::{entry, jobs, joined_at, joined_playbook};
use crate::postgresql_server::{OLD, OWN, Postgres};
use crate::scim_server::{Service, TOKEN};
use crate::sick_wire::{Health, Wire};
use crate::slapd::{PASSWORD, Rules, Slapd};
use interlock_connect::github;
use serde_json::{Value, json};
use std::sync::Arc;

/// Two targets: the clock of one record is five minutes behind ours, that of the other as much ahead.
fn skewed() -> Vec<Value> {
    let at = |minutes| now() + jiff::SignedDuration::from_mins(minutes);
    vec![joined_at(&entry("job-0"), 0, at(-5)), joined_at(&entry("job-1"), 1, at(5))]
}

async fn all_are(house: &House<'_>, phase: &str) {
    let all = async || {
        let all = house.containments().await;
        all.len() == 2 && all.iter().all(|it| it["phase"] == phase)
    };
    house.until(&format!("all {phase}"), all).await;
}

/// Lets the provider be sick from the beginning, and well when everything rests.
async fn held_and_resumed(folder: &Folder, wire: &Wire, lost_answer: Option<&'static str>) {
    wire.is_now(Health::Down);
    let house = folder.serve();
    let (before, waiting) = (wire.connections(), "interlock_containments_waiting 2");
    assert!(house.post(&skewed()).await);
    house.until("it was tried", async || wire.connections() >= before + 3).await;
    wire.is_now(Health::Half);
    all_are(&house, "held").await;
    for it in house.containments().await {
        let why = it["why"].as_str().unwrap();
        assert!(why.contains("to be tried again"), "{why}");
        let id = it["id"].as_str().unwrap();
        let notices = house.get(&format!("/v1/notices?containment={id}")).await;
        let text = notices["items"][0]["text"].as_str().unwrap().to_owned();
        assert!(text.starts_with("cannot be planned: "), "{text}");
        println!("held: {why}");
    }
    assert!(house.text("/metrics").await.contains(waiting));
    wire.is_now(lost_answer.map_or(Health::Well, Health::LosesAnswerTo));
    for it in house.containments().await {
        let id = it["id"].as_str().unwrap();
        let (status, said) = house.act(&format!("/v1/containments/{id}/resume"), json!({})).await;
        assert!(status < 300, "{status} {said}");
    }
    all_are(&house, "contained").await;
    assert!(!house.text("/metrics").await.contains(waiting));
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}

fn made(connector: &str, verbs: &str, secret: &str, jobs: &[(String, String)]) -> Folder {
    Folder::of(Made {
        connector,
        identities: jobs,
        playbook: &joined_playbook(verbs),
        secrets: vec![("HOUSE_PASSWORD", secret.to_owned())],
    })
}

fn postgresql(port: u16, tls: &str) -> Folder {
    let connector = format!(
        r#"
[[connector]]
id = "pg-test"
kind = "postgresql"
host = "localhost"
port = {port}
{tls}
settle = "2s"
enforce = ["disable_identity", "revoke_sessions"]
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
"#
    );
    let jobs = jobs(2, |it| format!("postgresql:{it}"));
    made(&connector, "disable_identity, revoke_sessions", OWN, &jobs)
}

fn roles(server: &Postgres) {
    for name in ["job-0", "job-1"] {
        server.root(&format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{OLD}'"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_down_and_half_answers_and_loses_the_answer_to_a_write() {
    let Some(server) = Postgres::start() else { return };
    roles(&server);
    let wire = Wire::to(&format!("127.0.0.1:{}", server.port()));
    let folder = postgresql(wire.address().port(), "tls = false");
    held_and_resumed(&folder, &wire, Some("NOLOGIN")).await;
    assert!(wire.lost() > 0, "an answer was lost");
    let log = server.log();
    for name in ["job-0", "job-1"] {
        let writes = log.matches(&format!("statement: ALTER ROLE \"{name}\" NOLOGIN")).count();
        assert_eq!(writes, 1, "{name}: read back, not written again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openldap_is_down_and_half_answers() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    for name in ["job-0", "job-1"] {
        slapd.admin("ldapadd", &format!("dn: {}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: {name}\nuserPassword: {PASSWORD}\n", entry(name)));
    }
    let url = slapd.config().ldap.url;
    let port = url.rsplit(':').next().unwrap();
    let wire = Wire::to(&format!("127.0.0.1:{port}"));
    let through = url.replace(port, &wire.address().port().to_string());
    let folder = crate::openldap::folder_at(&slapd, &through, &jobs(2, |_| String::new()));
    held_and_resumed(&folder, &wire, None).await;
    for name in ["job-0", "job-1"] {
        assert!(!slapd.binds(&entry(name)), "{name} gets in");
        assert_eq!(slapd.changes(&entry(name)), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scim_is_down_and_half_answers_and_loses_the_answer_to_a_write() {
    let Some(service) = Service::start().await else { return };
    for name in ["job-0", "job-1"] {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "active": true,
        });
        assert_eq!(service.ask("POST", "Users", Some(&user)).0, 201);
    }
    let endpoint = service.endpoint();
    let server = endpoint.trim_start_matches("http://").trim_end_matches("/v2");
    let wire = Wire::to(server);
    let connector = format!(
        r#"
[[connector]]
id = "app"
kind = "scim"
endpoint = "http://{}/v2"
token = {{ from = "env", name = "HOUSE_PASSWORD" }}
settle = "2s"
enforce = ["disable_identity"]
"#,
        wire.address()
    );
    let jobs = jobs(2, |it| format!("scim:app/{it}"));
    let folder = made(&connector, "disable_identity", TOKEN, &jobs);
    held_and_resumed(&folder, &wire, Some("PATCH ")).await;
    assert!(wire.lost() > 0, "an answer was lost");
    for name in ["job-0", "job-1"] {
        assert_eq!(service.user(name)["active"], false, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_over_is_said_and_a_new_one_lets_it_go_on() {
    let Some(server) = Postgres::start() else { return };
    roles(&server);
    let authority = server.folder().join("server.crt");
    let good = std::fs::read(&authority).unwrap();
    let key = std::fs::read(server.folder().join("server.key")).unwrap();
    let over = crate::sick_wire::certificate_that_is_over();
    std::fs::write(&authority, &over.0).unwrap();
    std::fs::write(server.folder().join("server.key"), &over.1).unwrap();
    server.root("SELECT pg_reload_conf()");
    let trusted = tempfile::tempdir().unwrap();
    let ca = trusted.path().join("ca.pem");
    std::fs::write(&ca, [good.as_slice(), over.0.as_bytes()].concat()).unwrap();
    let folder = postgresql(server.port(), &format!("ca = \"{}\"", ca.display()));
    let (tested, text) = folder.run(&["connector", "test", "pg-test"]);
    assert!(!tested && text.to_lowercase().contains("expired"), "{text}");
    let house = folder.serve();
    assert!(house.post(&skewed()).await);
    all_are(&house, "held").await;
    for it in house.containments().await {
        let why = it["why"].as_str().unwrap().to_lowercase();
        assert!(why.contains("expired"), "{why}");
        println!("held: {why}");
    }
    std::fs::write(&authority, good).unwrap();
    std::fs::write(server.folder().join("server.key"), key).unwrap();
    server.root("SELECT pg_reload_conf()");
    for it in house.containments().await {
        let id = it["id"].as_str().unwrap();
        let (status, said) = house.act(&format!("/v1/containments/{id}/resume"), json!({})).await;
        assert!(status < 300, "{status} {said}");
    }
    all_are(&house, "contained").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_service_whose_certificate_is_over_is_said_and_goes_on_with_a_new_one() {
    let fake = github::fake::Fake::small();
    fake.change(|state| {
        let names = ["job-0", "job-1"].map(|it| (it.to_owned(), ("member".to_owned(), false)));
        state.members.extend(names);
    });
    let provider = Arc::<github::fake::Fake>::clone(&fake);
    let hosted = Hosted::serve(provider, &["api.github.com"]).await;
    hosted.is_over(true);
    let mut secrets = hosted.surroundings();
    secrets.push(("HOUSE_PASSWORD", github::fake::PLANTED.to_owned()));
    let connector = r#"
[[connector]]
id = "github"
kind = "github"
organization = "acme"
token = { from = "env", name = "HOUSE_PASSWORD" }
settle = "2s"
enforce = ["disable_identity"]
"#;
    let folder = Folder::of(Made {
        connector,
        identities: &jobs(2, |it| format!("github:{it}")),
        playbook: &joined_playbook("disable_identity"),
        secrets,
    });
    let house = folder.serve();
    assert!(house.post(&skewed()).await);
    all_are(&house, "held").await;
    for it in house.containments().await {
        let why = it["why"].as_str().unwrap();
        assert!(why.contains("`api.github.com` cannot be reached"), "{why}");
        assert!(why.to_lowercase().contains("certificate expired"), "{why}");
        assert!(!why.contains(github::fake::PLANTED), "{why}");
        println!("held: {why}");
    }
    assert!(house.text("/metrics").await.contains("interlock_containments_waiting 2"));
    let notices = house.get("/v1/notices").await;
    assert!(!notices["items"].as_array().unwrap().is_empty(), "nobody was told");
    assert!(fake.recording().is_empty(), "something was asked all the same");
    hosted.is_over(false);
    for it in house.containments().await {
        let id = it["id"].as_str().unwrap();
        let (status, said) = house.act(&format!("/v1/containments/{id}/resume"), json!({})).await;
        assert!(status < 300, "{status} {said}");
    }
    all_are(&house, "contained").await;
    assert_eq!(fake.writes().len(), 2);
}
