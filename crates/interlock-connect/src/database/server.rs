//! What is asked of a database server: a declared read for every look, a permit for every change.

use super::delivery::Delivery;
use crate::Secret;
use crate::delivery::Leave;
use interlock_contain::{CallError, Check, ReadPass, WritePass};
use interlock_model::{DiscoveryPage, Operation};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The words of one kind of server, and the operations by its own permission names.
#[derive(Debug)]
pub(crate) struct Words {
    /// The naming authority: `postgresql`.
    pub provider: &'static str,
    /// What an account is called: `role`.
    pub noun: &'static str,
    /// Looks at an account.
    pub read_account: Operation,
    /// Looks at the sessions of an account.
    pub read_sessions: Operation,
    /// Tries a delivered password, as its workload would.
    pub sign_in: Operation,
    /// How another account may act as this one without its password.
    pub becoming: &'static str,
}

/// An account, as the server lists it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// Its settings by name, as text.
    pub settings: BTreeMap<&'static str, String>,
    /// Why nobody but its administrator may change it: it is the server's own, or ourselves.
    pub kept: Option<String>,
    /// The right that we lack to change this very account.
    pub beyond: Option<&'static str>,
    /// Whether no other administrator could sign in.
    pub last_administrator: bool,
    /// Why its password cannot be replaced from here.
    pub no_password: Option<String>,
    /// Whether it may sign in now.
    pub open: bool,
    /// The accounts that may act as this one without its password.
    pub others: Vec<String>,
}

/// The sessions of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sessions {
    /// The mark that a session would get which began now. Marks grow: a moment, or a running number.
    pub now: i64,
    /// The marks of the open ones.
    pub begun: Vec<i64>,
}

/// How the server answered to an account's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    /// The account is in.
    Accepted,
    /// The password is not good.
    WrongPassword,
    /// The password was not what it failed for: the account may not sign in.
    Barred(String),
}

/// Whom we act as, and whether what each operation needs is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    /// The accounts.
    pub names: Vec<String>,
    /// The permissions.
    pub checks: Vec<Check>,
}

/// A server, or a fake that misbehaves on request.
#[async_trait::async_trait]
pub(crate) trait Server: Send + Sync + Debug {
    /// Its words.
    fn words(&self) -> &'static Words;
    /// One account; `NotFound` when it is not there.
    async fn account(&self, pass: ReadPass, name: &str) -> Result<Account, CallError>;
    /// Its sessions, ours left out.
    async fn sessions(&self, pass: ReadPass, name: &str) -> Result<Sessions, CallError>;
    /// Signs in with a password that we delivered, and out again.
    async fn sign_in(
        &self,
        pass: ReadPass,
        name: &str,
        password: &Secret,
    ) -> Result<Tried, CallError>;
    /// One page of all accounts.
    async fn list(&self, _pass: ReadPass, _from: Option<&str>) -> Result<DiscoveryPage, CallError> {
        let why = format!("{} does not look for identities", self.words().provider);
        Err(CallError::Unsupported { why })
    }
    /// Whom we act as, and what we may. Only the connector's check asks.
    async fn own(&self) -> Result<Own, CallError>;

    /// Gives one setting of an account another value.
    async fn set(
        &self,
        pass: WritePass,
        name: &str,
        setting: &str,
        change: Change<'_>,
    ) -> Result<(), CallError>;
    /// Ends every session of an account.
    async fn end_sessions(&self, pass: WritePass, name: &str) -> Result<(), CallError>;
    /// Gives an account another password.
    async fn set_password(
        &self,
        pass: WritePass,
        name: &str,
        password: &Secret,
    ) -> Result<(), CallError>;
    /// Puts the password where its workload finds it.
    async fn deliver(
        &self,
        leave: Leave,
        delivery: &Delivery,
        password: &Secret,
    ) -> Result<(), CallError> {
        delivery.finish(leave, password).await
    }
}

/// From one value to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    /// What is there.
    pub from: &'a str,
    /// What is wanted.
    pub to: &'a str,
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}
