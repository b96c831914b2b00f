//! What is asked of IAM Roles Anywhere, which gives sessions of roles to whoever shows a certificate.

use interlock_contain::{CallError, ReadPass, WritePass};
use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::client::Acknowledged;

/// Which roles may be had, by whoever a trust anchor vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnywhereProfile {
    /// Its id, a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether sessions are given through it.
    pub enabled: bool,
    /// The ARNs of the roles.
    pub roles: BTreeSet<String>,
}

/// A certificate authority whose certificates are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustAnchor {
    /// Its id, a UUID.
    pub id: String,
    /// Its ARN, as trust policies name it.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Whether its certificates are taken.
    pub enabled: bool,
}

/// Roles Anywhere in one region, as far as this connector needs it.
#[async_trait::async_trait]
pub trait Anywhere: Send + Sync + Debug {
    /// All profiles: `rolesanywhere:ListProfiles`.
    async fn anywhere_profiles(&self, pass: ReadPass) -> Result<Vec<AnywhereProfile>, CallError>;
    /// One profile: `rolesanywhere:GetProfile`.
    async fn anywhere_profile(
        &self,
        pass: ReadPass,
        id: &str,
    ) -> Result<AnywhereProfile, CallError>;
    /// All trust anchors: `rolesanywhere:ListTrustAnchors`.
    async fn trust_anchors(&self, pass: ReadPass) -> Result<Vec<TrustAnchor>, CallError>;
    /// One trust anchor: `rolesanywhere:GetTrustAnchor`.
    async fn trust_anchor(&self, pass: ReadPass, id: &str) -> Result<TrustAnchor, CallError>;

    /// Enables or disables a profile or trust anchor, whichever the pass is for:
    /// `rolesanywhere:EnableProfile`, `DisableProfile`, `EnableTrustAnchor` or `DisableTrustAnchor`.
    async fn set_anywhere(&self, pass: WritePass, id: &str) -> Result<Acknowledged, CallError>;
}
