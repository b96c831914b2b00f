//! Credentials of identities: how they are, how they can be ended, where they are found.

use super::types::moment;
use interlock_engine::Found;
use interlock_model::{Credential, CredentialStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One credential.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CredentialView {
    /// Its public name.
    #[schema(example = "aws:access-key:AKIAIOSFODNN7EXAMPLE")]
    pub reference: String,
    /// `active` or `revoked`, as far as the house knows.
    #[schema(example = "active")]
    pub status: String,
    /// When it was issued.
    pub issued: Option<String>,
    /// When it ends by itself.
    pub expires: Option<String>,
    /// When it was last seen in use.
    pub last_used: Option<String>,
    /// How it can be ended; absent when no connector can.
    pub revocation: Option<RevocationView>,
    /// Where its workload finds it, as far as known; only where one identity is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_at: Option<FoundView>,
}

/// Where a workload finds its credential.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FoundView {
    /// The place.
    #[schema(example = "secret `shop/web-db` of Kubernetes")]
    pub place: String,
    /// The containment that delivered it there; absent when the configuration says that a new one goes there.
    pub delivered_by: Option<String>,
    /// When that was read back.
    pub delivered: Option<String>,
}

impl From<Found> for FoundView {
    fn from(it: Found) -> Self {
        let (by, at) = it.delivered.unzip();
        Self {
            place: it.place,
            delivered_by: by.map(|it| it.to_string()),
            delivered: at.map(moment),
        }
    }
}

/// How a credential can be ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RevocationView {
    /// The connector.
    #[schema(example = "aws-prod")]
    pub connector: String,
    /// The action.
    #[schema(example = "aws_iam.disable_access_key")]
    pub action: String,
    /// How long it may take to settle, in seconds.
    pub settle_seconds: u64,
    /// What stays alive afterwards, in words.
    pub leaves: String,
}

impl From<&Credential> for CredentialView {
    fn from(it: &Credential) -> Self {
        Self {
            reference: it.reference.to_string(),
            status: match it.status {
                CredentialStatus::Active => "active",
                CredentialStatus::Revoked => "revoked",
            }
            .to_owned(),
            issued: it.issued.map(moment),
            expires: it.expires.map(moment),
            last_used: it.last_used.map(moment),
            revocation: it.revocation.as_ref().map(|it| RevocationView {
                connector: it.connector.to_string(),
                action: it.action.to_string(),
                settle_seconds: it.settle.as_secs(),
                leaves: it.leaves.to_string(),
            }),
            found_at: None,
        }
    }
}
