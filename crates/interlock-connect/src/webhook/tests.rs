//! What travels with each question.

use super::connector;
use super::fake::Fake;
use crate::Secret;
use crate::conformance::{noon, permit_for};
use crate::declared::fake::{NAME, PLANTED, config};
use interlock_contain::{CallError, Connector as _, ReadCx, WriteCx};
use interlock_model::{ActionKind, Intent, Principal, StepId, Target};

fn intent() -> Intent {
    let principal = Principal::new("bastion", NAME);
    Intent { kind: ActionKind::DisableIdentity, target: Target::Principal { principal } }
}

#[tokio::test]
async fn a_write_has_the_steps_key_and_a_look_never_the_same_twice() {
    let fake = Fake::start();
    let connector = connector(config("webhook"), fake.address());
    let actions = connector.actions();
    let action = actions.iter().find(|it| it.spec().kind == ActionKind::DisableIdentity).unwrap();
    let cx = ReadCx::new(action.spec(), noon());
    let id = StepId::derive(&["test"]);
    let step = action.plan(&cx, &intent(), id.clone()).await.unwrap();
    let permit = permit_for(&step, noon()).unwrap();
    let cx = WriteCx::open(action.spec(), permit, &id, &step.connector, noon()).unwrap();
    let receipt = action.execute(cx, &step).await.unwrap();
    assert_eq!(receipt.request.as_deref(), Some("r-1"));
    let ids = fake.ids();
    let (looks, writes): (Vec<_>, Vec<_>) = ids.iter().partition(|it| it.contains(".read."));
    assert_eq!(writes, [id.as_str()]);
    assert_eq!(looks.len(), 2);
    assert_ne!(looks[0], looks[1]);
}

#[tokio::test]
async fn the_check_writes_nothing_and_a_wrong_key_is_said_and_not_shown() {
    let fake = Fake::start();
    let before = fake.state();
    let checks = connector(config("webhook"), fake.address()).check().await;
    assert!(checks.len() > 9 && checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    assert_eq!((fake.state(), fake.writes()), (before, Vec::new()));

    let mut address = fake.address();
    address.key = Secret::new("wrong-and-secret");
    let connector = connector(config("webhook"), address);
    let checks = connector.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_err()), "{checks:#?}");
    let actions = connector.actions();
    let action = actions.iter().find(|it| it.spec().kind == ActionKind::DisableIdentity).unwrap();
    let cx = ReadCx::new(action.spec(), noon());
    let error = action.plan(&cx, &intent(), StepId::derive(&["test"])).await.unwrap_err();
    assert_eq!(error, CallError::Denied { permission: "lock_account.read".to_owned() });
    let said = format!("{error} {checks:?} {connector:?}");
    assert!(!said.contains("wrong-and-secret") && !said.contains(PLANTED), "{said}");
}
