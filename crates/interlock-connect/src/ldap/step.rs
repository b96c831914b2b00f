//! What the steps of directories share: states of one attribute, changes between them, what is read back.

use super::Change;
use interlock_contain::{ActionSpec, CallError};
use interlock_model::{ActionKind, Observation, Residual, Snapshot, Step};

/// A state of one attribute: this value, or absent.
pub(crate) fn one(attribute: &str, value: Option<&str>) -> Snapshot {
    value.map_or_else(Snapshot::default, |it| Snapshot::of([(attribute, it.to_owned())]))
}

/// The changes from one value of an attribute to another, refused when it has a third by then.
pub(crate) fn swap(attribute: &'static str, from: Option<&str>, to: Option<&str>) -> Vec<Change> {
    let bytes = |it: &str| it.as_bytes().to_vec();
    let delete = from.map(|it| Change::Delete(attribute, bytes(it)));
    let add = to.map(|it| Change::Add(attribute, bytes(it)));
    delete.into_iter().chain(add).collect()
}

/// Whether the state that a step wants is there already.
pub(crate) fn already(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
    if *seen == step.after {
        return Ok(true);
    }
    if *seen == step.before {
        return Ok(false);
    }
    Err(CallError::Drifted { expected: step.before.clone(), seen: seen.clone() })
}

/// The wanted state is there; this is what stays alive all the same.
///
/// An undo leaves nothing alive that was not alive before.
pub(crate) fn holds(spec: &ActionSpec, step: &Step) -> Observation {
    let undo = step.kind == ActionKind::Restore;
    let residual = if spec.leaves.is_empty() || undo {
        Vec::new()
    } else {
        vec![Residual { what: spec.leaves.to_owned(), until: None }]
    };
    Observation::Holds { residual, issued: None }
}

/// What is to be said when the state could not be read. An entry that is gone cannot bind.
pub(crate) fn unread(step: &Step, error: &CallError) -> Observation {
    let undo = step.kind == ActionKind::Restore;
    match error {
        CallError::NotFound { .. } if undo => {
            Observation::DoesNotHold { seen: Snapshot::default() }
        }
        CallError::NotFound { .. } => Observation::Holds {
            residual: vec![Residual {
                what: "connections that are bound already".into(),
                until: None,
            }],
            issued: None,
        },
        CallError::Retry { .. }
        | CallError::OutcomeUnknown { .. }
        | CallError::Drifted { .. }
        | CallError::Denied { .. }
        | CallError::Unsupported { .. }
        | CallError::Invalid { .. } => Observation::CannotTell { why: error.to_string() },
    }
}
