//! One place of delivery in memory, for every issuing action: it keeps what stood there before, and
//! misbehaves on request.

use super::{Bench, Trouble, Troubles};
use crate::Secret;
use crate::delivery::{Deliveries, Leave, PUT, Parcel, Place, Standing, Target, moved};
use interlock_contain::{ActionSpec, CallError, Check, Connector};
use interlock_model::{CredentialRef, Digest, Intent, Operation};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The value that stands there before anything is delivered.
const OLD: &str = "what-the-workload-has-now";

#[derive(Clone)]
struct Kept {
    content: String,
    key: Option<String>,
    secret: Secret,
}

struct Inner {
    stands: Kept,
    former: Option<Kept>,
    troubles: Troubles,
    writes: Vec<Operation>,
}

/// The place. Its own `Debug`, so that what it holds is not taken for what the connector says.
#[derive(Clone)]
pub(crate) struct Postbox(Arc<Mutex<Inner>>);

impl fmt::Debug for Postbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postbox")
    }
}

impl Default for Postbox {
    fn default() -> Self {
        let stands = Kept { content: "version-1".to_owned(), key: None, secret: Secret::new(OLD) };
        let (troubles, writes) = (Troubles::default(), Vec::new());
        Self(Arc::new(Mutex::new(Inner { stands, former: None, troubles, writes })))
    }
}

impl Postbox {
    /// Everybody of a provider finds its credential here.
    pub(crate) fn deliveries(&self, provider: &str) -> Deliveries {
        let mut all = Deliveries::default();
        all.add(vec![format!("{provider}:*")], Arc::new(self.clone()));
        all
    }

    /// What its workload reads.
    pub(crate) fn reads(&self) -> String {
        self.0.lock().unwrap().stands.secret.expose().to_owned()
    }
}

#[async_trait::async_trait]
impl Target for Postbox {
    fn place(&self, _: &str) -> Result<Arc<dyn Place>, CallError> {
        Ok(Arc::new(self.clone()))
    }

    async fn check(&self) -> Vec<Check> {
        Vec::new()
    }
}

#[async_trait::async_trait]
impl Place for Postbox {
    fn name(&self) -> String {
        "the postbox".to_owned()
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let Kept { content, key, .. } = self.0.lock().unwrap().stands.clone();
        Ok(Standing { content: Some(content), key })
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(Some(self.0.lock().unwrap().stands.secret.clone()))
    }

    async fn put(&self, _: Leave, from: Option<&str>, parcel: &Parcel) -> Result<(), CallError> {
        let mut inner = self.0.lock().unwrap();
        inner.writes.push(PUT);
        let silence = || CallError::OutcomeUnknown { why: "no answer".to_owned() };
        let trouble = inner.troubles.next(PUT);
        match trouble {
            Some(Trouble::Throttle) => {
                let (after, why) = (Duration::from_secs(2), "busy".to_owned());
                return Err(CallError::Retry { after, why });
            }
            Some(Trouble::Denied) => {
                return Err(CallError::Denied { permission: PUT.to_string() });
            }
            Some(Trouble::SilenceBefore) => return Err(silence()),
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        if Some(inner.stands.content.as_str()) != from {
            return Err(moved("the postbox"));
        }
        let Parcel { mark, key_id, secret } = parcel.clone();
        let new = Kept { content: mark, key: Some(key_id), secret };
        inner.former = Some(std::mem::replace(&mut inner.stands, new));
        if trouble.is_some() { Err(silence()) } else { Ok(()) }
    }

    async fn put_back(&self, _: Leave, from: &str, former: Option<&str>) -> Result<(), CallError> {
        let mut inner = self.0.lock().unwrap();
        inner.writes.push(PUT);
        let kept = inner.former.take().filter(|it| Some(it.content.as_str()) == former);
        let (Some(kept), true) = (kept, inner.stands.content == from) else {
            return Err(moved("the postbox"));
        };
        inner.stands = kept;
        Ok(())
    }
}

/// A bench with a postbox beside it.
#[derive(Debug)]
pub(crate) struct Delivered<B> {
    /// The bench.
    pub bench: B,
    /// Where it delivers.
    pub postbox: Postbox,
    /// What the provider has of the sort that is rotated, by the fake's state.
    pub has: fn(&B) -> BTreeSet<CredentialRef>,
}

impl<B: Bench> Bench for Delivered<B> {
    fn connector(&self) -> &dyn Connector {
        self.bench.connector()
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        self.bench.aim(action)
    }

    fn state(&self) -> String {
        format!("{}\n{}", self.bench.state(), Digest::of(self.postbox.reads().as_bytes()))
    }

    fn worth(&self) -> String {
        format!("{}\n{}", self.bench.worth(), Digest::of(self.postbox.reads().as_bytes()))
    }

    fn writes(&self) -> Vec<Operation> {
        let mut all = self.bench.writes();
        all.extend(self.postbox.0.lock().unwrap().writes.iter().copied());
        all
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        if operation == PUT {
            self.postbox.0.lock().unwrap().troubles.add(operation, trouble);
        } else {
            self.bench.trouble(operation, trouble);
        }
    }

    fn lag(&self, reads: usize) {
        self.bench.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        if action.delivery.is_none() {
            return self.bench.drift(action);
        }
        // Somebody else puts a credential there.
        self.postbox.0.lock().unwrap().stands.content = "version-2".to_owned();
        true
    }

    fn secrets(&self) -> Vec<String> {
        let mut all = self.bench.secrets();
        all.push(self.postbox.reads());
        all
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        (self.has)(&self.bench)
    }
}
