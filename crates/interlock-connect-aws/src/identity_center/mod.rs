//! The hands at IAM Identity Center: people, what they may use in which account, their groups, and a deny
//! for one person in a service control policy of the organisation.
//!
//! A person signs in once and gets sessions of roles in many accounts. No interface of AWS ends these
//! sessions; what a session may do is evaluated at each request, so one person is denied everything where
//! the organisation says what may be done at all.

mod actions;
pub(crate) mod calls;
pub(crate) mod check;
pub(crate) mod client;
#[cfg(test)]
mod described;
mod discover;
pub mod fake;
pub mod operation;
mod parts;
mod units;

pub use actions::SPEC;
pub use client::{Assigned, Assignment, Center, Person};

use crate::CredentialSource;
use actions::Shared;
use client::Remote;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal};
use std::sync::Arc;
use std::time::Duration;

/// What the configuration says about one instance of Identity Center.
#[derive(Debug, Clone)]
pub struct IdentityCenterConfig {
    /// The connector's name.
    pub id: ConnectorId,
    /// The instance: `arn:aws:sso:::instance/ssoins-…`.
    pub instance: String,
    /// Its identity store: `d-…`.
    pub identity_store: String,
    /// The service control policy that names who is denied: `p-…`. Without it nobody can be.
    pub deny_policy: Option<String>,
    /// Ids and names of people who are never contained.
    pub protected: Vec<String>,
    /// The region of the instance.
    pub region: String,
    /// Where AWS answers, instead of the public endpoints.
    pub endpoint: Option<String>,
    /// What the connector signs with.
    pub credentials: CredentialSource,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

/// One instance of Identity Center, configured once.
#[derive(Debug)]
pub struct IdentityCenter {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

impl IdentityCenter {
    /// The connector; AWS is asked when something is to be done.
    pub async fn prepare(config: IdentityCenterConfig) -> Self {
        let remote = Remote::new(&config).await;
        Self::with_client(config, Arc::new(remote))
    }

    /// The same on a client of the caller's choice: the fake, or another wire.
    #[must_use]
    pub fn with_client(config: IdentityCenterConfig, client: Arc<dyn Center>) -> Self {
        let turn = tokio::sync::Mutex::default();
        let shared = Arc::new(Shared { config, client, turn });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for IdentityCenter {
    fn id(&self) -> &ConnectorId {
        &self.shared.config.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.shared, cx, from).await
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.shared).await
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let caller = check::caller(&self.shared).await?;
        Ok(check::own(&caller))
    }
}
