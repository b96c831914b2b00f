//! What is asked of the domain: one method per operation.
//!
//! Reads take the pass that a declared read gives, writes use up the pass that a permit gives.

use super::named::Named;
use super::sid::Sid;
pub(crate) use crate::ldap::{Change, Entry};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Timestamp;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// A domain, as far as this connector needs it.
#[async_trait::async_trait]
pub(crate) trait Directory: Send + Sync + Debug {
    /// An account; `None` when it is not there, or is of another domain.
    async fn account(&self, pass: ReadPass, named: &Named) -> Result<Option<Account>, CallError>;
    /// The identifiers in our own token: ourselves and our groups.
    async fn own(&self, pass: ReadPass) -> Result<BTreeSet<Sid>, CallError>;
    /// The groups that name an account as their member.
    async fn groups(&self, pass: ReadPass, account: &Account) -> Result<Vec<Group>, CallError>;
    /// Those of these groups that an account is in, through other groups too, with whether somebody
    /// who is none of `besides` could sign in by then who is in it too.
    async fn powers(
        &self,
        pass: ReadPass,
        account: &Account,
        of: &[GroupName],
        besides: &BTreeSet<Sid>,
        now: Timestamp,
    ) -> Result<Vec<Power>, CallError>;
    /// The names of our own account.
    async fn own_names(&self, pass: ReadPass) -> Result<Vec<String>, CallError>;
    /// Changes of one entry, all or none.
    async fn modify(&self, pass: WritePass, dn: &str, changes: &[Change]) -> Result<(), CallError>;
    /// Gives an account passwords that nobody knows, this many after one another, and leaves word
    /// of the version that the last of them has.
    async fn reset(&self, pass: WritePass, account: &Account, times: u32) -> Result<(), CallError>;
    /// The attributes of an entry that we may write.
    async fn writable(&self, pass: ReadPass, dn: &str) -> Result<Vec<String>, CallError>;
    /// Whether we may reset a password, tried with a value that is refused as one.
    async fn may_reset(&self, pass: ReadPass, dn: &str) -> Result<(), CallError>;
    /// Any account but our own, to try permissions on.
    async fn any_account(&self, pass: ReadPass) -> Result<Option<Account>, CallError>;
    /// Every account of the domain, with what discovery asks about it.
    async fn listed(&self, pass: ReadPass) -> Result<Listed, CallError>;
    /// Every group of the domain, with its members.
    async fn listed_groups(&self, pass: ReadPass) -> Result<Vec<Entry>, CallError>;
    /// A group; `None` when it is not there.
    async fn group(&self, pass: ReadPass, name: &GroupName) -> Result<Option<Group>, CallError>;
}

/// All accounts of a domain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    /// What the domain is called: by DNS, and in short.
    pub domain: Vec<String>,
    /// Its accounts.
    pub accounts: Vec<Entry>,
}

/// The flags of an account.
pub(crate) const FLAGS: &str = "userAccountControl";
/// When an account expires.
pub(crate) const EXPIRY: &str = "accountExpires";
/// When the password was set; zero: it has to be changed.
pub(crate) const LAST_SET: &str = "pwdLastSet";
/// In which hours an account may sign in.
pub(crate) const HOURS: &str = "logonHours";
/// Who is in a group.
pub(crate) const MEMBER: &str = "member";
/// The password.
pub(crate) const PASSWORD: &str = "unicodePwd";
/// Where word is left of what was done to a password.
pub(crate) const WORD: &str = "adminDescription";
/// What that word begins with.
pub(crate) const WORD_START: &str = "interlock: this password is known to nobody, version ";
/// A time long past, in the intervals of 100 ns since 1601 in which a directory counts.
pub(crate) const LONG_PAST: &str = "116444736000000000";
/// No hour of the week.
pub(crate) const NO_HOURS: [u8; 21] = [0; 21];

/// Flags of `userAccountControl` that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Flags(pub u32);

impl Flags {
    /// Nobody can sign in.
    pub(crate) const DISABLED: u32 = 0x2;
    /// The account of a trust between domains.
    const TRUST: u32 = 0x800;
    /// A computer.
    const COMPUTER: u32 = 0x1000;
    /// A domain controller.
    const CONTROLLER: u32 = 0x2000;
    /// The password never expires.
    pub(crate) const NEVER_EXPIRES: u32 = 0x1_0000;
    /// A card has to be shown.
    pub(crate) const CARD: u32 = 0x4_0000;
    /// A read-only domain controller.
    const READ_ONLY_CONTROLLER: u32 = 0x400_0000;

    /// Whether any of these is set.
    pub(crate) const fn has(self, flags: u32) -> bool {
        self.0 & flags != 0
    }

    /// The same with an account disabled or not.
    pub(crate) const fn disabled(self, disabled: bool) -> Self {
        if disabled { Self(self.0 | Self::DISABLED) } else { Self(self.0 & !Self::DISABLED) }
    }

    /// Whether the account is part of the domain's own working.
    pub(crate) const fn is_controller(self) -> bool {
        self.has(Self::CONTROLLER | Self::READ_ONLY_CONTROLLER | Self::TRUST)
    }

    /// Whether it is the account of a machine, or one that machines look after.
    pub(crate) const fn is_computer(self) -> bool {
        self.has(Self::COMPUTER)
    }
}

/// An account of the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its entry, as the server spells it.
    pub dn: String,
    /// Its identifier.
    pub sid: Sid,
    /// The name that signs in.
    pub name: String,
    /// Its flags.
    pub flags: Flags,
    /// When it expires, as the server has it.
    pub expires: Option<String>,
    /// When its password was set, as the server has it.
    pub last_set: Option<String>,
    /// In which hours it may sign in; `None`: in all.
    pub hours: Option<Vec<u8>>,
    /// The relative identifier of its primary group, of which no group knows.
    pub primary_group: Option<u32>,
    /// How often its password was set.
    pub version: Option<u32>,
    /// The word that is left about it.
    pub word: Option<String>,
    /// Whether the domain itself makes and changes its password.
    pub managed: bool,
}

impl Account {
    /// When it expires, unless never.
    pub(crate) fn expiry(&self) -> Option<i64> {
        let never = |it: &i64| *it == 0 || *it == i64::MAX;
        self.expires.as_deref()?.parse().ok().filter(|it| !never(it))
    }

    /// Whether its password is one that this connector gave it and nobody knows.
    pub(crate) fn unknown_password(&self) -> bool {
        let word = self.word.as_deref().and_then(|it| it.strip_prefix(WORD_START));
        self.version.is_some() && word.and_then(|it| it.parse().ok()) == self.version
    }
}

/// A moment as a directory counts it.
pub(crate) fn ticks(time: Timestamp) -> i64 {
    /// Seconds from 1601 to 1970.
    const BEFORE: i64 = 11_644_473_600;
    time.as_second().saturating_add(BEFORE).saturating_mul(10_000_000)
}

/// By what a group is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupName {
    /// Its identifier.
    Sid(Sid),
    /// Its entry.
    Entry(String),
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    /// Its entry, as the server spells it.
    pub dn: String,
    /// Its identifier.
    pub sid: Sid,
}

/// A group that gives power to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Power {
    /// The group.
    pub group: Group,
    /// Whether somebody else has it who can sign in.
    pub others: bool,
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(
    given: interlock_model::Operation,
    needed: interlock_model::Operation,
) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}
