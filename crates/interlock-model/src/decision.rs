//! The verdict on a case, and the consent it needs.

use crate::{BlastRadius, CaseId, Confidence, DecisionId, Digest, IdentityId, Intent, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the house may do at all. Has no default on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Findings and decisions only.
    Observe,
    /// Plans too; nothing is written.
    Recommend,
    /// Writes, within policy and consent.
    Enforce,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Observe => "observe",
            Self::Recommend => "recommend",
            Self::Enforce => "enforce",
        })
    }
}

/// How hard an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Look.
    Observe,
    /// Ask the identity or its owner to prove that it is they.
    Revalidate,
    /// Cut part of the access.
    Restrict,
    /// Cut all of it.
    Disable,
}

impl Tier {
    /// The tier as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Revalidate => "revalidate",
            Self::Restrict => "restrict",
            Self::Disable => "disable",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Do it.
    Act,
    /// Ask first.
    Ask,
    /// Watch on.
    Observe,
    /// Policy, or an error in it, forbids.
    Refuse,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Act => "act",
            Self::Ask => "ask",
            Self::Observe => "observe",
            Self::Refuse => "refuse",
        })
    }
}

/// Whose yes is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nobody's.
    Automatic,
    /// The owner's.
    Owner,
    /// The security team's.
    Security,
    /// Both.
    Both,
}

impl fmt::Display for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Automatic => "automatic",
            Self::Owner => "owner",
            Self::Security => "security",
            Self::Both => "both",
        })
    }
}

/// A verdict with its reasons. Never edited; a new one supersedes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id, derived from case and inputs.
    pub id: DecisionId,
    /// The case.
    pub case: CaseId,
    /// Whom it is about, where one identity is known.
    pub identity: Option<IdentityId>,
    /// What is to happen.
    pub verdict: Verdict,
    /// How hard.
    pub tier: Tier,
    /// What is wanted, in order.
    pub intents: Vec<Intent>,
    /// Whose yes is needed.
    pub consent: Consent,
    /// In which role a person asked for it, [`Consent::Owner`] or [`Consent::Security`], where one did:
    /// what was ordered in a role is not taken back with less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_as: Option<Consent>,
    /// How long the containment holds before somebody must decide again, in seconds; `None`: until undone.
    pub hold_seconds: Option<u64>,
    /// Why, one line each.
    pub reasons: Vec<String>,
    /// The policies that determined it, by id.
    pub policies: Vec<String>,
    /// The playbook that proposed it.
    pub playbook: Option<String>,
    /// How sure the case was.
    pub confidence: Confidence,
    /// What would break.
    pub blast_radius: BlastRadius,
    /// When it fell.
    pub time: Timestamp,
    /// The digest of everything it rests on.
    pub inputs: Digest,
}

/// One actor's yes or no, bound to one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The plan's digest that was shown.
    pub plan: Digest,
    /// Who.
    pub by: String,
    /// In which role: [`Consent::Owner`] or [`Consent::Security`].
    pub role: Consent,
    /// Yes or no.
    pub granted: bool,
    /// When.
    pub time: Timestamp,
    /// After this it counts no more.
    pub expires: Timestamp,
    /// In words.
    pub note: Option<String>,
}
