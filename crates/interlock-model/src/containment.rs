//! The life of one plan, as facts in a journal.
//!
//! State is never stored; it is the fold of these entries, which `contain` owns.

use crate::{
    Approval, CaseId, ContainmentId, CredentialRef, DecisionId, Digest, IdentityId, Place, Plan,
    Snapshot, StepId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One line of a containment's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose journal.
    pub containment: ContainmentId,
    /// The position in it, from 0 without gaps.
    pub sequence: u32,
    /// When it was written.
    pub time: Timestamp,
    /// What happened.
    pub fact: Fact,
}

/// What happened in a containment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    /// It was asked for.
    Requested {
        /// By which decision.
        decision: DecisionId,
        /// On which case.
        case: CaseId,
        /// On whom.
        identity: IdentityId,
    },
    /// The provider was looked at and the steps are known. Voids earlier approvals.
    Planned {
        /// The steps.
        plan: Plan,
    },
    /// Planning failed for good.
    PlanFailed {
        /// In words.
        why: String,
    },
    /// Somebody said yes or no.
    Answered {
        /// Who and what.
        approval: Approval,
    },
    /// A write is about to be made, by the process of this run. Committed before the call.
    Intended {
        /// Which step.
        step: StepId,
        /// Counted from 1.
        attempt: u32,
        /// The process that will make it; another run's open intent means "outcome unknown".
        run: Box<str>,
    },
    /// The provider said yes.
    Acknowledged {
        /// Which step.
        step: StepId,
        /// Its words.
        receipt: Receipt,
    },
    /// The call did not end in a yes.
    Failed {
        /// Which step.
        step: StepId,
        /// Cut by what happens next.
        class: FailureClass,
        /// In words, no secrets.
        why: String,
    },
    /// The provider's state was read back.
    Observed {
        /// Which step.
        step: StepId,
        /// What was seen.
        observation: Observation,
    },
    /// Something showed that a step took effect, or that it did not.
    Shown {
        /// Which step.
        step: StepId,
        /// What showed it.
        evidence: Evidence,
    },
    /// The watch window passed without a successful use.
    WatchPassed,
    /// Somebody, or the end of its time, wants it undone.
    UndoAsked {
        /// Who.
        by: String,
        /// The steps back, newest change first.
        plan: Plan,
    },
    /// A person must act before it goes on.
    Held {
        /// Why.
        why: String,
    },
    /// A person lets it go on.
    Resumed {
        /// Who.
        by: String,
    },
    /// It can go neither on nor back; kept, listed, counted, paged.
    Stuck {
        /// Why.
        why: String,
    },
    /// It is over without effect: rejected, expired, superseded.
    Closed {
        /// Why.
        why: String,
    },
}

/// The provider's acknowledgement. No secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// The provider's id of the request, where it gives one.
    pub request: Option<String>,
    /// The credential that came to life by it.
    pub issued: Option<CredentialRef>,
    /// What the undo needs beyond the step: names and values, no secrets.
    pub notes: BTreeMap<String, String>,
}

/// A failed call, cut by what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Nothing changed; the same step again later.
    Retry,
    /// The request left and no answer came: read back first.
    OutcomeUnknown,
    /// The state is not what the plan saw: plan again, approvals are void.
    Drifted,
    /// Our rights do not reach: an operator must act.
    Denied,
    /// The target is gone: read back.
    NotFound,
    /// The provider cannot do this here.
    Unsupported,
    /// An answer that makes no sense: our defect, never retried.
    Invalid,
}

/// What a read-back saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "observation")]
pub enum Observation {
    /// The wanted state is there.
    Holds {
        /// What stays alive all the same.
        residual: Vec<Residual>,
        /// The credential that the step brought to life, when it is one that issues.
        issued: Option<CredentialRef>,
    },
    /// It is not.
    DoesNotHold {
        /// What is.
        seen: Snapshot,
    },
    /// Silence, or not allowed to look.
    CannotTell {
        /// Why.
        why: String,
    },
}

/// Access that stays alive although a step holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Residual {
    /// What stays alive.
    pub what: String,
    /// Until when at the latest; `None`: until somebody acts.
    pub until: Option<Timestamp>,
}

/// What shows whether a step took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "evidence")]
pub enum Evidence {
    /// The house tried a credential that it holds, and was refused.
    Probe {
        /// How, in words.
        how: String,
    },
    /// Telemetry shows the contained credential refused.
    RefusedUse {
        /// Where it stands.
        place: Place,
    },
    /// This very path was lately proven on a canary identity of the same connector.
    Drill {
        /// When.
        time: Timestamp,
    },
    /// Telemetry shows the contained credential succeed: the strongest evidence, against us.
    SuccessfulUse {
        /// Where it stands.
        place: Place,
    },
}

/// How far one step is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepProof {
    /// Not yet acknowledged or read back.
    None,
    /// The provider says it holds.
    Applied,
    /// Evidence shows access refused.
    Effective,
    /// Evidence shows access going on.
    Disproven,
}

/// How far a containment has come. An acknowledgement alone never rises above `Applied`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Wanted, nothing written yet.
    Requested,
    /// The provider said yes and lists the wanted state.
    Applied,
    /// Evidence of effect: access is refused.
    Effective,
    /// The watch window passed without a successful use.
    Held,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "requested",
            Self::Applied => "applied",
            Self::Effective => "effective",
            Self::Held => "held",
        })
    }
}

impl Entry {
    /// The digest of the entry, for the audit chain.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}
