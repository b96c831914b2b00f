//! One question by HTTP, and what its status means.

use super::Address;
use crate::aws::Clocks;
use crate::declared::{Ask, Way, admit, clean};
use crate::http::{Answer, Http, Request};
use crate::standard_webhooks;
use interlock_contain::{CallError, Check, ConnectorSpec, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The largest answer that is read, in bytes.
const MOST: usize = 64 << 10;
/// How long to wait when the service does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest wait that is believed when the service says one.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The address of one connector.
#[derive(Debug)]
pub(crate) struct Post {
    address: Address,
    http: OnceCell<Http>,
}

impl Post {
    /// Nothing is posted yet.
    pub(crate) fn new(address: Address) -> Self {
        Self { address, http: OnceCell::new() }
    }

    async fn send(&self, id: &str, key: Option<&str>, at: i64, body: Vec<u8>) -> Sent {
        let url = &self.address.url;
        let http = match self.http.get_or_try_init(|| async { Http::new(url) }).await {
            Ok(http) => http,
            Err(error) => return Sent::Never(error.to_string()),
        };
        let mut headers = standard_webhooks::headers(Some(&self.address.key), id, at, &body);
        headers.extend(key.map(|it| ("idempotency-key".to_owned(), it.to_owned())));
        headers.push(("accept".to_owned(), "application/json".to_owned()));
        let request = Request { method: "POST", url, headers, body };
        match tokio::time::timeout(self.address.timeout, http.ask(request, MOST)).await {
            Ok(Ok(answer)) => Sent::Answered(answer),
            Ok(Err(error)) => Sent::Unanswered(error.to_string()),
            Err(_) => Sent::Unanswered("no answer in time".to_owned()),
        }
    }

    /// Where it posts to.
    pub(crate) fn url(&self) -> &str {
        &self.address.url
    }

    /// The time, for questions that belong to no turn.
    pub(crate) fn now(&self) -> Timestamp {
        (self.address.now)()
    }

    /// Asks one question.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Vec<u8>, CallError> {
        let at = ask.at.as_second();
        // A write has the step's own key, however often it is sent; a look is never the same twice.
        let (id, key) = if ask.call.writes() {
            (ask.step.clone(), Some(ask.step.as_str()))
        } else {
            (format!("{}.{}.{}", ask.step, ask.call.as_str(), nonce()), None)
        };
        match self.send(&id, key, at, ask.body.clone()).await {
            Sent::Answered(answer) if (200..300).contains(&answer.status) => {
                self.kept_secret(&ask, answer.body)
            }
            Sent::Answered(answer) => Err(refused(&ask, &answer, &self.address)),
            Sent::Unanswered(why) => Err(unanswered(&ask, why)),
            Sent::Never(why) => Err(CallError::Unsupported { why }),
        }
    }

    fn kept_secret(&self, ask: &Ask, body: Vec<u8>) -> Result<Vec<u8>, CallError> {
        if String::from_utf8_lossy(&body).contains(self.address.key.expose()) {
            let why = format!("the answer to `{}` holds the key it is signed with", ask.operation);
            return Err(unanswered(ask, why));
        }
        Ok(body)
    }
}

/// What came of sending a question.
enum Sent {
    Answered(Answer),
    /// Nobody knows what became of it.
    Unanswered(String),
    /// It was not sent.
    Never(String),
}

/// So many hexadecimal digits that no two questions share.
fn nonce() -> String {
    let mut random = [0; 8];
    // Without randomness a service that remembers ids may take this for a question it had before; it
    // then answers what it saw then, and the step waits.
    let _ = getrandom::fill(&mut random);
    hex::encode(random)
}

/// What an answer that is no success means.
fn refused(ask: &Ask, answer: &Answer, address: &Address) -> CallError {
    let operation = ask.operation;
    let said = clean(&said(answer).replace(address.key.expose(), "(secret)"));
    let colon = if said.is_empty() { "" } else { ": " };
    let why = format!("`{operation}` is answered {}{colon}{said}", answer.status);
    let pause = answer.header("retry-after").and_then(|it| it.parse().ok());
    let after = pause.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE);
    let clocks = Clocks::default();
    clocks.learn(answer.header("date"), (address.now)());
    let off = clocks.difference().map(|it| format!("; {it}")).unwrap_or_default();
    match answer.status {
        // A signature of minutes ago, or to come, is refused as a wrong one is.
        400 | 401 | 403 if !off.is_empty() => CallError::Unsupported { why: format!("{why}{off}") },
        401 | 403 => CallError::Denied { permission: operation.to_string() },
        404 | 410 => CallError::NotFound { what: ask.what.clone() },
        // Somebody was faster: the next attempt reads what is there now.
        409 | 412 => CallError::Retry { after: Duration::from_secs(1), why },
        425 | 429 | 503 => CallError::Retry { after, why },
        300..=399 => CallError::Unsupported {
            why: format!("{why}; a question does not follow to another address"),
        },
        400 | 422 => CallError::Invalid { why },
        500 | 502 | 504..=599 => unanswered(ask, why),
        _ => CallError::Unsupported { why },
    }
}

/// The service's own words: `detail` of RFC 9457, or `error`.
fn said(answer: &Answer) -> String {
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let word = |name: &str| json.as_ref()?.get(name)?.as_str().map(str::to_owned);
    word("detail").or_else(|| word("error")).unwrap_or_default()
}

fn unanswered(ask: &Ask, why: String) -> CallError {
    if ask.call.writes() {
        CallError::OutcomeUnknown { why }
    } else {
        CallError::Retry { after: PAUSE, why }
    }
}

#[async_trait::async_trait]
impl Way for Post {
    async fn look(&self, pass: ReadPass, ask: Ask) -> Result<Vec<u8>, CallError> {
        admit(pass.operation(), ask.operation)?;
        self.ask(ask).await
    }

    async fn change(&self, pass: WritePass, ask: Ask) -> Result<Vec<u8>, CallError> {
        admit(pass.operation(), ask.operation)?;
        self.ask(ask).await
    }

    /// Asks for each operation whether it would be answered; `check` is not one of the calls and so
    /// can be about nothing.
    async fn check(&self, spec: &'static ConnectorSpec) -> Vec<Check> {
        self.answers(crate::reference::permissions(spec).enforce).await
    }
}

impl Post {
    /// Asks for each operation whether it would be answered.
    pub(crate) async fn answers(&self, all: impl IntoIterator<Item = Operation>) -> Vec<Check> {
        let mut checks = Vec::new();
        for operation in all {
            let (verb, call) = operation.0.split_once('.').unwrap_or((operation.0, ""));
            let question = json!({ "version": 1, "call": "check", "verb": verb, "of": call });
            let body = question.to_string().into_bytes();
            let id = format!("check.{}", nonce());
            let now = (self.address.now)().as_second();
            let outcome = match self.send(&id, None, now, body).await {
                Sent::Answered(answer) if (200..300).contains(&answer.status) => Ok(()),
                Sent::Answered(answer) => Err(format!(
                    "answered {}: the service must answer `check` for it with 200 or 204",
                    answer.status
                )),
                Sent::Unanswered(why) | Sent::Never(why) => Err(why),
            };
            checks.push(Check::told(operation.to_string(), outcome));
        }
        checks
    }
}
