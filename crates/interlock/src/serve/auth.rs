//! Who calls: bearer tokens for the API, a session for the page; what each role may do.
//!
//! A token is compared by its SHA-256, with every known one, in constant time.
//! Memory: at most [`ADDRESSES`] addresses are watched for failures and [`SESSIONS`] sessions kept.

use super::Desk;
use super::places::network;
use super::problem::{Code, Problem};
use crate::clock;
use crate::config::{Delivers, Token, TokenRole};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use interlock_model::{AuditFact, Batch};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use subtle::ConstantTimeEq as _;

/// The name of the page's cookie.
pub const COOKIE: &str = "interlock_session";
/// How long a session of the page lives, in seconds.
pub const SESSION_SECONDS: i64 = 8 * 3_600;
/// Failed authentications of one address in one minute that are answered and audited one by one.
const FAILURES: u32 = 10;
/// Failed authentications of all addresses in one minute that are audited: the chain is kept for ever, so
/// nobody with many addresses may make it grow as fast as they please.
const NOTED: u32 = 200;
/// Most addresses that are watched for failures.
const ADDRESSES: usize = 4_096;
/// Most sessions of the page.
const SESSIONS: usize = 1_024;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name: what the audit chain and the approvers of teams know.
    pub name: Arc<str>,
    /// What it may do.
    pub roles: BTreeSet<TokenRole>,
    /// Whose records it may deliver.
    pub delivers: Delivers,
}

/// What a path asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To send events and alerts.
    Ingest,
    /// To look.
    Read,
    /// To answer as an owner or as the security team.
    Answer,
    /// To act as the security team.
    Security,
}

impl Need {
    /// The roles that reach; one is enough.
    #[must_use]
    pub const fn roles(self) -> &'static [TokenRole] {
        match self {
            Self::Ingest => &[TokenRole::Ingest, TokenRole::Admin],
            Self::Read => {
                &[TokenRole::Read, TokenRole::Owner, TokenRole::Security, TokenRole::Admin]
            }
            Self::Answer => &[TokenRole::Owner, TokenRole::Security, TokenRole::Admin],
            Self::Security => &[TokenRole::Security, TokenRole::Admin],
        }
    }
}

impl Caller {
    /// Whether the caller has one of these roles.
    #[must_use]
    pub fn has(&self, roles: &[TokenRole]) -> bool {
        roles.iter().any(|it| self.roles.contains(it))
    }
}

/// Knows the tokens, the sessions, and who failed lately.
#[derive(Debug)]
pub struct Gate {
    tokens: Vec<Token>,
    sessions: Mutex<HashMap<[u8; 32], (Caller, i64)>>,
    failures: Mutex<Watched>,
}

/// Who failed lately.
#[derive(Debug, Default)]
struct Watched {
    by: HashMap<IpAddr, Failures>,
    all: Failures,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    minute: i64,
    count: u32,
}

/// What becomes of a failed authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// It is answered and audited.
    Noted,
    /// The last one of this minute that is audited.
    Last,
    /// It is only turned away.
    Silent,
}

impl Gate {
    /// A gate that knows these tokens.
    #[must_use]
    pub fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, sessions: Mutex::default(), failures: Mutex::default() }
    }

    /// Whose token this is.
    #[must_use]
    pub fn token(&self, presented: &str) -> Option<Caller> {
        if presented.is_empty() {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
        let mut found = None;
        // Every token is compared, so that the time tells nothing about which one matched.
        for token in &self.tokens {
            if bool::from(token.hash.ct_eq(&hash)) {
                found = Some(token);
            }
        }
        let token = found?;
        Some(Caller {
            name: token.name.as_str().into(),
            roles: token.roles.clone(),
            delivers: token.delivers.clone(),
        })
    }

    /// Opens a session of the page and gives its cookie's value. `None`: the system has no randomness.
    #[must_use]
    pub fn open_session(&self, caller: Caller, now: i64) -> Option<String> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).ok()?;
        let text = hex::encode(random);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, (_, until)| now < *until);
        if sessions.len() >= SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, it)| it.1).map(|it| *it.0)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(Sha256::digest(text.as_bytes()).into(), (caller, now + SESSION_SECONDS));
        Some(text)
    }

    /// Whose session these headers carry.
    #[must_use]
    pub fn session(&self, headers: &HeaderMap, now: i64) -> Option<Caller> {
        let key: [u8; 32] = Sha256::digest(cookie(headers)?.as_bytes()).into();
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&key).filter(|(_, until)| now < *until).map(|(caller, _)| caller.clone())
    }

    /// Ends the session that these headers carry.
    pub fn close_session(&self, headers: &HeaderMap) {
        if let Some(text) = cookie(headers) {
            let key: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
    }

    fn failed(&self, address: IpAddr, now: i64) -> Failed {
        let (minute, address) = (now.div_euclid(60), network(address));
        let mut watched = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Watched { by, all } = &mut *watched;
        if by.len() >= ADDRESSES && !by.contains_key(&address) {
            by.retain(|_, it| it.minute == minute);
            if by.len() >= ADDRESSES {
                return Failed::Silent;
            }
        }
        match by.entry(address).or_default().count(minute, FAILURES) {
            Failed::Silent => Failed::Silent,
            one @ (Failed::Noted | Failed::Last) => match all.count(minute, NOTED) {
                Failed::Noted => one,
                other @ (Failed::Last | Failed::Silent) => other,
            },
        }
    }
}

impl Failures {
    /// Counts one more in this minute, of which so many are noted.
    const fn count(&mut self, minute: i64, noted: u32) -> Failed {
        if self.minute != minute {
            *self = Self { minute, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        if self.count < noted {
            Failed::Noted
        } else if self.count == noted {
            Failed::Last
        } else {
            Failed::Silent
        }
    }
}

/// The token that these headers carry.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The value of the page's cookie.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// Lets a request through whose token reaches; the caller goes with it.
pub async fn guard(
    State((desk, need)): State<(Desk, Need)>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = address(request.extensions());
    let path = request.uri().path().to_owned();
    match admit(&desk, need, request.headers(), address, &path).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(
    desk: &Desk,
    need: Need,
    headers: &HeaderMap,
    address: IpAddr,
    path: &str,
) -> Result<Caller, Problem> {
    let caller = match bearer(headers) {
        Some(token) => desk.gate.token(token),
        None if headers.contains_key(header::AUTHORIZATION) => None,
        None => {
            // Nothing was tried, so there is nothing to slow down or to write down.
            let problem = Problem::new(Code::Unauthorised, "no token came with the request");
            return Err(
                problem.help("send `Authorization: Bearer` and a token of `interlock.toml`")
            );
        }
    };
    let Some(caller) = caller else {
        return Err(refuse_unknown(desk, address, path).await);
    };
    if caller.has(need.roles()) {
        return Ok(caller);
    }
    let roles: Vec<&str> = need.roles().iter().map(|it| role(*it)).collect();
    let message =
        format!("token `{}` has none of the roles that reach: {}", caller.name, roles.join(", "));
    let by = caller.name.to_string();
    if desk.gate.failed(address, clock::now().as_second()) != Failed::Silent {
        note(desk, "api.forbidden", by, address, path, message.clone()).await;
    }
    Err(Problem::new(Code::Forbidden, message))
}

/// Answers a token or a login that nobody knows: slowed down, counted, audited.
pub async fn refuse_unknown(desk: &Desk, address: IpAddr, path: &str) -> Problem {
    if too_many_failures(desk, address, path, ("an unknown token", "unknown tokens")).await {
        let text = "too many failed authentications from this address";
        return Problem::new(Code::TooManyFailures, text);
    }
    Problem::new(Code::Unauthorised, "the token is not known")
}

/// Counts and audits a failed authentication; whether there were too many from this address lately.
/// What failed is named in the singular and in the plural.
pub async fn too_many_failures(
    desk: &Desk,
    address: IpAddr,
    path: &str,
    (one, many): (&str, &str),
) -> bool {
    metrics::counter!("interlock_authentication_failures_total").increment(1);
    let text = match desk.gate.failed(address, clock::now().as_second()) {
        Failed::Noted => format!("{one} came from {address}"),
        Failed::Last => {
            format!("{many} keep coming from {address}; more in this minute are only counted")
        }
        Failed::Silent => return true,
    };
    note(desk, "api.authentication_failed", "nobody".to_owned(), address, path, text).await;
    false
}

async fn note(desk: &Desk, what: &str, by: String, address: IpAddr, path: &str, text: String) {
    let path: String = path.chars().filter(|it| !it.is_control()).take(200).collect();
    let about =
        BTreeMap::from([("address".to_owned(), address.to_string()), ("path".to_owned(), path)]);
    let fact = AuditFact { what: what.to_owned(), by, about, text, object: None };
    let batch = Batch { audit: vec![fact], ..Batch::default() };
    if let Err(error) = desk.reading.store().commit(&batch, clock::now()).await {
        tracing::error!(%error, what, "what was refused could not be written down");
    }
}

/// The address that a request came from.
#[must_use]
pub fn address(extensions: &axum::http::Extensions) -> IpAddr {
    extensions
        .get::<axum::extract::ConnectInfo<super::listener::Peer>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.0.0.ip())
}

/// A role as text, as in the configuration.
#[must_use]
pub const fn role(it: TokenRole) -> &'static str {
    match it {
        TokenRole::Ingest => "ingest",
        TokenRole::Read => "read",
        TokenRole::Owner => "owner",
        TokenRole::Security => "security",
        TokenRole::Admin => "admin",
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a guarded path has a caller; one that forgot its guard is shut, not open.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(Code::Unauthorised, "no token came with the request"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn gate() -> Gate {
        let token = |name: &str, text: &str, role| Token {
            name: name.to_owned(),
            roles: BTreeSet::from([role]),
            hash: Sha256::digest(text.as_bytes()).into(),
            delivers: Delivers::default(),
        };
        Gate::new(vec![token("a", "one", TokenRole::Read), token("b", "two", TokenRole::Admin)])
    }

    #[test]
    fn a_token_is_known_by_its_whole_text() {
        let gate = gate();
        assert_eq!(gate.token("one").map(|it| it.name.to_string()).as_deref(), Some("a"));
        assert_eq!(gate.token("two").map(|it| it.name.to_string()).as_deref(), Some("b"));
        for text in ["", "on", "one ", "ONE", "three"] {
            assert_eq!(gate.token(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_bearer_scheme_counts() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("Bearer ", None),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer(&headers), token, "{value}");
        }
    }

    #[test]
    fn a_session_ends_by_itself_and_by_hand() {
        let gate = gate();
        let caller = gate.token("one").unwrap();
        let text = gate.open_session(caller.clone(), 0).unwrap();
        let with = |text: &str| {
            let value = format!("other=1; {COOKIE}={text}");
            HeaderMap::from_iter([(header::COOKIE, value.parse().unwrap())])
        };
        assert_eq!(gate.session(&with(&text), SESSION_SECONDS - 1), Some(caller));
        assert_eq!(gate.session(&with(&text), SESSION_SECONDS), None);
        assert_eq!(gate.session(&with("guess"), 0), None);
        gate.close_session(&with(&text));
        assert_eq!(gate.session(&with(&text), 0), None);
    }

    #[test]
    fn failures_are_audited_a_few_times_a_minute_for_each_address() {
        let gate = gate();
        let address = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let kinds: Vec<Failed> = (0..12).map(|_| gate.failed(address(1), 0)).collect();
        assert_eq!(kinds.iter().filter(|it| **it == Failed::Noted).count(), 9);
        assert_eq!(kinds[9..], [Failed::Last, Failed::Silent, Failed::Silent]);
        assert_eq!(gate.failed(address(2), 0), Failed::Noted);
        assert_eq!(gate.failed(address(1), 60), Failed::Noted);
    }

    /// The audit chain is kept for ever: many addresses must not fill the disk with it.
    #[test]
    fn failures_of_many_addresses_are_audited_a_few_times_in_all() {
        let gate = gate();
        let noted = |addresses: &mut dyn Iterator<Item = IpAddr>| {
            addresses.filter(|it| gate.failed(*it, 0) != Failed::Silent).count()
        };
        let host = |it: u32| Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(it)).into();
        assert_eq!(noted(&mut (0..500).map(host)), 10, "one network counts as one address");
        let other = |it: u32| IpAddr::V4(Ipv4Addr::from(it));
        assert_eq!(noted(&mut (1..3_000).map(other)), NOTED as usize - 10);
        assert_eq!(gate.failed(other(5_000), 60), Failed::Noted, "the next minute counts anew");
    }

    #[test]
    fn memory_of_failures_is_bounded() {
        let gate = gate();
        for it in 0..u32::try_from(ADDRESSES).unwrap() + 10 {
            gate.failed(IpAddr::V4(Ipv4Addr::from(it)), 0);
        }
        assert_eq!(gate.failures.lock().unwrap().by.len(), ADDRESSES);
        gate.failed(IpAddr::V4(Ipv4Addr::BROADCAST), 60);
        assert_eq!(gate.failures.lock().unwrap().by.len(), 1);
    }
}
