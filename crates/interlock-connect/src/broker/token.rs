//! Opaque tokens and key secrets: how they are made, and how one is recognised without being stored.
//!
//! Only SHA-256 is kept. The material is 256 random bits, so that a plain hash cannot be searched.

use super::BrokerError;
use crate::Secret;
use interlock_model::Digest;
use subtle::ConstantTimeEq as _;

/// The longest text that is looked at at all, in bytes.
const LONGEST: usize = 128;

/// A public id with its secret, made just now.
pub(crate) struct Fresh {
    /// The public id: `bk_…` or `bt_…`.
    pub id: String,
    /// What the holder presents.
    pub secret: Secret,
    /// What is kept of it.
    pub digest: Digest,
}

/// A new key: its id and its secret are two texts.
pub(crate) fn fresh_key() -> Result<Fresh, BrokerError> {
    let id = format!("bk_{}", hex::encode(random::<10>()?));
    let secret = format!("bs_{}", hex::encode(random::<32>()?));
    let digest = Digest::of(secret.as_bytes());
    Ok(Fresh { id, secret: Secret::new(secret), digest })
}

/// A new token: one text that starts with its id.
pub(crate) fn fresh_token() -> Result<Fresh, BrokerError> {
    let id = format!("bt_{}", hex::encode(random::<10>()?));
    let text = format!("{id}.{}", hex::encode(random::<32>()?));
    let digest = Digest::of(text.as_bytes());
    Ok(Fresh { id, secret: Secret::new(text), digest })
}

/// The public id that a token's text starts with; `None` when it is no token of ours.
pub(crate) fn id_in(text: &str) -> Option<&str> {
    if text.len() > LONGEST {
        return None;
    }
    let (id, _) = text.split_once('.')?;
    id.starts_with("bt_").then_some(id)
}

/// Whether this is the text of which the digest was kept. Takes the same time wherever they differ.
pub(crate) fn is(text: &str, digest: &Digest) -> bool {
    text.len() <= LONGEST
        && bool::from(Digest::of(text.as_bytes()).as_bytes().ct_eq(digest.as_bytes()))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], BrokerError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|it| BrokerError::NoRandomness { why: it.to_string() })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_text_alone() {
        let (one, other) = (fresh_token().unwrap(), fresh_token().unwrap());
        assert_ne!(one.id, other.id);
        assert_eq!(id_in(one.secret.expose()), Some(one.id.as_str()));
        assert!(is(one.secret.expose(), &one.digest) && !is(other.secret.expose(), &one.digest));
        for text in ["", ".", "bt_", "bk_1.2", &"bt_a.".repeat(100)] {
            assert!(id_in(text).is_none(), "{text}");
            assert!(!is(text, &one.digest), "{text}");
        }
    }
}
