//! A domain in memory that behaves as a domain controller does, and misbehaves on request.

use super::client::{
    Account, Change, Directory, EXPIRY, Entry, FLAGS, Flags, Group, GroupName, HOURS, LAST_SET,
    Listed, Power, WORD_START, admit, ticks,
};
use super::named::Named;
use super::operation as op;
use super::sid::Sid;
use super::{ActiveDirectoryConfig, LdapConfig};
use crate::Secret;
use crate::conformance::{Trouble, Troubles};
use crate::ldap::name;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// The account that is contained.
pub(crate) const SVC: &str = "CN=svc,OU=Services,DC=corp,DC=example";
/// Another administrator.
pub(crate) const ANN: &str = "CN=Ann,OU=People,DC=corp,DC=example";
/// As whom the connector acts.
pub(crate) const OWN: &str = "CN=interlock,OU=Services,DC=corp,DC=example";
/// Domain administrators.
pub(crate) const ADMINS: &str = "CN=Domain Admins,CN=Users,DC=corp,DC=example";
/// What must show nowhere: the account's password, and the connector's own.
pub(crate) const PLANTED: [&str; 2] = ["planted-password", "planted-own-password"];

/// The identifier of an account or group of this domain.
pub(crate) fn sid(relative: u32) -> Sid {
    Sid::parse("S-1-5-21-1004336348-1177238915-682003330-0").unwrap().sibling(relative)
}

/// What the domain holds.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Accounts by entry.
    pub accounts: BTreeMap<String, Account>,
    /// Passwords by entry.
    pub passwords: BTreeMap<String, String>,
    /// Groups by entry, with their members.
    pub groups: BTreeMap<String, (Sid, Vec<String>)>,
    /// When the clock stands where.
    pub clock: i64,
}

/// The domain. Its own `Debug`, so that what it holds is not taken for what the connector says.
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

/// An ordinary account.
fn user(dn: &str, relative: u32, name: &str) -> (String, Account) {
    let account = Account {
        dn: dn.to_owned(),
        sid: sid(relative),
        name: name.to_owned(),
        flags: Flags(0x200),
        expires: Some(i64::MAX.to_string()),
        last_set: Some("134404289290785520".to_owned()),
        hours: None,
        primary_group: Some(513),
        version: Some(1),
        word: None,
        managed: false,
    };
    (dn.to_owned(), account)
}

impl Fake {
    /// Two administrators, an ordinary account, and what a domain comes with.
    pub(crate) fn small() -> Self {
        let mut controller = user("CN=DC1,OU=Domain Controllers,DC=corp,DC=example", 1000, "DC1$");
        controller.1.flags = Flags(0x8_2000);
        let accounts = BTreeMap::from([
            user(SVC, 1104, "svc"),
            user(ANN, 1105, "ann"),
            user(OWN, 1106, "interlock"),
            user("CN=Administrator,CN=Users,DC=corp,DC=example", 500, "Administrator"),
            user("CN=krbtgt,CN=Users,DC=corp,DC=example", 502, "krbtgt"),
            controller,
        ]);
        let passwords = BTreeMap::from([(SVC.to_owned(), PLANTED[0].to_owned())]);
        let groups = BTreeMap::from([
            (ADMINS.to_owned(), (sid(512), vec![ANN.to_owned(), SVC.to_owned()])),
            ("CN=readers,DC=corp,DC=example".to_owned(), (sid(1200), vec![SVC.to_owned()])),
        ]);
        let state = State { accounts, passwords, groups, clock: 134_404_289_000_000_000 };
        let inner =
            Inner { state, stale: None, lag: 0, troubles: Troubles::default(), writes: Vec::new() };
        Self { inner: Mutex::new(inner) }
    }

    pub(crate) fn config() -> ActiveDirectoryConfig {
        ActiveDirectoryConfig {
            id: ConnectorId("ad-fake".into()),
            ldap: LdapConfig {
                url: "ldaps://dc1.corp.example".to_owned(),
                start_tls: false,
                authorities: None,
                bind_dn: OWN.to_owned(),
                password: Secret::new(PLANTED[1]),
            },
            base: "DC=corp,DC=example".to_owned(),
            privileged_groups: Vec::new(),
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

    fn write(
        &self,
        operation: Operation,
        apply: impl FnOnce(&mut State) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
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
        apply(&mut after)?;
        inner.state = after;
        inner.stale = Some((before, inner.lag));
        if trouble.is_some() { Err(silence(operation)) } else { Ok(()) }
    }
}

/// What a change takes away, and what it puts there.
fn swapped(changes: &[Change]) -> (&'static str, Option<Vec<u8>>, Option<Vec<u8>>) {
    let (mut name, mut from, mut to) = ("", None, None);
    for change in changes {
        match change {
            Change::Add(attribute, value) => (name, to) = (attribute, Some(value.clone())),
            Change::Delete(attribute, value) => (name, from) = (attribute, Some(value.clone())),
            Change::Replace(..) => panic!("values are swapped"),
        }
    }
    (name, from, to)
}

impl State {
    fn apply(&mut self, dn: &str, changes: &[Change]) -> Result<(), CallError> {
        let gone = || busy(op::WRITE_FLAGS);
        let (attribute, from, to) = swapped(changes);
        let text = |it: &Vec<u8>| String::from_utf8(it.clone()).unwrap();
        if let Some((_, members)) = self.groups.get_mut(dn) {
            if let Some(value) = from.as_ref().map(text) {
                let at = members.iter().position(|it| name::same(it, &value));
                members.remove(at.ok_or_else(gone)?);
            }
            members.extend(to.as_ref().map(text));
            members.sort();
            return Ok(());
        }
        let clock = self.clock;
        let account = self.accounts.get_mut(dn).unwrap();
        if attribute == HOURS {
            if account.hours != from {
                return Err(gone());
            }
            account.hours = to;
            return Ok(());
        }
        let there = match attribute {
            FLAGS => Some(account.flags.0.to_string()),
            EXPIRY => account.expires.clone(),
            LAST_SET => account.last_set.clone(),
            other => panic!("{other} is not written"),
        };
        if there != from.as_ref().map(text) {
            return Err(gone());
        }
        let wanted = to.as_ref().map(text);
        match attribute {
            FLAGS => account.flags = Flags(wanted.unwrap().parse().unwrap()),
            EXPIRY => account.expires = wanted,
            LAST_SET => {
                let now = wanted.as_deref() == Some("-1");
                account.last_set = if now { Some(clock.to_string()) } else { wanted };
            }
            other => panic!("{other} is not written"),
        }
        Ok(())
    }

    fn usable(&self, dn: &str, now: Timestamp) -> bool {
        self.accounts.get(dn).is_some_and(|it| {
            !it.flags.has(Flags::DISABLED) && it.expiry().is_none_or(|it| it > ticks(now))
        })
    }
}

#[async_trait::async_trait]
impl Directory for Fake {
    async fn account(&self, pass: ReadPass, named: &Named) -> Result<Option<Account>, CallError> {
        let state = self.read(pass.operation(), op::READ_ACCOUNT)?;
        let is = |it: &&Account| match named {
            Named::Sid(sid) => it.sid == *sid,
            Named::InDomain { domain, name } => {
                domain.eq_ignore_ascii_case("corp") && it.name.eq_ignore_ascii_case(name)
            }
            Named::Principal(name) => {
                format!("{}@corp.example", it.name).eq_ignore_ascii_case(name)
            }
            Named::Entry(dn) => name::same(dn, &it.dn),
        };
        Ok(state.accounts.values().find(is).cloned())
    }

    async fn own(&self, pass: ReadPass) -> Result<BTreeSet<Sid>, CallError> {
        self.read(pass.operation(), op::READ_ACCOUNT)?;
        Ok(BTreeSet::from([sid(1106), sid(513)]))
    }

    async fn own_names(&self, pass: ReadPass) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::READ_ACCOUNT)?;
        Ok(vec![sid(1106).to_string(), "corp\\interlock".to_owned()])
    }

    async fn groups(&self, pass: ReadPass, account: &Account) -> Result<Vec<Group>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        let of = state.groups.iter().filter(|(_, it)| it.1.contains(&account.dn));
        Ok(of.map(|(dn, it)| Group { dn: dn.clone(), sid: it.0.clone() }).collect())
    }

    async fn powers(
        &self,
        pass: ReadPass,
        account: &Account,
        of: &[GroupName],
        besides: &BTreeSet<Sid>,
        now: Timestamp,
    ) -> Result<Vec<Power>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        let named = |dn: &String, sid: &Sid| {
            of.iter().any(|it| match it {
                GroupName::Sid(it) => it == sid,
                GroupName::Entry(it) => name::same(it, dn),
            })
        };
        let mut powers = Vec::new();
        for (dn, (sid, members)) in &state.groups {
            if !named(dn, sid) || !members.contains(&account.dn) {
                continue;
            }
            let other = |it: &&String| {
                state.accounts.get(*it).is_some_and(|it| !besides.contains(&it.sid))
                    && state.usable(it, now)
            };
            let group = Group { dn: dn.clone(), sid: sid.clone() };
            powers.push(Power { group, others: members.iter().any(|it| other(&it)) });
        }
        Ok(powers)
    }

    async fn modify(&self, pass: WritePass, dn: &str, changes: &[Change]) -> Result<(), CallError> {
        self.write(pass.operation(), |state| state.apply(dn, changes))
    }

    async fn reset(&self, pass: WritePass, account: &Account, times: u32) -> Result<(), CallError> {
        self.write(pass.operation(), |state| {
            let account = state.accounts.get_mut(&account.dn).unwrap();
            let version = account.version.unwrap() + times;
            account.version = Some(version);
            account.word = Some(format!("{WORD_START}{version}"));
            account.last_set = Some(state.clock.to_string());
            state.passwords.insert(account.dn.clone(), format!("drawn-{version}"));
            Ok(())
        })
    }

    async fn writable(&self, pass: ReadPass, _: &str) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::READ_ACCOUNT)?;
        let all = [FLAGS, EXPIRY, LAST_SET, HOURS, "member", "adminDescription"];
        Ok(all.map(str::to_owned).to_vec())
    }

    async fn may_reset(&self, pass: ReadPass, _: &str) -> Result<(), CallError> {
        self.read(pass.operation(), op::READ_ACCOUNT).map(drop)
    }

    async fn any_account(&self, pass: ReadPass) -> Result<Option<Account>, CallError> {
        let state = self.read(pass.operation(), op::READ_ACCOUNT)?;
        Ok(state.accounts.get(ANN).cloned())
    }

    async fn listed(&self, pass: ReadPass) -> Result<Listed, CallError> {
        let state = self.read(pass.operation(), op::READ_ACCOUNT)?;
        let entry = |it: &Account| {
            let texts = [
                ("samaccountname", it.name.clone()),
                ("useraccountcontrol", it.flags.0.to_string()),
                ("pwdlastset", it.last_set.clone().unwrap_or_default()),
                ("accountexpires", it.expires.clone().unwrap_or_default()),
            ];
            let mut attributes: BTreeMap<String, Vec<Vec<u8>>> =
                texts.map(|(name, value)| (name.to_owned(), vec![value.into_bytes()])).into();
            attributes.insert("objectsid".to_owned(), vec![it.sid.bytes()]);
            Entry { dn: it.dn.clone(), attributes }
        };
        let domain = vec!["corp.example".to_owned(), "CORP".to_owned()];
        Ok(Listed { domain, accounts: state.accounts.values().map(entry).collect() })
    }

    async fn listed_groups(&self, pass: ReadPass) -> Result<Vec<Entry>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        let entry = |(dn, (sid, members)): (&String, &(Sid, Vec<String>))| {
            let members = members.iter().map(|it| it.clone().into_bytes()).collect();
            let attributes = BTreeMap::from([
                ("objectsid".to_owned(), vec![sid.bytes()]),
                ("member".to_owned(), members),
            ]);
            Entry { dn: dn.clone(), attributes }
        };
        Ok(state.groups.iter().map(entry).collect())
    }

    async fn group(&self, pass: ReadPass, name: &GroupName) -> Result<Option<Group>, CallError> {
        let state = self.read(pass.operation(), op::READ_GROUPS)?;
        let is = |dn: &String, sid: &Sid| match name {
            GroupName::Sid(it) => it == sid,
            GroupName::Entry(it) => name::same(it, dn),
        };
        let found = state.groups.iter().find(|(dn, it)| is(dn, &it.0));
        Ok(found.map(|(dn, it)| Group { dn: dn.clone(), sid: it.0.clone() }))
    }
}
