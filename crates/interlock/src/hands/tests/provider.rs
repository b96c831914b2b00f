//! A provider that counts what it is asked, well or sick.

use interlock_contain::{
    Action, ActionSpec, CallError, Check, Connector, ConnectorSpec, ReadCx, ReversalSpec, Role,
    TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, Gate, Intent, Observation, Operation, Principal, Receipt,
    Snapshot, Step, StepId, Stops,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const LOOK: Operation = Operation("toy:Look");
const CLOSE: Operation = Operation("toy:Close");
/// How long it takes to answer.
const ANSWERS: Duration = Duration::from_millis(20);

const fn spec(name: &'static str, provider: &'static str) -> ActionSpec {
    ActionSpec {
        name,
        kind: ActionKind::Quarantine,
        role: Role::Whole,
        target: if provider.len() == 4 {
            TargetKind::Principal("well", &["*"])
        } else {
            TargetKind::Principal("other", &["*"])
        },
        summary: "closes a door",
        reversal: ReversalSpec::Restores { re_arms: false },
        stops: Stops { new: true, refresh: true, live: true },
        settle: Duration::ZERO,
        leaves: "",
        leaves_at_most: None,
        beyond: &[],
        reads: &[LOOK],
        write: CLOSE,
        restore: None,
        delivery: None,
        traps: &[],
        source: "this file",
    }
}

static WELL_ACTION: ActionSpec = spec("well.close", "well");
static OTHER_ACTION: ActionSpec = spec("other.close", "other");
pub(super) static WELL: ConnectorSpec = ConnectorSpec {
    kind: "well",
    provider: "well",
    title: "Doors",
    actions: &[&WELL_ACTION],
    outer: "nothing",
    discovery: None,
};
pub(super) static OTHER: ConnectorSpec = ConnectorSpec {
    kind: "other",
    provider: "other",
    title: "Doors",
    actions: &[&OTHER_ACTION],
    outer: "nothing",
    discovery: None,
};

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Well,
    /// It never answers.
    Hangs,
    /// It cannot be reached.
    Down,
    /// It is cut off after each request.
    Silent,
    /// The connector itself is broken.
    Panics,
    /// It asks to be left alone for so many seconds, each time that this many operations came.
    Throttles {
        every: usize,
        seconds: u64,
    },
}

/// What came, in order.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Every operation, and when.
    pub(super) operations: Vec<Instant>,
    /// The doors in the order of their closing.
    pub(super) closed: Vec<String>,
    doors: BTreeSet<String>,
    at_once: usize,
    pub(super) most_at_once: usize,
    /// When it asked to be left alone, and until when.
    pub(super) rests: Vec<(Instant, Instant)>,
}

#[derive(Debug)]
pub(super) struct Provider {
    id: ConnectorId,
    spec: &'static ConnectorSpec,
    action: Close,
}

#[derive(Debug)]
struct Close {
    spec: &'static ActionSpec,
    health: Mutex<Health>,
    seen: Arc<Mutex<Seen>>,
}

impl Provider {
    pub(super) fn new(spec: &'static ConnectorSpec, health: Health) -> Arc<Self> {
        let action = spec.actions[0];
        let action = Close { spec: action, health: Mutex::new(health), seen: Arc::default() };
        Arc::new(Self { id: ConnectorId(spec.kind.into()), spec, action })
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.action.seen.lock().unwrap())
    }

    pub(super) fn is_now(&self, health: Health) {
        *self.action.health.lock().unwrap() = health;
    }
}

impl Close {
    fn seen<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        change(&mut self.seen.lock().unwrap())
    }

    /// One operation, as far as the provider's health lets it.
    async fn operation(&self, reads_back: bool) -> Result<(), CallError> {
        let now = crate::clock::timer();
        let count = self.seen(|it| {
            it.operations.push(now);
            it.at_once += 1;
            it.most_at_once = it.most_at_once.max(it.at_once);
            it.operations.len()
        });
        let health = *self.health.lock().unwrap();
        let ended = match health {
            Health::Well => Ok(()),
            Health::Hangs => std::future::pending().await,
            Health::Panics => panic!("a broken connector"),
            Health::Down => Err(Duration::from_secs(5)),
            Health::Silent => Ok(()),
            // What a read-back is told is no error to its caller, only an unclear answer.
            Health::Throttles { every, seconds } if count.is_multiple_of(every) && !reads_back => {
                let after = Duration::from_secs(seconds);
                self.seen(|it| it.rests.push((now, now + after)));
                Err(after)
            }
            Health::Throttles { .. } => Ok(()),
        };
        if ended.is_ok() {
            tokio::time::sleep(ANSWERS).await;
        }
        self.seen(|it| it.at_once -= 1);
        match (ended, health) {
            (Ok(()), Health::Silent) => {
                Err(CallError::OutcomeUnknown { why: "cut off".to_owned() })
            }
            (Ok(()), _) => Ok(()),
            (Err(after), _) => Err(CallError::Retry { after, why: "come back later".to_owned() }),
        }
    }

    async fn door(
        &self,
        cx: &ReadCx<'_>,
        name: &str,
        reads_back: bool,
    ) -> Result<Snapshot, CallError> {
        cx.read(LOOK)?;
        self.operation(reads_back).await?;
        Ok(door(self.seen(|it| it.doors.contains(name))))
    }
}

fn door(closed: bool) -> Snapshot {
    Snapshot::of([("closed", closed.to_string())])
}

#[async_trait::async_trait]
impl Action for Close {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let name = &intent.target.principal().name;
        Ok(Step {
            id,
            connector: ConnectorId("set by the recipe".into()),
            action: ActionName(self.spec.name.into()),
            kind: self.spec.kind,
            target: intent.target.clone(),
            before: self.door(cx, name, false).await?,
            after: door(true),
            reversal: self.spec.reversal.to_model(),
            gate: Gate::Now,
            stops: self.spec.stops,
            settle_seconds: 0,
            summary: format!("close {name}"),
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let name = step.target.principal().name.to_string();
        if self.door(cx.reading(), &name, false).await? == step.after {
            return Ok(Receipt::default());
        }
        let _pass = cx.write(CLOSE)?;
        self.operation(false).await?;
        self.seen(|it| {
            assert!(it.doors.insert(name.clone()), "{name} is closed twice");
            it.closed.push(name);
        });
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.door(cx, &step.target.principal().name, true).await {
            Ok(seen) if seen == step.after => {
                Observation::Holds { residual: Vec::new(), issued: None }
            }
            Ok(seen) => Observation::DoesNotHold { seen },
            Err(error) => Observation::CannotTell { why: error.to_string() },
        }
    }
}

#[async_trait::async_trait]
impl Connector for Provider {
    fn id(&self) -> &ConnectorId {
        &self.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        self.spec
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
