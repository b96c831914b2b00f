//! How far a containment is proven. An acknowledgement alone never rises above `Applied`.

use crate::{Containment, Phase, StepLife};
use interlock_model::{Evidence, Gate, Grade, StepProof, Stops, Timestamp};

/// The steps whose effect makes the containment: those that end access, but for cleaning up later.
pub fn cutting(life: &Containment) -> impl Iterator<Item = &StepLife> {
    life.steps.iter().filter(|it| {
        it.step.stops != Stops::default() && !matches!(it.step.gate, Gate::After { .. })
    })
}

/// How far the containment is proven.
#[must_use]
pub fn grade(life: &Containment) -> Grade {
    let applied = life.plan.is_some()
        && cutting(life).next().is_some()
        && cutting(life).all(|it| it.proof != StepProof::None);
    if !applied {
        return Grade::Requested;
    }
    if !cutting(life).all(|it| it.proof == StepProof::Effective) {
        return Grade::Applied;
    }
    match life.phase {
        Phase::Contained { watched: true, .. } => Grade::Held,
        Phase::Requested
        | Phase::Running
        | Phase::Contained { watched: false, .. }
        | Phase::Undoing
        | Phase::Undone
        | Phase::Held { .. }
        | Phase::Stuck { .. }
        | Phase::Closed { .. } => Grade::Effective,
    }
}

/// When the last cutting step was first shown to be effective: the moment of containment.
#[must_use]
pub fn first_effective(life: &Containment) -> Option<Timestamp> {
    let mut latest = None;
    for step in cutting(life) {
        let shown = step.evidence.iter().find_map(|(time, evidence)| match evidence {
            Evidence::Probe { .. } | Evidence::RefusedUse { .. } | Evidence::Drill { .. } => {
                Some(*time)
            }
            Evidence::SuccessfulUse { .. } => None,
        })?;
        latest = latest.max(Some(shown));
    }
    latest
}

/// What stays alive although every step holds, and until when: the latest end, `None` without an end.
#[must_use]
pub fn residual_until(life: &Containment) -> Option<Option<Timestamp>> {
    let ends: Vec<Option<Timestamp>> =
        life.steps.iter().flat_map(|it| &it.residual).map(|it| it.until).collect();
    if ends.is_empty() {
        return None;
    }
    Some(if ends.contains(&None) { None } else { ends.into_iter().flatten().max() })
}
