//! `interlock.toml` as people write it; its JSON Schema and the reference of options are made from these types.
//!
//! Every option says its default, its unit, its effect, and since when it is there.

use super::raw_connector::RawConnector;
use super::raw_declared::{credential, credential_kind};
use super::raw_delivery::RawPlaceOfDelivery;
use super::raw_feed::{RawFeed, RawSecret};
use super::raw_vault::RawVault;
use interlock_identity::declare::{RawEnvironmentName, RawKind};
use interlock_model::{ActionKind, CredentialKind, Mode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

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
    /// Who is who: the tokens and accounts of each person, and the identities that are its own.
    #[serde(default)]
    pub person: Vec<RawPerson>,
    /// Where secrets of this file may be kept, beside variables and files. Default: nowhere.
    pub vault: Option<RawVault>,
    /// The accounts and systems that the house reaches.
    #[serde(default)]
    pub connector: Vec<RawConnector>,
    /// Where workloads find their credential when a new one is made.
    #[serde(default)]
    pub delivery: Vec<RawPlaceOfDelivery>,
    /// The ways in that the house opens itself, beside the HTTP API.
    #[serde(default)]
    pub feed: Vec<RawFeed>,
    /// Whither notices go: who must approve, what is stuck, what was undone.
    #[serde(default)]
    pub notify: Vec<RawNotify>,
    /// Ways to end access that are proven again and again on a canary.
    #[serde(default)]
    pub drill: Vec<RawDrill>,
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
    /// The most connections of one address (of IPv6: of one network of 64 bits) at a time, of 512 in all;
    /// of sign-ins and the like an eighth of that. The own machine may have all of them, and 64 are
    /// kept for it. At least 8. Default: 64. Since 0.1.0.
    #[schemars(range(min = 8))]
    pub connections_per_address: Option<u32>,
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
    /// The log sources whose records it may deliver, as `interlock` names them: `aws_cloudtrail`. What
    /// it sends of others is rejected. Default: all. Since 0.1.0.
    #[serde(default)]
    pub sources: Vec<String>,
    /// The accounts, tenants or organisations whose records it may deliver, as the records name them.
    /// What it sends of others, or of none, is rejected. Default: all. Since 0.1.0.
    #[serde(default)]
    pub accounts: Vec<String>,
}

/// One person. Nobody answers, undoes, resumes or closes what concerns their own identity, and the yes of
/// two is never of one, under whatever name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPerson {
    /// What the person is called, unique. No default. Since 0.1.0.
    pub name: String,
    /// The names of the person's `[[token]]`. Default: none. Since 0.1.0.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// The person's accounts on the machine of the house, for commands that are given there. Default: none. Since 0.1.0.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// The identities that are the person's own: ids of content/directory, or principals as
    /// `provider:name` of identities that are not declared. Default: none. Since 0.1.0.
    #[serde(default)]
    pub identities: Vec<String>,
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

/// One way to end access that is proven on a canary: its secret works, it is contained, its secret is
/// refused, that is undone, its secret works again. Only in the mode `enforce`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDrill {
    /// Its name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
    pub id: String,
    /// The connector that contains the canary and tries its secret. No default. Since 0.1.0.
    pub connector: String,
    /// The canary, as `provider:name`: an identity that is declared with `for_drills: true`. No default. Since 0.1.0.
    pub principal: String,
    /// What is done to it; the connector's `enforce` names it too. No default. Since 0.1.0.
    #[schemars(schema_with = "super::raw_parts::verb")]
    pub verb: ActionKind,
    /// Where the canary's own secret is: its password, or a key id and its secret with a colon between.
    /// No default. Since 0.1.0.
    pub secret: RawSecret,
    /// How often. Default: `24h`. Since 0.1.0.
    pub every: Option<String>,
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
    /// Whether what is older than `credential_age` is replaced after a look, where a connector may write
    /// `rotate_credential`; the policies decide whether the owner is asked. Default: false. Since 0.1.0.
    #[serde(default)]
    pub replace_over_age: bool,
    /// Other limits for some credentials. The first that fits counts.
    #[serde(default)]
    pub limit: Vec<RawCredentialLimit>,
}

/// How old some credentials may become, and how long they may go unused.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCredentialLimit {
    /// The provider of the credential, such as `aws`. Default: every one. Since 0.1.0.
    pub provider: Option<String>,
    /// The kind of credential: `access-key`, `password`, `certificate`. Default: every one. Since 0.1.0.
    #[schemars(schema_with = "credential_kind")]
    #[serde(default, deserialize_with = "credential")]
    pub credential: Option<CredentialKind>,
    /// The kind of identity that it proves, such as `human` or `pipeline`. Default: every one. Since 0.1.0.
    pub identity: Option<RawKind>,
    /// Where that acts; what is unknown counts as production. Default: everywhere. Since 0.1.0.
    pub environment: Option<RawEnvironmentName>,
    /// The oldest that such a credential may become. Default: `credential_age`. Since 0.1.0.
    pub age: Option<String>,
    /// The longest that it may go unused. Default: `credential_idle`. Since 0.1.0.
    pub idle: Option<String>,
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
    /// How many identities that nobody declared are kept, and for how many each behaviour remembers what is usual: some 430 bytes for one with a credential that is not of use just now. Default: 1000000. Since 0.1.0.
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

fn behaviours(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = super::behaviours().collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
}
