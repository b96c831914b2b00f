//! A light client for the few operations that are called: the official signer, credential chain and HTTP
//! client, and nothing that is generated.
//!
//! A request is sent once: what to do after a lost answer is the engine's to decide. See
//! [decision 26](../../../../docs/decisions/0026-a-light-client-of-aws.md).

pub(crate) mod anywhere;
pub(crate) mod credential_report;
pub(crate) mod credentials;
#[cfg(test)]
pub(crate) mod described;
mod endpoint;
#[cfg(test)]
mod exchanges;
pub(crate) mod iam;
pub(crate) mod instance_profile;
pub(crate) mod parameters;
pub(crate) mod secrets;
pub(crate) mod sts;
#[cfg(test)]
mod tests;
pub(crate) mod wire;
mod xml;

pub(crate) use endpoint::Service;
pub(crate) use wire::{Answered, Call};
pub(crate) use xml::{Element, Unread};

use crate::AwsConfig;
use crate::clocks::Clocks;
use crate::errors::chain;
use crate::http::connector;
use crate::sign::{SignError, Signer, Unsigned, load};
use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::service_config::ServiceConfigKey;
use endpoint::{Endpoint, Place, Protocol};
use interlock_model::{Operation, Timestamp};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// How long a whole call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest answer that is read, in bytes: a page of an account with its policies is the longest.
const ANSWER: usize = 64 << 20;
/// What the connector calls itself.
const USER_AGENT: &str = concat!("interlock/", env!("CARGO_PKG_VERSION"));

/// Why there is no answer, or none that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request could not be made.
    Unmade(String),
    /// There is nothing to sign it with.
    NoCredentials(String),
    /// It never left.
    NeverLeft(String),
    /// It may have arrived; what became of it is not known.
    Unanswered(String),
    /// It was answered with a yes that cannot be read.
    Unreadable(String),
    /// AWS refused.
    Refused {
        /// The status of the answer.
        status: u16,
        /// AWS's code; empty where there is none.
        code: String,
        /// AWS's words.
        message: String,
        /// How long AWS wants us to wait.
        pause: Option<Duration>,
    },
    /// AWS refused for the time that the request was signed for, so that nothing happened.
    Mistimed(String),
}

impl Failure {
    /// AWS's code, where AWS refused with one.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Unmade(_)
            | Self::NoCredentials(_)
            | Self::NeverLeft(_)
            | Self::Unanswered(_)
            | Self::Unreadable(_)
            | Self::Mistimed(_) => None,
        }
    }

    /// Whether AWS refused for the time that the request was signed for.
    fn mistimed(&self) -> bool {
        matches!(self, Self::Refused { code, message, .. } if mistimed(code, message))
    }

    /// Whether the next request should rather go over another connection.
    fn may_be_the_connections(&self) -> bool {
        match self {
            Self::Unanswered(_) => true,
            Self::Refused { status, .. } => *status >= 500,
            Self::Unmade(_)
            | Self::NoCredentials(_)
            | Self::NeverLeft(_)
            | Self::Unreadable(_)
            | Self::Mistimed(_) => false,
        }
    }
}

/// An answer with a yes.
struct Reply {
    /// AWS's id of the request, where a header has it.
    request: Option<String>,
    body: Vec<u8>,
}

/// What is asked of whom.
struct Asked {
    service: Service,
    operation: Operation,
    route: wire::Route,
    body: Vec<u8>,
}

impl Asked {
    fn of<C: Call>(call: &C) -> Result<Self, Failure> {
        let body = call.body().map_err(|it| Failure::Unmade(it.to_string()))?;
        Ok(Self { service: C::SERVICE, operation: C::OPERATION, route: call.route(), body })
    }
}

/// The client.
#[derive(Debug)]
pub(crate) struct Api {
    loaded: SdkConfig,
    signer: Result<Signer, SignError>,
    connector: OnceLock<SharedHttpConnector>,
    clocks: Clocks,
}

impl Api {
    /// Finds credentials, region and endpoints; calls nothing but what the credential chain needs.
    pub(crate) async fn new(config: &AwsConfig) -> Self {
        let loaded = load(&config.credentials, &config.region, config.endpoint.as_deref()).await;
        let signer = Signer::of(&loaded);
        Self { loaded, signer, connector: OnceLock::new(), clocks: Clocks::default() }
    }

    /// Asks, and reads the answer; with it, AWS's id of the request.
    pub(crate) async fn ask<C: Answered>(
        &self,
        call: &C,
    ) -> Result<(C::Answer, Option<String>), Failure> {
        let reply = self.send(self.signer.as_ref(), Asked::of(call)?).await?;
        Ok((read::<C>(&reply.body)?, request_id::<C>(&reply)))
    }

    /// The same with another key than one's own.
    pub(crate) async fn ask_as<C: Answered>(
        &self,
        signer: &Signer,
        call: &C,
    ) -> Result<C::Answer, Failure> {
        let reply = self.send(Ok(signer), Asked::of(call)?).await?;
        read::<C>(&reply.body)
    }

    /// Asks, where of the answer nothing counts but the yes; gives AWS's id of the request.
    pub(crate) async fn tell<C: Call>(&self, call: &C) -> Result<Option<String>, Failure> {
        let reply = self.send(self.signer.as_ref(), Asked::of(call)?).await?;
        Ok(request_id::<C>(&reply))
    }

    /// AWS's time, rather late than early, as far as its answers said.
    pub(crate) fn no_earlier(&self, now: Timestamp) -> Timestamp {
        self.clocks.no_earlier(now)
    }

    /// Asks once; and where our clock was wrong, once more by AWS's: what is refused for its time did
    /// nothing.
    async fn send(
        &self,
        signer: Result<&Signer, &SignError>,
        asked: Asked,
    ) -> Result<Reply, Failure> {
        let signer = signer.map_err(|it| unsigned(it.clone()))?;
        let (mut reply, learned) = self.once(signer, &asked).await;
        if learned && reply.as_ref().is_err_and(Failure::mistimed) {
            tracing::warn!(difference = self.clocks.difference(), "signed by the clock of AWS");
            (reply, _) = self.once(signer, &asked).await;
        }
        match reply {
            Err(Failure::Refused { code, message, .. }) if mistimed(&code, &message) => {
                let difference = self.clocks.difference();
                let difference = difference.unwrap_or_else(|| "our clock is off".to_owned());
                Err(Failure::Mistimed(format!("{difference}: {code}: {message}")))
            }
            reply => reply,
        }
    }

    /// Signs, sends, reads to the end; all within the time that a call may take. Says, too, whether the
    /// answer named another time than the one that was signed for.
    async fn once(&self, signer: &Signer, asked: &Asked) -> (Result<Reply, Failure>, bool) {
        let protocol = asked.service.protocol();
        let now = self.loaded.time_source().unwrap_or_default().now();
        let times = Timestamp::try_from(now).ok().map(|ours| (ours, self.clocks.theirs(ours)));
        let time = times.map_or(now, |(_, theirs)| theirs.into());
        // Until it is signed nothing has left: the credentials' own limit stands before the call's.
        let mut request = match self.signed(signer, asked, time).await {
            Ok(request) => request,
            Err(failure) => return (Err(failure), false),
        };
        let connection = CaptureSmithyConnection::new();
        request.add_extension(connection.clone());
        let mut learned = false;
        let exchange = async {
            let answer = self.connector().call(request).await.map_err(|it| lost(&it))?;
            if let Some((ours, theirs)) = times {
                self.clocks.learn(answer.headers().get("date"), ours);
                learned = self.clocks.other_than(theirs, ours);
            }
            accepted(protocol, answer).await
        };
        let late = || Failure::Unanswered(format!("no answer in {} s", CALL_TIMEOUT.as_secs()));
        let reply = tokio::time::timeout(CALL_TIMEOUT, exchange).await;
        let reply = reply.unwrap_or_else(|_| Err(late()));
        if reply.as_ref().is_err_and(Failure::may_be_the_connections)
            && let Some(connection) = connection.get()
        {
            connection.poison();
        }
        (reply, learned)
    }

    async fn signed(
        &self,
        signer: &Signer,
        asked: &Asked,
        time: SystemTime,
    ) -> Result<HttpRequest, Failure> {
        let Asked { service, operation, route, body } = asked;
        let (service, operation) = (*service, *operation);
        let Endpoint { url, region } = self.endpoint(service)?;
        let url = format!("{url}/{}", route.path);
        let target;
        let mut headers = Vec::new();
        match service.protocol() {
            Protocol::Query { .. } => {
                headers.push(("content-type", "application/x-www-form-urlencoded"));
            }
            Protocol::Json { target: word } => {
                headers.push(("content-type", "application/x-amz-json-1.1"));
                target = format!("{word}.{}", wire::name(operation));
                headers.push(("x-amz-target", &target));
            }
            Protocol::RestJson if body.is_empty() => {}
            Protocol::RestJson => headers.push(("content-type", "application/json")),
        }
        let unsigned_request = Unsigned {
            service: service.name(),
            region: &region,
            method: route.method,
            url: &url,
            headers: &headers,
            body,
        };
        let signature = signer.sign(unsigned_request, time).await.map_err(unsigned)?;
        let unmade = |it: &dyn std::error::Error| Failure::Unmade(chain(it));
        let signature = signature.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers = headers.into_iter().chain([("user-agent", USER_AGENT)]).chain(signature);
        let mut request = http::Request::builder().method(route.method).uri(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(SdkBody::from(body.as_slice())).map_err(|it| unmade(&it))?;
        HttpRequest::try_from(request).map_err(|it| unmade(&it))
    }

    /// Where a service answers: the connector's own setting, then what environment and profile say for
    /// the service, then for all, then AWS's own.
    fn endpoint(&self, service: Service) -> Result<Endpoint, Failure> {
        let loaded = &self.loaded;
        let mut own = loaded.endpoint_url().map(str::to_owned);
        if !loaded.get_origin("endpoint_url").is_client_config() {
            let key = ServiceConfigKey::builder()
                .service_id(service.id())
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build();
            let said = key.ok().and_then(|key| loaded.service_config()?.load_config(key));
            own = said.or(own);
        }
        let place = Place {
            region: loaded.region().map_or("", |it| it.as_ref()),
            own: own.as_deref(),
            fips: loaded.use_fips().unwrap_or_default(),
            dual_stack: loaded.use_dual_stack().unwrap_or_default(),
        };
        service.endpoint(place).map_err(|it| Failure::Unmade(it.to_owned()))
    }

    /// Made when it is first needed: it reads the machine's certificates.
    fn connector(&self) -> &SharedHttpConnector {
        self.connector.get_or_init(connector)
    }
}

/// Whether a refusal is about the time of the signature, and about nothing else.
///
/// Source: "Troubleshoot Signature Version 4 signing" (IAM User Guide): AWS takes five minutes.
fn mistimed(code: &str, message: &str) -> bool {
    match code {
        "RequestExpired" | "RequestTimeTooSkewed" => true,
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            message.starts_with("Signature expired")
                || message.starts_with("Signature not yet current")
        }
        _ => false,
    }
}

fn unsigned(error: SignError) -> Failure {
    match error {
        SignError::NoCredentials(why) => Failure::NoCredentials(why),
        SignError::Late(why) => Failure::NeverLeft(why),
        SignError::Unsignable(why) => Failure::Unmade(why),
    }
}

/// What it means that the HTTP client has no answer.
fn lost(error: &ConnectorError) -> Failure {
    let why = chain(error);
    if error.is_user() {
        return Failure::Unmade(why);
    }
    let never_left = why.contains("client error (Connect)")
        || why.contains("HTTP connect timeout")
        || why.contains("dns error");
    if never_left { Failure::NeverLeft(why) } else { Failure::Unanswered(why) }
}

/// Reads an answer to its end, and tells a yes from a no.
async fn accepted(protocol: Protocol, answer: HttpResponse) -> Result<Reply, Failure> {
    let status = answer.status();
    let header = |name| answer.headers().get(name).map(str::to_owned);
    let request = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
    let pause = header("retry-after").and_then(|it| it.parse().ok()).map(Duration::from_secs);
    let named = header("x-amzn-errortype");
    let mut stream = ByteStream::new(answer.into_body());
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|it| Failure::Unanswered(chain(&it)))?;
        if body.len().saturating_add(chunk.len()) > ANSWER {
            return Err(Failure::Unreadable(format!("the answer is longer than {ANSWER} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_success() {
        return Ok(Reply { request, body });
    }
    let wire::Refusal { code, message } = wire::refusal(protocol, &body, named.as_deref());
    Err(Failure::Refused { status: status.as_u16(), code, message, pause })
}

fn read<C: Answered>(body: &[u8]) -> Result<C::Answer, Failure> {
    C::read(body).map_err(|it| Failure::Unreadable(it.to_string()))
}

fn request_id<C: Call>(reply: &Reply) -> Option<String> {
    let in_body = || match C::SERVICE.protocol() {
        Protocol::Query { .. } => wire::request_id(&reply.body),
        Protocol::Json { .. } | Protocol::RestJson => None,
    };
    reply.request.clone().or_else(in_body)
}
