//! `[[connector.verb]]` as people write it: verbs of systems that no connector of ours knows.

use super::raw_feed::RawSecret;
use interlock_model::{ActionKind, CredentialKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// One verb that a program of yours carries out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawProgramVerb {
    /// Its name, unique in its connector, as verb and object: `remove_key`. No default. Since 0.1.0.
    pub name: String,
    /// What it does, in the house's words: any verb but `rotate_credential`. No default. Since 0.1.0.
    #[schemars(schema_with = "verb")]
    pub does: ActionKind,
    /// The kind of credential that it is aimed at: `access-key`, `session-key`, `password`, `token` or
    /// `certificate`. No default for `disable_credential` and `delete_credential`; the other verbs are
    /// aimed at principals and have none. Since 0.1.0.
    #[schemars(schema_with = "credential_kind")]
    #[serde(default, deserialize_with = "credential")]
    pub credential: Option<CredentialKind>,
    /// The names of the principals that it is aimed at, `*` standing for any text. Default: `["*"]`. Since 0.1.0.
    #[serde(default)]
    pub principals: Vec<String>,
    /// One line for people. No default. Since 0.1.0.
    pub summary: String,
    /// The program that looks, and says which state is wanted: path and arguments, never a shell.
    /// A path is relative to this folder. No default. Since 0.1.0.
    pub read: Vec<String>,
    /// The program that brings the wanted state about. No default. Since 0.1.0.
    pub write: Vec<String>,
    /// The program that says whether the state is there. No default. Since 0.1.0.
    pub verify: Vec<String>,
    /// The program that brings the state before back. Default: none; then it cannot be taken back. Since 0.1.0.
    #[serde(default)]
    pub undo: Vec<String>,
    /// The program that tries whether access is refused. Default: none; then the connector's own word
    /// never counts for more than `applied`. Since 0.1.0.
    #[serde(default)]
    pub probe: Vec<String>,
    /// Whether the undo makes what was stolen valid again. Default: true. Since 0.1.0.
    pub re_arms: Option<bool>,
    /// What it is known to end.
    #[serde(default)]
    pub stops: RawStops,
    /// What stays alive although it holds; `""`: nothing does. Default: words that say that nobody
    /// knows. Since 0.1.0.
    pub leaves: Option<String>,
    /// How long what it leaves can live, as `1h`. Default: there is no end. Since 0.1.0.
    pub leaves_at_most: Option<String>,
    /// How long it may take to act. Default: `30s`. Since 0.1.0.
    pub settle: Option<String>,
    /// The environment of its programs: this and nothing else. Default: none. Since 0.1.0.
    #[serde(default)]
    pub env: Vec<RawVariable>,
    /// How long each program may take, at most `25s`; then it and what it started is ended.
    /// Default: `10s`. Since 0.1.0.
    pub timeout: Option<String>,
    /// The most that a program may answer, in bytes. Default: 65536. Since 0.1.0.
    pub output_bytes: Option<u32>,
}

/// One verb that a service of yours carries out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawServiceVerb {
    /// Its name, unique in its connector, as verb and object: `remove_key`. No default. Since 0.1.0.
    pub name: String,
    /// What it does, in the house's words: any verb but `rotate_credential`. No default. Since 0.1.0.
    #[schemars(schema_with = "verb")]
    pub does: ActionKind,
    /// The kind of credential that it is aimed at: `access-key`, `session-key`, `password`, `token` or
    /// `certificate`. No default for `disable_credential` and `delete_credential`; the other verbs are
    /// aimed at principals and have none. Since 0.1.0.
    #[schemars(schema_with = "credential_kind")]
    #[serde(default, deserialize_with = "credential")]
    pub credential: Option<CredentialKind>,
    /// The names of the principals that it is aimed at, `*` standing for any text. Default: `["*"]`. Since 0.1.0.
    #[serde(default)]
    pub principals: Vec<String>,
    /// One line for people. No default. Since 0.1.0.
    pub summary: String,
    /// Whether the service answers the call `undo`. Default: false; then it cannot be taken back. Since 0.1.0.
    #[serde(default)]
    pub undo: bool,
    /// Whether the service answers the call `probe`. Default: false; then the connector's own word
    /// never counts for more than `applied`. Since 0.1.0.
    #[serde(default)]
    pub probe: bool,
    /// Whether the undo makes what was stolen valid again. Default: true. Since 0.1.0.
    pub re_arms: Option<bool>,
    /// What it is known to end.
    #[serde(default)]
    pub stops: RawStops,
    /// What stays alive although it holds; `""`: nothing does. Default: words that say that nobody
    /// knows. Since 0.1.0.
    pub leaves: Option<String>,
    /// How long what it leaves can live, as `1h`. Default: there is no end. Since 0.1.0.
    pub leaves_at_most: Option<String>,
    /// How long it may take to act. Default: `30s`. Since 0.1.0.
    pub settle: Option<String>,
}

/// Which access a verb is known to end. What is not said is not ended.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawStops {
    /// New sign-ins and new sessions. Default: false. Since 0.1.0.
    #[serde(default)]
    pub new: bool,
    /// Renewal of sessions that are open. Default: false. Since 0.1.0.
    #[serde(default)]
    pub refresh: bool,
    /// Access that is open now. Default: false. Since 0.1.0.
    #[serde(default)]
    pub live: bool,
}

/// One variable of a program's environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawVariable {
    /// Its name, as the program knows it. No default. Since 0.1.0.
    pub name: String,
    /// Where its value is: always a reference, never the value. No default. Since 0.1.0.
    pub value: RawSecret,
}

fn verb(_: &mut SchemaGenerator) -> Schema {
    let none = [ActionKind::Restore, ActionKind::RotateCredential];
    let verbs = ActionKind::ALL.iter().filter(|it| !none.contains(it));
    let verbs: Vec<&str> = verbs.map(|it| it.as_str()).collect();
    json_schema!({ "type": "string", "enum": verbs })
}

pub(super) fn credential_kind(_: &mut SchemaGenerator) -> Schema {
    let kinds: Vec<&str> = CredentialKind::ALL.iter().map(|it| it.as_str()).collect();
    json_schema!({ "type": "string", "enum": kinds })
}

/// A kind in the words of a `CredentialRef`.
pub(super) fn credential<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<CredentialKind>, D::Error> {
    let text = String::deserialize(from)?;
    let kind = CredentialKind::ALL.into_iter().find(|it| it.as_str() == text);
    kind.map(Some).ok_or_else(|| serde::de::Error::custom("not a kind of credential"))
}
