//! What RabbitMQ keeps of a password, so that the password itself is never sent.
//!
//! Source: <https://www.rabbitmq.com/docs/passwords#computing-password-hash>.

use crate::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interlock_contain::CallError;
use sha2::{Digest as _, Sha256};

/// How it is made.
pub(super) const ALGORITHM: &str = "rabbit_password_hashing_sha256";

/// With a fresh salt.
pub(super) fn of(password: &Secret) -> Result<String, CallError> {
    let mut salt = [0; 4];
    getrandom::fill(&mut salt).map_err(|error| CallError::Unsupported {
        why: format!("there is no randomness for a salt: {error}"),
    })?;
    Ok(salted(salt, password))
}

fn salted(salt: [u8; 4], password: &Secret) -> String {
    let digest = Sha256::new().chain_update(salt).chain_update(password.expose()).finalize();
    STANDARD.encode([&salt[..], &*digest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation.
    #[test]
    fn hashes_are_those_of_the_documentation() {
        let hash = salted([0x90, 0x8D, 0xC6, 0x0A], &Secret::new("test12"));
        assert_eq!(hash, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    }
}
