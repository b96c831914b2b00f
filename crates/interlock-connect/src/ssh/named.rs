//! What a target names: the entries of the list by which it is revoked.

use super::authority::{Authority, hash};
use super::krl::Entry;
use interlock_contain::CallError;
use interlock_model::{ConnectorId, CredentialKind, Target};

/// The longest key id, in bytes.
const LONGEST: usize = 1 << 10;

/// One entry, and the name under which its state stands in plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub label: String,
    pub entry: Entry,
}

/// The authorities that an instance knows, and its name.
#[derive(Debug)]
pub(super) struct Names {
    pub id: ConnectorId,
    pub authorities: Vec<Authority>,
}

fn unsupported<T>(why: String) -> Result<T, CallError> {
    Err(CallError::Unsupported { why })
}

impl Names {
    /// The entries of a target, never empty.
    pub(super) fn entries(&self, target: &Target) -> Result<Vec<Named>, CallError> {
        let principal = target.principal();
        let named = principal.name.split_once('/').filter(|it| it.0 == &*self.id.0);
        let Some((_, name)) = named.filter(|_| &*principal.provider == "ssh") else {
            return unsupported(format!(
                "`{principal}` is nobody of connector `{}`: its people are `ssh:{}/…`",
                self.id, self.id
            ));
        };
        let Target::Credential { credential, .. } = target else {
            return self.key_id(name);
        };
        match credential.kind().filter(|_| credential.provider() == "ssh") {
            Some(CredentialKind::AccessKey) => self.key(credential.id()),
            Some(CredentialKind::Certificate) => self.serial(credential.id()),
            _ => unsupported(format!("{target} is no key and no certificate of SSH")),
        }
    }

    fn key(&self, id: &str) -> Result<Vec<Named>, CallError> {
        let Some(hash) = hash(id) else {
            return unsupported(format!(
                "`{}` is no fingerprint such as `SHA256:…` with 43 characters after the colon",
                id.escape_debug()
            ));
        };
        if self.authorities.iter().any(|it| it.fingerprint == id) {
            return unsupported(format!(
                "`{id}` is an authority: to revoke it would shut out everybody whom it lets in"
            ));
        }
        Ok(vec![Named { label: "key".to_owned(), entry: Entry::Key(hash) }])
    }

    fn serial(&self, id: &str) -> Result<Vec<Named>, CallError> {
        let (authority, digits) = match (id.rsplit_once('/'), self.authorities.as_slice()) {
            (Some((fingerprint, digits)), all) => {
                (all.iter().find(|it| it.fingerprint == fingerprint), digits)
            }
            (None, [only]) => (Some(only), id),
            (None, []) => (None, id),
            (None, _) => {
                return unsupported(format!(
                    "connector `{}` knows several authorities: say of which `{}` is, as `SHA256:…/<serial>`",
                    self.id,
                    id.escape_debug()
                ));
            }
        };
        // What has a sign or zeros before it would be a second name of the same.
        let serial = digits.parse::<u64>().ok().filter(|it| it.to_string() == digits);
        let (Some(authority), Some(serial)) = (authority, serial) else {
            return unsupported(format!(
                "`{}` is no certificate of an authority that connector `{}` knows: its `authorities` name {}",
                id.escape_debug(),
                self.id,
                self.known()
            ));
        };
        if serial == 0 {
            return unsupported(
                "a certificate with the serial 0 has none by which OpenSSH would revoke it: revoke its key, or its key id"
                    .to_owned(),
            );
        }
        let entry = Entry::Serial { authority: authority.key.clone(), serial };
        Ok(vec![Named { label: "certificate".to_owned(), entry }])
    }

    fn key_id(&self, id: &str) -> Result<Vec<Named>, CallError> {
        if id.is_empty() || id.len() > LONGEST || id.chars().any(char::is_control) {
            return unsupported(format!("`{}` is no key id", id.escape_debug()));
        }
        if self.authorities.is_empty() {
            return unsupported(format!(
                "a key id is revoked for an authority, and connector `{}` has no `authorities`",
                self.id
            ));
        }
        let named = |it: &Authority| Named {
            label: format!("key id, {}", it.fingerprint),
            entry: Entry::KeyId { authority: it.key.clone(), id: id.to_owned() },
        };
        Ok(self.authorities.iter().map(named).collect())
    }

    fn known(&self) -> String {
        let all: Vec<String> =
            self.authorities.iter().map(|it| format!("`{}`", it.fingerprint)).collect();
        if all.is_empty() { "none".to_owned() } else { all.join(", ") }
    }
}
