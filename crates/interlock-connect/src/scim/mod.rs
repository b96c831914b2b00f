//! The hands at applications that speak SCIM 2.0: their users and groups.
//!
//! SCIM has no sign-in and no sessions. What it lists is all that can be read back, so nothing done
//! here ever counts as proven by itself; only telemetry of the application can show that.

mod actions;
mod check;
mod client;
mod dialect;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
pub mod operation;
mod service;

pub use actions::SPEC;
pub use dialect::Dialect;

use crate::Secret;
use actions::Shared;
use client::Service;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal};
use std::sync::Arc;
use std::time::Duration;

/// One application, configured once.
#[derive(Debug)]
pub struct Scim {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one application.
#[derive(Debug, Clone)]
pub struct ScimConfig {
    /// The instance's name. Its users are `scim:<name>/<userName>`.
    pub id: ConnectorId,
    /// Where the service answers: `https://app.example.com/scim/v2`.
    pub endpoint: String,
    /// What the connector proves itself by.
    pub token: Secret,
    /// How the service wants its changes written.
    pub dialect: Dialect,
    /// The user that the token belongs to, where it belongs to one.
    pub acts_as: Option<String>,
    /// The groups whose members have power, by name, the most powerful first.
    pub privileged_groups: Vec<String>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl Scim {
    /// The connector; the service is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: ScimConfig) -> Self {
        let remote = service::Remote::new(&config.endpoint, config.token.clone(), config.dialect);
        Self::with_service(config, Arc::new(remote))
    }

    /// The same on a service of the caller's choice.
    pub(crate) fn with_service(config: ScimConfig, service: Arc<dyn Service>) -> Self {
        let shared = Arc::new(Shared { config, service });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for Scim {
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

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        self.page(cx, from).await
    }

    /// Known only where the configuration says it: SCIM does not tell whose a token is.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let config = &self.shared.config;
        let own = config.acts_as.iter();
        Ok(own.map(|it| Principal::new("scim", &format!("{}/{it}", config.id))).collect())
    }
}
