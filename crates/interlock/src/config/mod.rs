//! The configuration folder: files in, one checked [`Config`] and every problem out.
//!
//! Written form ([`raw`]) becomes checked form here; nothing else in the process reads
//! configuration files or the environment.

mod check;
mod delivery;
mod drill;
mod exposed;
mod feed;
mod given;
mod limits;
mod load;
mod near;
mod notify;
mod person;
pub mod raw;
mod raw_acting;
mod raw_connector;
pub mod raw_declared;
pub mod raw_delivery;
pub mod raw_feed;
mod raw_pace;
mod raw_parts;
mod raw_provider;
mod raw_ssh;
mod raw_vault;
mod reach;
mod reach_acting;
mod reach_aws;
mod reach_broker;
mod reach_database;
mod reach_declared;
mod reach_directory;
mod reach_hosted;
mod reach_kind;
mod reach_provider;
mod reach_rest;
mod reach_ssh;
mod render;
mod schema;
mod shape;
mod strict;
mod together;
mod tree;
mod units;
mod vault;

pub use delivery::{DeliveryConfig, PlaceConfig};
pub use drill::DrillConfig;
pub use exposed::exposed;
pub use feed::{
    FeedConfig, FeedKind, FileFeed, NatsFeed, PollFeed, S3Feed, SecretReference, SyslogFeed,
    TlsFiles,
};
pub use given::{given, no_folder, optional, optional_for, to_read};
pub use load::{load, load_for, variable};
pub use notify::{NotifyAddress, NotifyConfig, unfit as unfit_address};
pub use reach_declared::{CommandConfig, WebhookConfig};
pub use reach_hosted::{GithubConfig, GithubCredential, GoogleCloudConfig, GoogleCredential};
pub use reach_provider::{
    EntraConfig, EntraProof, GlobalRevocationConfig, KeycloakConfig, OauthConfig, OktaConfig,
    OktaProof,
};
pub use reach_rest::{KubernetesConfig, VaultConfig};
pub use reach_ssh::SshConfig;
pub use render::{as_json, print, render};
pub use schema::SCHEMAS;
pub use strict::check as check_strictly;
pub use together::Purpose;
pub use vault::{VaultOfSecrets, VaultReader, VaultSecret};

use crate::content::Content;
use interlock_connect::broker::{ClientConfig, TokenLife};
use interlock_connect::database::Tls;
use interlock_connect::scim::Dialect;
use interlock_detect::BehaviourConfig;
use interlock_engine::Person;
use interlock_identity::CredentialLimits;
use interlock_model::{ActionKind, ConnectorId, Limits, Mode};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// The largest body with events or alerts when nothing is said, in bytes.
pub const BODY_BYTES: usize = 32 << 20;
/// The name of the file of the process.
pub const FILE: &str = "interlock.toml";

/// Everything that a configuration folder says, checked.
#[derive(Debug)]
pub struct Config {
    /// What the house may do at all.
    pub mode: Mode,
    /// The store's file.
    pub store: PathBuf,
    /// The private key's file.
    pub audit_key: PathBuf,
    /// Where `serve` listens.
    pub listen: SocketAddr,
    /// The largest body with events or alerts, in bytes.
    pub body_bytes: usize,
    /// The most connections of one address at a time.
    pub connections_each: usize,
    /// Who may call the HTTP API.
    pub tokens: Vec<Token>,
    /// Who is who.
    pub people: Vec<Person>,
    /// What the house reaches.
    pub connectors: Vec<ConnectorConfig>,
    /// Where workloads find new credentials.
    pub deliveries: Vec<DeliveryConfig>,
    /// The ways in that the house opens itself.
    pub feeds: Vec<FeedConfig>,
    /// Whither notices go.
    pub notify: Vec<NotifyConfig>,
    /// What is rehearsed.
    pub drills: Vec<DrillConfig>,
    /// How much may happen by itself, and for how long things count.
    pub guard: GuardConfig,
    /// How identities are looked for.
    pub directory: DirectoryConfig,
    /// How behaviours learn.
    pub behaviour: BehaviourConfig,
    /// Where addresses are.
    pub geo: GeoConfig,
    /// Bounds on input.
    pub limits: Limits,
    /// What is decided.
    pub content: Content,
}

/// One caller of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its name, as the audit chain and the approvers of teams name it.
    pub name: String,
    /// What it may do.
    pub roles: BTreeSet<TokenRole>,
    /// The SHA-256 of its text.
    pub hash: [u8; 32],
    /// Whose records it may deliver.
    pub delivers: Delivers,
}

/// Whose records a token may deliver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivers {
    /// Of which log sources; empty: of all.
    pub sources: BTreeSet<Box<str>>,
    /// Of which accounts, tenants or organisations; empty: of all.
    pub accounts: BTreeSet<Box<str>>,
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenRole {
    /// Send events and alerts, nothing else.
    Ingest,
    /// Look at everything.
    Read,
    /// Answer as the owner, and look.
    Owner,
    /// Answer as the security team, and look.
    Security,
    /// Everything.
    Admin,
}

/// One account or system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorConfig {
    /// Its name.
    pub id: ConnectorId,
    /// The verbs that it may write; empty: it only reads.
    pub enforce: Vec<ActionKind>,
    /// How long a write may take to act, where the configuration says so.
    pub settle: Option<Duration>,
    /// The most calls a second that it makes.
    pub pace: NonZeroU32,
    /// What it reaches, and what it looks with.
    pub kind: ConnectorKind,
    /// The same, with what it acts with where that is something else.
    pub acting: Option<Box<ConnectorKind>>,
}

/// What a connector reaches, with what only that sort needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectorKind {
    /// One domain of Active Directory.
    ActiveDirectory(ActiveDirectoryConfig),
    /// One AWS account.
    AwsIam(AwsIamConfig),
    /// One instance of AWS IAM Identity Center.
    AwsIdentityCenter(IdentityCenterConfig),
    /// One organisation of AWS.
    AwsOrganizations(OrganizationsConfig),
    /// The built-in broker.
    Broker(BrokerConfig),
    /// Programs of the operator.
    Command(CommandConfig),
    /// One tenant of Entra.
    Entra(EntraConfig),
    /// One Kubernetes cluster.
    Kubernetes(KubernetesConfig),
    /// One organisation of GitHub.
    Github(GithubConfig),
    /// One project of Google Cloud.
    GoogleCloud(GoogleCloudConfig),
    /// One realm of Keycloak.
    Keycloak(KeycloakConfig),
    /// One MariaDB server.
    Mariadb(DatabaseConfig),
    /// One authorization server.
    Oauth(OauthConfig),
    /// One organisation of Okta.
    Okta(OktaConfig),
    /// One directory of OpenLDAP.
    OpenLdap(OpenLdapConfig),
    /// One PostgreSQL server.
    Postgresql(DatabaseConfig),
    /// One RabbitMQ broker.
    Rabbitmq(RabbitmqConfig),
    /// One Redis server.
    Redis(DatabaseConfig),
    /// One application that speaks SCIM.
    Scim(ScimConfig),
    /// One list of revoked SSH keys.
    Ssh(SshConfig),
    /// One Vault or OpenBao.
    Vault(VaultConfig),
    /// A service of the operator.
    Webhook(WebhookConfig),
}

impl ConnectorKind {
    /// What it says of a database server, when it is one.
    #[must_use]
    pub const fn database(&self) -> Option<&DatabaseConfig> {
        match self {
            Self::ActiveDirectory(_)
            | Self::AwsIam(_)
            | Self::AwsIdentityCenter(_)
            | Self::AwsOrganizations(_)
            | Self::Broker(_)
            | Self::Command(_)
            | Self::Entra(_)
            | Self::Keycloak(_)
            | Self::Oauth(_)
            | Self::Okta(_)
            | Self::Kubernetes(_)
            | Self::Github(_)
            | Self::GoogleCloud(_)
            | Self::OpenLdap(_)
            | Self::Scim(_)
            | Self::Ssh(_)
            | Self::Vault(_)
            | Self::Webhook(_) => None,
            Self::Mariadb(it) | Self::Postgresql(it) | Self::Redis(it) => Some(it),
            Self::Rabbitmq(it) => Some(&it.server),
        }
    }

    /// The secrets that it needs, other than an AWS key.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretReference> {
        match self {
            Self::AwsIam(_)
            | Self::AwsIdentityCenter(_)
            | Self::AwsOrganizations(_)
            | Self::Broker(_)
            | Self::Ssh(_) => Vec::new(),
            Self::ActiveDirectory(it) => vec![&it.ldap.password],
            Self::Command(it) => {
                let variables = it.programs.iter().flat_map(|it| &it.environment);
                let mut secrets: Vec<&SecretReference> = Vec::new();
                for (_, secret) in variables {
                    if !secrets.contains(&secret) {
                        secrets.push(secret);
                    }
                }
                secrets
            }
            Self::Entra(it) => vec![it.secret()],
            Self::Oauth(it) => it.secrets(),
            Self::Keycloak(it) => vec![&it.client_secret],
            Self::Okta(it) => vec![it.secret()],
            Self::Github(it) => it.secrets(),
            Self::GoogleCloud(it) => it.credential.secret().into_iter().collect(),
            Self::OpenLdap(it) => vec![&it.ldap.password],
            Self::Webhook(it) => vec![&it.secret],
            Self::Kubernetes(it) => it.token.iter().collect(),
            Self::Vault(it) => vec![&it.token],
            Self::Scim(it) => vec![&it.token],
            Self::Rabbitmq(it) => it.server.password.iter().collect(),
            Self::Mariadb(it) | Self::Postgresql(it) | Self::Redis(it) => {
                it.password.iter().collect()
            }
        }
    }
}

/// One database server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database that is connected to.
    pub database: String,
    /// Whom the connector acts as.
    pub user: String,
    /// Its password.
    pub password: Option<SecretReference>,
    /// How the wire is protected.
    pub tls: Tls,
    /// The file in which an account finds its password, `{name}` standing for the account's name.
    pub delivery: Option<PathBuf>,
}

/// One RabbitMQ broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RabbitmqConfig {
    /// Its management API.
    pub server: DatabaseConfig,
    /// Its port for AMQP.
    pub amqp_port: u16,
}

/// One application that speaks SCIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimConfig {
    /// Where the service answers.
    pub endpoint: String,
    /// Where its token is.
    pub token: SecretReference,
    /// How it wants its changes written.
    pub dialect: Dialect,
    /// The user that the token belongs to.
    pub acts_as: Option<String>,
    /// The groups whose members have power, the most powerful first.
    pub privileged_groups: Vec<String>,
}

/// One domain of Active Directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveDirectoryConfig {
    /// How it is reached.
    pub ldap: LdapReference,
    /// The entry under which everything lies that may be contained.
    pub base: String,
    /// More groups whose members have power, the most powerful first.
    pub privileged_groups: Vec<String>,
}

/// One directory of OpenLDAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLdapConfig {
    /// How it is reached.
    pub ldap: LdapReference,
    /// The entry under which everything lies that may be contained.
    pub base: String,
    /// The policy that is in force where an entry names none.
    pub default_policy: Option<String>,
    /// The group whose members are denied everything.
    pub quarantine_group: Option<String>,
    /// The groups whose members have power, the most powerful first.
    pub privileged_groups: Vec<String>,
}

/// How a directory is reached, with references for what is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapReference {
    /// Where it answers.
    pub url: String,
    /// Whether a plain connection is turned into TLS first.
    pub start_tls: bool,
    /// The file of the authorities; `None`: those of the system.
    pub ca: Option<PathBuf>,
    /// As whom the connector binds.
    pub bind_dn: String,
    /// Where its password is.
    pub password: SecretReference,
}

/// One AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsIamConfig {
    /// The account; `None`: the one that the credentials belong to.
    pub account: Option<String>,
    /// The region of STS and Secrets Manager.
    pub region: String,
    /// Where AWS answers, when not at its own addresses.
    pub endpoint: Option<String>,
    /// What it signs with.
    pub credentials: CredentialReference,
    /// The name of the secret for new keys.
    pub delivery: String,
}

/// One instance of AWS IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityCenterConfig {
    /// The instance's ARN.
    pub instance: String,
    /// Its identity store.
    pub identity_store: String,
    /// The policy that names who is denied.
    pub deny_policy: Option<String>,
    /// The region of the instance.
    pub region: String,
    /// Where AWS answers, when not at its own addresses.
    pub endpoint: Option<String>,
    /// What it signs with.
    pub credentials: CredentialReference,
    /// Whom it never contains.
    pub protected: Vec<String>,
}

/// One organisation of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationsConfig {
    /// The policy that names who is denied.
    pub deny_policy: String,
    /// A region of the organisation's partition.
    pub region: String,
    /// Where AWS answers, when not at its own addresses.
    pub endpoint: Option<String>,
    /// What it signs with.
    pub credentials: CredentialReference,
    /// Whom it never contains, by ARN.
    pub protected: Vec<String>,
}

/// The built-in broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerConfig {
    /// The file in which it remembers.
    pub state: PathBuf,
    /// How long its tokens live.
    pub token_life: TokenLife,
    /// The workloads that it serves.
    pub clients: Vec<ClientConfig>,
}

/// Where a connector finds what it signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialReference {
    /// The provider's own chain.
    Default,
    /// Two environment variables.
    Environment {
        /// The name of the one with the key id.
        access_key_id: String,
        /// The name of the one with the secret.
        secret_access_key: String,
    },
    /// A profile of the provider's own files.
    Profile(String),
    /// A JSON file with `AccessKeyId` and `SecretAccessKey`.
    File(PathBuf),
}

/// How much may happen by itself, and for how long things count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardConfig {
    /// Automatic writes an hour.
    pub automatic_per_hour: usize,
    /// At one connector.
    pub per_connector: usize,
    /// For one rule.
    pub per_rule: usize,
    /// How long a contained identity is watched before the containment counts as held.
    pub watch: Duration,
    /// How often what is contained is read back; zero: never.
    pub read_back: Duration,
    /// How long a yes counts before the first write.
    pub approval: Duration,
    /// How long what led to an undone containment leads to none again.
    pub undo_hold: Duration,
    /// How long a drill counts as evidence.
    pub drill: Duration,
}

impl GuardConfig {
    /// What holds when nothing is said.
    pub const STANDARD: Self = Self {
        automatic_per_hour: 10,
        per_connector: 5,
        per_rule: 3,
        watch: Duration::from_secs(3_600),
        read_back: Duration::from_secs(300),
        approval: Duration::from_secs(4 * 3_600),
        undo_hold: Duration::from_secs(24 * 3_600),
        drill: Duration::from_secs(7 * 24 * 3_600),
    };
}

/// How identities are looked for, and how old credentials may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryConfig {
    /// How often connectors look; zero: never.
    pub discover_every: Duration,
    /// How old long-lived credentials may become, and how long they may go unused.
    pub limits: CredentialLimits,
    /// Whether what is older than that is replaced.
    pub replace_over_age: bool,
}

impl DirectoryConfig {
    /// What holds when nothing is said.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            discover_every: Duration::from_secs(6 * 3_600),
            limits: CredentialLimits::STANDARD,
            replace_over_age: false,
        }
    }
}

/// Where addresses are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GeoConfig {
    /// A city database.
    pub city: Option<PathBuf>,
    /// An ASN database.
    pub asn: Option<PathBuf>,
}

/// The names of all behaviours.
pub fn behaviours() -> impl Iterator<Item = &'static str> {
    interlock_detect::behaviour::registry::BEHAVIOURS.iter().map(|it| it.spec.name)
}
