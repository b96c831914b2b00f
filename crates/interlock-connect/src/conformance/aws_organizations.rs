//! Organizations on its fake: one member account, and a user of it.

use super::{Bench, Trouble};
use interlock_connect_aws::organizations::Organizations;
use interlock_connect_aws::organizations::fake::{Fake, USER};
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{CredentialRef, Intent, Operation, Principal, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
struct Member {
    fake: Arc<Fake>,
    connector: Organizations,
}

/// A fresh organisation.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Arc::new(Fake::small());
    let connector = Organizations::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    Box::new(Member { fake, connector })
}

impl Bench for Member {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("aws", USER);
        Intent { kind: action.kind, target: Target::Principal { principal } }
    }

    fn state(&self) -> String {
        format!("{:#?}", self.fake.state())
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        use interlock_connect_aws::fake;
        let trouble = match trouble {
            Trouble::SilenceBefore => fake::Trouble::SilenceBefore,
            Trouble::SilenceAfter => fake::Trouble::SilenceAfter,
            Trouble::Throttle => fake::Trouble::Throttle,
            Trouble::Denied => fake::Trouble::Denied,
            Trouble::Lie => fake::Trouble::Lie,
        };
        self.fake.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.fake.lag(reads);
    }

    fn drift(&self, _: &ActionSpec) -> bool {
        // Somebody is denied or not.
        false
    }

    fn secrets(&self) -> Vec<String> {
        vec!["planted-secret-material".to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
