//! What a containment needs next. One function, so that the order of acts is read in one place.

use crate::guard::consent_given;
use crate::{Containment, Phase, StepLife, StepState};
use interlock_model::{Consent, Gate, StepId, Timestamp};
use jiff::SignedDuration;

/// Writes of one step before it counts as stuck.
const ATTEMPTS: u32 = 6;
/// Writes of one step whose process died before they arrived. More than attempts, since the deaths may come
/// from elsewhere; bounded, since it may be this very write that kills.
const INTERRUPTIONS: u32 = 50;
/// Read-backs in a row without a clear answer before a step counts as stuck.
const LOOKS: u32 = 12;

/// What a containment needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The provider must be looked at and the steps phrased.
    Plan,
    /// Somebody must say yes.
    Ask,
    /// This step may be written, if the guard gives a permit.
    Write(StepId),
    /// This step must be read back.
    Verify(StepId),
    /// It cannot go on: tried too often.
    GiveUp {
        /// Why.
        why: String,
    },
    /// The watch window is over without a successful use.
    WatchOver,
    /// Nothing until then; `None`: until something happens.
    Wait {
        /// When to ask again.
        until: Option<Timestamp>,
    },
}

/// What the containment needs next, in the process of this run.
///
/// `watch_seconds` is how long a contained identity is watched before the containment counts as held.
#[must_use]
pub fn next(
    life: &Containment,
    consent: Consent,
    run: &str,
    watch_seconds: i64,
    now: Timestamp,
) -> Next {
    match &life.phase {
        Phase::Requested => Next::Plan,
        Phase::Running | Phase::Undoing => {
            let asked = matches!(life.phase, Phase::Undoing) || consent_given(life, consent, now);
            step(life, asked, run, now)
        }
        Phase::Contained { since, watched: false } => match after(*since, watch_seconds) {
            Some(end) if now < end => Next::Wait { until: Some(end) },
            _ => Next::WatchOver,
        },
        Phase::Contained { watched: true, .. }
        | Phase::Undone
        | Phase::Held { .. }
        | Phase::Stuck { .. }
        | Phase::Closed { .. } => Next::Wait { until: None },
    }
}

fn step(life: &Containment, consented: bool, run: &str, now: Timestamp) -> Next {
    let Some(step) = life.current().iter().find(|it| it.verified().is_none()) else {
        return Next::Wait { until: None };
    };
    let id = step.step.id.clone();
    if step.looks >= LOOKS {
        return Next::GiveUp {
            why: format!("{}: read back {LOOKS} times without a clear answer", step.step.summary),
        };
    }
    match &step.state {
        StepState::Waiting { not_before } => {
            if let Some(until) = not_yet(*not_before, now) {
                return Next::Wait { until: Some(until) };
            }
            if step.step.before == step.step.after {
                return Next::Verify(id);
            }
            match gate(life, step, now) {
                Opening::Open => {}
                Opening::Until(until) => return Next::Wait { until },
            }
            if !consented {
                return Next::Ask;
            }
            let answered = step.attempts.saturating_sub(step.interrupted);
            if answered >= ATTEMPTS || step.interrupted >= INTERRUPTIONS {
                return Next::GiveUp {
                    why: format!("{}: tried {} times", step.step.summary, step.attempts),
                };
            }
            Next::Write(id)
        }
        StepState::Intended { run: writer, .. } if **writer == *run => Next::Wait { until: None },
        // Another process meant to write and is gone: what became of it is unknown.
        StepState::Intended { .. } => Next::Verify(id),
        StepState::Unknown { not_before } | StepState::Acknowledged { not_before, .. } => {
            match not_yet(*not_before, now) {
                Some(until) => Next::Wait { until: Some(until) },
                None => Next::Verify(id),
            }
        }
        StepState::Verified { .. } => Next::Wait { until: None },
    }
}

enum Opening {
    Open,
    Until(Option<Timestamp>),
}

fn gate(life: &Containment, step: &StepLife, now: Timestamp) -> Opening {
    let opens_at = |from: Option<Timestamp>, seconds: u64| {
        let end = from.and_then(|it| after(it, i64::try_from(seconds).unwrap_or(i64::MAX)));
        match end {
            Some(end) if end <= now => Opening::Open,
            end => Opening::Until(end),
        }
    };
    match &step.step.gate {
        Gate::Now => Opening::Open,
        Gate::WhenUsed { issued_by, at_latest_seconds } => match life.step(issued_by) {
            Some(issuer) if issuer.issued_used.is_some() => Opening::Open,
            Some(issuer) => match at_latest_seconds {
                Some(seconds) => opens_at(issuer.verified(), *seconds),
                None => Opening::Until(None),
            },
            None => Opening::Until(None),
        },
        Gate::After { step, seconds } => {
            opens_at(life.step(step).and_then(StepLife::verified), *seconds)
        }
    }
}

fn not_yet(not_before: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    not_before.filter(|it| now < *it)
}

pub(crate) fn after(from: Timestamp, seconds: i64) -> Option<Timestamp> {
    from.checked_add(SignedDuration::from_secs(seconds)).ok()
}
