//! What `interlock.toml` says about the clients of an authorization server, as it is written.

use super::raw_feed::RawSecret;
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
