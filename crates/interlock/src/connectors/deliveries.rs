//! Where new credentials go, from the configuration to places.

use super::{account_config, clusters, hosted, identity_providers};
use crate::clock;
use crate::config::{Config, ConnectorConfig, ConnectorKind, DeliveryConfig, PlaceConfig};
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::aws::parameter::{Parameter, ParameterTarget};
use interlock_connect::delivery::{
    ActionsSecret, AzureTarget, Deliveries, DiskTarget, Fields, GithubTarget, GoogleTarget,
    KeyVaultSecret, KubernetesSecret, KubernetesTarget, KvEntry, ManagedSecret, Target,
    VaultTarget, WebhookEntry, WebhookTarget,
};
use interlock_connect::split::SplitTarget;
use interlock_connect::webhook;
use interlock_engine::Places;
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

/// What the places are called for people: those of `[[delivery]]`, then those that a connector says itself.
pub(super) fn places(config: &Config) -> Places {
    let mut places = Places::default();
    for DeliveryConfig { shapes, to } in &config.deliveries {
        let to = to.clone();
        places.add(shapes.clone(), move |name| words(&to, name));
    }
    for it in &config.connectors {
        if let ConnectorKind::AwsIam(aws) = &it.kind {
            let secret = aws.delivery.clone();
            let account = aws.account.as_deref().unwrap_or("*");
            let shape = format!("aws:arn:*:iam::{account}:user/*");
            places.add(vec![shape], move |name| {
                format!("secret `{}`", secret.replace("{user}", name))
            });
        }
        if let ConnectorKind::Broker(broker) = &it.kind {
            for client in &broker.clients {
                let Some(path) = client.delivery.clone() else { continue };
                let shape = format!("broker:{}", client.name);
                places.add(vec![shape], move |_| file(&path.display().to_string()));
            }
        }
        let delivery = it.kind.database().and_then(|it| it.delivery.as_ref());
        if let (Some(provider), Some(path)) = (database(&it.kind), delivery) {
            let path = path.display().to_string();
            places.add(vec![format!("{provider}:*")], move |name| {
                file(&path.replace("{name}", name))
            });
        }
    }
    places
}

/// The provider of the accounts of a database.
fn database(kind: &ConnectorKind) -> Option<&'static str> {
    if let ConnectorKind::Mariadb(_) = kind {
        return Some("mariadb");
    }
    if let ConnectorKind::Rabbitmq(_) = kind {
        return Some("rabbitmq");
    }
    if let ConnectorKind::Redis(_) = kind {
        return Some("redis");
    }
    matches!(kind, ConnectorKind::Postgresql(_)).then_some("postgresql")
}

fn words(to: &PlaceConfig, name: &str) -> String {
    let filled = |it: &str| it.replace("{name}", name);
    match to {
        PlaceConfig::AwsParameter(_, it) => {
            Parameter { name: filled(&it.name), ..it.clone() }.words()
        }
        PlaceConfig::Azure(_, it) => {
            let name = it.name.replace("{name}", &KeyVaultSecret::part(name));
            KeyVaultSecret { name, ..it.clone() }.words()
        }
        PlaceConfig::File { path, .. } => file(&filled(path)),
        PlaceConfig::Github(through, it) => {
            let secret = it.fields.secret.replace("{name}", &ActionsSecret::part(name));
            let fields = Fields { secret, ..it.fields.clone() };
            let ConnectorKind::Github(github) = &through.kind else { return it.words("github") };
            ActionsSecret { fields, ..it.clone() }.words(&github.organization)
        }
        PlaceConfig::Google(through, it) => {
            let it = ManagedSecret { id: filled(&it.id), ..it.clone() };
            let ConnectorKind::GoogleCloud(cloud) = &through.kind else { return it.words("?") };
            it.words(&cloud.project)
        }
        PlaceConfig::Kubernetes(_, it) => {
            KubernetesSecret { secret: filled(&it.secret), ..it.clone() }.words()
        }
        PlaceConfig::Vault(_, it) => KvEntry { path: filled(&it.path), ..it.clone() }.words(),
        PlaceConfig::Webhook(it) => {
            WebhookEntry { name: filled(&it.entry.name), ..it.entry.clone() }.words(&it.url)
        }
    }
}

fn file(path: &str) -> String {
    format!("file `{path}`")
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
        (PlaceConfig::Webhook(it), _) => {
            let failed = |why: String| {
                Failure::usage(anyhow!(why).context(format!("delivery to `{}`", it.url)))
            };
            let address = webhook::Address {
                url: it.url.clone(),
                key: crate::feed::secret(&it.secret).map_err(failed)?,
                timeout: it.timeout,
                now: clock::now,
            };
            Arc::new(WebhookTarget::new(address, it.entry.clone()))
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
