//! The open findings on one identity.

use crate::{CaseId, Confidence, Finding, Resolution, Timestamp};
use serde::{Deserialize, Serialize};

/// The open findings on one identity, until a verdict closes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id, derived from the subject and the first finding.
    pub id: CaseId,
    /// Whom it is about.
    pub resolution: Resolution,
    /// A name for whom it is about, also when nobody is known.
    pub subject: String,
    /// The findings, in order of time.
    pub findings: Vec<Finding>,
    /// How sure, all findings together.
    pub confidence: Confidence,
    /// When the first thing in it happened.
    pub opened: Timestamp,
    /// When the last thing in it happened.
    pub updated: Timestamp,
    /// Whether it is open.
    pub state: CaseState,
}

/// Whether a case is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CaseState {
    /// Findings are still added.
    Open,
    /// A person, or the end of a containment, closed it.
    Closed {
        /// By whom.
        by: String,
        /// In words.
        why: String,
    },
}
