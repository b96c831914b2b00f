//! The command line's way to a running `serve`, and to the store of the configuration where none is named.

mod source;

pub use source::Source;

use crate::api::act::{
    AnswerRequest, CloseRequest, ContainAnswer, ContainRequest, UndoAnswer, UndoRequest,
};
use crate::api::case::CaseView;
use crate::api::containment::ContainmentView;
use crate::api::discovery::{DiscoverRequest, DiscoveryView};
use crate::api::drill::DrillView;
use crate::api::feed::FeedView;
use crate::api::reading::ReadError;
use crate::cli::{Common, ServerArgs};
use crate::config::{self, Config};
use crate::content::read_file;
use crate::exit::Failure;
use crate::house;
use crate::serve::health::{self, Health};
use crate::serve::problem::Problem;
use anyhow::anyhow;
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// How long a server may take to take a call.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest token file that is read, in bytes.
const TOKEN_BYTES: u64 = 4 << 10;
/// The variable that holds the token.
const VARIABLE: &str = "INTERLOCK_TOKEN";

/// A running `serve`, and who asks it.
#[derive(Debug, Clone)]
pub struct Client {
    base: Url,
    token: Option<String>,
    http: reqwest::Client,
}

/// Why a server gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("nobody listens at {0}")]
    Refused(String),
    /// It cannot be reached, or broke off.
    #[error("{base} cannot be reached")]
    Unreachable {
        /// Its address.
        base: String,
        /// The network's own words.
        #[source]
        source: reqwest::Error,
    },
    /// It says no.
    #[error("{} ({}){}", .0.message, .0.code, .0.help.as_deref().map(|it| format!("; {it}")).unwrap_or_default())]
    Problem(Box<Problem>),
    /// Its answer is no answer of this API.
    #[error("{base} answers {status}, and not as Interlock does")]
    Foreign {
        /// Its address.
        base: String,
        /// The HTTP status.
        status: u16,
    },
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match &error {
            ClientError::Refused(_) | ClientError::Unreachable { .. } => Self::unavailable(error),
            ClientError::Foreign { .. } => Self::unavailable(error),
            ClientError::Problem(it) => match it.status {
                400 | 401 | 413 | 415 => Self::usage(error),
                403 | 404 | 405 | 409 => Self::negative(error),
                _ => Self::unavailable(error),
            },
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound { .. } => Self::negative(error),
            ReadError::Malformed { .. } | ReadError::Ambiguous { .. } => Self::usage(error),
            ReadError::Store(error) => error.into(),
            ReadError::Stopping => Self::unavailable(error),
        }
    }
}

/// Where a house that listens here is reached from its own machine.
#[must_use]
pub fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    listen
}

/// The token of the caller; `None` when none was given.
///
/// # Errors
/// The file cannot be read.
pub fn token(args: &ServerArgs) -> Result<Option<String>, Failure> {
    if let Some((what, help)) = args.token_file.as_deref().and_then(config::exposed) {
        return Err(Failure::usage(anyhow!("{what}, and whoever reads it acts as you: {help}")));
    }
    let text = match &args.token_file {
        Some(path) => Some(read_file(path, TOKEN_BYTES).map_err(|why| {
            Failure::usage(anyhow!("the token file `{}`: {why}", path.display()))
        })?),
        None => config::variable(VARIABLE),
    };
    Ok(text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()))
}

impl Client {
    /// A client of the server at this address.
    ///
    /// # Errors
    /// The address is none, or no token was given.
    pub fn new(address: &str, args: &ServerArgs) -> Result<Self, Failure> {
        let token = token(args)?.ok_or_else(|| {
            Failure::usage(anyhow!(
                "no token: name a file with `--token-file`, such as the `admin.token` that `init` wrote, or set `{VARIABLE}`"
            ))
        })?;
        Self::at(address, Some(token))
    }

    /// A client for what needs no token.
    ///
    /// # Errors
    /// The address is none.
    pub fn without_token(address: &str) -> Result<Self, Failure> {
        Self::at(address, None)
    }

    fn at(address: &str, token: Option<String>) -> Result<Self, Failure> {
        let with_scheme =
            if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let usage =
            |why: &str| Failure::usage(anyhow!("`{address}` is no address of a server: {why}"));
        let base = Url::parse(&with_scheme).map_err(|it| usage(&it.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(usage("write it as `http://127.0.0.1:7300`"));
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            // A token must not travel on to where an answer points.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("interlock/", env!("CARGO_PKG_VERSION")));
        let host = base.host_str().unwrap_or_default();
        let own = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|it: std::net::IpAddr| it.is_loopback());
        if own {
            builder = builder.no_proxy();
        } else if base.scheme() == "http" && token.is_some() {
            crate::output::note("careful: the token travels without TLS; use `https://`");
        }
        let http = builder.build().map_err(Failure::unavailable)?;
        Ok(Self { base, token, http })
    }

    /// The server that is named, else the house of the configuration.
    ///
    /// # Errors
    /// As [`Client::new`] and [`Client::of_house`].
    pub async fn of(common: &Common, args: &ServerArgs) -> Result<Self, Failure> {
        match &args.server {
            Some(address) => Self::new(address, args),
            None => Self::of_house(&config::to_read(common)?, args).await,
        }
    }

    /// A client of the house of this configuration, once it has proved that it is that house: whoever
    /// holds its port while it is down is not given a token.
    ///
    /// # Errors
    /// As [`Client::new`]; nobody answers there, or somebody else does.
    pub async fn of_house(config: &Config, args: &ServerArgs) -> Result<Self, Failure> {
        let listen = reachable(config.listen);
        let client = Self::new(&listen.to_string(), args)?;
        let key = house::public_key(&config.audit_key)?;
        let mut random = [0; 32];
        getrandom::fill(&mut random)
            .map_err(|it| Failure::unavailable(anyhow!("the system gives no randomness: {it}")))?;
        let challenge = hex::encode(random);
        let mut url = client.base.clone();
        url.set_path("/health");
        url.query_pairs_mut().append_pair("challenge", &challenge);
        let answer = client.http.get(url).send().await.map_err(|it| client.unreached(it))?;
        let health: Option<Health> = answer.json().await.ok();
        let proof = health.and_then(|it| it.proof);
        if !proof.is_some_and(|it| health::is_proof(&key, listen.port(), &challenge, &it)) {
            return Err(Failure::unavailable(anyhow!(
                "whoever answers at {listen} is not the house of this configuration; no token was sent there, say `--server` if that is meant"
            )));
        }
        Ok(client)
    }

    /// Why no answer came.
    fn unreached(&self, source: reqwest::Error) -> ClientError {
        if source.is_connect() && refused(&source) {
            return ClientError::Refused(self.address());
        }
        ClientError::Unreachable { base: self.address(), source: source.without_url() }
    }

    /// Where the server is.
    #[must_use]
    pub fn address(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        url
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, ClientError> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.answer(self.http.get(url)).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.answer(self.http.post(self.url(path)).json(body)).await
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ClientError> {
        let unreachable = |it| self.unreached(it);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(unreachable)?;
        let foreign = || ClientError::Foreign { base: self.address(), status: status.as_u16() };
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| foreign());
        }
        // A house that is not ready says so in the form of its result.
        let problem = match serde_json::from_slice(&body) {
            Ok(problem) => problem,
            Err(_) if status.as_u16() == 503 => {
                return serde_json::from_slice(&body).map_err(|_| foreign());
            }
            Err(_) => return Err(foreign()),
        };
        Err(ClientError::Problem(Box::new(problem)))
    }

    /// Whether the house can take work. Needs no token.
    ///
    /// # Errors
    /// The server cannot be reached, or is none of ours.
    pub async fn health(&self) -> Result<Health, ClientError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("health");
        }
        self.answer(self.http.get(url)).await
    }

    /// One containment.
    ///
    /// # Errors
    /// The server cannot be reached, or says no.
    pub async fn containment(&self, id: &str) -> Result<ContainmentView, ClientError> {
        self.get(&["containments", id], &[]).await
    }

    /// Every feed and how it is.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn feeds(&self) -> Result<Vec<FeedView>, ClientError> {
        self.get(&["feeds"], &[]).await
    }

    /// Asks a connector to look for identities now.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn discover(
        &self,
        connector: &str,
        request: &DiscoverRequest,
    ) -> Result<DiscoveryView, ClientError> {
        self.post(&["connectors", connector, "discover"], request).await
    }

    /// The drills and what came of them.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn drills(&self) -> Result<Vec<DrillView>, ClientError> {
        self.get(&["drills"], &[]).await
    }

    /// Asks for a drill now.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn run_drill(&self, id: &str) -> Result<DrillView, ClientError> {
        self.post(&["drills", id, "run"], &serde_json::json!({})).await
    }

    /// Asks for an identity to be contained.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn contain(
        &self,
        identity: &str,
        request: &ContainRequest,
    ) -> Result<ContainAnswer, ClientError> {
        self.post(&["identities", identity, "contain"], request).await
    }

    /// Says yes or no.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn respond(
        &self,
        id: &str,
        request: &AnswerRequest,
        granted: bool,
    ) -> Result<ContainmentView, ClientError> {
        let verb = if granted { "approve" } else { "reject" };
        self.post(&["containments", id, verb], request).await
    }

    /// Lets a containment go on that waits for a person.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn resume(&self, id: &str) -> Result<ContainmentView, ClientError> {
        self.post(&["containments", id, "resume"], &serde_json::json!({})).await
    }

    /// Closes a case.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn close_case(
        &self,
        id: &str,
        request: &CloseRequest,
    ) -> Result<CaseView, ClientError> {
        self.post(&["cases", id, "close"], request).await
    }

    /// Takes a containment back.
    ///
    /// # Errors
    /// As [`Client::containment`].
    pub async fn undo(&self, id: &str, request: &UndoRequest) -> Result<UndoAnswer, ClientError> {
        self.post(&["containments", id, "undo"], request).await
    }
}

/// Whether nobody listens, as against a network that does not answer.
fn refused(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(it) = source {
        if let Some(io) = it.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return true;
        }
        source = it.source();
    }
    false
}
