//! A domain that is really Active Directory's, as Samba has it: an account gives power away, is
//! disabled by the domain's own record of that, and is let in again.

use crate::account::now;
use crate::house::{Folder, Made};
use crate::samba::{BASE, OWN_PASSWORD, PASSWORD, Rights, SVC, Samba};
use serde_json::{Value, json};

const PLAYBOOK: &str = "
name: power-given-away
description: whoever makes somebody an administrator is disabled
when:
  rules: [edfb6e83-b531-4ad8-9879-147d0ad83440]
tiers:
  disable:
    confidence: 0.1
    do: [disable_identity]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// A configuration that knows these accounts of the domain, and acts at once.
pub fn folder(samba: &Samba, accounts: &[(String, String)], follow: bool) -> Folder {
    let (url, ca) = (samba.url(), samba.authority());
    let mut connector = format!(
        r#"
[[connector]]
id = "ad-test"
kind = "active_directory"
url = "{url}"
ca = "{ca}"
user = 'CORP\interlock'
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
base = "{BASE}"
settle = "2s"
enforce = ["disable_identity"]
"#
    );
    if follow {
        connector.push_str(&format!(
            "[[feed]]\nid = \"groups\"\nkind = \"file\"\npath = \"{}\"\n",
            samba.group_log().display()
        ));
    }
    let identities: Vec<_> =
        accounts.iter().map(|(name, sid)| (name.clone(), format!("ad:{sid}"))).collect();
    Folder::of(Made {
        connector: &connector,
        identities: &identities,
        playbook: PLAYBOOK,
        secrets: vec![("HOUSE_PASSWORD", OWN_PASSWORD.to_owned())],
    })
}

/// What the domain records when an account makes somebody an administrator.
pub fn given(sid: &str, number: usize) -> Value {
    json!({
        "timestamp": now().strftime("%Y-%m-%dT%H:%M:%S.000000+0000").to_string(),
        "type": "groupChange",
        "groupChange": {
            "version": {"major": 1, "minor": 1},
            "eventId": 4728,
            "statusCode": 0,
            "status": "Success",
            "action": "Added",
            "remoteAddress": "ipv4:198.51.100.7:49152",
            "userSid": sid,
            "group": format!("CN=Domain Admins,CN=Users,{BASE}"),
            "transactionId": format!("00000000-0000-4000-9000-{number:012}"),
            "sessionId": format!("00000000-0000-4000-8000-{number:012}"),
            "user": format!("CN=mallory,CN=Users,{BASE}"),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_gives_power_away_is_disabled_by_the_domains_own_record_and_let_in_again() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let folder = folder(&samba, &[("svc".to_owned(), samba.sid(SVC))], true);
    let (tested, text) = folder.run(&["connector", "test"]);
    assert!(tested && text.contains("ok       write:userAccountControl"), "{text}");
    let house = folder.serve();
    assert!(samba.kinit("svc").0 && samba.kvno("svc").0, "the thief gets in");
    let group = format!("CN=Account Operators,CN=Builtin,{BASE}");
    let add = format!("dn: {group}\nchangetype: modify\nadd: member\nmember: {SVC}\n");
    assert!(samba.changes_by("svc", &add), "the thief makes itself an operator");
    let before = samba.dump(SVC);
    house.until("it is refused", async || samba.refused("svc").as_deref() == Some("533")).await;
    let (granted, said) = samba.kinit("svc");
    assert!(!granted && said.contains("have been revoked"), "{said}");
    assert!(!samba.kvno("svc").0, "the ticket from before is worth nothing");
    house.until("it is contained", async || house.first().await["phase"] == "contained").await;
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let one = house.get(&format!("/v1/containments/{id}")).await.to_string();
    assert!(one.contains("service tickets until they end"), "what stays alive is said: {one}");
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert!(samba.refused("svc").is_none() && samba.kinit("svc").0, "it works again");
    assert_eq!(samba.dump(SVC), before, "as before");
    assert_eq!(samba.changes(SVC, "userAccountControl"), 2, "one write to contain, one to undo");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    for secret in [OWN_PASSWORD, PASSWORD] {
        assert!(!folder.holds(secret), "a password is in a file of the house");
    }
}
