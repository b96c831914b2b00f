//! What is asked of a SCIM service: one method per operation.
//!
//! Reads take the pass that a declared read gives, writes use up the pass that a permit gives.

use super::discover::Listed;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use std::fmt::Debug;

/// A SCIM service, as far as this connector needs it.
#[async_trait::async_trait]
pub(crate) trait Service: Send + Sync + Debug {
    /// The user of this name; `None` when there is none.
    async fn user(&self, pass: ReadPass, name: &str) -> Result<Option<User>, CallError>;
    /// A page of users from this one on, counted from 1.
    async fn users(&self, pass: ReadPass, start: u64) -> Result<Listed, CallError>;
    /// The user of this id.
    async fn user_of(&self, pass: ReadPass, id: &str) -> Result<Option<User>, CallError>;
    /// The group of this name.
    async fn group(&self, pass: ReadPass, name: &str) -> Result<Option<Group>, CallError>;
    /// Makes a user active or inactive, if it is still as it was read.
    async fn set_active(&self, pass: WritePass, user: &User, active: bool)
    -> Result<(), CallError>;
    /// Makes a user a member of a group or not, if the group is still as it was read.
    async fn set_member(
        &self,
        pass: WritePass,
        group: &Group,
        user: &str,
        member: bool,
    ) -> Result<(), CallError>;
    /// Whether a write would be let through, tried on a resource that is not there.
    async fn may_patch(&self, operation: Operation) -> Result<(), CallError>;
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// The service's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is active; `None` when the service does not say.
    pub active: Option<bool>,
    /// The version that was read.
    pub version: Option<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The service's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ids of its members.
    pub members: Vec<String>,
    /// The version that was read.
    pub version: Option<String>,
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}
