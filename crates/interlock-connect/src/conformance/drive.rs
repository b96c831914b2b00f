//! Drives one action through the machine as the process would: journal, guard, permit, execute, read back.

use super::Bench;
use super::laws::{Kept, ensure};
use interlock_contain::{
    Action, Breaker, BreakerLimits, CallError, Containment, GuardQuestion, Next, Permit, Phase,
    ReadCx, WriteCx, next, permit, plan_undo,
};
use interlock_model::{
    ActionKind, CaseId, Consent, ContainmentId, DecisionId, Entry, Fact, IdentityId, Intent, Mode,
    Observation, Plan, PlanId, Receipt, Step, StepId, Timestamp,
};

/// One action of a connector, aimed at the target of its world.
pub(super) struct Subject<'a> {
    pub bench: &'a dyn Bench,
    pub action: &'a dyn Action,
    pub intent: Intent,
}

/// The moment at which every world stands: 2026-03-01 12:00 UTC and a little.
pub(crate) fn noon() -> Timestamp {
    Timestamp::new(1_772_366_400, 250_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl<'a> Subject<'a> {
    pub(super) fn new(bench: &'a dyn Bench, name: &str) -> Result<Self, String> {
        let action = bench.connector().actions().into_iter().find(|it| it.spec().name == name);
        let action = action.ok_or("the connector does not offer it")?;
        Ok(Self { bench, action, intent: bench.aim(action.spec()) })
    }

    pub(super) async fn plan(&self) -> Result<Step, String> {
        let cx = ReadCx::new(self.action.spec(), noon());
        let id = StepId::derive(&["conformance", self.action.spec().name]);
        let planned = self.action.plan(&cx, &self.intent, id).await;
        planned.map_err(|it| format!("no plan: {it}"))
    }

    pub(super) async fn execute(&self, step: &Step) -> Result<Receipt, CallError> {
        let permit = permit_for(step, noon()).map_err(|why| CallError::Invalid { why })?;
        let spec = self.action.spec();
        let cx = WriteCx::open(spec, permit, &step.id, &step.connector, noon())?;
        self.action.execute(cx, step).await
    }

    pub(super) async fn executed(&self, step: &Step) -> Result<Receipt, String> {
        self.execute(step).await.map_err(|it| format!("not executed: {it}"))
    }

    pub(super) async fn verify(&self, step: &Step) -> Observation {
        self.action.verify(&ReadCx::new(self.action.spec(), noon()), step).await
    }
}

/// A permit for one step on its own, as the guard gives it.
pub(crate) fn permit_for(step: &Step, now: Timestamp) -> Result<Permit, String> {
    let mut life = begin(now)?;
    let entry = Entry {
        containment: life.id.clone(),
        sequence: life.next_sequence,
        time: now,
        fact: Fact::Planned { plan: plan_of(step) },
    };
    life.apply(&entry).map_err(|it| it.to_string())?;
    allow(&life, step, now)
}

fn allow(life: &Containment, step: &Step, now: Timestamp) -> Result<Permit, String> {
    let question = GuardQuestion {
        mode: Mode::Enforce,
        life,
        step,
        consent: Consent::Automatic,
        protected: None,
        enforce: &ActionKind::ALL,
        rule: "conformance",
        case_open: true,
        now,
    };
    let limits = BreakerLimits { per_hour: 100, per_connector: 100, per_rule: 100 };
    permit(&question, &mut Breaker::new(limits)).map_err(|it| it.to_string())
}

fn plan_of(step: &Step) -> Plan {
    Plan {
        id: PlanId::derive(&["conformance"]),
        identity: IdentityId::derive(&["conformance"]),
        steps: vec![step.clone()],
        residual: Vec::new(),
        breaks: Vec::new(),
    }
}

fn requested(now: Timestamp) -> Entry {
    let fact = Fact::Requested {
        decision: DecisionId::derive(&["conformance"]),
        case: CaseId::derive(&["conformance"]),
        identity: IdentityId::derive(&["conformance"]),
    };
    let containment = ContainmentId::derive(&["conformance"]);
    Entry { containment, sequence: 0, time: now, fact }
}

fn begin(now: Timestamp) -> Result<Containment, String> {
    Containment::begin(&requested(now)).map_err(|it| it.to_string())
}

/// One containment by one action, and its virtual clock: waiting costs no time.
pub(super) struct Drive<'a> {
    subject: &'a Subject<'a>,
    pub life: Containment,
    pub journal: Vec<Entry>,
    now: Timestamp,
}

impl<'a> Drive<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Result<Self, String> {
        let now = noon();
        Ok(Self { subject, life: begin(now)?, journal: vec![requested(now)], now })
    }

    /// Goes on until it is contained.
    pub(super) async fn contained(&mut self) -> Kept {
        self.run().await?;
        ensure(matches!(self.life.phase, Phase::Contained { .. }), || {
            format!("it comes to rest as {:?}", self.life.phase)
        })
    }

    /// Takes it back, and goes on until it is undone.
    pub(super) async fn undone(&mut self) -> Kept {
        let plan = self.life.plan.as_ref().ok_or("there is no plan")?;
        let (plan, lost) = plan_undo(plan, &self.life.steps);
        if !lost.is_empty() {
            return Err(format!("it cannot be taken back: {lost:?}"));
        }
        self.record(Fact::UndoAsked { by: "conformance".to_owned(), plan })?;
        self.run().await?;
        ensure(self.life.phase == Phase::Undone, || {
            format!("the undo comes to rest as {:?}", self.life.phase)
        })
    }

    /// Goes on from a plan that was made before, to the end.
    #[cfg(test)]
    pub(super) async fn goes_on_from(&mut self, step: &Step) -> Kept {
        self.record(Fact::Planned { plan: plan_of(step) })?;
        self.run().await
    }

    async fn run(&mut self) -> Kept {
        for _ in 0..200 {
            match next(&self.life, Consent::Automatic, "run-1", 0, self.now) {
                Next::Plan => {
                    let plan = plan_of(&self.subject.plan().await?);
                    self.record(Fact::Planned { plan })?;
                }
                Next::Write(id) => self.write(id).await?,
                Next::Verify(id) => {
                    let step = self.step(&id)?;
                    let cx = ReadCx::new(self.subject.action.spec(), self.now);
                    let observation = self.subject.action.verify(&cx, &step).await;
                    self.record(Fact::Observed { step: id, observation })?;
                }
                Next::Wait { until: Some(until) } => self.now = until,
                Next::Wait { until: None } | Next::WatchOver => return Ok(()),
                other @ (Next::Ask | Next::GiveUp { .. }) => return Err(format!("{other:?}")),
            }
        }
        Err("it comes to no rest".to_owned())
    }

    async fn write(&mut self, id: StepId) -> Kept {
        let step = self.step(&id)?;
        let permit = allow(&self.life, &step, self.now)?;
        let attempt = self.life.step(&id).map_or(1, |it| it.attempts + 1);
        self.record(Fact::Intended { step: id.clone(), attempt, run: "run-1".into() })?;
        let spec = self.subject.action.spec();
        let cx = WriteCx::open(spec, permit, &id, &step.connector, self.now)
            .map_err(|it| it.to_string())?;
        let fact = match self.subject.action.execute(cx, &step).await {
            Ok(receipt) => Fact::Acknowledged { step: id, receipt },
            Err(error) => Fact::Failed { step: id, class: error.class(), why: error.to_string() },
        };
        self.record(fact)
    }

    fn step(&self, id: &StepId) -> Result<Step, String> {
        self.life.step(id).map(|it| it.step.clone()).ok_or_else(|| format!("no step `{id}`"))
    }

    fn record(&mut self, fact: Fact) -> Kept {
        let containment = self.life.id.clone();
        let sequence = self.life.next_sequence;
        let entry = Entry { containment, sequence, time: self.now, fact };
        self.life.apply(&entry).map_err(|it| it.to_string())?;
        self.journal.push(entry);
        Ok(())
    }
}
