//! An organisation in memory: behaves, and misbehaves on request.

use super::client::Organization;
use super::{OrganizationsConfig, operation as op};
use crate::CredentialSource;
use crate::client::Caller;
use crate::control_policies::ControlPolicies;
use crate::fake::{ACCOUNT, Server, missing};
use crate::operation::GET_CALLER_IDENTITY;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation};
use serde_json::Value;
use std::collections::BTreeMap;

/// The policy that denies principals.
pub const POLICY: &str = "p-interlock1";
/// The management account.
pub const MANAGEMENT: &str = "999999999999";
/// A user of the member account.
pub const USER: &str = "arn:aws:iam::111122223333:user/ci";

/// An organisation in memory.
pub type Fake = Server<State>;

/// What it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What is above accounts and units.
    pub parents: BTreeMap<String, String>,
    /// The document of the policy.
    pub policy: Value,
    /// What the policy is attached to.
    pub targets: Vec<String>,
}

impl Server<State> {
    /// One account in a unit, and a policy at the root that denies nobody yet.
    #[must_use]
    pub fn small() -> Self {
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*" }],
        });
        let above = [(ACCOUNT, "ou-1"), ("ou-1", "r-1"), (MANAGEMENT, "r-1")];
        let state = State {
            parents: above.map(|(it, above)| (it.to_owned(), above.to_owned())).into(),
            policy,
            targets: vec!["r-1".to_owned()],
        };
        Self::new(state)
    }

    /// A configuration for a connector on the fake.
    #[must_use]
    pub fn config() -> OrganizationsConfig {
        OrganizationsConfig {
            id: ConnectorId("organization-fake".into()),
            deny_policy: POLICY.to_owned(),
            protected: Vec::new(),
            region: "us-east-1".to_owned(),
            endpoint: None,
            credentials: CredentialSource::Default,
            settle: None,
        }
    }
}

#[async_trait::async_trait]
impl Organization for Fake {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        self.read(pass.operation(), GET_CALLER_IDENTITY, |_| {
            let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/interlock/i-1");
            Ok(Caller { account: ACCOUNT.to_owned(), arn })
        })
    }

    fn policies(&self) -> &dyn ControlPolicies {
        self
    }

    async fn management(&self, pass: ReadPass) -> Result<String, CallError> {
        self.read(pass.operation(), op::DESCRIBE_ORGANIZATION, |_| Ok(MANAGEMENT.to_owned()))
    }

    async fn parents(&self, pass: ReadPass, child: &str) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::LIST_PARENTS, |it| {
            let above = it.parents.get(child).cloned();
            above.map(|it| vec![it]).ok_or_else(|| missing(format!("child `{child}`")))
        })
    }

    async fn not_allowed(&self, _: &str, _: &[Operation]) -> Result<Vec<Operation>, CallError> {
        Ok(Vec::new())
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
