//! Connectors to identity providers on their fakes: what their benches share.

use super::{Bench, Trouble};
use crate::idp::Provider;
use crate::idp::fake::Fake;
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{CredentialRef, Intent, Operation, Target};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One tenant on its fake.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// The provider.
    pub fake: Arc<Fake>,
    /// The connector.
    pub connector: Provider,
    /// What each action is aimed at, by name.
    pub aim: fn(&str) -> Target,
    /// Makes a state that is neither the one before nor the one wanted, where there is a third.
    pub drift: fn(&str, &mut Value) -> bool,
    /// The part that an undo which compensates gives back.
    pub worth: fn(&Value) -> Value,
    /// The connector's own secret, which must show nowhere.
    pub planted: &'static str,
}

impl Bench for Tenant {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        Intent { kind: action.kind, target: (self.aim)(action.name) }
    }

    fn state(&self) -> String {
        format!("{:#}", self.fake.state())
    }

    fn worth(&self) -> String {
        format!("{:#}", (self.worth)(&self.fake.state()))
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.fake.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.fake.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        let mut drifted = false;
        self.fake.change(|state| drifted = (self.drift)(action.name, state));
        drifted
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.planted.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
