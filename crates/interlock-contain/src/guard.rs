//! The guard: asked for every single write, never written in playbooks.

use crate::next::after;
use crate::{Containment, Permit};
use interlock_model::{ActionKind, ConnectorId, Consent, Mode, Step, StepId, Timestamp};
use std::collections::VecDeque;

/// How long a permit opens its step, in seconds.
const PERMIT_SECONDS: i64 = 60;

/// Why a write may not be made now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The mode is not `enforce`.
    #[error("mode is `{mode}`: nothing is written until it is `enforce`")]
    Mode {
        /// The mode in force.
        mode: Mode,
    },
    /// The connector was not given this verb.
    #[error("connector `{connector}` may not `{kind}`: add it to the connector's `enforce` list")]
    ReadsOnly {
        /// The connector.
        connector: ConnectorId,
        /// The verb.
        kind: ActionKind,
    },
    /// Consent is missing or has expired.
    #[error("consent of `{consent}` is missing or has expired")]
    NotApproved {
        /// Whose.
        consent: Consent,
    },
    /// The target is protected.
    #[error("the target is protected: {why}")]
    Protected {
        /// By what.
        why: String,
    },
    /// Too many automatic actions lately.
    #[error("the breaker is open: {why}")]
    Breaker {
        /// Which limit.
        why: String,
        /// When there is room again.
        until: Timestamp,
    },
    /// The case was closed meanwhile.
    #[error("the case was closed meanwhile")]
    CaseClosed,
}

/// Everything the guard looks at for one write.
#[derive(Debug, Clone, Copy)]
pub struct GuardQuestion<'a> {
    /// The mode of the identity's environment.
    pub mode: Mode,
    /// The containment.
    pub life: &'a Containment,
    /// The step to be written.
    pub step: &'a Step,
    /// Whose yes is needed.
    pub consent: Consent,
    /// Why the target is protected, when it is.
    pub protected: Option<&'a str>,
    /// The verbs that the step's connector was given.
    pub enforce: &'a [ActionKind],
    /// The rule that fired, for the breaker.
    pub rule: &'a str,
    /// Whether the case is open.
    pub case_open: bool,
    /// Now.
    pub now: Timestamp,
}

/// Gives a permit for one write, or says why not.
///
/// The order of the checks is G1 mode, G2 consent, G3 protected, G4 breaker, G6 case. G5, the lease,
/// is the store's: a stale process cannot commit the intent that must come before the write.
///
/// # Errors
/// The first check that fails.
pub fn permit(question: &GuardQuestion<'_>, breaker: &mut Breaker) -> Result<Permit, Withheld> {
    let restoring = question.step.kind == ActionKind::Restore;
    if question.mode != Mode::Enforce {
        return Err(Withheld::Mode { mode: question.mode });
    }
    if !restoring && !question.enforce.contains(&question.step.kind) {
        return Err(Withheld::ReadsOnly {
            connector: question.step.connector.clone(),
            kind: question.step.kind,
        });
    }
    if !restoring && !consent_given(question.life, question.consent, question.now) {
        return Err(Withheld::NotApproved { consent: question.consent });
    }
    if let (false, Some(why)) = (restoring, question.protected) {
        return Err(Withheld::Protected { why: why.to_owned() });
    }
    if !restoring && question.consent == Consent::Automatic {
        breaker.admit(question)?;
    }
    // A case that was closed stops what has not begun; what has begun is carried to an end.
    let begun = question.life.current().iter().any(crate::StepLife::may_have_written);
    if !restoring && !begun && !question.case_open {
        return Err(Withheld::CaseClosed);
    }
    let plan = match (&question.life.undo, restoring) {
        (Some(undo), true) => undo.plan.digest(),
        _ => question.life.digest().unwrap_or(interlock_model::Digest::ZERO),
    };
    let expires = after(question.now, PERMIT_SECONDS).unwrap_or(question.now);
    Ok(Permit::issue(question.step.id.clone(), plan, question.step.connector.clone(), expires))
}

/// Whether everybody whose yes is needed has said it, for this very plan, and it still counts.
///
/// Once the first write was made under a consent, its end stops nothing that follows.
#[must_use]
pub fn consent_given(life: &Containment, consent: Consent, now: Timestamp) -> bool {
    let Some(digest) = life.digest() else { return false };
    let begun = life.steps.iter().any(crate::StepLife::may_have_written);
    let yes = |role: Consent| {
        life.approvals.iter().any(|it| {
            it.granted
                && it.plan == digest
                && (it.role == role || it.role == Consent::Both)
                && (begun || now < it.expires)
        })
    };
    if life.approvals.iter().any(|it| !it.granted) {
        return false;
    }
    match consent {
        Consent::Automatic => true,
        Consent::Owner => yes(Consent::Owner),
        Consent::Security => yes(Consent::Security),
        Consent::Both => yes(Consent::Owner) && yes(Consent::Security),
    }
}

/// How many automatic writes an hour there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerLimits {
    /// In all.
    pub per_hour: usize,
    /// At one connector.
    pub per_connector: usize,
    /// For one rule: a bad rule must not stop a company.
    pub per_rule: usize,
}

/// Counts the steps that were written automatically over the last hour. Bounded by its own limits.
///
/// A step that is tried again counts once: a provider that throttles must not use up the room of others.
#[derive(Debug, Clone)]
pub struct Breaker {
    limits: BreakerLimits,
    recent: VecDeque<Counted>,
}

/// A step that counts.
#[derive(Debug, Clone)]
struct Counted {
    time: Timestamp,
    step: StepId,
    connector: ConnectorId,
    rule: Box<str>,
}

impl Breaker {
    /// A breaker with these limits that has seen nothing.
    #[must_use]
    pub const fn new(limits: BreakerLimits) -> Self {
        Self { limits, recent: VecDeque::new() }
    }

    /// Counts a write that an earlier process made.
    pub fn recall(&mut self, time: Timestamp, step: &Step, rule: &str) {
        self.recent.retain(|it| it.step != step.id);
        self.recent.push_back(Counted {
            time,
            step: step.id.clone(),
            connector: step.connector.clone(),
            rule: rule.into(),
        });
    }

    fn admit(&mut self, question: &GuardQuestion<'_>) -> Result<(), Withheld> {
        let now = question.now;
        self.recent.retain(|it| after(it.time, 3600).is_some_and(|end| now < end));
        let step = question.step;
        let times = |counts: &dyn Fn(&Counted) -> bool| -> Vec<Timestamp> {
            let others = self.recent.iter().filter(|it| it.step != step.id);
            others.filter(|it| counts(it)).map(|it| it.time).collect()
        };
        let checks = [
            ("automatic writes an hour", self.limits.per_hour, times(&|_| true)),
            (
                "automatic writes an hour at one connector",
                self.limits.per_connector,
                times(&|it| it.connector == step.connector),
            ),
            (
                "automatic writes an hour for one rule",
                self.limits.per_rule,
                times(&|it| *it.rule == *question.rule),
            ),
        ];
        for (what, limit, times) in checks {
            if times.len() >= limit {
                let until = times.first().and_then(|it| after(*it, 3600)).unwrap_or(now);
                return Err(Withheld::Breaker { why: format!("{limit} {what}"), until });
            }
        }
        self.recall(now, step, question.rule);
        Ok(())
    }
}
