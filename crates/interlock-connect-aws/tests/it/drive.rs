//! Drives a containment as the process would: journal, guard, permit, execute, read back.

use interlock_connect_aws::{AwsIam, SPEC};
use interlock_contain::{
    Action, Breaker, BreakerLimits, CallError, Connector, ConnectorInstance, Containment,
    GuardQuestion, Next, Permit, Phase, ReadCx, Wanted, WriteCx, compose, grade, next, permit,
    plan_undo,
};
use interlock_model::{
    ActionKind, CaseId, Consent, ContainmentId, CredentialKind, CredentialRef, DecisionId, Entry,
    Evidence, Fact, Grade, IdentityId, Intent, Mode, Observation, Plan, PlanId, Principal, Receipt,
    SessionRef, Step, StepId, Target, Timestamp,
};

/// One containment and its virtual clock: waiting costs no time.
pub struct Drive<'a> {
    pub connector: &'a AwsIam,
    pub life: Containment,
    pub journal: Vec<Entry>,
    pub now: Timestamp,
    intents: Vec<Intent>,
    only: Option<&'static str>,
    breaker: Breaker,
    run: &'static str,
}

/// The moment at which tests on the fake begin.
pub fn noon() -> Timestamp {
    "2026-03-01T12:00:00.25Z".parse().unwrap()
}

pub fn breaker() -> Breaker {
    Breaker::new(BreakerLimits { per_hour: 100, per_connector: 100, per_rule: 100 })
}

pub fn user(account: &str, name: &str) -> Principal {
    Principal::new("aws", &format!("arn:aws:iam::{account}:user/{name}"))
}

pub fn role(account: &str, name: &str) -> Principal {
    Principal::new("aws", &format!("arn:aws:iam::{account}:role/{name}"))
}

pub fn on_key(kind: ActionKind, principal: Principal, key: &str) -> Intent {
    let credential = CredentialRef::new("aws", CredentialKind::AccessKey, key);
    Intent { kind, target: Target::Credential { principal, credential } }
}

pub fn on(kind: ActionKind, principal: Principal) -> Intent {
    Intent { kind, target: Target::Principal { principal } }
}

/// The end of one session of a role, named as records name it.
pub fn on_session(role: Principal, account: &str, name: &str, issued: Timestamp) -> Intent {
    let role_name = role.name.rsplit('/').next().unwrap();
    let id = format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}");
    let session = SessionRef { id: id.into(), issued: Some(issued), mfa: None };
    let credential = CredentialRef::one_session("aws", &session).unwrap();
    let target = Target::Credential { principal: role, credential };
    Intent { kind: ActionKind::RevokeSessions, target }
}

pub fn action<'a>(connector: &'a AwsIam, name: &str) -> &'a dyn Action {
    connector.actions().into_iter().find(|it| it.spec().name == name).unwrap()
}

/// A permit for one step on its own, as the guard gives it.
pub fn permit_for(step: &Step, now: Timestamp) -> Permit {
    let plan = Plan {
        id: PlanId::derive(&["test"]),
        identity: IdentityId::derive(&["test"]),
        steps: vec![step.clone()],
        residual: Vec::new(),
        breaks: Vec::new(),
    };
    let mut life = begin(now);
    let fact = Fact::Planned { plan };
    life.apply(&Entry { containment: life.id.clone(), sequence: 1, time: now, fact }).unwrap();
    let question = GuardQuestion {
        mode: Mode::Enforce,
        life: &life,
        step,
        consent: Consent::Automatic,
        protected: None,
        enforce: &ActionKind::ALL,
        rule: "test",
        case_open: true,
        now,
    };
    permit(&question, &mut breaker()).unwrap()
}

/// One execution of one step under a permit of its own.
pub async fn execute(
    connector: &AwsIam,
    step: &Step,
    now: Timestamp,
) -> Result<Receipt, CallError> {
    let action = action(connector, &step.action.0);
    let permit = permit_for(step, now);
    let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, now)?;
    action.execute(cx, step).await
}

pub async fn verify(connector: &AwsIam, step: &Step, now: Timestamp) -> Observation {
    let action = action(connector, &step.action.0);
    action.verify(&ReadCx::new(action.spec(), now), step).await
}

pub async fn plan(
    connector: &AwsIam,
    name: &str,
    intent: &Intent,
    now: Timestamp,
) -> Result<Step, CallError> {
    let action = action(connector, name);
    let id = StepId::derive(&["test", name]);
    action.plan(&ReadCx::new(action.spec(), now), intent, id).await
}

fn begin(now: Timestamp) -> Containment {
    let fact = Fact::Requested {
        decision: DecisionId::derive(&["test"]),
        case: CaseId::derive(&["test"]),
        identity: IdentityId::derive(&["test"]),
    };
    let containment = ContainmentId::derive(&["test"]);
    Containment::begin(&Entry { containment, sequence: 0, time: now, fact }).unwrap()
}

impl<'a> Drive<'a> {
    pub fn new(connector: &'a AwsIam, intents: Vec<Intent>, now: Timestamp) -> Self {
        let (life, journal) = (begin(now), Vec::new());
        let (only, breaker) = (None, breaker());
        Self { connector, life, journal, now, intents, only, breaker, run: "run-1" }
    }

    /// By this one action alone, whatever else a recipe would add.
    pub fn one(connector: &'a AwsIam, name: &'static str, intent: Intent, now: Timestamp) -> Self {
        Self { only: Some(name), ..Self::new(connector, vec![intent], now) }
    }

    /// Plans, means to write the first step, makes the write or not, and dies; another process takes over.
    pub async fn die_writing(&mut self, after_the_call: bool) {
        self.plan().await;
        let step = self.life.steps[0].step.clone();
        let id = step.id.clone();
        self.record(Fact::Intended { step: id, attempt: 1, run: self.run.into() });
        if after_the_call {
            execute(self.connector, &step, self.now).await.unwrap();
        }
        self.run = "run-2";
    }

    pub fn record(&mut self, fact: Fact) {
        let containment = self.life.id.clone();
        let sequence = self.life.next_sequence;
        let entry = Entry { containment, sequence, time: self.now, fact };
        self.life.apply(&entry).unwrap();
        self.journal.push(entry);
    }

    /// Goes on until nothing is left to do without something happening.
    pub async fn run(&mut self) {
        for _ in 0..200 {
            if !self.step().await {
                return;
            }
        }
        panic!("comes to no rest: {:#?}", self.life);
    }

    /// Does the next thing; `false` when there is none.
    pub async fn step(&mut self) -> bool {
        match next(&self.life, Consent::Automatic, self.run, 0, self.now) {
            Next::Plan => self.plan().await,
            Next::Write(id) => self.write(&id).await,
            Next::Verify(id) => {
                let step = self.life.step(&id).unwrap().step.clone();
                let observation = verify(self.connector, &step, self.now).await;
                self.record(Fact::Observed { step: id, observation });
            }
            Next::Wait { until: Some(until) } => self.now = until,
            Next::Wait { until: None } | Next::WatchOver => return false,
            other @ (Next::Ask | Next::GiveUp { .. }) => panic!("{other:?}\n{:#?}", self.life),
        }
        true
    }

    pub async fn contained(&mut self) {
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

    /// A call with the contained credential was refused, or was not.
    pub fn probed(&mut self, step: &StepId, refused: bool) {
        let evidence = if refused {
            Evidence::Probe { how: "a call with the contained key was refused".into() }
        } else {
            let place = interlock_model::Place { file: "probe".into(), record: 0 };
            Evidence::SuccessfulUse { place }
        };
        self.record(Fact::Shown { step: step.clone(), evidence });
    }

    pub fn grade(&self) -> Grade {
        grade(&self.life)
    }

    pub fn only_step(&self) -> StepId {
        assert_eq!(self.life.steps.len(), 1);
        self.life.steps[0].step.id.clone()
    }

    async fn plan(&mut self) {
        let instance = ConnectorInstance {
            id: self.connector.id().clone(),
            spec: &SPEC,
            scope: Vec::new(),
            enforce: ActionKind::ALL.to_vec(),
            settle_seconds: None,
        };
        let decision = DecisionId::derive(&["test"]);
        let composed = compose(&decision, &self.intents, None, &[instance]);
        assert!(composed.unserved.is_empty(), "{:?}", composed.unserved);
        let mut steps = Vec::new();
        let only = |it: &Wanted| self.only.is_none_or(|name| name == it.action.name);
        for it in composed.wanted.into_iter().filter(only) {
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
        let permit = permit(&question, &mut self.breaker).unwrap();
        self.record(Fact::Intended { step: id.clone(), attempt, run: self.run.into() });
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
