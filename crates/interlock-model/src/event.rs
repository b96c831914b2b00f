//! One normalised observation.

use crate::{CredentialRef, EventId, Fields, Place, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;

/// One thing that somebody did, or was refused, as a provider recorded it. OCSF-shaped.
#[derive(Debug, Clone)]
pub struct Event {
    /// Derived from the log source and the provider's own event id.
    pub id: EventId,
    /// The log source's name: `aws_cloudtrail`.
    pub source: &'static str,
    /// Where the record stood.
    pub place: Place,
    /// When the provider says it happened.
    pub time: Timestamp,
    /// Who did it. Shared: one caller makes many calls.
    pub actor: Arc<Actor>,
    /// The service, as the provider names it: `iam.amazonaws.com`.
    pub service: Box<str>,
    /// The operation, as the provider names it: `CreateAccessKey`.
    pub operation: Box<str>,
    /// What it was done to.
    pub objects: Vec<Object>,
    /// Whether it took effect.
    pub outcome: Outcome,
    /// From where.
    pub origin: Origin,
    /// Credentials that came to life by it.
    pub issued: Vec<Issued>,
    /// Whether the operation only reads, where the provider says so.
    pub read_only: Option<bool>,
    /// The provider's place: account, tenant, organisation.
    pub account: Option<Box<str>>,
    /// The provider's region.
    pub region: Option<Box<str>>,
    /// The fields that rules and behaviours asked for, and the record itself.
    pub fields: Fields,
}

/// Who acted, in the provider's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Actor {
    /// Whose permissions were used; for a role session the role. `None` when the record does not say.
    pub principal: Option<Principal>,
    /// What sort of principal the provider says it is.
    pub kind: PrincipalKind,
    /// A short name to show: user name, role name, service.
    pub name: Arc<str>,
    /// What proved it.
    pub credential: Option<CredentialRef>,
    /// The session, when it is one.
    pub session: Option<SessionRef>,
    /// Who stands behind it, the original actor first: an OIDC subject, a SAML subject, an assuming role.
    pub via: Vec<Principal>,
    /// The account, tenant or organisation of the principal.
    pub account: Option<Box<str>>,
}

/// What sort of principal a provider says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A long-lived user object.
    User,
    /// A role or service account that others act as.
    Role,
    /// An account's root.
    Root,
    /// A subject vouched for by another identity provider.
    Federated,
    /// A service of the provider itself.
    Service,
    /// Another account as a whole.
    Account,
    /// The record does not say.
    #[default]
    Unknown,
}

/// One session of a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRef {
    /// The provider's name for it; for AWS the session's ARN.
    pub id: Arc<str>,
    /// When it was issued, where known.
    pub issued: Option<Timestamp>,
    /// Whether a second factor was used, where known.
    pub mfa: Option<bool>,
}

/// Something acted upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// What it is: `user`, `role`, `access_key`, `policy`, `secret`, `bucket`.
    pub kind: Box<str>,
    /// The provider's name for it.
    pub name: Box<str>,
}

/// Whether the operation took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Success,
    /// The caller was refused: credential or permission did not reach.
    Refused {
        /// The provider's code: `AccessDenied`.
        code: Box<str>,
        /// How far the caller came.
        stage: RefusalStage,
    },
    /// It failed for another reason; the credential was accepted.
    Failed {
        /// The provider's code.
        code: Box<str>,
    },
}

/// How far a refused caller came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalStage {
    /// The credential itself was not accepted: `InvalidClientTokenId`.
    Credential,
    /// The credential was accepted; something denies it by name: "with an explicit deny".
    ExplicitDeny,
    /// The credential was accepted; nothing grants the operation, or the record does not say.
    Permission,
}

/// From where an event came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The network address.
    pub address: Option<IpAddr>,
    /// A service of the provider that called on the actor's behalf: `cloudformation.amazonaws.com`.
    pub service: Option<Box<str>>,
    /// The client's own description of itself.
    pub user_agent: Option<Box<str>>,
}

/// A credential that an event brought to life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The new credential.
    pub credential: CredentialRef,
    /// Whose permissions it carries.
    pub to: Principal,
    /// The session it opens, for temporary credentials.
    pub session: Option<SessionRef>,
    /// When it ends, for temporary credentials.
    pub expires: Option<Timestamp>,
}
