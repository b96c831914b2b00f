//! OpenLDAP on its fake: account `svc` with a password, one of two operators.

use super::{Bench, Trouble};
use crate::openldap::fake::{ACCOUNT, Fake, PLANTED};
use crate::openldap::{OpenLdap, operation as op};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{
    CredentialKind, CredentialRef, Digest, Intent, Operation, Principal, Target,
};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
struct Ldap {
    fake: Arc<Fake>,
    connector: OpenLdap,
}

/// A fresh directory.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Arc::new(Fake::small());
    let directory = Arc::<Fake>::clone(&fake);
    let connector = OpenLdap::with_directory(Fake::config(), directory);
    Box::new(Ldap { fake, connector })
}

impl Bench for Ldap {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("ldap", ACCOUNT);
        let target = match action.target {
            TargetKind::Credential(provider, kind)
            | TargetKind::CredentialNamed(provider, kind, _) => Target::Credential {
                principal,
                credential: CredentialRef::new(provider, kind, ACCOUNT),
            },
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        let mut state = self.fake.state();
        for entry in state.entries.values_mut() {
            if let Some(password) = entry.get_mut("userPassword") {
                *password = Digest::of(password.as_bytes()).short();
            }
        }
        format!("{state:#?}")
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
        let (attribute, value) = match action.write {
            op::WRITE_LOCK => ("pwdAccountLockedTime", "20260301115959Z"),
            op::WRITE_RESET => ("pwdReset", "FALSE"),
            op::WRITE_PASSWORD => {
                self.fake.change(|state| {
                    state.entries.get_mut(ACCOUNT).unwrap().remove("userPassword");
                });
                return true;
            }
            // A member is in a group or is not.
            _ => return false,
        };
        self.fake.change(|state| {
            state.entries.get_mut(ACCOUNT).unwrap().insert(attribute, value.to_owned());
        });
        true
    }

    fn secrets(&self) -> Vec<String> {
        PLANTED.map(str::to_owned).to_vec()
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::from([CredentialRef::new("ldap", CredentialKind::Password, ACCOUNT)])
    }
}
