//! `interlock.toml` as people write it; its JSON Schema and the reference of options are made from these types.
//!
//! Every option says its default, its unit, its effect, and since when it is there.

use super::raw_feed::{RawFeed, RawSecret};
use interlock_model::{ActionKind, Mode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::num::NonZeroU32;

/// The process: what it may do, where it remembers, where it listens, what it reaches.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "interlock.toml")]
pub struct RawConfig {
    /// What the house may do at all: `observe` (findings and decisions), `recommend` (plans too,
    /// nothing is written), `enforce` (writes, within policy and consent).
    /// No default: absent is an error. Since 0.1.0.
    #[schemars(schema_with = "modes")]
    pub mode: Mode,
    /// Where the house remembers.
    #[serde(default)]
    pub store: RawStore,
    /// What signs the audit chain.
    #[serde(default)]
    pub audit: RawAudit,
    /// Where `serve` listens.
    #[serde(default)]
    pub serve: RawServe,
    /// Who may call the HTTP API, and as what. Without one nobody may.
    #[serde(default)]
    pub token: Vec<RawToken>,
    /// The accounts and systems that the house reaches.
    #[serde(default)]
    pub connector: Vec<RawConnector>,
    /// The ways in that the house opens itself, beside the HTTP API.
    #[serde(default)]
    pub feed: Vec<RawFeed>,
    /// Whither notices go: who must approve, what is stuck, what was undone.
    #[serde(default)]
    pub notify: Vec<RawNotify>,
    /// How much may happen by itself, and for how long things count.
    #[serde(default)]
    pub guard: RawGuard,
    /// How connectors look for identities, and how old credentials may become.
    #[serde(default)]
    pub directory: RawDirectory,
    /// How behaviours learn what is usual.
    #[serde(default)]
    pub detect: RawDetect,
    /// Where addresses are.
    #[serde(default)]
    pub geo: RawGeo,
    /// Bounds on input from outside.
    #[serde(default)]
    pub limits: RawLimits,
}

/// Where the house remembers.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawStore {
    /// The SQLite file, relative to this folder. Made when it is missing. Default: `interlock.db`. Since 0.1.0.
    pub path: Option<String>,
}

/// What signs the audit chain.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAudit {
    /// The file of the private key, relative to this folder; only its owner may read it.
    /// Default: `audit.key`. Since 0.1.0.
    pub key: Option<String>,
}

/// Where `serve` listens.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawServe {
    /// Address and port. The port 0 takes a free one. Beyond the own machine put a proxy with TLS
    /// in front: tokens travel with every call. Default: `127.0.0.1:7300`. Since 0.1.0.
    pub listen: Option<String>,
    /// The largest body with events or alerts, in bytes as it travels; at least 65536. Eight of them
    /// are taken at a time. Default: 33554432. Since 0.1.0.
    #[schemars(range(min = 65536))]
    pub body_bytes: Option<u32>,
}

/// One caller of the HTTP API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawToken {
    /// The caller's name, as the audit chain and the `approvers` of teams name it. No default. Since 0.1.0.
    pub name: String,
    /// What it may do: `ingest` (send events and alerts), `read`, `owner` or `security` (answer in
    /// that role, and read), `admin` (everything). No default. Since 0.1.0.
    pub roles: Vec<RawRole>,
    /// The SHA-256 of the token, 64 hex digits: `printf %s "$TOKEN" | sha256sum`. The token itself
    /// is never written here. No default. Since 0.1.0.
    pub sha256: String,
}

/// What a token may do.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawRole {
    /// Send events and alerts, nothing else.
    Ingest,
    /// Look at everything.
    Read,
    /// Answer as the owner of an identity, and look.
    Owner,
    /// Answer as the security team, and look.
    Security,
    /// Everything.
    Admin,
}

/// One account or system that the house reaches.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawConnector {
    /// One AWS account: keys, policies and roles of IAM.
    AwsIam {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The account, 12 digits in quotes. The connector refuses to act in another, and acts only
        /// on what is in it. Default: the account that the credentials belong to; then it is asked
        /// about principals of every account. Since 0.1.0.
        account: Option<String>,
        /// Where the account belongs to, for identities of which the directory says nothing else.
        /// Needs `account`. Default: what `content/directory` says. Since 0.1.0.
        environment: Option<RawPlace>,
        /// The verbs that it may write, such as `["disable_credential"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the provider may take to act on a write, as `30s` or `5m`; replaces what each
        /// action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The region that STS and Secrets Manager are called in. Default: `us-east-1`. Since 0.1.0.
        region: Option<String>,
        /// Where AWS answers, for private endpoints and test servers: `https://…`. Default: AWS's own
        /// addresses. Since 0.1.0.
        endpoint: Option<String>,
        /// What the connector signs with: always a reference, never the secret. Default: `{ from = "default" }`. Since 0.1.0.
        #[serde(default)]
        credentials: RawCredentials,
        /// Where rotated keys go.
        #[serde(default)]
        delivery: RawDelivery,
    },
    /// The built-in broker, which issues short-lived tokens to workloads.
    Broker {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["revoke_sessions"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The file in which it remembers its clients and tokens (as digests), relative to this
        /// folder. Made when it is missing. Default: `broker.json`. Since 0.1.0.
        state: Option<String>,
        /// How long a token lives, from `1s` to `1h`. Default: `15m`. Since 0.1.0.
        token_life: Option<String>,
        /// The workloads that may exchange a key for tokens. Default: none. Since 0.1.0.
        #[serde(default)]
        client: Vec<RawClient>,
    },
    /// One MariaDB server: accounts, their sessions and their passwords.
    Mariadb {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity", "revoke_sessions"]`. Default:
        /// none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The primary's name or address; a proxy in between would hide whose sessions are whose.
        /// No default. Since 0.1.0.
        host: String,
        /// Its port. Default: 3306. Since 0.1.0.
        port: Option<u16>,
        /// The user that it acts as. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That user's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the server must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which an account finds its password, relative to this folder, `{name}` standing
        /// for the account, as `app@%`. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One directory of OpenLDAP: accounts, passwords and groups.
    Openldap {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long replicas may take to follow, as `30s` or `5m`; replaces what each action says of
        /// itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The server that takes writes: `ldaps://ldap.example.com`, or `ldap://…` with `start_tls`.
        /// No default. Since 0.1.0.
        url: String,
        /// Whether a connection by `ldap://` is turned into TLS first. Default: false. Since 0.1.0.
        #[serde(default)]
        start_tls: bool,
        /// The authorities that the server's certificate may come from, in PEM, relative to this
        /// folder. Default: those of the system. Since 0.1.0.
        ca: Option<String>,
        /// The entry as which the connector binds. No default. Since 0.1.0.
        bind_dn: String,
        /// Where its password is: always a reference, never the password. No default. Since 0.1.0.
        password: RawSecret,
        /// The entry under which everything lies that may be contained: `dc=example,dc=com`.
        /// No default. Since 0.1.0.
        base: String,
        /// The password policy that is in force where an entry names none. Default: what `cn=config`
        /// says, which the connector then has to be allowed to read. Since 0.1.0.
        default_policy: Option<String>,
        /// The group whose members the access rules deny everything. Default: none; then nobody can
        /// be put into quarantine. Since 0.1.0.
        quarantine_group: Option<String>,
        /// The groups whose members have power, the most powerful first: an account is taken out of
        /// the first that it is in, and the last member of one is never cut off. Default: none. Since 0.1.0.
        #[serde(default)]
        privileged_groups: Vec<String>,
    },
    /// One PostgreSQL server: roles, their sessions and their passwords.
    Postgresql {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity", "revoke_sessions"]`. Default:
        /// none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The primary's name or address; a pooler in between would hide whose sessions are whose.
        /// No default. Since 0.1.0.
        host: String,
        /// Its port. Default: 5432. Since 0.1.0.
        port: Option<u16>,
        /// The database that it connects to; roles are those of the whole server. Default:
        /// `postgres`. Since 0.1.0.
        database: Option<String>,
        /// The role that it acts as. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That role's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the server must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which a role finds its password, relative to this folder, `{name}` standing for
        /// the role's name. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One Redis server: ACL users, their connections, commands and passwords.
    Redis {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["quarantine", "revoke_sessions"]`. Default: none, it
        /// only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The primary's name or address. No default. Since 0.1.0.
        host: String,
        /// Its port. Default: 6379. Since 0.1.0.
        port: Option<u16>,
        /// The user that it acts as. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That user's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the server must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which a user finds its password, relative to this folder, `{name}` standing for
        /// the user's name. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One application that speaks SCIM 2.0: its users and groups.
    Scim {
        /// The connector's name, unique: lower-case letters, digits and hyphens. The application's
        /// users are `scim:<id>/<userName>`. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the application may take to act on a write, as `30s` or `5m`; replaces what each
        /// action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// Where the service answers: `https://app.example.com/scim/v2`. No default. Since 0.1.0.
        endpoint: String,
        /// Where its bearer token is: always a reference, never the token. No default. Since 0.1.0.
        token: RawSecret,
        /// How the service wants its changes written: `rfc`, `entra` or `okta`, as these identity
        /// providers send them. Default: `rfc`. Since 0.1.0.
        #[serde(default)]
        dialect: RawDialect,
        /// The user that the token belongs to, who is never contained. Default: the token belongs to
        /// no user. Since 0.1.0.
        acts_as: Option<String>,
        /// The groups whose members have power, by name, the most powerful first: a user is taken out
        /// of the first that it is in, and the last active member of one is never cut off.
        /// Default: none. Since 0.1.0.
        #[serde(default)]
        privileged_groups: Vec<String>,
    },
}

impl RawConnector {
    /// The most calls a second that it makes: as it says, or what its sort takes.
    pub const fn pace(&self) -> (Option<u32>, NonZeroU32) {
        const HOSTED: NonZeroU32 = crate::hands::PACE;
        const OWN: NonZeroU32 = HOSTED.saturating_mul(NonZeroU32::MIN.saturating_add(4));
        match self {
            Self::AwsIam { calls_per_second, .. } | Self::Scim { calls_per_second, .. } => {
                (*calls_per_second, HOSTED)
            }
            Self::Broker { calls_per_second, .. }
            | Self::Mariadb { calls_per_second, .. }
            | Self::Openldap { calls_per_second, .. }
            | Self::Postgresql { calls_per_second, .. }
            | Self::Redis { calls_per_second, .. } => (*calls_per_second, OWN),
        }
    }
}

/// How a SCIM service wants its changes written.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawDialect {
    /// As RFC 7644 has it.
    #[default]
    Rfc,
    /// As Entra sends it.
    Entra,
    /// As Okta sends it.
    Okta,
}

/// One workload that may exchange its key for tokens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawClient {
    /// Its name: up to 64 lower-case letters, digits, `.`, `_` and `-`. Its principal is
    /// `broker:<name>`. No default. Since 0.1.0.
    pub name: String,
    /// The file in which it finds its key, relative to this folder. A client without a key gets one
    /// there when `serve` starts. Default: none; then its keys cannot be rotated. Since 0.1.0.
    pub delivery: Option<String>,
}

/// Where an account belongs to.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawPlace {
    /// Customers depend on it.
    Production,
    /// A rehearsal of production.
    Staging,
    /// Nobody but developers depends on it.
    Development,
}

/// Where a connector finds what it signs with. The secret itself never stands in this file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawCredentials {
    /// The provider's own chain: environment, profile, web identity, container, instance.
    #[default]
    Default,
    /// Two environment variables, by name.
    Env {
        /// The variable that holds the key id. No default. Since 0.1.0.
        access_key_id: String,
        /// The variable that holds the secret. No default. Since 0.1.0.
        secret_access_key: String,
    },
    /// A profile of the provider's own files.
    Profile {
        /// The profile's name. No default. Since 0.1.0.
        name: String,
    },
    /// A JSON file with `AccessKeyId` and `SecretAccessKey`; only its owner may read it.
    File {
        /// The file, relative to this folder. No default. Since 0.1.0.
        path: String,
    },
}

/// Where rotated keys go.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDelivery {
    /// The secret in Secrets Manager, `{user}` standing for the user's name. It must exist.
    /// Default: `interlock/{user}/access-key`. Since 0.1.0.
    pub secret: Option<String>,
}

/// One receiver of notices: each is posted as JSON, signed as Standard Webhooks say, until it is taken.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawNotify {
    /// The receiver's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
    pub id: String,
    /// Where to post, with TLS beyond the own machine. Default: none; then `url_from`. Since 0.1.0.
    pub url: Option<String>,
    /// Where the address is found when it is itself a secret, as those of chat programs are. Default: none. Since 0.1.0.
    pub url_from: Option<RawSecret>,
    /// What notices are signed with, in the header `webhook-signature`. Default: none, unsigned. Since 0.1.0.
    pub secret: Option<RawSecret>,
    /// Only notices to these: ids of teams, or `security`. Default: all. Since 0.1.0.
    #[serde(default)]
    pub to: Vec<String>,
}

/// How much may happen by itself, and for how long things count.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGuard {
    /// Automatic writes an hour, in all; what is beyond waits for a person. Default: 10. Since 0.1.0.
    pub automatic_per_hour: Option<u32>,
    /// Automatic writes an hour at one connector. Default: 5. Since 0.1.0.
    pub automatic_per_hour_per_connector: Option<u32>,
    /// Automatic writes an hour for one rule: a bad rule must not stop a company. Default: 3. Since 0.1.0.
    pub automatic_per_hour_per_rule: Option<u32>,
    /// How long a contained identity is watched before the containment counts as held. Default: `1h`. Since 0.1.0.
    pub watch: Option<String>,
    /// How often what is contained is read back: what others undid is written again. `0s`: never. Default: `5m`. Since 0.1.0.
    pub read_back: Option<String>,
    /// How long a yes counts before the first write. Default: `4h`. Since 0.1.0.
    pub approval: Option<String>,
    /// How long the findings that led to an undone containment lead to none again. Default: `24h`. Since 0.1.0.
    pub undo_hold: Option<String>,
    /// How long a drill on a canary identity counts as evidence of effect. Default: `7d`. Since 0.1.0.
    pub drill: Option<String>,
}

/// How connectors look for identities, and how old credentials may become.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDirectory {
    /// How often every connector looks for identities at its provider. `0s`: never. Default: `6h`. Since 0.1.0.
    pub discover_every: Option<String>,
    /// The oldest that a long-lived credential may become before it is a gap. Default: `365d`. Since 0.1.0.
    pub credential_age: Option<String>,
    /// The longest that one may go unused before it is a gap. Default: `90d`. Since 0.1.0.
    pub credential_idle: Option<String>,
}

/// How behaviours learn what is usual.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDetect {
    /// The own ways out to the internet, as networks: `["192.0.2.0/24"]`. They say nothing about who
    /// is calling. Default: none. Since 0.1.0.
    #[serde(default)]
    pub known_egress: Vec<String>,
    /// Behaviours that are switched off. Default: none. Since 0.1.0.
    #[serde(default)]
    #[schemars(schema_with = "behaviours")]
    pub off: Vec<String>,
    /// For how many identities each behaviour remembers what is usual. Default: 1000000. Since 0.1.0.
    pub identities: Option<u32>,
    /// What was idle for this many days is forgotten. Default: 45. Since 0.1.0.
    pub memory_days: Option<u32>,
    /// After this many days without a use an identity or a credential is dormant: its next use is a
    /// finding. Default: 45. Since 0.1.0.
    pub dormant_days: Option<u32>,
    /// How many events of an identity must be seen before anything about it is unusual. Default: 20. Since 0.1.0.
    pub warm_up_events: Option<u32>,
    /// In how many different hours. Default: 5. Since 0.1.0.
    pub warm_up_hours: Option<u16>,
    /// Over how many hours from the first to the last. Default: 24. Since 0.1.0.
    pub warm_up_span_hours: Option<u32>,
}

/// Where addresses are. Without a city database impossible travel knows only the places that logs name.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGeo {
    /// A city database in the MMDB form, relative to this folder. Default: none. Since 0.1.0.
    pub city: Option<String>,
    /// An ASN database in the MMDB form, relative to this folder. Default: none. Since 0.1.0.
    pub asn: Option<String>,
}

/// Bounds on input from outside. What is larger is refused with its place, never cut in silence.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLimits {
    /// The largest single record, in bytes. Default: 4194304. Since 0.1.0.
    pub record_bytes: Option<u32>,
    /// The deepest nesting of JSON. Default: 128. Since 0.1.0.
    pub depth: Option<u16>,
    /// The most bytes that one compressed input may unpack to. Default: 68719476736. Since 0.1.0.
    pub unpacked_bytes: Option<u64>,
}

fn modes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["observe", "recommend", "enforce"] })
}

fn verbs(_: &mut SchemaGenerator) -> Schema {
    let verbs = ActionKind::ALL.iter().filter(|it| **it != ActionKind::Restore);
    let verbs: Vec<&str> = verbs.map(|it| it.as_str()).collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": verbs } })
}

fn behaviours(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = super::behaviours().collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
}
