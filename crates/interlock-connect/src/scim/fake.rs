//! An application in memory that behaves, and misbehaves on request.

use super::client::{Group, Service, User, admit};
use super::discover::Listed;
use super::operation as op;
use super::{Dialect, ScimConfig};
use crate::Secret;
use crate::conformance::{Trouble, Troubles};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// The user that is contained.
pub(crate) const USER: &str = "svc@example.com";
/// The connector's own token, which must show nowhere.
pub(crate) const PLANTED: &str = "planted-scim-token";

/// What the application holds.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Whether users are active, by name; a user's id is its name with a mark.
    pub users: BTreeMap<String, bool>,
    /// The ids of the members of the only group.
    pub admins: BTreeSet<String>,
}

/// The application. Its own `Debug`, so that what it holds is not taken for what the connector says.
pub(crate) struct Fake {
    inner: Mutex<Inner>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

struct Inner {
    state: State,
    stale: Option<(State, usize)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
}

fn id(name: &str) -> String {
    format!("id-{name}")
}

impl Fake {
    /// Two active administrators.
    pub(crate) fn small() -> Self {
        let users = [USER, "ann@example.com"];
        let state = State {
            users: users.map(|it| (it.to_owned(), true)).into(),
            admins: users.map(id).into(),
        };
        let troubles = Troubles::default();
        Self {
            inner: Mutex::new(Inner { state, stale: None, lag: 0, troubles, writes: Vec::new() }),
        }
    }

    pub(crate) fn config() -> ScimConfig {
        ScimConfig {
            id: ConnectorId("app".into()),
            endpoint: "https://app.example.com/scim/v2".to_owned(),
            token: Secret::new(PLANTED),
            dialect: Dialect::Rfc,
            acts_as: None,
            privileged_groups: vec!["admins".to_owned()],
            settle: None,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// What it really holds.
    pub(crate) fn state(&self) -> State {
        self.inner().state.clone()
    }

    /// The writes that were asked for, in order, whatever became of them.
    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.inner().writes.clone()
    }

    /// Makes the next call of an operation misbehave.
    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.inner().troubles.add(operation, trouble);
    }

    /// Lets so many reads after a write see the state before it.
    pub(crate) fn lag(&self, reads: usize) {
        self.inner().lag = reads;
    }

    fn read(&self, given: Operation, needed: Operation) -> Result<State, CallError> {
        admit(given, needed)?;
        let mut inner = self.inner();
        match inner.troubles.next(given) {
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: given.to_string() });
            }
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                let after = Duration::from_secs(2);
                return Err(CallError::Retry { after, why: "busy".to_owned() });
            }
            Some(Trouble::Lie) | None => {}
        }
        if let Some((state, left)) = inner.stale.take()
            && left > 0
        {
            inner.stale = Some((state.clone(), left - 1));
            return Ok(state);
        }
        Ok(inner.state.clone())
    }

    fn write(
        &self,
        operation: Operation,
        change: impl FnOnce(&mut State),
    ) -> Result<(), CallError> {
        let mut inner = self.inner();
        inner.writes.push(operation);
        let silence = || Err(CallError::OutcomeUnknown { why: "no answer".to_owned() });
        let trouble = inner.troubles.next(operation);
        match trouble {
            Some(Trouble::Throttle) => {
                let after = Duration::from_secs(2);
                return Err(CallError::Retry { after, why: "busy".to_owned() });
            }
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: operation.to_string() });
            }
            Some(Trouble::SilenceBefore) => return silence(),
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        let before = inner.state.clone();
        change(&mut inner.state);
        inner.stale = Some((before, inner.lag));
        if trouble.is_some() { silence() } else { Ok(()) }
    }
}

fn user(state: &State, name: &str) -> Option<User> {
    let active = *state.users.get(name)?;
    Some(User { id: id(name), name: name.to_owned(), active: Some(active), version: None })
}

#[async_trait::async_trait]
impl Service for Fake {
    async fn user(&self, pass: ReadPass, name: &str) -> Result<Option<User>, CallError> {
        Ok(user(&self.read(pass.operation(), op::READ_USERS)?, name))
    }

    async fn users(&self, pass: ReadPass, start: u64) -> Result<Listed, CallError> {
        let state = self.read(pass.operation(), op::READ_USERS)?;
        let all = state.users.iter().map(|(name, active)| {
            serde_json::json!({ "id": id(name), "userName": name, "active": active })
        });
        let before = usize::try_from(start - 1).unwrap();
        Ok(Listed { resources: all.skip(before).collect(), total: state.users.len() as u64 })
    }

    async fn user_of(&self, pass: ReadPass, of: &str) -> Result<Option<User>, CallError> {
        let state = self.read(pass.operation(), op::READ_USERS)?;
        Ok(state.users.keys().find(|it| id(it) == of).and_then(|it| user(&state, it)))
    }

    async fn group(&self, pass: ReadPass, name: &str) -> Result<Option<Group>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        Ok((name == "admins").then(|| Group {
            id: "group-1".to_owned(),
            name: name.to_owned(),
            members: state.admins.into_iter().collect(),
            version: None,
        }))
    }

    async fn set_active(
        &self,
        pass: WritePass,
        user: &User,
        active: bool,
    ) -> Result<(), CallError> {
        self.write(pass.operation(), |state| {
            state.users.insert(user.name.clone(), active);
        })
    }

    async fn set_member(
        &self,
        pass: WritePass,
        _: &Group,
        user: &str,
        member: bool,
    ) -> Result<(), CallError> {
        self.write(pass.operation(), |state| {
            if member {
                state.admins.insert(user.to_owned());
            } else {
                state.admins.remove(user);
            }
        })
    }

    async fn may_patch(&self, _: Operation) -> Result<(), CallError> {
        Err(CallError::NotFound { what: "nothing".to_owned() })
    }
}
