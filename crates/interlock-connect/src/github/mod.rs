//! The hands at one organisation of GitHub: members, collaborators, deploy keys, tokens, workflows.
//!
//! GitHub has no way to try another's credential, so only telemetry can show that access is refused; but
//! for a token that leaked, whose value secret scanning gives out.

mod actions;
mod check;
mod credential;
mod discover;
pub mod fake;
mod form;
mod key_pair;
mod leaked;
pub mod operation;
mod own_apps;
mod server;
mod subject;

pub use actions::SPEC;
pub(crate) use credential::granted;
pub use credential::{App, Credential};
pub(crate) use server::Server;
#[cfg(test)]
pub(crate) use subject::{digest, fingerprint};

use crate::delivery::Deliveries;
use crate::http::Wire;
use crate::rest::network;
use actions::Shared;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal, Timestamp};
use own_apps::OwnApps;
use std::sync::Arc;
use std::time::Duration;

/// One organisation, configured once.
#[derive(Debug)]
pub struct Github {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one organisation.
#[derive(Debug, Clone)]
pub struct GithubConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// The organisation's short name.
    pub organization: String,
    /// Where GitHub answers: `https://api.github.com`.
    pub endpoint: String,
    /// The repositories that are looked into, by short name; empty: all.
    pub repositories: Vec<String>,
    /// What the connector proves itself by.
    pub credential: Credential,
    /// Other Apps whose installations in the organisation may be suspended, each with its own key.
    pub own_apps: Vec<App>,
    /// Where workloads find their deploy keys when new ones are made.
    pub deliveries: Deliveries,
    /// The time: what an App signs says when.
    pub clock: fn() -> Timestamp,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl Github {
    /// The connector; GitHub is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: GithubConfig) -> Self {
        let wire = network(&config.endpoint);
        Self::on(config, wire)
    }

    /// The same, with somebody else to answer.
    #[must_use]
    pub fn on(config: GithubConfig, wire: Arc<dyn Wire>) -> Self {
        let server = Server::new(&config, wire);
        let apps = OwnApps::new(&config.organization, &config.own_apps, &server.rest);
        let shared = Arc::new(Shared { config, server, apps });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for Github {
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
        discover::page(&self.shared, cx, from).await
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let own = self.shared.server.itself().await?;
        Ok(own.iter().map(|it| Principal::new("github", it)).collect())
    }
}
