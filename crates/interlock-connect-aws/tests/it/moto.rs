//! A server that lies: it lists a key as inactive and goes on accepting it.

use crate::account::{WORK, now};
use crate::drive::{Drive, on_key, user};
use crate::servers::moto;
use interlock_model::{ActionKind, Grade, StepProof};

#[tokio::test]
async fn applied_is_not_effective_and_deletion_is() {
    let Some((_server, account)) = moto().await else { return };
    let connector = account.connector().await;
    let key = account.add_user("ci", WORK).await;
    let ci = || user(&account.number, "ci");
    assert_eq!(account.works(&key).await, Ok(()));

    let intent = on_key(ActionKind::DisableCredential, ci(), &key.id);
    let mut drive = Drive::one(&connector, "aws_iam.disable_access_key", intent, now());
    drive.contained().await;
    assert_eq!(drive.life.steps[0].proof, StepProof::Applied, "it lists the key as inactive");
    assert_eq!(account.works(&key).await, Ok(()), "and goes on accepting it");
    assert_eq!(drive.grade(), Grade::Applied);
    drive.probed(&drive.only_step(), false);
    assert_eq!(drive.life.steps[0].proof, StepProof::Disproven);
    assert_eq!(drive.grade(), Grade::Applied, "never more");

    let intent = on_key(ActionKind::DeleteCredential, ci(), &key.id);
    let mut drive = Drive::one(&connector, "aws_iam.delete_access_key", intent, now());
    drive.contained().await;
    // Its refusal has a shape in which the SDK finds no code.
    assert_eq!(account.works(&key).await, Err("status 403".to_owned()));
    drive.probed(&drive.only_step(), true);
    assert_eq!(drive.grade(), Grade::Effective);
}
