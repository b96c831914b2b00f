//! One request, and what each way of failing means.

use super::Bearer;
use crate::http::{Answer, Request, Wire, address};
use interlock_contain::CallError;
use interlock_model::{Operation, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The largest answer that is read, in bytes.
const MOST: usize = 8 << 20;
/// How long to wait when the service does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest wait that is believed when the service says one.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// One request, and what a failure of it means.
#[derive(Debug)]
pub(crate) struct Ask {
    /// What it counts as.
    pub operation: Operation,
    /// Whether it may change something: some services look with POST.
    pub writes: bool,
    /// The method.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The body.
    pub body: Option<Value>,
    /// What it is about, for messages.
    pub what: String,
}

/// What is the service's own way.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether a refusal with 403 only says that there were too many calls.
    pub throttled: fn(&Answer) -> bool,
    /// The second, since 1970, at which calls are taken again.
    pub again: fn(&Answer) -> Option<i64>,
    /// The service's own words in an answer.
    pub said: fn(&Value) -> Option<String>,
}

/// A service that is asked in JSON.
#[derive(Debug)]
pub(crate) struct Rest {
    /// Where it answers.
    pub base: String,
    /// Who answers.
    pub wire: Arc<dyn Wire>,
    /// What the connector proves itself by.
    pub bearer: Box<dyn Bearer>,
    /// Its own way.
    pub terms: &'static Terms,
    /// The time.
    pub clock: fn() -> Timestamp,
}

impl Ask {
    /// There is no answer.
    fn unanswered(&self, why: String) -> CallError {
        if self.writes {
            CallError::OutcomeUnknown { why }
        } else {
            CallError::Retry { after: PAUSE, why }
        }
    }
}

impl Rest {
    /// An address of the service.
    pub(crate) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<String, CallError> {
        let url = address(&self.base, path, query);
        url.ok_or_else(|| CallError::Invalid { why: format!("`{}` is not an address", self.base) })
    }

    /// The answer, which is a success.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Answer, CallError> {
        let mut answer = self.once(ask).await?;
        // A token may be over before its time; a request that is refused for it did nothing.
        if answer.status == 401 && self.bearer.forget(answer.header("date")).await {
            answer = self.once(ask).await?;
        }
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(self.refused(ask, &answer))
    }

    /// Whether the service takes the token with which it is asked.
    pub(crate) async fn accepted(&self, ask: &Ask) -> Result<bool, CallError> {
        let answer = self.once(ask).await?;
        match answer.status {
            200..=299 => Ok(true),
            401 => Ok(false),
            _ => Err(self.refused(ask, &answer)),
        }
    }

    /// The answer in its form.
    pub(crate) async fn json<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, CallError> {
        read(ask, &self.ask(ask).await?)
    }

    /// The answer in its form; `None` when what is asked for is not there.
    pub(crate) async fn found<T: DeserializeOwned>(
        &self,
        ask: &Ask,
    ) -> Result<Option<T>, CallError> {
        match self.ask(ask).await {
            Ok(answer) => read(ask, &answer).map(Some),
            Err(CallError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn once(&self, ask: &Ask) -> Result<Answer, CallError> {
        let token = self.bearer.token(&*self.wire).await?;
        let own = self.terms.headers.iter();
        let mut headers: Vec<(String, String)> =
            own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        // Nobody's token is none.
        if !token.expose().is_empty() {
            headers.push(("authorization".to_owned(), format!("Bearer {}", token.expose())));
        }
        let mut body = Vec::new();
        if let Some(json) = &ask.body {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
            body = json.to_string().into_bytes();
        }
        let request = Request { method: ask.method, url: &ask.url, headers, body };
        let answer = tokio::time::timeout(ANSWER, self.wire.ask(request, MOST)).await;
        let answer = answer.map_err(|_| ask.unanswered("no answer in time".to_owned()))?;
        answer.map_err(|it| ask.unanswered(it.to_string()))
    }

    /// What an answer that is no success means.
    fn refused(&self, ask: &Ask, answer: &Answer) -> CallError {
        let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let said = json.and_then(|it| (self.terms.said)(&it)).unwrap_or_default();
        let said: String = said.chars().filter(|it| !it.is_control()).take(200).collect();
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let (operation, what, status) = (ask.operation, &ask.what, answer.status);
        let why = format!("`{operation}` of {what} is answered {status}{said}");
        let throttled = status == 429 || status == 403 && (self.terms.throttled)(answer);
        match status {
            _ if throttled => CallError::Retry { after: self.pause(answer), why },
            401 => CallError::Unsupported {
                why: format!("the connector's own credential is refused{said}{}", self.off()),
            },
            403 => CallError::Denied { permission: operation.to_string() },
            404 => CallError::NotFound { what: what.clone() },
            // Somebody was faster: the next attempt reads what is there now.
            409 | 412 => CallError::Retry { after: Duration::from_secs(1), why },
            503 if !ask.writes => CallError::Retry { after: self.pause(answer), why },
            300..=399 => CallError::Unsupported {
                why: format!("{why}; the token does not follow to another address"),
            },
            500..=599 if status != 501 => ask.unanswered(why),
            _ => CallError::Unsupported { why },
        }
    }

    /// By how much our clock differs, where that may be why.
    fn off(&self) -> String {
        self.bearer.difference().map(|it| format!("; {it}")).unwrap_or_default()
    }

    fn pause(&self, answer: &Answer) -> Duration {
        let after = answer.header("retry-after").and_then(|it| it.parse::<u64>().ok());
        let until = || {
            let left = (self.terms.again)(answer)? - (self.clock)().as_second();
            u64::try_from(left.max(1)).ok()
        };
        after.or_else(until).map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE)
    }
}

/// The parser's own words may repeat what is secret, so only the place is taken from them.
fn read<T: DeserializeOwned>(ask: &Ask, answer: &Answer) -> Result<T, CallError> {
    serde_json::from_slice(&answer.body).map_err(|it| CallError::Invalid {
        why: format!(
            "the answer of `{}` about {} is not understood, at column {}",
            ask.operation,
            ask.what,
            it.column()
        ),
    })
}
