//! What holds for every action, on the fake. A new action needs one line in `CASES`.

use crate::drive::{Drive, execute, noon, on, on_key, on_session, plan, role, user, verify};
use interlock_connect_aws::fake::{ACCOUNT, Fake, PLANTED, State, Trouble};
use interlock_connect_aws::operation as op;
use interlock_connect_aws::{AwsIam, CredentialSort, Holder, Iam as _, SPEC};
use interlock_contain::{
    ActionSpec, CallError, Connector as _, Phase, ReadCx, ReversalSpec, Undo, WriteCx, mirror,
};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Intent, Observation, Operation, Principal, Step,
    StepId, Target,
};
use std::sync::Arc;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// An action, what it is aimed at, and a change behind its back that it must notice.
struct Case {
    name: &'static str,
    aim: fn(&str) -> Intent,
    drift: fn(&mut State),
}

fn ci() -> Principal {
    user(ACCOUNT, "ci")
}

fn on_credential(kind: ActionKind, sort: CredentialKind, id: &str) -> Intent {
    let credential = CredentialRef::new("aws", sort, id);
    Intent { kind, target: Target::Credential { principal: ci(), credential } }
}

fn on_way_in(id: &str) -> Intent {
    let credential = CredentialRef::new("aws", CredentialKind::Token, id);
    let kind = ActionKind::DisableCredential;
    Intent { kind, target: Target::Credential { principal: deploy(), credential } }
}

fn expire(state: &mut State, sort: CredentialSort) {
    let others = &mut state.users.get_mut("ci").unwrap().others;
    others.get_mut(&sort).unwrap()[0].status = "Expired".into();
}

fn deploy() -> Principal {
    role(ACCOUNT, "deploy")
}

fn policy_of_user(state: &mut State, policy: &str) {
    let user = state.users.get_mut("ci").unwrap();
    user.policies.insert(policy.into(), r#"{"by":"somebody"}"#.into());
}

fn policy_of_role(state: &mut State, policy: &str) {
    let role = state.roles.get_mut("deploy").unwrap();
    role.policies.insert(policy.into(), r#"{"by":"somebody"}"#.into());
}

const CASES: [Case; 17] = [
    Case {
        name: "aws_iam.block_role_issuance",
        aim: |_| on(ActionKind::BlockPrincipal, deploy()),
        drift: |it| it.roles.get_mut("deploy").unwrap().trust = r#"{"Statement":[]}"#.into(),
    },
    Case {
        name: "aws_iam.delete_access_key",
        aim: |key| on_key(ActionKind::DeleteCredential, ci(), key),
        drift: |_| {},
    },
    Case {
        name: "aws_iam.delete_password",
        aim: |_| on_credential(ActionKind::DeleteCredential, CredentialKind::Password, "ci"),
        drift: |_| {},
    },
    Case {
        name: "aws_iam.deny_older_role_sessions",
        aim: |_| on(ActionKind::RevokeSessions, deploy()),
        drift: |it| policy_of_role(it, "InterlockDenyOlderSessions"),
    },
    Case {
        name: "aws_iam.deny_older_user_sessions",
        aim: |_| on(ActionKind::RevokeSessions, ci()),
        drift: |it| policy_of_user(it, "InterlockDenyOlderSessions"),
    },
    Case {
        name: "aws_iam.deny_role_session",
        aim: |_| on_session(deploy(), ACCOUNT, "run-7", noon()),
        drift: |it| {
            let intent = on_session(deploy(), ACCOUNT, "run-7", noon());
            let id = intent.target.credential().unwrap().id();
            let name =
                interlock_model::Digest::of(id.as_bytes()).short_with("InterlockDenySession-");
            policy_of_role(it, &name);
        },
    },
    Case {
        name: "aws_iam.disable_access_key",
        aim: |key| on_key(ActionKind::DisableCredential, ci(), key),
        drift: |it| it.users.get_mut("ci").unwrap().keys[0].status = "Expired".into(),
    },
    Case {
        name: "aws_iam.disable_roles_anywhere_profile",
        aim: |_| on_way_in("roles-anywhere-profile/0a1b2c3d-1111-4222-8333-444455556666"),
        drift: |_| {},
    },
    Case {
        name: "aws_iam.disable_service_credential",
        aim: |_| {
            let id = "ACCAEXAMPLE123EXAMPLE";
            on_credential(ActionKind::DisableCredential, CredentialKind::Token, id)
        },
        drift: |it| expire(it, CredentialSort::ServiceSpecific),
    },
    Case {
        name: "aws_iam.disable_signing_certificate",
        aim: |_| {
            let id = "TA7SMP42TDN5Z26OBPJE7EXAMPLE";
            on_credential(ActionKind::DisableCredential, CredentialKind::Certificate, id)
        },
        drift: |it| expire(it, CredentialSort::SigningCertificate),
    },
    Case {
        name: "aws_iam.disable_ssh_key",
        aim: |_| on_key(ActionKind::DisableCredential, ci(), "APKAEIBAERJR2EXAMPLE"),
        drift: |it| expire(it, CredentialSort::SshPublicKey),
    },
    Case {
        name: "aws_iam.disable_trust_anchor",
        aim: |_| on_way_in("trust-anchor/4d5e6f70-1111-4222-8333-444455556666"),
        drift: |_| {},
    },
    Case {
        name: "aws_iam.disable_web_identity",
        aim: |_| {
            on_way_in(
                "web-identity/token.actions.githubusercontent.com:repo:acme/shop:ref:refs/heads/main",
            )
        },
        drift: |it| it.roles.get_mut("deploy").unwrap().trust = r#"{"Statement":[]}"#.into(),
    },
    Case {
        name: "aws_iam.issue_access_key",
        aim: |key| on_key(ActionKind::RotateCredential, ci(), key),
        drift: |it| it.secrets.get_mut("interlock/ci/access-key").unwrap().current = None,
    },
    Case {
        name: "aws_iam.quarantine_role",
        aim: |_| on(ActionKind::Quarantine, deploy()),
        drift: |it| policy_of_role(it, "InterlockQuarantine"),
    },
    Case {
        name: "aws_iam.quarantine_user",
        aim: |_| on(ActionKind::Quarantine, ci()),
        drift: |it| policy_of_user(it, "InterlockQuarantine"),
    },
    Case {
        name: "aws_iam.remove_from_instances",
        aim: |_| on_way_in("instance-profile/web"),
        drift: |it| {
            it.instance_profiles.insert("web".into(), Some("other".into()));
        },
    },
];

struct Bench {
    fake: Arc<Fake>,
    connector: AwsIam,
    intent: Intent,
    name: &'static str,
}

impl Bench {
    fn new(case: &Case) -> Self {
        let fake = Arc::new(Fake::small());
        let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
        Self { fake, connector, intent: (case.aim)(KEY), name: case.name }
    }

    fn spec(&self) -> &'static ActionSpec {
        SPEC.actions.iter().find(|it| it.name == self.name).unwrap()
    }

    async fn plan(&self) -> Step {
        plan(&self.connector, self.name, &self.intent, noon()).await.unwrap()
    }

    async fn execute(&self, step: &Step) -> Result<interlock_model::Receipt, CallError> {
        execute(&self.connector, step, noon()).await
    }

    async fn verify(&self, step: &Step) -> Observation {
        verify(&self.connector, step, noon()).await
    }

    /// One containment by this action alone; the others of a recipe are left out.
    fn drive(&self) -> Drive<'_> {
        Drive::one(&self.connector, self.name, self.intent.clone(), noon())
    }
}

fn holds(observation: &Observation) -> bool {
    matches!(observation, Observation::Holds { .. })
}

/// The account without the ids of secrets' versions, which AWS never takes back.
fn without_versions(mut state: State) -> (State, Vec<Option<String>>) {
    let values = state.secrets.values().map(|it| it.value().map(str::to_owned)).collect();
    state.secrets.clear();
    (state, values)
}

#[test]
fn every_action_has_a_case() {
    let cases: Vec<&str> = CASES.iter().map(|it| it.name).collect();
    let declared: Vec<&str> = SPEC.actions.iter().map(|it| it.name).collect();
    assert_eq!(cases, declared);
    assert!(declared.is_sorted());
    let fake = AwsIam::with_client(Fake::config(), Arc::new(Fake::small()));
    let made: Vec<&str> = fake.actions().iter().map(|it| it.spec().name).collect();
    assert_eq!(made, declared);
    for case in &CASES {
        let spec = Bench::new(case).spec();
        assert!(spec.target.fits(&(case.aim)(KEY).target), "{}", case.name);
        assert!(spec.source.starts_with("https://"), "{}", case.name);
    }
}

#[tokio::test]
async fn planning_changes_nothing_and_execution_holds() {
    for case in &CASES {
        let it = Bench::new(case);
        let before = it.fake.state();
        let step = it.plan().await;
        assert_eq!(it.fake.state(), before, "{}", case.name);
        assert!(it.fake.writes().is_empty(), "{}", case.name);
        assert!(!holds(&it.verify(&step).await), "{}", case.name);
        it.execute(&step).await.unwrap();
        let seen = it.verify(&step).await;
        let Observation::Holds { residual, .. } = seen else { panic!("{}: {seen:?}", case.name) };
        assert_eq!(residual.is_empty(), it.spec().leaves.is_empty(), "{}", case.name);
    }
}

#[tokio::test]
async fn executing_twice_is_one_write() {
    for case in &CASES {
        let it = Bench::new(case);
        let step = it.plan().await;
        let first = it.execute(&step).await.unwrap();
        let writes = it.fake.writes();
        let delivered = usize::from(it.spec().delivery.is_some());
        assert_eq!(writes.len(), 1 + delivered, "{}", case.name);
        let again = it.execute(&step).await.unwrap();
        assert_eq!(it.fake.writes(), writes, "{}", case.name);
        assert_eq!(again.issued, first.issued, "{}", case.name);
    }
}

#[tokio::test]
async fn a_held_state_plans_to_nothing() {
    for case in &CASES {
        let it = Bench::new(case);
        it.execute(&it.plan().await).await.unwrap();
        let again = it.plan().await;
        assert_eq!(again.before, again.after, "{}", case.name);
    }
}

#[tokio::test]
async fn undo_restores_what_was() {
    for case in &CASES {
        let it = Bench::new(case);
        let before = it.fake.state();
        let mut drive = it.drive();
        drive.contained().await;
        assert_ne!(it.fake.state(), before, "{}", case.name);
        if let ReversalSpec::Final { .. } = it.spec().reversal {
            let step = &drive.life.steps[0].step;
            assert!(matches!(mirror(step, None), Undo::Impossible { .. }));
            continue;
        }
        drive.undo().await;
        if let ReversalSpec::Compensates { .. } = it.spec().reversal {
            assert_eq!(without_versions(it.fake.state()), without_versions(before));
        } else {
            assert_eq!(it.fake.state(), before, "{}", case.name);
        }
    }
}

#[tokio::test]
async fn undo_restores_what_stood_there_before() {
    for (name, policy) in [
        ("aws_iam.deny_older_role_sessions", "InterlockDenyOlderSessions"),
        ("aws_iam.deny_older_user_sessions", "InterlockDenyOlderSessions"),
        ("aws_iam.quarantine_role", "InterlockQuarantine"),
        ("aws_iam.quarantine_user", "InterlockQuarantine"),
    ] {
        let it = Bench::new(CASES.iter().find(|it| it.name == name).unwrap());
        it.fake.change(|state| {
            policy_of_user(state, policy);
            policy_of_role(state, policy);
        });
        let before = it.fake.state();
        let mut drive = it.drive();
        drive.contained().await;
        assert_ne!(it.fake.state(), before, "{name}");
        drive.undo().await;
        assert_eq!(it.fake.state(), before, "{name}");
    }
}

#[tokio::test]
async fn drift_is_refused() {
    for case in &CASES {
        let it = Bench::new(case);
        let step = it.plan().await;
        it.fake.change(case.drift);
        if matches!(case.name, "aws_iam.delete_access_key" | "aws_iam.delete_password") {
            // Nothing but presence counts here, so that a rotation can disable the key first.
            continue;
        }
        if case.name.contains("anywhere") || case.name.contains("anchor") {
            // It is enabled or it is not: there is no third state.
            continue;
        }
        let changed = it.fake.state();
        let error = it.execute(&step).await.unwrap_err();
        assert!(matches!(error, CallError::Drifted { .. }), "{}: {error}", case.name);
        assert_eq!(it.fake.state(), changed, "{}", case.name);
        assert!(it.fake.writes().is_empty(), "{}", case.name);
    }
}

#[tokio::test]
async fn undeclared_operations_are_refused() {
    for case in &CASES {
        let it = Bench::new(case);
        let step = it.plan().await;
        let action = crate::drive::action(&it.connector, case.name);
        let blind = ActionSpec { reads: &[], ..it.spec().clone() };
        let error = action
            .plan(&ReadCx::new(&blind, noon()), &it.intent, StepId::derive(&["blind"]))
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::Invalid { .. }), "{}: {error}", case.name);
        let seen = action.verify(&ReadCx::new(&blind, noon()), &step).await;
        assert!(matches!(seen, Observation::CannotTell { .. }), "{}: {seen:?}", case.name);
        let bound =
            ActionSpec { write: Operation("none:Nothing"), restore: None, ..it.spec().clone() };
        let permit = crate::drive::permit_for(&step, noon());
        let cx = WriteCx::open(&bound, permit, &step.id, &step.connector, noon()).unwrap();
        let error = action.execute(cx, &step).await.unwrap_err();
        assert!(matches!(error, CallError::Invalid { .. }), "{}: {error}", case.name);
        assert!(it.fake.writes().is_empty(), "{}", case.name);
    }
}

#[tokio::test]
async fn a_pass_opens_only_its_own_operation() {
    let fake = Fake::small();
    let spec = SPEC.actions.iter().find(|it| it.name == "aws_iam.quarantine_user").unwrap();
    let cx = ReadCx::new(spec, noon());
    let pass = cx.read(op::GET_USER).unwrap();
    let error = fake.access_keys(pass, "ci").await.unwrap_err();
    assert!(matches!(error, CallError::Invalid { .. }), "{error}");
    // A role's policy is another operation than a user's.
    let pass = cx.read(op::GET_USER_POLICY).unwrap();
    let holder = Holder::Role("deploy".into());
    let error = fake.inline_policy(pass, &holder, "InterlockQuarantine").await.unwrap_err();
    assert!(matches!(error, CallError::Invalid { .. }), "{error}");
}

#[tokio::test]
async fn what_is_gone_is_contained_but_not_undone() {
    for case in &CASES {
        let it = Bench::new(case);
        if it.spec().delivery.is_some() {
            continue;
        }
        let step = it.plan().await;
        it.execute(&step).await.unwrap();
        it.fake.change(|state| {
            state.users.clear();
            state.roles.clear();
        });
        assert!(holds(&it.verify(&step).await), "{}", case.name);
        if let Undo::Step(back) = mirror(&step, None) {
            let absent_before = step.before == interlock_model::Snapshot::default();
            assert_eq!(holds(&it.verify(&back).await), absent_before, "{}", case.name);
        }
    }
}

#[tokio::test]
async fn a_delivery_must_be_declared() {
    let it = Bench::new(CASES.iter().find(|it| it.name == "aws_iam.issue_access_key").unwrap());
    let step = it.plan().await;
    let undelivered = ActionSpec { delivery: None, ..it.spec().clone() };
    let permit = crate::drive::permit_for(&step, noon());
    let cx = WriteCx::open(&undelivered, permit, &step.id, &step.connector, noon()).unwrap();
    let action = crate::drive::action(&it.connector, it.name);
    assert!(matches!(action.execute(cx, &step).await, Err(CallError::Invalid { .. })));
    assert!(it.fake.writes().is_empty());
}

#[tokio::test]
async fn silence_is_unknown_and_reading_back_settles_it() {
    for case in &CASES {
        for trouble in [Trouble::SilenceBefore, Trouble::SilenceAfter] {
            let it = Bench::new(case);
            let spec = it.spec();
            let step = it.plan().await;
            it.fake.trouble(spec.write, trouble);
            let error = it.execute(&step).await.unwrap_err();
            assert!(matches!(error, CallError::OutcomeUnknown { .. }), "{}: {error}", case.name);
            let took_effect = trouble == Trouble::SilenceAfter && spec.delivery.is_none();
            assert_eq!(holds(&it.verify(&step).await), took_effect, "{} {trouble:?}", case.name);

            let it = Bench::new(case);
            it.fake.trouble(spec.write, trouble);
            let mut drive = it.drive();
            drive.contained().await;
            let clean = Bench::new(case);
            clean.drive().contained().await;
            if spec.delivery.is_none() {
                assert_eq!(it.fake.state(), clean.fake.state(), "{} {trouble:?}", case.name);
                let writes = if took_effect { 1 } else { 2 };
                assert_eq!(it.fake.writes().len(), writes, "{} {trouble:?}", case.name);
            }
        }
    }
}

#[tokio::test]
async fn a_death_around_the_write_costs_no_second_effect() {
    for case in &CASES {
        for after_the_call in [false, true] {
            let it = Bench::new(case);
            let mut drive = it.drive();
            drive.die_writing(after_the_call).await;
            drive.contained().await;
            let delivered = usize::from(it.spec().delivery.is_some());
            assert_eq!(it.fake.writes().len(), 1 + delivered, "{} {after_the_call}", case.name);
        }
    }
}

#[tokio::test]
async fn throttling_is_tried_again_later() {
    for case in &CASES {
        let it = Bench::new(case);
        let step = it.plan().await;
        let before = it.fake.state();
        it.fake.trouble(it.spec().write, Trouble::Throttle);
        let error = it.execute(&step).await.unwrap_err();
        assert!(matches!(error, CallError::Retry { .. }), "{}: {error}", case.name);
        assert_eq!(it.fake.state(), before, "{}", case.name);
        it.execute(&step).await.unwrap();
        assert!(holds(&it.verify(&step).await), "{}", case.name);
    }
}

#[tokio::test]
async fn missing_permissions_are_named() {
    for case in &CASES {
        let it = Bench::new(case);
        let step = it.plan().await;
        let write = it.spec().write;
        it.fake.trouble(write, Trouble::Denied);
        let error = it.execute(&step).await.unwrap_err();
        assert_eq!(error, CallError::Denied { permission: write.to_string() }, "{}", case.name);
        // A read that is refused never counts as an answer.
        for read in it.spec().reads {
            it.fake.trouble(*read, Trouble::Denied);
        }
        let seen = it.verify(&step).await;
        assert!(matches!(seen, Observation::CannotTell { .. }), "{}: {seen:?}", case.name);
    }
}

#[tokio::test]
async fn a_yes_without_effect_does_not_hold() {
    for case in &CASES {
        let it = Bench::new(case);
        let step = it.plan().await;
        it.fake.trouble(it.spec().write, Trouble::Lie);
        if it.execute(&step).await.is_ok() {
            let seen = it.verify(&step).await;
            assert!(matches!(seen, Observation::DoesNotHold { .. }), "{}: {seen:?}", case.name);
        }
    }
}

#[tokio::test]
async fn lag_within_the_settle_time_is_waited_out() {
    for case in &CASES {
        let it = Bench::new(case);
        let mut drive = it.drive();
        it.fake.lag(2);
        drive.contained().await;
        let delivered = usize::from(it.spec().delivery.is_some());
        assert_eq!(it.fake.writes().len(), 1 + delivered, "{}", case.name);
        assert_eq!(drive.life.phase, Phase::Contained { since: drive.now, watched: false });
    }
}

#[tokio::test]
async fn no_secret_leaves_the_connector() {
    for case in &CASES {
        let it = Bench::new(case);
        let mut drive = it.drive();
        drive.contained().await;
        if !matches!(it.spec().reversal, ReversalSpec::Final { .. }) {
            drive.undo().await;
        }
        let journal: Vec<String> =
            drive.journal.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
        let said = format!("{}\n{:?}\n{:?}", journal.join("\n"), it.connector, drive.life);
        assert!(!said.contains(PLANTED), "{}", case.name);
    }
    let secret = interlock_connect_aws::Secret::new(PLANTED);
    assert_eq!(format!("{secret:?}"), "Secret(..)");
}
