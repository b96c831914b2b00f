//! A provider in memory that is asked the very requests, and misbehaves on request. What it does with
//! them is its provider's business.

use super::answer::refused;
use super::ask::{Api, Ask, Said, admit, text};
use crate::conformance::{Trouble, Troubles};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Answers a request: a status and a body. `true`: from the state, which it may change.
pub(crate) type Serve = fn(&mut Value, &Ask) -> (u16, Value);

/// The provider. Its own `Debug`, so that what it holds is not taken for what the connector says.
pub(crate) struct Fake {
    serve: Serve,
    inner: Mutex<Inner>,
}

struct Inner {
    state: Value,
    stale: Option<(Value, usize)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
    asked: Vec<Ask>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub(crate) fn new(serve: Serve, state: Value) -> Self {
        let inner = Inner {
            state,
            stale: None,
            lag: 0,
            troubles: Troubles::default(),
            writes: Vec::new(),
            asked: Vec::new(),
        };
        Self { serve, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn state(&self) -> Value {
        self.inner().state.clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.inner().state);
    }

    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.inner().writes.clone()
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Ask> {
        self.inner().asked.clone()
    }

    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.inner().troubles.add(operation, trouble);
    }

    pub(crate) fn lag(&self, reads: usize) {
        self.inner().lag = reads;
    }
}

fn none(_: &str) -> Option<String> {
    None
}

fn answered(ask: &Ask, (status, body): (u16, Value)) -> Result<Said, CallError> {
    if !(200..300).contains(&status) {
        return Err(refused(ask, status, &none, &body));
    }
    let next = text(&body, "@next").map(str::to_owned);
    let body = if next.is_some() { body["items"].clone() } else { body };
    let next = next.or_else(|| text(&body, "@odata.nextLink").map(str::to_owned));
    Ok(Said { body, next, at: None })
}

fn busy(ask: &Ask) -> CallError {
    CallError::Retry { after: Duration::from_secs(2), why: format!("`{}`: busy", ask.operation) }
}

#[async_trait::async_trait]
impl Api for Fake {
    async fn read(&self, pass: ReadPass, ask: Ask) -> Result<Said, CallError> {
        admit(pass.operation(), &ask)?;
        assert!(!ask.writes(), "{ask:?} reads with a write");
        let mut inner = self.inner();
        inner.asked.push(ask.clone());
        match inner.troubles.next(ask.operation) {
            Some(Trouble::Denied) => return answered(&ask, (403, json!({}))),
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                return Err(busy(&ask));
            }
            Some(Trouble::Lie) | None => {}
        }
        if let Some((mut state, left)) = inner.stale.take()
            && left > 0
        {
            inner.stale = Some((state.clone(), left - 1));
            return answered(&ask, (self.serve)(&mut state, &ask));
        }
        let mut state = inner.state.clone();
        answered(&ask, (self.serve)(&mut state, &ask))
    }

    async fn write(&self, pass: WritePass, ask: Ask) -> Result<Said, CallError> {
        self.written(pass.operation(), &ask, true)
    }

    async fn write_all(&self, pass: WritePass, asks: Vec<Ask>) -> Result<(), CallError> {
        for (place, ask) in asks.iter().enumerate() {
            self.written(pass.operation(), ask, place == 0)?;
        }
        Ok(())
    }

    async fn look(&self, ask: Ask) -> Result<Said, CallError> {
        let mut inner = self.inner();
        inner.asked.push(ask.clone());
        if let Some(Trouble::Denied) = inner.troubles.next(ask.operation) {
            return answered(&ask, (403, json!({})));
        }
        let mut state = inner.state.clone();
        answered(&ask, (self.serve)(&mut state, &ask))
    }
}

impl Fake {
    /// One request that writes; what is one operation counts once, at its first.
    fn written(&self, given: Operation, ask: &Ask, counts: bool) -> Result<Said, CallError> {
        admit(given, ask)?;
        let mut inner = self.inner();
        inner.asked.push(ask.clone());
        if counts {
            inner.writes.push(ask.operation);
        }
        let silence = || CallError::OutcomeUnknown { why: "no answer".to_owned() };
        let trouble = inner.troubles.next(ask.operation);
        match trouble {
            Some(Trouble::Throttle) => return Err(busy(ask)),
            Some(Trouble::Denied) => return answered(ask, (403, json!({}))),
            Some(Trouble::SilenceBefore) => return Err(silence()),
            Some(Trouble::Lie) => return Ok(Said::default()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        let before = inner.state.clone();
        let answer = (self.serve)(&mut inner.state, ask);
        inner.stale = Some((before, inner.lag));
        if trouble.is_some() { Err(silence()) } else { answered(ask, answer) }
    }
}
