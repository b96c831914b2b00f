//! The broker behind a desk that misbehaves on request.

use super::Broker;
use super::desk::Desk;
use super::state::{Revocation, State};
use crate::conformance::{Trouble, Troubles};
use interlock_contain::CallError;
use interlock_model::{Operation, Timestamp};
use std::sync::Mutex;
use std::time::Duration;

/// A broker in memory with troubles. What it does not trouble, the real broker does.
#[derive(Debug)]
pub(crate) struct Fake {
    broker: Broker,
    troubles: Mutex<Troubles>,
    writes: Mutex<Vec<Operation>>,
}

impl Fake {
    pub(crate) fn new(broker: Broker) -> Self {
        Self { broker, troubles: Mutex::default(), writes: Mutex::default() }
    }

    /// Makes the next call of an operation misbehave.
    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.troubles.lock().unwrap().add(operation, trouble);
    }

    /// The writes that were asked for, in order, whatever became of them.
    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.writes.lock().unwrap().clone()
    }

    /// Somebody else revokes the client's tokens.
    pub(crate) fn revoked_by_another(&self, client: &str, now: Timestamp) {
        let revocation = Some(Revocation { not_before: now, by: "stp_other".to_owned() });
        let change = |state: &mut State| {
            state.clients.get_mut(client).unwrap().revocation = revocation;
            Ok::<_, super::BrokerError>(())
        };
        self.broker.write(change).unwrap();
    }

    fn next(&self, operation: Operation) -> Option<Trouble> {
        self.troubles.lock().unwrap().next(operation)
    }
}

fn throttled(operation: Operation) -> CallError {
    CallError::Retry { after: Duration::from_secs(2), why: format!("`{operation}`: busy") }
}

fn denied(operation: Operation) -> CallError {
    CallError::Denied { permission: operation.to_string() }
}

fn silence(operation: Operation) -> CallError {
    CallError::OutcomeUnknown { why: format!("`{operation}`: no answer") }
}

impl Desk for Fake {
    fn read(
        &self,
        operation: Operation,
        look: &mut dyn FnMut(&State) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        match self.next(operation) {
            Some(Trouble::Denied) => Err(denied(operation)),
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                Err(throttled(operation))
            }
            Some(Trouble::Lie) | None => self.broker.read(operation, look),
        }
    }

    fn write(
        &self,
        operation: Operation,
        change: &mut dyn FnMut(&mut State) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        self.writes.lock().unwrap().push(operation);
        match self.next(operation) {
            Some(Trouble::Throttle) => Err(throttled(operation)),
            Some(Trouble::Denied) => Err(denied(operation)),
            Some(Trouble::SilenceBefore) => Err(silence(operation)),
            Some(Trouble::SilenceAfter) => {
                Desk::write(&self.broker, operation, change)?;
                Err(silence(operation))
            }
            Some(Trouble::Lie) => change(&mut State::clone(&self.broker.state())),
            None => Desk::write(&self.broker, operation, change),
        }
    }
}
