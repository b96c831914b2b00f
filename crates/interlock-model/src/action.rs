//! What may be done, to what, at which connector.

use crate::{CredentialRef, Principal};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The verbs of containment. Closed on purpose: a new one needs a decision record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// End live sessions and tokens.
    RevokeSessions,
    /// Make the next use prove itself again.
    RequireReauthentication,
    /// Make one credential useless, reversibly.
    DisableCredential,
    /// Replace one credential: issue, deliver, wait for use, disable the old, delete it later.
    RotateCredential,
    /// Remove one credential for ever.
    DeleteCredential,
    /// Take away one grant.
    RemoveEntitlement,
    /// Cut all access by a deny that sits beside the grants.
    Quarantine,
    /// Disable the principal itself.
    DisableIdentity,
    /// Stop new sessions from being issued.
    BlockPrincipal,
    /// Put back what a containment changed.
    Restore,
}

impl ActionKind {
    /// Every verb.
    pub const ALL: [Self; 10] = [
        Self::RevokeSessions,
        Self::RequireReauthentication,
        Self::DisableCredential,
        Self::RotateCredential,
        Self::DeleteCredential,
        Self::RemoveEntitlement,
        Self::Quarantine,
        Self::DisableIdentity,
        Self::BlockPrincipal,
        Self::Restore,
    ];

    /// The verb as text, as in files, JSON and `--intent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RevokeSessions => "revoke_sessions",
            Self::RequireReauthentication => "require_reauthentication",
            Self::DisableCredential => "disable_credential",
            Self::RotateCredential => "rotate_credential",
            Self::DeleteCredential => "delete_credential",
            Self::RemoveEntitlement => "remove_entitlement",
            Self::Quarantine => "quarantine",
            Self::DisableIdentity => "disable_identity",
            Self::BlockPrincipal => "block_principal",
            Self::Restore => "restore",
        }
    }

    /// The verb of this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an action is aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "target")]
pub enum Target {
    /// One credential of a principal.
    Credential {
        /// Whose it is.
        principal: Principal,
        /// Which.
        credential: CredentialRef,
    },
    /// A principal as a whole.
    Principal {
        /// Which.
        principal: Principal,
    },
}

impl Target {
    /// The principal that is hit.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        match self {
            Self::Credential { principal, .. } | Self::Principal { principal } => principal,
        }
    }

    /// The credential that is hit, when it is one.
    #[must_use]
    pub const fn credential(&self) -> Option<&CredentialRef> {
        match self {
            Self::Credential { credential, .. } => Some(credential),
            Self::Principal { .. } => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential { principal, credential } => match credential.session() {
                Some((issued, name)) => {
                    let name = name.rsplit('/').next().unwrap_or(name);
                    write!(f, "session `{name}` of `{}` issued {issued}", principal.name)
                }
                None => write!(f, "credential `{}` of `{}`", credential.id(), principal.name),
            },
            Self::Principal { principal } => write!(f, "`{}`", principal.name),
        }
    }
}

/// A verb on a target; nobody has looked at the provider yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Intent {
    /// The verb.
    pub kind: ActionKind,
    /// What it is aimed at.
    pub target: Target,
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.target)
    }
}

/// An action's name, `<provider>.<verb_object>`: `aws_iam.disable_access_key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionName(pub Box<str>);

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A connector instance's name, from the configuration: `aws-prod`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectorId(pub Box<str>);

impl fmt::Display for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One operation of a provider's API, by the provider's permission name: `iam:UpdateAccessKey`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Operation(pub &'static str);

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
