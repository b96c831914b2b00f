//! The connector's check: what is missing is named with the statement to add.

use interlock_connect_aws::AwsIam;
use interlock_connect_aws::fake::{Fake, Trouble};
use interlock_connect_aws::operation as op;
use interlock_contain::Connector as _;
use std::sync::Arc;

async fn missing(prepare: impl FnOnce(&Fake)) -> Vec<(String, String)> {
    let fake = Arc::new(Fake::small());
    prepare(&fake);
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    let checks = connector.check().await;
    assert!(fake.writes().is_empty(), "a check writes nothing");
    assert!(checks.len() > 15, "{checks:?}");
    checks
        .into_iter()
        .filter_map(|it| Some((it.permission, it.outcome.err()?.to_string())))
        .collect()
}

#[tokio::test]
async fn nothing_is_missing() {
    assert_eq!(missing(|_| {}).await, []);
}

#[tokio::test]
async fn what_is_missing_is_named_with_its_statement() {
    let missing = missing(|it| {
        it.trouble(op::GET_USER_POLICY, Trouble::Denied);
        it.trouble(op::PUT_USER_POLICY, Trouble::Denied);
    })
    .await;
    let names: Vec<&str> = missing.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["iam:GetUserPolicy", "iam:PutUserPolicy"]);
    for (permission, why) in &missing {
        assert!(why.contains(&format!(r#""Action":"{permission}""#)), "{why}");
    }
}

#[tokio::test]
async fn without_the_simulator_writes_are_unknown() {
    let missing = missing(|it| it.trouble(op::SIMULATE_PRINCIPAL_POLICY, Trouble::Denied)).await;
    assert!(missing.iter().any(|it| it.0 == "iam:UpdateAccessKey"));
    for (permission, why) in &missing {
        assert!(why.starts_with("not known"), "{permission}: {why}");
        assert!(why.contains("iam:SimulatePrincipalPolicy"), "{permission}: {why}");
    }
}

#[tokio::test]
async fn who_we_are() {
    let connector = AwsIam::with_client(Fake::config(), Arc::new(Fake::small()));
    let own: Vec<String> =
        connector.own_principals().await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        own,
        [
            "aws:arn:aws:iam::111122223333:role/interlock",
            "aws:arn:aws:sts::111122223333:assumed-role/interlock/fake"
        ]
    );
}
