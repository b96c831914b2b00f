//! SCIM on its fake: user `svc@example.com`, one of two administrators.

use super::{Bench, Trouble};
use crate::scim::Scim;
use crate::scim::fake::{Fake, PLANTED, USER};
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{CredentialRef, Intent, Operation, Principal, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
struct App {
    fake: Arc<Fake>,
    connector: Scim,
}

/// A fresh application.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Arc::new(Fake::small());
    let service = Arc::<Fake>::clone(&fake);
    Box::new(App { fake, connector: Scim::with_service(Fake::config(), service) })
}

impl Bench for App {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("scim", &format!("app/{USER}"));
        Intent { kind: action.kind, target: Target::Principal { principal } }
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

    /// Active or not, in or out: there is no third state.
    fn drift(&self, _: &ActionSpec) -> bool {
        false
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
