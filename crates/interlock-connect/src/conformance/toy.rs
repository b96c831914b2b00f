//! A provider of one door, and an action with faults that can be planted: whether the laws bite.

use super::{Bench, Trouble, Troubles};
use interlock_contain::{
    Action, ActionSpec, CallError, Check, Connector, ConnectorSpec, ReadCx, ReversalSpec, Role,
    TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, CredentialRef, Gate, Intent, Observation, Operation,
    Principal, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LOOK: Operation = Operation("toy:Look");
const SET: Operation = Operation("toy:Set");
const SLAM: Operation = Operation("toy:Slam");
const SECRET: &str = "the combination of the door";

/// What the action does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    NamedOtherwise,
    PlanWrites,
    PlanOfAnotherKind,
    NeverHolds,
    WritesTwice,
    ForgetsThatItHeld,
    UndoGuesses,
    IgnoresDrift,
    WritesWhatWasHeld,
    TakesSilenceForYes,
    TakesThrottlingForSilence,
    HidesDenial,
    HoldsOnDenial,
    BelievesTheYes,
    WritesIntoLag,
    TellsTheSecret,
    CallsUndeclared,
    LooksWithoutLeave,
}

static SPEC: ActionSpec = ActionSpec {
    name: "toy.close_door",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("toy", &["*"]),
    summary: "closes a door",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(30),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[LOOK],
    write: SET,
    restore: None,
    delivery: None,
    traps: &[],
    source: "this file",
};

static NAMED_OTHERWISE: ActionSpec = ActionSpec {
    name: "toy.close_door",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("toy", &["*"]),
    summary: "closes a door",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(30),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[LOOK],
    write: SET,
    restore: None,
    delivery: None,
    traps: &[],
    source: "",
};

static CONNECTOR: ConnectorSpec = ConnectorSpec {
    kind: "toy",
    provider: "toy",
    title: "A door",
    outer: "the toy box's lid",
    discovery: None,
    actions: &[&SPEC],
};

#[derive(Debug)]
struct Door {
    now: String,
    /// What reads still see, and how many of them do.
    stale: Option<(String, usize)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
    believed: Option<String>,
}

#[derive(Debug)]
struct CloseDoor {
    door: Arc<Mutex<Door>>,
    fault: Fault,
}

#[derive(Debug)]
struct Toy {
    id: ConnectorId,
    action: CloseDoor,
}

impl Door {
    fn look(&mut self, operation: Operation) -> Result<String, CallError> {
        match self.troubles.next(operation) {
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: operation.to_string() });
            }
            Some(_) => return Err(throttled()),
            None => {}
        }
        if let Some((seen, reads)) = self.stale.take()
            && reads > 0
        {
            self.stale = Some((seen.clone(), reads - 1));
            return Ok(seen);
        }
        Ok(self.now.clone())
    }

    fn set(&mut self, operation: Operation, wanted: &str) -> Result<(), CallError> {
        self.writes.push(operation);
        let silence = || Err(CallError::OutcomeUnknown { why: "no answer".to_owned() });
        let trouble = self.troubles.next(operation);
        match trouble {
            Some(Trouble::Throttle) => return Err(throttled()),
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: operation.to_string() });
            }
            Some(Trouble::SilenceBefore) => return silence(),
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        let before = std::mem::replace(&mut self.now, wanted.to_owned());
        self.stale = (self.lag > 0).then_some((before, self.lag));
        if trouble.is_some() { silence() } else { Ok(()) }
    }
}

fn throttled() -> CallError {
    CallError::Retry { after: Duration::from_secs(1), why: "busy".to_owned() }
}

fn snapshot(door: &str) -> Snapshot {
    Snapshot::of([("door", door.to_owned())])
}

impl CloseDoor {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn look(&self, cx: &ReadCx<'_>) -> Result<Snapshot, CallError> {
        if !self.is(Fault::LooksWithoutLeave) {
            cx.read(LOOK)?;
        }
        self.door.lock().unwrap().look(LOOK).map(|it| snapshot(&it))
    }

    fn write(&self, wanted: &str) -> Result<Receipt, CallError> {
        let mut door = self.door.lock().unwrap();
        let operation = if self.is(Fault::CallsUndeclared) { SLAM } else { SET };
        let mut answer = door.set(operation, wanted);
        if self.is(Fault::TakesSilenceForYes) && answer.as_ref().is_err_and(is_silence) {
            answer = Ok(());
        }
        if self.is(Fault::TakesThrottlingForSilence)
            && matches!(answer, Err(CallError::Retry { .. }))
        {
            answer = Err(CallError::OutcomeUnknown { why: "busy".to_owned() });
        }
        if self.is(Fault::HidesDenial) && matches!(answer, Err(CallError::Denied { .. })) {
            answer = Err(throttled());
        }
        answer?;
        door.believed = Some(wanted.to_owned());
        let request = self.is(Fault::TellsTheSecret).then(|| SECRET.to_owned());
        Ok(Receipt { request, ..Receipt::default() })
    }
}

fn is_silence(error: &CallError) -> bool {
    matches!(error, CallError::OutcomeUnknown { .. })
}

#[async_trait::async_trait]
impl Action for CloseDoor {
    fn spec(&self) -> &'static ActionSpec {
        if self.is(Fault::NamedOtherwise) { &NAMED_OTHERWISE } else { &SPEC }
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let mut before = self.look(cx)?;
        if self.is(Fault::PlanWrites) {
            self.door.lock().unwrap().set(SET, "planned")?;
        }
        if self.is(Fault::ForgetsThatItHeld) && before == snapshot("closed") {
            before = snapshot("open");
        }
        let stops = if self.is(Fault::PlanOfAnotherKind) { Stops::default() } else { SPEC.stops };
        Ok(Step {
            id,
            connector: ConnectorId("toy".into()),
            action: ActionName(SPEC.name.into()),
            kind: SPEC.kind,
            target: intent.target.clone(),
            before,
            after: snapshot("closed"),
            reversal: SPEC.reversal.to_model(),
            gate: Gate::Now,
            stops,
            settle_seconds: SPEC.settle.as_secs(),
            summary: "close the door".to_owned(),
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let seen = self.look(cx.reading())?;
        if seen == step.after && !self.is(Fault::WritesTwice) {
            return Ok(Receipt::default());
        }
        let was_held = self.is(Fault::WritesWhatWasHeld) && step.before == step.after;
        if seen != step.before && seen != step.after && !self.is(Fault::IgnoresDrift) && !was_held {
            return Err(CallError::Drifted { expected: step.before.clone(), seen });
        }
        if !self.is(Fault::CallsUndeclared) {
            let _pass = cx.write(SET)?;
        }
        let mut wanted = step.after.get("door").unwrap();
        if self.is(Fault::UndoGuesses) && step.kind == ActionKind::Restore {
            wanted = "open";
        }
        self.write(wanted)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let holds = || Observation::Holds { residual: Vec::new(), issued: None };
        let believed = self.door.lock().unwrap().believed.clone();
        match self.look(cx) {
            _ if self.is(Fault::BelievesTheYes)
                && believed.map(|it| snapshot(&it)).as_ref() == Some(&step.after) =>
            {
                holds()
            }
            Ok(seen) if seen == step.after && !self.is(Fault::NeverHolds) => holds(),
            Ok(seen) => Observation::DoesNotHold { seen },
            Err(CallError::Denied { .. }) if self.is(Fault::HoldsOnDenial) => holds(),
            Err(error) => Observation::CannotTell { why: error.to_string() },
        }
    }
}

#[async_trait::async_trait]
impl Connector for Toy {
    fn id(&self) -> &ConnectorId {
        &self.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &CONNECTOR
    }

    fn actions(&self) -> Vec<&dyn Action> {
        vec![&self.action]
    }

    async fn check(&self) -> Vec<Check> {
        Vec::new()
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        Ok(Vec::new())
    }
}

/// A door that stands ajar, and an action with this fault.
pub(super) fn fresh(fault: Fault) -> Box<dyn Bench> {
    let door = Door {
        now: "ajar".to_owned(),
        stale: None,
        lag: 0,
        troubles: Troubles::default(),
        writes: Vec::new(),
        believed: None,
    };
    let action = CloseDoor { door: Arc::new(Mutex::new(door)), fault };
    Box::new(Toy { id: ConnectorId("toy".into()), action })
}

impl Toy {
    fn door<T>(&self, look: impl FnOnce(&mut Door) -> T) -> T {
        look(&mut self.action.door.lock().unwrap())
    }
}

impl Bench for Toy {
    fn connector(&self) -> &dyn Connector {
        self
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("toy", "front");
        Intent { kind: action.kind, target: Target::Principal { principal } }
    }

    fn state(&self) -> String {
        self.door(|it| it.now.clone())
    }

    fn writes(&self) -> Vec<Operation> {
        self.door(|it| it.writes.clone())
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.door(|it| it.troubles.add(operation, trouble));
    }

    fn lag(&self, reads: usize) {
        // A writer that does not wait meets more lag than the settle time has looks.
        let reads = if self.action.is(Fault::WritesIntoLag) { 50 } else { reads };
        self.door(|it| it.lag = reads);
    }

    fn drift(&self, _action: &ActionSpec) -> bool {
        self.door(|it| it.now = "off its hinges".to_owned());
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
