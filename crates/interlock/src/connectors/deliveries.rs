//! Where new credentials go, from the configuration to places.

use super::{account_config, clusters, hosted};
use crate::clock;
use crate::config::{ConnectorConfig, ConnectorKind, DeliveryConfig, PlaceConfig};
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::aws::parameter::ParameterTarget;
use interlock_connect::delivery::{
    Deliveries, DiskTarget, GithubTarget, KubernetesTarget, Target, VaultTarget,
};
use std::sync::Arc;

/// Every place, in the configuration's order. Nothing is asked yet.
pub(super) fn all(configs: &[DeliveryConfig]) -> Result<Deliveries, Failure> {
    let mut deliveries = Deliveries::default();
    for config in configs {
        let target: Arc<dyn Target> = match &config.to {
            PlaceConfig::AwsParameter(through, parameter) => {
                let ConnectorKind::AwsIam(it) = &through.kind else { return Err(unfit(through)) };
                let account = account_config(through, it, &Deliveries::default())?;
                Arc::new(ParameterTarget::new(account, parameter.clone()))
            }
            PlaceConfig::File { path, owner } => Arc::new(DiskTarget::new(path.clone(), *owner)),
            PlaceConfig::Github(through, secret) => {
                let ConnectorKind::Github(it) = &through.kind else { return Err(unfit(through)) };
                let github = hosted::organization_config(through, it)?;
                Arc::new(GithubTarget::new(&github, secret.clone()))
            }
            PlaceConfig::Kubernetes(through, secret) => {
                let ConnectorKind::Kubernetes(it) = &through.kind else {
                    return Err(unfit(through));
                };
                let cluster = clusters::cluster_config(through, it)?;
                Arc::new(KubernetesTarget::new(&cluster, secret.clone(), clock::now))
            }
            PlaceConfig::Vault(through, entry) => {
                let ConnectorKind::Vault(it) = &through.kind else { return Err(unfit(through)) };
                let safe = clusters::safe_config(through, it)?;
                Arc::new(VaultTarget::new(&safe, entry.clone()))
            }
        };
        deliveries.add(config.shapes.clone(), target);
    }
    Ok(deliveries)
}

/// The configuration's check lets no such thing pass.
fn unfit(through: &ConnectorConfig) -> Failure {
    Failure::usage(anyhow!("connector `{}` is of another kind than its delivery", through.id))
}
