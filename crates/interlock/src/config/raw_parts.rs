//! What connectors of `interlock.toml` are made of, as people write it.

use super::raw_feed::RawSecret;
use interlock_model::ActionKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

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

/// A GitHub App.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGithubApp {
    /// Its client id, as its page shows it. No default. Since 0.1.0.
    pub id: String,
    /// The number of its installation in the organisation, at the end of the installation's address.
    /// No default. Since 0.1.0.
    pub installation: u64,
    /// Where its private key is, in PEM: always a reference, never the key. No default. Since 0.1.0.
    pub private_key: RawSecret,
}

/// Verbs that connectors have.
pub(super) fn verbs(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": verb(generator) })
}

/// One verb that connectors have.
pub(super) fn verb(_: &mut SchemaGenerator) -> Schema {
    let verbs = ActionKind::ALL.iter().filter(|it| **it != ActionKind::Restore);
    let verbs: Vec<&str> = verbs.map(|it| it.as_str()).collect();
    json_schema!({ "type": "string", "enum": verbs })
}
