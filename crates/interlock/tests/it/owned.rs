//! Who owned it then: the directory in Git changes between two starts of the house.

use crate::served::{Folder, Served, read};
use serde_json::Value;

/// A call of a user that nobody declared, in the account of a team.
const CALL: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000001","arn":"arn:aws:iam::111122223333:user/reports","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE000000001","userName":"reports"},"eventTime":"2026-03-10T08:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.15","requestParameters":null,"responseElements":null,"eventID":"00000000-0000-4000-8000-000000000201","eventType":"AwsApiCall","recipientAccountId":"111122223333"}"#;

fn now() -> String {
    #[expect(clippy::disallowed_methods, reason = "the test asks for this very moment")]
    jiff::Timestamp::now().to_string()
}

/// Who answered for it then, by the command and by the API, which must agree.
async fn owner(folder: &Folder, house: &Served, whose: &str, at: &str) -> String {
    let asked = ["identity", "history", whose, "--at", at, "--server", &house.address, "--json"];
    let ran = folder.run_as("rita", &asked);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said: Vec<Value> = ran.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let path = format!("/v1/identities/{whose}/history?at={at}");
    let (status, answer) = house.get("rita", &path).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer, Value::Array(said.clone()));
    let owner = |it: &Value| {
        let owner = it["owner"].as_str().unwrap_or("nobody");
        format!(
            "{owner} ({}), {}",
            it["ownership"].as_str().unwrap(),
            it["environment"].as_str().unwrap()
        )
    };
    said.iter().map(owner).collect::<Vec<_>>().join(" then ")
}

/// Somebody else acts: what changed in Git is written down with the first that happens.
async fn goes_on(house: &Served, number: u32) {
    let other = CALL.replace("000000000201", &format!("{number:012}"));
    assert_eq!(house.events(other, &[]).await.0, 202);
}

async fn known(house: &Served, whose: &str, owner: &str) {
    let path = format!("/v1/identities/{whose}/history");
    house
        .until("the change is kept", async || {
            let (_, answer) = house.get("rita", &path).await;
            let last = answer.as_array().and_then(|it| it.last()).cloned().unwrap_or_default();
            last["owner"].as_str().unwrap_or("nobody") == owner
        })
        .await;
}

#[tokio::test]
async fn who_owned_it_then_is_answered_after_the_directory_changed() {
    let folder = Folder::new();
    let file = folder.path().join("content/directory/directory.yaml");
    let before = read(&file)
        + "  - { id: own_data, name: Data, contact: '#data', approvers: [bob] }
environments:
  - { environment: staging, accounts: [{ id: '111122223333', owner: own_data }] }
";
    std::fs::write(&file, &before).unwrap();
    let house = folder.serve();
    let (status, _) = house.events(CALL, &[]).await;
    assert_eq!(status, 202);
    known(&house, "idn_shop", "own_platform").await;
    let (_, found) = house.get("rita", "/v1/identities").await;
    let reports = found["items"].as_array().unwrap().iter().find(|it| it["name"] == "reports");
    let reports = reports.unwrap_or_else(|| panic!("{found}"))["id"].as_str().unwrap().to_owned();
    known(&house, &reports, "own_data").await;
    let march = now();
    assert_eq!(house.terminate(), Some(0));
    // A pull request moves the shop to another team, and the account to nobody.
    let after = before
        .replace("owner: own_platform", "owner: own_data")
        .replace("environment: staging", "environment: production")
        .replace(", owner: own_data }]", " }]");
    assert_ne!(before, after);
    std::fs::write(&file, &after).unwrap();
    let house = folder.serve();
    goes_on(&house, 202).await;
    known(&house, "idn_shop", "own_data").await;
    known(&house, &reports, "nobody").await;
    let april = now();
    let data = "own_data (declared), production";
    assert_eq!(
        owner(&folder, &house, "idn_shop", &march).await,
        "own_platform (declared), production"
    );
    assert_eq!(owner(&folder, &house, "idn_shop", &april).await, data);
    assert_eq!(owner(&folder, &house, &reports, &march).await, "own_data (inferred), staging");
    assert_eq!(owner(&folder, &house, &reports, &april).await, "nobody (unowned), production");
    assert_eq!(owner(&folder, &house, "idn_shop", "2020-03").await, "");
    let day = march.split('T').next().unwrap();
    let both = owner(&folder, &house, "idn_shop", day).await;
    assert!(both.ends_with(data), "{both}");
    assert_eq!(house.get("rita", "/v1/identities/idn_never/history").await.0, 404);
    let (status, problem) = house.get("rita", "/v1/identities/idn_shop/history?at=march").await;
    assert_eq!(status, 400, "{problem}");
    assert!(problem["message"].as_str().unwrap().contains("such as `2026-03`"), "{problem}");
    let ran = folder.run(&["identity", "history", "idn_shop", "--at", "march"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn whoever_only_loses_an_inferred_owner_is_written_down() {
    let folder = Folder::new();
    let file = folder.path().join("content/directory/directory.yaml");
    let before = read(&file)
        + "  - { id: own_data, name: Data, contact: '#data', approvers: [bob] }
environments:
  - { environment: staging, accounts: [{ id: '111122223333', owner: own_data }] }
";
    std::fs::write(&file, &before).unwrap();
    let house = folder.serve();
    assert_eq!(house.events(CALL, &[]).await.0, 202);
    known(&house, "idn_shop", "own_platform").await;
    let (_, found) = house.get("rita", "/v1/identities").await;
    let reports = found["items"].as_array().unwrap().iter().find(|it| it["name"] == "reports");
    let reports = reports.unwrap_or_else(|| panic!("{found}"))["id"].as_str().unwrap().to_owned();
    known(&house, &reports, "own_data").await;
    let march = now();
    assert_eq!(house.terminate(), Some(0));
    // Nothing else about it changes.
    std::fs::write(&file, before.replace(", owner: own_data }]", " }]")).unwrap();
    let house = folder.serve();
    goes_on(&house, 203).await;
    known(&house, &reports, "nobody").await;
    let april = now();
    assert_eq!(owner(&folder, &house, &reports, &march).await, "own_data (inferred), staging");
    assert_eq!(owner(&folder, &house, &reports, &april).await, "nobody (unowned), staging");
}
