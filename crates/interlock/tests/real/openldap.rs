//! A directory that is really OpenLDAP: an account gives itself power, is locked, and is let in again.

use crate::account::now;
use crate::house::{Folder, Made};
use crate::slapd::{BASE, OWN, OWN_PASSWORD, PASSWORD, Rules, SVC, Slapd};
use serde_json::{Value, json};
use std::time::Duration;

/// How often the house is killed.
const KILLS: usize = 40;
/// Accounts that are contained along the way.
const ACCOUNTS: usize = 20;

const PLAYBOOK: &str = "
name: joined-by-oneself
description: whoever gives itself a group is locked
when:
  rules: [eb902225-1ebd-4735-a70a-1be4da7208bb]
tiers:
  disable:
    confidence: 0.1
    do: [disable_identity]
    consent: {production: automatic, staging: automatic, development: automatic}
";

fn folder(slapd: &Slapd, accounts: &[(String, String)]) -> Folder {
    let (url, ca) = (slapd.config().ldap.url, slapd.authority());
    let connector = format!(
        r#"
[[connector]]
id = "ldap-test"
kind = "openldap"
url = "{url}"
ca = "{ca}"
bind_dn = "{OWN}"
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
base = "{BASE}"
settle = "2s"
enforce = ["disable_identity"]
"#
    );
    let identities: Vec<_> =
        accounts.iter().map(|(name, dn)| (name.clone(), format!("ldap:{dn}"))).collect();
    Folder::of(Made {
        connector: &connector,
        identities: &identities,
        playbook: PLAYBOOK,
        secrets: vec![("HOUSE_PASSWORD", OWN_PASSWORD.to_owned())],
    })
}

/// What the overlay records when an account adds itself to a group.
fn joined(dn: &str, number: usize) -> Value {
    let now = now().strftime("%Y%m%d%H%M%S").to_string();
    json!({
        "reqStart": format!("{now}.{number:06}Z"),
        "reqType": "modify",
        "reqSession": number.to_string(),
        "reqAuthzID": dn,
        "reqDN": format!("cn=operators,ou=groups,{BASE}"),
        "reqResult": "0",
        "reqMod": [format!("member:+ {dn}")],
        "entryUUID": format!("00000000-0000-4000-9000-{number:012}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_gives_itself_a_group_is_locked_proven_and_let_in_again() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let before = slapd.dump();
    let folder = folder(&slapd, &[("svc".to_owned(), SVC.to_owned())]);
    let (tested, text) = folder.run(&["connector", "test"]);
    // The quarantine is not configured, so whether its group may be written is not known.
    assert!(!tested && text.contains("ok       write:pwdAccountLockedTime"), "{text}");
    // Trying a change without making it is a change that arrives, too.
    let tried = slapd.changes(SVC);
    let house = folder.serve();
    assert!(slapd.binds(SVC), "the thief gets in");
    assert!(house.post(&[joined(SVC, 1)]).await);
    house.until("it is refused", async || !slapd.binds(SVC)).await;
    house
        .until("it is proven by a bind", async || {
            house.containments().await[0]["grade"] == "effective"
        })
        .await;
    let id = house.containments().await[0]["id"].as_str().unwrap().to_owned();
    let one = house.get(&format!("/v1/containments/{id}")).await.to_string();
    assert!(one.contains("bound already"), "what stays alive is said: {one}");
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.containments().await[0]["phase"] == "undone").await;
    assert!(slapd.binds(SVC), "it works again");
    assert_eq!(slapd.dump(), before, "as before");
    assert_eq!(slapd.changes(SVC), tried + 2, "one write to contain, one to undo");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    for secret in [OWN_PASSWORD, PASSWORD] {
        assert!(!folder.holds(secret), "a password is in a file of the house");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_while_it_locks() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let accounts: Vec<(String, String)> = (0..ACCOUNTS)
        .map(|it| (format!("job-{it}"), format!("uid=job-{it},ou=services,{BASE}")))
        .collect();
    for (name, dn) in &accounts {
        slapd.admin("ldapadd", &format!("dn: {dn}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: {name}\nuserPassword: {PASSWORD}\n"));
    }
    let folder = folder(&slapd, &accounts);
    let records: Vec<Value> =
        accounts.iter().enumerate().map(|(number, (_, dn))| joined(dn, number)).collect();
    let mut acknowledged = [false; ACCOUNTS];
    let mut random = u64::from(std::process::id()) << 20 | 1;
    println!("seed {random}");
    for kill in 0..KILLS {
        let house = folder.serve();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let post = async {
            for (record, done) in
                records.iter().zip(&mut acknowledged).take(kill * ACCOUNTS / KILLS + 1)
            {
                if !*done {
                    *done = house.post(std::slice::from_ref(record)).await;
                }
            }
            std::future::pending::<()>().await;
        };
        let _ = tokio::time::timeout(Duration::from_millis(random % 150), post).await;
        house.kill();
    }
    let house = folder.serve();
    for (record, _) in records.iter().zip(acknowledged).filter(|(_, done)| !done) {
        assert!(house.post(std::slice::from_ref(record)).await);
    }
    house
        .until("all rest", async || {
            let all = house.containments().await;
            all.len() == ACCOUNTS && all.iter().all(|it| it["phase"] == "contained")
        })
        .await;
    for (_, dn) in &accounts {
        assert!(!slapd.binds(dn), "{dn} gets in");
        assert_eq!(slapd.changes(dn), 1, "{dn}: a write was lost or repeated");
    }
    println!("{ACCOUNTS} accounts, {KILLS} kills: {ACCOUNTS} writes arrived");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}
