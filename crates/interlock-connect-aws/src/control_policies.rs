//! Service control policies of an organisation, as far as a connector that denies somebody by one needs them:
//! read, looked up where they are attached, and written.

use crate::api::wire::{from_json, json};
use crate::api::{Answered, Call, Service, Unread};
use crate::client::admit;
use crate::identity_center::calls::Page;
use crate::identity_center::client::Pages;
use crate::live::Live;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A policy of the organisation.
pub const DESCRIBE_POLICY: Operation = Operation("organizations:DescribePolicy");
/// What a policy of the organisation is attached to.
pub const LIST_TARGETS: Operation = Operation("organizations:ListTargetsForPolicy");
/// Writes a policy of the organisation.
pub const UPDATE_POLICY: Operation = Operation("organizations:UpdatePolicy");

/// The policies of an organisation.
#[async_trait::async_trait]
pub trait ControlPolicies: Send + Sync + Debug {
    /// A policy's document: `organizations:DescribePolicy`.
    async fn policy(&self, pass: ReadPass, policy: &str) -> Result<String, CallError>;
    /// What a policy is attached to: `organizations:ListTargetsForPolicy`.
    async fn targets(&self, pass: ReadPass, policy: &str) -> Result<Vec<String>, CallError>;
    /// Writes a policy: `organizations:UpdatePolicy`.
    async fn put_policy(
        &self,
        pass: WritePass,
        policy: &str,
        document: &str,
    ) -> Result<(), CallError>;
}

fn named(policy: &str) -> String {
    format!("policy `{policy}`")
}

#[async_trait::async_trait]
impl ControlPolicies for Live {
    async fn policy(&self, pass: ReadPass, id: &str) -> Result<String, CallError> {
        admit(pass.operation(), DESCRIBE_POLICY)?;
        self.read(&named(id), DescribePolicy { policy_id: id }).await
    }

    async fn targets(&self, pass: ReadPass, id: &str) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), LIST_TARGETS)?;
        let (what, mut pages) = (named(id), Pages::new());
        loop {
            let call = ListTargetsForPolicy { policy_id: id, next_token: pages.token.as_deref() };
            let page = self.read(&what, call).await?;
            if !pages.take(&what, page)? {
                return Ok(pages.all);
            }
        }
    }

    async fn put_policy(&self, pass: WritePass, id: &str, content: &str) -> Result<(), CallError> {
        let call = UpdatePolicy { policy_id: id, content };
        self.write(pass.operation(), &named(id), call).await.map(drop)
    }
}

/// A policy of the organisation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribePolicy<'a> {
    /// Its id.
    pub policy_id: &'a str,
}

impl Call for DescribePolicy<'_> {
    const SERVICE: Service = Service::Organizations;
    const OPERATION: Operation = DESCRIBE_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for DescribePolicy<'_> {
    /// The document.
    type Answer = String;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            policy: Policy,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Policy {
            content: String,
        }
        from_json(body).map(|it: Answer| it.policy.content)
    }
}

/// What a policy is attached to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListTargetsForPolicy<'a> {
    /// The policy's id.
    pub policy_id: &'a str,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

impl Call for ListTargetsForPolicy<'_> {
    const SERVICE: Service = Service::Organizations;
    const OPERATION: Operation = LIST_TARGETS;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for ListTargetsForPolicy<'_> {
    /// Roots, units and accounts, by their ids.
    type Answer = Page<String>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            targets: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            target_id: String,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.targets.into_iter().map(|it| it.target_id).collect();
        Ok(Page { items, next: answer.next_token })
    }
}

/// Writes a policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdatePolicy<'a> {
    /// Its id.
    pub policy_id: &'a str,
    /// The document.
    pub content: &'a str,
}

impl Call for UpdatePolicy<'_> {
    const SERVICE: Service = Service::Organizations;
    const OPERATION: Operation = UPDATE_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}
