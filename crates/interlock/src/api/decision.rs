//! Decisions: verdicts with their reasons.

use super::types::{BlastRadiusView, IntentView, moment};
use interlock_model::Decision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A verdict with its reasons. Never edited; a new one supersedes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// Its id.
    #[schema(example = "dec_0b1c2d3e4f5061728394")]
    pub id: String,
    /// The case.
    #[schema(example = "cas_0b1c2d3e4f5061728394")]
    pub case: String,
    /// Whom it is about, where one identity is known.
    #[schema(example = "idn_ci-deploy")]
    pub identity: Option<String>,
    /// `act`, `ask`, `observe` or `refuse`.
    #[schema(example = "ask")]
    pub verdict: String,
    /// `observe`, `revalidate`, `restrict` or `disable`.
    #[schema(example = "restrict")]
    pub tier: String,
    /// What is wanted, in order.
    pub intents: Vec<IntentView>,
    /// Whose yes is needed: `automatic`, `owner`, `security` or `both`.
    #[schema(example = "owner")]
    pub consent: String,
    /// How long the containment holds before somebody must decide again, in seconds.
    pub hold_seconds: Option<u64>,
    /// Why, one line each.
    pub reasons: Vec<String>,
    /// The policies that determined it, by id.
    pub policies: Vec<String>,
    /// The playbook that proposed it.
    pub playbook: Option<String>,
    /// How sure the case was, 0 to 1.
    #[schema(example = 0.9)]
    pub confidence: f64,
    /// What would break.
    pub blast_radius: BlastRadiusView,
    /// When it fell.
    #[schema(example = "2026-03-02T10:00:01Z")]
    pub time: String,
    /// The digest of everything it rests on.
    pub inputs: String,
}

impl From<&Decision> for DecisionView {
    fn from(it: &Decision) -> Self {
        Self {
            id: it.id.to_string(),
            case: it.case.to_string(),
            identity: it.identity.as_ref().map(ToString::to_string),
            verdict: it.verdict.to_string(),
            tier: it.tier.to_string(),
            intents: it.intents.iter().map(IntentView::from).collect(),
            consent: it.consent.to_string(),
            hold_seconds: it.hold_seconds,
            reasons: it.reasons.clone(),
            policies: it.policies.clone(),
            playbook: it.playbook.clone(),
            confidence: it.confidence.value(),
            blast_radius: BlastRadiusView::from(&it.blast_radius),
            time: moment(it.time),
            inputs: it.inputs.to_string(),
        }
    }
}
