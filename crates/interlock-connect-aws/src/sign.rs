//! Signed requests to services whose SDK is not worth its weight: the official signer, the official
//! chain of credentials, and plain HTTP by whoever asks.

use crate::CredentialSource;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// How long before their end credentials are asked for anew.
const EARLY: Duration = Duration::from_secs(300);

/// Signs requests with one set of credentials.
#[derive(Debug)]
pub struct Signer {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<Credentials>>,
}

/// A request that is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// The service's name in signatures: `s3`, `sqs`.
    pub service: &'a str,
    /// The region that it is in.
    pub region: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The whole address, encoded as it is sent.
    pub url: &'a str,
    /// Headers that are signed too.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Signer {
    /// Finds what to sign with; nothing is asked yet.
    ///
    /// # Errors
    /// There is nothing to sign with.
    pub async fn new(credentials: &CredentialSource, region: &str) -> Result<Self, String> {
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).region(Region::new(region.to_owned()));
        match credentials {
            CredentialSource::Default => {}
            CredentialSource::Profile { name } => loader = loader.profile_name(name),
            CredentialSource::Static { access_key_id, secret } => {
                let (id, secret) = (access_key_id.clone(), secret.expose());
                let key = Credentials::new(id, secret, None, None, "interlock");
                loader = loader.credentials_provider(key);
            }
        }
        let loaded = loader.load().await;
        let provider = loaded.credentials_provider();
        let provider = provider.ok_or_else(|| "there are no AWS credentials".to_owned())?;
        Ok(Self { provider, held: Mutex::new(None) })
    }

    /// The headers that make the request a signed one.
    ///
    /// # Errors
    /// The credentials cannot be had, or the request cannot be signed.
    pub async fn sign(
        &self,
        request: Unsigned<'_>,
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, String> {
        let identity = self.credentials(now).await?.into();
        let mut settings = SigningSettings::default();
        if request.service == "s3" {
            // Source: S3 API reference, "Authenticating Requests": the path is encoded once and not
            // normalised, and the digest of the body travels as a header.
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let unsignable = |error: &dyn std::fmt::Display| {
            format!("a request to `{}` cannot be signed: {error}", request.service)
        };
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(request.region)
            .name(request.service)
            .time(now)
            .settings(settings)
            .build()
            .map_err(|error| unsignable(&error))?
            .into();
        let body = SignableBody::Bytes(request.body);
        let headers = request.headers.iter().copied();
        let signable = SignableRequest::new(request.method, request.url, headers, body)
            .map_err(|error| unsignable(&error))?;
        let signed = sign(signable, &params).map_err(|error| unsignable(&error))?;
        let (instructions, _) = signed.into_parts();
        let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(instructions.headers().map(header).collect())
    }

    async fn credentials(&self, now: SystemTime) -> Result<Credentials, String> {
        let mut held = self.held.lock().await;
        if let Some(credentials) = held.as_ref()
            && credentials.expiry().is_none_or(|it| it > now + EARLY)
        {
            return Ok(credentials.clone());
        }
        let fresh = self.provider.provide_credentials().await;
        let fresh =
            fresh.map_err(|error| format!("no AWS credentials can be had: {}", chain(&error)))?;
        *held = Some(fresh.clone());
        Ok(fresh)
    }
}

/// An error with all that led to it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    /// The example of the S3 API reference, "Signature Calculations: Transferring Payload in a Single
    /// Chunk", GET Object.
    #[tokio::test]
    async fn the_example_of_the_documentation_is_signed_as_there() {
        let key = CredentialSource::Static {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        };
        let signer = Signer::new(&key, "us-east-1").await.unwrap();
        let request = Unsigned {
            service: "s3",
            region: "us-east-1",
            method: "GET",
            url: "https://examplebucket.s3.amazonaws.com/test.txt",
            headers: &[("range", "bytes=0-9")],
            body: b"",
        };
        // 2013-05-24T00:00:00Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
        let headers = signer.sign(request, now).await.unwrap();
        let signature = headers.iter().find(|it| it.0 == "authorization").unwrap();
        assert!(
            signature.1.ends_with(
                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            "{headers:?}"
        );
        assert!(headers.iter().any(|it| it.0 == "x-amz-content-sha256"));
    }
}
