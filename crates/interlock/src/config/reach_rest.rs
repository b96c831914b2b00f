//! Clusters and vaults among the connectors, from what people wrote to what it means.

use super::SecretReference;
use super::check::Check;
use super::raw_feed::RawSecret;
use super::tree::Node;
use interlock_connect::kubernetes::{IN_CLUSTER, IN_CLUSTER_CA, IN_CLUSTER_TOKEN};
use interlock_model::Gravity;
use std::path::{Path, PathBuf};

/// One Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesConfig {
    /// Where the API server answers.
    pub endpoint: String,
    /// Where the token is; `None`: where a pod finds its own.
    pub token: Option<SecretReference>,
    /// The file of the server's authorities; `None`: those of the system.
    pub ca: Option<PathBuf>,
    /// More namespaces whose accounts are never touched.
    pub protected_namespaces: Vec<String>,
}

/// One Vault or OpenBao.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultConfig {
    /// Where it answers.
    pub endpoint: String,
    /// Where the token is.
    pub token: SecretReference,
    /// The file of the server's authorities; `None`: those of the system.
    pub ca: Option<PathBuf>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The audit device that writes accessors as digests.
    pub audit_device: Option<String>,
    /// Where `AppRole` is mounted.
    pub approle_mounts: Vec<String>,
    /// Where databases are mounted.
    pub database_mounts: Vec<String>,
}

impl Check<'_> {
    pub(super) fn cluster<'n>(
        &mut self,
        endpoint: Option<String>,
        token: Option<RawSecret>,
        ca: Option<&str>,
        protected_namespaces: Vec<String>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> KubernetesConfig {
        // In a cluster everything that is needed has its place.
        let inside = endpoint.is_none();
        let endpoint = endpoint.unwrap_or_else(|| IN_CLUSTER.to_owned());
        self.application(&endpoint, at);
        let token = token.map(|it| self.secret(it, at("token")));
        if token.is_none() && !Path::new(IN_CLUSTER_TOKEN).is_file() {
            let what = format!("there is no token at `{IN_CLUSTER_TOKEN}`");
            let help = "run in a pod of the cluster, or say where the `token` is";
            self.report(Gravity::Warning, at("kind"), what, help);
        }
        let own = || Some(PathBuf::from(IN_CLUSTER_CA)).filter(|it| inside && it.is_file());
        let ca = self.authorities(ca, at).or_else(own);
        KubernetesConfig { endpoint, token, ca, protected_namespaces }
    }

    pub(super) fn authorities<'n>(
        &mut self,
        ca: Option<&str>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> Option<PathBuf> {
        let path = self.path(ca?);
        if !path.is_file() {
            let what = "the file of authorities is missing".to_owned();
            self.error(at("ca"), what, "a file in PEM; leave `ca` out for those of the system");
        }
        Some(path)
    }
}
