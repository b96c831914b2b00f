//! What the fake holds, by name, and how it says no.

use super::{ACCOUNT, FakeRole, State, Stored, User};
use crate::Secret;
use crate::client::{Caller, Holder};
use interlock_contain::CallError;
use interlock_model::Operation;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What an operation does instead of what it should, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, and nothing happened.
    SilenceBefore,
    /// No answer, but it happened.
    SilenceAfter,
    /// Too many calls.
    Throttle,
    /// Not allowed.
    Denied,
    /// It says yes and does nothing.
    Lie,
}

impl State {
    /// Whose key this is.
    pub(super) fn holder_of(&self, id: &str) -> Option<Caller> {
        let holds = |it: &&User| it.keys.iter().any(|it| it.id == id && it.status == "Active");
        let (name, _) = self.users.iter().find(|it| holds(&it.1))?;
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/{name}");
        Some(Caller { account: ACCOUNT.to_owned(), arn })
    }

    /// A user.
    pub(super) fn user(&self, name: &str) -> Result<&User, CallError> {
        self.users.get(name).ok_or_else(|| missing(format!("user `{name}`")))
    }

    /// A user, to be changed.
    pub(super) fn user_mut(&mut self, name: &str) -> Result<&mut User, CallError> {
        self.users.get_mut(name).ok_or_else(|| missing(format!("user `{name}`")))
    }

    /// A role.
    pub(super) fn role(&self, name: &str) -> Result<&FakeRole, CallError> {
        self.roles.get(name).ok_or_else(|| missing(format!("role `{name}`")))
    }

    /// A secret.
    pub(super) fn secret(&self, name: &str) -> Result<&Stored, CallError> {
        self.secrets.get(name).ok_or_else(|| missing(format!("secret `{name}`")))
    }

    /// One version of a secret.
    pub(super) fn value(&self, secret: &str, version: &str) -> Result<Secret, CallError> {
        let versions = &self.secret(secret)?.versions;
        let found = versions.iter().find(|it| it.0 == version);
        found
            .map(|it| Secret::new(it.1.as_str()))
            .ok_or_else(|| missing(format!("secret `{secret}`")))
    }

    /// policies.
    pub(super) fn policies(
        &mut self,
        holder: &Holder,
    ) -> Result<&mut BTreeMap<String, String>, CallError> {
        match holder {
            Holder::User(name) => self.user_mut(name).map(|it| &mut it.policies),
            Holder::Role(name) => match self.roles.get_mut(name) {
                Some(role) => Ok(&mut role.policies),
                None => Err(missing(holder)),
            },
        }
    }
}

/// Too many calls.
pub(crate) fn throttled(operation: Operation) -> CallError {
    CallError::Retry { after: Duration::from_secs(2), why: format!("`{operation}`: Throttling") }
}

/// Not allowed.
pub(crate) fn denied(operation: Operation) -> CallError {
    CallError::Denied { permission: operation.to_string() }
}

/// No answer.
pub(crate) fn silence(operation: Operation) -> CallError {
    CallError::OutcomeUnknown { why: format!("`{operation}`: no answer") }
}

/// Not there.
pub(crate) fn missing(what: impl fmt::Display) -> CallError {
    CallError::NotFound { what: what.to_string() }
}
