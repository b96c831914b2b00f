//! Disables an entity, so that no token of it can be used, and enables it again.

use super::shared::{Shared, drifted, holds, unread, unsupported};
use crate::vault::operation as op;
use crate::vault::server::Entity;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

const fn spec(name: &'static str, kind: ActionKind, summary: &'static str) -> ActionSpec {
    ActionSpec {
        name,
        kind,
        role: Role::Whole,
        target: TargetKind::Principal("vault", &["entity/*"]),
        summary,
        reversal: ReversalSpec::Restores { re_arms: true },
        stops: Stops { new: true, refresh: true, live: true },
        settle: Duration::from_secs(5),
        leaves: "what was leased to it before stays good at its own system until it ends: database users, cloud keys, certificates",
        leaves_at_most: None,
        beyond: &[],
        reads: &[op::READ_ENTITY, op::READ_SELF],
        write: op::SET_ENTITY,
        restore: None,
        delivery: None,
        traps: &[
            "tokens are kept and cannot be used: enabling the entity makes them good again, a stolen one among them. Revoke it first",
            "leases of the entity go on: revoke them, or their prefix",
            "a token without an entity (made by a parent, or `root`) is not of it",
            "the same somebody may have an entity in every namespace",
        ],
        source: "https://openbao.org/api-docs/secret/identity/entity/#update-entity-by-id; measured on OpenBao 2.7 by tests/databases/vault.rs",
    }
}

pub(crate) static DISABLE: ActionSpec = spec(
    "vault.disable_entity",
    ActionKind::DisableIdentity,
    "disables an entity: its tokens cannot be used, and it gets no new ones",
);

pub(crate) static QUARANTINE: ActionSpec = spec(
    "vault.quarantine_entity",
    ActionKind::Quarantine,
    "disables an entity: its tokens stay, and cannot be used until it is enabled",
);

/// The action.
#[derive(Debug)]
pub(crate) struct Disable {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub spec: &'static ActionSpec,
}

fn state(disabled: bool) -> Snapshot {
    Snapshot::of([("disabled", disabled.to_string())])
}

impl Disable {
    async fn entity(&self, cx: &ReadCx<'_>, target: &Target) -> Result<Entity, CallError> {
        let (name, _) = self.shared.name(cx, target).await?;
        let id = name.strip_prefix("entity/").filter(|it| !it.is_empty() && !it.contains('/'));
        let id = id.ok_or_else(|| unsupported(format!("`{name}` is no entity")))?;
        let entity = self.shared.server.entity(&cx.read(op::READ_ENTITY)?, id).await?;
        entity.ok_or_else(|| CallError::NotFound { what: format!("entity `{id}`") })
    }
}

#[async_trait::async_trait]
impl Action for Disable {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let entity = self.entity(cx, &intent.target).await?;
        let summary = format!("disable entity `{}` ({})", entity.name, entity.id);
        let states = (state(entity.disabled), state(true));
        Ok(self.shared.step(self.spec, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let entity = self.entity(cx.reading(), &step.target).await?;
        let seen = state(entity.disabled);
        if seen == step.after {
            return Ok(Receipt::default());
        }
        if seen != step.before {
            return Err(drifted(step, seen));
        }
        let disabled = step.after.get("disabled") == Some("true");
        let pass = cx.write(op::SET_ENTITY)?;
        self.shared.server.set_disabled(pass, &entity.id, disabled).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.entity(cx, &step.target).await {
            Ok(entity) if state(entity.disabled) == step.after => holds(self.spec, step),
            Ok(entity) => Observation::DoesNotHold { seen: state(entity.disabled) },
            // An entity that was deleted signs in no more; there is nothing to enable.
            Err(CallError::NotFound { .. }) if step.kind != ActionKind::Restore => {
                holds(self.spec, step)
            }
            Err(error) => unread(&error),
        }
    }
}
