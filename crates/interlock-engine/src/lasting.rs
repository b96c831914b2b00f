//! What is contained stays contained: it is read back, and time boxes end in a question.

use crate::draft::Draft;
use crate::findings;
use crate::progress::shown;
use interlock_contain::{Phase, cutting};
use interlock_model::{ContainmentId, Digest, Evidence, Fact, Observation, StepId, Timestamp};

/// In seconds.
const DAY: u64 = 24 * 3_600;

impl Draft<'_> {
    /// Reads back what is contained, when it is time to; says when it will be again.
    ///
    /// After a restart everything is read back at once: nobody has looked in the meantime.
    pub(crate) fn read_back(&mut self, id: &ContainmentId) -> Option<Timestamp> {
        let interval = self.world.settings.read_back_seconds;
        let life = self.world.containments.get(id)?;
        let Phase::Contained { since, .. } = life.phase else { return None };
        if interval <= 0 {
            return None;
        }
        let last = self.world.looked.get(id).copied().unwrap_or(since);
        let due = last.checked_add(jiff::SignedDuration::from_secs(interval)).ok()?;
        if self.now < due {
            return Some(due);
        }
        let steps: Vec<StepId> = cutting(life).map(|it| it.step.id.clone()).collect();
        self.world.looked.insert(id.clone(), self.now);
        for step in steps {
            self.verify(id, &step);
        }
        Some(self.later(interval))
    }

    /// A time box that is over ends in a decision of people, who are asked once a day; says when next.
    ///
    /// Nothing is taken back by itself: a stolen credential is no less stolen the day after.
    pub(crate) fn time_box(&mut self, id: &ContainmentId) -> Option<Timestamp> {
        let life = self.world.containments.get(id)?;
        let Phase::Contained { since, .. } = life.phase else { return None };
        let hold = self.world.decisions.get(&life.decision)?.hold_seconds?;
        let seconds =
            |it: u64| jiff::SignedDuration::from_secs(i64::try_from(it).unwrap_or(i64::MAX));
        let end = since.checked_add(seconds(hold)).ok()?;
        let Ok(over) = u64::try_from(self.now.as_second() - end.as_second()) else {
            return Some(end);
        };
        let days = over / DAY;
        let answering = self.world.watch.directory().answering(&life.identity, self.now);
        let owner = answering.team.map(|it| it.id.to_string());
        let once = Digest::of(format!("time box {days}").as_bytes());
        if self.world.said.first(id, once) {
            let text = format!(
                "decide: the time box of {id} ended at {end}; take it back with `interlock undo {id}`, or leave it as it is"
            );
            for to in owner.into_iter().chain(["security".to_owned()]) {
                self.notice(id, &to, text.clone());
            }
        }
        end.checked_add(seconds((days + 1).saturating_mul(DAY))).ok()
    }
}

/// A new credential was seen where its workload finds it: whoever keeps a copy of the old one is told.
pub(crate) fn delivered(draft: &mut Draft<'_>, id: &ContainmentId, step: &StepId) {
    let Some(life) = draft.world.containments.get(id) else { return };
    let Some(made) = life.step(step).filter(|it| it.verified().is_some()) else { return };
    // Does an earlier step, or this one itself, refuse the old one already?
    let dead = made.step.stops.new
        || life.steps.iter().any(|it| {
            it.step.target == made.step.target && it.step.stops.new && it.verified().is_some()
        });
    let old = if dead { "is refused from now on" } else { "ends once the new one is in use" };
    let text = format!(
        "delivered: {}; the old credential {old}: whatever keeps a copy of it has to read it again",
        made.step.summary
    );
    if !draft.world.said.first(id, Digest::of(text.as_bytes())) {
        return;
    }
    let answering = draft.world.watch.directory().answering(&life.identity, draft.now);
    let to = answering.team.map_or_else(|| "security".to_owned(), |it| it.id.to_string());
    draft.notice(id, &to, text);
}

/// A step that held was read back again. What still holds is no news; what others undid is due again.
pub(crate) fn looked_again(
    draft: &mut Draft<'_>,
    id: &ContainmentId,
    step: StepId,
    observation: Observation,
    probe: Option<Evidence>,
) {
    let now = draft.now;
    let seen = match &observation {
        Observation::Holds { .. } => {
            if let Some(evidence) = probe {
                shown(draft, id, step, evidence, now);
            }
            return;
        }
        Observation::CannotTell { why } => {
            let text = format!("cannot be read back: {why}");
            if draft.world.said.first(id, Digest::of(text.as_bytes())) {
                let about = [("containment", id.as_str()), ("step", step.as_str())];
                draft.audit("step.not_read_back", "interlock", &about, text, None);
            }
            return;
        }
        Observation::DoesNotHold { seen } => seen.to_string(),
    };
    draft.journal(id, Fact::Observed { step: step.clone(), observation });
    let Some(life) = draft.world.containments.get(id) else { return };
    let Some(undone) = life.step(&step) else { return };
    let mut text = format!(
        "{} was undone by somebody else: {seen}; it is written again. To take a containment back, use its undo",
        undone.step.summary
    );
    if let Some(outer) = draft.world.outer(&undone.step.connector) {
        text.push_str(&format!(". The next outer boundary is {outer}"));
    }
    let answering = draft.world.watch.directory().answering(&life.identity, now);
    let owner = answering.team.map(|it| it.id.to_string());
    let finding = findings::undone(draft.world, life, undone, &seen, now);
    for to in owner.into_iter().chain(["security".to_owned()]) {
        draft.notice(id, &to, text.clone());
    }
    findings::admit_finding(draft, finding);
}
