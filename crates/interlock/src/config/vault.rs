//! `[vault]`: which Vault keeps secrets, and who reads them there.

use super::check::Check;
use super::feed::SecretReference;
use super::raw_feed::RawSecret;
use super::raw_vault::RawVault;
use super::tree::Node;
use std::path::PathBuf;
use std::sync::Arc;

/// A Vault or OpenBao that keeps secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultOfSecrets {
    /// Where it answers, without a slash at the end.
    pub endpoint: String,
    /// Who reads.
    pub reader: VaultReader,
    /// The authorities of its certificate, in PEM.
    pub ca: Option<PathBuf>,
    /// The namespace.
    pub namespace: Option<String>,
}

/// Who reads secrets in a Vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultReader {
    /// Whoever has this token.
    Token(Box<SecretReference>),
    /// A pod, by its service account.
    Kubernetes {
        /// The role.
        role: String,
        /// Where this way of signing in is mounted.
        mount: String,
    },
}

/// One value in a Vault's second form of key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultSecret {
    /// Which Vault.
    pub vault: Arc<VaultOfSecrets>,
    /// Where the engine is mounted.
    pub mount: String,
    /// The path below it.
    pub path: String,
    /// The key within.
    pub field: String,
}

/// A part of an address: names and slashes, no dots that lead up.
fn is_path(text: &str) -> bool {
    let sound = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
    let segment =
        |it: &str| !it.is_empty() && it.bytes().all(sound) && it.bytes().any(|it| it != b'.');
    text.len() <= 512 && text.split('/').all(segment)
}

impl Check<'_> {
    /// Reads `[vault]`; later references to it rest on this.
    pub(super) fn vault(
        &mut self,
        raw: Option<RawVault>,
        tree: &Node,
    ) -> Option<Arc<VaultOfSecrets>> {
        let raw = raw?;
        let node = tree.get("vault");
        let at = |key: &str| node.and_then(|it| it.get(key)).or(node);
        self.endpoint(Some(&raw.endpoint), "endpoint", &at);
        let mount = raw.kubernetes_mount.unwrap_or_else(|| "kubernetes".to_owned());
        if !is_path(&mount) {
            let what = format!("`{}` is not where a sign-in is mounted", mount.escape_debug());
            self.error(at("kubernetes_mount"), what, "such as `kubernetes`");
        }
        let reader = match (raw.token, raw.kubernetes_role) {
            (Some(RawSecret::Vault { .. }), _) => {
                let what = "a vault's own token is kept in that vault".to_owned();
                self.error(at("token"), what, "a variable, a file, or `kubernetes_role`");
                return None;
            }
            (Some(token), None) => {
                let token = self.secret(token, at("token"));
                VaultReader::Token(Box::new(token))
            }
            (None, Some(role)) => VaultReader::Kubernetes { role, mount },
            (token, _) => {
                let what = match token {
                    Some(_) => "both `token` and `kubernetes_role` say who reads".to_owned(),
                    None => "nothing says who reads".to_owned(),
                };
                self.error(node, what, "either `token` or `kubernetes_role`");
                return None;
            }
        };
        Some(Arc::new(VaultOfSecrets {
            endpoint: raw.endpoint.trim_end_matches('/').to_owned(),
            reader,
            ca: raw.ca.as_deref().map(|it| self.path(it)),
            namespace: raw.namespace,
        }))
    }

    /// A secret that a vault keeps.
    pub(super) fn vault_secret(
        &mut self,
        mount: Option<String>,
        path: String,
        field: String,
        node: Option<&Node>,
    ) -> SecretReference {
        let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
        let mount = mount.unwrap_or_else(|| "secret".to_owned());
        for (key, text) in [("mount", &mount), ("path", &path)] {
            if !is_path(text) {
                let what = format!("`{}` is not a path of a vault", text.escape_debug());
                self.error(at(key), what, "such as `interlock/okta`, without `data`");
            }
        }
        if field.is_empty() || field.chars().any(char::is_control) {
            self.error(at("field"), "`field` names no key".to_owned(), "such as `token`");
        }
        let Some(vault) = self.vault.clone() else {
            // A wrong `[vault]` was reported itself.
            if !self.vault_written {
                let help = "add `[vault]` with `endpoint`, and `token` or `kubernetes_role`";
                self.error(node, "no vault is configured that could keep it".to_owned(), help);
            }
            return SecretReference::Environment(String::new());
        };
        SecretReference::Vault(VaultSecret { vault, mount, path, field })
    }
}
