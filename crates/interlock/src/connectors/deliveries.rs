//! Where new credentials go, from the configuration to places.

use super::{account_config, clusters, hosted, identity_providers};
use crate::clock;
use crate::config::{ConnectorConfig, ConnectorKind, DeliveryConfig, PlaceConfig};
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::aws::parameter::ParameterTarget;
use interlock_connect::delivery::{
    AzureTarget, Deliveries, DiskTarget, GithubTarget, GoogleTarget, KubernetesTarget, Target,
    VaultTarget,
};
use interlock_connect::split::SplitTarget;
use std::sync::Arc;

/// Every place, in the configuration's order. Nothing is asked yet.
///
/// A place is looked at and written as its connector looks and acts.
pub(super) fn all(configs: &[DeliveryConfig], acts: bool) -> Result<Deliveries, Failure> {
    let mut deliveries = Deliveries::default();
    for config in configs {
        let through = config.to.through();
        let sets = through.and_then(|it| it.looking().zip(it.acting()));
        let target = match sets {
            Some((looking, acting)) => {
                let look = target(&config.to, Some(&looking))?;
                let act = if acts { Some(target(&config.to, Some(&acting))?) } else { None };
                Arc::new(SplitTarget::new(look, act))
            }
            None => target(&config.to, through)?,
        };
        deliveries.add(config.shapes.clone(), target);
    }
    Ok(deliveries)
}

/// The places of one delivery, reached with the credentials of this connector.
fn target(to: &PlaceConfig, through: Option<&ConnectorConfig>) -> Result<Arc<dyn Target>, Failure> {
    Ok(match (to, through.map(|it| (it, &it.kind))) {
        (PlaceConfig::AwsParameter(_, parameter), Some((through, ConnectorKind::AwsIam(it)))) => {
            let account = account_config(through, it, &Deliveries::default())?;
            Arc::new(ParameterTarget::new(account, parameter.clone()))
        }
        (PlaceConfig::Azure(_, secret), Some((through, ConnectorKind::Entra(it)))) => {
            let tenant = identity_providers::tenant_config(through, it)?;
            Arc::new(AzureTarget::new(&tenant, secret.clone()))
        }
        (PlaceConfig::File { path, owner }, _) => Arc::new(DiskTarget::new(path.clone(), *owner)),
        (PlaceConfig::Github(_, secret), Some((through, ConnectorKind::Github(it)))) => {
            let github = hosted::organization_config(through, it)?;
            Arc::new(GithubTarget::new(&github, secret.clone()))
        }
        (PlaceConfig::Google(_, secret), Some((through, ConnectorKind::GoogleCloud(it)))) => {
            let project = hosted::project_config(through, it)?;
            Arc::new(GoogleTarget::new(&project, secret.clone()))
        }
        (PlaceConfig::Kubernetes(_, secret), Some((through, ConnectorKind::Kubernetes(it)))) => {
            let cluster = clusters::cluster_config(through, it)?;
            Arc::new(KubernetesTarget::new(&cluster, secret.clone(), clock::now))
        }
        (PlaceConfig::Vault(_, entry), Some((through, ConnectorKind::Vault(it)))) => {
            let safe = clusters::safe_config(through, it)?;
            Arc::new(VaultTarget::new(&safe, entry.clone()))
        }
        (
            PlaceConfig::AwsParameter(..)
            | PlaceConfig::Azure(..)
            | PlaceConfig::Github(..)
            | PlaceConfig::Google(..)
            | PlaceConfig::Kubernetes(..)
            | PlaceConfig::Vault(..),
            _,
        ) => return Err(unfit(through)),
    })
}

/// The configuration's check lets no such thing pass.
fn unfit(through: Option<&ConnectorConfig>) -> Failure {
    let id = through.map(|it| it.id.to_string()).unwrap_or_default();
    Failure::usage(anyhow!("connector `{id}` is of another kind than its delivery"))
}
