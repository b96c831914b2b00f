//! A provider in memory behind plain HTTP: it behaves as its own fake does, and misbehaves on request.

use super::{Trouble, Troubles};
use crate::http::{Answer, HttpError, Request, Wire, taken_apart};
use interlock_model::Operation;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

/// One request as a provider reads it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub method: String,
    /// The path without its first stroke.
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub accept: String,
    pub body: Value,
}

/// A part of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// The first of several calls.
    First,
    /// The last of several calls.
    Last,
}

/// A provider in memory.
pub(crate) trait Served: Clone + Send {
    /// Which operation this is, and whether it writes.
    fn operation(&self, asked: &Asked) -> (Operation, bool);
    /// Which part of one change of several calls this is.
    fn part(&self, _: &Asked) -> Part {
        Part::Whole
    }
    /// What it answers.
    fn answer(&mut self, asked: &Asked) -> (u16, Value);
}

/// The same on a wire. Its own `Debug`, so that what it holds is not taken for what the connector says.
pub(crate) struct Serving<S>(Mutex<Inner<S>>);

impl<S> fmt::Debug for Serving<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serving")
    }
}

struct Inner<S> {
    state: S,
    stale: Option<(S, usize)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
    headers: Vec<(String, String)>,
    /// Requests that change something and still come; `None`: any number.
    left: Option<usize>,
}

impl<S: Served> Serving<S> {
    pub(crate) fn new(state: S) -> Self {
        let troubles = Troubles::default();
        Self(Mutex::new(Inner {
            state,
            stale: None,
            lag: 0,
            troubles,
            writes: Vec::new(),
            headers: Vec::new(),
            left: None,
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        self.0.lock().unwrap()
    }

    /// What it really holds.
    pub(crate) fn state(&self) -> S {
        self.inner().state.clone()
    }

    /// Changes it behind everybody's back.
    pub(crate) fn change(&self, change: impl FnOnce(&mut S)) {
        change(&mut self.inner().state);
    }

    /// The writes that were asked for, in order, whatever became of them.
    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.inner().writes.clone()
    }

    /// The headers of the last request.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.inner().headers.clone()
    }

    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.inner().troubles.add(operation, trouble);
    }

    pub(crate) fn lag(&self, reads: usize) {
        self.inner().lag = reads;
    }

    /// Answers so many more requests that change something, and is silent to those after them.
    pub(crate) fn break_after(&self, writes: Option<usize>) {
        self.inner().left = writes;
    }
}

impl<S: Served> Inner<S> {
    fn ask(&mut self, asked: &Asked) -> Option<(u16, Value)> {
        let (operation, writes) = self.state.operation(asked);
        let part = self.state.part(asked);
        let mut trouble = self.troubles.next(operation);
        if let (Part::First, Some(later @ Trouble::SilenceAfter)) = (part, trouble) {
            // The answer that is lost is the last one.
            self.troubles.add(operation, later);
            trouble = None;
        }
        if writes {
            if part != Part::Last {
                self.writes.push(operation);
            }
            match self.left.as_mut() {
                Some(0) => return None,
                Some(left) => *left -= 1,
                None => {}
            }
        }
        match trouble {
            Some(Trouble::Denied) => return Some((403, Value::Null)),
            Some(Trouble::Throttle) => return Some((429, Value::Null)),
            Some(Trouble::SilenceBefore) => return None,
            Some(Trouble::SilenceAfter) if !writes => return None,
            Some(Trouble::Lie) if writes => return Some(self.state.clone().answer(asked)),
            Some(Trouble::SilenceAfter | Trouble::Lie) | None => {}
        }
        if !writes {
            if let Some((mut state, left)) = self.stale.take()
                && left > 0
            {
                let answer = state.answer(asked);
                self.stale = Some((state, left - 1));
                return Some(answer);
            }
            return Some(self.state.answer(asked));
        }
        let before = self.state.clone();
        let answer = self.state.answer(asked);
        self.stale = Some((before, self.lag));
        trouble.is_none().then_some(answer)
    }
}

#[async_trait::async_trait]
impl<S: Served> Wire for Serving<S> {
    async fn ask(&self, request: Request<'_>, _: usize) -> Result<Answer, HttpError> {
        let (path, query) = taken_apart(request.url).unwrap();
        let header = |name: &str| {
            let found = request.headers.iter().find(|it| it.0 == name);
            found.map(|it| it.1.clone()).unwrap_or_default()
        };
        let asked = Asked {
            method: request.method.to_owned(),
            path,
            query: query.into_iter().collect(),
            accept: header("accept"),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
        };
        let mut inner = self.inner();
        inner.headers = request.headers;
        let why = "the connection was cut".to_owned();
        let silence = || HttpError::BrokeOff { host: "fake".to_owned(), why };
        let (status, body) = inner.ask(&asked).ok_or_else(silence)?;
        let retry = ("retry-after".to_owned(), "2".to_owned());
        let headers = if status == 429 { vec![retry] } else { Vec::new() };
        Ok(Answer { status, headers, body: body.to_string().into_bytes() })
    }
}
