//! A new Ed25519 key pair for SSH, as `ssh-keygen` writes it without a passphrase.

use crate::Secret;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use interlock_contain::CallError;
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::PrivatePkcs8KeyDer;
use sha2::{Digest as _, Sha256};

/// What stands before the seed in PKCS #8 (RFC 8410).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const KIND: &[u8] = b"ssh-ed25519";

/// Both halves.
#[derive(Debug)]
pub(super) struct KeyPair {
    /// The public half, on one line.
    pub public: String,
    /// Its fingerprint, `SHA256:…`.
    pub fingerprint: String,
    /// The private half, in OpenSSH's own PEM.
    pub private: Secret,
}

fn failed(why: &str) -> CallError {
    CallError::Unsupported { why: format!("no key pair could be made: {why}") }
}

/// A field with its length before it.
fn put(into: &mut Vec<u8>, field: &[u8]) {
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    into.extend(length.to_be_bytes());
    into.extend(field);
}

impl KeyPair {
    /// A fresh one.
    pub(super) fn fresh() -> Result<Self, CallError> {
        let (mut seed, mut check) = ([0; 32], [0; 4]);
        getrandom::fill(&mut seed).map_err(|_| failed("there is no randomness"))?;
        getrandom::fill(&mut check).map_err(|_| failed("there is no randomness"))?;
        Self::of(seed, check)
    }

    fn of(seed: [u8; 32], check: [u8; 4]) -> Result<Self, CallError> {
        let pkcs8 = [&PKCS8[..], &seed[..]].concat();
        let key = any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8));
        let key = key.map_err(|it| failed(&it.to_string()))?;
        let spki = key.public_key().ok_or_else(|| failed("its public half is not known"))?;
        let point = spki.last_chunk::<32>().ok_or_else(|| failed("its public half is short"))?;
        let mut blob = Vec::new();
        put(&mut blob, KIND);
        put(&mut blob, point);
        let mut secret = [check, check].concat();
        put(&mut secret, KIND);
        put(&mut secret, point);
        put(&mut secret, &[&seed[..], &point[..]].concat());
        put(&mut secret, b"");
        let padding = (8 - secret.len() % 8) % 8;
        secret.extend((1..=8_u8).take(padding));
        let mut file = b"openssh-key-v1\0".to_vec();
        put(&mut file, b"none");
        put(&mut file, b"none");
        put(&mut file, b"");
        file.extend(1_u32.to_be_bytes());
        put(&mut file, &blob);
        put(&mut file, &secret);
        let mut private = String::from("-----BEGIN OPENSSH PRIVATE KEY-----\n");
        for (count, letter) in BASE64_STANDARD.encode(file).chars().enumerate() {
            if count > 0 && count % 70 == 0 {
                private.push('\n');
            }
            private.push(letter);
        }
        private.push_str("\n-----END OPENSSH PRIVATE KEY-----\n");
        Ok(Self {
            public: format!("ssh-ed25519 {}", BASE64_STANDARD.encode(&blob)),
            fingerprint: format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(&blob))),
            private: Secret::new(private),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::fingerprint;
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::process::Command;

    #[test]
    fn the_public_half_is_that_of_the_first_vector_of_rfc_8032() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed: [u8; 32] = hex::decode(seed).unwrap().try_into().unwrap();
        let pair = KeyPair::of(seed, [1, 2, 3, 4]).unwrap();
        let point = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let blob = BASE64_STANDARD.decode(pair.public.split(' ').nth(1).unwrap()).unwrap();
        assert!(hex::encode(blob).ends_with(point));
        assert_eq!(fingerprint(&pair.public).as_ref(), Some(&pair.fingerprint));
    }

    #[test]
    fn openssh_reads_the_private_half_and_finds_the_public_one_in_it() {
        let pair = KeyPair::fresh().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
        std::io::Write::write_all(&mut file, pair.private.expose().as_bytes()).unwrap();
        drop(file);
        let Ok(said) = Command::new("ssh-keygen").arg("-y").arg("-f").arg(&path).output() else {
            println!("skipped: there is no ssh-keygen");
            return;
        };
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), pair.public);
        assert!(!format!("{pair:?}").contains("BEGIN"));
    }
}
