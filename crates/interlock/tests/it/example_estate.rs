//! The estate of the README: its directory, the recording of the demo, somebody whom nobody declared,
//! and an account that a connector could act in. What is missing, and what can be revoked.

use crate::served::{Folder, record};
use expect_test::expect;

const DIRECTORY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/demo/directory.yaml"));
const RECORDING: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/demo/recording.jsonl"));

#[tokio::test]
async fn what_is_missing_and_what_can_be_revoked_is_told() {
    let folder = Folder::new();
    folder.add(
        r#"
[[connector]]
id = "aws"
kind = "aws_iam"
endpoint = "http://127.0.0.1:9"
region = "us-east-1"
access_key_id = { from = "env", name = "ABSENT" }
secret_access_key = { from = "env", name = "ABSENT" }
enforce = ["disable_credential"]
"#,
    );
    let file = folder.path().join("content/directory/directory.yaml");
    std::fs::write(&file, DIRECTORY).unwrap();
    let house = folder.serve();
    let records = format!("{RECORDING}\n{}\n", record("a", "one"));
    let (status, answer) = house.events(records, &[]).await;
    assert_eq!(status, 202, "{answer}");
    house.settled(answer["position"].as_u64().unwrap()).await;
    let run = |words: &[&str]| folder.run_as("rita", words).out;
    expect![[r#""#]].assert_eq(&run(&["identity", "gaps", "--server", &house.address]));
    expect![[r#""#]].assert_eq(&run(&["readiness", "--server", &house.address]));
}
