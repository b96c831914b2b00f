//! An organisation on an emulator of GitHub that nobody here wrote: its audit log says what a member
//! did, the member is taken out, and comes back into role and team.

use crate::account::now;
use crate::emulate::{Emulate, GUEST, ROOT, SVC};
use crate::house::{Folder, Made};
use serde_json::json;

const PLAYBOOK: &str = "
name: code-opened
description: whoever opens a private repository to everybody is taken out of the organisation
when:
  rules: [506046f9-f98d-466d-ac1f-753c58095117]
tiers:
  disable:
    confidence: 0.1
    do: [disable_identity]
    consent: {production: automatic, staging: automatic, development: automatic}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_opens_a_private_repository_is_taken_out_and_let_in_again() {
    let Some(server) = Emulate::start().await else { return };
    let connector = format!(
        r#"
[[connector]]
id = "github"
kind = "github"
endpoint = "{}"
organization = "acme"
repositories = ["pay"]
token = {{ from = "env", name = "HOUSE_TOKEN" }}
settle = "2s"
enforce = ["disable_identity"]
"#,
        server.endpoint()
    );
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &[("svc".to_owned(), "github:svc".to_owned())],
        playbook: PLAYBOOK,
        secrets: vec![("HOUSE_TOKEN", ROOT.to_owned())],
    });
    let house = folder.serve();
    assert_eq!((server.private(SVC), server.private(GUEST)), (200, 200));
    let time = now().as_millisecond();
    let record = json!({
        "@timestamp": time, "_document_id": "opened-by-svc", "action": "repo.access",
        "actor": "svc", "actor_id": 4711, "actor_is_bot": false, "actor_ip": "203.0.113.24",
        "created_at": time, "operation_type": "modify", "org": "acme", "org_id": 99,
        "user_agent": "Mozilla/5.0", "visibility": "public", "previous_visibility": "private",
        "repo": "acme/pay", "repo_id": 5,
    });
    assert!(house.post(&[record]).await);
    house.until("the member is refused", async || server.private(SVC) == 403).await;
    assert_eq!(server.private(GUEST), 200, "nobody else is touched");
    // The house holds no token of the member, so that more than this is not known.
    house.until("it is applied", async || house.first().await["grade"] == "applied").await;
    let id = house.first().await["id"].as_str().unwrap().to_owned();
    let (undone, text) = folder.run(&["undo", &id, "--accept-re-arm", "--server", house.address()]);
    assert!(undone, "{text}");
    house.until("it is undone", async || house.first().await["phase"] == "undone").await;
    assert_eq!(server.private(SVC), 200);
    let team = server.ask(ROOT, "GET", "orgs/acme/teams/payments/memberships/svc", "").1;
    assert!(team.contains(r#""role":"member""#), "{team}");
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
    assert!(!folder.holds(ROOT), "the token is in a file of the house");
}
