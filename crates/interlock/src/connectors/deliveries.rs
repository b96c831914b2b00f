//! Where new credentials go, from the configuration to places.

use super::{clusters, hosted};
use crate::clock;
use crate::config::{ConnectorConfig, ConnectorKind, DeliveryConfig, PlaceConfig};
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::delivery::{
    Deliveries, DiskTarget, GithubTarget, KubernetesTarget, Target, VaultTarget,
};
use std::sync::Arc;

/// Every place, in the configuration's order. Nothing is asked yet.
pub(super) fn all(configs: &[DeliveryConfig]) -> Result<Deliveries, Failure> {
    let mut deliveries = Deliveries::default();
    for config in configs {
        let target: Arc<dyn Target> = match &config.to {
            PlaceConfig::File { path, owner } => Arc::new(DiskTarget::new(path.clone(), *owner)),
            PlaceConfig::Github(through, secret) => match &through.kind {
                ConnectorKind::Github(it) => {
                    let github = hosted::organization_config(through, it)?;
                    Arc::new(GithubTarget::new(&github, secret.clone()))
                }
                _ => return Err(unfit(through)),
            },
            PlaceConfig::Kubernetes(through, secret) => match &through.kind {
                ConnectorKind::Kubernetes(it) => {
                    let cluster = clusters::cluster_config(through, it)?;
                    Arc::new(KubernetesTarget::new(&cluster, secret.clone(), clock::now))
                }
                _ => return Err(unfit(through)),
            },
            PlaceConfig::Vault(through, entry) => match &through.kind {
                ConnectorKind::Vault(it) => {
                    let safe = clusters::safe_config(through, it)?;
                    Arc::new(VaultTarget::new(&safe, entry.clone()))
                }
                _ => return Err(unfit(through)),
            },
        };
        deliveries.add(config.shapes.clone(), target);
    }
    Ok(deliveries)
}

/// The configuration's check lets no such thing pass.
fn unfit(through: &ConnectorConfig) -> Failure {
    Failure::usage(anyhow!("connector `{}` is of another kind than its delivery", through.id))
}
