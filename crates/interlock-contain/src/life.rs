//! The life of one containment: a fold over its journal.
//!
//! State is never stored. `apply` says which fact may follow which; anything else is an
//! [`IllegalEntry`] and stops that containment only.

use crate::pause::pause;
use crate::{StepLife, StepState};
use interlock_model::{
    ActionKind, Approval, CaseId, ContainmentId, DecisionId, Digest, Entry, Evidence, Fact,
    FailureClass, IdentityId, Observation, Plan, Receipt, StepId, StepProof, Timestamp,
};

/// A fact that may not follow the facts before it. A defect of ours, or a journal that was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("containment `{containment}`, entry {sequence}: {why}")]
pub struct IllegalEntry {
    /// Whose journal.
    pub containment: ContainmentId,
    /// Which entry.
    pub sequence: u32,
    /// What is wrong.
    pub why: String,
}

/// Where a containment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nobody has looked at the provider yet.
    Requested,
    /// The steps are known; consent and guard come before each write.
    Running,
    /// Every step holds.
    Contained {
        /// Since when.
        since: Timestamp,
        /// Whether the watch window has passed.
        watched: bool,
    },
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
    /// A person must act before it goes on.
    Held {
        /// Why.
        why: String,
    },
    /// It can go neither on nor back.
    Stuck {
        /// Why.
        why: String,
    },
    /// It is over without effect.
    Closed {
        /// Why.
        why: String,
    },
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoLife {
    /// Who asked.
    pub by: String,
    /// The steps back.
    pub plan: Plan,
    /// What became of them.
    pub steps: Vec<StepLife>,
}

/// The life of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Containment {
    /// Its id.
    pub id: ContainmentId,
    /// The decision it carries out.
    pub decision: DecisionId,
    /// The case.
    pub case: CaseId,
    /// On whom.
    pub identity: IdentityId,
    /// When it was asked for.
    pub requested: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// The steps; `None` before planning.
    pub plan: Option<Plan>,
    /// What became of them.
    pub steps: Vec<StepLife>,
    /// The answers that count for the present plan.
    pub approvals: Vec<Approval>,
    /// The way back, once asked for.
    pub undo: Option<UndoLife>,
    /// The sequence of the next entry.
    pub next_sequence: u32,
}

fn not_a_beginning(entry: &Entry) -> IllegalEntry {
    IllegalEntry {
        containment: entry.containment.clone(),
        sequence: entry.sequence,
        why: "a journal starts with a request at position 0".to_owned(),
    }
}

fn later(now: Timestamp, after: jiff::SignedDuration) -> Option<Timestamp> {
    now.checked_add(after).ok()
}

impl Containment {
    /// Folds a whole journal.
    ///
    /// # Errors
    /// The first entry that may not follow the ones before it.
    pub fn fold<'a>(
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<Option<Self>, IllegalEntry> {
        let mut life: Option<Self> = None;
        for entry in entries {
            match &mut life {
                None => life = Some(Self::begin(entry)?),
                Some(it) => it.apply(entry)?,
            }
        }
        Ok(life)
    }

    /// Starts a life with its first entry.
    ///
    /// # Errors
    /// The entry is not a request at position 0.
    pub fn begin(entry: &Entry) -> Result<Self, IllegalEntry> {
        let Fact::Requested { decision, case, identity } = &entry.fact else {
            return Err(not_a_beginning(entry));
        };
        if entry.sequence != 0 {
            return Err(not_a_beginning(entry));
        }
        Ok(Self {
            id: entry.containment.clone(),
            decision: decision.clone(),
            case: case.clone(),
            identity: identity.clone(),
            requested: entry.time,
            phase: Phase::Requested,
            plan: None,
            steps: Vec::new(),
            approvals: Vec::new(),
            undo: None,
            next_sequence: 1,
        })
    }

    /// The digest that approvals are bound to.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.plan.as_ref().map(Plan::digest)
    }

    /// The steps that are being carried out: those of the undo once it was asked for.
    #[must_use]
    pub fn current(&self) -> &[StepLife] {
        self.undo.as_ref().map_or(&self.steps, |it| &it.steps)
    }

    /// One step of the plan or of its undo.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&StepLife> {
        self.steps
            .iter()
            .chain(self.undo.iter().flat_map(|it| &it.steps))
            .find(|it| it.step.id == *id)
    }

    fn steps_mut(&mut self) -> impl Iterator<Item = &mut StepLife> {
        self.steps.iter_mut().chain(self.undo.iter_mut().flat_map(|it| &mut it.steps))
    }

    fn step_mut(&mut self, id: &StepId) -> Result<&mut StepLife, &'static str> {
        self.steps_mut().find(|it| it.step.id == *id).ok_or("it names no step of the plan")
    }

    /// A step of which a write may have reached the provider without an answer.
    fn step_under_way(&mut self, id: &StepId) -> Result<&mut StepLife, &'static str> {
        let life = self.step_mut(id)?;
        match life.state {
            StepState::Intended { .. } | StepState::Unknown { .. } => Ok(life),
            StepState::Waiting { .. }
            | StepState::Acknowledged { .. }
            | StepState::Verified { .. } => Err("no write of the step is under way"),
        }
    }

    /// Takes one more fact in.
    ///
    /// # Errors
    /// The fact may not follow; nothing has changed then.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), IllegalEntry> {
        let illegal = |why: &str| IllegalEntry {
            containment: entry.containment.clone(),
            sequence: entry.sequence,
            why: why.to_owned(),
        };
        if entry.containment != self.id {
            return Err(illegal("it belongs to another containment"));
        }
        if entry.sequence != self.next_sequence {
            return Err(illegal("its position is not the next"));
        }
        self.take(entry).map_err(illegal)?;
        self.next_sequence += 1;
        self.settle_phase(entry.time);
        Ok(())
    }

    fn take(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let now = entry.time;
        match &entry.fact {
            Fact::Requested { .. } => Err("it was requested already"),
            Fact::Planned { plan } => self.planned(plan),
            Fact::PlanFailed { why } => match self.phase {
                Phase::Requested | Phase::Running => self.turn(Phase::Held { why: why.clone() }),
                Phase::Contained { .. }
                | Phase::Undoing
                | Phase::Undone
                | Phase::Held { .. }
                | Phase::Stuck { .. }
                | Phase::Closed { .. } => Err("it is not being planned"),
            },
            Fact::Answered { approval } if Some(approval.plan) != self.digest() => {
                Err("the approval is for another plan")
            }
            Fact::Answered { approval } => {
                self.approvals.push(approval.clone());
                Ok(())
            }
            Fact::Intended { step, run, attempt } => self.intended(step, run, *attempt, now),
            Fact::Acknowledged { step, receipt } => self.acknowledged(step, receipt, now),
            Fact::Failed { step, class, why } => self.failed(step, *class, why, now),
            Fact::Observed { step, observation } => self.observed(step, observation, now),
            Fact::Shown { step, evidence } => self.shown(step, evidence, now),
            Fact::WatchPassed => match &mut self.phase {
                Phase::Contained { watched, .. } => {
                    *watched = true;
                    Ok(())
                }
                Phase::Requested
                | Phase::Running
                | Phase::Undoing
                | Phase::Undone
                | Phase::Held { .. }
                | Phase::Stuck { .. }
                | Phase::Closed { .. } => Err("it is not contained"),
            },
            Fact::UndoAsked { by, plan } => self.undo_asked(by, plan),
            Fact::Held { why } => self.turn(Phase::Held { why: why.clone() }),
            Fact::Stuck { why } => self.turn(Phase::Stuck { why: why.clone() }),
            Fact::Resumed { .. } => self.resumed(),
            Fact::Closed { why } => self.turn(Phase::Closed { why: why.clone() }),
        }
    }

    fn turn(&mut self, phase: Phase) -> Result<(), &'static str> {
        self.phase = phase;
        Ok(())
    }

    fn planned(&mut self, plan: &Plan) -> Result<(), &'static str> {
        if self.undo.is_some() {
            return Err("it is being undone");
        }
        if self.current().iter().any(|it| matches!(it.state, StepState::Intended { .. })) {
            return Err("a write is under way");
        }
        // What was done under an earlier plan stays done: steps keep their id.
        let mut steps: Vec<StepLife> = plan.steps.iter().cloned().map(StepLife::new).collect();
        for life in &mut steps {
            if let Some(old) = self.steps.iter().find(|it| it.step.id == life.step.id)
                && old.may_have_written()
            {
                *life = old.clone();
            }
        }
        self.steps = steps;
        self.plan = Some(plan.clone());
        self.approvals.clear();
        self.turn(Phase::Running)
    }

    fn intended(
        &mut self,
        step: &StepId,
        run: &str,
        attempt: u32,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        if matches!(self.phase, Phase::Held { .. } | Phase::Stuck { .. } | Phase::Closed { .. }) {
            return Err("nothing may be written in this phase");
        }
        let life = self.step_mut(step)?;
        if !matches!(life.state, StepState::Waiting { .. }) {
            return Err("the step is not waiting");
        }
        if life.attempts.checked_add(1) != Some(attempt) {
            return Err("the attempt is miscounted");
        }
        life.attempts = attempt;
        life.state = StepState::Intended { run: run.into(), since: now };
        Ok(())
    }

    fn acknowledged(
        &mut self,
        step: &StepId,
        receipt: &Receipt,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let life = self.step_under_way(step)?;
        if receipt.issued.is_some() {
            life.issued.clone_from(&receipt.issued);
        }
        life.acknowledged = Some(now);
        life.looks = 0;
        life.state = StepState::Acknowledged { since: now, not_before: None };
        Ok(())
    }

    fn shown(
        &mut self,
        step: &StepId,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let life = self.step_mut(step)?;
        life.evidence.push((now, evidence.clone()));
        if life.step.kind == ActionKind::RotateCredential && life.issued.is_some() {
            // For a step that issues, use of the new credential is what was waited for.
            life.issued_used.get_or_insert(now);
            life.proof = StepProof::Effective;
            return Ok(());
        }
        life.proof = match evidence {
            Evidence::SuccessfulUse { .. } => StepProof::Disproven,
            Evidence::Probe { .. } | Evidence::RefusedUse { .. } | Evidence::Drill { .. } => {
                life.proof.max(StepProof::Effective)
            }
        };
        Ok(())
    }

    fn undo_asked(&mut self, by: &str, plan: &Plan) -> Result<(), &'static str> {
        if self.undo.is_some() {
            return Err("it is being undone already");
        }
        let steps = plan.steps.iter().cloned().map(StepLife::new).collect();
        self.undo = Some(UndoLife { by: by.to_owned(), plan: plan.clone(), steps });
        self.turn(Phase::Undoing)
    }

    fn resumed(&mut self) -> Result<(), &'static str> {
        if !matches!(self.phase, Phase::Held { .. } | Phase::Stuck { .. }) {
            return Err("it is neither held nor stuck");
        }
        for life in self.steps_mut() {
            life.attempts = 0;
            life.interrupted = 0;
            life.looks = 0;
        }
        self.turn(match (&self.plan, &self.undo) {
            (_, Some(_)) => Phase::Undoing,
            (Some(_), None) => Phase::Running,
            (None, None) => Phase::Requested,
        })
    }

    fn failed(
        &mut self,
        step: &StepId,
        class: FailureClass,
        why: &str,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let life = self.step_under_way(step)?;
        let name = life.step.summary.clone();
        match class {
            FailureClass::Retry => {
                life.state = StepState::Waiting {
                    not_before: later(now, pause(step.as_str(), life.attempts)),
                };
            }
            FailureClass::OutcomeUnknown | FailureClass::NotFound => {
                life.state = StepState::Unknown { not_before: None };
            }
            FailureClass::Drifted => {
                life.state = StepState::Waiting { not_before: None };
                if self.undo.is_some() {
                    self.phase = Phase::Held { why: format!("{name}: {why}") };
                } else {
                    // Planned anew: the approvals were for another state.
                    self.phase = Phase::Requested;
                    self.approvals.clear();
                }
            }
            FailureClass::Denied | FailureClass::Unsupported => {
                life.state = StepState::Waiting { not_before: None };
                self.phase = Phase::Held { why: format!("{name}: {why}") };
            }
            FailureClass::Invalid => {
                life.state = StepState::Unknown { not_before: None };
                self.phase = Phase::Stuck { why: format!("{name}: {why}") };
            }
        }
        Ok(())
    }

    fn observed(
        &mut self,
        step: &StepId,
        observation: &Observation,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let life = self.step_mut(step)?;
        match observation {
            Observation::Holds { residual, issued } => {
                life.residual.clone_from(residual);
                if issued.is_some() {
                    life.issued.clone_from(issued);
                }
                life.acknowledged.get_or_insert(now);
                life.proof = life.proof.max(StepProof::Applied);
                life.looks = 0;
                if life.verified().is_none() {
                    life.state = StepState::Verified { since: now };
                }
            }
            Observation::DoesNotHold { .. } if life.step.before == life.step.after => {
                // It held when planned and no longer does: what to write must be planned.
                life.state = StepState::Waiting { not_before: None };
                if self.undo.is_none() {
                    self.phase = Phase::Requested;
                    self.approvals.clear();
                }
            }
            Observation::DoesNotHold { .. } => {
                // An intent is read back before an answer only when its process is gone: that nothing
                // arrived is a clear answer then.
                if matches!(life.state, StepState::Intended { .. }) {
                    life.interrupted += 1;
                    life.looks = 0;
                }
                if life.verified().is_some() {
                    life.undone += 1;
                    life.proof = StepProof::None;
                }
                life.looks += 1;
                let wait = later(now, pause(step.as_str(), life.looks));
                let settle = i64::try_from(life.step.settle_seconds).unwrap_or(i64::MAX);
                let settle = jiff::SignedDuration::from_secs(settle);
                life.state = match life.state {
                    // The provider said yes: give it its settle time, then write again.
                    StepState::Acknowledged { since, .. }
                        if later(since, settle).is_some_and(|end| now < end) =>
                    {
                        StepState::Acknowledged { since, not_before: wait }
                    }
                    // Undone by somebody, or never took: the write is due again.
                    StepState::Acknowledged { .. }
                    | StepState::Unknown { .. }
                    | StepState::Intended { .. }
                    | StepState::Waiting { .. }
                    | StepState::Verified { .. } => StepState::Waiting { not_before: wait },
                };
            }
            Observation::CannotTell { .. } => {
                life.looks += 1;
                let wait = later(now, pause(step.as_str(), life.looks));
                life.state = match life.state {
                    StepState::Acknowledged { since, .. } => {
                        StepState::Acknowledged { since, not_before: wait }
                    }
                    StepState::Intended { .. } | StepState::Unknown { .. } => {
                        StepState::Unknown { not_before: wait }
                    }
                    StepState::Waiting { .. } => StepState::Waiting { not_before: wait },
                    StepState::Verified { since } => StepState::Verified { since },
                };
            }
        }
        Ok(())
    }

    /// Contained when every step holds; undone when every step back does.
    fn settle_phase(&mut self, now: Timestamp) {
        let all = |steps: &[StepLife]| steps.iter().all(|it| it.verified().is_some());
        match &self.phase {
            Phase::Running if all(&self.steps) && self.plan.is_some() => {
                self.phase = Phase::Contained { since: now, watched: false };
            }
            Phase::Contained { .. } if !all(&self.steps) => self.phase = Phase::Running,
            Phase::Undoing if self.undo.as_ref().is_some_and(|it| all(&it.steps)) => {
                self.phase = Phase::Undone;
            }
            Phase::Requested
            | Phase::Running
            | Phase::Contained { .. }
            | Phase::Undoing
            | Phase::Undone
            | Phase::Held { .. }
            | Phase::Stuck { .. }
            | Phase::Closed { .. } => {}
        }
    }
}
