//! A signed assertion by which somebody proves that they hold an RSA key, to be exchanged for a token of
//! the provider: RFC 7523, and what GitHub and Google made of it.

use crate::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use rustls::{SignatureAlgorithm, SignatureScheme};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// How an assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS #1 padding.
    Rs256,
    /// RSA with PSS padding.
    Ps256,
}

/// A private key, ready to sign. Its `Debug` says nothing.
#[derive(Clone)]
pub struct Key {
    key: Arc<dyn SigningKey>,
    algorithm: Algorithm,
    header: Map<String, Value>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not a private key in PEM.
    #[error("it holds no private key in PEM")]
    NoKey,
    /// A key of another sort.
    #[error("its private key is no RSA key, which is what the provider takes")]
    NotRsa,
    /// Not a certificate in PEM.
    #[error("it holds no certificate in PEM")]
    NoCertificate,
    /// The key does not sign.
    #[error("the private key does not sign")]
    Unsigned,
}

impl Key {
    /// An RSA key in PEM, and the id by which the provider knows its public half.
    ///
    /// # Errors
    /// There is no such key in it.
    pub fn named(pem: &Secret, id: Option<&str>) -> Result<Self, JwtError> {
        let header = id.map(|it| ("kid".to_owned(), Value::from(it)));
        Self::of(pem, Algorithm::Rs256, header.into_iter().collect())
    }

    /// An RSA key and its certificate, both in one PEM, as Entra takes it.
    ///
    /// # Errors
    /// One of the two is not in it.
    pub fn certified(pem: &Secret) -> Result<Self, JwtError> {
        let certificate = CertificateDer::from_pem_slice(pem.expose().as_bytes());
        let certificate = certificate.map_err(|_| JwtError::NoCertificate)?;
        let thumbprint = BASE64.encode(Sha256::digest(certificate.as_ref()));
        let header = Map::from_iter([("x5t#S256".to_owned(), Value::from(thumbprint))]);
        Self::of(pem, Algorithm::Ps256, header)
    }

    fn of(
        pem: &Secret,
        algorithm: Algorithm,
        header: Map<String, Value>,
    ) -> Result<Self, JwtError> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes());
        let der = der.map_err(|_| JwtError::NoKey)?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der);
        let key = key.map_err(|_| JwtError::NoKey)?;
        if key.algorithm() != SignatureAlgorithm::RSA {
            return Err(JwtError::NotRsa);
        }
        Ok(Self { key, algorithm, header })
    }

    /// Signs these claims.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn sign(&self, claims: &Value) -> Result<Secret, JwtError> {
        self.sign_as("JWT", claims)
    }

    /// Signs these claims as a token of this type, which says what it may be used for.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn sign_as(&self, kind: &str, claims: &Value) -> Result<Secret, JwtError> {
        let (name, scheme) = match self.algorithm {
            Algorithm::Rs256 => ("RS256", SignatureScheme::RSA_PKCS1_SHA256),
            Algorithm::Ps256 => ("PS256", SignatureScheme::RSA_PSS_SHA256),
        };
        let mut header = self.header.clone();
        header.extend([("alg".to_owned(), json!(name)), ("typ".to_owned(), json!(kind))]);
        let header = BASE64.encode(Value::Object(header).to_string());
        let signed = format!("{header}.{}", BASE64.encode(claims.to_string()));
        let signer = self.key.choose_scheme(&[scheme]).ok_or(JwtError::Unsigned)?;
        let signature = signer.sign(signed.as_bytes()).map_err(|_| JwtError::Unsigned)?;
        Ok(Secret::new(format!("{signed}.{}", BASE64.encode(signature))))
    }
}
