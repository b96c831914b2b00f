//! What a provider calls an identity.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// A provider's own name for an identity. Many principals, one identity.
///
/// Text form `provider:name`, for example `aws:arn:aws:iam::111122223333:user/ci` or
/// `github:repo:acme/shop:ref:refs/heads/main`.
/// For a session of a role the principal is the role; the session is named apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Principal {
    /// The naming authority, lower case: `aws`, `github`, `okta`, `broker`.
    pub provider: Arc<str>,
    /// The name in that authority, verbatim.
    pub name: Arc<str>,
}

impl Principal {
    /// A principal of this provider.
    #[must_use]
    pub fn new(provider: &str, name: &str) -> Self {
        Self { provider: shared(provider), name: name.into() }
    }

    /// Reads the text form; `None` without a provider or a name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (provider, name) = text.split_once(':')?;
        (!provider.is_empty() && !name.is_empty()).then(|| Self::new(provider, name))
    }
}

/// The provider's name, for those that most records name the one copy that all share.
fn shared(provider: &str) -> Arc<str> {
    static COMMON: LazyLock<[Arc<str>; 6]> =
        LazyLock::new(|| ["aws", "okta", "entra", "google", "github", "kubernetes"].map(Arc::from));
    let known = COMMON.iter().find(|it| it.as_ref() == provider);
    known.map_or_else(|| provider.into(), Arc::clone)
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.name)
    }
}
