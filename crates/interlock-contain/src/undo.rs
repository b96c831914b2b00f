//! The way back, from the step and its receipt alone.
//!
//! A step is phrased as a state, so its undo is the same action with the two states changed over:
//! guarded, permitted, executed and verified like any other step. Undo never looks around.

use crate::StepLife;
use interlock_model::{
    ActionKind, CredentialRef, Gate, Plan, PlanId, Reversal, Step, StepId, Stops, Target,
};

/// The undo of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// This step restores exactly the state before. Boxed: it is large beside the other answer.
    Step(Box<Step>),
    /// There is none.
    Impossible {
        /// Why.
        why: String,
    },
}

/// The step that takes `step` back; `issued` is the credential it brought to life, if it did.
#[must_use]
pub fn mirror(step: &Step, issued: Option<&CredentialRef>) -> Undo {
    match &step.reversal {
        Reversal::Final { why } => return Undo::Impossible { why: why.clone() },
        Reversal::Restores { .. } | Reversal::Compensates { .. } => {}
    }
    // What an issuing step made is what its undo removes.
    let target = match (issued, &step.target) {
        (Some(credential), target) => Target::Credential {
            principal: target.principal().clone(),
            credential: credential.clone(),
        },
        (None, target) => target.clone(),
    };
    Undo::Step(Box::new(Step {
        id: StepId::derive(&["undo", step.id.as_str()]),
        connector: step.connector.clone(),
        action: step.action.clone(),
        kind: ActionKind::Restore,
        target,
        before: step.after.clone(),
        after: step.before.clone(),
        reversal: Reversal::Final { why: "it is itself an undo".to_owned() },
        gate: Gate::Now,
        stops: Stops::default(),
        settle_seconds: step.settle_seconds,
        summary: format!("undo: {}", step.summary),
    }))
}

/// The plan that takes back what these steps changed, newest change first, and what cannot be taken back.
///
/// Steps that never took effect have nothing to take back.
#[must_use]
pub fn plan_undo(of: &Plan, steps: &[StepLife]) -> (Plan, Vec<String>) {
    let mut back = Vec::new();
    let mut lost = Vec::new();
    for life in steps.iter().rev().filter(|it| it.may_have_written()) {
        match mirror(&life.step, life.issued.as_ref()) {
            Undo::Step(step) => back.push(*step),
            Undo::Impossible { why } => lost.push(format!("{}: {why}", life.step.summary)),
        }
    }
    let plan = Plan {
        id: PlanId::derive(&["undo", of.id.as_str()]),
        identity: of.identity.clone(),
        steps: back,
        residual: Vec::new(),
        breaks: Vec::new(),
    };
    (plan, lost)
}
