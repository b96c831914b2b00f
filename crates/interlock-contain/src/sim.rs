//! The machine under every kind of failure, at every point: one thread, no clock, no provider.
//!
//! A toy provider keeps names and values. A process runs the machine against it, journals into a log
//! that survives it, and dies or loses answers where it is told to.

use crate::{
    Breaker, BreakerLimits, CallError, Containment, GuardQuestion, Next, Phase, StepState, grade,
    next, permit, plan_undo,
};
use interlock_model::{
    ActionKind, ActionName, CaseId, ConnectorId, Consent, ContainmentId, CredentialKind,
    CredentialRef, DecisionId, Entry, Fact, Gate, Grade, IdentityId, Mode, Observation, Plan,
    PlanId, Principal, Receipt, Reversal, Snapshot, Step, StepId, Stops, Target, Timestamp,
};
use std::collections::BTreeMap;

/// Where a run is disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    /// The process dies before the batch is committed.
    BeforeCommit,
    /// It dies after the commit, before the call.
    BeforeCall,
    /// It dies after the call, before the answer is taken in.
    AfterCall,
    /// The request is lost on its way: no effect, no answer.
    RequestLost,
    /// The answer is lost on its way: the effect is there.
    AnswerLost,
    /// The provider refuses for a while: no effect.
    Throttled,
}

const ALL: [Disturbance; 6] = [
    Disturbance::BeforeCommit,
    Disturbance::BeforeCall,
    Disturbance::AfterCall,
    Disturbance::RequestLost,
    Disturbance::AnswerLost,
    Disturbance::Throttled,
];

#[derive(Debug, Default)]
struct Provider {
    state: BTreeMap<String, String>,
    writes: Vec<String>,
}

impl Provider {
    fn write(&mut self, step: &Step) -> Result<Receipt, CallError> {
        let name = step.target.principal().name.to_string();
        let seen = self.snapshot(&name);
        if seen == step.after {
            return Ok(Receipt::default());
        }
        if seen != step.before {
            return Err(CallError::Drifted { expected: step.before.clone(), seen });
        }
        let value = step.after.get("state").unwrap().to_owned();
        self.writes.push(format!("{name}={value}"));
        self.state.insert(name, value);
        Ok(Receipt::default())
    }

    fn snapshot(&self, name: &str) -> Snapshot {
        Snapshot::of([("state", self.state.get(name).cloned().unwrap_or_default())])
    }

    fn read(&self, step: &Step) -> Observation {
        let seen = self.snapshot(&step.target.principal().name);
        if seen == step.after {
            Observation::Holds { residual: Vec::new(), issued: None }
        } else {
            Observation::DoesNotHold { seen }
        }
    }
}

struct House {
    journal: Vec<Entry>,
    provider: Provider,
    clock: i64,
    run: u32,
    /// Which point is disturbed, counted over the whole life, and how.
    at: Option<(u32, Disturbance)>,
    points: u32,
}

enum Ended {
    Resting,
    Died,
}

impl House {
    fn new(at: Option<(u32, Disturbance)>) -> Self {
        let mut provider = Provider::default();
        for name in ["a", "b"] {
            provider.state.insert(name.to_owned(), "open".to_owned());
        }
        let fact = Fact::Requested {
            decision: DecisionId::derive(&["d"]),
            case: CaseId::derive(&["c"]),
            identity: IdentityId::derive(&["i"]),
        };
        let entry = Entry { containment: id(), sequence: 0, time: time(0), fact };
        Self { journal: vec![entry], provider, clock: 0, run: 0, at, points: 0 }
    }

    fn life(&self) -> Containment {
        Containment::fold(&self.journal).unwrap().unwrap()
    }

    fn commit(&mut self, fact: Fact) {
        let sequence = u32::try_from(self.journal.len()).unwrap();
        let entry = Entry { containment: id(), sequence, time: time(self.clock), fact };
        let mut life = self.life();
        life.apply(&entry).unwrap_or_else(|it| panic!("{it}: {:?}", entry.fact));
        self.journal.push(entry);
    }

    fn disturbed(&mut self, kind: Disturbance) -> bool {
        self.at.is_some_and(|(point, what)| point == self.points && what == kind)
    }

    /// Runs the process until nothing more is to do, or until it dies. Starts from the journal alone.
    fn run(&mut self) -> Ended {
        self.run += 1;
        let run = self.run.to_string();
        let mut breaker =
            Breaker::new(BreakerLimits { per_hour: 99, per_connector: 99, per_rule: 99 });
        for _ in 0..200 {
            let life = self.life();
            match next(&life, Consent::Automatic, &run, 10, time(self.clock)) {
                Next::Plan => {
                    let plan = self.plan();
                    self.commit(Fact::Planned { plan });
                }
                Next::Write(step) => {
                    self.points += 1;
                    let step = life.step(&step).unwrap().clone();
                    let question = GuardQuestion {
                        mode: Mode::Enforce,
                        life: &life,
                        step: &step.step,
                        consent: Consent::Automatic,
                        protected: None,
                        enforce: &[ActionKind::Quarantine],
                        rule: "r",
                        case_open: true,
                        now: time(self.clock),
                    };
                    let permit = permit(&question, &mut breaker).unwrap();
                    if self.disturbed(Disturbance::BeforeCommit) {
                        return Ended::Died;
                    }
                    let attempt = step.attempts + 1;
                    self.commit(Fact::Intended {
                        step: step.step.id.clone(),
                        attempt,
                        run: run.as_str().into(),
                    });
                    if self.disturbed(Disturbance::BeforeCall) {
                        return Ended::Died;
                    }
                    // The law: at the moment of the call the intent is in the journal.
                    let durable = self.life();
                    assert!(matches!(
                        durable.step(&step.step.id).unwrap().state,
                        StepState::Intended { .. }
                    ));
                    assert!(permit.opens(&step.step.id, &step.step.connector, time(self.clock)));
                    let outcome = self.call(&step.step);
                    if self.disturbed(Disturbance::AfterCall) {
                        return Ended::Died;
                    }
                    let id = step.step.id.clone();
                    match outcome {
                        Ok(receipt) => self.commit(Fact::Acknowledged { step: id, receipt }),
                        Err(error) => self.commit(Fact::Failed {
                            step: id,
                            class: error.class(),
                            why: error.to_string(),
                        }),
                    }
                }
                Next::Verify(step) => {
                    let step = life.step(&step).unwrap().step.clone();
                    let observation = self.provider.read(&step);
                    self.commit(Fact::Observed { step: step.id, observation });
                }
                Next::WatchOver => self.commit(Fact::WatchPassed),
                Next::Wait { until: Some(until) } => {
                    self.clock = until.as_second().max(self.clock + 1)
                }
                Next::Wait { until: None } => return Ended::Resting,
                Next::Ask | Next::GiveUp { .. } => panic!("unexpected"),
            }
        }
        panic!("no rest");
    }

    fn call(&mut self, step: &Step) -> Result<Receipt, CallError> {
        let why = "test".to_owned();
        if self.disturbed(Disturbance::RequestLost) {
            return Err(CallError::OutcomeUnknown { why });
        }
        if self.disturbed(Disturbance::Throttled) {
            return Err(CallError::Retry { after: std::time::Duration::from_secs(1), why });
        }
        let answer = self.provider.write(step);
        if self.disturbed(Disturbance::AnswerLost) {
            return Err(CallError::OutcomeUnknown { why });
        }
        answer
    }

    fn plan(&self) -> Plan {
        Plan {
            id: PlanId::derive(&["p"]),
            identity: IdentityId::derive(&["i"]),
            steps: ["a", "b"].iter().map(|it| toy(it, self.provider.snapshot(it))).collect(),
            residual: Vec::new(),
            breaks: Vec::new(),
        }
    }

    /// Runs again and again, as a supervisor would.
    fn live(&mut self) -> Containment {
        for _ in 0..10 {
            match self.run() {
                Ended::Resting => return self.life(),
                Ended::Died => {}
            }
        }
        panic!("it keeps dying");
    }
}

fn toy(name: &str, before: Snapshot) -> Step {
    Step {
        id: StepId::derive(&["d", name]),
        connector: ConnectorId("toy".into()),
        action: ActionName("toy.close".into()),
        kind: ActionKind::Quarantine,
        target: Target::Principal { principal: Principal::new("toy", name) },
        before,
        after: Snapshot::of([("state", "closed".to_owned())]),
        reversal: Reversal::Restores { re_arms: false },
        gate: Gate::Now,
        stops: Stops { new: true, refresh: true, live: true },
        settle_seconds: 3,
        summary: format!("close {name}"),
    }
}

fn id() -> ContainmentId {
    ContainmentId::derive(&["x"])
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

#[test]
fn every_disturbance_at_every_point_ends_contained_with_one_write_a_step() {
    let mut calm = House::new(None);
    let life = calm.live();
    assert!(matches!(life.phase, Phase::Contained { watched: true, .. }));
    assert_eq!(grade(&life), Grade::Applied, "a yes and a read-back are no proof of effect");
    let points = calm.points;
    assert_eq!(points, 2);
    for point in 1..=points {
        for kind in ALL {
            let mut house = House::new(Some((point, kind)));
            let life = house.live();
            assert!(
                matches!(life.phase, Phase::Contained { .. }),
                "{kind:?} at {point}: {:?}",
                life.phase
            );
            assert_eq!(house.provider.writes, ["a=closed", "b=closed"], "{kind:?} at {point}");
        }
    }
}

#[test]
fn undo_survives_every_disturbance_and_restores_exactly() {
    for point in 3..=4 {
        for kind in ALL {
            let mut house = House::new(Some((point, kind)));
            let before = house.provider.state.clone();
            let life = house.live();
            let (plan, lost) = plan_undo(life.plan.as_ref().unwrap(), &life.steps);
            assert!(lost.is_empty());
            house.commit(Fact::UndoAsked { by: "ann".to_owned(), plan });
            let life = house.live();
            assert_eq!(life.phase, Phase::Undone, "{kind:?} at {point}");
            assert_eq!(house.provider.state, before, "{kind:?} at {point}");
            assert_eq!(house.provider.writes, ["a=closed", "b=closed", "b=open", "a=open"]);
        }
    }
}

#[test]
fn a_state_that_holds_already_is_read_back_and_never_written() {
    let mut house = House::new(None);
    house.provider.state.insert("a".to_owned(), "closed".to_owned());
    let life = house.live();
    assert!(matches!(life.phase, Phase::Contained { .. }));
    assert_eq!(house.provider.writes, ["b=closed"]);
    let (plan, _) = plan_undo(life.plan.as_ref().unwrap(), &life.steps);
    house.commit(Fact::UndoAsked { by: "ann".to_owned(), plan });
    house.live();
    assert_eq!(
        house.provider.state.get("a").unwrap(),
        "closed",
        "undo changes only what we changed"
    );
    assert_eq!(house.provider.state.get("b").unwrap(), "open");
}

#[test]
fn drift_between_plan_and_write_is_planned_again() {
    let mut house = House::new(Some((1, Disturbance::BeforeCommit)));
    assert!(matches!(house.run(), Ended::Died));
    house.provider.state.insert("a".to_owned(), "ajar".to_owned());
    let life = house.live();
    assert!(matches!(life.phase, Phase::Contained { .. }));
    assert_eq!(
        life.steps[0].step.before.get("state"),
        Some("ajar"),
        "undo must aim at what was there"
    );
}

#[test]
fn an_approval_of_another_plan_and_a_second_permit_are_refused() {
    let mut house = House::new(None);
    let plan = house.plan();
    house.commit(Fact::Planned { plan });
    let life = house.life();
    let mut breaker = Breaker::new(BreakerLimits { per_hour: 1, per_connector: 9, per_rule: 9 });
    let question = |consent, mode| GuardQuestion {
        mode,
        life: &life,
        step: &life.steps[0].step,
        consent,
        protected: None,
        enforce: &[ActionKind::Quarantine],
        rule: "r",
        case_open: true,
        now: time(1),
    };
    let other = toy("b", Snapshot::of([("state", "open".to_owned())]));
    let withheld = |question: GuardQuestion<'_>, breaker: &mut Breaker| {
        permit(&question, breaker).unwrap_err().to_string()
    };
    expect_test::expect![[r#"
        mode is `recommend`: nothing is written until it is `enforce`
        consent of `owner` is missing or has expired
        the target is protected: break-glass
        connector `toy` may not `quarantine`: add it to the connector's `enforce` list
        the breaker is open: 1 automatic writes an hour
        the case was closed meanwhile"#]]
    .assert_eq(
        &[
            withheld(question(Consent::Automatic, Mode::Recommend), &mut breaker),
            withheld(question(Consent::Owner, Mode::Enforce), &mut breaker),
            withheld(
                GuardQuestion {
                    protected: Some("break-glass"),
                    ..question(Consent::Automatic, Mode::Enforce)
                },
                &mut breaker,
            ),
            withheld(
                GuardQuestion { enforce: &[], ..question(Consent::Automatic, Mode::Enforce) },
                &mut breaker,
            ),
            {
                // The same step twice, as after a lost connection: one write of the hour's.
                permit(&question(Consent::Automatic, Mode::Enforce), &mut breaker).unwrap();
                permit(&question(Consent::Automatic, Mode::Enforce), &mut breaker).unwrap();
                withheld(
                    GuardQuestion { step: &other, ..question(Consent::Automatic, Mode::Enforce) },
                    &mut breaker,
                )
            },
            withheld(
                GuardQuestion { case_open: false, ..question(Consent::Automatic, Mode::Enforce) },
                &mut Breaker::new(BreakerLimits { per_hour: 9, per_connector: 9, per_rule: 9 }),
            ),
        ]
        .join("\n"),
    );
}

#[test]
fn a_replaced_credential_is_disabled_only_after_the_new_one_was_used() {
    let credential = |it: &str| CredentialRef::new("toy", CredentialKind::AccessKey, it);
    let mut issue = toy("a", Snapshot::of([("state", "open".to_owned())]));
    issue.kind = ActionKind::RotateCredential;
    issue.stops = Stops::default();
    let mut disable = toy("b", Snapshot::of([("state", "open".to_owned())]));
    disable.gate = Gate::WhenUsed { issued_by: issue.id.clone(), at_latest_seconds: None };
    let mut house = House::new(None);
    let mut plan = house.plan();
    plan.steps = vec![issue.clone(), disable];
    house.commit(Fact::Planned { plan });
    house.commit(Fact::Intended { step: issue.id.clone(), attempt: 1, run: "1".into() });
    let receipt = Receipt { issued: Some(credential("NEW")), ..Receipt::default() };
    house.commit(Fact::Acknowledged { step: issue.id.clone(), receipt });
    let holds = Observation::Holds { residual: Vec::new(), issued: None };
    house.commit(Fact::Observed { step: issue.id.clone(), observation: holds });
    let wait = next(&house.life(), Consent::Automatic, "1", 10, time(100_000));
    assert_eq!(wait, Next::Wait { until: None });
    let place = interlock_model::Place { file: "f".into(), record: 1 };
    let evidence = interlock_model::Evidence::SuccessfulUse { place };
    house.commit(Fact::Shown { step: issue.id, evidence });
    assert!(matches!(
        next(&house.life(), Consent::Automatic, "1", 10, time(100_000)),
        Next::Write(_)
    ));
}
