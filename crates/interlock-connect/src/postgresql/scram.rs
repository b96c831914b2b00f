//! The SCRAM verifier of a password: what the server keeps instead of it.
//!
//! Sent in place of the password, which the server's log would keep. Source: RFC 5802 and RFC 7677;
//! the text form is that of PostgreSQL's `pg_authid.rolpassword`.

use crate::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// How often the password is hashed; what PostgreSQL 15 itself does.
const ITERATIONS: u32 = 4096;

type HmacSha256 = Hmac<Sha256>;

/// The verifier of a password of printable ASCII, which needs no preparation of its text.
pub(crate) fn verifier(password: &Secret, salt: &[u8; 16]) -> Secret {
    let (stored, server) = keys(password.expose().as_bytes(), salt, ITERATIONS);
    Secret::new(format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    ))
}

/// The stored key and the server's key.
fn keys(password: &[u8], salt: &[u8], iterations: u32) -> ([u8; 32], [u8; 32]) {
    let salted = salted(password, salt, iterations);
    let client = keyed(&salted, &[b"Client Key"]);
    (Sha256::digest(client).into(), keyed(&salted, &[b"Server Key"]))
}

/// `Hi` of RFC 5802: PBKDF2 with one block.
fn salted(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut round = keyed(password, &[salt, &1_u32.to_be_bytes()]);
    let mut all = round;
    for _ in 1..iterations {
        round = keyed(password, &[&round]);
        all.iter_mut().zip(round).for_each(|(all, it)| *all ^= it);
    }
    all
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // INVARIANT: HMAC takes keys of any length.
    let Ok(mut mac) = HmacSha256::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|it| mac.update(it));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange that RFC 7677 writes out, in section 3.
    #[test]
    fn the_server_signs_as_the_standard_says() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let (_, server) = keys(b"pencil", &salt, 4096);
        let exchange = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
            r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
            c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = STANDARD.encode(keyed(&server, &[exchange.as_bytes()]));
        assert_eq!(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn a_verifier_does_not_hold_its_password() {
        let text = verifier(&Secret::new("hush-hush"), &[7; 16]);
        assert!(text.expose().starts_with("SCRAM-SHA-256$4096:BwcHBwcHBwcHBwcHBwcHBw==$"));
        assert!(!text.expose().contains("hush"));
    }
}
