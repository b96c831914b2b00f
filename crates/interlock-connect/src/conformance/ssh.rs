//! A list of revoked keys on its fake: key `deploy`, certificate 1001, key id `svc`, two authorities; and in
//! the list what somebody else revoked.

use super::{Bench, Trouble};
use crate::ssh::Ssh;
use crate::ssh::fake::Fake;
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{
    CredentialKind, CredentialRef, Digest, Intent, Operation, Principal, Target,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whom else the list has, which is nobody's affair.
const PLANTED: &str = "planted-somebody-else";
/// The key, by its fingerprint.
const KEY: &str = "SHA256:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

#[derive(Debug)]
struct Doors {
    fake: Arc<Fake>,
    connector: Ssh,
}

/// A fresh list.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Fake::of(crate::ssh::fake::with_key_ids(&[(0, PLANTED)]));
    let connector = fake.connector();
    Box::new(Doors { fake, connector })
}

fn certificate() -> CredentialRef {
    let id = format!("{}/1001", crate::ssh::fake::fingerprint());
    CredentialRef::new("ssh", CredentialKind::Certificate, &id)
}

fn key() -> CredentialRef {
    CredentialRef::new("ssh", CredentialKind::AccessKey, KEY)
}

impl Bench for Doors {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("ssh", "hosts/svc");
        let target = match action.target {
            TargetKind::Credential(..) => {
                Target::Credential { principal, credential: certificate() }
            }
            TargetKind::CredentialNamed(..) => Target::Credential { principal, credential: key() },
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        Digest::of(&self.fake.bytes()).to_string()
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

    /// One is revoked or is not; but a key id is for two authorities.
    fn drift(&self, action: &ActionSpec) -> bool {
        if action.name != "ssh.revoke_key_id" {
            return false;
        }
        self.fake.set(crate::ssh::fake::with_key_ids(&[(0, PLANTED), (1, "svc")]));
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::from([certificate(), key()])
    }
}
