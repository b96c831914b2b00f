//! What `interlock.toml` says about a list of revoked SSH keys, as it is written.

use super::raw_parts::verbs;
use interlock_model::ActionKind;
use schemars::JsonSchema;
use serde::Deserialize;

/// A server at whose door a canary's own key is tried.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDoor {
    /// Its name or address. No default. Since 0.1.0.
    pub host: String,
    /// Its port. Default: 22. Since 0.1.0.
    pub port: Option<u16>,
    /// The account as which the canary comes in. No default. Since 0.1.0.
    pub user: String,
    /// The file that names the server's own key, as `~/.ssh/known_hosts` does, relative to this folder.
    /// No default. Since 0.1.0.
    pub known_hosts: String,
    /// OpenSSH's client, absolute. Default: `/usr/bin/ssh`. Since 0.1.0.
    pub ssh: Option<String>,
}

/// One list of revoked SSH keys and certificates, which any number of servers read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RawSsh {
    /// The connector's name, unique: lower-case letters, digits and hyphens. Its people are
    /// `ssh:<id>/<key id>`. No default. Since 0.1.0.
    pub id: String,
    /// The verbs that it may write, such as `["disable_credential"]`. Default: none, it only reads. Since 0.1.0.
    #[serde(default)]
    #[schemars(schema_with = "verbs")]
    pub enforce: Vec<ActionKind>,
    /// How long the list takes to the last host, as `0s` where this machine's own `sshd` reads it, or
    /// `30m`. Default: what each action says, `1m`. Since 0.1.0.
    pub settle: Option<String>,
    /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
    pub calls_per_second: Option<u32>,
    /// The list, relative to this folder: what `RevokedKeys` of `sshd` names, or what is distributed to
    /// there. It must exist; `ssh-keygen -k -f <path>` makes an empty one. No default. Since 0.1.0.
    pub revoked_keys: String,
    /// The files with the public keys of the authorities whose certificates can be revoked, relative to
    /// this folder, as `TrustedUserCAKeys` of `sshd` has them. Default: none; then only keys can be
    /// revoked. Since 0.1.0.
    #[serde(default)]
    pub authorities: Vec<String>,
    /// The list's mode, in octal. Default: as it is. Since 0.1.0.
    pub mode: Option<String>,
    /// The number of its owner. Default: as it is. Since 0.1.0.
    pub user: Option<u32>,
    /// The number of its group. Default: as it is. Since 0.1.0.
    pub group: Option<u32>,
    /// A server that reads the list, at whose door drills try a canary's own key. Default: none; then
    /// there are no drills. Since 0.1.0.
    pub door: Option<RawDoor>,
    /// OpenSSH's program that reads such lists, absolute. Default: `/usr/bin/ssh-keygen`. Since 0.1.0.
    pub ssh_keygen: Option<String>,
}
