//! What proves an identity. Never the secret.

use crate::{ActionName, ConnectorId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A credential's public name: enough to recognise and revoke it, useless to sign in with.
///
/// Text form `provider:kind:id`, for example `aws:access-key:AKIAEXAMPLE` or `broker:token:7f3a…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialRef(Arc<str>);

impl CredentialRef {
    /// The credential of this provider, kind and public id.
    #[must_use]
    pub fn new(provider: &str, kind: CredentialKind, id: &str) -> Self {
        Self([provider, ":", kind.as_str(), ":", id].concat().into())
    }

    /// Reads the text form; `None` when it has not three parts or the kind is unknown.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let it = Self(text.into());
        (it.kind().is_some() && !it.id().is_empty()).then_some(it)
    }

    /// The naming authority.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// What sort of credential it is.
    #[must_use]
    pub fn kind(&self) -> Option<CredentialKind> {
        // By bytes: it is asked several times an event, and providers and kinds are short.
        let mut parts = self.0.as_bytes().split(|it| *it == b':');
        let kind = parts.nth(1)?;
        CredentialKind::ALL.into_iter().find(|it| kind == it.as_str().as_bytes())
    }

    /// The provider's own public id of it.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.splitn(3, ':').nth(2).unwrap_or_default()
    }

    /// The whole text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A long-lived key pair: AWS `AKIA…`.
    AccessKey,
    /// A temporary key with a session token: AWS `ASIA…`.
    SessionKey,
    /// A password for people.
    Password,
    /// A bearer token.
    Token,
    /// An X.509 or SSH certificate.
    Certificate,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::AccessKey, Self::SessionKey, Self::Password, Self::Token, Self::Certificate];

    /// The kind as it stands in a [`CredentialRef`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access-key",
            Self::SessionKey => "session-key",
            Self::Password => "password",
            Self::Token => "token",
            Self::Certificate => "certificate",
        }
    }
}

/// One credential of an identity, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its public name.
    pub reference: CredentialRef,
    /// Whether it is in force.
    pub status: CredentialStatus,
    /// When it was issued.
    pub issued: Option<Timestamp>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When it was last seen in use.
    pub last_used: Option<Timestamp>,
    /// The session it opens, when it is temporary: the provider's name for it.
    pub session: Option<Arc<str>>,
    /// How it can be ended; `None` when no connector can.
    pub revocation: Option<RevocationMethod>,
}

/// Whether a credential is in force, as far as the house knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialStatus {
    /// It is, or nothing says otherwise.
    #[default]
    Active,
    /// It is not.
    Revoked,
}

/// Which action at which connector ends a credential, and what that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationMethod {
    /// The connector instance.
    pub connector: ConnectorId,
    /// The action.
    pub action: ActionName,
    /// How long it may take to settle.
    pub settle: Duration,
    /// What stays alive afterwards, in words.
    pub leaves: Box<str>,
}
