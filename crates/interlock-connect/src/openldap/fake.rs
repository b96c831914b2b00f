//! A directory in memory that behaves as a server with a password policy does, and misbehaves on request.

use super::client::{
    Account, Bound, Change, Directory, Entry, Group, LOCK, Members, PASSWORD, Policy, RESET,
    UNUSABLE, admit,
};
use super::operation as op;
use super::{LdapConfig, OpenLdapConfig};
use crate::Secret;
use crate::conformance::{Trouble, Troubles};
use crate::ldap::name;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// The account that is contained.
pub(crate) const ACCOUNT: &str = "uid=svc,ou=services,dc=example,dc=com";
/// As whom the connector acts.
pub(crate) const OWN: &str = "cn=interlock,ou=services,dc=example,dc=com";
/// The group that counts.
pub(crate) const OPERATORS: &str = "cn=operators,ou=groups,dc=example,dc=com";
/// The group that is denied everything.
pub(crate) const QUARANTINE: &str = "cn=quarantine,ou=groups,dc=example,dc=com";
/// What must show nowhere: the account's password, as it is stored, and the connector's own.
pub(crate) const PLANTED: [&str; 2] = ["{SSHA}cGxhbnRlZC1kaWdlc3Q=", "planted-own-password"];

/// What the directory holds.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Entries that can bind, by name.
    pub entries: BTreeMap<String, BTreeMap<&'static str, String>>,
    /// Groups and their members.
    pub groups: BTreeMap<String, Vec<String>>,
    /// The policy in force.
    pub policy: Option<Policy>,
    /// Whether access rules name the quarantine.
    pub ruled: Option<bool>,
}

/// The directory. Its own `Debug`, so that what it holds is not taken for what the connector says.
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
    /// What reads still see, and how often.
    stale: Option<(State, usize)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
}

fn silence(operation: Operation) -> CallError {
    CallError::OutcomeUnknown { why: format!("`{operation}`: no answer") }
}

fn busy(operation: Operation) -> CallError {
    CallError::Retry { after: Duration::from_secs(2), why: format!("`{operation}`: busy") }
}

impl Fake {
    /// An account in two groups, another operator, and the connector's own entry.
    pub(crate) fn small() -> Self {
        let password = |it: &str| BTreeMap::from([(PASSWORD, it.to_owned())]);
        let state = State {
            entries: BTreeMap::from([
                (ACCOUNT.to_owned(), password(PLANTED[0])),
                (OWN.to_owned(), password(PLANTED[0])),
                ("uid=ann,ou=people,dc=example,dc=com".to_owned(), password(PLANTED[0])),
            ]),
            groups: BTreeMap::from([
                (
                    OPERATORS.to_owned(),
                    vec!["uid=ann,ou=people,dc=example,dc=com".to_owned(), ACCOUNT.to_owned()],
                ),
                (QUARANTINE.to_owned(), vec!["cn=nobody,dc=example,dc=com".to_owned()]),
            ]),
            policy: Some(Policy {
                dn: "cn=default,dc=example,dc=com".to_owned(),
                lockout: true,
                must_change: true,
            }),
            ruled: Some(true),
        };
        let inner =
            Inner { state, stale: None, lag: 0, troubles: Troubles::default(), writes: Vec::new() };
        Self { inner: Mutex::new(inner) }
    }

    pub(crate) fn config() -> OpenLdapConfig {
        OpenLdapConfig {
            id: ConnectorId("ldap-fake".into()),
            ldap: LdapConfig {
                url: "ldaps://ldap.example.com".to_owned(),
                start_tls: false,
                authorities: None,
                bind_dn: OWN.to_owned(),
                password: Secret::new(PLANTED[1]),
            },
            base: "dc=example,dc=com".to_owned(),
            default_policy: None,
            quarantine_group: Some(QUARANTINE.to_owned()),
            privileged_groups: vec![OPERATORS.to_owned()],
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

    /// Somebody else changes something.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.inner().state);
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

    fn read(&self, operation: Operation, needed: Operation) -> Result<State, CallError> {
        admit(operation, needed)?;
        let mut inner = self.inner();
        match inner.troubles.next(operation) {
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: operation.to_string() });
            }
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                return Err(busy(operation));
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
}

impl State {
    fn entry(&self, dn: &str) -> Option<(&String, &BTreeMap<&'static str, String>)> {
        self.entries.iter().find(|(it, _)| name::same(it, dn))
    }

    fn apply(&mut self, dn: &str, changes: &[Change]) -> Result<(), CallError> {
        let text = |it: &[u8]| String::from_utf8(it.to_vec()).unwrap();
        let gone = || busy(op::WRITE_MEMBER);
        if let Some(members) = self.groups.get_mut(dn) {
            for change in changes {
                match change {
                    Change::Add(_, value) if members.contains(&text(value)) => return Err(gone()),
                    Change::Add(_, value) => members.push(text(value)),
                    Change::Delete(_, value) => {
                        let at = members.iter().position(|it| *it == text(value));
                        members.remove(at.ok_or_else(gone)?);
                    }
                    Change::Replace(..) => panic!("members are never replaced"),
                }
            }
            members.sort();
            return Ok(());
        }
        let entry = self.entries.iter_mut().find(|(it, _)| name::same(it, dn)).unwrap().1;
        let names = |it: &Change| match it {
            Change::Add(name, _) | Change::Delete(name, _) | Change::Replace(name, _) => *name,
        };
        let replaced = changes.iter().any(|it| names(it) == PASSWORD);
        let lock = changes.iter().any(|it| names(it) == LOCK);
        for change in changes {
            match change {
                Change::Add(name, _) if entry.contains_key(name) => return Err(gone()),
                Change::Add(name, value) | Change::Replace(name, value) => {
                    entry.insert(name, text(value));
                }
                Change::Delete(name, value) => {
                    if entry.remove(name) != Some(text(value)) {
                        return Err(gone());
                    }
                }
            }
        }
        if replaced {
            // As the policy does it: a new password is a new beginning.
            entry.remove(RESET);
            if !lock {
                entry.remove(LOCK);
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Directory for Fake {
    async fn account(&self, pass: ReadPass, dn: &str) -> Result<Option<Account>, CallError> {
        let state = self.read(pass.operation(), op::READ_ACCOUNT)?;
        Ok(state.entry(dn).map(|(dn, entry)| Account {
            dn: dn.clone(),
            uid: None,
            locked: entry.get(LOCK).cloned(),
            reset: entry.get(RESET).cloned(),
            policy: None,
            member_of: state
                .groups
                .iter()
                .filter(|(_, members)| members.contains(dn))
                .map(|(group, _)| group.clone())
                .collect(),
        }))
    }

    async fn accounts(&self, pass: ReadPass) -> Result<Vec<Entry>, CallError> {
        let state = self.read(pass.operation(), op::READ_ACCOUNT)?;
        let entry = |(dn, attributes): (&String, &BTreeMap<&'static str, String>)| Entry {
            dn: dn.clone(),
            attributes: attributes
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), vec![value.clone().into_bytes()]))
                .collect(),
        };
        Ok(state.entries.iter().map(entry).collect())
    }

    async fn policy(&self, pass: ReadPass, _: &Account) -> Result<Option<Policy>, CallError> {
        Ok(self.read(pass.operation(), op::READ_POLICY)?.policy)
    }

    async fn groups(&self, pass: ReadPass, account: &Account) -> Result<Vec<Group>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        let of = state.groups.iter().filter(|(_, members)| members.contains(&account.dn));
        Ok(of
            .map(|(dn, members)| Group {
                dn: dn.clone(),
                attribute: "member",
                value: account.dn.clone(),
                only: members.len() == 1,
            })
            .collect())
    }

    async fn members(&self, pass: ReadPass, dn: &str) -> Result<Option<Members>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        let members = state.groups.get(dn).cloned();
        Ok(members.map(|dns| Members { attribute: "member", dns }))
    }

    async fn ruled(&self, pass: ReadPass, _: &str) -> Result<Option<bool>, CallError> {
        Ok(self.read(pass.operation(), op::READ_GROUPS)?.ruled)
    }

    async fn unusable(&self, pass: ReadPass, dn: &str) -> Result<Option<bool>, CallError> {
        let state = self.read(pass.operation(), op::COMPARE_PASSWORD)?;
        let password = state.entry(dn).and_then(|(_, it)| it.get(PASSWORD).cloned());
        Ok(password.map(|it| it == UNUSABLE))
    }

    async fn try_bind(&self, pass: ReadPass, dn: &str) -> Result<Bound, CallError> {
        let state = self.read(pass.operation(), op::TRY_BIND)?;
        let locked = state.entry(dn).is_some_and(|(_, it)| it.contains_key(LOCK));
        let counts = state.policy.is_some_and(|it| it.lockout);
        Ok(if locked && counts { Bound::Locked } else { Bound::Refused(String::new()) })
    }

    async fn bind_as(&self, pass: ReadPass, dn: &str, own: &Secret) -> Result<Bound, CallError> {
        let good = {
            let state = self.read(pass.operation(), op::TRY_BIND)?;
            state
                .entry(dn)
                .is_some_and(|(_, it)| it.get(PASSWORD).is_some_and(|it| it == own.expose()))
        };
        match self.try_bind(pass, dn).await? {
            Bound::Refused(_) if good => Ok(Bound::Granted),
            other => Ok(other),
        }
    }

    async fn modify(&self, pass: WritePass, dn: &str, changes: &[Change]) -> Result<(), CallError> {
        let operation = pass.operation();
        let mut inner = self.inner();
        inner.writes.push(operation);
        let before = inner.state.clone();
        let trouble = inner.troubles.next(operation);
        match trouble {
            Some(Trouble::Throttle) => return Err(busy(operation)),
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: operation.to_string() });
            }
            Some(Trouble::SilenceBefore) => return Err(silence(operation)),
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        let mut after = before.clone();
        after.apply(dn, changes)?;
        inner.state = after;
        inner.stale = Some((before, inner.lag));
        if trouble.is_some() { Err(silence(operation)) } else { Ok(()) }
    }

    async fn would_modify(
        &self,
        operation: Operation,
        _: &str,
        _: &[Change],
    ) -> Result<Option<()>, CallError> {
        match self.inner().troubles.next(operation) {
            Some(_) => Err(CallError::Denied { permission: operation.to_string() }),
            None => Ok(Some(())),
        }
    }

    async fn any_account(&self, pass: ReadPass) -> Result<Option<String>, CallError> {
        self.read(pass.operation(), op::READ_ACCOUNT)?;
        Ok(Some(ACCOUNT.to_owned()))
    }
}
