//! How hard each verb is, and which tier a confidence reaches.

use interlock_model::{ActionKind, Tier};

/// The tier that a verb belongs to: the lowest tier of a playbook that may name it, and its group
/// in the policy schema.
///
/// A verb that leaves the identity able to work after one more proof is `revalidate`; one that
/// cuts a part and can be put back exactly is `restrict`; one that cuts everything, or that
/// cannot be put back, is `disable`. `restore` gives access back, which is as hard to take back
/// as a restriction; in the schema it stands alone.
#[must_use]
pub const fn tier_of(kind: ActionKind) -> Tier {
    match kind {
        ActionKind::RequireReauthentication => Tier::Revalidate,
        ActionKind::RevokeSessions
        | ActionKind::DisableCredential
        | ActionKind::RotateCredential
        | ActionKind::RemoveEntitlement
        | ActionKind::BlockPrincipal
        | ActionKind::Restore => Tier::Restrict,
        ActionKind::DeleteCredential | ActionKind::Quarantine | ActionKind::DisableIdentity => {
            Tier::Disable
        }
    }
}
