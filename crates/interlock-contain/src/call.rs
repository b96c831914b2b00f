//! A failed provider call, cut by what the caller does next.

use interlock_model::{FailureClass, Snapshot};
use std::time::Duration;

/// A provider call that did not end in an answer we can go on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nothing changed; ask again after this long.
    #[error("{why}; to be tried again in {} s", after.as_secs())]
    Retry {
        /// How long to wait.
        after: Duration,
        /// What the provider said.
        why: String,
    },
    /// The request left, no answer came: read back before anything else.
    #[error("no answer after the request had left: {why}")]
    OutcomeUnknown {
        /// What happened to the connection.
        why: String,
    },
    /// The target is not in the state the plan saw: plan again, approve again.
    #[error("the state changed since it was planned: expected {expected}, found {seen}")]
    Drifted {
        /// What the plan saw.
        expected: Snapshot,
        /// What is there now.
        seen: Snapshot,
    },
    /// Our own rights do not reach: an operator must act.
    #[error("missing permission `{permission}`")]
    Denied {
        /// The provider's name of the permission.
        permission: String,
    },
    /// The target is not there.
    #[error("{what} is not there")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The provider cannot do this here.
    #[error("not possible here: {why}")]
    Unsupported {
        /// Why.
        why: String,
    },
    /// An answer that makes no sense, or a defect of ours; never retried.
    #[error("{why}")]
    Invalid {
        /// What is wrong.
        why: String,
    },
}

impl CallError {
    /// The class that the journal keeps.
    #[must_use]
    pub const fn class(&self) -> FailureClass {
        match self {
            Self::Retry { .. } => FailureClass::Retry,
            Self::OutcomeUnknown { .. } => FailureClass::OutcomeUnknown,
            Self::Drifted { .. } => FailureClass::Drifted,
            Self::Denied { .. } => FailureClass::Denied,
            Self::NotFound { .. } => FailureClass::NotFound,
            Self::Unsupported { .. } => FailureClass::Unsupported,
            Self::Invalid { .. } => FailureClass::Invalid,
        }
    }
}
