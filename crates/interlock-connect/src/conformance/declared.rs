//! What the benches of declared verbs share: whom their verbs are aimed at.

use crate::declared::fake::NAME;
use interlock_contain::{ActionSpec, TargetKind};
use interlock_model::{CredentialRef, Intent, Principal, Target};
use std::collections::BTreeSet;

pub(super) fn aim(action: &ActionSpec) -> Intent {
    let principal = Principal::new("bastion", NAME);
    let target = match action.target {
        TargetKind::Credential(provider, kind) | TargetKind::CredentialNamed(provider, kind, _) => {
            Target::Credential {
                principal,
                credential: CredentialRef::new(provider, kind, "key-1"),
            }
        }
        TargetKind::Principal(..) => Target::Principal { principal },
    };
    Intent { kind: action.kind, target }
}

/// Verbs of this sort make none.
pub(super) const fn credentials() -> BTreeSet<CredentialRef> {
    BTreeSet::new()
}
