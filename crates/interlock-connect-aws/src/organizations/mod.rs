//! The hands at AWS Organizations: a deny for one user, role or root user of a member account, where no
//! policy of the account itself can take it back.
//!
//! Whoever may write IAM in an account undoes what is done there. A service control policy is written in
//! another account, and evaluated at each request before anything that the account allows.

mod calls;
mod check;
mod client;
mod deny_principal;
#[cfg(test)]
mod described;
pub mod fake;
pub mod operation;

pub use client::Organization;

use crate::CredentialSource;
use client::Remote;
use deny_principal::DenyPrincipal;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec};
use interlock_model::{ConnectorId, Principal};
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "aws_organizations",
    provider: "aws",
    title: "AWS Organizations: a deny for one user or role of a member account, from outside that account",
    outer: "the management account, which can close the member account or move it where more is denied; and the identity provider that federates into the account",
    discovery: None,
    actions: &[&deny_principal::SPEC],
};

/// What the configuration says about one organisation.
#[derive(Debug, Clone)]
pub struct OrganizationsConfig {
    /// The connector's name.
    pub id: ConnectorId,
    /// The service control policy that names who is denied: `p-…`.
    pub deny_policy: String,
    /// ARNs of users and roles that are never contained.
    pub protected: Vec<String>,
    /// A region of the organisation's partition: `us-east-1`.
    pub region: String,
    /// Where AWS answers, instead of the public endpoints.
    pub endpoint: Option<String>,
    /// What the connector signs with.
    pub credentials: CredentialSource,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

/// What the connector's parts share.
#[derive(Debug)]
struct Shared {
    config: OrganizationsConfig,
    client: Arc<dyn Organization>,
    /// One writes the policy at a time: of two that read it before either wrote, one would be lost.
    turn: tokio::sync::Mutex<()>,
}

/// One organisation, configured once.
#[derive(Debug)]
pub struct Organizations {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

impl Organizations {
    /// The connector; AWS is asked when something is to be done.
    pub async fn prepare(config: OrganizationsConfig) -> Self {
        let remote = Remote::new(&config).await;
        Self::with_client(config, Arc::new(remote))
    }

    /// The same on a client of the caller's choice: the fake, or another wire.
    #[must_use]
    pub fn with_client(config: OrganizationsConfig, client: Arc<dyn Organization>) -> Self {
        let turn = tokio::sync::Mutex::default();
        let shared = Arc::new(Shared { config, client, turn });
        let actions: Vec<Box<dyn Action>> =
            vec![Box::new(DenyPrincipal { shared: Arc::clone(&shared) })];
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for Organizations {
    fn id(&self) -> &ConnectorId {
        &self.shared.config.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.shared).await
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let caller = check::caller(&self.shared).await?;
        Ok(crate::identity_center::check::own(&caller))
    }
}
