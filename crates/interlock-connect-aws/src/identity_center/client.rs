//! What is asked of Identity Center, its identity store and Organizations, and AWS itself behind it.

use super::IdentityCenterConfig;
use super::calls::{
    AccountAssignment, CreateAccountAssignment, CreateGroupMembership, DeleteAccountAssignment,
    DeleteGroupMembership, DescribePermissionSet, DescribeUser, ListAccountAssignmentsForPrincipal,
    ListAccounts, ListAccountsForParent, ListGroupMembershipsForMember,
    ListOrganizationalUnitsForParent, ListRoots, ListUsers, Member, Page, USER,
};
use super::operation as op;
use crate::client::{Caller, Iam as _, admit};
use crate::control_policies::ControlPolicies;
use crate::live::Live;
use crate::{AwsConfig, DeliveryConfig};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::str::FromStr;

/// How many pages of one list are read.
const PAGES: usize = 1_000;

/// A permission set in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The account's number.
    pub account: String,
    /// The permission set's ARN.
    pub permission_set: String,
}

impl std::fmt::Display for Assignment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.account, self.permission_set)
    }
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (account, set) = text.split_once('=').ok_or_else(|| text.to_owned())?;
        Ok(Self { account: account.to_owned(), permission_set: set.to_owned() })
    }
}

/// What a person may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assigned {
    /// What was assigned to the person itself.
    pub itself: BTreeSet<Assignment>,
    /// What it has by its groups.
    pub by_groups: BTreeSet<Assignment>,
}

/// A person of the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Its id.
    pub id: String,
    /// The name with which it signs in.
    pub name: String,
    /// The name that people read.
    pub shown: Option<String>,
    /// Whether it may sign in at all, where the store says so.
    pub enabled: Option<bool>,
}

/// An account of the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberAccount {
    /// Its number.
    pub number: String,
    /// Its ARN, which names the partition.
    pub arn: String,
    /// Its name.
    pub name: String,
}

/// The three services, as far as this connector needs them, for one instance and one store.
#[async_trait::async_trait]
pub trait Center: Send + Sync + Debug {
    /// Who we are: `sts:GetCallerIdentity`.
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError>;
    /// One page of all people, and where the next begins: `identitystore:ListUsers`.
    async fn people(
        &self,
        pass: ReadPass,
        from: Option<&str>,
    ) -> Result<(Vec<Person>, Option<String>), CallError>;
    /// The names of the organisation's accounts, by number: `organizations:ListAccounts`.
    async fn accounts(&self, pass: ReadPass) -> Result<BTreeMap<String, String>, CallError>;
    /// The ids of the organisation's roots: `organizations:ListRoots`.
    async fn roots(&self, pass: ReadPass) -> Result<Vec<String>, CallError>;
    /// The ids and names of the units right below a root or unit:
    /// `organizations:ListOrganizationalUnitsForParent`.
    async fn units(&self, pass: ReadPass, parent: &str)
    -> Result<Vec<(String, String)>, CallError>;
    /// The accounts right below a root or unit: `organizations:ListAccountsForParent`.
    async fn members(&self, pass: ReadPass, parent: &str) -> Result<Vec<MemberAccount>, CallError>;
    /// The name of a permission set: `sso:DescribePermissionSet`.
    async fn permission_set(&self, pass: ReadPass, set: &str) -> Result<String, CallError>;
    /// The name with which a person signs in: `identitystore:DescribeUser`.
    async fn user(&self, pass: ReadPass, person: &str) -> Result<String, CallError>;
    /// The groups that a person is in, each with its membership's id:
    /// `identitystore:ListGroupMembershipsForMember`.
    async fn memberships(
        &self,
        pass: ReadPass,
        person: &str,
    ) -> Result<BTreeMap<String, String>, CallError>;
    /// What a person may use: `sso:ListAccountAssignmentsForPrincipal`.
    async fn assigned(&self, pass: ReadPass, person: &str) -> Result<Assigned, CallError>;
    /// The organisation's policies.
    fn policies(&self) -> &dyn ControlPolicies;
    /// Which of these operations our own policies do not allow. Only the connector's check asks.
    async fn not_allowed(
        &self,
        principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError>;

    /// Takes a person out of groups, by the memberships' ids: `identitystore:DeleteGroupMembership`.
    async fn leave(&self, pass: WritePass, memberships: &[String]) -> Result<(), CallError>;
    /// Takes a person into groups: `identitystore:CreateGroupMembership`.
    async fn join(&self, pass: WritePass, person: &str, groups: &[String])
    -> Result<(), CallError>;
    /// Takes assignments: `sso:DeleteAccountAssignment`.
    async fn take(
        &self,
        pass: WritePass,
        person: &str,
        these: &[Assignment],
    ) -> Result<(), CallError>;
    /// Makes assignments: `sso:CreateAccountAssignment`.
    async fn give(
        &self,
        pass: WritePass,
        person: &str,
        these: &[Assignment],
    ) -> Result<(), CallError>;
}

/// AWS itself.
#[derive(Debug)]
pub(super) struct Remote {
    live: Live,
    instance: String,
    store: String,
}

impl Remote {
    /// Builds the client; calls nothing but what the credential chain needs.
    pub(super) async fn new(config: &IdentityCenterConfig) -> Self {
        let aws = AwsConfig {
            id: config.id.clone(),
            endpoint: config.endpoint.clone(),
            region: config.region.clone(),
            account: None,
            credentials: config.credentials.clone(),
            delivery: DeliveryConfig::default(),
            settle: None,
        };
        let (instance, store) = (config.instance.clone(), config.identity_store.clone());
        Self { live: Live::new(&aws).await, instance, store }
    }
}

fn person(id: &str) -> String {
    format!("user `{id}`")
}

/// What is gone already needs not be taken.
fn gone(answer: Result<crate::Acknowledged, CallError>) -> Result<(), CallError> {
    match answer {
        Ok(_) | Err(CallError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Goes on with a list as long as it says so.
pub(crate) struct Pages<T> {
    pub(crate) all: Vec<T>,
    pub(crate) token: Option<String>,
    left: usize,
}

impl<T> Pages<T> {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new(), token: None, left: PAGES }
    }

    /// Takes a page; whether there is another.
    pub(crate) fn take(&mut self, what: &str, page: Page<T>) -> Result<bool, CallError> {
        self.all.extend(page.items);
        self.left = self.left.saturating_sub(1);
        let next = page.next.filter(|it| !it.is_empty());
        if next.is_some() && (self.left == 0 || next == self.token) {
            return Err(CallError::Invalid { why: format!("a list of {what} does not end") });
        }
        self.token = next;
        Ok(self.token.is_some())
    }
}

#[async_trait::async_trait]
impl Center for Remote {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        self.live.caller(pass).await
    }

    async fn people(
        &self,
        pass: ReadPass,
        from: Option<&str>,
    ) -> Result<(Vec<Person>, Option<String>), CallError> {
        admit(pass.operation(), op::LIST_USERS)?;
        let call = ListUsers { identity_store_id: &self.store, next_token: from };
        let page = self.live.read("people", call).await?;
        Ok((page.items, page.next.filter(|it| !it.is_empty())))
    }

    async fn accounts(&self, pass: ReadPass) -> Result<BTreeMap<String, String>, CallError> {
        admit(pass.operation(), op::LIST_ACCOUNTS)?;
        let mut pages = Pages::new();
        loop {
            let call = ListAccounts { next_token: pages.token.as_deref() };
            let page = self.live.read("accounts", call).await?;
            if !pages.take("accounts", page)? {
                return Ok(pages.all.into_iter().collect());
            }
        }
    }

    async fn roots(&self, pass: ReadPass) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), op::LIST_ROOTS)?;
        let mut pages = Pages::new();
        loop {
            let call = ListRoots { next_token: pages.token.as_deref() };
            let page = self.live.read("roots", call).await?;
            if !pages.take("roots", page)? {
                return Ok(pages.all);
            }
        }
    }

    async fn units(
        &self,
        pass: ReadPass,
        parent: &str,
    ) -> Result<Vec<(String, String)>, CallError> {
        admit(pass.operation(), op::LIST_UNITS)?;
        let (what, mut pages) = (format!("units of `{parent}`"), Pages::new());
        loop {
            let next_token = pages.token.as_deref();
            let call = ListOrganizationalUnitsForParent { parent_id: parent, next_token };
            let page = self.live.read(&what, call).await?;
            if !pages.take(&what, page)? {
                return Ok(pages.all);
            }
        }
    }

    async fn members(&self, pass: ReadPass, parent: &str) -> Result<Vec<MemberAccount>, CallError> {
        admit(pass.operation(), op::LIST_MEMBERS)?;
        let (what, mut pages) = (format!("accounts of `{parent}`"), Pages::new());
        loop {
            let next_token = pages.token.as_deref();
            let call = ListAccountsForParent { parent_id: parent, next_token };
            let page = self.live.read(&what, call).await?;
            if !pages.take(&what, page)? {
                return Ok(pages.all);
            }
        }
    }

    async fn permission_set(&self, pass: ReadPass, set: &str) -> Result<String, CallError> {
        admit(pass.operation(), op::DESCRIBE_PERMISSION_SET)?;
        let call = DescribePermissionSet { instance_arn: &self.instance, permission_set_arn: set };
        let name = self.live.read(&format!("permission set `{set}`"), call).await?;
        Ok(name.unwrap_or_else(|| set.to_owned()))
    }

    async fn user(&self, pass: ReadPass, id: &str) -> Result<String, CallError> {
        admit(pass.operation(), op::DESCRIBE_USER)?;
        let call = DescribeUser { identity_store_id: &self.store, user_id: id };
        Ok(self.live.read(&person(id), call).await?.unwrap_or_else(|| id.to_owned()))
    }

    async fn memberships(
        &self,
        pass: ReadPass,
        id: &str,
    ) -> Result<BTreeMap<String, String>, CallError> {
        admit(pass.operation(), op::LIST_MEMBERSHIPS)?;
        let (what, mut pages) = (person(id), Pages::new());
        loop {
            let call = ListGroupMembershipsForMember {
                identity_store_id: &self.store,
                member_id: Member { user_id: id },
                next_token: pages.token.as_deref(),
            };
            let page = self.live.read(&what, call).await?;
            if !pages.take(&what, page)? {
                return Ok(pages.all.into_iter().collect());
            }
        }
    }

    async fn assigned(&self, pass: ReadPass, id: &str) -> Result<Assigned, CallError> {
        admit(pass.operation(), op::LIST_ASSIGNMENTS)?;
        let (what, mut pages) = (person(id), Pages::new());
        loop {
            let call = ListAccountAssignmentsForPrincipal {
                instance_arn: &self.instance,
                principal_id: id,
                principal_type: USER,
                next_token: pages.token.as_deref(),
            };
            let page = self.live.read(&what, call).await?;
            if !pages.take(&what, page)? {
                break;
            }
        }
        let mut assigned = Assigned::default();
        for (it, of) in pages.all {
            if of == id {
                assigned.itself.insert(it);
            } else {
                assigned.by_groups.insert(it);
            }
        }
        Ok(assigned)
    }

    fn policies(&self) -> &dyn ControlPolicies {
        &self.live
    }

    async fn not_allowed(
        &self,
        principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError> {
        self.live.not_allowed(principal, operations).await
    }

    async fn leave(&self, pass: WritePass, memberships: &[String]) -> Result<(), CallError> {
        for id in memberships {
            let call = DeleteGroupMembership { identity_store_id: &self.store, membership_id: id };
            let what = format!("membership `{id}`");
            gone(self.live.write(pass.operation(), &what, call).await)?;
        }
        Ok(())
    }

    async fn join(&self, pass: WritePass, id: &str, groups: &[String]) -> Result<(), CallError> {
        for group in groups {
            let call = CreateGroupMembership {
                identity_store_id: &self.store,
                group_id: group,
                member_id: Member { user_id: id },
            };
            let what = format!("group `{group}`");
            self.live.write(pass.operation(), &what, call).await?;
        }
        Ok(())
    }

    async fn take(&self, pass: WritePass, id: &str, these: &[Assignment]) -> Result<(), CallError> {
        for it in these {
            let call = AccountAssignment::of(&self.instance, id, it);
            let what = format!("assignment `{it}`");
            let call = DeleteAccountAssignment(call);
            gone(self.live.write(pass.operation(), &what, call).await)?;
        }
        Ok(())
    }

    async fn give(&self, pass: WritePass, id: &str, these: &[Assignment]) -> Result<(), CallError> {
        for it in these {
            let call = AccountAssignment::of(&self.instance, id, it);
            let what = format!("assignment `{it}`");
            self.live.write(pass.operation(), &what, CreateAccountAssignment(call)).await?;
        }
        Ok(())
    }
}
