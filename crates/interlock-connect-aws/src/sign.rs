//! Signed requests to services whose SDK is not worth its weight: the official signer, the official
//! chain of credentials, and plain HTTP by whoever asks.

use crate::errors::chain;
use crate::http::{CONNECT_TIMEOUT, READ_TIMEOUT, http_client};
use crate::{CredentialSource, Secret};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
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
/// How long it may take to get credentials; a request that waits for them has not left.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// There is nothing to sign with.
    #[error("no credentials for AWS: {0}")]
    NoCredentials(String),
    /// Who gives out credentials takes too long.
    #[error("{0}")]
    Late(String),
    /// No request can be signed that looks like this one.
    #[error("{0}")]
    Unsignable(String),
}

/// What environment, profile and configuration say: credentials, region, endpoints.
pub(crate) async fn load(
    credentials: &CredentialSource,
    region: &str,
    endpoint: Option<&str>,
) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(CREDENTIALS_TIMEOUT)
        .operation_timeout(CREDENTIALS_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    match credentials {
        CredentialSource::Default => {}
        CredentialSource::Profile { name } => loader = loader.profile_name(name),
        CredentialSource::Static { access_key_id, secret } => {
            loader = loader.credentials_provider(fixed(access_key_id, secret));
        }
    }
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

fn fixed(id: &str, secret: &Secret) -> Credentials {
    Credentials::new(id, secret.expose(), None, None, "interlock")
}

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
    pub async fn new(credentials: &CredentialSource, region: &str) -> Result<Self, SignError> {
        Self::of(&load(credentials, region, None).await)
    }

    /// With what was found before.
    pub(crate) fn of(loaded: &SdkConfig) -> Result<Self, SignError> {
        let provider = loaded.credentials_provider();
        let provider = provider
            .ok_or_else(|| SignError::NoCredentials("the configuration has none".to_owned()))?;
        Ok(Self { provider, held: Mutex::new(None) })
    }

    /// With this key.
    pub(crate) fn with_key(id: &str, secret: &Secret) -> Self {
        let provider = SharedCredentialsProvider::new(fixed(id, secret));
        Self { provider, held: Mutex::new(None) }
    }

    /// The headers that make the request a signed one.
    ///
    /// # Errors
    /// The credentials cannot be had, or the request cannot be signed.
    pub async fn sign(
        &self,
        request: Unsigned<'_>,
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, SignError> {
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
            SignError::Unsignable(format!(
                "a request to `{}` cannot be signed: {error}",
                request.service
            ))
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

    async fn credentials(&self, now: SystemTime) -> Result<Credentials, SignError> {
        let mut held = self.held.lock().await;
        if let Some(credentials) = held.as_ref()
            && credentials.expiry().is_none_or(|it| it > now + EARLY)
        {
            return Ok(credentials.clone());
        }
        let asked = tokio::time::timeout(CREDENTIALS_TIMEOUT, self.provider.provide_credentials());
        let failed = match asked.await {
            Ok(Ok(fresh)) => {
                *held = Some(fresh.clone());
                return Ok(fresh);
            }
            Ok(Err(error)) => SignError::NoCredentials(chain(&error)),
            Err(_) => SignError::Late(format!(
                "no credentials for AWS in {} s",
                CREDENTIALS_TIMEOUT.as_secs()
            )),
        };
        // What is held may be near its end, but it is good until then.
        let good = held.as_ref().filter(|it| it.expiry().is_some_and(|end| end > now));
        good.cloned().ok_or(failed)
    }
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

    /// The example of the IAM User Guide, "Signature Version 4 signing process", with the date and the key
    /// of AWS's own test suite for signers.
    #[tokio::test]
    async fn a_request_to_iam_is_signed_as_in_the_documentation() {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let signer = Signer::with_key("AKIDEXAMPLE", &secret);
        let request = Unsigned {
            service: "iam",
            region: "us-east-1",
            method: "GET",
            url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: b"",
        };
        // 2015-08-30T12:36:00Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let headers = signer.sign(request, now).await.unwrap();
        let signature = headers.iter().find(|it| it.0 == "authorization").unwrap();
        let expected = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        assert!(signature.1.ends_with(expected), "{headers:?}");
        assert!(!format!("{signer:?} {headers:?}").contains("EXAMPLEKEY"));
    }
}
