//! Steps from one state to another, and what a read-back says of them.

use interlock_contain::{ActionSpec, CallError};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, Gate, Intent, Observation, Residual, Snapshot, Step,
    StepId,
};
use std::time::Duration;

/// Whose step it is.
#[derive(Debug)]
pub(crate) struct Of<'a> {
    /// The connector.
    pub connector: &'a ConnectorId,
    /// Its settle time, where the configuration says one.
    pub settle: Option<Duration>,
}

/// The step from one state to another.
pub(crate) fn step(
    of: &Of<'_>,
    spec: &ActionSpec,
    id: StepId,
    intent: &Intent,
    (before, after): (Snapshot, Snapshot),
    summary: String,
) -> Step {
    Step {
        id,
        connector: of.connector.clone(),
        action: ActionName(spec.name.into()),
        kind: spec.kind,
        target: intent.target.clone(),
        before,
        after,
        reversal: spec.reversal.to_model(),
        gate: Gate::Now,
        stops: spec.stops,
        settle_seconds: of.settle.unwrap_or(spec.settle).as_secs(),
        summary,
    }
}

/// Whether the state that a step wants is there already.
pub(crate) fn already(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
    if *seen == step.after {
        return Ok(true);
    }
    if *seen == step.before {
        return Ok(false);
    }
    Err(drifted(step, seen.clone()))
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(spec: &ActionSpec, step: &Step, more: Vec<String>) -> Observation {
    if step.kind == ActionKind::Restore {
        return Observation::Holds { residual: Vec::new(), issued: None };
    }
    let all = std::iter::once(spec.leaves.to_owned()).chain(more);
    let said = all.filter(|it| !it.is_empty());
    let residual = said.map(|what| Residual { what, until: None }).collect();
    Observation::Holds { residual, issued: None }
}

/// Whether a read-back shows the wanted state. What could not be read says nothing: services answer 404
/// for what may not be seen, too.
pub(crate) fn told(
    spec: &ActionSpec,
    step: &Step,
    seen: Result<(Snapshot, Vec<String>), CallError>,
) -> Observation {
    match seen {
        Ok((seen, more)) if seen == step.after => holds(spec, step, more),
        Ok((seen, _)) => Observation::DoesNotHold { seen },
        Err(error) => Observation::CannotTell { why: error.to_string() },
    }
}
