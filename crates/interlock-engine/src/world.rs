//! What the turn reads and changes, rebuilt from the store after a restart.

use crate::ahead::Ahead;
use crate::discovery::Looks;
use crate::drill::Rehearsals;
use crate::holds::Holds;
use crate::told::Told;
use crate::{Settings, Watch};
use interlock_contain::{Breaker, Containment, IllegalEntry, Phase};
use interlock_decide::subject_key;
use interlock_model::{
    ActionKind, Case, CaseId, CaseState, ConnectorId, Consent, ContainmentId, CredentialRef,
    Decision, DecisionId, Discovery, Drill, Entry, Fact, IdentityId, InventoryItem, Standing,
    StepId, StepProof, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A step that others undid so often is no answer any more: what is done again can be undone again.
const UNDONE_TOO_OFTEN: u32 = 2;

/// What the turn reads and changes.
#[derive(Debug)]
pub struct World {
    pub(crate) settings: Settings,
    pub(crate) watch: Watch,
    pub(crate) cases: BTreeMap<CaseId, Case>,
    pub(crate) open: HashMap<String, CaseId>,
    pub(crate) in_force: BTreeMap<CaseId, Decision>,
    pub(crate) decisions: BTreeMap<DecisionId, Decision>,
    pub(crate) containments: BTreeMap<ContainmentId, Containment>,
    pub(crate) breaker: Breaker,
    pub(crate) under_way: HashSet<(ContainmentId, Option<StepId>)>,
    pub(crate) plan_attempts: HashMap<ContainmentId, u32>,
    pub(crate) said: Told,
    /// When each containment was last read back in this process.
    pub(crate) looked: HashMap<ContainmentId, Timestamp>,
    pub(crate) holds: Holds,
    pub(crate) unsupported: BTreeMap<CaseId, BTreeSet<ActionKind>>,
    pub(crate) drills: Vec<Drill>,
    pub(crate) rehearsals: Rehearsals,
    pub(crate) looks: Looks,
    /// The credentials whose replacement was asked for by the schedule, and when; not remembered.
    pub(crate) asked_for: HashMap<CredentialRef, Timestamp>,
    /// By how much the clocks of log sources are ahead; not remembered.
    pub(crate) ahead: Ahead,
    /// The writes that are under way in this process, and where.
    pub(crate) writing: HashMap<(ContainmentId, StepId), ConnectorId>,
    /// How many writes were begun in this process.
    pub(crate) writes_given: u64,
    /// The connectors that asked not to be asked, and until when.
    pub(crate) rests: HashMap<ConnectorId, Timestamp>,
}

/// What the store remembers.
#[derive(Debug, Default)]
pub struct Memory {
    /// All open cases, and those of live containments.
    pub cases: Vec<Case>,
    /// Their decisions, oldest first.
    pub decisions: Vec<Decision>,
    /// The journals, one list per containment, in order.
    pub journals: Vec<Vec<Entry>>,
    /// The drills that still count.
    pub drills: Vec<Drill>,
    /// What connectors saw at their providers.
    pub inventory: Vec<InventoryItem>,
    /// How far they looked.
    pub discoveries: Vec<Discovery>,
}

impl World {
    /// Where access is stopped when this connector's hands do not reach, in words.
    pub(crate) fn outer(&self, connector: &ConnectorId) -> Option<&'static str> {
        let it = self.settings.connectors.iter().find(|it| it.id == *connector)?;
        Some(it.spec.outer)
    }

    /// The same for every connector with a step of this containment that does not hold, each once.
    pub(crate) fn outer_of(&self, containment: &ContainmentId) -> BTreeSet<&'static str> {
        let steps = self.containments.get(containment).into_iter().flat_map(|it| &it.steps);
        let open = steps.filter(|it| it.verified().is_none());
        open.filter_map(|it| self.outer(&it.step.connector)).collect()
    }

    /// Rebuilds the world from what is remembered; journals that cannot be folded are returned.
    #[must_use]
    pub fn recall(settings: Settings, watch: Watch, memory: Memory) -> (Self, Vec<IllegalEntry>) {
        let mut world = Self {
            breaker: Breaker::new(settings.breaker),
            settings,
            watch,
            cases: BTreeMap::new(),
            open: HashMap::new(),
            in_force: BTreeMap::new(),
            decisions: BTreeMap::new(),
            containments: BTreeMap::new(),
            under_way: HashSet::new(),
            plan_attempts: HashMap::new(),
            said: Told::default(),
            looked: HashMap::new(),
            holds: Holds::default(),
            unsupported: BTreeMap::new(),
            drills: memory.drills,
            rehearsals: Rehearsals::default(),
            looks: Looks::of(memory.discoveries),
            asked_for: HashMap::new(),
            ahead: Ahead::default(),
            writing: HashMap::new(),
            writes_given: 0,
            rests: HashMap::new(),
        };
        for item in memory.inventory {
            world.watch.directory_mut().recall(item);
        }
        world.watch.directory_mut().settle_units();
        for case in memory.cases {
            if let (CaseState::Open, Some(finding)) = (&case.state, case.findings.first()) {
                world.open.insert(subject_key(finding), case.id.clone());
            }
            world.cases.insert(case.id.clone(), case);
        }
        for decision in memory.decisions {
            world.in_force.insert(decision.case.clone(), decision.clone());
            world.decisions.insert(decision.id.clone(), decision);
        }
        let mut illegal = Vec::new();
        for journal in memory.journals {
            match Containment::fold(&journal) {
                Ok(Some(life)) => world.remember(life, &journal),
                Ok(None) => {}
                Err(entry) => illegal.push(entry),
            }
        }
        world.take_up_drills();
        (world, illegal)
    }

    fn remember(&mut self, life: Containment, journal: &[Entry]) {
        for entry in journal {
            match &entry.fact {
                Fact::Intended { step, .. } => {
                    let automatic = self
                        .decisions
                        .get(&life.decision)
                        .is_some_and(|it| it.consent == Consent::Automatic);
                    if let (true, Some(step)) = (automatic, life.step(step)) {
                        let rule = self.rule_of(&life.case);
                        self.breaker.recall(entry.time, &step.step, &rule);
                    }
                }
                Fact::UndoAsked { .. } => self.hold(&life, entry.time),
                Fact::Requested { .. }
                | Fact::Planned { .. }
                | Fact::PlanFailed { .. }
                | Fact::Answered { .. }
                | Fact::Acknowledged { .. }
                | Fact::Failed { .. }
                | Fact::Observed { .. }
                | Fact::Shown { .. }
                | Fact::WatchPassed
                | Fact::Held { .. }
                | Fact::Resumed { .. }
                | Fact::Stuck { .. }
                | Fact::Closed { .. } => {}
            }
        }
        self.containments.insert(life.id.clone(), life);
    }

    /// Forgets what only a containment needs that can still go on.
    pub(crate) fn ended(&mut self, id: &ContainmentId) {
        self.said.forget(id);
        self.looked.remove(id);
        self.plan_attempts.remove(id);
    }

    /// After an undo, what fired is on hold for that identity.
    pub(crate) fn hold(&mut self, life: &Containment, from: Timestamp) {
        let Some(case) = self.cases.get(&life.case) else { return };
        let rules = case.findings.iter().map(|it| it.rule.id.clone()).collect();
        let span = jiff::SignedDuration::from_secs(self.settings.undo_hold_seconds);
        let until = from.checked_add(span).unwrap_or(from);
        self.holds.hold(&life.identity, rules, from, until);
    }

    /// The first rule of a case, for the breaker.
    pub(crate) fn rule_of(&self, case: &CaseId) -> String {
        let finding = self.cases.get(case).and_then(|it| it.findings.first());
        finding.map(|it| it.rule.id.to_string()).unwrap_or_default()
    }

    /// The verbs that did not help in this case: disproven by use, undone by others again and again,
    /// or not possible there.
    pub(crate) fn disproven(&self, case: &CaseId) -> Vec<ActionKind> {
        let mut kinds: BTreeSet<ActionKind> =
            self.unsupported.get(case).cloned().unwrap_or_default();
        for life in self.containments.values().filter(|it| it.case == *case && it.undo.is_none()) {
            let failed = |it: &&interlock_contain::StepLife| {
                it.proof == StepProof::Disproven || it.undone >= UNDONE_TOO_OFTEN
            };
            for step in life.steps.iter().filter(failed) {
                kinds.insert(step.step.kind);
            }
        }
        kinds.into_iter().collect()
    }

    /// What an identity may do at this moment.
    #[must_use]
    pub fn standing(&self, identity: &IdentityId) -> Standing {
        let mut open = self.open.values().filter_map(|it| self.cases.get(it));
        let watched = open.any(|it| it.resolution.identity() == Some(identity));
        let standing = if watched { Standing::Watched } else { Standing::Clear };
        let ours = self.containments.values().filter(|it| it.identity == *identity);
        let steps = ours.filter(|it| is_active(it)).flat_map(|it| &it.steps);
        let held = steps.filter(|it| it.verified().is_some());
        let left = held.filter_map(|it| left_by(it.step.kind));
        left.chain([standing]).max_by_key(hardness).unwrap_or(standing)
    }

    /// What would be decided on an open case now; `None` when it is not open.
    #[must_use]
    pub fn would_decide(&self, case: &CaseId, now: Timestamp) -> Option<Decision> {
        crate::findings::answer(self, case, now)
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The watch.
    #[must_use]
    pub const fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The watch, to be given what was read ahead.
    pub const fn watch_mut(&mut self) -> &mut Watch {
        &mut self.watch
    }

    /// How far connectors have looked, by connector.
    pub fn discoveries(&self) -> impl Iterator<Item = &Discovery> {
        self.looks.by_connector.values()
    }

    /// The drills that still count.
    #[must_use]
    pub fn drills(&self) -> &[Drill] {
        &self.drills
    }

    /// All containments.
    pub fn containments(&self) -> impl Iterator<Item = &Containment> {
        self.containments.values()
    }

    /// One containment.
    #[must_use]
    pub fn containment(&self, id: &ContainmentId) -> Option<&Containment> {
        self.containments.get(id)
    }

    /// One case.
    #[must_use]
    pub fn case(&self, id: &CaseId) -> Option<&Case> {
        self.cases.get(id)
    }

    /// One decision.
    #[must_use]
    pub fn decision(&self, id: &DecisionId) -> Option<&Decision> {
        self.decisions.get(id)
    }
}

/// What an identity may still do once this was done to it.
const fn left_by(kind: ActionKind) -> Option<Standing> {
    match kind {
        ActionKind::DisableIdentity => Some(Standing::Disabled),
        ActionKind::Quarantine => Some(Standing::Quarantined),
        ActionKind::RevokeSessions
        | ActionKind::RequireReauthentication
        | ActionKind::DisableCredential
        | ActionKind::RotateCredential
        | ActionKind::DeleteCredential
        | ActionKind::RemoveEntitlement
        | ActionKind::BlockPrincipal => Some(Standing::Reduced { until: None }),
        ActionKind::Restore => None,
    }
}

/// The order of standings, from the freest on.
const fn hardness(standing: &Standing) -> u8 {
    match standing {
        Standing::Clear => 0,
        Standing::Watched => 1,
        Standing::Reduced { .. } => 2,
        Standing::Quarantined => 3,
        Standing::Disabled => 4,
    }
}

/// Whether a containment is under way or in force.
pub(crate) const fn is_active(life: &Containment) -> bool {
    match life.phase {
        Phase::Requested | Phase::Running | Phase::Contained { .. } | Phase::Held { .. } => true,
        Phase::Undoing | Phase::Undone | Phase::Stuck { .. } | Phase::Closed { .. } => false,
    }
}
