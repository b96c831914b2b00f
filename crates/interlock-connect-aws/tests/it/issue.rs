//! Issuing: crash between issuing and delivering, full slots, and an undo that keeps readers served.

use crate::drive::{Drive, execute, noon, on_key, plan, user, verify};
use interlock_connect_aws::fake::{ACCOUNT, Fake, Trouble};
use interlock_connect_aws::operation as op;
use interlock_connect_aws::{AccessKey, AwsIam};
use interlock_contain::{CallError, Phase};
use interlock_model::{ActionKind, Gate, Intent, Observation, Step, StepId};
use std::sync::Arc;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const NAME: &str = "aws_iam.issue_access_key";
const SECRET: &str = "interlock/ci/access-key";

fn bench() -> (Arc<Fake>, AwsIam, Intent) {
    let fake = Arc::new(Fake::small());
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    (fake, connector, on_key(ActionKind::RotateCredential, user(ACCOUNT, "ci"), KEY))
}

fn keys(fake: &Fake) -> Vec<String> {
    fake.state().users["ci"].keys.iter().map(|it| it.id.clone()).collect()
}

fn delivered(fake: &Fake) -> String {
    let state = fake.state();
    let value = state.secrets[SECRET].value().unwrap();
    let value: serde_json::Value = serde_json::from_str(value).unwrap();
    value["AccessKeyId"].as_str().unwrap().to_owned()
}

async fn planned(connector: &AwsIam, intent: &Intent) -> Step {
    plan(connector, NAME, intent, noon()).await.unwrap()
}

#[tokio::test]
async fn a_key_that_was_not_delivered_is_deleted_and_never_reused() {
    for trouble in [Trouble::SilenceBefore, Trouble::Throttle, Trouble::Denied] {
        let (fake, connector, intent) = bench();
        let step = planned(&connector, &intent).await;
        fake.trouble(op::PUT_SECRET_VALUE, trouble);
        execute(&connector, &step, noon()).await.unwrap_err();
        let orphan = keys(&fake)[1].clone();
        let seen = verify(&connector, &step, noon()).await;
        assert!(matches!(seen, Observation::DoesNotHold { .. }), "{trouble:?}: {seen:?}");

        let error = execute(&connector, &step, noon()).await.unwrap_err();
        assert!(matches!(error, CallError::Retry { .. }), "{trouble:?}: {error}");
        assert_eq!(keys(&fake), [KEY], "one write: the orphan is gone, nothing is issued yet");

        let receipt = execute(&connector, &step, noon()).await.unwrap();
        let issued = receipt.issued.unwrap();
        assert_ne!(issued.id(), orphan);
        assert_eq!(delivered(&fake), issued.id());
        let seen = verify(&connector, &step, noon()).await;
        let Observation::Holds { issued: Some(told), .. } = seen else { panic!("{seen:?}") };
        assert_eq!(told, issued, "verify knows the key without a receipt");
    }
}

#[tokio::test]
async fn an_unanswered_delivery_that_took_effect_holds() {
    let (fake, connector, intent) = bench();
    let step = planned(&connector, &intent).await;
    fake.trouble(op::PUT_SECRET_VALUE, Trouble::SilenceAfter);
    let error = execute(&connector, &step, noon()).await.unwrap_err();
    assert!(matches!(error, CallError::OutcomeUnknown { .. }), "{error}");
    let seen = verify(&connector, &step, noon()).await;
    assert!(matches!(seen, Observation::Holds { issued: Some(_), .. }), "{seen:?}");
    assert_eq!(keys(&fake).len(), 2);
}

#[tokio::test]
async fn a_process_that_died_between_issuing_and_delivering_is_made_good() {
    let (fake, connector, intent) = bench();
    let mut drive = Drive::one(&connector, NAME, intent, noon());
    fake.trouble(op::PUT_SECRET_VALUE, Trouble::SilenceBefore);
    drive.contained().await;
    assert_eq!(keys(&fake).len(), 2, "{:?}", keys(&fake));
    assert_eq!(keys(&fake)[1], delivered(&fake));
    let issued = drive.life.steps[0].issued.clone().unwrap();
    assert_eq!(issued.id(), delivered(&fake));
    drive.undo().await;
    assert_eq!((keys(&fake), delivered(&fake)), (vec![KEY.to_owned()], KEY.to_owned()));
}

#[tokio::test]
async fn a_used_or_second_unknown_key_is_never_deleted() {
    let (fake, connector, intent) = bench();
    let step = planned(&connector, &intent).await;
    fake.change(|it| {
        let user = it.users.get_mut("ci").unwrap();
        user.keys.push(AccessKey {
            id: "AKIASOMEBODY".into(),
            status: "Active".into(),
            created: None,
        });
        user.last_used.insert("AKIASOMEBODY".into(), "2026-03-01".into());
    });
    let error = execute(&connector, &step, noon()).await.unwrap_err();
    assert!(matches!(error, CallError::Drifted { .. }), "{error}");
    assert!(fake.writes().is_empty());
}

#[tokio::test]
async fn a_key_that_came_after_the_delivery_is_not_ours() {
    let (fake, connector, intent) = bench();
    let step = planned(&connector, &intent).await;
    execute(&connector, &step, noon()).await.unwrap();
    // Somebody replaced the delivered key by one of their own.
    fake.change(|it| {
        it.users.get_mut("ci").unwrap().keys[1].id = "AKIASOMEBODY".into();
    });
    let writes = fake.writes();
    let error = execute(&connector, &step, noon()).await.unwrap_err();
    assert!(matches!(error, CallError::Drifted { .. }), "{error}");
    assert_eq!(fake.writes(), writes);
    let error = plan(&connector, NAME, &intent, noon()).await.unwrap_err();
    assert!(error.to_string().contains("decide anew"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_issued_or_delivered_is_said_at_planning() {
    let (fake, connector, intent) = bench();
    fake.change(|it| {
        let keys = &mut it.users.get_mut("ci").unwrap().keys;
        keys.push(AccessKey { id: "AKIASECOND".into(), status: "Inactive".into(), created: None });
    });
    let error = plan(&connector, NAME, &intent, noon()).await.unwrap_err();
    assert!(error.to_string().contains("both key slots"), "{error}");

    let (fake, connector, intent) = bench();
    fake.change(|it| it.secrets.clear());
    let error = plan(&connector, NAME, &intent, noon()).await.unwrap_err();
    assert!(matches!(error, CallError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("create it"), "{error}");
}

#[tokio::test]
async fn the_undo_serves_readers_before_it_deletes() {
    let (fake, connector, intent) = bench();
    let mut drive = Drive::one(&connector, NAME, intent, noon());
    drive.contained().await;
    // The process dies after the former value was put back, before the key is deleted.
    fake.trouble(op::DELETE_ACCESS_KEY, Trouble::SilenceBefore);
    drive.undo().await;
    let writes = fake.writes();
    assert_eq!(
        writes[2..],
        [op::PUT_SECRET_VALUE, op::DELETE_ACCESS_KEY, op::DELETE_ACCESS_KEY],
        "the value is put back once, first"
    );
    assert_eq!((keys(&fake), delivered(&fake)), (vec![KEY.to_owned()], KEY.to_owned()));
}

#[tokio::test]
async fn the_undo_never_deletes_the_old_key() {
    let (fake, connector, intent) = bench();
    let mut drive = Drive::one(&connector, NAME, intent, noon());
    drive.contained().await;
    // Nobody remembers which key was issued: the mirrored step then names the old one.
    drive.life.steps[0].issued = None;
    drive.undo().await;
    assert_eq!(keys(&fake), [KEY]);
}

#[tokio::test]
async fn the_undo_stops_when_the_old_key_is_gone() {
    let (fake, connector, intent) = bench();
    let mut drive = Drive::one(&connector, NAME, intent, noon());
    drive.contained().await;
    fake.change(|it| it.users.get_mut("ci").unwrap().keys.retain(|it| it.id != KEY));
    let before = fake.state();
    let (back, _) =
        interlock_contain::plan_undo(drive.life.plan.as_ref().unwrap(), &drive.life.steps);
    drive.record(interlock_model::Fact::UndoAsked { by: "test".into(), plan: back });
    drive.run().await;
    assert!(matches!(drive.life.phase, Phase::Held { .. }), "{:?}", drive.life.phase);
    assert_eq!(fake.state(), before);
}

#[tokio::test]
async fn a_rotation_waits_for_use_and_grace() {
    let (fake, connector, intent) = bench();
    let mut drive = Drive::new(&connector, vec![intent], noon());
    drive.run().await;
    let gates: Vec<bool> =
        drive.life.steps.iter().map(|it| matches!(it.step.gate, Gate::Now)).collect();
    assert_eq!(gates, [true, false, false]);
    assert!(fake.accepts(KEY), "the old key works until the new one is seen in use");
    let issue: StepId = drive.life.steps[0].step.id.clone();
    drive.probed(&issue, true);
    drive.contained().await;
    assert_eq!(keys(&fake), [delivered(&fake)]);
}
