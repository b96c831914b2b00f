//! The hands at one Kubernetes cluster: tokens of service accounts, and the bindings of roles.
//!
//! Plain REST. Users and groups are names in bindings and nothing else, so what can be done to them is to
//! take their rights; a service account's tokens hang on its UID, on pods and on secrets.

mod actions;
mod check;
mod cluster;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
mod grants;
mod object;
pub mod operation;
#[cfg(test)]
mod tests;

pub use actions::SPEC;

use crate::http::Wire;
use crate::http_json::{Rest, Token};
use actions::Shared;
use cluster::Cluster;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx, ReadCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Where the API server answers a pod.
pub const IN_CLUSTER: &str = "https://kubernetes.default.svc";
/// Where a pod finds its token.
pub const IN_CLUSTER_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/// Where a pod finds the cluster's authority.
pub const IN_CLUSTER_CA: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/// One cluster, configured once.
#[derive(Debug)]
pub struct Kubernetes {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one cluster.
#[derive(Debug, Clone)]
pub struct KubernetesConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// Where the API server answers.
    pub endpoint: String,
    /// What the connector proves itself by.
    pub token: Token,
    /// The authorities of the server's certificate, in PEM.
    pub authorities: Option<Vec<u8>>,
    /// More namespaces whose accounts are never touched.
    pub protected_namespaces: Vec<String>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl Kubernetes {
    /// The connector; the cluster is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: KubernetesConfig) -> Self {
        let rest = Self::rest(&config);
        Self::with(config, rest)
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(config: KubernetesConfig, wire: Arc<dyn Wire>) -> Self {
        let rest = Self::rest(&config).over(wire);
        Self::with(config, rest)
    }

    pub(crate) fn rest(config: &KubernetesConfig) -> Rest {
        let (token, authorities) = (config.token.clone(), config.authorities.clone());
        Rest::new(&config.endpoint, token, &cluster::MANNER, Vec::new(), authorities)
    }

    fn with(config: KubernetesConfig, rest: Rest) -> Self {
        let shared = Arc::new(Shared { config, cluster: Cluster::new(rest) });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for Kubernetes {
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
        let Some(spec) = SPEC.actions.iter().find(|it| it.declares_read(operation::WHO_AM_I))
        else {
            return Ok(Vec::new());
        };
        let pass = ReadCx::new(spec, Timestamp::UNIX_EPOCH).read(operation::WHO_AM_I)?;
        let own = self.shared.cluster.own(&pass).await?;
        Ok(vec![Principal::new("kubernetes", &own.name)])
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.shared, cx, from).await
    }
}
