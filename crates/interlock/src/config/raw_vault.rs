//! `[vault]` as people write it: where secrets of this file may be kept, beside variables and files.

use super::raw_feed::RawSecret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A Vault or OpenBao that keeps secrets of connectors, feeds and notices: `{ from = "vault", ... }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawVault {
    /// Where it answers: `https://vault.example.com:8200`. No default. Since 0.1.0.
    pub endpoint: String,
    /// Where the token is that reads them: a variable or a file, which is read anew each time.
    /// Default: none; then `kubernetes_role` signs in. Since 0.1.0.
    pub token: Option<RawSecret>,
    /// The role as which a pod signs in with its service account's token. Default: none; then `token`
    /// is used. Since 0.1.0.
    pub kubernetes_role: Option<String>,
    /// Where the sign-in of pods is mounted. Default: `kubernetes`. Since 0.1.0.
    pub kubernetes_mount: Option<String>,
    /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those of
    /// the system. Since 0.1.0.
    pub ca: Option<String>,
    /// The namespace. Default: the root. Since 0.1.0.
    pub namespace: Option<String>,
}
