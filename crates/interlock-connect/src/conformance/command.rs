//! Programs of the operator: `fake.sh`, really run.

use super::{Bench, Trouble, declared};
use crate::command::connector;
use crate::command::fake::Fake;
use crate::declared::Declared;
use crate::declared::fake::{PLANTED, STATES, config};
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{CredentialRef, Intent, Operation};
use std::collections::BTreeSet;

#[derive(Debug)]
struct Own {
    fake: Fake,
    connector: Declared,
}

/// A fresh system.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Fake::new();
    let connector = connector(config("command"), fake.programs());
    Box::new(Own { fake, connector })
}

impl Bench for Own {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        declared::aim(action)
    }

    fn state(&self) -> String {
        format!("{:#?}", self.fake.state())
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
        self.fake.change(action.write, STATES[2]);
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        declared::credentials()
    }
}
