//! What connectors of hosted services share: one client for JSON over HTTP, whose every failure is cut by
//! what to do next, and what a provider in memory needs at the wire.

mod ask;
pub mod fake;
mod gone;
mod step;

pub(crate) use ask::{Ask, Rest, Terms};
pub(crate) use gone::{Gone, Listed};
pub(crate) use step::{Of, already, drifted, holds, step, told};

use crate::Secret;
use crate::http::{Answer, Http, HttpError, Request, Wire};
use interlock_contain::CallError;
use interlock_model::{Operation, Timestamp};
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

/// Where a connector's token comes from.
#[async_trait::async_trait]
pub(crate) trait Bearer: Send + Sync + Debug {
    /// A token that is good now.
    async fn token(&self, wire: &dyn Wire) -> Result<Secret, CallError>;
    /// Gives up the token that was given last, which an answer of this `Date` refused; whether another
    /// may be better.
    async fn forget(&self, date: Option<&str>) -> bool;
    /// For messages: by how much our clock differs from that of whoever takes the token, where a token
    /// says when.
    fn difference(&self) -> Option<String> {
        None
    }
}

/// A token that is simply there.
#[derive(Debug)]
pub(crate) struct Fixed(pub Secret);

#[async_trait::async_trait]
impl Bearer for Fixed {
    async fn token(&self, _: &dyn Wire) -> Result<Secret, CallError> {
        Ok(self.0.clone())
    }

    async fn forget(&self, _: Option<&str>) -> bool {
        false
    }
}

/// A moment, where it is one: some services say the last day of the year 9999 for never, which is beyond
/// what we know, and a list must not be lost by it.
pub(crate) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Option::<Value>::deserialize(from)?;
    Ok(value.as_ref().and_then(Value::as_str).and_then(|it| it.parse().ok()))
}

/// The network. Without TLS each request says why there is none.
pub(crate) fn network(url: &str) -> Arc<dyn Wire> {
    match Http::new(url) {
        Ok(http) => Arc::new(http),
        Err(error) => Arc::new(Nothing(error.to_string())),
    }
}

#[derive(Debug)]
struct Nothing(String);

#[async_trait::async_trait]
impl Wire for Nothing {
    async fn ask(&self, _: Request<'_>, _: usize) -> Result<Answer, HttpError> {
        Err(HttpError::Unreachable { host: "?".to_owned(), why: self.0.clone() })
    }
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}
