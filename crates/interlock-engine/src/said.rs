//! What the audit chain says of the facts of a containment's journal.

use interlock_model::{Evidence, Fact, Observation, StepId};

/// What the audit chain says of a fact: name, who, step, words.
pub(crate) fn said(fact: &Fact) -> (&'static str, String, Option<StepId>, String) {
    let house = || "interlock".to_owned();
    match fact {
        Fact::Requested { decision, identity, .. } => (
            "containment.requested",
            house(),
            None,
            format!("of `{identity}` by decision `{decision}`"),
        ),
        Fact::Planned { plan } => {
            let steps: Vec<&str> = plan.steps.iter().map(|it| it.summary.as_str()).collect();
            (
                "containment.planned",
                house(),
                None,
                format!("plan {}: {}", plan.digest(), steps.join(", then ")),
            )
        }
        Fact::PlanFailed { why } => ("containment.plan_failed", house(), None, why.clone()),
        Fact::Answered { approval } => {
            let word = if approval.granted { "approved" } else { "rejected" };
            let text = format!("{word} as {} for plan {}", approval.role, approval.plan);
            ("containment.answered", approval.by.clone(), None, text)
        }
        Fact::Intended { step, attempt, run } => (
            "step.intended",
            house(),
            Some(step.clone()),
            format!("attempt {attempt} in run {run}"),
        ),
        Fact::Acknowledged { step, receipt } => {
            let text = receipt.request.clone().map_or_else(
                || "the provider said yes".to_owned(),
                |it| format!("the provider said yes to request {it}"),
            );
            ("step.acknowledged", house(), Some(step.clone()), text)
        }
        Fact::Failed { step, why, .. } => ("step.failed", house(), Some(step.clone()), why.clone()),
        Fact::Observed { step, observation } => {
            let text = match observation {
                Observation::Holds { residual, .. } if residual.is_empty() => "holds".to_owned(),
                Observation::Holds { residual, .. } => {
                    let left: Vec<&str> = residual.iter().map(|it| it.what.as_str()).collect();
                    format!("holds; stays alive: {}", left.join("; "))
                }
                Observation::DoesNotHold { seen } => format!("does not hold: {seen}"),
                Observation::CannotTell { why } => format!("cannot tell: {why}"),
            };
            ("step.observed", house(), Some(step.clone()), text)
        }
        Fact::Shown { step, evidence } => {
            let text = match evidence {
                Evidence::Probe { how } => format!("effective: {how}"),
                Evidence::RefusedUse { place } => format!("effective: refused use at {place}"),
                Evidence::Drill { time } => format!("effective by a drill of {time}"),
                Evidence::SuccessfulUse { place } => format!("successful use at {place}"),
            };
            ("step.shown", house(), Some(step.clone()), text)
        }
        Fact::WatchPassed => {
            ("containment.held", house(), None, "the watch window passed".to_owned())
        }
        Fact::UndoAsked { by, plan } => {
            ("containment.undo_asked", by.clone(), None, format!("{} steps back", plan.steps.len()))
        }
        Fact::Held { why } => ("containment.needs_a_person", house(), None, why.clone()),
        Fact::Resumed { by } => ("containment.resumed", by.clone(), None, "goes on".to_owned()),
        Fact::Stuck { why } => ("containment.stuck", house(), None, why.clone()),
        Fact::Closed { why } => ("containment.closed", house(), None, why.clone()),
    }
}
