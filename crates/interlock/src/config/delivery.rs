//! `[[delivery]]`: where workloads find their credential when a new one is made.

use super::check::{Check, one_of};
use super::raw_delivery::RawPlaceOfDelivery;
use super::reach::Connector;
use super::tree::Node;
use super::{ConnectorConfig, ConnectorKind, SecretReference};
use interlock_connect::aws::parameter::{Parameter, ParameterFields};
use interlock_connect::delivery::{
    ActionsSecret, Fields, KeyVaultSecret, KubernetesSecret, KvEntry, ManagedSecret, Owner, Scope,
    WebhookEntry,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// One place, or one for each workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryConfig {
    /// Whose credentials.
    pub shapes: Vec<String>,
    /// Where to.
    pub to: PlaceConfig,
}

/// Where a credential goes. What writes there is configured as a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceConfig {
    /// A parameter of Parameter Store.
    AwsParameter(Box<ConnectorConfig>, Parameter),
    /// A secret of Azure Key Vault.
    Azure(Box<ConnectorConfig>, KeyVaultSecret),
    /// A file.
    File {
        /// Its path.
        path: String,
        /// Whose it is.
        owner: Owner,
    },
    /// A secret of GitHub Actions.
    Github(Box<ConnectorConfig>, ActionsSecret),
    /// A secret of Google's Secret Manager.
    Google(Box<ConnectorConfig>, ManagedSecret),
    /// A Secret of Kubernetes.
    Kubernetes(Box<ConnectorConfig>, KubernetesSecret),
    /// An entry of KV version 2.
    Vault(Box<ConnectorConfig>, KvEntry),
    /// An entry of a service of the operator's.
    Webhook(ServiceOfDelivery),
}

/// A service of the operator's that takes credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOfDelivery {
    /// Where questions are posted.
    pub url: String,
    /// What they are signed with.
    pub secret: SecretReference,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Which entry, and for whom it is sealed.
    pub entry: WebhookEntry,
}

impl PlaceConfig {
    /// The connector through which it is reached; `None`: it is on this machine.
    #[must_use]
    pub fn through(&self) -> Option<&ConnectorConfig> {
        match self {
            Self::AwsParameter(it, _)
            | Self::Azure(it, _)
            | Self::Github(it, _)
            | Self::Google(it, _)
            | Self::Kubernetes(it, _)
            | Self::Vault(it, _) => Some(it),
            Self::File { .. } | Self::Webhook(_) => None,
        }
    }

    /// The secrets that it is reached with, besides those of its connector.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretReference> {
        match self {
            Self::Webhook(it) => vec![&it.secret],
            Self::AwsParameter(..)
            | Self::Azure(..)
            | Self::File { .. }
            | Self::Github(..)
            | Self::Google(..)
            | Self::Kubernetes(..)
            | Self::Vault(..) => Vec::new(),
        }
    }
}

/// What a name of a field is for.
fn fields(key_id: Option<String>, secret: Option<String>) -> Fields {
    let standard = Fields::default();
    Fields {
        key_id: match key_id {
            Some(it) if it.is_empty() => None,
            other => other.or(standard.key_id),
        },
        secret: secret.unwrap_or(standard.secret),
    }
}

/// The same where a place may hold the credential alone.
fn some_fields(key_id: Option<String>, secret: Option<String>) -> Option<Fields> {
    (secret.is_some() || key_id.is_some()).then(|| Fields {
        key_id: key_id.filter(|it| !it.is_empty()),
        secret: secret.unwrap_or_else(|| Fields::default().secret),
    })
}

fn is_secret_name(text: &str) -> bool {
    let text = text.replace("{name}", "X");
    !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !text.starts_with(|it: char| it.is_ascii_digit())
        && !text.to_ascii_uppercase().starts_with("GITHUB_")
}

/// Whether a cluster gives such a name to an object: it becomes a part of addresses.
fn is_object(text: &str) -> bool {
    let text = text.replace("{name}", "x");
    let sound = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.".contains(&it);
    !text.is_empty() && text.bytes().all(sound) && !text.starts_with('.')
}

/// Whether a vault of Azure answers there: tokens are for the service that the rest of the name is of.
fn is_vault(text: &str) -> bool {
    let host = text.strip_prefix("https://").unwrap_or_default();
    let sound = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'.';
    host.split('.').count() > 2 && host.bytes().all(sound) && !host.ends_with('.')
}

/// Whether Secret Manager takes such an id.
fn is_managed(text: &str) -> bool {
    let text = text.replace("{name}", "x");
    let sound = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
    !text.is_empty() && text.len() <= 255 && text.bytes().all(sound)
}

/// Whether Parameter Store takes such a name: `aws` and `ssm` are its own, and what has a slash begins with one.
fn is_parameter(text: &str) -> bool {
    let text = text.replace("{name}", "x");
    let bare = text.strip_prefix('/').unwrap_or(&text);
    let sound = |it: u8| it.is_ascii_alphanumeric() || b"_.-".contains(&it);
    let parts = || bare.split('/');
    let reserved = |it: &str| bare.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case(it));
    parts().all(|it| !it.is_empty() && it.bytes().all(sound))
        && parts().count() <= 15
        && (text.starts_with('/') || parts().count() == 1)
        && !reserved("aws")
        && !reserved("ssm")
}

fn is_workload(text: &str) -> bool {
    let parts = text.split_once('/');
    parts.is_some_and(|(kind, name)| {
        matches!(kind, "deployments" | "statefulsets" | "daemonsets") && is_object(name)
    })
}

impl Check<'_> {
    pub(super) fn deliveries(
        &mut self,
        raw: Vec<RawPlaceOfDelivery>,
        connectors: &[Connector],
        tree: &Node,
    ) -> Vec<DeliveryConfig> {
        let mut all = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("delivery").and_then(|it| it.item(index));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let (shapes, to) = match raw {
                RawPlaceOfDelivery::AwsParameter { whom, through, name, secret, key_id } => {
                    if !is_parameter(&name) {
                        let what = format!("`{}` is no name of a parameter", name.escape_debug());
                        self.error(at("name"), what, "such as `/apps/{name}/key`");
                    }
                    let config = self.through(&through, "aws_iam", connectors, at("through"));
                    let fields = (secret.is_some() || key_id.is_some()).then(|| ParameterFields {
                        key_id: key_id.filter(|it| !it.is_empty()),
                        secret: secret.unwrap_or_else(|| Fields::default().secret),
                    });
                    let parameter = Parameter { name, fields };
                    (whom, config.map(|it| PlaceConfig::AwsParameter(it, parameter)))
                }
                RawPlaceOfDelivery::AzureSecret { whom, through, vault, name, secret, key_id } => {
                    if !is_vault(&vault) {
                        let what = format!("`{}` is no address of a vault", vault.escape_debug());
                        self.error(at("vault"), what, "such as `https://acme.vault.azure.net`");
                    }
                    if !is_managed(&name) || name.contains('_') {
                        let what = format!("`{}` is no name of a secret", name.escape_debug());
                        let help = "letters, digits and hyphens, such as `{name}-key`";
                        self.error(at("name"), what, help);
                    }
                    let config = self.through(&through, "entra", connectors, at("through"));
                    let secret =
                        KeyVaultSecret { vault, name, fields: some_fields(key_id, secret) };
                    (whom, config.map(|it| PlaceConfig::Azure(it, secret)))
                }
                RawPlaceOfDelivery::File { whom, path, mode, user, group } => {
                    let mode = self.mode(mode.as_deref(), at("mode"));
                    let path = self.path(&path).display().to_string();
                    if !std::path::Path::new(&path).parent().is_some_and(std::path::Path::is_dir) {
                        let what = "the folder of the delivery file is missing".to_owned();
                        self.error(
                            at("path"),
                            what,
                            "make it, so that credentials can be put there",
                        );
                    }
                    let to = PlaceConfig::File { path, owner: Owner { mode, user, group } };
                    (whom, Some(to))
                }
                RawPlaceOfDelivery::GithubSecret {
                    whom,
                    through,
                    repository,
                    environment,
                    secret,
                    key_id,
                } => {
                    for (name, text) in [("secret", Some(&secret)), ("key_id", key_id.as_ref())] {
                        if text.is_some_and(|it| !is_secret_name(it)) {
                            let what = "this is no name for a secret of GitHub Actions".to_owned();
                            self.error(
                                at(name),
                                what,
                                "letters, digits and `_`, such as `DEPLOY_KEY`",
                            );
                        }
                    }
                    let scope = match (repository, environment) {
                        (None, None) => Scope::Organization,
                        (Some(repository), None) => Scope::Repository(repository),
                        (Some(repository), Some(environment)) => {
                            Scope::Environment { repository, environment }
                        }
                        (None, Some(_)) => {
                            let what = "an environment belongs to a repository".to_owned();
                            self.error(at("environment"), what, "name the `repository` too");
                            Scope::Organization
                        }
                    };
                    let config = self.through(&through, "github", connectors, at("through"));
                    let secret = ActionsSecret { scope, fields: Fields { key_id, secret } };
                    (whom, config.map(|it| PlaceConfig::Github(it, secret)))
                }
                RawPlaceOfDelivery::GoogleSecret { whom, through, name, secret, key_id } => {
                    if !is_managed(&name) {
                        let what = format!("`{}` is no id of a secret", name.escape_debug());
                        self.error(at("name"), what, "such as `{name}-key`, without its project");
                    }
                    let config = self.through(&through, "google_cloud", connectors, at("through"));
                    let secret = ManagedSecret { id: name, fields: some_fields(key_id, secret) };
                    (whom, config.map(|it| PlaceConfig::Google(it, secret)))
                }
                RawPlaceOfDelivery::KubernetesSecret {
                    whom,
                    through,
                    namespace,
                    name,
                    secret,
                    key_id,
                    restart,
                } => {
                    for (key, text) in [("namespace", &namespace), ("name", &name)] {
                        if !is_object(text) {
                            let what = "no object of Kubernetes has such a name".to_owned();
                            self.error(at(key), what, "lower-case letters, digits and hyphens");
                        }
                    }
                    if restart.iter().any(|it| !is_workload(it)) {
                        let what = "this is no workload that can get new pods".to_owned();
                        let help =
                            "such as `deployments/web`, `statefulsets/db` or `daemonsets/agent`";
                        self.error(at("restart"), what, help);
                    }
                    let config = self.through(&through, "kubernetes", connectors, at("through"));
                    let fields = fields(key_id, secret);
                    let secret = KubernetesSecret { namespace, secret: name, fields, restart };
                    (whom, config.map(|it| PlaceConfig::Kubernetes(it, secret)))
                }
                RawPlaceOfDelivery::VaultKv { whom, through, mount, path, secret, key_id } => {
                    let mount = mount.unwrap_or_else(|| "secret".to_owned());
                    for (key, text) in [("mount", &mount), ("path", &path)] {
                        if text.split('/').any(|it| it.is_empty() || it == "." || it == "..") {
                            let what = format!("`{}` is no path of Vault", text.escape_debug());
                            self.error(at(key), what, "such as `apps/{name}`, without `data/`");
                        }
                    }
                    let config = self.through(&through, "vault", connectors, at("through"));
                    let entry = KvEntry { mount, path, fields: fields(key_id, secret) };
                    (whom, config.map(|it| PlaceConfig::Vault(it, entry)))
                }
                RawPlaceOfDelivery::Webhook {
                    whom,
                    url,
                    secret,
                    public_key,
                    name,
                    restores,
                    timeout,
                } => {
                    self.service_address(&url, &at);
                    let secret = self.secret(secret, at("secret"));
                    let timeout = self.timeout(timeout.as_deref(), at("timeout"));
                    if name.is_empty() {
                        let what = "the entry has no name".to_owned();
                        self.error(at("name"), what, "such as `{name}-key`");
                    }
                    let key = WebhookEntry::key(&public_key);
                    if key.is_none() {
                        let what = "this is no public key for sealing".to_owned();
                        let help = "32 bytes of X25519 in base64: 44 characters";
                        self.error(at("public_key"), what, help);
                    }
                    let to = key.map(|sealed_for| {
                        let entry = WebhookEntry { name, sealed_for, restores };
                        PlaceConfig::Webhook(ServiceOfDelivery { url, secret, timeout, entry })
                    });
                    (whom, to)
                }
            };
            self.shapes(&shapes, &to, at("for"));
            all.extend(to.map(|to| DeliveryConfig { shapes, to }));
        }
        all
    }

    /// Several workloads never share one place.
    fn shapes(&mut self, shapes: &[String], to: &Option<PlaceConfig>, node: Option<&Node>) {
        if shapes.is_empty() || shapes.iter().any(|it| !it.contains(':')) {
            let what = "`for` names no workload".to_owned();
            self.error(node, what, "such as `[\"postgresql:app\"]` or `[\"broker:*\"]`");
        }
        let pattern = match to {
            None => return,
            Some(PlaceConfig::AwsParameter(_, it)) => &it.name,
            Some(PlaceConfig::Azure(_, it)) => &it.name,
            Some(PlaceConfig::File { path, .. }) => path,
            Some(PlaceConfig::Github(_, it)) => &it.fields.secret,
            Some(PlaceConfig::Google(_, it)) => &it.id,
            Some(PlaceConfig::Kubernetes(_, it)) => &it.secret,
            Some(PlaceConfig::Vault(_, it)) => &it.path,
            Some(PlaceConfig::Webhook(it)) => &it.entry.name,
        };
        let several = shapes.len() > 1 || shapes.iter().any(|it| it.contains('*'));
        if several && !pattern.contains("{name}") {
            let what = "several workloads would share one credential's place".to_owned();
            self.error(node, what, "name one, or put `{name}` into the place's name");
        }
    }

    fn mode(&mut self, text: Option<&str>, node: Option<&Node>) -> u32 {
        let Some(text) = text else { return Owner::OURS.mode };
        match u32::from_str_radix(text, 8) {
            // Its reader reads, its group at most too, and nobody else.
            Ok(mode) if mode & !0o660 == 0 && mode & 0o400 != 0 => mode,
            Ok(_) | Err(_) => {
                let what = format!("`{}` is no mode for a secret", text.escape_debug());
                self.error(node, what, "`0600`, `0640`, `0440` or `0400`: never for everybody");
                Owner::OURS.mode
            }
        }
    }

    fn through(
        &mut self,
        id: &str,
        kind: &str,
        connectors: &[Connector],
        node: Option<&Node>,
    ) -> Option<Box<ConnectorConfig>> {
        let of_kind = |it: &&Connector| match it.config.kind {
            ConnectorKind::AwsIam(_) => kind == "aws_iam",
            ConnectorKind::Entra(_) => kind == "entra",
            ConnectorKind::Github(_) => kind == "github",
            ConnectorKind::GoogleCloud(_) => kind == "google_cloud",
            ConnectorKind::Kubernetes(_) => kind == "kubernetes",
            ConnectorKind::Vault(_) => kind == "vault",
            ConnectorKind::ActiveDirectory(_)
            | ConnectorKind::AwsIdentityCenter(_)
            | ConnectorKind::AwsOrganizations(_)
            | ConnectorKind::Broker(_)
            | ConnectorKind::Command(_)
            | ConnectorKind::Keycloak(_)
            | ConnectorKind::Mariadb(_)
            | ConnectorKind::Oauth(_)
            | ConnectorKind::Okta(_)
            | ConnectorKind::OpenLdap(_)
            | ConnectorKind::Postgresql(_)
            | ConnectorKind::Rabbitmq(_)
            | ConnectorKind::Redis(_)
            | ConnectorKind::Scim(_)
            | ConnectorKind::Ssh(_)
            | ConnectorKind::Webhook(_) => false,
        };
        let found = connectors.iter().filter(of_kind).find(|it| *it.config.id.0 == *id);
        if found.is_none() {
            let names: BTreeMap<&str, usize> =
                connectors.iter().filter(of_kind).map(|it| (&*it.config.id.0, 0)).collect();
            let what = format!("there is no connector `{}` of kind `{kind}`", id.escape_debug());
            let help = if names.is_empty() {
                format!(
                    "add a `[[connector]]` of kind `{kind}`; without `enforce` it delivers all the same"
                )
            } else {
                one_of(id, &names)
            };
            self.error(node, what, &help);
        }
        found.map(|it| Box::new(it.config.clone()))
    }
}
