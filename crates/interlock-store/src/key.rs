//! The key that signs the audit chain, and its text form.
//!
//! Reading and writing the file, and its access rights, are the process's.

use crate::StoreError;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

const PRIVATE: &str = "interlock-ed25519-private:";
const PUBLIC: &str = "interlock-ed25519-public:";
const CHALLENGE: &str = "interlock-challenge/1\n";

/// Text that is not a key of the kind asked for. The text itself is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a key: expected `{expected}` and 64 hex digits")]
pub struct MalformedKey {
    /// What such a key starts with.
    pub expected: &'static str,
}

/// A fresh signing key from the system's randomness.
///
/// # Errors
/// `Unavailable` when the system has no randomness to give.
pub fn generate_key() -> Result<SigningKey, StoreError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        StoreError::unavailable("the system gives no randomness for a signing key")
            .because(std::io::Error::other(error.to_string()))
    })?;
    Ok(SigningKey::from_bytes(&seed))
}

/// The private key as one line of text, with its line end. A secret: the file must be the owner's alone.
#[must_use]
pub fn key_to_text(key: &SigningKey) -> String {
    format!("{PRIVATE}{}\n", hex::encode(key.as_bytes()))
}

/// Reads what [`key_to_text`] wrote.
///
/// # Errors
/// The text is something else.
pub fn key_from_text(text: &str) -> Result<SigningKey, MalformedKey> {
    Ok(SigningKey::from_bytes(&parse(text, PRIVATE)?))
}

/// The answer to a challenge that only whoever has this key can give, 128 hex digits.
///
/// What is signed begins as nothing else does that this key signs, so no challenge makes it sign part of a
/// chain.
#[must_use]
pub fn answer_to(key: &SigningKey, challenge: &str) -> String {
    hex::encode(key.sign(format!("{CHALLENGE}{challenge}").as_bytes()).to_bytes())
}

/// Whether this is the answer to a challenge by whoever has the private half of this key.
#[must_use]
pub fn is_answer_to(key: &VerifyingKey, challenge: &str, answer: &str) -> bool {
    let mut bytes = [0; 64];
    hex::decode_to_slice(answer, &mut bytes).is_ok()
        && key
            .verify_strict(
                format!("{CHALLENGE}{challenge}").as_bytes(),
                &Signature::from_bytes(&bytes),
            )
            .is_ok()
}

/// The public key as one line of text, with its line end.
#[must_use]
pub fn public_key_to_text(key: &VerifyingKey) -> String {
    format!("{PUBLIC}{}\n", hex::encode(key.as_bytes()))
}

/// Reads what [`public_key_to_text`] wrote, or the 64 hex digits alone.
///
/// # Errors
/// The text is something else, or no point of the curve.
pub fn public_key_from_text(text: &str) -> Result<VerifyingKey, MalformedKey> {
    let text = text.trim();
    let bytes = parse(text, PUBLIC).or_else(|_| parse(text, ""));
    let malformed = MalformedKey { expected: PUBLIC };
    let bytes = bytes.map_err(|_| malformed.clone())?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| malformed)
}

fn parse(text: &str, prefix: &'static str) -> Result<[u8; 32], MalformedKey> {
    let malformed = || MalformedKey { expected: prefix };
    let digits = text.trim().strip_prefix(prefix).ok_or_else(malformed)?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| malformed())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        let key = generate_key().unwrap();
        assert_eq!(key_from_text(&key_to_text(&key)).unwrap(), key);
        let public = key.verifying_key();
        assert_eq!(public_key_from_text(&public_key_to_text(&public)).unwrap(), public);
        assert_eq!(public_key_from_text(&hex::encode(public.as_bytes())).unwrap(), public);
    }

    #[test]
    fn only_the_same_key_answers_the_same_challenge() {
        let (one, other) = (generate_key().unwrap(), generate_key().unwrap());
        let answer = answer_to(&one, "7300\nab");
        let is = |key: &SigningKey, challenge: &str, answer: &str| {
            is_answer_to(&key.verifying_key(), challenge, answer)
        };
        assert!(is(&one, "7300\nab", &answer));
        assert!(!is(&one, "7301\nab", &answer));
        assert!(!is(&other, "7300\nab", &answer));
        assert!(!is(&one, "7300\nab", "") && !is(&one, "7300\nab", "zz"));
        let signature = hex::decode(answer).unwrap();
        let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
        let signed = b"interlock-challenge/1\n7300\nab";
        one.verifying_key().verify_strict(signed, &signature).unwrap();
    }

    #[test]
    fn a_private_key_is_not_taken_for_a_public_one_nor_shown() {
        let text = key_to_text(&generate_key().unwrap());
        let error = public_key_from_text(&text).unwrap_err().to_string();
        assert_eq!(error, "not a key: expected `interlock-ed25519-public:` and 64 hex digits");
        for text in ["", "interlock-ed25519-private:", "interlock-ed25519-private:zz"] {
            assert!(key_from_text(text).is_err(), "{text}");
        }
    }
}
