//! Plain HTTP to providers: bounded bodies, no redirects, every failure in words without a secret.

use std::fmt::Debug;
use std::net::IpAddr;
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the other side may be silent.
const SILENCE: Duration = Duration::from_secs(45);

/// An HTTP client.
#[derive(Debug, Clone)]
pub struct Http(reqwest::Client);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody answers, or in no way that is understood.
    #[error("`{host}` cannot be reached: {why}")]
    Unreachable {
        /// Who.
        host: String,
        /// In words.
        why: String,
    },
    /// The answer broke off in the middle.
    #[error("the answer of `{host}` broke off: {why}")]
    BrokeOff {
        /// Whose.
        host: String,
        /// In words.
        why: String,
    },
    /// The answer is larger than may be.
    #[error("the answer of `{host}` is larger than {most} bytes")]
    TooLarge {
        /// Whose.
        host: String,
        /// In bytes.
        most: usize,
    },
    /// What arrived could not be kept.
    #[error("what arrived could not be kept: {0}")]
    NotKept(std::io::Error),
}

/// One request.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The address, encoded.
    pub url: &'a str,
    /// Headers; may hold secrets.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One answer with its body.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Who answers requests: the network, or a provider in memory.
#[async_trait::async_trait]
pub trait Wire: Send + Sync + Debug {
    /// Asks, and reads a body of at most so many bytes.
    ///
    /// # Errors
    /// There is no whole answer.
    async fn ask(&self, request: Request<'_>, most: usize) -> Result<Answer, HttpError>;
}

#[async_trait::async_trait]
impl Wire for Http {
    async fn ask(&self, request: Request<'_>, most: usize) -> Result<Answer, HttpError> {
        Self::ask(self, request, most).await
    }
}

/// One request and its answer, as a provider in memory records them, to be held against what the vendor
/// publishes about its interface. Headers are left out: they hold what the caller proves itself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The whole address, encoded.
    pub url: String,
    /// What the body is said to be; `None` without a body.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub answer: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The headers of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The first words of the body, for messages.
    #[must_use]
    pub fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
    }
}

impl Http {
    /// A client for this host. The own machine is never asked through a proxy.
    ///
    /// # Errors
    /// TLS cannot be had.
    pub fn new(url: &str) -> Result<Self, HttpError> {
        Self::trusting(url, None)
    }

    /// The same, trusting these authorities (PEM) and no others, where there are some.
    ///
    /// # Errors
    /// TLS cannot be had, or these are no certificates.
    pub fn trusting(url: &str, authorities: Option<&[u8]>) -> Result<Self, HttpError> {
        // Fails only when there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // A token must not travel on to where an answer points.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("interlock/", env!("CARGO_PKG_VERSION")));
        let host = host(url);
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        if host == "localhost" || address.is_ok_and(|it| it.is_loopback()) {
            builder = builder.no_proxy();
        }
        let failed = |error| HttpError::Unreachable { host: host.clone(), why: chain(&error) };
        if let Some(pem) = authorities {
            builder =
                builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(pem).map_err(failed)?);
        }
        let client = builder.build().map_err(failed)?;
        Ok(Self(client))
    }

    /// Asks, and reads a body of at most so many bytes.
    ///
    /// # Errors
    /// There is no whole answer.
    pub async fn ask(&self, request: Request<'_>, most: usize) -> Result<Answer, HttpError> {
        let mut body = Vec::new();
        let host = host(request.url);
        let mut answer = self
            .pieces(request, |_, bytes| {
                if body.len() + bytes.len() > most {
                    return Err(HttpError::TooLarge { host: host.clone(), most });
                }
                body.extend_from_slice(bytes);
                Ok(())
            })
            .await?;
        answer.body = body;
        Ok(answer)
    }

    /// Asks, and gives the body of a success on piece by piece; the answer's own body stays empty.
    ///
    /// # Errors
    /// There is no whole answer, or a piece could not be kept.
    pub async fn keep(
        &self,
        request: Request<'_>,
        mut each: impl FnMut(&[u8]) -> Result<(), HttpError>,
    ) -> Result<Answer, HttpError> {
        let success = |status| (200..300).contains(&status);
        let kept = |status, bytes: &[u8]| if success(status) { each(bytes) } else { Ok(()) };
        self.pieces(request, kept).await
    }

    /// The same with every status.
    async fn pieces(
        &self,
        request: Request<'_>,
        mut each: impl FnMut(u16, &[u8]) -> Result<(), HttpError>,
    ) -> Result<Answer, HttpError> {
        let host = host(request.url);
        let unreachable = |why: String| HttpError::Unreachable { host: host.clone(), why };
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|error| unreachable(error.to_string()))?;
        let mut asked = self.0.request(method, request.url).body(request.body);
        for (name, value) in request.headers {
            asked = asked.header(name, value);
        }
        let sent = asked.send().await;
        let mut answer = sent.map_err(|error| unreachable(chain(&error.without_url())))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers = headers
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        loop {
            match answer.chunk().await {
                Ok(Some(bytes)) => each(status, &bytes)?,
                Ok(None) => return Ok(Answer { status, headers, body: Vec::new() }),
                Err(error) => {
                    let why = chain(&error.without_url());
                    return Err(HttpError::BrokeOff { host, why });
                }
            }
        }
    }
}

/// An address below another, with every part encoded; `None` when the base is no address.
pub(crate) fn address(base: &str, path: &[&str], query: &[(&str, &str)]) -> Option<String> {
    let mut url = reqwest::Url::parse(base).ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Some(url.into())
}

/// The path of an address without its first stroke, and its query, decoded; `None` when it is no address.
#[must_use]
pub fn taken_apart(url: &str) -> Option<(String, Vec<(String, String)>)> {
    let url = reqwest::Url::parse(url).ok()?;
    let query = url.query_pairs().into_owned().collect();
    Some((url.path().trim_start_matches('/').to_owned(), query))
}

/// Where an address is: scheme, host and port; `None` when it is no address.
pub(crate) fn origin(url: &str) -> Option<String> {
    let origin = reqwest::Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Names and values as a form.
pub(crate) fn form_of(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = reqwest::Url::parse("http://form.invalid") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// Path and query of an address: the path as it is encoded, the query decoded; `None` when it is none.
#[must_use]
pub fn path_and_query(url: &str) -> Option<(String, Vec<(String, String)>)> {
    let url = reqwest::Url::parse(url).ok()?;
    let pairs = url.query_pairs().map(|it| (it.0.into_owned(), it.1.into_owned()));
    Some((url.path().to_owned(), pairs.collect()))
}

/// The fields of a form, decoded.
#[must_use]
pub fn form(text: &str) -> Vec<(String, String)> {
    path_and_query(&format!("form:/?{text}")).map(|it| it.1).unwrap_or_default()
}

/// The host of an address, for messages.
fn host(url: &str) -> String {
    let parsed = reqwest::Url::parse(url).ok();
    parsed.and_then(|it| it.host_str().map(str::to_owned)).unwrap_or_else(|| "?".to_owned())
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
    use super::address;

    #[test]
    fn no_part_of_an_address_reaches_into_another() {
        let base = "https://app.example.com/scim/v2/";
        for (path, query, made) in [
            (
                vec!["Users", "a/../b?c"],
                vec![],
                "https://app.example.com/scim/v2/Users/a%2F..%2Fb%3Fc",
            ),
            (
                vec!["Users"],
                vec![("filter", "userName eq \"a&b=c\"")],
                "https://app.example.com/scim/v2/Users?filter=userName+eq+%22a%26b%3Dc%22",
            ),
        ] {
            assert_eq!(address(base, &path, &query).as_deref(), Some(made));
        }
        assert_eq!(address("nowhere", &[], &[]), None);
    }
}
