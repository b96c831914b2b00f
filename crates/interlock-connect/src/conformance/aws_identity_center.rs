//! Identity Center on its fake: one person with assignments and groups.

use super::{Bench, Trouble};
use interlock_connect_aws::identity_center::fake::{Fake, PERSON, STORE};
use interlock_connect_aws::identity_center::{Assignment, IdentityCenter, operation as op};
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{CredentialRef, Intent, Operation, Principal, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
struct Center {
    fake: Arc<Fake>,
    connector: IdentityCenter,
}

/// A fresh instance.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Arc::new(Fake::small());
    let connector = IdentityCenter::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    Box::new(Center { fake, connector })
}

impl Bench for Center {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("aws", &format!("identitystore/{STORE}/{PERSON}"));
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

    fn drift(&self, action: &ActionSpec) -> bool {
        let mut drifted = true;
        self.fake.change(|state| match action.write {
            op::DELETE_ASSIGNMENT => {
                let permission_set = "arn:aws:sso:::permissionSet/ssoins-1/ps-9".to_owned();
                let account = "111122223333".to_owned();
                state.assignments.insert(Assignment { account, permission_set });
            }
            op::DELETE_MEMBERSHIP => {
                state.groups.insert("g-9".to_owned());
            }
            // Somebody is denied or not.
            _ => drifted = false,
        });
        drifted
    }

    fn secrets(&self) -> Vec<String> {
        vec!["planted-secret-material".to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
