//! Who may say yes and who may take back, at every door of the real program.

use crate::served::{Folder, Served};
use serde_json::{Value, json};

/// The account of whoever runs the tests.
fn account() -> String {
    let name = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    String::from_utf8(name).unwrap().trim().to_owned()
}

/// A containment that the security team ordered, done by its yes: its path.
async fn ordered(house: &Served, by: &str) -> String {
    let ask = json!({"intent": "block_principal", "why": "seen on a forum"});
    let (status, answer) = house.post(by, "/v1/identities/shop/contain", ask).await;
    assert_eq!(status, 202, "{answer}");
    let id = answer["containment"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let path = format!("/v1/containments/{id}");
    house
        .until("it is planned", async || house.get("rita", &path).await.1["plan"].is_string())
        .await;
    path
}

async fn effective(house: &Served, path: &str) {
    house
        .until("it is effective", async || house.get("rita", path).await.1["grade"] == "effective")
        .await;
}

#[tokio::test]
async fn nobody_decides_on_their_own_account_at_any_door() {
    let folder = Folder::new();
    folder.add(&format!(
        "\n[[person]]\nname = \"Ali\"\ntokens = [\"alice\", \"both\"]\naccounts = [\"{}\"]\nidentities = [\"idn_shop\"]\n",
        account()
    ));
    let house = folder.serve();
    let path = ordered(&house, "sue").await;
    let shown = house.get("rita", &path).await.1;
    // Both approvers of the owner are the same person, and the identity itself.
    assert_eq!(shown["waits_for"], json!(["security"]), "{shown}");
    let plan = json!({"plan": shown["plan"]});
    let own = async |name: &str, path: String, body: &Value| {
        let (status, problem) = house.post(name, &path, body.clone()).await;
        assert_eq!((status, &problem["code"]), (403, &json!("IL0220")), "{name} {path}: {problem}");
        let text = problem["message"].as_str().unwrap();
        assert!(text.contains("`shop`") && text.contains("security team may"), "{text}");
    };
    for verb in ["approve", "reject"] {
        own("both", format!("{path}/{verb}"), &plan).await;
        own("alice", format!("{path}/{verb}"), &plan).await;
    }
    assert_eq!(house.get("rita", &path).await.1["phase"], "running", "nothing was written");
    let (status, answer) = house.post("sue", &format!("{path}/approve"), plan).await;
    assert_eq!(status, 200, "{answer}");
    effective(&house, &path).await;
    for verb in ["undo", "resume"] {
        own("both", format!("{path}/{verb}"), &json!({"accept_re_arm": true})).await;
    }
    let case =
        house.get("rita", "/v1/cases").await.1["items"][0]["id"].as_str().unwrap().to_owned();
    own("both", format!("/v1/cases/{case}/close"), &json!({"why": "it was I"})).await;
    let id = path.rsplit('/').next().unwrap();
    let undo = ["undo", id, "--accept-re-arm", "--server", &house.address];
    let ran = folder.run_as("both", &undo);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("IL0220"), "{ran:?}");
    let (_, audit) = house.get("rita", "/v1/audit?limit=1000").await;
    let refused =
        audit["items"].as_array().unwrap().iter().filter(|it| it["what"] == "wish.refused");
    assert_eq!(refused.count(), 8, "who tried stands in the chain");
    assert_eq!(house.terminate(), Some(0));

    // With the house open on this machine the account counts, whatever the variables say.
    for arguments in
        [&["undo", id, "--accept-re-arm"][..], &["case", "close", &case, "--why", "it was I"]]
    {
        let ran = folder.run_as("sue", arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains("nobody decides on their own account"), "{ran:?}");
    }
}

#[tokio::test]
async fn an_owner_does_not_take_back_what_security_ordered() {
    let folder = Folder::new();
    let house = folder.serve();
    let path = ordered(&house, "sue").await;
    let plan = json!({"plan": house.get("rita", &path).await.1["plan"]});
    let low = async |name: &str, verb: &str, body: &Value| {
        let (status, problem) = house.post(name, &format!("{path}/{verb}"), body.clone()).await;
        assert_eq!((status, &problem["code"]), (403, &json!("IL0202")), "{name} {verb}: {problem}");
        assert!(problem["help"].as_str().unwrap().contains("`security`"), "{problem}");
    };
    low("alice", "reject", &plan).await;
    let (status, answer) = house.post("sue", &format!("{path}/approve"), plan).await;
    assert_eq!(status, 200, "{answer}");
    effective(&house, &path).await;
    let undo = json!({"accept_re_arm": true});
    low("alice", "undo", &undo).await;
    assert_eq!(house.get("rita", &path).await.1["phase"], "contained", "it stands");
    let (status, answer) = house.post("sue", &format!("{path}/undo"), undo).await;
    assert_eq!(status, 202, "{answer}");
}

#[tokio::test]
async fn two_tokens_of_one_person_are_not_two_people() {
    let folder = Folder::new();
    folder.add("\n[[person]]\nname = \"Ali\"\ntokens = [\"alice\", \"sue\"]\n");
    let playbooks = folder.path().join("content/playbooks");
    for entry in std::fs::read_dir(&playbooks).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(playbooks.join("both.yaml"), crate::serve::BOTH).unwrap();
    let house = folder.serve();
    let alert = json!({"id": "a-1", "title": "stolen", "severity": "high", "confidence": 0.9, "time": "2026-03-02T10:00:00Z", "principal": "broker:shop"});
    assert_eq!(house.post("carl", "/v1/alerts", alert).await.0, 202);
    let first = async || house.get("rita", "/v1/containments").await.1["items"][0].clone();
    house.until("it is planned", async || first().await["plan"].is_string()).await;
    let shown = first().await;
    let approve = format!("/v1/containments/{}/approve", shown["id"].as_str().unwrap());
    let plan = json!({"plan": shown["plan"]});
    let (status, answered) = house.post("alice", &approve, plan.clone()).await;
    assert_eq!((status, &answered["waits_for"]), (200, &json!(["security"])), "{answered}");
    let (status, problem) = house.post("sue", &approve, plan.clone()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("IL0213")), "{problem}");
    let (status, answered) = house.post("both", &approve, plan).await;
    assert_eq!((status, &answered["waits_for"]), (200, &json!([])), "{answered}");
}

#[test]
fn mistakes_in_persons_are_named_with_their_line() {
    let folder = Folder::new();
    folder.add(
        "\n[[person]]\nname = \"Ali\"\ntokens = [\"alise\"]\nidentities = [\"idn_shpo\", \"nonsense\"]\n\n[[person]]\nname = \"Bo\"\ntokens = [\"alice\"]\n\n[[person]]\nname = \"Ali\"\ntokens = [\"alice\"]\n",
    );
    let ran = folder.run(&["check", "house"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for said in [
        "there is no token `alise`",
        "did you mean `alice`?",
        "`idn_shpo` of `Ali` is not declared",
        "did you mean `idn_shop`?",
        "`nonsense` is no identity",
        "the person `Ali` is there already",
        "`alice` is `Bo` already",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    let folder = Folder::new();
    folder.add("\n[[person]]\nname = \"Ali\"\ntokens = [\"alice\"]\nidentities = [\"idn_shop\"]\n");
    let ran = folder.run(&["check", "house"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("nobody says whose `admin`, `bob`, `sue` and `both` is"),
        "{}",
        ran.out
    );
}
