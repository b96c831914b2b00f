//! A database server in memory that misbehaves on request. What its settings mean is its kind's business.

use super::delivery::Delivery;
use super::{Account, Change, Own, PUT_DELIVERY, Server, Sessions, Tried, Words};
use crate::Secret;
use crate::conformance::{Trouble, Troubles};
use crate::delivery::Leave;
use interlock_contain::{CallError, Check, ReadPass, WritePass};
use interlock_model::Operation;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// An account of the fake.
#[derive(Debug, Clone)]
pub(crate) struct FakeAccount {
    /// What the server lists of it.
    pub listed: Account,
    /// Its password.
    pub password: Secret,
    /// The marks of its open sessions.
    pub sessions: Vec<i64>,
}

/// The accounts by name.
pub(crate) type Accounts = BTreeMap<String, FakeAccount>;

/// The server.
#[derive(Debug)]
pub(crate) struct Fake {
    words: &'static Words,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    accounts: Accounts,
    /// What so many reads still see instead.
    stale: Option<(usize, Accounts)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
}

impl Fake {
    pub(crate) fn new(words: &'static Words, accounts: Accounts) -> Self {
        let inner = Inner {
            accounts,
            stale: None,
            lag: 0,
            troubles: Troubles::default(),
            writes: Vec::new(),
        };
        Self { words, inner: Mutex::new(inner) }
    }

    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.inner.lock().unwrap().troubles.add(operation, trouble);
    }

    pub(crate) fn lag(&self, reads: usize) {
        self.inner.lock().unwrap().lag = reads;
    }

    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.inner.lock().unwrap().writes.clone()
    }

    pub(crate) fn accounts(&self) -> Accounts {
        self.inner.lock().unwrap().accounts.clone()
    }

    /// Somebody else changes it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Accounts)) {
        change(&mut self.inner.lock().unwrap().accounts);
    }

    fn read(&self, operation: Operation, name: &str) -> Result<FakeAccount, CallError> {
        let mut inner = self.inner.lock().unwrap();
        match inner.troubles.next(operation) {
            Some(Trouble::Denied) => return Err(denied(operation)),
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                return Err(busy(operation));
            }
            Some(Trouble::Lie) | None => {}
        }
        let found = match &mut inner.stale {
            Some((reads, accounts)) if *reads > 0 => {
                *reads -= 1;
                accounts.get(name).cloned()
            }
            Some(_) | None => inner.accounts.get(name).cloned(),
        };
        found.ok_or_else(|| CallError::NotFound { what: format!("`{name}`") })
    }

    fn write(
        &self,
        operation: Operation,
        name: &str,
        change: impl FnOnce(&mut FakeAccount),
    ) -> Result<(), CallError> {
        let mut inner = self.inner.lock().unwrap();
        inner.writes.push(operation);
        let trouble = inner.troubles.next(operation);
        match trouble {
            Some(Trouble::Throttle) => return Err(busy(operation)),
            Some(Trouble::Denied) => return Err(denied(operation)),
            Some(Trouble::SilenceBefore) => return Err(silence(operation)),
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        inner.stale = Some((inner.lag, inner.accounts.clone()));
        let account = inner.accounts.get_mut(name);
        change(account.ok_or_else(|| CallError::NotFound { what: format!("`{name}`") })?);
        if trouble.is_some() { Err(silence(operation)) } else { Ok(()) }
    }
}

fn busy(operation: Operation) -> CallError {
    CallError::Retry { after: Duration::from_secs(2), why: format!("`{operation}`: busy") }
}

fn denied(operation: Operation) -> CallError {
    CallError::Denied { permission: operation.to_string() }
}

fn silence(operation: Operation) -> CallError {
    CallError::OutcomeUnknown { why: format!("`{operation}`: no answer") }
}

#[async_trait::async_trait]
impl Server for Fake {
    fn words(&self) -> &'static Words {
        self.words
    }

    async fn account(&self, pass: ReadPass, name: &str) -> Result<Account, CallError> {
        self.read(pass.operation(), name).map(|it| it.listed)
    }

    async fn sessions(&self, pass: ReadPass, name: &str) -> Result<Sessions, CallError> {
        let begun = self.read(pass.operation(), name)?.sessions;
        Ok(Sessions { now: 1_000, begun })
    }

    async fn sign_in(
        &self,
        pass: ReadPass,
        name: &str,
        password: &Secret,
    ) -> Result<Tried, CallError> {
        let account = self.read(pass.operation(), name)?;
        Ok(if account.password != *password {
            Tried::WrongPassword
        } else if account.listed.open {
            Tried::Accepted
        } else {
            Tried::Barred("it may not sign in".to_owned())
        })
    }

    async fn own(&self) -> Result<Own, CallError> {
        let permission = self.words.read_account.to_string();
        let checks = vec![Check { permission, outcome: Ok(()) }];
        Ok(Own { names: vec!["interlock".to_owned()], checks })
    }

    async fn set(
        &self,
        pass: WritePass,
        name: &str,
        setting: &str,
        change: Change<'_>,
    ) -> Result<(), CallError> {
        self.write(pass.operation(), name, |account| {
            for (key, value) in &mut account.listed.settings {
                if *key == setting {
                    change.to.clone_into(value);
                }
            }
        })
    }

    async fn end_sessions(&self, pass: WritePass, name: &str) -> Result<(), CallError> {
        self.write(pass.operation(), name, |account| account.sessions.clear())
    }

    async fn set_password(
        &self,
        pass: WritePass,
        name: &str,
        password: &Secret,
    ) -> Result<(), CallError> {
        self.write(pass.operation(), name, |account| account.password = password.clone())
    }

    async fn deliver(
        &self,
        leave: Leave,
        delivery: &Delivery,
        password: &Secret,
    ) -> Result<(), CallError> {
        let trouble = {
            let mut inner = self.inner.lock().unwrap();
            inner.writes.push(PUT_DELIVERY);
            inner.troubles.next(PUT_DELIVERY)
        };
        match trouble {
            Some(Trouble::Throttle) => Err(busy(PUT_DELIVERY)),
            Some(Trouble::Denied) => Err(denied(PUT_DELIVERY)),
            Some(Trouble::SilenceBefore) => Err(silence(PUT_DELIVERY)),
            Some(Trouble::Lie) => Ok(()),
            Some(Trouble::SilenceAfter) => {
                delivery.finish(leave, password).await?;
                Err(silence(PUT_DELIVERY))
            }
            None => delivery.finish(leave, password).await,
        }
    }
}
