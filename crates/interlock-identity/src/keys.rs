//! The index of credentials: whose they are, who issued them, when they were last heard of.

use crate::aliases::{NameId, Slot};
use crate::small::{Few, When};
use interlock_model::{CredentialRef, EventId, Principal, SessionRef, Timestamp};
use jiff::SignedDuration;

/// What is known of one credential.
#[derive(Debug, Clone, Default)]
pub(crate) struct Key {
    /// Declared identities that list it, ascending. People's word counts before telemetry's.
    pub(crate) declared: Few,
    /// Principals that it was seen with or issued to; more than one is a contradiction.
    pub(crate) names: Few,
    /// The derived identity that stands in while no principal is known.
    pub(crate) alone: Option<Slot>,
    pub(crate) issuance: Option<Box<Issuance>>,
    /// When it ends by itself.
    pub(crate) expires: When,
    /// When it was last heard of.
    pub(crate) heard: When,
    /// When its deletion was seen.
    pub(crate) revoked: When,
}

/// How a credential came to life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuance {
    /// Whose permissions issued it.
    pub(crate) by: Option<Principal>,
    /// With which credential.
    pub(crate) with: Option<CredentialRef>,
    /// Who stood behind the issuer, as the record says.
    pub(crate) via: Vec<Principal>,
    pub(crate) at: Timestamp,
    pub(crate) shown_by: EventId,
    pub(crate) session: Option<SessionRef>,
    /// What whoever opened the session, or the token that let it in, says of it: `Repository=acme/shop`.
    pub(crate) tags: Vec<Box<str>>,
}

/// Most principals kept of one credential that is seen with several.
const MOST_NAMES: usize = 4;

/// A temporary credential is forgotten this long after its end, or after it was last heard of.
pub(crate) const KEEP: SignedDuration = SignedDuration::from_hours(36);

impl Key {
    /// It was seen with this principal.
    pub(crate) fn name(&mut self, name: NameId) {
        if !self.names.contains(&name) && self.names.len() < MOST_NAMES {
            self.names.push(name);
        }
    }

    pub(crate) fn hear(&mut self, time: Timestamp) {
        self.heard.raise(time);
    }

    /// Whether a temporary credential is past its end by more than [`KEEP`].
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.expires.get().max(self.heard.get()).is_some_and(|it| now.duration_since(it) > KEEP)
    }

    /// Keeps the earliest issuance that was seen: a copy of the same record changes nothing.
    pub(crate) fn issue(&mut self, issuance: Issuance) {
        let earlier = self
            .issuance
            .as_ref()
            .is_none_or(|it| (issuance.at, &issuance.shown_by) < (it.at, &it.shown_by));
        if earlier {
            self.issuance = Some(Box::new(issuance));
        }
    }
}

/// Whether a credential's public id tells it apart: masked ids do not.
pub(crate) fn is_distinct(credential: &CredentialRef) -> bool {
    let id = credential.id();
    !id.contains('*') && id.len() <= 256
}
