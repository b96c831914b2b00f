//! A domain controller, asked over LDAP.

use super::client::{
    Account, Change, Directory, EXPIRY, FLAGS, Flags, Group, GroupName, HOURS, LAST_SET, Listed,
    NO_HOURS, PASSWORD, Power, WORD, WORD_START, admit, ticks,
};
use super::discover;
use super::named::Named;
use super::operation as op;
use super::sid::{Sid, octets};
use crate::ldap::{Asked, Entry, LdapConfig, Look, Wire, name};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use ldap3::ldap_escape;
use std::collections::BTreeSet;
use tokio::sync::OnceCell;

/// What is read of an account.
const ACCOUNT: [&str; 12] = [
    "objectClass",
    "objectSid",
    "sAMAccountName",
    FLAGS,
    EXPIRY,
    LAST_SET,
    HOURS,
    "primaryGroupID",
    "msDS-KeyVersionNumber",
    WORD,
    "userPrincipalName",
    "distinguishedName",
];
/// Finds the groups of a group too: the matching rule "in chain".
const IN_CHAIN: &str = "memberOf:1.2.840.113556.1.4.1941:";
/// Whether all of these bits are set: the matching rule "bit and".
const BITS: &str = "userAccountControl:1.2.840.113556.1.4.803:";
/// How long a drawn password is, in bytes before they are written as text.
const DRAWN: usize = 32;

/// One domain.
#[derive(Debug)]
pub(crate) struct Server {
    wire: Wire,
    domain: OnceCell<Domain>,
}

/// What a domain is called.
#[derive(Debug, Clone, Default)]
struct Domain {
    /// Its entry.
    base: String,
    /// Its names: by DNS, and the short one.
    names: Vec<String>,
}

impl Domain {
    fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|it| it.eq_ignore_ascii_case(name))
    }
}

fn reads(operation: Operation, dn: &str) -> Asked<'_> {
    Asked { operation, writes: false, dn }
}

fn sid(entry: &Entry) -> Option<Sid> {
    let values = entry.attributes.get("objectsid")?;
    values.first().and_then(|it| Sid::of_bytes(it))
}

/// `None` for what is no account.
fn account(entry: &Entry) -> Option<Account> {
    let text = |name: &str| entry.text(name).map(str::to_owned);
    let of_class =
        |class: &str| entry.texts("objectClass").any(|it| it.eq_ignore_ascii_case(class));
    if !of_class("user") {
        return None;
    }
    let flags: i32 = entry.text(FLAGS)?.parse().ok()?;
    Some(Account {
        dn: entry.dn.clone(),
        sid: sid(entry)?,
        name: text("sAMAccountName")?,
        flags: Flags(flags.cast_unsigned()),
        expires: text(EXPIRY),
        last_set: text(LAST_SET),
        hours: entry.attributes.get("logonhours").and_then(|it| it.first()).cloned(),
        primary_group: entry.text("primaryGroupID").and_then(|it| it.parse().ok()),
        version: entry.text("msDS-KeyVersionNumber").and_then(|it| it.parse().ok()),
        word: text(WORD),
        managed: of_class("msDS-GroupManagedServiceAccount")
            || of_class("msDS-DelegatedManagedServiceAccount"),
    })
}

fn group(entry: &Entry) -> Option<Group> {
    Some(Group { dn: entry.dn.clone(), sid: sid(entry)? })
}

impl Server {
    /// Nothing is asked yet.
    pub(crate) fn new(ldap: LdapConfig) -> Self {
        Self { wire: Wire::new(ldap), domain: OnceCell::new() }
    }

    /// The domain that the server is a controller of.
    async fn domain(&self, operation: Operation) -> Result<&Domain, CallError> {
        self.domain.get_or_try_init(|| self.find_domain(operation)).await
    }

    async fn find_domain(&self, operation: Operation) -> Result<Domain, CallError> {
        let root = ["defaultNamingContext", "configurationNamingContext"];
        let root = self.wire.entry(reads(operation, ""), &root).await?.unwrap_or_default();
        let named = |it: &str| root.text(it).map(str::to_owned);
        let (Some(base), Some(configuration)) =
            (named("defaultNamingContext"), named("configurationNamingContext"))
        else {
            let why = "the server does not say of which domain it is a controller".to_owned();
            return Err(CallError::Unsupported { why });
        };
        let partitions = format!("CN=Partitions,{configuration}");
        let filter = format!("(&(objectClass=crossRef)(nCName={}))", ldap_escape(base.as_str()));
        let attributes = ["dnsRoot", "nETBIOSName"];
        let found = self.find(operation, &partitions, &filter, &attributes, false).await?;
        let names = found.iter().flat_map(|it| attributes.iter().flat_map(|name| it.texts(name)));
        let names = names.map(str::to_owned).collect();
        Ok(Domain { base, names })
    }

    async fn find(
        &self,
        operation: Operation,
        base: &str,
        filter: &str,
        attributes: &[&str],
        few: bool,
    ) -> Result<Vec<Entry>, CallError> {
        let look = Look { base, below: true, filter, attributes, few };
        self.wire.search(reads(operation, base), look).await
    }

    /// Everything in the domain that fits a filter, in pages of the server.
    async fn all(
        &self,
        operation: Operation,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, CallError> {
        let base = &self.domain(operation).await?.base;
        let look = Look { base, below: true, filter, attributes, few: false };
        self.wire.search_all(reads(operation, base), look).await
    }

    /// The one account that fits a filter.
    async fn one(&self, operation: Operation, filter: &str) -> Result<Option<Account>, CallError> {
        let domain = self.domain(operation).await?;
        let filter = format!("(&(objectClass=user){filter})");
        let found = self.find(operation, &domain.base, &filter, &ACCOUNT, false).await?;
        let mut found = found.iter().filter_map(account);
        let (first, second) = (found.next(), found.next());
        if let (Some(first), Some(second)) = (&first, second) {
            let why = format!("both `{}` and `{}` are called so", first.dn, second.dn);
            return Err(CallError::Unsupported { why });
        }
        Ok(first)
    }

    async fn token(&self, operation: Operation) -> Result<BTreeSet<Sid>, CallError> {
        let root = self.wire.entry(reads(operation, ""), &["tokenGroups"]).await?;
        let values = root.as_ref().and_then(|it| it.attributes.get("tokengroups"));
        let token: BTreeSet<Sid> =
            values.into_iter().flatten().filter_map(|it| Sid::of_bytes(it)).collect();
        if token.is_empty() {
            let why = "the server does not say whom the connector acts as".to_owned();
            return Err(CallError::Unsupported { why });
        }
        Ok(token)
    }

    /// Our own account.
    async fn ourselves(&self, operation: Operation) -> Result<Option<(Account, Entry)>, CallError> {
        let token = self.token(operation).await?;
        let each: String =
            token.iter().map(|it| format!("(objectSid={})", it.in_filter())).collect();
        let filter = format!("(&(objectClass=user)(|{each}))");
        let base = &self.domain(operation).await?.base;
        let found = self.find(operation, base, &filter, &ACCOUNT, false).await?;
        Ok(found.into_iter().find_map(|it| Some((account(&it)?, it))))
    }

    async fn group_named(
        &self,
        operation: Operation,
        name: &GroupName,
    ) -> Result<Option<Group>, CallError> {
        let attributes = ["objectSid"];
        match name {
            GroupName::Entry(dn) => {
                let entry = self.wire.entry(reads(operation, dn), &attributes).await?;
                Ok(entry.as_ref().and_then(group))
            }
            GroupName::Sid(sid) => {
                let base = &self.domain(operation).await?.base;
                let filter = format!("(objectSid={})", sid.in_filter());
                let found = self.find(operation, base, &filter, &attributes, false).await?;
                Ok(found.first().and_then(group))
            }
        }
    }
}

/// Whoever is in a group, through others too, or has it as the primary one.
fn members(group: &Group) -> String {
    let dn = ldap_escape(group.dn.as_str());
    let primary = group.sid.relative().map(|it| format!("(primaryGroupID={it})"));
    format!("(|({IN_CHAIN}={dn}){})", primary.unwrap_or_default())
}

/// Whoever can sign in at a moment, as far as the account itself says.
fn usable(now: Timestamp) -> String {
    let (disabled, now) = (Flags::DISABLED, ticks(now));
    let hours = octets(&NO_HOURS);
    format!(
        "(objectClass=user)(!({BITS}={disabled}))(!(logonHours={hours}))(|(accountExpires=0)(!(accountExpires=*))(accountExpires>={now}))"
    )
}

/// A password as the server takes it: in quotes, two bytes for each letter.
fn quoted(password: &str) -> Vec<u8> {
    format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A password that is told to nobody: long, and of every sort that policies ask for.
fn drawn() -> Result<Vec<u8>, CallError> {
    let mut bytes = [0; DRAWN];
    getrandom::fill(&mut bytes)
        .map_err(|it| CallError::Unsupported { why: format!("no randomness: {it}") })?;
    Ok(quoted(&format!("Aa1-{}", hex::encode(bytes))))
}

#[async_trait::async_trait]
impl Directory for Server {
    async fn account(&self, pass: ReadPass, named: &Named) -> Result<Option<Account>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let operation = pass.operation();
        match named {
            Named::Entry(dn) => {
                let entry = self.wire.entry(reads(operation, dn), &ACCOUNT).await?;
                Ok(entry.as_ref().and_then(account))
            }
            Named::Sid(sid) => {
                self.one(operation, &format!("(objectSid={})", sid.in_filter())).await
            }
            Named::InDomain { domain, name } => {
                if !self.domain(operation).await?.is_called(domain) {
                    let why = format!("`{domain}` is none of the names of this domain");
                    return Err(CallError::Unsupported { why });
                }
                let name = ldap_escape(name.as_str());
                self.one(operation, &format!("(sAMAccountName={name})")).await
            }
            Named::Principal(principal) => {
                let of_domain = self.domain(operation).await?;
                let implied = principal
                    .rsplit_once('@')
                    .filter(|(_, realm)| of_domain.is_called(realm))
                    .map(|(name, _)| format!("(sAMAccountName={})", ldap_escape(name)));
                let principal = ldap_escape(principal.as_str());
                let implied = implied.unwrap_or_default();
                self.one(operation, &format!("(|(userPrincipalName={principal}){implied})")).await
            }
        }
    }

    async fn own(&self, pass: ReadPass) -> Result<BTreeSet<Sid>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        self.token(pass.operation()).await
    }

    async fn own_names(&self, pass: ReadPass) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let operation = pass.operation();
        let Some((account, entry)) = self.ourselves(operation).await? else {
            let why = "the connector acts as no account of this domain".to_owned();
            return Err(CallError::Unsupported { why });
        };
        let mut names = vec![account.sid.to_string(), name::normal(&account.dn)];
        let signs_in = account.name.to_lowercase();
        let of_domain = &self.domain(operation).await?.names;
        names.extend(of_domain.iter().map(|it| format!("{}\\{signs_in}", it.to_lowercase())));
        names.extend(entry.text("userPrincipalName").map(str::to_lowercase));
        Ok(names)
    }

    async fn groups(&self, pass: ReadPass, account: &Account) -> Result<Vec<Group>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        let operation = pass.operation();
        let base = &self.domain(operation).await?.base;
        let filter = format!("(member={})", ldap_escape(account.dn.as_str()));
        let found = self.find(operation, base, &filter, &["objectSid"], false).await?;
        let mut groups: Vec<Group> = found.iter().filter_map(group).collect();
        groups.sort();
        Ok(groups)
    }

    async fn powers(
        &self,
        pass: ReadPass,
        account: &Account,
        of: &[GroupName],
        besides: &BTreeSet<Sid>,
        now: Timestamp,
    ) -> Result<Vec<Power>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        let operation = pass.operation();
        let base = &self.domain(operation).await?.base;
        let mut powers: Vec<Power> = Vec::new();
        for name in of {
            let Some(group) = self.group_named(operation, name).await? else { continue };
            if powers.iter().any(|it| it.group == group) {
                continue;
            }
            let members = members(&group);
            let look = Look {
                base: &account.dn,
                below: false,
                filter: &members,
                attributes: &["objectSid"],
                few: false,
            };
            if self.wire.search(reads(operation, &account.dn), look).await?.is_empty() {
                continue;
            }
            let not: String =
                besides.iter().map(|it| format!("(!(objectSid={}))", it.in_filter())).collect();
            let filter = format!("(&{members}{}{not})", usable(now));
            let others = self.find(operation, base, &filter, &["objectSid"], true).await?;
            powers.push(Power { group, others: !others.is_empty() });
        }
        Ok(powers)
    }

    async fn modify(&self, pass: WritePass, dn: &str, changes: &[Change]) -> Result<(), CallError> {
        let asked = Asked { operation: pass.operation(), writes: true, dn };
        self.wire.modify(asked, changes).await
    }

    async fn reset(&self, pass: WritePass, account: &Account, times: u32) -> Result<(), CallError> {
        let asked = Asked { operation: pass.operation(), writes: true, dn: &account.dn };
        let first = account.version.unwrap_or_default();
        let mut word = account.word.clone();
        for number in 1..=times {
            let next = format!("{WORD_START}{}", first.saturating_add(number));
            let mut changes = vec![Change::Replace(PASSWORD, drawn()?)];
            // The word that was read has to be there still.
            changes.extend(word.map(|it| Change::Delete(WORD, it.into_bytes())));
            changes.push(Change::Add(WORD, next.clone().into_bytes()));
            let done = self.wire.modify(asked, &changes).await;
            done.map_err(|error| match error {
                // The first of them holds already.
                error if number == 1 => error,
                error => {
                    CallError::OutcomeUnknown { why: format!("the first of two was set: {error}") }
                }
            })?;
            word = Some(next);
        }
        Ok(())
    }

    async fn writable(&self, pass: ReadPass, dn: &str) -> Result<Vec<String>, CallError> {
        let asked = reads(pass.operation(), dn);
        let entry = self.wire.entry(asked, &["allowedAttributesEffective"]).await?;
        let entry = entry.unwrap_or_default();
        Ok(entry.texts("allowedAttributesEffective").map(str::to_owned).collect())
    }

    async fn may_reset(&self, pass: ReadPass, dn: &str) -> Result<(), CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        // Not in quotes: refused as a password by every server, after our right was looked at.
        let asked = reads(op::RESET_PASSWORD, dn);
        match self.wire.modify(asked, &[Change::Replace(PASSWORD, vec![0])]).await {
            Err(CallError::Denied { permission }) => Err(CallError::Denied { permission }),
            Err(CallError::Retry { after, why }) => Err(CallError::Retry { after, why }),
            Ok(())
            | Err(
                CallError::OutcomeUnknown { .. }
                | CallError::Drifted { .. }
                | CallError::NotFound { .. }
                | CallError::Unsupported { .. }
                | CallError::Invalid { .. },
            ) => Ok(()),
        }
    }

    async fn any_account(&self, pass: ReadPass) -> Result<Option<Account>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let operation = pass.operation();
        let token = self.token(operation).await?;
        let not: String =
            token.iter().map(|it| format!("(!(objectSid={}))", it.in_filter())).collect();
        let base = &self.domain(operation).await?.base;
        // Not one of the domain's own, nor one that takes its rights from elsewhere.
        let filter = format!(
            "(&(sAMAccountType=805306368)(!(isCriticalSystemObject=TRUE))(!(adminCount=1)){not})"
        );
        let found = self.find(operation, base, &filter, &ACCOUNT, true).await?;
        Ok(found.iter().find_map(account))
    }

    async fn listed(&self, pass: ReadPass) -> Result<Listed, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let domain = self.domain(pass.operation()).await?;
        let accounts = self.all(pass.operation(), "(objectClass=user)", &discover::ACCOUNT).await?;
        Ok(Listed { domain: domain.names.clone(), accounts })
    }

    async fn listed_groups(&self, pass: ReadPass) -> Result<Vec<Entry>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        self.all(pass.operation(), "(objectClass=group)", &discover::GROUP).await
    }

    async fn group(&self, pass: ReadPass, name: &GroupName) -> Result<Option<Group>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        self.group_named(pass.operation(), name).await
    }
}
