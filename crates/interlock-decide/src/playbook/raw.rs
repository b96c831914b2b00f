//! Playbooks as they are written; the JSON Schema is made from these types.

use interlock_model::{
    ActionKind, Consent, CredentialKind, Environment, FindingSource, IdentityKind, Severity,
};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

/// The JSON Schema of a playbook file, for editors, the reference page and the loader itself.
#[must_use]
pub fn playbook_schema() -> Schema {
    schemars::schema_for!(RawPlaybook)
}

/// What to answer with what: which findings on which identities call for which actions, from which
/// confidence on, with whose consent, for how long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "playbook")]
pub struct RawPlaybook {
    /// A short name that decisions show: lower-case letters, digits and hyphens.
    pub name: String,
    /// One or two sentences for people: what it is for.
    pub description: String,
    /// Which cases it answers. Every condition that is given must hold; an empty one holds always.
    #[serde(default)]
    pub when: RawWhen,
    /// The answers, by how hard they are. The highest whose confidence is reached is given.
    pub tiers: RawTiers,
    /// How long a containment holds before somebody must decide again: `30m`, `72h`, `7d`.
    /// Absent: until it is undone.
    #[serde(default)]
    pub hold: Option<String>,
    /// How much may break before people must be asked, whatever `consent` says.
    #[serde(default)]
    pub caps: RawCaps,
}

/// Conditions. One finding of the case must meet all that speak of findings, and the identity all
/// that speak of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWhen {
    /// Rule ids; `*` stands for any text.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Which sorts of detector.
    #[serde(default)]
    #[schemars(schema_with = "sources")]
    pub sources: Vec<FindingSource>,
    /// ATT&CK technique ids; `T1078` includes `T1078.004`.
    #[serde(default)]
    pub techniques: Vec<String>,
    /// The least severity of the finding.
    #[serde(default)]
    #[schemars(schema_with = "severity")]
    pub severity: Option<Severity>,
    /// Which sorts of credential the finding names.
    #[serde(default)]
    #[schemars(schema_with = "credentials")]
    pub credentials: Vec<CredentialKind>,
    /// Which kinds of identity. An identity that is not known meets no list.
    #[serde(default)]
    #[schemars(schema_with = "kinds")]
    pub kinds: Vec<IdentityKind>,
    /// Which environments. An unknown one counts as production.
    #[serde(default)]
    #[schemars(schema_with = "environments")]
    pub environments: Vec<Environment>,
}

/// The answers, by how hard they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTiers {
    /// Look.
    #[serde(default)]
    pub observe: Option<RawAnswer>,
    /// Ask the identity to prove that it is itself.
    #[serde(default)]
    pub revalidate: Option<RawAnswer>,
    /// Cut part of the access.
    #[serde(default)]
    pub restrict: Option<RawAnswer>,
    /// Cut all of it.
    #[serde(default)]
    pub disable: Option<RawAnswer>,
}

/// One answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAnswer {
    /// The least confidence of the case, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub confidence: f64,
    /// What to do, in order. Actions on credentials fall on the credential that the finding names;
    /// where it names a session's key or none, they fall on the principal instead.
    #[serde(default, rename = "do")]
    #[schemars(schema_with = "actions")]
    pub actions: Vec<ActionKind>,
    /// What to do next, one after the other, when an action above was done and the access was seen
    /// to go on.
    #[serde(default)]
    #[schemars(schema_with = "actions")]
    pub instead: Vec<ActionKind>,
    /// Whose yes is needed. What is not named needs the security team's.
    #[serde(default)]
    pub consent: RawConsents,
}

/// Whose yes is needed, by environment: `automatic` (nobody's), `owner`, `security` or `both`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConsents {
    /// In production, and where the environment is unknown.
    #[serde(default)]
    #[schemars(schema_with = "consent")]
    pub production: Option<Consent>,
    /// In staging.
    #[serde(default)]
    #[schemars(schema_with = "consent")]
    pub staging: Option<Consent>,
    /// In development.
    #[serde(default)]
    #[schemars(schema_with = "consent")]
    pub development: Option<Consent>,
}

/// How much may break before people must be asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCaps {
    /// The worst blast radius at which nobody need be asked: `none`, `contained` (things outside
    /// production) or `production`. An unknown one counts as production. Default: `contained`.
    #[serde(default)]
    #[schemars(schema_with = "blast_radius")]
    pub blast_radius: Option<RawBlastRadius>,
    /// The most dependents at which nobody need be asked. Absent: any number.
    #[serde(default)]
    pub dependents: Option<u32>,
}

/// A cap's blast radius.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawBlastRadius {
    None,
    Contained,
    Production,
}

fn actions(_: &mut schemars::SchemaGenerator) -> Schema {
    let words = ActionKind::ALL.iter().filter(|it| **it != ActionKind::Restore);
    words_in_a_list(&words.map(|it| it.as_str()).collect::<Vec<_>>())
}

fn sources(_: &mut schemars::SchemaGenerator) -> Schema {
    words_in_a_list(&["sigma", "behaviour", "alert"])
}

fn credentials(_: &mut schemars::SchemaGenerator) -> Schema {
    words_in_a_list(&CredentialKind::ALL.map(CredentialKind::as_str))
}

fn kinds(_: &mut schemars::SchemaGenerator) -> Schema {
    words_in_a_list(&IdentityKind::ALL.map(IdentityKind::as_str))
}

fn environments(_: &mut schemars::SchemaGenerator) -> Schema {
    words_in_a_list(&["production", "staging", "development"])
}

fn severity(_: &mut schemars::SchemaGenerator) -> Schema {
    words(&["informational", "low", "medium", "high", "critical"])
}

fn consent(_: &mut schemars::SchemaGenerator) -> Schema {
    words(&["automatic", "owner", "security", "both"])
}

fn blast_radius(_: &mut schemars::SchemaGenerator) -> Schema {
    words(&["none", "contained", "production"])
}

fn words(words: &[&str]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

fn words_in_a_list(words: &[&str]) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "enum": words } })
}
