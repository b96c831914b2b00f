//! Proof that one write may be made now.

use interlock_model::{ConnectorId, Digest, StepId, Timestamp};

/// Having been allowed, as a value: one step of one plan, once, until it expires.
///
/// Only the guard makes one. It can be neither copied nor stored, so that a write never happens
/// on the strength of an old yes.
///
/// ```compile_fail
/// let forged = interlock_contain::Permit { step: todo!(), plan: todo!(), connector: todo!(), expires: todo!() };
/// ```
///
/// ```compile_fail
/// fn twice(permit: interlock_contain::Permit) -> (interlock_contain::Permit, interlock_contain::Permit) {
///     (permit.clone(), permit)
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    step: StepId,
    plan: Digest,
    connector: ConnectorId,
    expires: Timestamp,
}

impl Permit {
    /// Only the guard calls this.
    pub(crate) const fn issue(
        step: StepId,
        plan: Digest,
        connector: ConnectorId,
        expires: Timestamp,
    ) -> Self {
        Self { step, plan, connector, expires }
    }

    /// Whether it opens this step at this moment.
    #[must_use]
    pub fn opens(&self, step: &StepId, connector: &ConnectorId, now: Timestamp) -> bool {
        self.step == *step && self.connector == *connector && now < self.expires
    }

    /// The plan it belongs to.
    #[must_use]
    pub const fn plan(&self) -> Digest {
        self.plan
    }
}
