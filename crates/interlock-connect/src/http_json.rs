//! REST in JSON with a bearer of one token: one request, its answer, and what a failure of it means.
//!
//! A provider says how its token is carried and what its own words for a refusal are ([`Manner`]); the
//! rest is the same for all.

use crate::Secret;
use crate::aws::moment;
use crate::http::{Answer, Http, HttpError, Request, Wire, address};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::sync::OnceCell;

/// The largest answer that is read, in bytes.
const MOST: usize = 8 << 20;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How long to wait when the provider does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest wait that is believed when the provider says one.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The largest token that is read from a file, in bytes.
const TOKEN_BYTES: u64 = 64 << 10;
const JSON: &str = "application/json";

/// What a connector proves itself by.
#[derive(Debug, Clone)]
pub enum Token {
    /// This, until the process ends.
    Given(Secret),
    /// What stands in this file at the moment: its owner renews it.
    File(PathBuf),
}

impl Token {
    /// The token of the moment.
    pub(crate) async fn now(&self) -> Result<Secret, String> {
        let path = match self {
            Self::Given(secret) => return Ok(secret.clone()),
            Self::File(path) => path,
        };
        let failed =
            |why: String| format!("the token in `{}` cannot be read: {why}", path.display());
        let file = tokio::fs::File::open(path).await.map_err(|it| failed(it.to_string()))?;
        let mut text = String::new();
        let read = file.take(TOKEN_BYTES).read_to_string(&mut text).await;
        read.map_err(|it| failed(it.to_string()))?;
        match text.trim() {
            "" => Err(failed("it is empty".to_owned())),
            text if text.contains(char::is_control) => {
                Err(failed("it holds more than one line".to_owned()))
            }
            text => Ok(Secret::new(text)),
        }
    }
}

/// How a provider wants to be spoken to.
#[derive(Debug)]
pub(crate) struct Manner {
    /// The header with the token.
    pub header: &'static str,
    /// What stands before the token in it.
    pub scheme: &'static str,
    /// The provider's own words in an answer that is no success; empty when there are none.
    pub said: fn(&Value) -> String,
    /// What an answer means that the provider uses in a way of its own: status and words.
    pub meant: fn(u16, &str) -> Option<Meant>,
}

/// What an answer means, where its status does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    /// What was asked about is not there.
    Absent,
    /// It is refused for good, and not for want of a permission.
    Refused,
    /// Nothing was done, and it may go better later.
    Later,
}

/// One provider.
#[derive(Debug)]
pub(crate) struct Rest {
    base: String,
    token: Token,
    manner: &'static Manner,
    extra: Vec<(String, String)>,
    authorities: Option<Vec<u8>>,
    wire: OnceCell<Arc<dyn Wire>>,
    /// The second that the last answer was of, by the provider's clock; zero before the first.
    heard: AtomicI64,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    operation: Operation,
    writes: bool,
    method: &'static str,
    path: Vec<&'a str>,
    query: Vec<(&'a str, &'a str)>,
    accept: &'static str,
    body: Option<(&'static str, Value)>,
}

impl<'a> Ask<'a> {
    /// A request that changes nothing, whatever its method.
    ///
    /// # Errors
    /// The pass was given for another operation.
    pub(crate) fn reading(
        pass: &ReadPass,
        needed: Operation,
        method: &'static str,
        path: &[&'a str],
    ) -> Result<Self, CallError> {
        Self::of(pass.operation(), needed, false, method, path)
    }

    /// A request that changes something.
    ///
    /// # Errors
    /// The pass was given for another operation.
    pub(crate) fn writing(
        pass: &WritePass,
        needed: Operation,
        method: &'static str,
        path: &[&'a str],
    ) -> Result<Self, CallError> {
        Self::of(pass.operation(), needed, true, method, path)
    }

    /// A question that no action asks: about the connector's own permissions, or about a place of
    /// delivery. It changes nothing.
    pub(crate) fn checking(operation: Operation, method: &'static str, path: &[&'a str]) -> Self {
        let (query, body) = (Vec::new(), None);
        Self { operation, writes: false, method, path: path.to_vec(), query, accept: JSON, body }
    }

    /// A delivery. Who asks for it shows the leave for it.
    pub(crate) fn delivering(operation: Operation, method: &'static str, path: &[&'a str]) -> Self {
        Self { writes: true, ..Self::checking(operation, method, path) }
    }

    fn of(
        given: Operation,
        needed: Operation,
        writes: bool,
        method: &'static str,
        path: &[&'a str],
    ) -> Result<Self, CallError> {
        if given != needed {
            let why = format!("a pass for `{given}` does not open `{needed}`");
            return Err(CallError::Invalid { why });
        }
        Ok(Self { writes, ..Self::checking(given, method, path) })
    }

    /// With one more word of the query.
    pub(crate) fn query(mut self, name: &'a str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    /// With another form of answer than plain JSON.
    pub(crate) const fn accept(mut self, form: &'static str) -> Self {
        self.accept = form;
        self
    }

    /// With a body in JSON.
    pub(crate) fn body(self, body: Value) -> Self {
        self.body_of(JSON, body)
    }

    /// With a body in JSON of this sort.
    pub(crate) fn body_of(mut self, sort: &'static str, body: Value) -> Self {
        self.body = Some((sort, body));
        self
    }

    fn unanswered(&self, why: String) -> CallError {
        if self.writes {
            CallError::OutcomeUnknown { why }
        } else {
            CallError::Retry { after: PAUSE, why }
        }
    }

    /// What an answer that is no success means.
    fn refused(&self, manner: &Manner, answer: &Answer) -> CallError {
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let words: String = (manner.said)(&json).chars().filter(|it| !it.is_control()).collect();
        let words: String = words.chars().take(300).collect();
        let (operation, status) = (self.operation, answer.status);
        let said = if words.is_empty() { String::new() } else { format!(": {words}") };
        let why = format!("`{operation}` is answered {status}{said}");
        let told = answer.header("retry-after").and_then(|it| it.parse().ok());
        let after = told.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE);
        match (manner.meant)(status, &words) {
            Some(Meant::Absent) => return CallError::NotFound { what: self.named() },
            Some(Meant::Refused) => return CallError::Unsupported { why },
            Some(Meant::Later) => return CallError::Retry { after, why },
            None => {}
        }
        match status {
            401 | 403 => CallError::Denied { permission: operation.to_string() },
            404 => CallError::NotFound { what: self.named() },
            // Somebody was faster: the next attempt reads what is there now.
            409 | 410 | 412 => CallError::Retry { after: Duration::from_secs(1), why },
            429 => CallError::Retry { after, why },
            503 if told.is_some() => CallError::Retry { after, why },
            300..=399 => CallError::Unsupported {
                why: format!("{why}; the token does not follow to another address"),
            },
            500..=599 if status != 501 => self.unanswered(why),
            _ => CallError::Unsupported { why },
        }
    }

    fn named(&self) -> String {
        format!("`{}`", self.path.join("/"))
    }
}

impl Rest {
    /// Nothing is asked yet.
    pub(crate) fn new(
        base: &str,
        token: Token,
        manner: &'static Manner,
        extra: Vec<(String, String)>,
        authorities: Option<Vec<u8>>,
    ) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self {
            base,
            token,
            manner,
            extra,
            authorities,
            wire: OnceCell::new(),
            heard: AtomicI64::new(0),
        }
    }

    /// This moment of ours, or that of the provider's last answer where its clock is ahead: what it dates
    /// earlier was there before.
    pub(crate) fn no_earlier(&self, now: Timestamp) -> Timestamp {
        let heard = Timestamp::from_second(self.heard.load(Ordering::Relaxed));
        heard.map_or(now, |it| it.max(now))
    }

    /// The same, answered by somebody else than the network.
    pub(crate) fn over(self, wire: Arc<dyn Wire>) -> Self {
        Self { wire: OnceCell::new_with(Some(wire)), ..self }
    }

    /// Asks, and reads the answer as JSON; nothing when there is none.
    ///
    /// # Errors
    /// Cut by what to do next.
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Result<Value, CallError> {
        let made = self.wire.get_or_try_init(|| async {
            let http = Http::trusting(&self.base, self.authorities.as_deref())?;
            Ok::<Arc<dyn Wire>, HttpError>(Arc::new(http))
        });
        let wire = made.await.map_err(|it| CallError::Unsupported { why: it.to_string() })?;
        let invalid = || CallError::Invalid { why: format!("`{}` is not an address", self.base) };
        let url = address(&self.base, &ask.path, &ask.query).ok_or_else(invalid)?;
        let token = self.token.now().await;
        let token = token.map_err(|why| CallError::Retry { after: PAUSE, why })?;
        let mut headers = vec![
            (self.manner.header.to_owned(), format!("{}{}", self.manner.scheme, token.expose())),
            ("accept".to_owned(), ask.accept.to_owned()),
        ];
        headers.extend(self.extra.iter().cloned());
        let mut body = Vec::new();
        if let Some((sort, json)) = &ask.body {
            headers.push(("content-type".to_owned(), (*sort).to_owned()));
            body = json.to_string().into_bytes();
        }
        let request = Request { method: ask.method, url: &url, headers, body };
        let answer = tokio::time::timeout(ANSWER, wire.ask(request, MOST)).await;
        let answer = answer.map_err(|_| ask.unanswered("no answer in time".to_owned()))?;
        let answer = answer.map_err(|it| ask.unanswered(it.to_string()))?;
        if let Some(heard) = answer.header("date").and_then(moment) {
            self.heard.store(heard.as_second(), Ordering::Relaxed);
        }
        if !(200..300).contains(&answer.status) {
            return Err(ask.refused(self.manner, &answer));
        }
        if ask.writes || answer.body.is_empty() {
            // What it says of itself is not believed: it is read back.
            return Ok(serde_json::from_slice(&answer.body).unwrap_or_default());
        }
        serde_json::from_slice(&answer.body).map_err(|_| CallError::Invalid {
            why: format!("`{}` is not answered in JSON", ask.operation),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[tokio::test]
    async fn a_token_in_a_file_is_read_anew_each_time_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let token = Token::File(path.clone());
        assert!(token.now().await.unwrap_err().contains("cannot be read"));
        for text in ["first-and-secret\n", "second-and-secret"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(token.now().await.unwrap().expose(), text.trim());
        }
        std::fs::write(&path, "one\nhush-hush").unwrap();
        let said = token.now().await.unwrap_err();
        assert!(said.contains("more than one line") && !said.contains("hush"), "{said}");
    }
}
