//! From the configuration to hands: connector instances, what they can end, and whom they act as.

mod clusters;
mod deliveries;
mod doors;
mod hosted;
mod identity_providers;
#[cfg(test)]
mod reached;
mod revocations;

pub use revocations::revocations;

use crate::clock;
use crate::config::{
    AwsIamConfig, BrokerConfig, CommandConfig, Config, ConnectorConfig, ConnectorKind,
    CredentialReference, DatabaseConfig, DeliveryConfig, IdentityCenterConfig, LdapReference,
    OrganizationsConfig, ScimConfig, WebhookConfig, variable,
};
use crate::content::read_file;
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use interlock_connect::broker::{self, Broker, BrokerError};
use interlock_connect::database::Reach;
use interlock_connect::declared::{Declared, DeclaredConfig};
use interlock_connect::delivery::Deliveries;
use interlock_connect::split::Split;
use interlock_connect::{
    Secret, active_directory, aws, command, entra, github, google_cloud, keycloak, kubernetes,
    mariadb, oauth, okta, openldap, postgresql, rabbitmq, redis, registry, scim, ssh, vault,
    webhook,
};
use interlock_contain::{Connector, ConnectorInstance, ConnectorSpec};
use interlock_engine::Places;
use interlock_model::{ConnectorId, Principal};
use interlock_store::Create;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a connector may take to say whom it acts as.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest credential file that is read, in bytes.
const KEY_BYTES: u64 = 64 << 10;

/// All connectors, ready to work.
#[derive(Debug, Default)]
pub struct Connectors {
    /// What makes the calls.
    pub hands: Vec<Arc<dyn Connector>>,
    /// What the planner knows of them, in the same order.
    pub instances: Vec<ConnectorInstance>,
    /// The principals that they act as: never contained.
    pub own: BTreeMap<ConnectorId, Vec<Principal>>,
    /// The built-in brokers, for the doors in front of them.
    pub brokers: Vec<(ConnectorId, Broker)>,
}

/// What the places are called where workloads find their credentials.
pub fn places(config: &Config) -> Places {
    deliveries::places(config)
}

impl Connectors {
    /// Makes every connector, and asks each whom it acts as.
    ///
    /// A provider that does not answer stops nobody: it is said loudly, and its connector still
    /// refuses to act on itself when it is asked to plan. Unless the process `acts`, credentials that
    /// only act are left where they are.
    ///
    /// # Errors
    /// What a connector signs with is not where the configuration points, or its state cannot be read.
    pub async fn build(
        configs: &[ConnectorConfig],
        deliveries: &[DeliveryConfig],
        create: Create,
        acts: bool,
    ) -> Result<Self, Failure> {
        let deliveries = deliveries::all(deliveries, acts)?;
        let mut it = Self { instances: instances(configs), ..Self::default() };
        for config in configs {
            let brokers = &mut it.brokers;
            let hand = match (config.looking(), config.acting()) {
                (Some(looking), Some(acting)) => {
                    let look = hand(&looking, &deliveries, create, brokers).await?;
                    let act = match acts {
                        true => Some(hand(&acting, &deliveries, create, brokers).await?),
                        false => None,
                    };
                    Arc::new(Split::new(look, act))
                }
                _ => hand(config, &deliveries, create, brokers).await?,
            };
            it.introduce(hand).await;
        }
        Ok(it)
    }

    /// Adds a connector that was made elsewhere.
    pub async fn add(&mut self, hand: Arc<dyn Connector>, instance: ConnectorInstance) {
        self.instances.push(instance);
        self.introduce(hand).await;
    }

    async fn introduce(&mut self, hand: Arc<dyn Connector>) {
        let id = hand.id().clone();
        match tokio::time::timeout(PATIENCE, hand.own_principals()).await {
            Ok(Ok(own)) => {
                self.own.insert(id, own);
            }
            Ok(Err(error)) => {
                tracing::error!(connector = %id, %error, "the connector does not know whom it acts as");
            }
            Err(_) => {
                tracing::error!(connector = %id, "the connector does not know whom it acts as: no answer in time");
            }
        }
        self.hands.push(hand);
    }
}

/// One connector, with the credentials that its kind names. Nothing is asked yet.
async fn hand(
    config: &ConnectorConfig,
    deliveries: &Deliveries,
    create: Create,
    brokers: &mut Vec<(ConnectorId, Broker)>,
) -> Result<Arc<dyn Connector>, Failure> {
    Ok(match &config.kind {
        ConnectorKind::ActiveDirectory(it) => {
            let ldap = directory(&config.id, &it.ldap)?;
            let config = active_directory::ActiveDirectoryConfig {
                id: config.id.clone(),
                ldap,
                base: it.base.clone(),
                privileged_groups: it.privileged_groups.clone(),
                settle: config.settle,
            };
            Arc::new(active_directory::ActiveDirectory::prepare(config))
        }
        ConnectorKind::AwsIam(aws) => Arc::new(account(config, aws, deliveries).await?),
        ConnectorKind::AwsIdentityCenter(it) => Arc::new(people(config, it).await?),
        ConnectorKind::AwsOrganizations(it) => Arc::new(organization(config, it).await?),
        ConnectorKind::Broker(state) => {
            let broker = broker(&config.id, state, create)?;
            brokers.push((config.id.clone(), broker.clone()));
            Arc::new(broker.delivering(config.id.clone(), deliveries.clone()))
        }
        ConnectorKind::Command(it) => Arc::new(programs(config, it)?),
        ConnectorKind::Entra(it) => Arc::new(identity_providers::entra(config, it, deliveries)?),
        ConnectorKind::Keycloak(it) => Arc::new(identity_providers::keycloak(config, it)?),
        ConnectorKind::Oauth(it) => Arc::new(identity_providers::oauth(config, it)?),
        ConnectorKind::Okta(it) => Arc::new(identity_providers::okta(config, it, deliveries)?),
        ConnectorKind::Github(it) => Arc::new(hosted::organization(config, it, deliveries)?),
        ConnectorKind::GoogleCloud(it) => Arc::new(hosted::project(config, it, deliveries)?),
        ConnectorKind::Scim(it) => Arc::new(application(config, it)?),
        ConnectorKind::Ssh(it) => Arc::new(doors::list(config, it)?),
        ConnectorKind::Webhook(it) => Arc::new(service(config, it)?),
        ConnectorKind::OpenLdap(it) => {
            let ldap = directory(&config.id, &it.ldap)?;
            Arc::new(openldap::OpenLdap::prepare(openldap::OpenLdapConfig {
                id: config.id.clone(),
                ldap,
                base: it.base.clone(),
                default_policy: it.default_policy.clone(),
                quarantine_group: it.quarantine_group.clone(),
                privileged_groups: it.privileged_groups.clone(),
                settle: config.settle,
            }))
        }
        ConnectorKind::Kubernetes(it) => Arc::new(clusters::cluster(config, it)?),
        ConnectorKind::Vault(it) => Arc::new(clusters::safe(config, it, deliveries)?),
        ConnectorKind::Mariadb(it) => {
            let reach = reach(&config.id, it, deliveries)?;
            Arc::new(mariadb::connector(config.id.clone(), reach, config.settle))
        }
        ConnectorKind::Postgresql(it) => {
            let reach = reach(&config.id, it, deliveries)?;
            Arc::new(postgresql::connector(config.id.clone(), reach, config.settle))
        }
        ConnectorKind::Rabbitmq(it) => {
            let (id, reach) = (config.id.clone(), reach(&config.id, &it.server, deliveries)?);
            Arc::new(rabbitmq::connector(id, reach, it.amqp_port, config.settle))
        }
        ConnectorKind::Redis(it) => {
            let reach = reach(&config.id, it, deliveries)?;
            Arc::new(redis::connector(config.id.clone(), reach, config.settle))
        }
    })
}

/// What a kind of connector declares.
#[must_use]
pub fn spec(kind: &ConnectorKind) -> &'static ConnectorSpec {
    match kind {
        ConnectorKind::ActiveDirectory(_) => &active_directory::SPEC,
        ConnectorKind::AwsIam(_) => &aws::SPEC,
        ConnectorKind::AwsIdentityCenter(_) => &aws::identity_center::SPEC,
        ConnectorKind::AwsOrganizations(_) => &aws::organizations::SPEC,
        ConnectorKind::Broker(_) => &broker::SPEC,
        ConnectorKind::Command(it) => it.spec,
        ConnectorKind::Github(_) => &github::SPEC,
        ConnectorKind::GoogleCloud(_) => &google_cloud::SPEC,
        ConnectorKind::Webhook(it) => it.spec,
        ConnectorKind::Entra(_) => &entra::SPEC,
        ConnectorKind::Keycloak(_) => &keycloak::SPEC,
        ConnectorKind::Oauth(_) => &oauth::SPEC,
        ConnectorKind::Okta(_) => &okta::SPEC,
        ConnectorKind::OpenLdap(_) => &openldap::SPEC,
        ConnectorKind::Scim(_) => &scim::SPEC,
        ConnectorKind::Ssh(_) => &ssh::SPEC,
        ConnectorKind::Kubernetes(_) => &kubernetes::SPEC,
        ConnectorKind::Mariadb(_) => &mariadb::SPEC,
        ConnectorKind::Postgresql(_) => &postgresql::SPEC,
        ConnectorKind::Rabbitmq(_) => &rabbitmq::SPEC,
        ConnectorKind::Redis(_) => &redis::SPEC,
        ConnectorKind::Vault(_) => &vault::SPEC,
    }
}

/// What the planner knows of the configured connectors; nothing is called.
#[must_use]
pub fn instances(configs: &[ConnectorConfig]) -> Vec<ConnectorInstance> {
    let instance = |config: &ConnectorConfig| ConnectorInstance {
        id: config.id.clone(),
        spec: spec(&config.kind),
        scope: match &config.kind {
            ConnectorKind::AwsIam(it) => it.account.iter().map(|it| it.as_str().into()).collect(),
            // Some records do not say which store a person is of.
            ConnectorKind::AwsIdentityCenter(it) => {
                vec![it.identity_store.as_str().into(), "-".into()]
            }
            // Findings name accounts by identifiers: the connector itself looks under its base.
            ConnectorKind::ActiveDirectory(_)
            // Which accounts are of the organisation is asked of it.
            | ConnectorKind::AwsOrganizations(_)
            | ConnectorKind::Broker(_)
            | ConnectorKind::Command(_)
            | ConnectorKind::Entra(_)
            | ConnectorKind::Okta(_)
            | ConnectorKind::Kubernetes(_)
            // Users are not named after an organisation, nor people after a project.
            | ConnectorKind::Github(_)
            | ConnectorKind::GoogleCloud(_)
            | ConnectorKind::Mariadb(_)
            | ConnectorKind::Postgresql(_)
            | ConnectorKind::Rabbitmq(_)
            | ConnectorKind::Redis(_)
            | ConnectorKind::Vault(_)
            | ConnectorKind::Webhook(_) => Vec::new(),
            // Everything under the base.
            ConnectorKind::OpenLdap(it) => vec![format!(",{}", it.base).into()],
            // The first part of each name.
            ConnectorKind::Keycloak(_)
            | ConnectorKind::Oauth(_)
            | ConnectorKind::Scim(_)
            | ConnectorKind::Ssh(_) => vec![config.id.0.clone()],
        },
        enforce: config.enforce.clone(),
        settle_seconds: config.settle.map(|it| it.as_secs()),
    };
    configs.iter().map(instance).collect()
}

/// One instance of every kind that is known, as if everything were reached: for foreseeing steps
/// where nothing is configured.
#[must_use]
pub fn imagined() -> Vec<ConnectorInstance> {
    let instance = |spec: &&'static ConnectorSpec| ConnectorInstance {
        id: ConnectorId(spec.kind.into()),
        spec,
        scope: Vec::new(),
        enforce: Vec::new(),
        settle_seconds: None,
    };
    registry::KNOWN.iter().map(instance).collect()
}

fn broker(id: &ConnectorId, config: &BrokerConfig, create: Create) -> Result<Broker, Failure> {
    let failed = |error: BrokerError| {
        Failure::unavailable(anyhow!(error).context(format!("connector `{id}`")))
    };
    let how = match create {
        Create::IfMissing => broker::Create::IfMissing,
        Create::Never => broker::Create::Never,
    };
    let broker = Broker::open(&config.state, how, config.token_life).map_err(|error| {
        let missing = matches!(error, BrokerError::Missing { .. });
        let failure = failed(error);
        let hint = "`interlock serve` makes it when it starts";
        if missing { Failure::unavailable(failure.error.context(hint)) } else { failure }
    })?;
    if create == Create::Never {
        return Ok(broker);
    }
    for client in &config.clients {
        broker.register(client).map_err(failed)?;
        if client.delivery.is_some() && broker.keys(&client.name).is_empty() {
            let key = broker.enrol_delivered(&client.name, clock::now()).map_err(failed)?;
            tracing::info!(client = client.name, %key, "a first key is delivered");
        }
    }
    Ok(broker)
}

/// Where a database server is, with what the connector proves itself by.
fn reach(
    id: &ConnectorId,
    config: &DatabaseConfig,
    deliveries: &Deliveries,
) -> Result<Reach, Failure> {
    let password = config.password.as_ref().map(crate::feed::secret).transpose();
    let password = password
        .map_err(|why| Failure::usage(anyhow!(why).context(format!("connector `{id}`"))))?;
    Ok(Reach {
        host: config.host.clone(),
        port: config.port,
        database: config.database.clone(),
        user: config.user.clone(),
        password,
        tls: config.tls.clone(),
        delivery: config.delivery.clone(),
        deliveries: deliveries.clone(),
    })
}

async fn account(
    config: &ConnectorConfig,
    aws: &AwsIamConfig,
    deliveries: &Deliveries,
) -> Result<aws::AwsIam, Failure> {
    Ok(aws::AwsIam::prepare(account_config(config, aws, deliveries)?).await)
}

fn account_config(
    config: &ConnectorConfig,
    aws: &AwsIamConfig,
    deliveries: &Deliveries,
) -> Result<aws::AwsConfig, Failure> {
    let credentials = credentials(&aws.credentials)
        .map_err(|error| Failure::usage(error.context(format!("connector `{}`", config.id))))?;
    Ok(aws::AwsConfig {
        id: config.id.clone(),
        endpoint: aws.endpoint.clone(),
        region: aws.region.clone(),
        account: aws.account.clone(),
        credentials,
        delivery: aws::DeliveryConfig {
            secret: aws.delivery.clone(),
            elsewhere: deliveries.clone(),
        },
        settle: config.settle,
    })
}

async fn people(
    config: &ConnectorConfig,
    it: &IdentityCenterConfig,
) -> Result<aws::identity_center::IdentityCenter, Failure> {
    let credentials = credentials(&it.credentials)
        .map_err(|error| Failure::usage(error.context(format!("connector `{}`", config.id))))?;
    let config = aws::identity_center::IdentityCenterConfig {
        id: config.id.clone(),
        instance: it.instance.clone(),
        identity_store: it.identity_store.clone(),
        deny_policy: it.deny_policy.clone(),
        protected: it.protected.clone(),
        region: it.region.clone(),
        endpoint: it.endpoint.clone(),
        credentials,
        settle: config.settle,
    };
    Ok(aws::identity_center::IdentityCenter::prepare(config).await)
}

async fn organization(
    config: &ConnectorConfig,
    it: &OrganizationsConfig,
) -> Result<aws::organizations::Organizations, Failure> {
    let credentials = credentials(&it.credentials)
        .map_err(|error| Failure::usage(error.context(format!("connector `{}`", config.id))))?;
    let config = aws::organizations::OrganizationsConfig {
        id: config.id.clone(),
        deny_policy: it.deny_policy.clone(),
        protected: it.protected.clone(),
        region: it.region.clone(),
        endpoint: it.endpoint.clone(),
        credentials,
        settle: config.settle,
    };
    Ok(aws::organizations::Organizations::prepare(config).await)
}

fn application(config: &ConnectorConfig, it: &ScimConfig) -> Result<scim::Scim, Failure> {
    let failed =
        |why: String| Failure::usage(anyhow!(why).context(format!("connector `{}`", config.id)));
    Ok(scim::Scim::prepare(scim::ScimConfig {
        id: config.id.clone(),
        endpoint: it.endpoint.clone(),
        token: crate::feed::secret(&it.token).map_err(failed)?,
        dialect: it.dialect,
        acts_as: it.acts_as.clone(),
        privileged_groups: it.privileged_groups.clone(),
        settle: config.settle,
    }))
}

/// What both sorts of declared verbs have in common.
fn declared(
    config: &ConnectorConfig,
    spec: &'static ConnectorSpec,
    acts_as: &[String],
) -> DeclaredConfig {
    let settle = config.settle;
    DeclaredConfig { id: config.id.clone(), spec, acts_as: acts_as.to_vec(), settle }
}

fn programs(config: &ConnectorConfig, it: &CommandConfig) -> Result<Declared, Failure> {
    let failed =
        |why: String| Failure::usage(anyhow!(why).context(format!("connector `{}`", config.id)));
    let mut programs = command::Programs::default();
    for of in &it.programs {
        let mut environment = Vec::new();
        for (name, reference) in &of.environment {
            environment.push((name.clone(), crate::feed::secret(reference).map_err(failed)?));
        }
        let program = command::Program {
            path: of.path.clone(),
            arguments: of.arguments.clone(),
            environment,
            timeout: of.timeout,
            most: of.most,
        };
        programs.0.insert(of.operation.clone(), program);
    }
    Ok(command::connector(declared(config, it.spec, &it.acts_as), programs))
}

fn service(config: &ConnectorConfig, it: &WebhookConfig) -> Result<Declared, Failure> {
    let failed =
        |why: String| Failure::usage(anyhow!(why).context(format!("connector `{}`", config.id)));
    let address = webhook::Address {
        url: it.url.clone(),
        key: crate::feed::secret(&it.secret).map_err(failed)?,
        timeout: it.timeout,
        now: clock::now,
    };
    Ok(webhook::connector(declared(config, it.spec, &it.acts_as), address))
}

/// Takes what a directory is reached with from where the configuration points.
fn directory(id: &ConnectorId, reference: &LdapReference) -> Result<openldap::LdapConfig, Failure> {
    let failed = |why: String| Failure::usage(anyhow!(why).context(format!("connector `{id}`")));
    let authorities = match &reference.ca {
        Some(path) => {
            let read = read_file(path, KEY_BYTES);
            let text = read.map_err(|it| failed(format!("`{}`: {it}", path.display())))?;
            Some(text.into_bytes())
        }
        None => None,
    };
    Ok(openldap::LdapConfig {
        url: reference.url.clone(),
        start_tls: reference.start_tls,
        authorities,
        bind_dn: reference.bind_dn.clone(),
        password: crate::feed::secret(&reference.password).map_err(failed)?,
    })
}

/// Takes what requests are signed with from where the configuration points.
///
/// # Errors
/// It is not there.
pub fn credentials(reference: &CredentialReference) -> anyhow::Result<aws::CredentialSource> {
    match reference {
        CredentialReference::Default => Ok(aws::CredentialSource::Default),
        CredentialReference::Profile(name) => {
            Ok(aws::CredentialSource::Profile { name: name.clone() })
        }
        CredentialReference::Environment { access_key_id, secret_access_key } => {
            let taken = |name: &str| {
                variable(name)
                    .filter(|it| !it.is_empty())
                    .ok_or_else(|| anyhow!("the environment variable `{name}` is not set"))
            };
            Ok(aws::CredentialSource::Static {
                access_key_id: taken(access_key_id)?,
                secret: Secret::new(taken(secret_access_key)?),
            })
        }
        CredentialReference::File(path) => {
            let (access_key_id, secret) = key_in_file(path)?;
            Ok(aws::CredentialSource::Static { access_key_id, secret })
        }
    }
}

/// The key in a JSON file with `AccessKeyId` and `SecretAccessKey`, as rotation delivers it.
///
/// # Errors
/// The file cannot be read, or lacks one of the two. Its text is never repeated.
pub fn key_in_file(path: &Path) -> anyhow::Result<(String, Secret)> {
    #[derive(Deserialize)]
    struct Key {
        #[serde(rename = "AccessKeyId")]
        id: String,
        #[serde(rename = "SecretAccessKey")]
        secret: String,
    }
    let shown = path.display();
    let text = read_file(path, KEY_BYTES).map_err(|it| anyhow!("`{shown}`: {it}"))?;
    // The parser's own words may repeat the secret, so only the place is taken from them.
    let key: Key = serde_json::from_str(&text)
        .map_err(|it| anyhow!("line {}, column {}", it.line(), it.column()))
        .with_context(|| format!("`{shown}` holds no key"))?;
    Ok((key.id, Secret::new(key.secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_key_file_does_not_show_its_secret() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.json");
        std::fs::write(
            &file,
            r#"{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":5,"x":"hush-hush"}"#,
        )
        .unwrap();
        let error = format!("{:#}", key_in_file(&file).unwrap_err());
        assert!(error.contains("holds no key: line 1"), "{error}");
        assert!(!error.contains("hush"), "{error}");
        std::fs::write(
            &file,
            r#"{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hush-hush"}"#,
        )
        .unwrap();
        assert_eq!(key_in_file(&file).unwrap().1.expose(), "hush-hush");
    }
}
