//! Identity Center in memory: behaves, and misbehaves on request.

use super::client::{Assigned, Assignment, Center, MemberAccount, Person};
use super::{IdentityCenterConfig, operation as op};
use crate::CredentialSource;
use crate::client::Caller;
use crate::control_policies::ControlPolicies;
use crate::fake::{ACCOUNT, Server, missing};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The identity store of the fake.
pub const STORE: &str = "d-1234567890";
/// The person that it holds.
pub const PERSON: &str = "94482488-3041-7000-8000-0a1b2c3d4e5f";
/// The policy that denies people.
pub const POLICY: &str = "p-interlock0";

/// Identity Center in memory.
pub type Fake = Server<State>;

/// What it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Names by ids.
    pub people: BTreeMap<String, String>,
    /// Groups of the person.
    pub groups: BTreeSet<String>,
    /// Assignments of the person.
    pub assignments: BTreeSet<Assignment>,
    /// Assignments that the person has by groups.
    pub by_groups: BTreeSet<Assignment>,
    /// The document of the policy.
    pub policy: Value,
    /// What the policy is attached to.
    pub targets: Vec<String>,
}

impl Server<State> {
    /// One person with two assignments and two groups, and a policy that denies nobody yet.
    #[must_use]
    pub fn small() -> Self {
        let assignment = |account: &str, set: &str| Assignment {
            account: account.to_owned(),
            permission_set: format!("arn:aws:sso:::permissionSet/ssoins-1/{set}"),
        };
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*" }],
        });
        let state = State {
            people: [(PERSON.to_owned(), "ann@example.com".to_owned())].into(),
            groups: ["g-1".to_owned(), "g-2".to_owned()].into(),
            assignments: [assignment(ACCOUNT, "ps-1"), assignment("444455556666", "ps-2")].into(),
            by_groups: [assignment(ACCOUNT, "ps-3")].into(),
            policy,
            targets: vec!["r-root".to_owned()],
        };
        Self::new(state)
    }

    /// A configuration for a connector on the fake.
    #[must_use]
    pub fn config() -> IdentityCenterConfig {
        IdentityCenterConfig {
            id: ConnectorId("center-fake".into()),
            instance: "arn:aws:sso:::instance/ssoins-1".to_owned(),
            identity_store: STORE.to_owned(),
            deny_policy: Some(POLICY.to_owned()),
            protected: Vec::new(),
            region: "us-east-1".to_owned(),
            endpoint: None,
            credentials: CredentialSource::Default,
            settle: None,
        }
    }
}

fn known(state: &State, person: &str) -> Result<(), CallError> {
    state.people.get(person).map(drop).ok_or_else(|| missing(format!("user `{person}`")))
}

#[async_trait::async_trait]
impl Center for Fake {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        self.read(pass.operation(), super::actions::GET_CALLER_IDENTITY, |_| {
            let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/interlock/i-1");
            Ok(Caller { account: ACCOUNT.to_owned(), arn })
        })
    }

    fn policies(&self) -> &dyn ControlPolicies {
        self
    }

    async fn people(
        &self,
        pass: ReadPass,
        _: Option<&str>,
    ) -> Result<(Vec<Person>, Option<String>), CallError> {
        self.read(pass.operation(), op::LIST_USERS, |it| {
            let person = |(id, name): (&String, &String)| Person {
                id: id.clone(),
                name: name.clone(),
                shown: None,
                enabled: Some(true),
            };
            Ok((it.people.iter().map(person).collect(), None))
        })
    }

    async fn accounts(&self, pass: ReadPass) -> Result<BTreeMap<String, String>, CallError> {
        self.read(pass.operation(), op::LIST_ACCOUNTS, |_| {
            Ok([(ACCOUNT.to_owned(), "payments-prod".to_owned())].into())
        })
    }

    async fn roots(&self, pass: ReadPass) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::LIST_ROOTS, |_| Ok(vec!["r-1".to_owned()]))
    }

    async fn units(
        &self,
        pass: ReadPass,
        parent: &str,
    ) -> Result<Vec<(String, String)>, CallError> {
        self.read(pass.operation(), op::LIST_UNITS, |_| {
            let one = |id: &str, name: &str| vec![(id.to_owned(), name.to_owned())];
            match parent {
                "r-1" => Ok(one("ou-1", "Payments")),
                "ou-1" => Ok(one("ou-2", "Prod")),
                "ou-2" => Ok(Vec::new()),
                other => Err(missing(format!("unit `{other}`"))),
            }
        })
    }

    async fn members(&self, pass: ReadPass, parent: &str) -> Result<Vec<MemberAccount>, CallError> {
        self.read(pass.operation(), op::LIST_MEMBERS, |_| {
            let one = |number: &str, name: &str| MemberAccount {
                number: number.to_owned(),
                arn: format!("arn:aws:organizations::{number}:account/o-1/{number}"),
                name: name.to_owned(),
            };
            match parent {
                "r-1" => Ok(vec![one("999999999999", "management")]),
                "ou-1" => Ok(Vec::new()),
                "ou-2" => Ok(vec![one(ACCOUNT, "payments-prod")]),
                other => Err(missing(format!("unit `{other}`"))),
            }
        })
    }

    async fn permission_set(&self, pass: ReadPass, set: &str) -> Result<String, CallError> {
        self.read(pass.operation(), op::DESCRIBE_PERMISSION_SET, |_| {
            let last = set.rsplit('/').next().unwrap_or_default();
            Ok(if last == "ps-1" { "AdministratorAccess".to_owned() } else { last.to_owned() })
        })
    }

    async fn user(&self, pass: ReadPass, person: &str) -> Result<String, CallError> {
        self.read(pass.operation(), op::DESCRIBE_USER, |it| {
            known(it, person).map(|()| it.people.get(person).cloned().unwrap_or_default())
        })
    }

    async fn memberships(
        &self,
        pass: ReadPass,
        person: &str,
    ) -> Result<BTreeMap<String, String>, CallError> {
        self.read(pass.operation(), op::LIST_MEMBERSHIPS, |it| {
            known(it, person)?;
            Ok(it.groups.iter().map(|it| (it.clone(), format!("m-of-{it}"))).collect())
        })
    }

    async fn assigned(&self, pass: ReadPass, person: &str) -> Result<Assigned, CallError> {
        self.read(pass.operation(), op::LIST_ASSIGNMENTS, |it| {
            known(it, person)?;
            Ok(Assigned { itself: it.assignments.clone(), by_groups: it.by_groups.clone() })
        })
    }

    async fn not_allowed(&self, _: &str, _: &[Operation]) -> Result<Vec<Operation>, CallError> {
        Ok(Vec::new())
    }

    async fn leave(&self, pass: WritePass, memberships: &[String]) -> Result<(), CallError> {
        self.set(pass.operation(), op::DELETE_MEMBERSHIP, |it| {
            it.groups.retain(|group| !memberships.contains(&format!("m-of-{group}")));
            Ok(())
        })
    }

    async fn join(&self, pass: WritePass, _: &str, groups: &[String]) -> Result<(), CallError> {
        self.set(pass.operation(), op::CREATE_MEMBERSHIP, |it| {
            it.groups.extend(groups.iter().cloned());
            Ok(())
        })
    }

    async fn take(&self, pass: WritePass, _: &str, these: &[Assignment]) -> Result<(), CallError> {
        self.set(pass.operation(), op::DELETE_ASSIGNMENT, |it| {
            it.assignments.retain(|it| !these.contains(it));
            Ok(())
        })
    }

    async fn give(&self, pass: WritePass, _: &str, these: &[Assignment]) -> Result<(), CallError> {
        self.set(pass.operation(), op::CREATE_ASSIGNMENT, |it| {
            it.assignments.extend(these.iter().cloned());
            Ok(())
        })
    }
}

#[async_trait::async_trait]
impl ControlPolicies for Fake {
    async fn policy(&self, pass: ReadPass, policy: &str) -> Result<String, CallError> {
        self.read(pass.operation(), op::DESCRIBE_POLICY, |it| {
            if policy == POLICY { Ok(it.policy.to_string()) } else { Err(missing(policy)) }
        })
    }

    async fn targets(&self, pass: ReadPass, _: &str) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::LIST_TARGETS, |it| Ok(it.targets.clone()))
    }

    async fn put_policy(&self, pass: WritePass, _: &str, document: &str) -> Result<(), CallError> {
        self.set(pass.operation(), op::UPDATE_POLICY, |it| {
            let read = serde_json::from_str(document);
            it.policy = read.map_err(|it| CallError::Invalid { why: it.to_string() })?;
            Ok(())
        })
    }
}
