//! What an event says about a step that was meant to end access.
//!
//! The house rarely holds the stolen secret, so telemetry is its best witness: a refused use of what was
//! contained proves effect, a successful one disproves it.

use crate::next::after;
use crate::{Containment, StepLife};
use interlock_model::{
    ActionKind, Binding, CredentialKind, Event, Evidence, Outcome, RefusalStage, StepId, Target,
    Timestamp,
};

/// What this event shows about the steps of this containment.
///
/// A success counts against a step only after its settle time; a refusal counts for it only when the
/// refusal can come from the step: a missing permission says nothing about a disabled key.
#[must_use]
pub fn evidence(life: &Containment, event: &Event, binding: &Binding) -> Vec<(StepId, Evidence)> {
    if life.undo.is_some() {
        return Vec::new();
    }
    life.steps
        .iter()
        .filter_map(|step| judge(step, event, binding).map(|it| (step.step.id.clone(), it)))
        .collect()
}

fn judge(step: &StepLife, event: &Event, binding: &Binding) -> Option<Evidence> {
    let success = || Evidence::SuccessfulUse { place: event.place.clone() };
    let refused = || Evidence::RefusedUse { place: event.place.clone() };
    if let Some(issued) = &step.issued
        && step.step.kind == ActionKind::RotateCredential
    {
        let used = event.outcome == Outcome::Success && binding.credential.as_ref() == Some(issued);
        return (used && step.issued_used.is_none()).then(success);
    }
    let acknowledged = step.acknowledged?;
    let since = floor(acknowledged);
    if event.time < since {
        return None;
    }
    let settled =
        i64::try_from(step.step.settle_seconds).ok().and_then(|it| after(acknowledged, it))?;
    let concerned = concerns(step, event, binding, acknowledged)?;
    match &event.outcome {
        Outcome::Success | Outcome::Failed { .. } => (event.time > settled).then(success),
        Outcome::Refused { stage, .. } => match (concerned, stage) {
            (Concern::Credential, RefusalStage::Credential)
            | (Concern::Permissions, RefusalStage::ExplicitDeny)
            | (Concern::Issuance, RefusalStage::ExplicitDeny | RefusalStage::Permission) => {
                Some(refused())
            }
            (Concern::Credential, RefusalStage::ExplicitDeny | RefusalStage::Permission) => {
                // The key was accepted: only then are permissions looked at.
                (event.time > settled).then(success)
            }
            (Concern::Permissions, RefusalStage::Credential | RefusalStage::Permission)
            | (Concern::Issuance, RefusalStage::Credential) => None,
        },
    }
}

/// What of the caller a step takes away.
enum Concern {
    /// The credential itself.
    Credential,
    /// What it may do.
    Permissions,
    /// New sessions of the principal.
    Issuance,
}

fn concerns(
    step: &StepLife,
    event: &Event,
    binding: &Binding,
    acknowledged: Timestamp,
) -> Option<Concern> {
    let by_credential = match &step.step.target {
        Target::Credential { credential, .. } => binding.credential.as_ref() == Some(credential),
        Target::Principal { .. } => false,
    };
    let by_principal = binding.principal.as_ref() == Some(step.step.target.principal());
    match step.step.kind {
        ActionKind::DisableCredential | ActionKind::DeleteCredential => {
            by_credential.then_some(Concern::Credential)
        }
        ActionKind::Quarantine | ActionKind::RemoveEntitlement | ActionKind::DisableIdentity => {
            by_principal.then_some(Concern::Permissions)
        }
        ActionKind::RevokeSessions if by_principal => {
            let temporary = binding.credential.as_ref().is_none_or(|it| {
                it.kind() == Some(CredentialKind::SessionKey)
                    || it.kind() == Some(CredentialKind::Token)
            });
            let older = binding
                .session
                .as_ref()
                .and_then(|it| it.issued)
                .is_some_and(|it| it < floor(acknowledged));
            (temporary && older).then_some(Concern::Permissions)
        }
        ActionKind::BlockPrincipal => {
            let name = &step.step.target.principal().name;
            let issuing = event.operation.starts_with("AssumeRole")
                && event.objects.iter().any(|it| &*it.kind == "role" && it.name == *name);
            issuing.then_some(Concern::Issuance)
        }
        ActionKind::RevokeSessions
        | ActionKind::RequireReauthentication
        | ActionKind::RotateCredential
        | ActionKind::Restore => None,
    }
}

/// Providers stamp events by the second.
fn floor(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
