//! What is asked of the directory: one method per operation.
//!
//! Reads take the pass that a declared read gives, writes use up the pass that a permit gives.

use crate::Secret;
pub(crate) use crate::ldap::{Bound, Change, Entry};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use std::fmt::Debug;

/// OpenLDAP, as far as this connector needs it.
#[async_trait::async_trait]
pub(crate) trait Directory: Send + Sync + Debug {
    /// An entry; `None` when it is not there.
    async fn account(&self, pass: ReadPass, dn: &str) -> Result<Option<Account>, CallError>;
    /// Every entry that can hold a password.
    async fn accounts(&self, pass: ReadPass) -> Result<Vec<Entry>, CallError>;
    /// The password policy that is in force for an entry; `None` when none is.
    async fn policy(&self, pass: ReadPass, account: &Account) -> Result<Option<Policy>, CallError>;
    /// The groups that an entry is in.
    async fn groups(&self, pass: ReadPass, account: &Account) -> Result<Vec<Group>, CallError>;
    /// The members of a group that are entries, by name; `None` when the group is not there.
    async fn members(&self, pass: ReadPass, dn: &str) -> Result<Option<Members>, CallError>;
    /// Whether an access rule names a group; `None` when the rules may not be seen.
    async fn ruled(&self, pass: ReadPass, group: &str) -> Result<Option<bool>, CallError>;
    /// Whether the password is the one that nobody can use; `None` when there is none.
    async fn unusable(&self, pass: ReadPass, dn: &str) -> Result<Option<bool>, CallError>;
    /// A bind with a password that is drawn for it.
    async fn try_bind(&self, pass: ReadPass, dn: &str) -> Result<Bound, CallError>;
    /// A bind with a password of which the entry's holder knows.
    async fn bind_as(&self, pass: ReadPass, dn: &str, own: &Secret) -> Result<Bound, CallError>;
    /// Changes of one entry, all or none.
    async fn modify(&self, pass: WritePass, dn: &str, changes: &[Change]) -> Result<(), CallError>;
    /// Whether a change would be made, which is not made; `None` when the server cannot say.
    async fn would_modify(
        &self,
        operation: Operation,
        dn: &str,
        changes: &[Change],
    ) -> Result<Option<()>, CallError>;
    /// Any entry with a password but our own, to try permissions on.
    async fn any_account(&self, pass: ReadPass) -> Result<Option<String>, CallError>;
}

/// A password that nobody can use: a digest of nothing, so that no password fits it.
///
/// A scheme that every build knows, so that it is never taken for a password in clear and hashed.
pub(crate) const UNUSABLE: &str = "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAABpbnRlcmxvY2s=";
/// The lock that does not end by itself.
pub(crate) const FOR_EVER: &str = "000001010000Z";
/// Says that an account is locked, and since when.
pub(crate) const LOCK: &str = "pwdAccountLockedTime";
/// Says that the next bind has to bring a new password.
pub(crate) const RESET: &str = "pwdReset";
/// The password.
pub(crate) const PASSWORD: &str = "userPassword";
/// The attributes by which groups name their members.
pub(crate) const MEMBERS: [&str; 3] = ["member", "uniqueMember", "memberUid"];

/// An entry that can bind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its name, as the server spells it.
    pub dn: String,
    /// Its `uid`, by which POSIX groups name it.
    pub uid: Option<String>,
    /// Since when it is locked.
    pub locked: Option<String>,
    /// What it says of a new password.
    pub reset: Option<String>,
    /// The policy that it names for itself.
    pub policy: Option<String>,
    /// The groups that it says it is in.
    pub member_of: Vec<String>,
}

impl Account {
    /// Whether it is locked until somebody unlocks it.
    pub(crate) fn locked_for_ever(&self) -> bool {
        self.locked.as_deref() == Some(FOR_EVER)
    }
}

/// A password policy, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Its name.
    pub dn: String,
    /// Whether a lock counts.
    pub lockout: bool,
    /// Whether a demand for a new password counts.
    pub must_change: bool,
}

/// A group that an entry is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    /// Its name.
    pub dn: String,
    /// The attribute that names the entry.
    pub attribute: &'static str,
    /// How it names it.
    pub value: String,
    /// Whether the entry is its only member.
    pub only: bool,
}

/// The members of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members {
    /// The attribute that names them.
    pub attribute: &'static str,
    /// Their names.
    pub dns: Vec<String>,
}

/// The attribute of this name, as groups have it.
pub(crate) fn member_attribute(name: &str) -> Option<&'static str> {
    MEMBERS.into_iter().find(|it| it.eq_ignore_ascii_case(name))
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}
