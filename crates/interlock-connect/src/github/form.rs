//! Answers of GitHub, as far as they are read.

use interlock_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Roles by team or by repository.
pub(crate) type Grants = BTreeMap<String, String>;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct User {
    pub login: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Team {
    pub slug: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Repository {
    pub name: String,
}

/// A membership of the organisation or of a team.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Membership {
    pub role: String,
    #[serde(default)]
    pub state: String,
}

impl Membership {
    /// Whether the user has yet to accept.
    pub(crate) fn pending(&self) -> bool {
        self.state == "pending"
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DeployKey {
    pub id: u64,
    #[serde(flatten)]
    pub of: Key,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub last_used: Option<Timestamp>,
    #[serde(default)]
    pub added_by: Option<String>,
}

/// A public key, and what it was let in for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Key {
    #[serde(default)]
    pub title: String,
    pub key: String,
    pub read_only: bool,
}

/// What workflows of a repository may do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Settings {
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_actions: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha_pinning_required: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Run {
    pub id: u64,
    #[serde(default)]
    pub status: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Permission {
    permission: String,
    #[serde(default)]
    role_name: Option<String>,
}

impl Permission {
    pub(crate) fn given(&self) -> String {
        given(self.role_name.as_deref().unwrap_or(&self.permission))
    }
}

/// A role by the name under which it is given: it is read under another.
pub(crate) fn given(role: &str) -> String {
    match role {
        "read" => "pull",
        "write" => "push",
        other => other,
    }
    .to_owned()
}

#[derive(Debug, Deserialize)]
pub(crate) struct Invitation {
    pub id: u64,
    pub permissions: String,
    #[serde(default)]
    pub invitee: Option<User>,
}

/// What a user was given in a repository.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub role: String,
    /// The invitation, as long as the user has yet to accept it.
    pub invitation: Option<u64>,
}

/// The access of one fine-grained token to the organisation.
#[derive(Debug, Deserialize)]
pub(crate) struct Token {
    pub id: u64,
    #[serde(default)]
    pub token_id: u64,
    pub owner: User,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub access_granted_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub token_expires_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub token_last_used_at: Option<Timestamp>,
}

/// A credential that single sign-on authorised.
#[derive(Debug, Deserialize)]
pub(crate) struct Authorization {
    pub credential_id: u64,
    pub login: String,
}
