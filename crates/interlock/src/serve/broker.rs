//! The doors of the built-in broker: a key for a token, is a token live, a token handed back.
//!
//! Forms in, JSON out, as RFC 6749, 7662 and 7009 say; there only when a connector of the kind `broker` is
//! configured. Every use goes into the inbox, so that the house watches its own broker.
//! Memory: one form of at most [`super::BODY`] bytes for each request; 10,000 uses wait in the
//! broker and as many on their way to the inbox.

use super::Desk;
use super::auth::{self, Need};
use super::problem::{Code, Problem, Unauthorised};
use super::routes::not_allowed;
use crate::clock;
use crate::runner::House;
use axum::extract::{Form, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interlock_connect::Secret;
use interlock_connect::broker::{
    Broker, BrokerError, BrokerEvent, Denied, Introspection, NotHandedBack,
};
use interlock_model::{ConnectorId, Inbound, Origin};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use utoipa::ToSchema;

/// The paths, as they are described.
#[cfg(test)]
pub const PATHS: [&str; 3] = ["/broker/token", "/broker/introspect", "/broker/revoke"];
/// Uses that go into the inbox at a time.
const LOT: usize = 500;
/// How long the inbox is left alone after it took nothing.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest description that a caller may give of itself, in characters; the rest is not kept.
const AGENT: usize = 512;

/// The broker behind the doors.
#[derive(Debug)]
pub struct Doors {
    broker: Broker,
    id: ConnectorId,
    used: Notify,
}

/// The task that carries uses of the broker into the inbox.
#[derive(Debug)]
pub struct Telling {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// A token, as RFC 6749, section 5.1, answers it.
#[derive(Serialize, ToSchema)]
pub struct Granted {
    /// What the workload presents.
    #[schema(example = "bt_00112233445566778899.4f…")]
    access_token: String,
    /// Of which sort it is.
    #[schema(example = "urn:ietf:params:oauth:token-type:access_token")]
    issued_token_type: String,
    /// How it is presented: `Bearer`.
    #[schema(example = "Bearer")]
    token_type: String,
    /// For how many seconds it lives.
    #[schema(example = 900)]
    expires_in: i64,
}

/// Whether a token is live, as RFC 7662, section 2.2, answers it. Of one that is not, nothing else is said.
#[derive(Debug, Serialize, ToSchema)]
pub struct Liveness {
    /// Whether it is.
    active: bool,
    /// How it is presented: `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Bearer")]
    token_type: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "broker:shop")]
    sub: Option<String>,
    /// Its public id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "bt_00112233445566778899")]
    jti: Option<String>,
    /// When it was issued, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// When it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Why a form was not answered, as RFC 6749, section 5.2, says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OauthError {
    /// The sort of error.
    #[schema(example = "invalid_client")]
    error: String,
    /// What is wrong with the form; never why a key was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_description: Option<String>,
}

/// A form for the token door; for the document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form; the form is read pair by pair")]
pub struct TokenForm {
    /// `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: String,
}

/// A form with a token; for the document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form; the form is read pair by pair")]
pub struct TokenHolder {
    /// The token's text.
    token: String,
    /// Not used: there is one sort of token.
    token_type_hint: Option<String>,
    /// For introspection: from where the token was presented to the resource.
    #[schema(example = "198.51.100.7")]
    client_address: Option<String>,
    /// For introspection: how whoever presented it describes itself.
    client_user_agent: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
enum Refused {
    /// The form asks for what cannot be.
    Form(&'static str, String),
    /// The client did not prove itself. It is never told why.
    Client,
    /// The house cannot answer at all.
    House(Problem),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Form(error, why) => {
                let it = OauthError { error: error.to_owned(), error_description: Some(why) };
                (StatusCode::BAD_REQUEST, Json(it)).into_response()
            }
            Self::Client => {
                let it = OauthError { error: "invalid_client".to_owned(), error_description: None };
                let mut response = (StatusCode::UNAUTHORIZED, Json(it)).into_response();
                let scheme = HeaderValue::from_static("Basic realm=\"interlock broker\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
                response
            }
            Self::House(problem) => problem.into_response(),
        }
    }
}

impl From<Introspection> for Liveness {
    fn from(it: Introspection) -> Self {
        Self {
            active: it.active,
            token_type: it.active.then(|| "Bearer".to_owned()),
            sub: it.sub,
            jti: it.token_id,
            iat: it.iat,
            exp: it.exp,
        }
    }
}

/// The doors, where there is a broker behind them.
pub fn routes(desk: &Desk) -> Router<Desk> {
    if desk.broker.is_none() {
        return Router::new();
    }
    let guarded = from_fn_with_state((desk.clone(), Need::Read), auth::guard);
    Router::new()
        .route("/broker/token", post(token).fallback(not_allowed))
        .route("/broker/revoke", post(revoke).fallback(not_allowed))
        .route("/broker/introspect", post(introspect).fallback(not_allowed).layer(guarded))
}

/// Exchanges a client's key for a token. The key is the user of HTTP Basic, its secret the password.
///
/// The one grant is `client_credentials`. Tokens of other issuers are not verified, so that
/// `urn:ietf:params:oauth:grant-type:token-exchange` is answered with `unsupported_grant_type`.
#[utoipa::path(
    post, path = "/broker/token", tag = "broker", security(("broker_key" = [])),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token", body = Granted),
        (status = 400, description = "The form asks for what cannot be", body = OauthError),
        (status = 401, description = "The key was refused; why is not said", body = OauthError),
        (status = 429, description = "Too many refused keys from this address", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No token can be remembered", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn token(State(desk): State<Desk>, request: Request) -> Response {
    answered(granted(&desk, request).await)
}

async fn granted(desk: &Desk, request: Request) -> Result<Json<Granted>, Refused> {
    let doors = doors(desk)?;
    let call = Call::read(desk, request).await?;
    let (key, secret) = call.key()?;
    match call.once("grant_type")? {
        Some("client_credentials") => {}
        Some(_) => {
            let why = "the one grant is `client_credentials`".to_owned();
            return Err(Refused::Form("unsupported_grant_type", why));
        }
        None => return Err(missing("grant_type")),
    }
    for (name, error) in
        [("scope", "invalid_scope"), ("resource", "invalid_target"), ("audience", "invalid_target")]
    {
        if call.form.iter().any(|(it, value)| it == name && !value.is_empty()) {
            return Err(Refused::Form(error, format!("tokens carry no `{name}`")));
        }
    }
    let (broker, origin) = (doors.broker.clone(), call.origin());
    let answer = apart(move || broker.issue(&key, &secret, clock::now(), &origin)).await;
    doors.used.notify_one();
    match answer? {
        Ok(issued) => Ok(Json(Granted {
            access_token: issued.token.expose().to_owned(),
            issued_token_type: "urn:ietf:params:oauth:token-type:access_token".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: issued.expires.as_second().saturating_sub(issued.issued.as_second()),
        })),
        Err(Denied::BadKey | Denied::KeyDisabled | Denied::Blocked) => Err(call.refuse(desk).await),
        Err(error @ Denied::TooMany { .. }) => {
            Err(Refused::House(Problem::new(Code::Busy, error.to_string())))
        }
        Err(Denied::Unavailable(error)) => Err(unavailable(&error, "no token was issued")),
    }
}

/// Says whether a token is live. Asked by the resource to which it was presented. Needs the role `read`.
///
/// A resource that keeps the answer goes on accepting the token for as long as it keeps it.
#[utoipa::path(
    post, path = "/broker/introspect", tag = "broker",
    request_body(content = TokenHolder, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Whether it is live", body = Liveness),
        (status = 400, description = "The form cannot be read", body = OauthError),
        Unauthorised
    )
)]
pub async fn introspect(State(desk): State<Desk>, request: Request) -> Response {
    answered(looked_at(&desk, request).await)
}

async fn looked_at(desk: &Desk, request: Request) -> Result<Json<Liveness>, Refused> {
    let doors = doors(desk)?;
    let call = Call::read(desk, request).await?;
    let token = call.once("token")?.ok_or_else(|| missing("token"))?;
    // The connection is the resource's: it says nothing about who presented the token.
    let address = match call.once("client_address")? {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            let why = "`client_address` is no network address".to_owned();
            Refused::Form("invalid_request", why)
        })?),
    };
    let origin =
        Origin { address, service: None, user_agent: agent(call.once("client_user_agent")?) };
    let answer = doors.broker.introspect_from(token, clock::now(), &origin);
    doors.used.notify_one();
    Ok(Json(answer.into()))
}

/// Ends a token of the client whose key comes along. A token that is not known is as good as ended.
#[utoipa::path(
    post, path = "/broker/revoke", tag = "broker", security(("broker_key" = [])),
    request_body(content = TokenHolder, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It is not live any more, or never was"),
        (status = 400, description = "The form cannot be read, or the token is another client's (`invalid_grant`)", body = OauthError),
        (status = 401, description = "The key was refused; why is not said", body = OauthError),
        (status = 429, description = "Too many refused keys from this address", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It cannot be remembered: the token is still live", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn revoke(State(desk): State<Desk>, request: Request) -> Response {
    answered(handed_back(&desk, request).await)
}

async fn handed_back(desk: &Desk, request: Request) -> Result<StatusCode, Refused> {
    let doors = doors(desk)?;
    let call = Call::read(desk, request).await?;
    let (key, secret) = call.key()?;
    let token = Secret::new(call.once("token")?.ok_or_else(|| missing("token"))?);
    let (broker, origin) = (doors.broker.clone(), call.origin());
    let end = move || broker.hand_back((&key, &secret), token.expose(), clock::now(), &origin);
    let answer = apart(end).await;
    doors.used.notify_one();
    match answer? {
        Ok(()) => Ok(StatusCode::OK),
        Err(NotHandedBack::Key(_)) => Err(call.refuse(desk).await),
        Err(error @ NotHandedBack::OfAnother) => {
            Err(Refused::Form("invalid_grant", error.to_string()))
        }
        Err(NotHandedBack::Unavailable(error)) => {
            Err(unavailable(&error, "the token is still live"))
        }
    }
}

/// What comes to a door: headers, form, and from where.
struct Call {
    headers: HeaderMap,
    form: Vec<(String, String)>,
    address: IpAddr,
    path: String,
}

impl Call {
    async fn read(desk: &Desk, request: Request) -> Result<Self, Refused> {
        let address = auth::address(request.extensions());
        let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
        match Form::<Vec<(String, String)>>::from_request(request, desk).await {
            Ok(Form(form)) => Ok(Self { headers, form, address, path }),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Refused::House(
                Problem::new(Code::TooLarge, "the form is larger than this path takes"),
            )),
            Err(_) => {
                let why = "send a body of `application/x-www-form-urlencoded`".to_owned();
                Err(Refused::Form("invalid_request", why))
            }
        }
    }

    /// The field's one value; an empty one is as good as none.
    fn once(&self, name: &str) -> Result<Option<&str>, Refused> {
        let mut values = self.form.iter().filter(|(it, _)| it == name).map(|(_, it)| it.as_str());
        let first = values.next();
        if values.next().is_some() {
            let why = format!("`{name}` is there more than once");
            return Err(Refused::Form("invalid_request", why));
        }
        Ok(first.filter(|it| !it.is_empty()))
    }

    /// The key that the client presents.
    fn key(&self) -> Result<(String, Secret), Refused> {
        if self.form.iter().any(|(it, _)| it == "client_secret") {
            let why = "the key comes by HTTP Basic, not in the form".to_owned();
            return Err(Refused::Form("invalid_request", why));
        }
        basic(&self.headers).ok_or(Refused::Client)
    }

    fn origin(&self) -> Origin {
        let said = self.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        Origin { address: Some(self.address), service: None, user_agent: agent(said) }
    }

    /// Turns a refused key away: counted and audited as any failed authentication.
    async fn refuse(&self, desk: &Desk) -> Refused {
        let what = ("a refused broker key", "refused broker keys");
        if auth::too_many_failures(desk, self.address, &self.path, what).await {
            let text = "too many failed authentications from this address";
            return Refused::House(Problem::new(Code::TooManyFailures, text));
        }
        Refused::Client
    }
}

/// User and password of HTTP Basic. The RFC has both form-encoded before, which leaves ours as they are.
fn basic(headers: &HeaderMap) -> Option<(String, Secret)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, packed) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(packed.trim()).ok()?).ok()?;
    let (key, secret) = text.split_once(':')?;
    (!key.is_empty()).then(|| (key.to_owned(), Secret::new(secret)))
}

fn agent(said: Option<&str>) -> Option<Box<str>> {
    let text: String = said?.chars().filter(|it| !it.is_control()).take(AGENT).collect();
    (!text.is_empty()).then(|| text.into())
}

fn doors(desk: &Desk) -> Result<&Doors, Refused> {
    desk.broker.as_deref().ok_or_else(|| {
        Refused::House(Problem::new(Code::NotFound, "there is no broker behind this path"))
    })
}

fn missing(name: &str) -> Refused {
    Refused::Form("invalid_request", format!("`{name}` is missing"))
}

fn unavailable(error: &BrokerError, so: &str) -> Refused {
    tracing::error!(error = error as &dyn std::error::Error, "the broker cannot write its state");
    let text = format!("the broker cannot write its state; {so}");
    Refused::House(Problem::new(Code::Store, text).help("send it again in a moment"))
}

fn answered<T: IntoResponse>(answer: Result<T, Refused>) -> Response {
    let mut response = match answer {
        Ok(it) => it.into_response(),
        Err(refused) => refused.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Runs what writes to the disk where it holds up nobody.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "the broker's work ended early");
        Refused::House(Problem::new(Code::Internal, "the broker gave no answer"))
    })
}

/// One use of the broker, as its log source reads it.
#[derive(Serialize)]
struct Line<'a> {
    broker: &'a str,
    #[serde(flatten)]
    event: &'a BrokerEvent,
}

impl Doors {
    /// Doors in front of this broker.
    #[must_use]
    pub fn new(id: ConnectorId, broker: Broker) -> Self {
        Self { broker, id, used: Notify::new() }
    }

    /// Begins to carry uses into the inbox of this house.
    pub fn tell(self: &Arc<Self>, house: House) -> Telling {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(Arc::clone(self).carry(house, stopped));
        Telling { stop, task }
    }

    async fn carry(self: Arc<Self>, house: House, mut stopped: watch::Receiver<bool>) {
        let begun = clock::now().as_second();
        let file: Arc<str> = format!("broker:{}@{begun}", self.id).into();
        let (mut record, mut lost) = (0, 0);
        loop {
            let last = tokio::select! {
                () = self.used.notified() => false,
                _ = stopped.wait_for(|it| *it) => true,
            };
            let events = self.broker.events();
            let gone = self.broker.events_lost();
            if gone > lost {
                tracing::warn!(
                    records = gone - lost,
                    "uses of the broker were not recorded in time"
                );
                ::metrics::counter!("interlock_broker_events_lost_total").increment(gone - lost);
                lost = gone;
            }
            for lot in events.chunks(LOT) {
                let records = self.records(lot, &file, &mut record);
                while let Err(error) = house.store().push(&records).await {
                    tracing::warn!(%error, "uses of the broker wait: the inbox does not take them");
                    if *stopped.borrow() {
                        return;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                house.inbox_grew();
            }
            if last {
                return;
            }
        }
    }

    fn records(&self, events: &[BrokerEvent], file: &Arc<str>, record: &mut u64) -> Vec<Inbound> {
        let line = |event| {
            let line = Line { broker: &self.id.0, event };
            // INVARIANT: texts, times and enums serialise without failing.
            let text = serde_json::to_string(&line).unwrap_or_default();
            let it = Inbound {
                position: 0,
                file: Arc::clone(file),
                record: *record,
                alert: false,
                text: text.into(),
            };
            *record += 1;
            it
        };
        events.iter().map(line).collect()
    }
}

impl Telling {
    /// Carries what is still waiting, and ends.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::error!("uses of the broker were not recorded to the end");
        }
    }
}

#[cfg(test)]
#[path = "broker_tests.rs"]
mod tests;
