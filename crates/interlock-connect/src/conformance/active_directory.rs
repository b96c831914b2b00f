//! Active Directory on its fake: account `svc` with a password, one of two administrators.

use super::{Bench, Trouble};
use crate::active_directory::fake::{Fake, PLANTED, SVC, sid};
use crate::active_directory::{ActiveDirectory, operation as op};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{
    CredentialKind, CredentialRef, Digest, Intent, Operation, Principal, Target,
};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
struct Domain {
    fake: Arc<Fake>,
    connector: ActiveDirectory,
}

/// A fresh domain.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Arc::new(Fake::small());
    let directory = Arc::<Fake>::clone(&fake);
    let connector = ActiveDirectory::with_directory(Fake::config(), directory);
    Box::new(Domain { fake, connector })
}

fn password() -> CredentialRef {
    CredentialRef::new("ad", CredentialKind::Password, &sid(1104).to_string())
}

impl Bench for Domain {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("ad", &sid(1104).to_string());
        let target = match action.target {
            TargetKind::Credential(..) | TargetKind::CredentialNamed(..) => {
                Target::Credential { principal, credential: password() }
            }
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        let mut state = self.fake.state();
        for password in state.passwords.values_mut() {
            *password = Digest::of(password.as_bytes()).short();
        }
        format!("{state:#?}")
    }

    fn worth(&self) -> String {
        let mut state = self.fake.state();
        for account in state.accounts.values_mut() {
            // Set at any time but never is set.
            account.last_set = account.last_set.take().filter(|it| it == "0");
        }
        format!("{:#?}", state.accounts)
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
        let mut known = true;
        self.fake.change(|state| {
            let account = state.accounts.get_mut(SVC).unwrap();
            match action.write {
                op::WRITE_EXPIRY => account.expires = Some("134404289000000000".to_owned()),
                op::WRITE_HOURS => account.hours = Some(vec![255; 21]),
                // Somebody else set a new password.
                op::RESET_PASSWORD => account.version = Some(2),
                // An account is disabled or not, a member or not.
                _ => known = false,
            }
        });
        known
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets = PLANTED.map(str::to_owned).to_vec();
        secrets.extend(self.fake.state().passwords.into_values());
        secrets
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::from([password()])
    }
}
