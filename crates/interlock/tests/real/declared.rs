//! A system that no connector knows, contained by verbs that the configuration declares: by a program, and
//! by a service.

use crate::account::now;
use crate::badges::{Badges, SECRET};
use crate::house::{Folder, Made};
use serde_json::json;
use std::path::Path;

/// `svc:pw1` and `ann:pw2`.
const SVC: &str = "c3ZjOnB3MQ==";
const ANN: &str = "YW5uOnB3Mg==";

const PLAYBOOK: &str = "
name: joined-by-oneself
description: whoever gives itself a group of the directory loses its badge
when:
  rules: [eb902225-1ebd-4735-a70a-1be4da7208bb]
tiers:
  disable:
    confidence: 0.1
    do: [disable_identity]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// A finding about whoever has the badge, its lock, the way back, and what is left of it all.
async fn contained(
    service: &Badges,
    connector: &str,
    grade: &str,
    secrets: &[(&'static str, &str)],
) {
    let entry = "uid=svc,ou=services,dc=example,dc=com";
    let folder = Folder::of(Made {
        connector,
        identities: &[("svc".to_owned(), format!("ldap:{entry}', 'badges:svc"))],
        playbook: PLAYBOOK,
        secrets: secrets.iter().map(|it| (it.0, it.1.to_owned())).collect(),
    });
    let (tested, text) = folder.run(&["connector", "test"]);
    assert!(tested, "{text}");
    let (listed, text) = folder.run(&["connector", "list"]);
    assert!(listed && text.contains("lock_badge"), "{text}");
    assert!(service.opens(SVC) && service.opens(ANN));
    let before = service.text();
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
    house.until("the door is shut", async || !service.opens(SVC)).await;
    house.until(grade, async || house.first().await["grade"] == grade).await;
    assert!(service.opens(ANN));
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert_eq!(service.text(), before, "as before");
    assert!(service.opens(SVC), "it works again");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    for (_, secret) in secrets {
        assert!(!folder.holds(secret), "a secret is in a file of the house");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_the_operator_is_what_the_house_acts_by() {
    let Some(service) = Badges::start().await else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .with_file_name("interlock-connect")
        .join("tests/it/badges.sh");
    let (script, file) = (script.display(), service.file());
    let (file, door) = (file.display(), service.url());
    let call = |it: &str| format!("{it} = [\"{script}\", \"{file}\", \"{it}\"]\n");
    let calls: String = ["read", "write", "verify", "undo", "probe"].map(call).concat();
    let connector = format!(
        r#"
[[connector]]
id = "door"
kind = "command"
provider = "badges"
enforce = ["disable_identity"]
[[connector.verb]]
name = "lock_badge"
does = "disable_identity"
summary = "locks a badge"
{calls}
stops = {{ new = true, refresh = true, live = true }}
leaves = ""
settle = "1s"
env = [
  {{ name = "BADGE", value = {{ from = "env", name = "HOUSE_BADGE" }} }},
  {{ name = "DOOR", value = {{ from = "env", name = "HOUSE_DOOR" }} }},
]
"#
    );
    let door = door.replace("/interlock", "/");
    // Only the badge is a secret: the address of the door stands in no file either way.
    contained(&service, &connector, "effective", &[("HOUSE_BADGE", SVC), ("HOUSE_DOOR", &door)])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_the_operator_is_what_the_house_acts_by() {
    let Some(service) = Badges::start().await else { return };
    let url = service.url();
    let connector = format!(
        r#"
[[connector]]
id = "door"
kind = "webhook"
provider = "badges"
enforce = ["disable_identity"]
url = "{url}"
secret = {{ from = "env", name = "HOUSE_SECRET" }}
[[connector.verb]]
name = "lock_badge"
does = "disable_identity"
summary = "locks a badge"
undo = true
stops = {{ new = true, refresh = true, live = true }}
leaves = ""
settle = "1s"
"#
    );
    contained(&service, &connector, "applied", &[("HOUSE_SECRET", SECRET)]).await;
}
