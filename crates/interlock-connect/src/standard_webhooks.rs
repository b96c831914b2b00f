//! Signatures as <https://www.standardwebhooks.com> says, for whatever the house posts.

use crate::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The headers of a message with its id, its second, and its signature where there is a key.
#[must_use]
pub fn headers(key: Option<&Secret>, id: &str, second: i64, body: &[u8]) -> Vec<(String, String)> {
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), second.to_string()),
    ];
    if let Some(signature) = key.and_then(|it| sign(it, id, second, body)) {
        headers.push(("webhook-signature".to_owned(), signature));
    }
    headers
}

/// `v1,` and the Base64 of HMAC-SHA256 over id, timestamp and body. A key of the form `whsec_…` is Base64 itself.
#[must_use]
pub fn sign(key: &Secret, id: &str, second: i64, body: &[u8]) -> Option<String> {
    let text = key.expose();
    let packed = text.strip_prefix("whsec_").and_then(|it| STANDARD.decode(it).ok());
    let bytes = packed.unwrap_or_else(|| text.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).ok()?;
    mac.update(format!("{id}.{second}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }
}
