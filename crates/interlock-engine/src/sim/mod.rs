//! The house simulator: real rooms, a toy provider, a memory that outlives the process; one thread.
//!
//! Every run is a process that starts from the memory alone. It is killed, or loses requests and
//! answers, at every point in turn; the laws below must hold each time.

mod drills;
mod laws;
mod one_session;
mod people;
mod provider;
mod recording;

mod takeovers;
mod ways_in;

use crate::{Call, DrillPlan, Input, Memory, Settings, Watch, World, turn};
use interlock_contain::{Access, BreakerLimits, ConnectorInstance, ConnectorSpec};
use interlock_decide::{Playbooks, Policies};
use interlock_detect::sigma::RuleSet;
use interlock_detect::{BehaviourConfig, Detectors};
use interlock_identity::{Directory, declare};
use interlock_model::{
    ActionKind, AuditEntry, Batch, Case, CaseId, Change, ConnectorId, Decision, Digest, Drill,
    Entry, Finding, Inbound, Limits, Mode, Observation, Principal, Timestamp,
};
use provider::Provider;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a process is disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Disturbance {
    /// It dies before the batch is committed.
    BeforeCommit,
    /// It dies after the commit, before the calls.
    BeforeCalls,
    /// It dies after the first call, before its answer is taken in.
    AfterCall,
    /// A request is lost on its way.
    RequestLost,
    /// An answer is lost on its way.
    AnswerLost,
}

pub(in crate::sim) const ALL: [Disturbance; 5] = [
    Disturbance::BeforeCommit,
    Disturbance::BeforeCalls,
    Disturbance::AfterCall,
    Disturbance::RequestLost,
    Disturbance::AnswerLost,
];

/// What survives the process.
#[derive(Debug, Default)]
pub(in crate::sim) struct Durable {
    pub(in crate::sim) inbox: Vec<Inbound>,
    consumed: u64,
    pub(in crate::sim) cases: BTreeMap<CaseId, Case>,
    pub(in crate::sim) decisions: Vec<Decision>,
    pub(in crate::sim) findings: BTreeMap<String, Finding>,
    pub(in crate::sim) journals: BTreeMap<String, Vec<Entry>>,
    pub(in crate::sim) audit: Vec<AuditEntry>,
    pub(in crate::sim) refused: usize,
    pub(in crate::sim) notices: Vec<String>,
    pub(in crate::sim) drills: BTreeMap<Timestamp, Drill>,
}

pub(in crate::sim) struct House {
    pub(in crate::sim) durable: Durable,
    provider: Provider,
    clock: i64,
    run: u32,
    at: Option<(u32, Disturbance)>,
    pub(in crate::sim) points: u32,
    /// How often a step was read back.
    pub(in crate::sim) looks: u32,
    mode: Mode,
    no_connector: bool,
    /// What the connector can do, and the verbs that it may write.
    hands: (&'static ConnectorSpec, &'static [ActionKind]),
    /// How often what is contained is read back.
    read_back: i64,
    /// The time box of containments.
    hold: Option<&'static str>,
    /// The canary of the drill; `None`: nothing is rehearsed.
    canary: Option<&'static str>,
    /// Whether the policies are those that a new house begins with.
    starter: bool,
    /// How many answers of the provider are to other steps than are wanted when they come.
    outdated: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Resting,
    Died,
}

const PLAYBOOK: &str = "
name: stolen-key
description: a machine's key was stolen
when:
  severity: low
tiers:
  disable:
    confidence: 0.2
    do: [disable_credential]
    instead: [quarantine]
    consent: {production: automatic, staging: automatic, development: automatic}
";
const INEFFECTIVE: &str = "
name: did-not-hold
description: a containment without effect
when:
  rules: [containment_ineffective, containment_undone]
tiers:
  disable:
    confidence: 0.2
    do: [disable_credential]
    instead: [quarantine]
    consent: {production: automatic, staging: automatic, development: automatic}
";
const POLICY: &str = "permit (principal, action, resource);";
const RULE: &str = "
title: Trail stopped
id: 3c1f0c52-35cd-4a5e-8f0a-0b9f4a3c9d11
level: critical
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
  condition: selection
";
const DIRECTORY: &str = "
identities:
  - id: idn_ci
    name: ci
    kind: pipeline
    owner: own_platform
    environment: development
    principals: ['aws:arn:aws:iam::111122223333:user/ci']
  - id: idn_etl
    name: etl
    kind: service_account
    owner: own_platform
    environment: development
    principals: ['aws:arn:aws:iam::111122223333:user/etl']
  - id: idn_deploy
    name: deploy
    kind: workload
    owner: own_platform
    environment: development
    principals: ['aws:arn:aws:iam::111122223333:role/deploy']
  - id: idn_canary
    name: canary
    kind: service_account
    owner: own_platform
    environment: development
    principals: ['aws:arn:aws:iam::111122223333:user/canary']
    credentials: ['aws:access-key:AKIACANARY']
    for_drills: true
";
const TEAMS: &str = "
teams:
  - id: own_platform
    name: Platform
    contact: '#platform'
    approvers: [ann]
";

pub(in crate::sim) fn event(user: &str, name: &str, second: i64, error: Option<&str>) -> String {
    let (service, error) = match (name, error) {
        ("StopLogging", None) => ("cloudtrail", String::new()),
        (_, error) => ("s3", error.map(|it| format!(r#","errorCode":"{it}""#)).unwrap_or_default()),
    };
    format!(
        r#"{{"eventVersion":"1.11","eventID":"{user}-{name}-{second}","eventTime":"{}","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"eu-central-1","sourceIPAddress":"203.0.113.9","userAgent":"aws-cli/2.15"{error},"userIdentity":{{"type":"IAMUser","principalId":"AIDA{user}","arn":"arn:aws:iam::111122223333:user/{user}","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE{}","userName":"{user}"}},"recipientAccountId":"111122223333"}}"#,
        time(second),
        user.to_uppercase(),
    )
}

pub(in crate::sim) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

/// What is rehearsed on this user, once a day.
fn drill(user: &str) -> DrillPlan {
    DrillPlan {
        id: "keys".into(),
        connector: ConnectorId("toy".into()),
        principal: Principal::new("aws", &format!("arn:aws:iam::111122223333:user/{user}")),
        kind: ActionKind::DisableCredential,
        every_seconds: 86_400,
    }
}

fn file(name: &str, text: &str) -> (Arc<str>, String) {
    (name.into(), text.to_owned())
}

impl House {
    pub(in crate::sim) fn new(at: Option<(u32, Disturbance)>) -> Self {
        Self {
            durable: Durable::default(),
            provider: Provider::default(),
            clock: 0,
            run: 0,
            at,
            points: 0,
            looks: 0,
            mode: Mode::Enforce,
            no_connector: false,
            hands: (&provider::SPEC, &[ActionKind::DisableCredential, ActionKind::Quarantine]),
            read_back: 0,
            hold: None,
            canary: None,
            starter: false,
            outdated: 0,
        }
    }

    pub(in crate::sim) fn receive(&mut self, text: &str) {
        let position = self.durable.inbox.len() as u64 + 1;
        self.durable.inbox.push(Inbound {
            position,
            file: "sim".into(),
            record: position - 1,
            alert: false,
            text: text.into(),
        });
    }

    fn settings(&self) -> Settings {
        let hold = self.hold.map(|it| format!("hold: {it}\n")).unwrap_or_default();
        let playbook = format!("{PLAYBOOK}{hold}");
        let (playbooks, problems) =
            Playbooks::load(&[file("a.yaml", &playbook), file("b.yaml", INEFFECTIVE)]);
        assert!(problems.is_empty(), "{problems:?}");
        let starter = || interlock_decide::starter::POLICIES.iter().map(|it| file(it.0, it.1));
        let policies =
            if self.starter { starter().collect() } else { vec![file("a.cedar", POLICY)] };
        let (policies, problems) = Policies::load(&policies);
        assert!(problems.is_empty(), "{problems:?}");
        Settings {
            mode: self.mode,
            connectors: if self.no_connector {
                Vec::new()
            } else {
                vec![ConnectorInstance {
                    id: ConnectorId("toy".into()),
                    spec: self.hands.0,
                    scope: Vec::new(),
                    enforce: self.hands.1.to_vec(),
                    settle_seconds: None,
                }]
            },
            own: BTreeMap::new(),
            people: crate::People::default(),
            places: crate::Places::default(),
            playbooks,
            policies: policies.unwrap(),
            breaker: BreakerLimits { per_hour: 10, per_connector: 10, per_rule: 10 },
            run: format!("run-{}", self.run).into(),
            watch_seconds: 5,
            read_back_seconds: self.read_back,
            discovery_seconds: 0,
            approval_seconds: 600,
            undo_hold_seconds: 3600,
            drill_seconds: 3600,
            drills: self.canary.iter().map(|it| drill(it)).collect(),
            replace_over_age: false,
        }
    }

    fn world(&self) -> World {
        let (declaration, problems) =
            declare::load(&[file("identities.yaml", DIRECTORY), file("teams.yaml", TEAMS)]);
        assert!(problems.is_empty(), "{problems:?}");
        let (rules, problems) = RuleSet::load(&[file("rule.yml", RULE)]);
        assert!(problems.is_empty(), "{problems:?}");
        let detectors = Detectors::new(rules, BehaviourConfig::standard(), None);
        let mut watch = Watch::new(Directory::new(declaration), detectors, Limits::STANDARD);
        // What was done before is learned again, without effect.
        for record in self.durable.inbox.iter().filter(|it| it.position <= self.durable.consumed) {
            watch.inbound(record);
        }
        let memory = Memory {
            cases: self.durable.cases.values().cloned().collect(),
            decisions: self.durable.decisions.clone(),
            journals: self.durable.journals.values().cloned().collect(),
            drills: self.durable.drills.values().cloned().collect(),
            ..Memory::default()
        };
        let (world, illegal) = World::recall(self.settings(), watch, memory);
        assert!(illegal.is_empty(), "{illegal:?}");
        world
    }

    fn commit(&mut self, batch: &Batch) {
        for change in &batch.changes {
            match change.clone() {
                Change::Finding { finding } => {
                    self.durable.findings.insert(finding.id.to_string(), finding);
                }
                Change::Case { case } => {
                    self.durable.cases.insert(case.id.clone(), case);
                }
                Change::Decision { decision } => self.durable.decisions.push(decision),
                Change::Journal { entry } => {
                    let journal =
                        self.durable.journals.entry(entry.containment.to_string()).or_default();
                    assert_eq!(journal.len(), entry.sequence as usize, "a gap or a second entry");
                    journal.push(entry);
                }
                Change::Inventory { .. } | Change::Discovery { .. } => {
                    unreachable!("the toy does not look for identities")
                }
                Change::Rejected { .. } => self.durable.refused += 1,
                Change::Notice { text, .. } => self.durable.notices.push(text),
                Change::Drill { drill } => {
                    self.durable.drills.insert(drill.time, drill);
                }
                Change::Identity { .. } => {}
            }
        }
        for fact in &batch.audit {
            let previous = self.durable.audit.last().map_or(Digest::ZERO, |it| it.digest);
            let sequence = self.durable.audit.len() as u64;
            self.durable.audit.push(AuditEntry::link(
                sequence,
                time(self.clock),
                fact.clone(),
                previous,
            ));
        }
        if let Some(consumed) = batch.consumed {
            self.durable.consumed = consumed;
        }
    }

    fn disturbed(&self, kind: Disturbance) -> bool {
        self.at == Some((self.points, kind))
    }

    /// One process, from start to rest or death.
    fn process(&mut self, first: Vec<Input>, end: Option<i64>) -> Ended {
        self.run += 1;
        let mut world = self.world();
        let mut inputs: std::collections::VecDeque<Input> = [Input::Started].into();
        let pending: Vec<Inbound> = self
            .durable
            .inbox
            .iter()
            .filter(|it| it.position > self.durable.consumed)
            .cloned()
            .collect();
        if !pending.is_empty() {
            inputs.push_back(Input::Records(pending));
        }
        inputs.extend(first);
        let mut wake: Option<Timestamp> = None;
        for _ in 0..300 {
            let Some(input) = inputs.pop_front() else {
                let Some(at) = wake.take() else { return Ended::Resting };
                // This clock counts whole seconds, pauses do not.
                let at = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
                let next = (at - 1_760_000_000).max(self.clock + 1);
                if end.is_some_and(|it| it < next) {
                    return Ended::Resting;
                }
                self.clock = next;
                inputs.push_back(Input::Tick);
                continue;
            };
            self.points += 1;
            let turned = turn(&mut world, input, time(self.clock));
            if let Err(refusal) = &turned.reply {
                panic!("{refusal}");
            }
            if self.disturbed(Disturbance::BeforeCommit) {
                return Ended::Died;
            }
            self.commit(&turned.batch);
            if self.disturbed(Disturbance::BeforeCalls) {
                return Ended::Died;
            }
            wake = turned.wake;
            for call in turned.calls {
                let answer = self.call(call);
                if self.disturbed(Disturbance::AfterCall) {
                    return Ended::Died;
                }
                inputs.push_back(answer);
            }
        }
        panic!("no rest");
    }

    fn call(&mut self, call: Call) -> Input {
        let lost = self.disturbed(Disturbance::RequestLost);
        let silent = self.disturbed(Disturbance::AnswerLost);
        match call {
            Call::Plan { containment, wanted, .. } => {
                let steps = wanted.iter().map(|it| self.provider.plan(it, lost || silent));
                let mut steps: Vec<_> = steps.collect();
                if let Some(left) = self.outdated.checked_sub(1) {
                    self.outdated = left;
                    steps.pop();
                }
                Input::Planned { containment, steps }
            }
            Call::Execute { containment, step, permit } => {
                // The law: the intent is durable when the write is made, and the permit opens just it.
                let journal = &self.durable.journals[containment.as_str()];
                let life = interlock_contain::Containment::fold(journal).unwrap().unwrap();
                let state = &life.step(&step.id).unwrap().state;
                assert!(matches!(state, interlock_contain::StepState::Intended { .. }));
                assert!(permit.opens(&step.id, &step.connector, time(self.clock)));
                let outcome = self.provider.execute(&step, lost, silent);
                Input::Executed { containment, step: step.id, outcome }
            }
            Call::TryAccess { drill, .. } => {
                let access = if lost || silent {
                    Access::CannotTell { why: "lost".to_owned() }
                } else {
                    self.provider.try_key("AKIACANARY")
                };
                Input::Tried { drill, access }
            }
            Call::Discover { .. } => unreachable!("the toy does not look for identities"),
            Call::Verify { containment, step } => {
                self.looks += 1;
                let observation = if lost || silent {
                    Observation::CannotTell { why: "lost".to_owned() }
                } else {
                    self.provider.verify(&step)
                };
                Input::Verified { containment, step: step.id, observation, probe: None }
            }
        }
    }

    /// Runs again and again, as a supervisor would, until the house rests.
    pub(in crate::sim) fn live(&mut self, first: Vec<Input>) {
        self.live_until(first, None);
    }

    /// The same for some seconds, for a house that never rests.
    pub(in crate::sim) fn bounded(&mut self, first: Input, seconds: i64) {
        self.live_until(vec![first], Some(self.clock + seconds));
        self.clock += seconds;
    }

    fn live_until(&mut self, mut first: Vec<Input>, end: Option<i64>) {
        for _ in 0..10 {
            if self.process(std::mem::take(&mut first), end) == Ended::Resting {
                return;
            }
        }
        panic!("it keeps dying");
    }

    /// What the last decision aims at, in words.
    pub(in crate::sim) fn aimed(&self) -> String {
        let intents = self.durable.decisions.last().unwrap().intents.iter();
        intents.map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    }

    /// The only containment.
    pub(in crate::sim) fn only(&self) -> interlock_contain::Containment {
        let [life] = &self.lives()[..] else { panic!("{:?}", self.durable.journals) };
        life.clone()
    }

    /// All containments, folded.
    pub(in crate::sim) fn lives(&self) -> Vec<interlock_contain::Containment> {
        self.durable
            .journals
            .values()
            .map(|it| interlock_contain::Containment::fold(it).unwrap().unwrap())
            .collect()
    }
}
