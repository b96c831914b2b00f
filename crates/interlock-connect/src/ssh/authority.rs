//! Certificate authorities, by their public keys.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};

/// The public key of one certificate authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The key as SSH writes it.
    pub(super) key: Vec<u8>,
    /// Its fingerprint: `SHA256:…`, as `sshd` logs it.
    pub(super) fingerprint: String,
}

/// Why a file names no authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// A line is no public key.
    #[error("line {0} is no public key")]
    NoKey(usize),
    /// It has no line that is one.
    #[error("it names no public key")]
    Empty,
}

impl Authority {
    /// Reads a file as `TrustedUserCAKeys` of `sshd` has it: one public key a line, comments after `#`.
    ///
    /// # Errors
    /// A line is no public key, or none is there.
    pub fn read(text: &str) -> Result<Vec<Self>, AuthorityError> {
        let mut found = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            found.push(Self::of(line).ok_or(AuthorityError::NoKey(index + 1))?);
        }
        if found.is_empty() { Err(AuthorityError::Empty) } else { Ok(found) }
    }

    fn of(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (kind, key) = (words.next()?, BASE64_STANDARD.decode(words.next()?).ok()?);
        // The key itself begins with its kind: what does not is no key of that kind.
        let (length, rest) = key.split_first_chunk::<4>()?;
        let told = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        if told != kind.as_bytes() {
            return None;
        }
        let fingerprint = fingerprint(&key);
        Some(Self { key, fingerprint })
    }
}

/// The fingerprint of a public key: `SHA256:…`.
pub(super) fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(key)))
}

/// The hash that a fingerprint stands for; `None` when it is none.
pub(super) fn hash(fingerprint: &str) -> Option<[u8; 32]> {
    let hash = BASE64_STANDARD_NO_PAD.decode(fingerprint.strip_prefix("SHA256:")?).ok()?;
    hash.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With its fingerprint as `ssh-keygen -l` tells it.
    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";

    #[test]
    fn a_file_of_authorities_is_read() {
        let text = format!("# people\n\n{KEY} ca@example.com\n{KEY}\n");
        let read = Authority::read(&text).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read.first(), read.last());
        let own = &read.first().unwrap().fingerprint;
        assert_eq!(hash(own).map(|it| it.len()), Some(32));
        let other = KEY.replace("ssh-ed25519", "ssh-rsa");
        for (wrong, error) in [
            ("", AuthorityError::Empty),
            ("# nothing", AuthorityError::Empty),
            ("ssh-ed25519 AAAA", AuthorityError::NoKey(1)),
            ("\nhello", AuthorityError::NoKey(2)),
            (other.as_str(), AuthorityError::NoKey(1)),
        ] {
            assert_eq!(Authority::read(wrong), Err(error), "{wrong}");
        }
        for wrong in ["", "SHA256:", "SHA256:abc", "MD5:00", "SHA256:****"] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
    }
}
