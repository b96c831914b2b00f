//! Plain HTTP by another client than the connector's.

/// Another client than the connector's.
pub fn http() -> reqwest::Client {
    // Fails only when there is one already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}
