//! Kubernetes and Vault, from the configuration to hands.

use super::KEY_BYTES;
use crate::config::{ConnectorConfig, KubernetesConfig, SecretReference, VaultConfig};
use crate::content::read_file;
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::delivery::Deliveries;
use interlock_connect::http_json::Token;
use interlock_connect::{kubernetes, vault};
use interlock_model::ConnectorId;
use std::path::Path;

/// What a connector proves itself by: a file is read anew each time, since its owner renews it.
fn token(id: &ConnectorId, reference: &SecretReference) -> Result<Token, Failure> {
    match reference {
        SecretReference::File(path) => Ok(Token::File(path.clone())),
        SecretReference::Environment(_) | SecretReference::Vault(_) => {
            let failed =
                |why: String| Failure::usage(anyhow!(why).context(format!("connector `{id}`")));
            crate::feed::secret(reference).map(Token::Given).map_err(failed)
        }
    }
}

/// The authorities in a file.
fn authorities(id: &ConnectorId, path: Option<&Path>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let read = read_file(path, KEY_BYTES);
    let text = read.map_err(|it| {
        let why = format!("`{}`: {it}", path.display());
        Failure::usage(anyhow!(why).context(format!("connector `{id}`")))
    })?;
    Ok(Some(text.into_bytes()))
}

/// One Kubernetes cluster.
pub(super) fn cluster(
    config: &ConnectorConfig,
    it: &KubernetesConfig,
) -> Result<kubernetes::Kubernetes, Failure> {
    Ok(kubernetes::Kubernetes::prepare(cluster_config(config, it)?))
}

/// How a cluster is spoken to.
pub(super) fn cluster_config(
    config: &ConnectorConfig,
    it: &KubernetesConfig,
) -> Result<kubernetes::KubernetesConfig, Failure> {
    let own = || Ok(Token::File(kubernetes::IN_CLUSTER_TOKEN.into()));
    Ok(kubernetes::KubernetesConfig {
        id: config.id.clone(),
        endpoint: it.endpoint.clone(),
        token: it.token.as_ref().map_or_else(own, |it| token(&config.id, it))?,
        authorities: authorities(&config.id, it.ca.as_deref())?,
        protected_namespaces: it.protected_namespaces.clone(),
        settle: config.settle,
    })
}

/// One Vault.
pub(super) fn safe(
    config: &ConnectorConfig,
    it: &VaultConfig,
    deliveries: &Deliveries,
) -> Result<vault::Vault, Failure> {
    let mut vault = safe_config(config, it)?;
    vault.deliveries = deliveries.clone();
    Ok(vault::Vault::prepare(vault))
}

/// How a Vault is spoken to.
pub(super) fn safe_config(
    config: &ConnectorConfig,
    it: &VaultConfig,
) -> Result<vault::VaultConfig, Failure> {
    Ok(vault::VaultConfig {
        id: config.id.clone(),
        endpoint: it.endpoint.clone(),
        token: token(&config.id, &it.token)?,
        authorities: authorities(&config.id, it.ca.as_deref())?,
        namespace: it.namespace.clone(),
        audit_device: it.audit_device.clone(),
        approle_mounts: it.approle_mounts.clone(),
        database_mounts: it.database_mounts.clone(),
        deliveries: Deliveries::default(),
        settle: config.settle,
    })
}
