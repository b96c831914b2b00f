//! What the laws do not say: probes, the moment of a revocation, what stays alive, deliveries.

use crate::broker::delivery;
use crate::broker::file::beside;
use crate::broker::{Broker, BrokerConnector, ClientConfig, NewKey, TokenLife};
use crate::conformance::{noon, permit_for};
use interlock_contain::{
    Action, CallError, Connector as _, ReadCx, TargetKind, Undo, WriteCx, mirror,
};
use interlock_model::{
    ConnectorId, CredentialRef, Evidence, Intent, Observation, Origin, Principal, Receipt,
    Residual, Step, StepId, Target, Timestamp,
};
use jiff::SignedDuration;
use std::path::PathBuf;

struct Scene {
    broker: Broker,
    connector: BrokerConnector,
    key: NewKey,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

fn after(minutes: i64) -> Timestamp {
    noon().checked_add(SignedDuration::from_mins(minutes)).unwrap()
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.json");
        let broker = Broker::in_memory(TokenLife::default());
        let delivery = Some(file.clone());
        broker.register(&ClientConfig { name: "deploy".to_owned(), delivery }).unwrap();
        broker.enrol_delivered("deploy", noon()).unwrap();
        let key = Broker::delivered_key(&file).unwrap().unwrap();
        let connector = broker.connector(ConnectorId("broker".into()));
        Self { broker, connector, key, file, _folder: folder }
    }

    fn token(&self, now: Timestamp) -> String {
        let origin = Origin::default();
        let issued = self.broker.issue(self.key.id.id(), &self.key.secret, now, &origin).unwrap();
        issued.token.expose().to_owned()
    }

    fn action(&self, name: &str) -> &dyn Action {
        self.connector.actions().into_iter().find(|it| it.spec().name == name).unwrap()
    }

    async fn planned(&self, name: &str, now: Timestamp) -> Result<Step, CallError> {
        let action = self.action(name);
        let principal = Principal::new("broker", "deploy");
        let target = match action.spec().target {
            TargetKind::Principal(..) => Target::Principal { principal },
            TargetKind::Credential(..) | TargetKind::CredentialNamed(..) => {
                Target::Credential { principal, credential: self.key.id.clone() }
            }
        };
        let intent = Intent { kind: action.spec().kind, target };
        action.plan(&ReadCx::new(action.spec(), now), &intent, StepId::derive(&[name])).await
    }

    async fn plan(&self, name: &str) -> Step {
        self.planned(name, noon()).await.unwrap()
    }

    async fn execute(&self, step: &Step, now: Timestamp) -> Result<Receipt, CallError> {
        let action = self.action(&step.action.0);
        let permit = permit_for(step, now).unwrap();
        let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, now).unwrap();
        action.execute(cx, step).await
    }

    async fn done(&self, name: &str, now: Timestamp) -> Step {
        let step = self.plan(name).await;
        self.execute(&step, now).await.unwrap();
        step
    }

    async fn undone(
        &self,
        step: &Step,
        issued: Option<&CredentialRef>,
    ) -> Result<Receipt, CallError> {
        let Undo::Step(undo) = mirror(step, issued) else { panic!("no undo") };
        assert_eq!(self.probe(&undo, noon()).await, None, "an undo ends nothing");
        self.execute(&undo, noon()).await
    }

    async fn residual(&self, step: &Step, now: Timestamp) -> Vec<Residual> {
        let action = self.action(&step.action.0);
        let seen = action.verify(&ReadCx::new(action.spec(), now), step).await;
        let Observation::Holds { residual, .. } = seen else { panic!("{seen:?}") };
        residual
    }

    async fn probe(&self, step: &Step, now: Timestamp) -> Option<Evidence> {
        let action = self.action(&step.action.0);
        action.probe(&ReadCx::new(action.spec(), now), step).await
    }

    async fn how(&self, step: &Step, now: Timestamp) -> String {
        let seen = self.probe(step, now).await.unwrap();
        let Evidence::Probe { how } = seen else { panic!("{seen:?}") };
        how.replace(self.key.id.id(), "KEY")
    }
}

#[tokio::test]
async fn a_probe_tries_what_was_ended() {
    for (name, said) in [
        (
            "broker.block_issuance",
            "an exchange for each key of `deploy` is refused: no new tokens are issued to the client",
        ),
        (
            "broker.disable_key",
            "an exchange for `broker:access-key:KEY` is refused: the key is disabled",
        ),
        (
            "broker.delete_key",
            "an exchange for `broker:access-key:KEY` is refused: the key is not known or its secret is wrong",
        ),
    ] {
        let scene = Scene::new();
        let step = scene.plan(name).await;
        let before = scene.probe(&step, noon()).await;
        assert!(matches!(before, Some(Evidence::SuccessfulUse { .. })), "{name}: {before:?}");
        scene.execute(&step, noon()).await.unwrap();
        assert_eq!(scene.how(&step, noon()).await, said);
        assert_eq!(scene.broker.events().len(), 0, "a probe is no use by anybody");
    }
}

#[tokio::test]
async fn a_revocation_is_probed_with_every_token_it_means() {
    let scene = Scene::new();
    let token = scene.token(noon());
    let step = scene.plan("broker.revoke_tokens").await;
    assert_eq!(scene.probe(&step, noon()).await, None, "nothing was revoked yet");
    scene.execute(&step, after(1)).await.unwrap();
    let id = token.split_once('.').unwrap().0;
    assert_eq!(
        scene.how(&step, after(1)).await,
        format!(
            "introspection refuses `broker:token:{id}`, the newest token of `deploy` issued until {}",
            after(1)
        )
    );
    let fresh = scene.token(after(2));
    assert!(scene.broker.introspect(&fresh, after(2)).active);
    assert!(matches!(scene.probe(&step, after(2)).await, Some(Evidence::Probe { .. })));
    let none = Scene::new();
    let step = none.done("broker.revoke_tokens", noon()).await;
    assert!(none.how(&step, noon()).await.starts_with("no token of `deploy` issued until"));
}

#[tokio::test]
async fn tokens_issued_between_plan_and_write_are_ended_too() {
    let scene = Scene::new();
    let early = scene.token(noon());
    let step = scene.plan("broker.revoke_tokens").await;
    let meanwhile = scene.token(after(10));
    let receipt = scene.execute(&step, after(12)).await.unwrap();
    assert_eq!(receipt.notes["not_before"], after(12).to_string());
    let active = |it: &str| scene.broker.introspect(it, after(13)).active;
    assert!(!active(&early) && !active(&meanwhile));
    scene.undone(&step, None).await.unwrap();
    assert!(active(&early) && active(&meanwhile), "the undo re-arms, as the spec says");
}

#[tokio::test]
async fn a_revocation_on_top_of_another_is_undone_to_the_earlier_stamp() {
    let scene = Scene::new();
    let token = scene.token(noon());
    scene.done("broker.revoke_tokens", noon()).await;
    let first = scene.broker.state();
    let later = scene.token(after(1));
    let action = scene.action("broker.revoke_tokens");
    let principal = Principal::new("broker", "deploy");
    let intent = Intent { kind: action.spec().kind, target: Target::Principal { principal } };
    let cx = ReadCx::new(action.spec(), after(2));
    let step = action.plan(&cx, &intent, StepId::derive(&["another"])).await.unwrap();
    scene.execute(&step, after(2)).await.unwrap();
    let active = |it: &str| scene.broker.introspect(it, after(3)).active;
    assert!(!active(&token) && !active(&later));
    scene.undone(&step, None).await.unwrap();
    assert!(!active(&token) && active(&later));
    assert_eq!(scene.broker.state().clients, first.clients);
}

#[tokio::test]
async fn what_stays_alive_has_the_end_of_the_last_live_token() {
    let scene = Scene::new();
    scene.token(noon());
    scene.token(after(3));
    let step = scene.done("broker.block_issuance", after(4)).await;
    let left = scene.residual(&step, after(4)).await;
    assert_eq!(left.iter().map(|it| it.until).collect::<Vec<_>>(), [Some(after(18))]);
    let revoke = scene.done("broker.revoke_tokens", after(4)).await;
    assert_eq!(scene.residual(&step, after(4)).await, [], "no token is live any more");
    assert_eq!(scene.residual(&revoke, after(4)).await, [], "no key gets a new one");
    scene.undone(&step, None).await.unwrap();
    assert_eq!(scene.residual(&revoke, after(4)).await.len(), 1, "the key does again");
}

#[tokio::test]
async fn a_rotation_keeps_the_former_delivery_until_its_key_is_deleted() {
    let scene = Scene::new();
    let former = std::fs::read(&scene.file).unwrap();
    let step = scene.plan("broker.issue_key").await;
    let receipt = scene.execute(&step, noon()).await.unwrap();
    let new = Broker::delivered_key(&scene.file).unwrap().unwrap();
    assert_eq!(receipt.issued.as_ref(), Some(&new.id));
    assert_ne!(new.id, scene.key.id);
    let origin = Origin::default();
    scene.broker.issue(new.id.id(), &new.secret, noon(), &origin).unwrap();
    assert_eq!(std::fs::read(beside(&scene.file, "former")).unwrap(), former);
    scene.done("broker.delete_key", noon()).await;
    assert!(!beside(&scene.file, "former").exists());
    let back = scene.undone(&step, receipt.issued.as_ref()).await;
    assert!(matches!(back, Err(CallError::Drifted { .. })), "{back:?}");
    assert!(scene.broker.issue(new.id.id(), &new.secret, noon(), &origin).is_ok());
}

#[tokio::test]
async fn an_undo_without_the_former_delivery_leaves_the_new_key() {
    let scene = Scene::new();
    let step = scene.plan("broker.issue_key").await;
    let issued = scene.execute(&step, noon()).await.unwrap().issued;
    std::fs::remove_file(beside(&scene.file, "former")).unwrap();
    let back = scene.undone(&step, issued.as_ref()).await.unwrap_err();
    assert!(back.to_string().contains("put a working key into it, then undo again"), "{back}");
    assert_eq!(scene.broker.keys("deploy").len(), 2);
}

#[tokio::test]
async fn a_delivery_to_nobody_and_one_that_somebody_changed() {
    let scene = Scene::new();
    std::fs::remove_file(&scene.file).unwrap();
    let step = scene.plan("broker.issue_key").await;
    let issued = scene.execute(&step, noon()).await.unwrap().issued;
    scene.undone(&step, issued.as_ref()).await.unwrap();
    assert!(!scene.file.exists(), "there was none before");

    let step = scene.plan("broker.issue_key").await;
    std::fs::write(&scene.file, "by hand").unwrap();
    let answer = scene.execute(&step, noon()).await;
    assert!(matches!(answer, Err(CallError::Drifted { .. })), "{answer:?}");
    assert_eq!(delivery::look(&scene.file).unwrap().unwrap().key, None);

    scene.broker.register(&ClientConfig { name: "deploy".to_owned(), delivery: None }).unwrap();
    let answer = scene.planned("broker.issue_key", noon()).await;
    assert!(matches!(answer, Err(CallError::Unsupported { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_delivery_that_fails_leaves_an_orphan_that_is_removed() {
    let scene = Scene::new();
    let step = scene.plan("broker.issue_key").await;
    let blocked = beside(&scene.file, "new");
    std::fs::create_dir(&blocked).unwrap();
    let answer = scene.execute(&step, noon()).await;
    assert!(matches!(answer, Err(CallError::OutcomeUnknown { .. })), "{answer:?}");
    assert_eq!(scene.broker.keys("deploy").len(), 2);
    std::fs::remove_dir(&blocked).unwrap();
    let answer = scene.execute(&step, noon()).await;
    assert!(matches!(answer, Err(CallError::Retry { .. })), "{answer:?}");
    assert_eq!(scene.broker.keys("deploy"), std::slice::from_ref(&scene.key.id));
    scene.execute(&step, noon()).await.unwrap();
}

#[tokio::test]
async fn the_check_names_delivery_folders_that_are_not_there() {
    let scene = Scene::new();
    assert!(scene.connector.check().await.iter().all(|it| it.outcome.is_ok()));
    let delivery = Some(PathBuf::from("/nowhere/key.json"));
    scene.broker.register(&ClientConfig { name: "lost".to_owned(), delivery }).unwrap();
    let checks = scene.connector.check().await;
    let bad: Vec<_> = checks.iter().filter(|it| it.outcome.is_err()).collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0].permission, "broker:PutDelivery");
    let why = bad[0].outcome.as_ref().unwrap_err();
    assert_eq!(why.to_string(), "make the folders of these delivery files: `/nowhere/key.json`");
}

#[tokio::test]
async fn foreign_targets_are_refused() {
    let scene = Scene::new();
    for action in scene.connector.actions() {
        let principal = Principal::new("aws", "arn:aws:iam::111122223333:user/ci");
        let intent = Intent { kind: action.spec().kind, target: Target::Principal { principal } };
        let cx = ReadCx::new(action.spec(), noon());
        let answer = action.plan(&cx, &intent, StepId::derive(&["x"])).await;
        assert!(matches!(answer, Err(CallError::Unsupported { .. })), "{answer:?}");
        let principal = Principal::new("broker", "stranger");
        let credential = scene.key.id.clone();
        let target = match action.spec().target {
            TargetKind::Principal(..) => Target::Principal { principal },
            TargetKind::Credential(..) | TargetKind::CredentialNamed(..) => {
                Target::Credential { principal, credential }
            }
        };
        let intent = Intent { kind: action.spec().kind, target };
        let answer = action.plan(&cx, &intent, StepId::derive(&["x"])).await;
        assert!(matches!(answer, Err(CallError::NotFound { .. })), "{answer:?}");
    }
}
