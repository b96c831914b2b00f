//! Drills: the way to end access is tried on a canary identity, and taken back.
//!
//! Its own secret works; it is contained, by the same decision, guard and hands as anybody; its secret
//! is refused; that is undone; its secret works again. Only then is the way proven. A drill that a
//! death interrupts goes on where its containment is: that is in the journal.

use crate::draft::Draft;
use crate::findings;
use crate::progress;
use crate::turn::{Call, Outcome, Refusal, undo};
use crate::world::is_active;
use crate::{DrillPlan, World};
use interlock_contain::{Access, Containment, Phase};
use interlock_decide::Role;
use interlock_model::{
    Change, ContainmentId, Drill, DrilledAction, Evidence, IdentityId, Mode, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// How often a secret is tried before the answer counts, when it is not the one hoped for.
const TRIES: u32 = 6;
/// How long to wait between two tries, in seconds.
const PAUSE: i64 = 5;
/// How long a canary may take to be contained, or to be let in again, in seconds.
const PATIENCE: i64 = 900;

/// What is rehearsed now.
#[derive(Debug, Default)]
pub(crate) struct Rehearsals {
    running: BTreeMap<Box<str>, Run>,
    asked: BTreeSet<Box<str>>,
}

#[derive(Debug)]
struct Run {
    drill: Drill,
    stage: Stage,
    /// When the stage began.
    since: Timestamp,
    tries: u32,
    not_before: Option<Timestamp>,
    /// Whether an answer is awaited.
    trying: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The secret must work.
    Before,
    /// The canary is being contained.
    Acting,
    /// The secret must be refused.
    During,
    /// The canary is being let in again.
    Undoing,
    /// The secret must work again.
    After,
}

impl Run {
    /// One that enters this stage now.
    const fn at(drill: Drill, stage: Stage, now: Timestamp) -> Self {
        Self { drill, stage, since: now, tries: 0, not_before: None, trying: false }
    }

    fn enter(&mut self, stage: Stage, now: Timestamp) {
        *self = Self::at(self.drill.clone(), stage, now);
    }

    fn fault(&mut self, why: impl Into<String>) {
        self.drill.fault.get_or_insert(why.into());
    }
}

impl World {
    /// Goes on with the drills that a death interrupted.
    pub(crate) fn take_up_drills(&mut self) {
        for drill in self.drills.iter().filter(|it| it.ended.is_none()) {
            let life = drill.containment.as_ref().and_then(|it| self.containments.get(it));
            let planned = self.settings.drills.iter().any(|it| *it.id == *drill.id);
            let (Some(life), true) = (life, planned) else { continue };
            let stage = if life.undo.is_some() { Stage::Undoing } else { Stage::Acting };
            let run = Run::at(drill.clone(), stage, drill.time);
            self.rehearsals.running.insert(drill.id.as_str().into(), run);
        }
    }

    /// The drills that are under way.
    pub fn rehearsing(&self) -> impl Iterator<Item = &Drill> {
        self.rehearsals.running.values().map(|it| &it.drill)
    }
}

impl Draft<'_> {
    /// Begins the drills that are due and goes on with those under way; whether a containment moved.
    pub(crate) fn rehearse(&mut self) -> bool {
        if self.world.settings.mode != Mode::Enforce {
            return false;
        }
        let mut moved = false;
        for plan in self.world.settings.drills.clone() {
            match self.world.rehearsals.running.remove(&plan.id) {
                Some(run) => moved |= self.go_on(&plan, run),
                None => self.begin_drill(&plan),
            }
        }
        moved
    }

    fn begin_drill(&mut self, plan: &DrillPlan) {
        let last = self.world.drills.iter().filter(|it| *it.id == *plan.id).map(|it| it.time).max();
        let due = last.map(|it| {
            it.checked_add(jiff::SignedDuration::from_secs(plan.every_seconds)).unwrap_or(it)
        });
        let asked = self.world.rehearsals.asked.contains(&plan.id);
        if let Some(due) = due.filter(|it| !asked && self.now < *it) {
            return self.wake_at(due);
        }
        let drill = Drill {
            connector: plan.connector.clone(),
            action: plan.kind.as_str().to_owned(),
            time: self.now,
            effective: false,
            id: plan.id.to_string(),
            containment: None,
            actions: Vec::new(),
            refused_after: None,
            restored: false,
            ended: None,
            fault: None,
        };
        let mut run = Run::at(drill, Stage::Before, self.now);
        match self.canary(plan) {
            Err(why) => {
                self.world.rehearsals.asked.remove(&plan.id);
                run.fault(why);
                self.drilled(run);
            }
            // Somebody else is at it: later.
            Ok(identity) if progress::active_of(self.world, &identity).next().is_some() => {
                let later = self.later(PAUSE);
                self.wake_at(later);
            }
            Ok(_) => {
                self.world.rehearsals.asked.remove(&plan.id);
                self.try_access(plan, run);
            }
        }
    }

    /// The identity that the drill may contain.
    fn canary(&self, plan: &DrillPlan) -> Result<IdentityId, String> {
        let directory = self.world.watch.directory();
        let principal = &plan.principal;
        let resolution = directory.resolve(&principal.to_string());
        let identity = resolution.identity().ok_or_else(|| {
            format!("`{principal}` is no identity that the directory knows: declare it with `for_drills: true`")
        })?;
        if !directory.is_for_drills(identity) {
            return Err(format!(
                "`{principal}` belongs to `{identity}`, which is not declared with `for_drills: true`"
            ));
        }
        Ok(identity.clone())
    }

    fn try_access(&mut self, plan: &DrillPlan, mut run: Run) {
        run.trying = true;
        run.tries += 1;
        run.not_before = None;
        self.world.rehearsals.running.insert(plan.id.clone(), run);
        self.call(Call::TryAccess {
            drill: plan.id.clone(),
            connector: plan.connector.clone(),
            principal: plan.principal.clone(),
        });
    }

    /// One step on; whether a containment moved.
    fn go_on(&mut self, plan: &DrillPlan, run: Run) -> bool {
        if let Some(at) = run.not_before.filter(|it| self.now < *it) {
            self.wake_at(at);
            self.world.rehearsals.running.insert(plan.id.clone(), run);
            return false;
        }
        match run.stage {
            Stage::Before | Stage::During | Stage::After if run.trying => {
                self.world.rehearsals.running.insert(plan.id.clone(), run);
                false
            }
            Stage::Before | Stage::During | Stage::After => {
                self.try_access(plan, run);
                false
            }
            Stage::Acting => self.acting(plan, run),
            Stage::Undoing => self.undoing(plan, run),
        }
    }

    fn life_of(&self, run: &Run) -> Option<&Containment> {
        self.world.containments.get(run.drill.containment.as_ref()?)
    }

    fn acting(&mut self, plan: &DrillPlan, mut run: Run) -> bool {
        let late = self.late(&run);
        let Some(life) = self.life_of(&run) else {
            run.fault("its containment is gone");
            self.drilled(run);
            return false;
        };
        match life.phase.clone() {
            Phase::Contained { .. } => {
                run.drill.actions = actions(life);
                run.enter(Stage::During, self.now);
                self.try_access(plan, run);
                return false;
            }
            Phase::Requested | Phase::Running if self.now < late => {
                self.wake_at(late);
                self.world.rehearsals.running.insert(plan.id.clone(), run);
                return false;
            }
            Phase::Requested | Phase::Running => run.fault("the canary was not contained in time"),
            Phase::Held { why } | Phase::Stuck { why } | Phase::Closed { why } => run.fault(why),
            Phase::Undoing | Phase::Undone => run.fault("somebody took it back"),
        }
        self.back(plan, run)
    }

    /// Lets the canary in again; whether a containment moved.
    fn back(&mut self, plan: &DrillPlan, mut run: Run) -> bool {
        run.enter(Stage::Undoing, self.now);
        self.undoing(plan, run)
    }

    fn undoing(&mut self, plan: &DrillPlan, mut run: Run) -> bool {
        let late = self.late(&run);
        let Some(life) = self.life_of(&run) else {
            self.drilled(run);
            return false;
        };
        let written = life.steps.iter().any(interlock_contain::StepLife::may_have_written);
        match (&life.phase, life.undo.is_some()) {
            (Phase::Undone, _) => {
                run.enter(Stage::After, self.now);
                self.try_access(plan, run);
                false
            }
            (Phase::Closed { .. }, _) if !written => {
                self.drilled(run);
                false
            }
            (_, true) if self.now >= late => {
                run.fault("the canary was not let in again in time");
                self.left(&run);
                self.drilled(run);
                false
            }
            (_, true) => {
                self.wake_at(late);
                self.world.rehearsals.running.insert(plan.id.clone(), run);
                false
            }
            (_, false) => {
                let id = life.id.clone();
                match undo(self, &id, by(&plan.id), true) {
                    Ok(_) => {
                        self.wake_at(late);
                        self.world.rehearsals.running.insert(plan.id.clone(), run);
                        true
                    }
                    Err(why) if self.now >= late => {
                        run.fault(why.to_string());
                        self.left(&run);
                        self.drilled(run);
                        false
                    }
                    Err(_) => {
                        let again = self.later(PAUSE);
                        run.not_before = Some(again);
                        self.wake_at(again);
                        self.world.rehearsals.running.insert(plan.id.clone(), run);
                        false
                    }
                }
            }
        }
    }

    fn late(&self, run: &Run) -> Timestamp {
        run.since.checked_add(jiff::SignedDuration::from_secs(PATIENCE)).unwrap_or(self.now)
    }

    /// The canary stays shut out: somebody has to look.
    fn left(&mut self, run: &Run) {
        let Some(id) = run.drill.containment.clone() else { return };
        let why = run.drill.fault.as_deref().unwrap_or("its secret is still refused");
        self.notice(
            &id,
            "security",
            format!("drill `{}` left its canary shut out: {why}", run.drill.id),
        );
    }

    /// A drill is over.
    fn drilled(&mut self, mut run: Run) {
        run.drill.ended = Some(self.now);
        let drill = run.drill;
        let text = match (&drill.fault, drill.effective, drill.restored) {
            (None, true, true) => format!(
                "drill `{}`: {} on its canary was refused after {} ms, and undone",
                drill.id,
                drill.action,
                drill.refused_after.unwrap_or_default()
            ),
            (fault, _, _) => format!(
                "drill `{}` of {} failed: {}",
                drill.id,
                drill.action,
                fault.as_deref().unwrap_or("nobody knows why")
            ),
        };
        self.audit("drill.ended", "interlock", &[("connector", &drill.connector.0)], text, None);
        self.keep(drill);
    }

    fn keep(&mut self, drill: Drill) {
        self.batch.changes.push(Change::Drill { drill: drill.clone() });
        let drills = &mut self.world.drills;
        drills.retain(|it| !(it.id == drill.id && it.time == drill.time));
        drills.push(drill);
    }
}

fn by(drill: &str) -> String {
    format!("drill/{drill}")
}

/// The actions that a containment made, or would have made if the state had not been there already.
fn actions(life: &Containment) -> Vec<DrilledAction> {
    let made = life.steps.iter().filter(|it| it.may_have_written());
    made.map(|it| DrilledAction {
        connector: it.step.connector.clone(),
        action: it.step.action.clone(),
    })
    .collect()
}

/// From the first acknowledgement on.
fn refused_after(life: &Containment, now: Timestamp) -> Option<u64> {
    let first = life.steps.iter().filter_map(|it| it.acknowledged).min()?;
    u64::try_from(now.duration_since(first).as_millis()).ok()
}

/// Somebody wants a drill now.
pub(crate) fn asked(draft: &mut Draft<'_>, id: &str) -> Result<Outcome, Refusal> {
    let settings = &draft.world.settings;
    let Some(plan) = settings.drills.iter().find(|it| *it.id == *id) else {
        return Err(Refusal::NotFound { what: "drill", id: id.to_owned() });
    };
    let not_now = |why: String| Err(Refusal::NotNow { why });
    if settings.mode != Mode::Enforce {
        return not_now(format!("a drill acts, and the mode is `{}`", settings.mode));
    }
    let plan = plan.clone();
    // Whoever asks for one that is under way gets that.
    if draft.world.rehearsals.running.contains_key(&plan.id) {
        return Ok(Outcome::Done);
    }
    if let Err(why) = draft.canary(&plan) {
        return not_now(why);
    }
    draft.world.rehearsals.asked.insert(plan.id);
    Ok(Outcome::Done)
}

/// A canary's secret was tried.
pub(crate) fn tried(draft: &mut Draft<'_>, id: &str, access: Access) {
    let Some(mut run) = draft.world.rehearsals.running.remove(id) else { return };
    let Some(plan) = draft.world.settings.drills.iter().find(|it| *it.id == *id).cloned() else {
        return;
    };
    run.trying = false;
    match (run.stage, access) {
        (Stage::Before, Access::Accepted) => contain(draft, &plan, run),
        (Stage::During, Access::Refused { how }) => refused(draft, &plan, run, &how),
        (Stage::After, Access::Accepted) => {
            run.drill.restored = true;
            draft.drilled(run);
        }
        (Stage::Before, Access::Refused { how }) => {
            run.fault(format!("the canary's secret is refused before anything was done: {how}"));
            draft.drilled(run);
        }
        // What settles slowly, or does not answer, gets its time.
        (Stage::Before | Stage::During | Stage::After, _) if run.tries < TRIES => {
            let again = draft.later(PAUSE);
            run.not_before = Some(again);
            draft.world.rehearsals.running.insert(id.into(), run);
        }
        (Stage::Before, Access::CannotTell { why }) => {
            run.fault(format!("the canary's secret cannot be tried: {why}"));
            draft.drilled(run);
        }
        (Stage::During, access) => {
            run.fault(match access {
                Access::CannotTell { why } => format!("nobody can tell whether it helped: {why}"),
                Access::Accepted | Access::Refused { .. } => {
                    "the canary's secret was accepted after everything that was done".to_owned()
                }
            });
            draft.back(&plan, run);
        }
        (Stage::After, access) => {
            run.fault(match access {
                Access::Refused { how } => {
                    format!("the canary's secret is refused after the undo: {how}")
                }
                Access::CannotTell { why } => {
                    format!("nobody can tell whether the undo helped: {why}")
                }
                Access::Accepted => "it was accepted".to_owned(),
            });
            draft.left(&run);
            draft.drilled(run);
        }
        // An answer that nobody waits for.
        (Stage::Acting | Stage::Undoing, _) => {
            draft.world.rehearsals.running.insert(id.into(), run);
        }
    }
}

fn contain(draft: &mut Draft<'_>, plan: &DrillPlan, mut run: Run) {
    let why = format!("drill `{}` of connector `{}`", plan.id, plan.connector);
    let asked = draft.canary(plan).and_then(|identity| {
        findings::asked(draft, &identity, plan.kind, None, by(&plan.id), Role::Security, &why)
            .map_err(|it| it.to_string())
    });
    match asked {
        Ok(Outcome::Containment(id)) => {
            run.drill.containment = Some(id);
            run.enter(Stage::Acting, draft.now);
            draft.keep(run.drill.clone());
            draft.world.rehearsals.running.insert(plan.id.clone(), run);
        }
        Ok(Outcome::Decided(id)) => {
            let decision = draft.world.decision(&id);
            let reasons = decision.map(|it| it.reasons.join(" ")).unwrap_or_default();
            run.fault(format!("the policies do not let it: {reasons}"));
            draft.drilled(run);
        }
        Ok(Outcome::Done | Outcome::Undoing { .. }) => {
            run.fault("nothing came of it");
            draft.drilled(run);
        }
        Err(why) => {
            run.fault(why);
            draft.drilled(run);
        }
    }
}

fn refused(draft: &mut Draft<'_>, plan: &DrillPlan, mut run: Run, how: &str) {
    run.drill.effective = true;
    if let Some(life) = draft.life_of(&run) {
        run.drill.refused_after = refused_after(life, draft.now);
        let id: ContainmentId = life.id.clone();
        let active = is_active(life);
        let verified = life.steps.iter().filter(|it| it.verified().is_some());
        let steps: Vec<_> = verified.map(|it| it.step.id.clone()).collect();
        for step in steps.into_iter().filter(|_| active) {
            let evidence = Evidence::Probe { how: format!("the canary was refused: {how}") };
            progress::shown(draft, &id, step, evidence, draft.now);
        }
    }
    draft.keep(run.drill.clone());
    draft.back(plan, run);
}
