//! Drives a containment as the process would: journal, guard, permit, execute, read back, probe.

use interlock_contain::{
    Action, Breaker, BreakerLimits, CallError, Connector, ConnectorInstance, Containment,
    GuardQuestion, Next, Phase, ReadCx, WriteCx, compose, grade, next, permit, plan_undo,
};
use interlock_model::{
    ActionKind, CaseId, Consent, ContainmentId, DecisionId, Entry, Evidence, Fact, Grade,
    IdentityId, Intent, Mode, Observation, Plan, PlanId, Principal, Residual, Step, StepId, Target,
    Timestamp,
};

/// One containment and its virtual clock: waiting costs no time.
pub struct Drive<'a> {
    connector: &'a dyn Connector,
    pub life: Containment,
    pub journal: Vec<Entry>,
    now: Timestamp,
    intent: Intent,
}

pub fn on(kind: ActionKind, principal: &Principal) -> Intent {
    Intent { kind, target: Target::Principal { principal: principal.clone() } }
}

/// What planning says.
pub async fn plan(
    connector: &dyn Connector,
    name: &str,
    intent: &Intent,
) -> Result<Step, CallError> {
    let action = action(connector, name);
    let id = StepId::derive(&["test", name]);
    action.plan(&ReadCx::new(action.spec(), Timestamp::UNIX_EPOCH), intent, id).await
}

fn action<'a>(connector: &'a dyn Connector, name: &str) -> &'a dyn Action {
    connector.actions().into_iter().find(|it| it.spec().name == name).unwrap()
}

impl<'a> Drive<'a> {
    /// Nothing has happened yet but that it is wanted.
    pub fn new(connector: &'a dyn Connector, intent: Intent) -> Self {
        let now: Timestamp = "2026-03-01T12:00:00.25Z".parse().unwrap();
        let fact = Fact::Requested {
            decision: DecisionId::derive(&["test"]),
            case: CaseId::derive(&["test"]),
            identity: IdentityId::derive(&["test"]),
        };
        let containment = ContainmentId::derive(&["test"]);
        let first = Entry { containment, sequence: 0, time: now, fact };
        let life = Containment::begin(&first).unwrap();
        Self { connector, life, journal: vec![first], now, intent }
    }

    /// Plans through the composer, which has to choose this action, and goes on until it rests.
    pub async fn contained(&mut self, name: &str) {
        self.run().await;
        assert!(matches!(self.life.phase, Phase::Contained { .. }), "{:#?}", self.life);
        assert_eq!(&*self.life.steps[0].step.action.0, name);
        self.probe().await;
    }

    /// The same for the first step of a rotation, whose others wait for the new one's use.
    pub async fn issued(&mut self, name: &str) {
        self.run().await;
        assert_eq!(&*self.life.steps[0].step.action.0, name);
        let seen = self.observed().await;
        assert!(matches!(seen, Observation::Holds { issued: Some(_), .. }), "{:#?}", self.life);
    }

    pub async fn undone(&mut self) {
        let (plan, lost) = plan_undo(self.life.plan.as_ref().unwrap(), &self.life.steps);
        assert!(lost.is_empty(), "{lost:?}");
        self.record(Fact::UndoAsked { by: "test".into(), plan });
        self.run().await;
        assert_eq!(self.life.phase, Phase::Undone, "{:#?}", self.life);
    }

    /// Whether there is a way back.
    pub fn lost(&self) -> usize {
        plan_undo(self.life.plan.as_ref().unwrap(), &self.life.steps).1.len()
    }

    pub fn grade(&self) -> Grade {
        grade(&self.life)
    }

    /// How many writes were meant so far.
    pub fn writes(&self) -> usize {
        self.journal.iter().filter(|it| matches!(it.fact, Fact::Intended { .. })).count()
    }

    /// Reads the first step back once more.
    pub async fn observed(&self) -> Observation {
        let step = &self.life.steps[0].step;
        let action = action(self.connector, &step.action.0);
        action.verify(&ReadCx::new(action.spec(), self.now), step).await
    }

    /// What the last read-back said stays alive.
    pub fn residual(&self) -> Vec<Residual> {
        let seen = self.journal.iter().rev().find_map(|it| {
            let Fact::Observed { observation, .. } = &it.fact else { return None };
            let Observation::Holds { residual, .. } = observation else { return None };
            Some(residual.clone())
        });
        seen.unwrap_or_default()
    }

    async fn probe(&mut self) {
        for step in self.life.steps.iter().map(|it| it.step.clone()).collect::<Vec<_>>() {
            let action = action(self.connector, &step.action.0);
            let cx = ReadCx::new(action.spec(), self.now);
            let evidence: Option<Evidence> = action.probe(&cx, &step).await;
            if let Some(evidence) = evidence {
                self.record(Fact::Shown { step: step.id, evidence });
            }
        }
    }

    fn record(&mut self, fact: Fact) {
        let containment = self.life.id.clone();
        let sequence = self.life.next_sequence;
        let entry = Entry { containment, sequence, time: self.now, fact };
        self.life.apply(&entry).unwrap();
        self.journal.push(entry);
    }

    async fn run(&mut self) {
        for _ in 0..200 {
            match next(&self.life, Consent::Automatic, "run-1", 0, self.now) {
                Next::Plan => self.plan().await,
                Next::Write(id) => self.write(&id).await,
                Next::Verify(id) => {
                    let step = self.life.step(&id).unwrap().step.clone();
                    let action = action(self.connector, &step.action.0);
                    let cx = ReadCx::new(action.spec(), self.now);
                    let observation = action.verify(&cx, &step).await;
                    self.record(Fact::Observed { step: id, observation });
                }
                Next::Wait { until: Some(until) } => self.now = until,
                Next::Wait { until: None } | Next::WatchOver => return,
                other @ (Next::Ask | Next::GiveUp { .. }) => panic!("{other:?}\n{:#?}", self.life),
            }
        }
        panic!("comes to no rest: {:#?}", self.life);
    }

    async fn plan(&mut self) {
        let instance = ConnectorInstance {
            id: self.connector.id().clone(),
            spec: self.connector.spec(),
            scope: Vec::new(),
            enforce: ActionKind::ALL.to_vec(),
            settle_seconds: None,
        };
        let intents = [self.intent.clone()];
        let composed = compose(&DecisionId::derive(&["test"]), &intents, None, &[instance]);
        assert!(composed.unserved.is_empty(), "{:?}", composed.unserved);
        let mut steps = Vec::new();
        for it in composed.wanted {
            let cx = ReadCx::new(it.action, self.now);
            let action = action(self.connector, it.action.name);
            let mut step = action.plan(&cx, &it.intent, it.id).await.unwrap();
            step.gate = it.gate;
            steps.push(step);
        }
        let plan = Plan {
            id: PlanId::derive(&["test"]),
            identity: self.life.identity.clone(),
            steps,
            residual: Vec::new(),
            breaks: Vec::new(),
        };
        self.record(Fact::Planned { plan });
    }

    async fn write(&mut self, id: &StepId) {
        let life = self.life.step(id).unwrap();
        let (step, attempt) = (life.step.clone(), life.attempts + 1);
        let question = GuardQuestion {
            mode: Mode::Enforce,
            life: &self.life,
            step: &step,
            consent: Consent::Automatic,
            protected: None,
            enforce: &ActionKind::ALL,
            rule: "test",
            case_open: true,
            now: self.now,
        };
        let limits = BreakerLimits { per_hour: 100, per_connector: 100, per_rule: 100 };
        let permit = permit(&question, &mut Breaker::new(limits)).unwrap();
        self.record(Fact::Intended { step: id.clone(), attempt, run: "run-1".into() });
        let action = action(self.connector, &step.action.0);
        let cx = WriteCx::open(action.spec(), permit, id, &step.connector, self.now).unwrap();
        match action.execute(cx, &step).await {
            Ok(receipt) => self.record(Fact::Acknowledged { step: id.clone(), receipt }),
            Err(error) => self.record(Fact::Failed {
                step: id.clone(),
                class: error.class(),
                why: error.to_string(),
            }),
        }
    }
}
