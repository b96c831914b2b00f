//! The whole flow over recorded events, in `recommend` and without a provider: what was seen, who it
//! is, what would be decided, in which steps, what would stay alive, what would break.

use crate::{Seen, Watch, came, made};
use interlock_contain::{
    ActionSpec, Composition, ConnectorInstance, Unserved, compose, deletes, residual, sessions,
    ways_in,
};
use interlock_decide::{Playbooks, Policies, Question, decide, fold, subject_key, weigh};
use interlock_ingest::{Normalised, Room};
use interlock_model::{
    BlastRadius, Case, Decision, Finding, Gate, Identity, Intent, Mode, Owner, Rejected, Residual,
    Standing, Timestamp,
};
use std::collections::BTreeMap;

/// Collects cases from recorded events.
#[derive(Debug)]
pub struct StoryBook {
    watch: Watch,
    cases: BTreeMap<String, Open>,
    events: u64,
    rejected: u64,
    findings: u64,
    latest: Option<Timestamp>,
}

/// A case that is weighed when somebody looks at it: on a busy identity thousands of findings come
/// before anybody does.
#[derive(Debug)]
struct Open {
    case: Case,
    weighed: bool,
}

impl Open {
    fn weighed(&mut self) -> &Case {
        if !self.weighed {
            weigh(&mut self.case);
            self.weighed = true;
        }
        &self.case
    }
}

/// One case as it would be answered.
#[derive(Debug)]
pub struct Story {
    /// The findings on one identity.
    pub case: Case,
    /// Who it is; `None` when nobody is known.
    pub identity: Option<Identity>,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// What would break, without what the findings accuse.
    pub blast_radius: BlastRadius,
    /// The verdict.
    pub decision: Decision,
    /// What would be done, in order.
    pub foreseen: Vec<Foreseen>,
    /// What nothing here could do.
    pub unserved: Vec<Unserved>,
    /// What would stay alive.
    pub residual: Vec<Residual>,
}

/// One action as it would be planned.
#[derive(Debug)]
pub struct Foreseen {
    /// The action.
    pub action: &'static ActionSpec,
    /// What for.
    pub intent: Intent,
    /// What it would wait for.
    pub gate: Gate,
}

/// What one record added.
#[derive(Debug)]
pub enum Page {
    /// Findings, perhaps none.
    Findings(Vec<Finding>),
    /// Nothing: it was refused.
    Rejected(Rejected),
}

impl StoryBook {
    /// An empty book over this watch.
    #[must_use]
    pub const fn new(watch: Watch) -> Self {
        Self { watch, cases: BTreeMap::new(), events: 0, rejected: 0, findings: 0, latest: None }
    }

    /// Takes in what the watch's normaliser made of one record; its room goes back to `room`.
    pub fn take(&mut self, read: Result<Normalised, Rejected>, room: &mut Room) -> Page {
        self.events += 1;
        let mut findings = match self.watch.look(read) {
            Seen::Event { event, findings, .. } => {
                self.latest = self.latest.max(Some(event.time));
                room.give_back(event.fields);
                findings
            }
            Seen::Alert(findings) => {
                self.latest = self.latest.max(findings.iter().map(|it| it.last).max());
                findings
            }
            Seen::Again => Vec::new(),
            Seen::Rejected(rejected) => {
                self.events -= 1;
                self.rejected += 1;
                return Page::Rejected(rejected);
            }
        };
        self.add_all(&mut findings);
        Page::Findings(findings)
    }

    /// The end of the recording: findings that grew since they were last given.
    pub fn close(&mut self) -> Vec<Finding> {
        let mut grown = self.watch.flush();
        self.add_all(&mut grown);
        grown
    }

    /// Adds these, and puts beside them what they say about others.
    fn add_all(&mut self, findings: &mut Vec<Finding>) {
        let mut more = Vec::new();
        findings.iter_mut().for_each(|it| came::add(self.watch.directory(), it));
        for finding in &*findings {
            self.add(finding.clone());
            if !made::names_others(finding) {
                continue;
            }
            let case = self.cases.get_mut(&subject_key(finding)).map(Open::weighed);
            let Some(suspicion) = case.and_then(|it| made::suspicion(finding, it)) else {
                continue;
            };
            more.extend(made::findings(self.watch.directory_mut(), finding, &suspicion));
        }
        for finding in &more {
            self.add(finding.clone());
        }
        findings.append(&mut more);
    }

    fn add(&mut self, mut finding: Finding) {
        let subject = subject_key(&finding);
        let known = self.cases.remove(&subject).map(|it| it.case);
        let before =
            known.as_ref().and_then(|it| it.findings.iter().find(|it| it.id == finding.id));
        self.findings += u64::from(before.is_none());
        finding.let_in = came::let_in(self.watch.directory(), &finding, before);
        let identity = finding.resolution.identity().cloned();
        let identity = identity.as_ref().and_then(|it| self.watch.directory().identity(it));
        let case = fold(known, finding, identity.map_or(&subject, |it| &it.name));
        self.cases.insert(subject, Open { case, weighed: false });
    }

    /// Records looked at, records refused, findings made, cases open.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64, u64) {
        (self.events, self.rejected, self.findings, self.cases.len() as u64)
    }

    /// Decides every case; the most certain first.
    #[must_use]
    pub fn stories(
        &mut self,
        playbooks: &Playbooks,
        policies: &Policies,
        connectors: &[ConnectorInstance],
    ) -> Vec<Story> {
        for open in self.cases.values_mut() {
            open.weighed();
        }
        let cases = self.cases.values().map(|it| &it.case);
        let mut stories: Vec<Story> =
            cases.map(|it| self.story(it, playbooks, policies, connectors)).collect();
        stories.sort_by(|a, b| {
            let weight =
                |it: &Story| (it.decision.tier, (it.case.confidence.value() * 1000.0) as u64);
            weight(b).cmp(&weight(a)).then_with(|| a.case.opened.cmp(&b.case.opened))
        });
        stories
    }

    fn story(
        &self,
        case: &Case,
        playbooks: &Playbooks,
        policies: &Policies,
        connectors: &[ConnectorInstance],
    ) -> Story {
        let directory = self.watch.directory();
        let identity = case.resolution.identity().and_then(|it| directory.identity(it)).cloned();
        let now = self.latest.unwrap_or(case.updated);
        let everybody = identity
            .as_ref()
            .map_or(BlastRadius::Unknown, |it| directory.blast_radius(&it.id, now));
        // Decided as the house decides; told without the intruder.
        let blast_radius = identity.as_ref().map_or(BlastRadius::Unknown, |it| {
            directory.blast_radius_besides(&it.id, now, &case.findings)
        });
        let decision = decide(
            &Question {
                case,
                identity: identity.as_ref(),
                owner_known: identity.as_ref().is_some_and(|it| it.owner.owner().is_some()),
                criticality: identity.as_ref().and_then(|it| directory.criticality(&it.id)),
                blast_radius: &everybody,
                mode: Mode::Recommend,
                disproven: &[],
                standing: Standing::Watched,
                ways_in: &ways_in(&case.findings, connectors),
                sessions: &sessions(&case.findings, connectors),
                deletes: &deletes(identity.iter().flat_map(|it| &it.principals), connectors),
                now,
            },
            playbooks,
            policies,
        );
        let Composition { wanted, unserved, left_out } =
            compose(&decision.id, &decision.intents, identity.as_ref(), connectors);
        let actions: Vec<&ActionSpec> = wanted.iter().map(|it| it.action).collect();
        let residual = residual(&actions, &left_out, now);
        let owner = identity
            .as_ref()
            .and_then(|it| it.owner.owner())
            .and_then(|it| directory.owner(it))
            .cloned();
        let foreseen = wanted
            .into_iter()
            .map(|it| Foreseen { action: it.action, intent: it.intent, gate: it.gate })
            .collect();
        Story {
            case: case.clone(),
            identity,
            owner,
            blast_radius,
            decision,
            foreseen,
            unserved,
            residual,
        }
    }

    /// The watch, for its directory.
    #[must_use]
    pub const fn watch(&self) -> &Watch {
        &self.watch
    }
}
