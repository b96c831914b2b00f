//! What every provider in memory needs at the wire: it misbehaves on request, lags, and keeps a recording.

use crate::conformance::{Trouble, Troubles};
use crate::http::{Answer, Exchange, HttpError, Request, Wire, form, path_and_query};
use interlock_model::Operation;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a provider answers: a status, and a body that may be `null` for none.
pub type Answered = (u16, Value);

/// How one provider understands a request.
pub trait Routes<S> {
    /// What the request counts as, and whether it writes; `None`: the provider has no such address.
    fn operation(&self, method: &str, path: &[String]) -> Option<(Operation, bool)>;
    /// What it does to the state, and answers.
    fn answer(&self, state: &mut S, asked: &Asked<'_>) -> Answered;
    /// How it says no, and that there were too many calls.
    fn refusal(&self, status: u16) -> Value;
}

/// One request, taken apart.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a str,
    /// The parts of the path, decoded.
    pub path: Vec<String>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The body; `null` without one.
    pub body: Value,
    /// The token by which the caller proves itself; `None` without one.
    pub token: Option<String>,
}

impl Asked<'_> {
    /// One value of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// One text of the body.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }
}

/// A provider in memory. Its own `Debug`, so that what it holds is not taken for what a connector says.
pub struct Provider<S, R> {
    routes: R,
    inner: Mutex<Inner<S>>,
}

struct Inner<S> {
    state: S,
    stale: Option<(S, usize)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
    recording: Vec<Exchange>,
}

#[async_trait::async_trait]
impl<S: Clone + Send, R: Routes<S> + Send + Sync> Wire for Provider<S, R> {
    async fn ask(&self, request: Request<'_>, _: usize) -> Result<Answer, HttpError> {
        self.take(&request)
    }
}

impl<S, R> fmt::Debug for Provider<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}

impl<S: Clone, R: Routes<S>> Provider<S, R> {
    /// One that holds this.
    pub fn new(state: S, routes: R) -> Self {
        let inner = Inner {
            state,
            stale: None,
            lag: 0,
            troubles: Troubles::default(),
            writes: Vec::new(),
            recording: Vec::new(),
        };
        Self { routes, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it really holds.
    pub fn state(&self) -> S {
        self.inner().state.clone()
    }

    /// Changes what it holds behind everybody's back.
    pub fn change(&self, change: impl FnOnce(&mut S)) {
        change(&mut self.inner().state);
    }

    /// The writes that were asked for, in order, whatever became of them.
    pub fn writes(&self) -> Vec<Operation> {
        self.inner().writes.clone()
    }

    /// Everything that was asked, and the answers.
    pub fn recording(&self) -> Vec<Exchange> {
        self.inner().recording.clone()
    }

    /// Makes the next call of an operation misbehave.
    pub fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.inner().troubles.add(operation, trouble);
    }

    /// Lets so many reads after a write see the state before it.
    pub fn lag(&self, reads: usize) {
        self.inner().lag = reads;
    }

    /// One request.
    ///
    /// # Errors
    /// It was asked to keep silent.
    pub fn take(&self, request: &Request<'_>) -> Result<Answer, HttpError> {
        let silence = || {
            let why = "the fake was asked to keep silent".to_owned();
            Err(HttpError::BrokeOff { host: "fake".to_owned(), why })
        };
        let Some(asked) = taken_apart(request) else { return silence() };
        let Some((operation, writes)) = self.routes.operation(request.method, &asked.path) else {
            return Ok(self.record(request, (404, self.routes.refusal(404)), &[]));
        };
        let trouble = {
            let mut inner = self.inner();
            if writes {
                inner.writes.push(operation);
            }
            inner.troubles.next(operation)
        };
        let refused = |status, headers: &[(&str, &str)]| {
            Ok(self.record(request, (status, self.routes.refusal(status)), headers))
        };
        match trouble {
            Some(Trouble::Denied) => return refused(403, &[]),
            Some(Trouble::Throttle) => return refused(429, &[("retry-after", "2")]),
            Some(Trouble::SilenceBefore) => return silence(),
            Some(Trouble::SilenceAfter) if !writes => return silence(),
            Some(Trouble::SilenceAfter | Trouble::Lie) | None => {}
        }
        let answered = self.carried_out(&asked, writes, trouble == Some(Trouble::Lie));
        if trouble == Some(Trouble::SilenceAfter) {
            return silence();
        }
        Ok(self.record(request, answered, &[]))
    }

    fn carried_out(&self, asked: &Asked<'_>, writes: bool, lie: bool) -> Answered {
        let mut inner = self.inner();
        if !writes {
            if let Some((mut state, left)) = inner.stale.take()
                && left > 0
            {
                let answered = self.routes.answer(&mut state, asked);
                inner.stale = Some((state, left - 1));
                return answered;
            }
            return self.routes.answer(&mut inner.state, asked);
        }
        let mut after = inner.state.clone();
        let answered = self.routes.answer(&mut after, asked);
        if lie {
            return answered;
        }
        let before = std::mem::replace(&mut inner.state, after);
        inner.stale = Some((before, inner.lag));
        answered
    }

    fn record(
        &self,
        request: &Request<'_>,
        (status, body): Answered,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let kind = request.headers.iter().find(|it| it.0 == "content-type");
        self.inner().recording.push(Exchange {
            method: request.method.to_owned(),
            url: request.url.to_owned(),
            content_type: kind.map(|it| it.1.clone()),
            body: request.body.clone(),
            status,
            answer: body.clone(),
        });
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Answer { status, headers: headers.collect(), body }
    }
}

fn taken_apart<'a>(request: &Request<'a>) -> Option<Asked<'a>> {
    let (path, query) = path_and_query(request.url)?;
    let path = path.strip_prefix('/')?.split('/').map(decoded).collect();
    let fields = || {
        let fields = form(&String::from_utf8_lossy(&request.body)).into_iter();
        Value::Object(fields.map(|(name, value)| (name, json!(value))).collect())
    };
    let body = if request.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&request.body).unwrap_or_else(|_| fields())
    };
    let proof = request.headers.iter().find(|it| it.0 == "authorization");
    let token = proof.and_then(|it| it.1.strip_prefix("Bearer ")).map(str::to_owned);
    Some(Asked { method: request.method, path, query, body, token })
}

/// A part of a path as it was before it was encoded.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        let digit = |it: Option<u8>| it.and_then(|it| char::from(it).to_digit(16));
        match byte {
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => bytes.extend(u8::try_from(high * 16 + low)),
                _ => bytes.push(b'%'),
            },
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
