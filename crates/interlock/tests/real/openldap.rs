//! A directory that is really OpenLDAP: an account gives itself power, is locked, and is let in again.

use crate::house::{Folder, Made};
use crate::killed::{joined, joined_playbook};
use crate::slapd::{BASE, OWN, OWN_PASSWORD, PASSWORD, Rules, SVC, Slapd};

/// A configuration that knows these accounts of the directory, and acts at once.
pub fn folder(slapd: &Slapd, accounts: &[(String, String)]) -> Folder {
    folder_at(slapd, &slapd.config().ldap.url, accounts)
}

/// The same, where the directory is reached at this address.
pub fn folder_at(slapd: &Slapd, url: &str, accounts: &[(String, String)]) -> Folder {
    let ca = slapd.authority();
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
    let folder = Folder::of(Made {
        connector: &connector,
        identities: accounts,
        playbook: &joined_playbook("disable_identity"),
        secrets: vec![("HOUSE_PASSWORD", OWN_PASSWORD.to_owned())],
    });
    // Permissions are tried after a look, by changes that are not made: here they would be counted.
    folder.set("# discover_every = \"6h\"", "discover_every = \"0s\"");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_gives_itself_a_group_is_locked_proven_and_let_in_again() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let before = slapd.dump();
    let folder = folder(&slapd, &[("svc".to_owned(), format!("ldap:{SVC}"))]);
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
        .until("it is proven by a bind", async || house.first().await["grade"] == "effective")
        .await;
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let one = house.get(&format!("/v1/containments/{id}")).await.to_string();
    assert!(one.contains("bound already"), "what stays alive is said: {one}");
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
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
