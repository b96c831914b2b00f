//! The answer to "who is this?".

use crate::{CredentialRef, IdentityId, Principal, SessionRef};
use serde::{Deserialize, Serialize};

/// Who an event is about. The last two are findings, not errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "resolution")]
pub enum Resolution {
    /// The directory knows it.
    Known {
        /// Which identity.
        identity: IdentityId,
    },
    /// Derived from telemetry; nobody declared it.
    Undeclared {
        /// Which identity.
        identity: IdentityId,
    },
    /// More than one identity claims the principal.
    Ambiguous {
        /// All that do, sorted.
        candidates: Vec<IdentityId>,
    },
    /// The record does not say enough.
    Unknown,
}

impl Resolution {
    /// The one identity, where there is one.
    #[must_use]
    pub const fn identity(&self) -> Option<&IdentityId> {
        match self {
            Self::Known { identity } | Self::Undeclared { identity } => Some(identity),
            Self::Ambiguous { .. } | Self::Unknown => None,
        }
    }

    /// The answer in one word, as in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Known { .. } => "known",
            Self::Undeclared { .. } => "undeclared",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Unknown => "unknown",
        }
    }
}

/// An event bound to its identity, credential and session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Who it is.
    pub resolution: Resolution,
    /// Whose permissions were used.
    pub principal: Option<Principal>,
    /// What proved it.
    pub credential: Option<CredentialRef>,
    /// The session.
    pub session: Option<SessionRef>,
    /// Who stands behind it, the original actor first, as far as telemetry and lineage say.
    pub chain: Vec<Principal>,
}
