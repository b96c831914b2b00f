//! The hands at one Vault or OpenBao: what it has given out, and to whom it gives more.
//!
//! A token is known by its accessor and a secret id by its own, never by what they are.

mod actions;
mod check;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
pub mod operation;
mod server;
#[cfg(test)]
mod tests;

pub use actions::SPEC;

use crate::delivery::Deliveries;
use crate::http::Wire;
use crate::http_json::{Rest, Token};
use actions::Shared;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx, ReadCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal, Timestamp};
use server::Server;
use std::sync::Arc;
use std::time::Duration;

/// One server, configured once.
#[derive(Debug)]
pub struct Vault {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one server.
#[derive(Debug, Clone)]
pub struct VaultConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// Where it answers, without `/v1`.
    pub endpoint: String,
    /// What the connector proves itself by.
    pub token: Token,
    /// The authorities of the server's certificate, in PEM.
    pub authorities: Option<Vec<u8>>,
    /// The namespace; `None`: the root.
    pub namespace: Option<String>,
    /// The audit device whose log is read, when it writes accessors as digests.
    pub audit_device: Option<String>,
    /// Where `AppRole` is mounted.
    pub approle_mounts: Vec<String>,
    /// Where databases are mounted.
    pub database_mounts: Vec<String>,
    /// Where workloads find their secret ids when new ones are made.
    pub deliveries: Deliveries,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl Vault {
    /// The connector; the server is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: VaultConfig) -> Self {
        let rest = Self::rest(&config);
        Self::with(config, rest)
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(config: VaultConfig, wire: Arc<dyn Wire>) -> Self {
        let rest = Self::rest(&config).over(wire);
        Self::with(config, rest)
    }

    pub(crate) fn rest(config: &VaultConfig) -> Rest {
        let namespace = config.namespace.iter();
        // Without this header a request that a proxy was made to send would be taken.
        let marked = ("x-vault-request".to_owned(), "true".to_owned());
        let extra = namespace.map(|it| ("x-vault-namespace".to_owned(), it.clone()));
        let extra = extra.chain([marked]).collect();
        let (token, authorities) = (config.token.clone(), config.authorities.clone());
        Rest::new(&config.endpoint, token, &server::MANNER, extra, authorities)
    }

    fn with(config: VaultConfig, rest: Rest) -> Self {
        let shared = Arc::new(Shared { config, server: Server::new(rest) });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for Vault {
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
        let spec = SPEC.actions.iter().find(|it| it.declares_read(operation::READ_SELF));
        let Some(spec) = spec else { return Ok(Vec::new()) };
        let pass = ReadCx::new(spec, Timestamp::UNIX_EPOCH).read(operation::READ_SELF)?;
        let own = self.shared.server.own(&pass).await?;
        let name = match own.entity.as_str() {
            "" => own.name,
            entity => format!("entity/{entity}"),
        };
        Ok(vec![Principal::new("vault", &name)])
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.shared, cx, from).await
    }
}
