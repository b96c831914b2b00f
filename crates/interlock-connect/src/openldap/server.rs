//! A real server behind the connector.

use super::client::{
    Account, Bound, Change, Directory, Group, MEMBERS, Members, PASSWORD, Policy, UNUSABLE, admit,
};
use super::{discover, operation as op};
use crate::Secret;
use crate::ldap::{Asked, Entry, LdapConfig, Look, Wire, name};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use ldap3::ldap_escape;

/// What is read of an entry.
const ACCOUNT: [&str; 6] =
    ["objectClass", "uid", "pwdAccountLockedTime", "pwdReset", "pwdPolicySubentry", "memberOf"];

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    wire: Wire,
    base: String,
    default_policy: Option<String>,
}

fn reads(operation: Operation, dn: &str) -> Asked<'_> {
    Asked { operation, writes: false, dn }
}

fn account(entry: &Entry) -> Account {
    let text = |name: &str| entry.text(name).map(str::to_owned);
    Account {
        dn: entry.dn.clone(),
        uid: text("uid"),
        locked: text("pwdAccountLockedTime"),
        reset: text("pwdReset"),
        policy: text("pwdPolicySubentry"),
        member_of: entry.texts("memberOf").map(str::to_owned).collect(),
    }
}

/// How a group names an entry, if it does.
fn group(entry: &Entry, account: &Account) -> Option<Group> {
    MEMBERS.into_iter().find_map(|attribute| {
        let names = |value: &&str| match attribute {
            "memberUid" => account.uid.as_deref() == Some(*value),
            _ => name::same(value, &account.dn),
        };
        let value = entry.texts(attribute).find(names)?.to_owned();
        // A POSIX group may be empty, the others may not.
        let only = attribute != "memberUid" && entry.texts(attribute).count() == 1;
        Some(Group { dn: entry.dn.clone(), attribute, value, only })
    })
}

impl Server {
    /// Nothing is asked yet.
    pub(crate) fn new(ldap: LdapConfig, base: &str, default_policy: Option<&str>) -> Self {
        let default_policy = default_policy.map(str::to_owned);
        Self { wire: Wire::new(ldap), base: base.to_owned(), default_policy }
    }

    /// The default policy of the database that an entry is in, as `cn=config` has it.
    async fn default_policy(&self, dn: &str) -> Result<Option<String>, CallError> {
        if let Some(policy) = &self.default_policy {
            return Ok(Some(policy.clone()));
        }
        let look = Look {
            base: "cn=config",
            below: true,
            filter: "(|(objectClass=olcPPolicyConfig)(olcSuffix=*))",
            attributes: &["objectClass", "olcSuffix", "olcPPolicyDefault"],
            few: false,
        };
        let found = self.wire.search(reads(op::READ_POLICY, "cn=config"), look).await;
        let unknown = || CallError::Unsupported {
            why: format!(
                "which password policy is in force for `{dn}` cannot be seen: set `default_policy`, or let the connector read `cn=config`"
            ),
        };
        let found = match found {
            Ok(found) => found,
            Err(CallError::Denied { .. }) => return Err(unknown()),
            Err(error) => return Err(error),
        };
        let database = found
            .iter()
            .filter(|it| it.texts("olcSuffix").any(|suffix| name::under(dn, suffix)))
            .max_by_key(|it| it.text("olcSuffix").map_or(0, str::len))
            .ok_or_else(unknown)?;
        let overlay = found.iter().find(|it| {
            it.texts("objectClass").any(|class| class.eq_ignore_ascii_case("olcPPolicyConfig"))
                && name::same(&name::parent(&it.dn), &database.dn)
        });
        Ok(overlay.and_then(|it| it.text("olcPPolicyDefault")).map(str::to_owned))
    }
}

#[async_trait::async_trait]
impl Directory for Server {
    async fn account(&self, pass: ReadPass, dn: &str) -> Result<Option<Account>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let entry = self.wire.entry(reads(pass.operation(), dn), &ACCOUNT).await?;
        Ok(entry.as_ref().map(account))
    }

    async fn accounts(&self, pass: ReadPass) -> Result<Vec<Entry>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let look = Look {
            base: &self.base,
            below: true,
            filter: discover::FILTER,
            attributes: &discover::ATTRIBUTES,
            few: false,
        };
        self.wire.search_all(reads(pass.operation(), &self.base), look).await
    }

    async fn policy(&self, pass: ReadPass, account: &Account) -> Result<Option<Policy>, CallError> {
        admit(pass.operation(), op::READ_POLICY)?;
        let named = match &account.policy {
            Some(policy) => Some(policy.clone()),
            None => self.default_policy(&account.dn).await?,
        };
        let Some(dn) = named else { return Ok(None) };
        let attributes = ["pwdLockout", "pwdMustChange"];
        let entry = self.wire.entry(reads(pass.operation(), &dn), &attributes).await?;
        Ok(entry.map(|it| Policy {
            dn,
            lockout: it.says("pwdLockout"),
            must_change: it.says("pwdMustChange"),
        }))
    }

    async fn groups(&self, pass: ReadPass, account: &Account) -> Result<Vec<Group>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        let dn = ldap_escape(account.dn.as_str());
        let posix = account.uid.as_deref().map(|it| format!("(memberUid={})", ldap_escape(it)));
        let filter =
            format!("(|(member={dn})(uniqueMember={dn}){})", posix.as_deref().unwrap_or_default());
        let look = Look {
            base: &self.base,
            below: true,
            filter: &filter,
            attributes: &MEMBERS,
            few: false,
        };
        let found = self.wire.search(reads(pass.operation(), &self.base), look).await?;
        let mut groups: Vec<Group> = found.iter().filter_map(|it| group(it, account)).collect();
        groups.sort();
        Ok(groups)
    }

    async fn members(&self, pass: ReadPass, dn: &str) -> Result<Option<Members>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        let mut attributes = vec!["objectClass"];
        attributes.extend(MEMBERS);
        let entry = self.wire.entry(reads(pass.operation(), dn), &attributes).await?;
        let Some(entry) = entry else { return Ok(None) };
        let of_class =
            |class: &str| entry.texts("objectClass").any(|it| it.eq_ignore_ascii_case(class));
        let attribute = if of_class("groupOfUniqueNames") { "uniqueMember" } else { "member" };
        let dns = entry.texts(attribute).map(str::to_owned).collect();
        Ok(Some(Members { attribute, dns }))
    }

    async fn ruled(&self, pass: ReadPass, group: &str) -> Result<Option<bool>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        let look = Look {
            base: "cn=config",
            below: true,
            filter: "(olcAccess=*)",
            attributes: &["olcAccess"],
            few: false,
        };
        let found = match self.wire.search(reads(pass.operation(), "cn=config"), look).await {
            Ok(found) => found,
            Err(CallError::Denied { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut rules = found.iter().flat_map(|it| it.texts("olcAccess")).peekable();
        if rules.peek().is_none() {
            return Ok(None);
        }
        let group = name::normal(group);
        Ok(Some(rules.any(|it| name::normal(it).contains(&group))))
    }

    async fn unusable(&self, pass: ReadPass, dn: &str) -> Result<Option<bool>, CallError> {
        admit(pass.operation(), op::COMPARE_PASSWORD)?;
        self.wire.compare(reads(pass.operation(), dn), PASSWORD, UNUSABLE.as_bytes()).await
    }

    async fn try_bind(&self, pass: ReadPass, dn: &str) -> Result<Bound, CallError> {
        admit(pass.operation(), op::TRY_BIND)?;
        let mut drawn = [0; 24];
        getrandom::fill(&mut drawn)
            .map_err(|it| CallError::Unsupported { why: format!("no randomness: {it}") })?;
        self.wire.try_bind(reads(pass.operation(), dn), &hex::encode(drawn)).await
    }

    async fn bind_as(&self, pass: ReadPass, dn: &str, own: &Secret) -> Result<Bound, CallError> {
        admit(pass.operation(), op::TRY_BIND)?;
        self.wire.try_bind(reads(pass.operation(), dn), own.expose()).await
    }

    async fn modify(&self, pass: WritePass, dn: &str, changes: &[Change]) -> Result<(), CallError> {
        let asked = Asked { operation: pass.operation(), writes: true, dn };
        self.wire.modify(asked, changes).await
    }

    async fn would_modify(
        &self,
        operation: Operation,
        dn: &str,
        changes: &[Change],
    ) -> Result<Option<()>, CallError> {
        self.wire.would_modify(Asked { operation, writes: true, dn }, changes).await
    }

    async fn any_account(&self, pass: ReadPass) -> Result<Option<String>, CallError> {
        admit(pass.operation(), op::READ_ACCOUNT)?;
        let look = Look {
            base: &self.base,
            below: true,
            filter: "(|(objectClass=simpleSecurityObject)(objectClass=person)(objectClass=account))",
            attributes: &["objectClass"],
            few: true,
        };
        let found = self.wire.search(reads(pass.operation(), &self.base), look).await?;
        let own = self.wire.bind_dn();
        Ok(found.into_iter().map(|it| it.dn).find(|it| !name::same(it, own)))
    }
}
