//! A detector's claim about one identity.

use crate::{
    Actor, Binding, CredentialKind, CredentialRef, EventId, FindingId, Origin, Outcome, Principal,
    Resolution, SessionRef, Target, Tier, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Where a record stood: the input's name as given, and the 0-based index of the record in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file as given, `-` for standard input, or the name of a way in.
    pub file: Arc<str>,
    /// The 0-based index of the record.
    pub record: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.file, self.record)
    }
}

/// How sure a detector is: 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(f64);

impl Confidence {
    /// Brings any number into 0 to 1; not-a-number becomes 0.
    #[must_use]
    pub const fn new(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

/// How bad it is when the claim is true. Sigma's levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Informational,
    /// Worth a look some day.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Worth waking someone.
    Critical,
}

impl Severity {
    /// The level as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Which sort of detector made the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingSource {
    /// A Sigma rule.
    Sigma,
    /// A behaviour detector, or the house watching its own containments.
    Behaviour,
    /// Another monitor.
    Alert,
}

/// The rule behind a claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleRef {
    /// The Sigma rule's UUID, the behaviour's name, or the monitor's type of finding.
    pub id: Arc<str>,
    /// A name to show.
    pub name: Arc<str>,
    /// Which sort of detector.
    pub source: FindingSource,
}

/// A detector's claim. Its id is derived from rule, identity and window, so that a replayed log
/// makes the same finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// The rule behind it.
    pub rule: RuleRef,
    /// One line of what was seen.
    pub title: String,
    /// How sure.
    pub confidence: Confidence,
    /// How bad when true.
    pub severity: Severity,
    /// ATT&CK technique ids, upper case.
    pub techniques: Vec<Box<str>>,
    /// When the first event that carries it happened.
    pub time: Timestamp,
    /// When the last one happened.
    pub last: Timestamp,
    /// Whom it accuses.
    pub resolution: Resolution,
    /// Whose permissions were used.
    pub principal: Option<Principal>,
    /// What proved it.
    pub credential: Option<CredentialRef>,
    /// The session.
    pub session: Option<SessionRef>,
    /// Who stands behind it, the original actor first.
    pub chain: Vec<Principal>,
    /// From where.
    pub origin: Origin,
    /// The records that carry it, at most 100.
    pub evidence: Vec<Place>,
    /// What the detector wants to be shown, name and value, in order.
    pub facts: Vec<(String, String)>,
    /// The class of answer that the detector was written for; `None` when it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Tier>,
    /// What the accused brought to life or changed around then, oldest first, at most 32; also how
    /// the accused credential itself came to life, where that was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artefacts: Vec<Artefact>,
    /// Whom the provider let in when it issued the accused session, where that call was seen: a
    /// subject of another provider. Kept with the finding, for sessions are forgotten once they are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_in: Option<Principal>,
}

impl Finding {
    /// The way by which the accused session came in, as something to aim at.
    #[must_use]
    pub fn way_in(&self) -> Option<Target> {
        let session = self.credential.as_ref().and_then(CredentialRef::kind)
            == Some(CredentialKind::SessionKey);
        let principal = self.principal.clone().filter(|_| session)?;
        let credential = CredentialRef::web_identity(&principal.provider, self.let_in.as_ref()?)?;
        Some(Target::Credential { principal, credential })
    }

    /// The accused session by its own name, as something to aim at.
    #[must_use]
    pub fn one_session(&self) -> Option<Target> {
        let key = self.credential.as_ref()?.kind() == Some(CredentialKind::SessionKey);
        let principal = self.principal.clone().filter(|_| key)?;
        let credential = CredentialRef::one_session(&principal.provider, self.session.as_ref()?)?;
        Some(Target::Credential { principal, credential })
    }
}

/// Something that an actor brought to life, or changed so that it lets somebody in.
///
/// It outlives the actor's own credential, and so is a target of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// What it is: `access-key`, `session-key`, `user`, `role`, `policy`, `trust_anchor`.
    pub kind: Box<str>,
    /// The provider's name for it.
    pub name: Box<str>,
    /// The operation that made or changed it.
    pub operation: Box<str>,
    /// Whose it is, where the record says so: the principal of a new credential.
    pub principal: Option<Principal>,
    /// Its public name, when it is a credential.
    pub credential: Option<CredentialRef>,
    /// When.
    pub time: Timestamp,
    /// The record that shows it.
    pub place: Place,
}

/// A use, or a refused use, of a credential: what tells whether a containment took effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The event.
    pub event: EventId,
    /// When it happened, by the provider's clock.
    pub time: Timestamp,
    /// Where the record stood.
    pub place: Place,
    /// Who acted, as the record says.
    pub actor: Actor,
    /// Who it is.
    pub binding: Binding,
    /// Whether it took effect.
    pub outcome: Outcome,
    /// Service and operation.
    pub operation: String,
}
