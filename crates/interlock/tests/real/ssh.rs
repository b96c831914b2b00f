//! Doors that are really OpenSSH's: a person whose certificates are revoked, a key that is, and a house that
//! is killed while it writes the list which everybody who comes in depends on.

use crate::house::{Folder, Made};
use crate::killed::{Asked, Killed, contained, entry, jobs, joined, joined_playbook, targets};
use crate::server::{must, program};
use crate::sshd::Sshd;
use crate::watched::Watched;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn connector(list: &Path, authority: &Path) -> String {
    format!(
        r#"
[[connector]]
id = "hosts"
kind = "ssh"
revoked_keys = "{}"
authorities = ["{}"]
settle = "0s"
calls_per_second = 1000
enforce = ["disable_identity", "disable_credential"]
"#,
        list.display(),
        authority.display()
    )
}

fn folder(connector: &str, identities: &[(String, String)]) -> Folder {
    Folder::of(Made {
        connector,
        identities,
        playbook: &joined_playbook("disable_identity"),
        secrets: Vec::new(),
    })
}

/// What OpenSSH's own tool finds in the list.
fn listed(list: &Path) -> String {
    must(Command::new("/usr/bin/ssh-keygen").args(["-Q", "-l", "-f"]).arg(list), "")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_itself_power_comes_in_by_no_door_until_it_is_undone() {
    let Some(sshd) = Sshd::start().await else { return };
    for (name, serial) in [("svc", 1001), ("ann", 1002)] {
        sshd.key(name);
        sshd.sign(name, serial);
        assert!(sshd.opens(name), "{name}: {}", sshd.log());
    }
    let key = sshd.key("robot");
    sshd.authorize("robot");
    assert!(sshd.opens("robot"), "{}", sshd.log());
    let before = std::fs::read(sshd.at("krl")).unwrap();
    let connector = connector(&sshd.at("krl"), &sshd.at("ca.pub"));
    let people = [("svc".to_owned(), format!("ldap:{}', 'ssh:hosts/svc", entry("svc")))];
    let folder = folder(&connector, &people);
    let credential = format!("ssh:access-key:{key}");
    folder.declare_credentials(&people, |_| credential.clone());
    let (tested, text) = folder.run(&["connector", "test"]);
    assert!(tested && text.contains("ok       file:WriteRevokedKeys"), "{text}");
    assert_eq!(std::fs::read(sshd.at("krl")).unwrap(), before, "a test writes nothing");
    let mut session = sshd.session("svc");
    let house = folder.serve();

    // A finding: every certificate of the person.
    assert!(house.post(&[joined(&entry("svc"), 1)]).await);
    house
        .until("it is contained", async || {
            house.containments().await.first().is_some_and(contained)
        })
        .await;
    assert!(!sshd.opens("svc") && sshd.opens("ann"), "{}", sshd.log());
    assert!(session.lives(), "an open session goes on, as is said");
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let one = house.get(&format!("/v1/containments/{id}")).await.to_string();
    assert!(one.contains("sessions that are open"), "{one}");
    assert!(one.contains("\"applied\""), "what is listed is not what was tried: {one}");
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert!(sshd.opens("svc"), "{}", sshd.log());
    assert_eq!(std::fs::read(sshd.at("krl")).unwrap(), before, "byte for byte");

    // A person asks: one key.
    let body =
        json!({"intent": "disable_credential", "credential": credential, "why": "it is stolen"});
    let (status, said) = house.act("/v1/identities/idn_svc/contain", body).await;
    assert!((200..300).contains(&status), "{status} {said}");
    house.until("the key is refused", async || !sshd.opens("robot")).await;
    assert!(sshd.opens("svc") && sshd.opens("ann"), "{}", sshd.log());
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_is_killed_while_it_writes_leaves_a_whole_list() {
    // The list is all that a server would see of it.
    if program("INTERLOCK_TEST_SSHD").is_none() {
        return;
    }
    let at = tempfile::tempdir().unwrap();
    let (list, authority) = (at.path().join("krl"), at.path().join("ca"));
    let mut keygen = Command::new("/usr/bin/ssh-keygen");
    must(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&authority), "");
    let authority = authority.with_extension("pub");
    let spec = at.path().join("spec");
    std::fs::write(&spec, "id: somebody else\n").unwrap();
    let mut keygen = Command::new("/usr/bin/ssh-keygen");
    must(keygen.args(["-q", "-k", "-f"]).arg(&list).arg("-s").arg(&authority).arg(&spec), "");
    let people = jobs(targets(), |it| format!("ssh:hosts/{it}"));
    let folder = folder(&connector(&list, &authority), &people);
    let record = |it| Asked::Record(joined(&entry(&format!("job-{it}")), it));
    let killed = Killed {
        server: "OpenSSH",
        verbs: "disable_identity",
        counted: "versions of the list, seen by who looks twice a millisecond",
        folder: &folder,
        asked: (0..targets()).map(record).collect(),
        rests: contained,
    };
    let all = people.iter().map(|it| it.0.clone());
    let watched = Watched::file(list.clone(), all.clone().collect(), has);
    let rest = killed.to_rest().await;
    let said = listed(&list);
    let names: Vec<&str> = said.lines().filter_map(|it| it.strip_prefix("id: ")).collect();
    assert_eq!(names.len(), targets() + 1, "{said}");
    for name in people.iter().map(|it| it.0.as_str()).chain(["somebody else"]) {
        assert_eq!(names.iter().filter(|it| **it == name).count(), 1, "{name}: {said}");
    }
    rest.each_once(&watched.came(all));
}

/// Whether a list of revoked keys has this key id: a text stands in it behind its length.
fn has(list: &[u8], name: &str) -> bool {
    let length = u32::try_from(name.len()).unwrap().to_be_bytes();
    let entry = [&length, name.as_bytes()].concat();
    list.windows(entry.len()).any(|it| it == entry)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_shut_out_refused_at_the_door_and_let_in_again() {
    let Some(sshd) = Sshd::start().await else { return };
    sshd.key("canary");
    sshd.sign("canary", 9);
    let read = |name: &str| std::fs::read_to_string(sshd.at(name)).unwrap();
    let secret = read("canary") + &read("canary-cert.pub");
    let secret = BASE64_STANDARD.encode(secret);
    crate::program::write_secret(sshd.at("secret"), &secret);
    std::fs::set_permissions(sshd.at("secret"), PermissionsExt::from_mode(0o600)).unwrap();
    let host = read("host.pub");
    let host: Vec<&str> = host.split_whitespace().take(2).collect();
    let known = format!("[127.0.0.1]:{} {}\n", sshd.port(), host.join(" "));
    std::fs::write(sshd.at("known_hosts"), known).unwrap();
    let before = std::fs::read(sshd.at("krl")).unwrap();
    let door = format!(
        r#"
[connector.door]
host = "127.0.0.1"
port = {}
user = "{}"
known_hosts = "{}"
[[drill]]
id = "ssh"
connector = "hosts"
principal = "ssh:hosts/canary"
verb = "disable_identity"
secret = {{ from = "file", path = "{}" }}
"#,
        sshd.port(),
        sshd.user(),
        sshd.at("known_hosts").display(),
        sshd.at("secret").display(),
    );
    let connector = connector(&sshd.at("krl"), &sshd.at("ca.pub")) + &door;
    let folder = folder(&connector, &[("canary".to_owned(), "ssh:hosts/canary".to_owned())]);
    folder.declare(
        "identities:\n  - id: idn_canary\n    name: canary\n    kind: pipeline\n    owner: own_platform\n    environment: development\n    principals: ['ssh:hosts/canary']\n    for_drills: true\nteams:\n  - id: own_platform\n    name: Platform\n    contact: '#platform'\n    approvers: [admin]\n",
    );
    let house = folder.serve();
    // The first run begins by itself.
    house
        .until("the first drill is over", async || {
            house.get("/v1/drills").await[0]["history"][0]["ended"].is_string()
        })
        .await;
    let (done, text) = folder.run(&["drill", "run", "ssh", "--server", house.address()]);
    assert!(done && text.contains("proven, refused after"), "{text}");
    assert_eq!(std::fs::read(sshd.at("krl")).unwrap(), before, "byte for byte");
    assert!(sshd.opens("canary"), "{}", sshd.log());
    drop(house);
    for it in ["PRIVATE KEY", &secret] {
        assert!(!folder.holds(it), "the canary's key is in a file of the house");
    }
}
