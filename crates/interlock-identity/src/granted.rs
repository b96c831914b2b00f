//! From the policies and grants that connectors saw to what they reach: risk classes, and ways to more.

use crate::directory::Directory;
use crate::platforms;
use crate::principal::account;
use crate::usage::{Counted, UsedBy};
use interlock_model::{
    Digest, Discovered, Entitlement, IdentityId, InventoryItem, PolicyGrant, PolicyPart, Principal,
    RiskClass, Timestamp,
};
use interlock_reach::{
    AccessClass, Account, Document, Grants, InlinePolicy, ManagedPolicy, PolicyVersion, Role, User,
    platform,
};
use std::collections::{BTreeMap, HashMap};

/// What each policy allows at most, by the digest of its document and of where it holds: the same few are
/// attached everywhere.
pub(crate) type Risks = HashMap<Digest, RiskClass>;
/// Most documents whose risk is kept.
const MOST_RISKS: usize = 50_000;
/// The action patterns of one class that are shown.
pub(crate) const EXAMPLES: usize = 8;

/// What an identity's policies and grants let it do, as far as connectors saw them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// The principal.
    pub principal: String,
    /// Whether it may do everything.
    pub everything: bool,
    /// What everything is bounded by, in words: `in its account`.
    pub within: &'static str,
    /// The classes of access, from little to much, with the actions that give them.
    pub classes: Vec<GrantedClass>,
    /// How it could come to more, one line each.
    pub escalations: Vec<String>,
    /// The shortest way to everything, step after step; empty when none is known.
    pub way_to_everything: Vec<String>,
    /// Policies and grants that could not be read: it may do more than is said here, or less.
    pub unread: Vec<String>,
    /// What of it was used, where that is counted for this platform.
    pub used: Option<UsedGrants>,
}

/// What was used of what was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedGrants {
    /// Since when uses are counted.
    pub since: Timestamp,
    /// Whether every use since then is known; without, what is not there may have been used.
    pub whole: bool,
    /// What was used, by name: how often, and when last.
    pub actions: Vec<(String, u32, Timestamp)>,
    /// What was granted and not used, as the policies write it.
    pub unused: Vec<String>,
}

/// One class of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedClass {
    /// Its name: `secrets`, `permissions_management`.
    pub class: &'static str,
    /// How many actions and patterns give it.
    pub actions: usize,
    /// Whether all of them depend on conditions.
    pub conditional: bool,
    /// The first of them.
    pub examples: Vec<String>,
}

/// The entitlements that a principal's policies are.
pub(crate) fn entitlements(seen: &Discovered, risks: &mut Risks) -> Vec<Entitlement> {
    let mut all = seen.entitlements.clone();
    if let Some(platform) = platform(&seen.principal.provider) {
        for it in &mut all {
            it.risk = platforms::risk(platform, seen, it, risks);
        }
        return all;
    }
    for policy in seen.policies.iter().filter(|it| it.part == PolicyPart::Grants) {
        let risk = match &policy.document {
            Some(document) => risk(document, risks),
            // Unread: as harmful as its name says, and no less than changing things.
            None if policy.name == "AdministratorAccess" => RiskClass::Admin,
            None if policy.name.contains("IAMFullAccess") => RiskClass::Permissions,
            None if policy.name.contains("ReadOnly") => RiskClass::Read,
            None => RiskClass::Write,
        };
        all.push(Entitlement {
            grant: policy.name.clone(),
            scope: "the resources of the policy".to_owned(),
            through: policy.through.clone(),
            risk,
        });
    }
    all
}

fn risk(document: &str, risks: &mut Risks) -> RiskClass {
    let digest = Digest::of(document.as_bytes());
    if let Some(known) = risks.get(&digest) {
        return *known;
    }
    let risk = match Document::read(document) {
        Ok(document) => worst(document),
        Err(_) => RiskClass::Write,
    };
    keep(risks, digest, risk)
}

/// Remembers what a document is worth.
pub(crate) fn keep(risks: &mut Risks, digest: Digest, risk: RiskClass) -> RiskClass {
    if risks.len() < MOST_RISKS {
        risks.insert(digest, risk);
    }
    risk
}

/// The most that one policy allows, looked at alone.
fn worst(document: Document) -> RiskClass {
    const ALONE: &str = "arn:aws:iam::000000000000:user/alone";
    let inline = vec![InlinePolicy { name: "it".to_owned(), document }];
    let user = User {
        arn: ALONE.to_owned(),
        grants: Grants { inline, attached: Vec::new() },
        ..User::default()
    };
    let account =
        Account { users: BTreeMap::from([(ALONE.to_owned(), user)]), ..Account::default() };
    let Some(summary) = account.subject(ALONE).map(|it| it.summary()) else {
        return RiskClass::Write;
    };
    if summary.is_admin {
        return RiskClass::Admin;
    }
    let classes = summary.classes.keys().copied().map(AccessClass::risk);
    classes.max_by_key(|it| *it as u8).unwrap_or(RiskClass::Read)
}

/// What connectors saw of the accounts that an identity's principals are in, to be read elsewhere:
/// that takes long where an account is large.
#[derive(Debug, Clone, Default)]
pub struct SeenAccounts {
    pub(crate) principals: Vec<Principal>,
    /// By the account's number.
    seen: BTreeMap<String, Vec<Discovered>>,
    /// What was seen of the identity's own principals on other platforms, by principal, with what it used.
    pub(crate) elsewhere: BTreeMap<Principal, (Vec<InventoryItem>, Option<Counted>)>,
    /// Whoever else has a policy of theirs, where all who have it have the same one.
    pub(crate) sharing: Vec<(InventoryItem, Option<Counted>)>,
    pub(crate) used: UsedBy,
}

impl Directory {
    /// What to read of an identity's policies.
    #[must_use]
    pub fn seen_accounts(&self, id: &IdentityId) -> SeenAccounts {
        let mut accounts = SeenAccounts::default();
        let Some(identity) = self.identity(id) else { return accounts };
        let listed = &self.inventory.listed;
        for principal in &identity.principals {
            if platform(&principal.provider).is_some() {
                let items = self.aliases.find(principal).map(|it| listed.of(it, &self.aliases));
                let seen: Vec<InventoryItem> = items.into_iter().flatten().collect();
                accounts.elsewhere.insert(principal.clone(), (seen, self.used(principal)));
                continue;
            }
            let Some(number) = account(principal) else { continue };
            if !self.aliases.find(principal).is_some_and(|it| listed.knows(it)) {
                continue;
            }
            accounts.principals.push(principal.clone());
            accounts.seen.entry(number.to_owned()).or_default();
        }
        accounts.sharing = self.sharing(&accounts);
        if accounts.seen.is_empty() {
            return accounts;
        }
        for name in listed.names() {
            let Some(principal) = self.aliases.principal(name) else { continue };
            let of = account(&principal).and_then(|it| accounts.seen.get_mut(it));
            let Some(of) = of else { continue };
            for seen in listed.of(name, &self.aliases).map(|it| it.seen) {
                if let Some(used) = self.used(&seen.principal) {
                    accounts.used.insert(seen.principal.clone(), used);
                }
                of.push(seen);
            }
        }
        accounts
    }
}

impl SeenAccounts {
    /// Everybody in the account of this principal.
    pub(crate) fn around(&self, principal: &Principal) -> impl Iterator<Item = &Discovered> {
        account(principal).and_then(|it| self.seen.get(it)).into_iter().flatten()
    }

    pub(crate) fn seen_of(&self, principal: &Principal) -> Option<&Discovered> {
        self.around(principal).find(|it| it.principal == *principal)
    }

    /// What the policies and grants let each principal do: at AWS in its whole account.
    #[must_use]
    pub fn granted(&self) -> Vec<Granted> {
        let mut accounts: BTreeMap<&str, Account> = BTreeMap::new();
        for (number, seen) in &self.seen {
            let mut whole = Account::default();
            seen.iter().for_each(|it| add(&mut whole, it));
            accounts.insert(number, whole);
        }
        let of = |principal| granted(accounts.get(account(principal)?)?, principal);
        let elsewhere = self.elsewhere.iter().filter_map(|(principal, (seen, used))| {
            platforms::granted(principal, seen, used.as_ref())
        });
        self.principals.iter().filter_map(of).chain(elsewhere).collect()
    }
}

fn granted(account: &Account, principal: &Principal) -> Option<Granted> {
    let arn = &*principal.name;
    let summary = account.subject(arn)?.summary();
    let classes = summary.classes.iter().map(|(class, reach)| GrantedClass {
        class: class.as_str(),
        actions: reach.actions.len(),
        conditional: !reach.is_certain(),
        examples: reach.actions.iter().take(EXAMPLES).map(|it| it.action.clone()).collect(),
    });
    let told = |it: &interlock_reach::Escalation<'_>| match it.conditions.as_slice() {
        [] => it.to_string(),
        some => format!("{it} (if {})", some.join(", ")),
    };
    let way = account.way_to_everything(arn).unwrap_or_default();
    Some(Granted {
        principal: principal.to_string(),
        everything: summary.is_admin,
        within: "in its account",
        classes: classes.collect(),
        escalations: account.escalations(arn).iter().map(told).collect(),
        way_to_everything: way.iter().map(told).collect(),
        unread: summary.unread,
        used: None,
    })
}

fn add(whole: &mut Account, seen: &Discovered) {
    let arn = seen.principal.name.to_string();
    let name = seen.name.clone().unwrap_or_default();
    let mut grants = Grants::default();
    let mut boundary = None;
    let mut trust = None;
    for policy in &seen.policies {
        let document = policy.document.as_deref().and_then(|it| Document::read(it).ok());
        match (policy.part, document) {
            (PolicyPart::Grants, Some(document)) => {
                grants.inline.push(InlinePolicy { name: policy.name.clone(), document });
            }
            // Not there: it is listed as unread.
            (PolicyPart::Grants, None) => grants.attached.push(policy.name.clone()),
            (PolicyPart::Bounds, document) => {
                boundary = Some(bound(whole, policy, document));
            }
            (PolicyPart::Trusts, document) => trust = document,
        }
    }
    let tags = seen.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    if arn.contains(":role/") {
        let last_used = seen.last_used;
        let instance_profiles = Vec::new();
        let role = Role {
            arn: arn.clone(),
            name,
            grants,
            trust,
            boundary,
            tags,
            instance_profiles,
            last_used,
        };
        whole.roles.insert(arn, role);
    } else {
        let keys = seen.credentials.len();
        let user = User {
            arn: arn.clone(),
            name,
            grants,
            groups: Vec::new(),
            boundary,
            tags,
            access_keys: u8::try_from(keys).ok(),
        };
        whole.users.insert(arn, user);
    }
}

/// Puts a boundary where the account looks for it, under the name that it is asked by.
fn bound(whole: &mut Account, policy: &PolicyGrant, document: Option<Document>) -> String {
    let name = policy.name.clone();
    if let Some(document) = document {
        let version = PolicyVersion { id: "v1".to_owned(), is_default: true, document };
        let held = ManagedPolicy { arn: name.clone(), name: name.clone(), versions: vec![version] };
        whole.policies.insert(name.clone(), held);
    }
    name
}
