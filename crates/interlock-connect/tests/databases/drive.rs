//! Drives a containment as the process would: compose, journal, guard, permit, execute, read back.

use interlock_contain::{
    Action, Breaker, BreakerLimits, CallError, Connector, ConnectorInstance, Containment,
    GuardQuestion, Next, Permit, Phase, ReadCx, WriteCx, compose, grade, next, permit, plan_undo,
};
use interlock_model::{
    ActionKind, CaseId, Consent, ContainmentId, CredentialKind, CredentialRef, DecisionId, Entry,
    Evidence, Fact, Grade, IdentityId, Intent, Mode, Observation, Plan, PlanId, Principal, Receipt,
    Step, StepId, Target, Timestamp,
};
use std::time::Duration;

/// One containment. Its clock goes at least as fast as the server's.
pub struct Drive<'a> {
    connector: &'a dyn Connector,
    pub life: Containment,
    pub journal: Vec<Entry>,
    now: Timestamp,
    intents: Vec<Intent>,
}

#[expect(clippy::disallowed_methods, reason = "a real server has a real clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_microsecond(i64::try_from(since.as_micros()).unwrap()).unwrap()
}

pub fn on(kind: ActionKind, provider: &str, name: &str) -> Intent {
    Intent { kind, target: Target::Principal { principal: Principal::new(provider, name) } }
}

pub fn on_password(kind: ActionKind, provider: &str, name: &str) -> Intent {
    let principal = Principal::new(provider, name);
    let credential = CredentialRef::new(provider, CredentialKind::Password, name);
    Intent { kind, target: Target::Credential { principal, credential } }
}

pub fn action<'a>(connector: &'a dyn Connector, name: &str) -> &'a dyn Action {
    connector.actions().into_iter().find(|it| it.spec().name == name).unwrap()
}

pub async fn plan(
    connector: &dyn Connector,
    name: &str,
    intent: &Intent,
) -> Result<Step, CallError> {
    let action = action(connector, name);
    let id = StepId::derive(&["test", name]);
    action.plan(&ReadCx::new(action.spec(), now()), intent, id).await
}

/// One execution of one step under a permit of its own.
pub async fn execute(connector: &dyn Connector, step: &Step) -> Result<Receipt, CallError> {
    let mut drive = Drive::new(connector, Vec::new());
    let plan = Plan {
        id: PlanId::derive(&["test"]),
        identity: drive.life.identity.clone(),
        steps: vec![step.clone()],
        residual: Vec::new(),
        breaks: Vec::new(),
    };
    drive.record(Fact::Planned { plan });
    let action = action(connector, &step.action.0);
    let permit = drive.permit(step);
    let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, drive.now)?;
    action.execute(cx, step).await
}

impl<'a> Drive<'a> {
    pub fn new(connector: &'a dyn Connector, intents: Vec<Intent>) -> Self {
        let fact = Fact::Requested {
            decision: DecisionId::derive(&["test"]),
            case: CaseId::derive(&["test"]),
            identity: IdentityId::derive(&["test"]),
        };
        let (containment, now) = (ContainmentId::derive(&["test"]), now());
        let entry = Entry { containment, sequence: 0, time: now, fact };
        let life = Containment::begin(&entry).unwrap();
        Self { connector, life, journal: vec![entry], now, intents }
    }

    fn record(&mut self, fact: Fact) {
        let containment = self.life.id.clone();
        let sequence = self.life.next_sequence;
        let entry = Entry { containment, sequence, time: self.now, fact };
        self.life.apply(&entry).unwrap();
        self.journal.push(entry);
    }

    /// Contains, and gives what is said to stay alive.
    pub async fn contained(&mut self) -> Vec<String> {
        self.run().await;
        assert!(matches!(self.life.phase, Phase::Contained { .. }), "{:#?}", self.life);
        self.life.steps.iter().flat_map(|it| &it.residual).map(|it| it.what.clone()).collect()
    }

    /// The first step of a rotation, whose others wait for the new one's use.
    pub async fn issued(&mut self, name: &str) {
        self.run().await;
        let first = &self.life.steps[0];
        assert_eq!(&*first.step.action.0, name);
        assert!(first.issued.is_some(), "{:#?}", self.life);
        assert!(!matches!(self.life.phase, Phase::Contained { .. }), "{:#?}", self.life);
    }

    /// Whether the provider shows the new one in use.
    pub async fn shown(&self) -> Option<Evidence> {
        let step = &self.life.steps[0].step;
        let action = action(self.connector, &step.action.0);
        action.probe(&ReadCx::new(action.spec(), self.now), step).await
    }

    /// The provider shows the new one in use: the old one goes.
    pub async fn used(&mut self) {
        let evidence = self.shown().await.unwrap();
        let step = self.life.steps[0].step.id.clone();
        self.record(Fact::Shown { step, evidence });
        self.run().await;
        assert!(matches!(self.life.phase, Phase::Contained { .. }), "{:#?}", self.life);
    }

    pub async fn undo(&mut self) {
        let (plan, lost) = plan_undo(self.life.plan.as_ref().unwrap(), &self.life.steps);
        assert!(lost.is_empty(), "{lost:?}");
        self.record(Fact::UndoAsked { by: "test".into(), plan });
        self.run().await;
        assert_eq!(self.life.phase, Phase::Undone, "{:#?}", self.life);
    }

    /// Lets every step be tried by the house itself.
    pub async fn probed(&mut self) -> Grade {
        let steps: Vec<Step> = self.life.steps.iter().map(|it| it.step.clone()).collect();
        for step in steps {
            let action = action(self.connector, &step.action.0);
            let cx = ReadCx::new(action.spec(), self.now);
            if let Some(evidence) = action.probe(&cx, &step).await {
                self.record(Fact::Shown { step: step.id, evidence });
            }
        }
        grade(&self.life)
    }

    /// All that the journal holds, for looking after secrets in it.
    pub fn said(&self) -> String {
        format!("{}\n{:?}", serde_json::to_string(&self.journal).unwrap(), self.life)
    }

    async fn run(&mut self) {
        for _ in 0..300 {
            match next(&self.life, Consent::Automatic, "run-1", 0, self.now) {
                Next::Plan => self.plan().await,
                Next::Write(id) => self.write(&id).await,
                Next::Verify(id) => {
                    let observation = self.verify(&id).await;
                    self.record(Fact::Observed { step: id, observation });
                }
                Next::Wait { until: Some(until) } => {
                    // The server needs a moment of its own, however the clock here goes.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    self.now = until;
                }
                Next::Wait { until: None } | Next::WatchOver => return,
                other @ (Next::Ask | Next::GiveUp { .. }) => panic!("{other:?}\n{:#?}", self.life),
            }
        }
        panic!("comes to no rest: {:#?}", self.life);
    }

    async fn verify(&self, id: &StepId) -> Observation {
        let step = &self.life.step(id).unwrap().step;
        let action = action(self.connector, &step.action.0);
        action.verify(&ReadCx::new(action.spec(), self.now), step).await
    }

    async fn plan(&mut self) {
        let instance = ConnectorInstance {
            id: self.connector.id().clone(),
            spec: self.connector.spec(),
            scope: Vec::new(),
            enforce: ActionKind::ALL.to_vec(),
            settle_seconds: None,
        };
        let decision = DecisionId::derive(&["test"]);
        let composed = compose(&decision, &self.intents, None, &[instance]);
        assert!(composed.unserved.is_empty(), "{:?}", composed.unserved);
        let mut steps = Vec::new();
        for it in composed.wanted {
            let cx = ReadCx::new(it.action, self.now);
            let action = action(self.connector, it.action.name);
            let mut step = action.plan(&cx, &it.intent, it.id).await.unwrap();
            step.gate = it.gate;
            steps.push(step);
        }
        let identity = self.life.identity.clone();
        let plan = Plan {
            id: PlanId::derive(&["test"]),
            identity,
            steps,
            residual: Vec::new(),
            breaks: Vec::new(),
        };
        self.record(Fact::Planned { plan });
    }

    fn permit(&self, step: &Step) -> Permit {
        let question = GuardQuestion {
            mode: Mode::Enforce,
            life: &self.life,
            step,
            consent: Consent::Automatic,
            protected: None,
            enforce: &ActionKind::ALL,
            rule: "test",
            case_open: true,
            now: self.now,
        };
        let limits = BreakerLimits { per_hour: 100, per_connector: 100, per_rule: 100 };
        permit(&question, &mut Breaker::new(limits)).unwrap()
    }

    async fn write(&mut self, id: &StepId) {
        let life = self.life.step(id).unwrap();
        let (step, attempt) = (life.step.clone(), life.attempts + 1);
        let permit = self.permit(&step);
        self.record(Fact::Intended { step: id.clone(), attempt, run: "run-1".into() });
        let action = action(self.connector, &step.action.0);
        let cx = WriteCx::open(action.spec(), permit, id, &step.connector, self.now).unwrap();
        match action.execute(cx, &step).await {
            Ok(receipt) => self.record(Fact::Acknowledged { step: id.clone(), receipt }),
            Err(error) => {
                let (class, why) = (error.class(), error.to_string());
                self.record(Fact::Failed { step: id.clone(), class, why });
            }
        }
    }
}
