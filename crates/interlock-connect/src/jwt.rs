//! Tokens that a connector signs itself with an RSA key (RS256), to be exchanged for one of its provider.

use crate::Secret;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A private key. Shows nothing of itself.
#[derive(Clone)]
pub(crate) struct SigningKey(Arc<dyn rustls::sign::SigningKey>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// From PEM, PKCS #1 or PKCS #8.
    ///
    /// # Errors
    /// It is no such key. The text is not repeated.
    pub(crate) fn from_pem(pem: &Secret) -> Result<Self, String> {
        let no = || "the private key is no RSA key in PEM".to_owned();
        let key = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| no())?;
        let key = any_supported_type(&key).map_err(|_| no())?;
        let it = Self(key);
        it.0.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(no)?;
        Ok(it)
    }

    /// A signed token with these claims; `key` names the key, where the provider wants that.
    ///
    /// # Errors
    /// The key does not sign.
    pub(crate) fn sign(&self, key: Option<&str>, claims: &Value) -> Result<Secret, String> {
        let failed = || "the private key does not sign".to_owned();
        let mut header = serde_json::Map::new();
        header.insert("alg".to_owned(), "RS256".into());
        header.insert("typ".to_owned(), "JWT".into());
        header.extend(key.map(|it| ("kid".to_owned(), it.into())));
        let part = |it: &Value| BASE64_URL_SAFE_NO_PAD.encode(it.to_string());
        let text = format!("{}.{}", part(&Value::Object(header)), part(claims));
        let scheme = self.0.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]);
        let signed = scheme.ok_or_else(failed)?.sign(text.as_bytes()).map_err(|_| failed())?;
        Ok(Secret::new(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signed))))
    }
}
