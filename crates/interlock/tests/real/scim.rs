//! An application that is really SCIM: a finding elsewhere closes the way into it.

use crate::house::{Folder, Made};
use crate::killed::{entry, joined, joined_playbook};
use crate::scim_server::{ANN, SVC, Service, TOKEN};

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_in_the_directory_makes_the_user_of_the_application_inactive() {
    let Some(service) = Service::start().await else { return };
    let endpoint = service.endpoint();
    let connector = format!(
        r#"
[[connector]]
id = "app"
kind = "scim"
endpoint = "{endpoint}"
token = {{ from = "env", name = "HOUSE_TOKEN" }}
dialect = "entra"
privileged_groups = ["admins"]
settle = "2s"
enforce = ["disable_identity"]
"#
    );
    let entry = entry("svc");
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &[("svc".to_owned(), format!("ldap:{entry}', 'scim:app/{SVC}"))],
        playbook: &joined_playbook("disable_identity"),
        secrets: vec![("HOUSE_TOKEN", TOKEN.to_owned())],
    });
    let (tested, text) = folder.run(&["connector", "test"]);
    assert!(tested, "{text}");
    let before = service.user(SVC);
    let house = folder.serve();
    assert!(house.post(&[joined(&entry, 1)]).await);
    house.until("it is inactive", async || service.user(SVC)["active"] == false).await;
    house.until("it is applied", async || house.first().await["grade"] == "applied").await;
    assert_eq!(service.user(ANN)["active"], true);
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert_eq!(service.user(SVC), before, "as before");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    assert!(!folder.holds(TOKEN), "the token is in a file of the house");
}
