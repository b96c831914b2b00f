//! A list of revoked SSH keys among the connectors, from what people wrote to what it means.

use super::ConnectorKind;
use super::check::Check;
use super::raw_ssh::{RawDoor, RawSsh};
use super::reach_kind::Told;
use super::tree::Node;
use interlock_connect::ssh::Door;
use interlock_model::Gravity;
use std::path::PathBuf;

/// Where OpenSSH's tool is on most machines.
const KEYGEN: &str = "/usr/bin/ssh-keygen";

/// Where OpenSSH's client is on most machines.
const CLIENT: &str = "/usr/bin/ssh";

/// One list of revoked SSH keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshConfig {
    /// The list.
    pub revoked_keys: PathBuf,
    /// The files with the authorities' public keys.
    pub authorities: Vec<PathBuf>,
    /// The list's mode; `None`: as it is.
    pub mode: Option<u32>,
    /// Its owner's number; `None`: as it is.
    pub user: Option<u32>,
    /// Its group's number; `None`: as it is.
    pub group: Option<u32>,
    /// Where a canary's own key is tried.
    pub door: Option<Door>,
    /// OpenSSH's program that reads such lists.
    pub ssh_keygen: PathBuf,
}

impl Check<'_> {
    pub(super) fn ssh<'n>(&mut self, raw: RawSsh, at: &impl Fn(&str) -> Option<&'n Node>) -> Told {
        let RawSsh { id, enforce, settle, calls_per_second: _, .. } = raw;
        if raw.revoked_keys.is_empty() {
            let help = "the file that `RevokedKeys` of `sshd` names";
            self.error(at("revoked_keys"), "`revoked_keys` must name a file".to_owned(), help);
        }
        let revoked_keys = self.path(&raw.revoked_keys);
        if !raw.revoked_keys.is_empty() && !revoked_keys.is_file() {
            let what = format!("there is no file `{}`", revoked_keys.display());
            let help = "servers that are told of it let nobody in without: `ssh-keygen -k -f` makes an empty list";
            self.report(Gravity::Warning, at("revoked_keys"), what, help);
        }
        let authorities: Vec<PathBuf> = raw.authorities.iter().map(|it| self.path(it)).collect();
        for path in authorities.iter().filter(|it| !it.is_file()) {
            let what = format!("there is no file `{}`", path.display());
            let help = "the authority's public key, as `TrustedUserCAKeys` of `sshd` names it";
            self.error(at("authorities"), what, help);
        }
        let ssh_keygen = PathBuf::from(raw.ssh_keygen.as_deref().unwrap_or(KEYGEN));
        if !ssh_keygen.is_absolute() {
            let what = format!("`{}` is not absolute", ssh_keygen.display());
            self.error(at("ssh_keygen"), what, "such as `/usr/bin/ssh-keygen`");
        }
        let config = SshConfig {
            revoked_keys,
            authorities,
            mode: raw.mode.as_deref().and_then(|it| self.list_mode(it, at("mode"))),
            user: raw.user,
            group: raw.group,
            door: raw.door.map(|it| self.door(it, at("door"))),
            ssh_keygen,
        };
        (id, enforce, settle, None, ConnectorKind::Ssh(config))
    }

    fn door(&mut self, raw: RawDoor, node: Option<&Node>) -> Door {
        let inside = |key: &str| node.and_then(|it| it.get(key)).or(node);
        // The client takes these for words of its own, or for a way to somewhere else.
        let fits = |it: &str| {
            let known = |it: char| it.is_ascii_alphanumeric() || "._-:@\\".contains(it);
            !it.is_empty() && !it.starts_with('-') && it.chars().all(known)
        };
        for (key, written) in [("host", &raw.host), ("user", &raw.user)] {
            if !fits(written) || (key == "host" && written.contains(['@', '\\'])) {
                let what = format!("`{}` is no {key}", written.escape_debug());
                self.error(inside(key), what, "such as `bastion.example.com`, and `canary`");
            }
        }
        let known_hosts = self.path(&raw.known_hosts);
        if !known_hosts.is_file() || known_hosts.to_string_lossy().contains([' ', '\t', '%', '"']) {
            let what = format!("there is no file `{}` that can be named", known_hosts.display());
            let help = "`ssh-keyscan` makes one, to be compared with the server's own key; a path without spaces";
            self.error(inside("known_hosts"), what, help);
        }
        let ssh = PathBuf::from(raw.ssh.as_deref().unwrap_or(CLIENT));
        if !ssh.is_absolute() {
            let what = format!("`{}` is not absolute", ssh.display());
            self.error(inside("ssh"), what, "such as `/usr/bin/ssh`");
        }
        let port = raw.port.unwrap_or(22);
        Door { host: raw.host, port, user: raw.user, known_hosts, ssh }
    }

    /// The list is no secret; but whoever may write it lets people in.
    fn list_mode(&mut self, text: &str, node: Option<&Node>) -> Option<u32> {
        let mode = u32::from_str_radix(text, 8).ok();
        let fit = mode.filter(|it| it & !0o644 == 0 && it & 0o400 != 0);
        if fit.is_none() {
            let what = format!("`{}` is no mode for a list of revoked keys", text.escape_debug());
            self.error(node, what, "`0644`, `0640` or `0600`: nobody else may write it");
        }
        fit
    }
}
