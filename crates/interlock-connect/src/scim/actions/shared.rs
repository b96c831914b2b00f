//! What every action here starts from: the service, the configuration, and the same few questions.

use crate::scim::ScimConfig;
use crate::scim::client::{Group, Service, User};
use crate::scim::operation as op;
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{
    ActionKind, ActionName, Gate, Intent, Observation, Residual, Snapshot, Step, StepId, Target,
};
use std::sync::Arc;

/// How many other members of a group are looked at.
const OTHERS: usize = 20;

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: ScimConfig,
    /// The service.
    pub service: Arc<dyn Service>,
}

impl Shared {
    /// The user that a target names: it is of this application, and not whom the token belongs to.
    pub(crate) async fn user(&self, cx: &ReadCx<'_>, target: &Target) -> Result<User, CallError> {
        let principal = target.principal();
        let named = principal.name.split_once('/').filter(|it| it.0 == &*self.config.id.0);
        let Some((_, name)) = named.filter(|it| &*principal.provider == "scim" && !it.1.is_empty())
        else {
            let why = format!("`{principal}` is no user of connector `{}`", self.config.id);
            return Err(CallError::Unsupported { why });
        };
        let alike = |it: &String| it.to_lowercase() == name.to_lowercase();
        if self.config.acts_as.as_ref().is_some_and(alike) {
            let why = format!("connector `{}` acts as `{name}` itself", self.config.id);
            return Err(CallError::Unsupported { why });
        }
        let user = self.service.user(cx.read(op::READ_USERS)?, name).await?;
        user.ok_or_else(|| CallError::NotFound { what: format!("user `{name}`") })
    }

    /// The privileged groups that are there, in their order.
    pub(crate) async fn groups(&self, cx: &ReadCx<'_>) -> Result<Vec<Group>, CallError> {
        let mut groups = Vec::new();
        for name in &self.config.privileged_groups {
            groups.extend(self.service.group(cx.read(op::READ_GROUPS)?, name).await?);
        }
        Ok(groups)
    }

    /// Refuses what would leave a privileged group without another active member.
    pub(crate) async fn refuse_last(
        &self,
        cx: &ReadCx<'_>,
        user: &User,
        groups: &[Group],
    ) -> Result<(), CallError> {
        for group in groups.iter().filter(|it| it.members.contains(&user.id)) {
            let mut active = false;
            for other in group.members.iter().filter(|it| **it != user.id).take(OTHERS) {
                let other = self.service.user_of(cx.read(op::READ_USERS)?, other).await?;
                if other.is_some_and(|it| it.active == Some(true)) {
                    active = true;
                    break;
                }
            }
            if !active {
                let (name, group) = (&user.name, &group.name);
                let why = format!(
                    "`{name}` is the last active member of `{group}`: give it another first"
                );
                return Err(CallError::Unsupported { why });
            }
        }
        Ok(())
    }

    /// The step from one state to another.
    pub(crate) fn step(
        &self,
        spec: &ActionSpec,
        id: StepId,
        intent: &Intent,
        (before, after): (Snapshot, Snapshot),
        summary: String,
    ) -> Step {
        Step {
            id,
            connector: self.config.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.config.settle.unwrap_or(spec.settle).as_secs(),
            summary,
        }
    }
}

/// Whether the state that a step wants is there already.
pub(crate) fn already(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
    if *seen == step.after {
        return Ok(true);
    }
    if *seen == step.before {
        return Ok(false);
    }
    Err(CallError::Drifted { expected: step.before.clone(), seen: seen.clone() })
}

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(spec: &ActionSpec, step: &Step) -> Observation {
    let residual = if step.kind == ActionKind::Restore {
        Vec::new()
    } else {
        vec![Residual { what: spec.leaves.to_owned(), until: None }]
    };
    Observation::Holds { residual, issued: None }
}

/// What is to be said when the state could not be read. A user that is gone has no access.
pub(crate) fn unread(spec: &ActionSpec, step: &Step, error: &CallError) -> Observation {
    let undo = step.kind == ActionKind::Restore;
    match error {
        CallError::NotFound { .. } if undo => {
            Observation::DoesNotHold { seen: Snapshot::default() }
        }
        CallError::NotFound { .. } => holds(spec, step),
        CallError::Retry { .. }
        | CallError::OutcomeUnknown { .. }
        | CallError::Drifted { .. }
        | CallError::Denied { .. }
        | CallError::Unsupported { .. }
        | CallError::Invalid { .. } => Observation::CannotTell { why: error.to_string() },
    }
}
