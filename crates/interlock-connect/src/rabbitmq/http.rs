//! The management API: one request, and what its answer means.

use crate::Secret;
use crate::database::{Reach, Tls};
use crate::http::{Answer, Http, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interlock_contain::CallError;
use interlock_model::Operation;
use jiff::fmt::rfc2822;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The largest answer that is read, in bytes.
const MOST: usize = 16 << 20;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How long to wait before a server is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// The API of one broker.
#[derive(Debug)]
pub(super) struct Management {
    base: String,
    authorities: Option<PathBuf>,
    /// What it proves itself by.
    basic: Secret,
    http: OnceCell<Http>,
}

/// One request.
#[derive(Debug)]
pub(super) struct Ask {
    operation: Operation,
    method: &'static str,
    path: String,
    body: Option<Value>,
    what: String,
}

impl Ask {
    pub(super) const fn get(operation: Operation, path: String, what: String) -> Self {
        Self { operation, method: "GET", path, body: None, what }
    }

    pub(super) const fn put(operation: Operation, path: String, body: Value, what: String) -> Self {
        Self { operation, method: "PUT", path, body: Some(body), what }
    }

    pub(super) const fn delete(operation: Operation, path: String, what: String) -> Self {
        Self { operation, method: "DELETE", path, body: None, what }
    }

    fn unanswered(&self, why: &str) -> CallError {
        let why = format!("`{}` on {}: {why}", self.operation, self.what);
        if self.method == "GET" {
            CallError::Retry { after: PAUSE, why }
        } else {
            CallError::OutcomeUnknown { why }
        }
    }

    /// What an answer that is no success means.
    fn refused(&self, answer: &Answer) -> CallError {
        let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let reason = json.as_ref().and_then(|it| it.get("reason")).and_then(Value::as_str);
        let reason: String = reason.unwrap_or_default().chars().take(200).collect();
        let (operation, what, status) = (self.operation, &self.what, answer.status);
        let why = format!("`{operation}` on {what} is answered {status}: {reason}");
        match status {
            // The same status for whoever is nobody, and for whoever may not.
            401 if reason.contains("Login failed") => CallError::Unsupported {
                why: format!("`{}` refuses the connector itself: {reason}", self.path),
            },
            401 | 403 => CallError::Denied { permission: operation.to_string() },
            404 => CallError::NotFound { what: what.clone() },
            429 | 503 => CallError::Retry { after: PAUSE, why },
            500..=599 => self.unanswered(&format!("answered {status}: {reason}")),
            400 => CallError::Invalid { why },
            _ => CallError::Unsupported { why },
        }
    }
}

impl Management {
    /// Nothing is asked yet.
    pub(super) fn new(reach: &Reach) -> Self {
        let (scheme, authorities) = match &reach.tls {
            Tls::Off => ("http", None),
            Tls::Verified(authorities) => ("https", authorities.clone()),
        };
        let password = reach.password.as_ref().map(Secret::expose).unwrap_or_default();
        let basic = Secret::new(STANDARD.encode(format!("{}:{password}", reach.user)));
        let base = format!("{scheme}://{}:{}/api", reach.host, reach.port);
        Self { base, authorities, basic, http: OnceCell::new() }
    }

    fn client(&self) -> Result<Http, CallError> {
        let unsupported = |why: String| CallError::Unsupported { why };
        let read = |it: &PathBuf| {
            std::fs::read(it).map_err(|why| unsupported(format!("`{}`: {why}", it.display())))
        };
        let authorities = self.authorities.as_ref().map(read).transpose()?;
        Http::trusting(&self.base, authorities.as_deref()).map_err(|it| unsupported(it.to_string()))
    }

    /// The answer, which is a success.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Answer, CallError> {
        let http = self.http.get_or_try_init(|| async { self.client() }).await?;
        let mut headers =
            vec![("authorization".to_owned(), format!("Basic {}", self.basic.expose()))];
        let mut body = Vec::new();
        if let Some(json) = &ask.body {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
            body = json.to_string().into_bytes();
        }
        let url = format!("{}{}", self.base, ask.path);
        let request = Request { method: ask.method, url: &url, headers, body };
        let answer = tokio::time::timeout(ANSWER, http.ask(request, MOST)).await;
        let answer = answer.map_err(|_| ask.unanswered("no answer in time"))?;
        let answer = answer.map_err(|it| ask.unanswered(&it.to_string()))?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(ask.refused(&answer)) }
    }

    /// The answer in its form.
    pub(super) async fn json<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, CallError> {
        let operation = ask.operation;
        read(operation, &self.ask(ask).await?)
    }

    /// The same, with the server's own time in milliseconds, as late as it can have been.
    pub(super) async fn dated<T: DeserializeOwned>(&self, ask: Ask) -> Result<(i64, T), CallError> {
        let operation = ask.operation;
        let answer = self.ask(ask).await?;
        let date = answer.header("date").and_then(|it| rfc2822::parse(it).ok());
        let date = date.ok_or_else(|| CallError::Invalid {
            why: format!("`{operation}` is answered without a date"),
        })?;
        let end = date.timestamp().as_second().saturating_mul(1_000).saturating_add(999);
        Ok((end, read(operation, &answer)?))
    }
}

/// The parser's own words may repeat a hash, so only the place is taken from them.
fn read<T: DeserializeOwned>(operation: Operation, answer: &Answer) -> Result<T, CallError> {
    serde_json::from_slice(&answer.body).map_err(|it| CallError::Invalid {
        why: format!("the answer of `{operation}` is not understood, at column {}", it.column()),
    })
}

/// A name as a part of a path: it never reaches into another.
pub(super) fn segment(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn no_name_reaches_into_another() {
        for (name, made) in [
            ("svc", "svc"),
            ("/", "%2F"),
            ("a/../b?c#d", "a%2F%2E%2E%2Fb%3Fc%23d"),
            ("ä", "%C3%A4"),
        ] {
            assert_eq!(segment(name), made);
        }
    }
}
