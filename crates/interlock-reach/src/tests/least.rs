//! Proposals of less.

use super::*;
use interlock_model::Timestamp;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window() -> Window {
    Window { since: at("2026-01-01T00:00:00Z"), until: at("2026-04-01T00:00:00Z") }
}

#[test]
fn what_stays_what_goes_and_what_is_open() {
    let former = Document::from_json(&document(json!([
        statement("Allow", json!(["iam:CreateUser", "iam:DeleteUser", "iam:PassRole"]), json!("*")),
        statement("Allow", json!(["s3:*", "ec2:Describe*"]), json!("arn:aws:s3:::acme/*")),
        statement("Allow", json!(["rds:*"]), json!("*")),
        statement("Deny", json!("s3:DeleteBucket"), json!("*")),
        { "Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:logs:*:*:*" },
    ])))
    .unwrap();
    let mut used = UsedActions::default();
    used.count_call("iam.amazonaws.com", "CreateUser", at("2026-02-01T00:00:00Z"));
    used.count_call("s3.amazonaws.com", "ListBuckets", at("2026-02-02T00:00:00Z"));
    used.count_call("ec2.amazonaws.com", "DescribeInstances", at("2025-02-02T00:00:00Z"));
    let proposal = propose("own", &former, &used, window()).unwrap().to_json();
    assert_eq!(proposal["undo"], former.to_json());
    let goes = json!({
        "ec2": ["ec2:Describe*"], "iam": ["iam:DeleteUser"], "rds": ["rds:*"], "s3": ["s3:*"],
    });
    assert_eq!(proposal["goes"], goes);
    assert_eq!(
        proposal["stays"],
        json!({
            "iam": [{ "action": "iam:CreateUser", "count": 1, "last_used": "2026-02-01T00:00:00Z" }],
            "s3": [{ "action": "s3:ListAllMyBuckets", "count": 1, "last_used": "2026-02-02T00:00:00Z" }],
        })
    );
    let statements = proposal["proposed"]["Statement"].as_array().unwrap();
    assert_eq!(statements[0]["Action"], json!(["iam:CreateUser", "iam:PassRole"]));
    assert_eq!(statements[1]["Resource"], json!(["arn:aws:s3:::acme/*"]));
    let kept: Vec<_> = statements[1]["Action"].as_array().unwrap().iter().collect();
    assert!(
        kept.contains(&&json!("s3:GetObject*")) && kept.contains(&&json!("s3:ListAllMyBuckets"))
    );
    assert_eq!(statements[2]["Effect"], "Deny");
    assert_eq!(statements.len(), 4);
    let open: Vec<_> =
        proposal["undecided"].as_array().unwrap().iter().map(|it| &it["action"]).collect();
    assert!(open.contains(&&json!("iam:PassRole")) && open.contains(&&json!("NotAction iam:*")));
}

#[test]
fn of_everything_only_what_was_used_stays() {
    let former = Document::from_json(&allows(&["*"])).unwrap();
    let mut used = UsedActions::default();
    used.count("ec2:RunInstances", 3, at("2026-02-01T00:00:00Z"));
    let proposal = propose("own", &former, &used, window()).unwrap();
    let actions = proposal.proposed.unwrap().to_json()["Statement"][0]["Action"].clone();
    assert_eq!(actions, json!(["ec2:RunInstances"]));
    assert!(proposal.undecided.iter().any(|it| it.action == "s3:GetObject*" && !it.kept));
    let none = propose("own", &former, &UsedActions::default(), window()).unwrap();
    assert_eq!(none.proposed, None);
}

#[test]
fn nothing_goes_while_uses_were_forgotten() {
    let former = Document::from_json(&allows(&["iam:*", "s3:GetObject"])).unwrap();
    let mut used = UsedActions::default();
    for number in 0..400 {
        used.count(&format!("iam:Do{number}"), 1, at("2026-02-01T00:00:00Z"));
    }
    assert_eq!(propose("own", &former, &used, window()), None);
}
