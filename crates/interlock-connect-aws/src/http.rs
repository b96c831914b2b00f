//! The SDK's own HTTP client, with `ring` in place of its default cryptography, which is a large C build.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use std::time::Duration;

/// How long a connection may take to come about.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long an answer may take to begin.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// A client that trusts the machine's certificates and goes through the proxy that the environment names.
///
/// As the SDK's default client does; see [decision 2](../../../docs/decisions/0002-dependencies.md).
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, _| with(settings.cloned()))
}

/// The same for requests of our own.
pub(crate) fn connector() -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build();
    SharedHttpConnector::new(with(Some(settings)))
}

fn with(settings: Option<HttpConnectorSettings>) -> Connector {
    let mut connector =
        ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
    connector.set_connector_settings(settings);
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}
