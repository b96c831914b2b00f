//! What `interlock.toml` says about a realm of Keycloak and about the clients of an authorization server,
//! as it is written.

use super::raw_acting::RawActing;
use super::raw_feed::RawSecret;
use super::raw_parts::verbs;
use interlock_model::ActionKind;
use schemars::JsonSchema;
use serde::Deserialize;

/// One client that may be contained.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawOauthClient {
    /// Its client id. Its principal is `oauth:<connector>/<client id>`. No default. Since 0.1.0.
    pub id: String,
    /// Where its own secret is: by it the house tries whether the client is still let in, and revokes
    /// its tokens. Always a reference, never the secret. No default. Since 0.1.0.
    pub secret: RawSecret,
    /// Where its registration is, as the server gave it (`registration_client_uri`). Default: none;
    /// then it cannot be deleted. Since 0.1.0.
    pub registration_uri: Option<String>,
    /// Where its registration access token is. Default: none; then it cannot be deleted. Since 0.1.0.
    pub registration_token: Option<RawSecret>,
    /// Where a token of it is that is to be revoked: `oauth:token:<connector>/<client id>`. Default:
    /// none; then no token of it can be revoked. Since 0.1.0.
    pub token: Option<RawSecret>,
}

/// One realm of Keycloak.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RawKeycloak {
    /// The connector's name, unique: lower-case letters, digits and hyphens. The realm's users are
    /// `keycloak:<id>/<user>`. No default. Since 0.1.0.
    pub id: String,
    /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
    #[serde(default)]
    #[schemars(schema_with = "verbs")]
    pub enforce: Vec<ActionKind>,
    /// How long the provider may take to act on a write, as `30s` or `5m`; replaces what each
    /// action says of itself. Default: what each action says. Since 0.1.0.
    pub settle: Option<String>,
    /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
    pub calls_per_second: Option<u32>,
    /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
    pub enforce_with: Option<RawActing>,
    /// Where Keycloak answers: `https://sso.example.com`. No default. Since 0.1.0.
    pub url: String,
    /// The realm. No default. Since 0.1.0.
    pub realm: String,
    /// The client as which the connector acts, with a service account. No default. Since 0.1.0.
    pub client_id: String,
    /// Where that client's secret is: always a reference, never the secret. No default. Since 0.1.0.
    pub client_secret: RawSecret,
    /// Whom it never contains, by id or name. Default: none. Since 0.1.0.
    #[serde(default)]
    pub protected: Vec<String>,
}
