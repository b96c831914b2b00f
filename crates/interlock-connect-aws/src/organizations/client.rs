//! What is asked of Organizations, and AWS itself behind it.

use super::OrganizationsConfig;
use super::calls::{DescribeOrganization, ListParents};
use super::operation as op;
use crate::client::{Caller, Iam as _, admit};
use crate::control_policies::ControlPolicies;
use crate::identity_center::client::Pages;
use crate::live::Live;
use crate::{AwsConfig, DeliveryConfig};
use interlock_contain::{CallError, ReadPass};
use interlock_model::Operation;
use std::fmt::Debug;

/// Organizations, as far as this connector needs it.
#[async_trait::async_trait]
pub trait Organization: Send + Sync + Debug {
    /// Who we are: `sts:GetCallerIdentity`.
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError>;
    /// The number of the management account: `organizations:DescribeOrganization`.
    async fn management(&self, pass: ReadPass) -> Result<String, CallError>;
    /// The ids right above an account or unit: `organizations:ListParents`.
    async fn parents(&self, pass: ReadPass, child: &str) -> Result<Vec<String>, CallError>;
    /// Its policies.
    fn policies(&self) -> &dyn ControlPolicies;
    /// Which of these operations our own policies do not allow. Only the connector's check asks.
    async fn not_allowed(
        &self,
        principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError>;
}

/// AWS itself.
#[derive(Debug)]
pub(super) struct Remote {
    live: Live,
}

impl Remote {
    /// Builds the client; calls nothing but what the credential chain needs.
    pub(super) async fn new(config: &OrganizationsConfig) -> Self {
        let aws = AwsConfig {
            id: config.id.clone(),
            endpoint: config.endpoint.clone(),
            region: config.region.clone(),
            account: None,
            credentials: config.credentials.clone(),
            delivery: DeliveryConfig::default(),
            settle: None,
        };
        Self { live: Live::new(&aws).await }
    }
}

#[async_trait::async_trait]
impl Organization for Remote {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        self.live.caller(pass).await
    }

    async fn management(&self, pass: ReadPass) -> Result<String, CallError> {
        admit(pass.operation(), op::DESCRIBE_ORGANIZATION)?;
        self.live.read("the organisation", DescribeOrganization {}).await
    }

    async fn parents(&self, pass: ReadPass, child: &str) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), op::LIST_PARENTS)?;
        let (what, mut pages) = (format!("parents of `{child}`"), Pages::new());
        loop {
            let call = ListParents { child_id: child, next_token: pages.token.as_deref() };
            let page = self.live.read(&what, call).await?;
            if !pages.take(&what, page)? {
                return Ok(pages.all);
            }
        }
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
}
