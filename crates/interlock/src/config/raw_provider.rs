//! What `interlock.toml` says about a realm of Keycloak and about the clients of an authorization server,
//! as it is written.

use super::raw_acting::RawActing;
use super::raw_feed::RawSecret;
use super::raw_parts::{RawCredentials, verbs};
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

/// Where all tokens of a user are revoked: Global Token Revocation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGlobalRevocation {
    /// The receiver's endpoint (`global_token_revocation_endpoint`). No default. Since 0.1.0.
    pub endpoint: String,
    /// Who we are to the receiver: the issuer of the tokens by which requests prove themselves. No default. Since 0.1.0.
    pub issuer: String,
    /// Where the private key is that signs these tokens, RSA in PEM. No default. Since 0.1.0.
    pub key: RawSecret,
    /// The id by which the receiver knows its public half. Default: none. Since 0.1.0.
    pub key_id: Option<String>,
    /// Whose subjects users are, where they are named by `iss_sub`. Default: none; then users are named
    /// by their e-mail addresses. Since 0.1.0.
    pub subject_issuer: Option<String>,
    /// Users that are never contained, by name. Default: none. Since 0.1.0.
    #[serde(default)]
    pub protected: Vec<String>,
    /// Users of whom a refresh token is known, by which the effect is seen. Default: none; then a
    /// revocation stays attempted. Since 0.1.0.
    #[serde(default)]
    pub user: Vec<RawOauthUser>,
}

/// A user of whom a refresh token is known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawOauthUser {
    /// Its name: `oauth:<connector>/user/<name>`. No default. Since 0.1.0.
    pub name: String,
    /// Where the token is: always a reference, never the token. No default. Since 0.1.0.
    pub token: RawSecret,
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

/// One instance of AWS IAM Identity Center.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RawIdentityCenter {
    /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
    pub id: String,
    /// The verbs that it may write, such as `["quarantine"]`. Default: none, it only reads. Since 0.1.0.
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
    /// The instance: `arn:aws:sso:::instance/ssoins-…`. No default. Since 0.1.0.
    pub instance: String,
    /// Its identity store: `d-…`. No default. Since 0.1.0.
    pub identity_store: String,
    /// The service control policy that names who is denied: `p-…`. Default: none; then nobody can
    /// be denied. Since 0.1.0.
    pub deny_policy: Option<String>,
    /// The region of the instance. No default. Since 0.1.0.
    pub region: String,
    /// Where AWS answers, for private endpoints and test servers: `https://…`. Default: AWS's own
    /// addresses. Since 0.1.0.
    pub endpoint: Option<String>,
    /// What the connector signs with: always a reference, never the secret. Default: `{ from = "default" }`. Since 0.1.0.
    #[serde(default)]
    pub credentials: RawCredentials,
    /// Whom it never contains, by id or name. Default: none. Since 0.1.0.
    #[serde(default)]
    pub protected: Vec<String>,
}

/// One organisation of AWS: a deny for one principal of a member account, from outside the account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RawOrganizations {
    /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
    pub id: String,
    /// The verbs that it may write: `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
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
    /// The service control policy that names who is denied: `p-…`. No default. Since 0.1.0.
    pub deny_policy: String,
    /// A region of the organisation's partition. Default: `us-east-1`. Since 0.1.0.
    pub region: Option<String>,
    /// Where AWS answers, for private endpoints and test servers: `https://…`. Default: AWS's own
    /// addresses. Since 0.1.0.
    pub endpoint: Option<String>,
    /// What the connector signs with: always a reference, never the secret. Default: `{ from = "default" }`. Since 0.1.0.
    #[serde(default)]
    pub credentials: RawCredentials,
    /// Whom it never contains, by ARN. Default: none. Since 0.1.0.
    #[serde(default)]
    pub protected: Vec<String>,
}

/// One tenant of Microsoft Entra ID: users, service principals and applications.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RawEntra {
    /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
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
    /// The tenant: its id, or a domain of it. No default. Since 0.1.0.
    pub tenant: String,
    /// The application as which the connector acts: its client id. No default. Since 0.1.0.
    pub client_id: String,
    /// Where its client secret is: always a reference, never the secret. Default: none; one of
    /// `secret`, `certificate` and `federated_token` is there. Since 0.1.0.
    pub secret: Option<RawSecret>,
    /// Where its certificate and the private key of it are, both in one PEM, RSA. Default: none.
    /// Since 0.1.0.
    pub certificate: Option<RawSecret>,
    /// Where the token is with which another issuer vouches for it, as workload identity has it: one in
    /// a file is read anew for each sign-in. Default: none. Since 0.1.0.
    pub federated_token: Option<RawSecret>,
    /// Where Microsoft Graph answers, for national clouds. Default:
    /// `https://graph.microsoft.com/v1.0`. Since 0.1.0.
    pub graph: Option<String>,
    /// Whether it asks the beta of Microsoft Graph about the risk of agents, which 1.0 does not know
    /// and Microsoft may change: `quarantine` of an agent needs it. Default: false. Since 0.1.0.
    #[serde(default)]
    pub risk_of_agents: bool,
    /// Where tokens come from, for national clouds. Default: `https://login.microsoftonline.com`. Since 0.1.0.
    pub login: Option<String>,
    /// Whom it never contains, by object id, sign-in name or display name: break-glass accounts.
    /// Default: none. Since 0.1.0.
    #[serde(default)]
    pub protected: Vec<String>,
}
