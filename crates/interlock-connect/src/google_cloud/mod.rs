//! The hands at one project of Google Cloud, and at the users of Workspace beside it: service accounts and
//! their keys, roles, federated identities, people.

mod actions;
mod check;
mod credential;
mod discover;
pub mod fake;
pub mod operation;
mod server;
mod subject;

pub use actions::SPEC;
pub use credential::Credential;
pub(crate) use server::{Server, cloud};

use crate::delivery::Deliveries;
use crate::http::Wire;
use crate::rest::network;
use actions::Shared;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// One project, configured once.
#[derive(Debug)]
pub struct GoogleCloud {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one project.
#[derive(Debug, Clone)]
pub struct GoogleCloudConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// The project's id, such as `acme-prod`.
    pub project: String,
    /// What the connector proves itself by.
    pub credential: Credential,
    /// The administrator of Workspace in whose name people are looked at and suspended; `None`: nobody is.
    pub workspace_admin: Option<String>,
    /// Where workloads find their keys when new ones are made.
    pub deliveries: Deliveries,
    /// The time: what a key signs says when.
    pub clock: fn() -> Timestamp,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl GoogleCloud {
    /// The connector; Google is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: GoogleCloudConfig) -> Self {
        let wire = network(server::IAM);
        Self::on(config, wire)
    }

    /// The same, with somebody else to answer.
    #[must_use]
    pub fn on(config: GoogleCloudConfig, wire: Arc<dyn Wire>) -> Self {
        let server = Server::new(&config, &wire);
        let shared = Arc::new(Shared { config, server });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for GoogleCloud {
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
        let own = self.shared.server.itself().await?.to_owned();
        let admin = self.shared.config.workspace_admin.clone();
        let all = std::iter::once(own).chain(admin);
        Ok(all.map(|it| Principal::new("google", &it.to_lowercase())).collect())
    }
}
