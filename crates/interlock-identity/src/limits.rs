//! How old credentials may become, and how long they may rest: in general, and for some of them.

use interlock_model::{CredentialRef, Environment, Identity, IdentityKind};
use jiff::SignedDuration;

/// How old long-lived credentials may become, and how long they may rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialLimits {
    /// What holds where nothing else is said.
    pub general: CredentialLimit,
    /// Other limits for some; the first that fits counts.
    pub special: Vec<SpecialLimit>,
}

/// One pair of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialLimit {
    /// The oldest that one may be.
    pub age: SignedDuration,
    /// The longest that one may go unused: beyond, it is a risk without a use.
    pub idle: SignedDuration,
}

/// Limits for some credentials; what is `None` fits all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialLimit {
    /// The provider.
    pub provider: Option<Box<str>>,
    /// The kind of credential, as in its reference: `access-key`.
    pub credential: Option<&'static str>,
    /// The kind of identity that it proves.
    pub identity: Option<IdentityKind>,
    /// Where that acts.
    pub environment: Option<Environment>,
    /// The limits.
    pub limit: CredentialLimit,
}

impl CredentialLimits {
    /// A year of age, 90 days of rest.
    pub const STANDARD: Self = Self {
        general: CredentialLimit {
            age: SignedDuration::from_hours(365 * 24),
            idle: SignedDuration::from_hours(90 * 24),
        },
        special: Vec::new(),
    };

    /// What holds for this credential of this identity.
    #[must_use]
    pub fn of(&self, identity: &Identity, credential: &CredentialRef) -> CredentialLimit {
        let kind = credential.as_str().split(':').nth(1);
        // Unknown is treated as production.
        let environment = match identity.environment {
            Environment::Unknown => Environment::Production,
            it @ (Environment::Production | Environment::Staging | Environment::Development) => it,
        };
        let fits = |it: &&SpecialLimit| {
            it.provider.as_ref().is_none_or(|it| **it == *credential.provider())
                && it.credential.is_none_or(|it| kind == Some(it))
                && it.identity.is_none_or(|it| identity.kind == it)
                && it.environment.is_none_or(|it| environment == it)
        };
        self.special.iter().find(fits).map_or(self.general, |it| it.limit)
    }
}
