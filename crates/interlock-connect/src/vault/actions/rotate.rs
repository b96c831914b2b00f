//! Gives a static role of a database another password, which Vault keeps and gives out.

use super::shared::{Shared, holds, split_last, unread, unsupported};
use crate::vault::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
    Target, Timestamp,
};
use std::sync::Arc;
use std::time::Duration;

pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "vault.rotate_role",
    kind: ActionKind::RotateCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("vault", CredentialKind::Password, &["*/static-creds/*"]),
    summary: "gives a static role of a database another password",
    reversal: ReversalSpec::Final {
        why: "the old password is what was stolen, and is kept nowhere",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "sessions that are open already; and whoever may read the role gets the new password",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_STATIC_ROLE, op::READ_SELF],
    write: op::ROTATE,
    restore: None,
    delivery: None,
    traps: &[
        "the password is never asked for: that it was changed is read from the time of the last rotation",
        "whoever keeps the old password is cut off until it reads the new one",
        "an open session goes on: end it at the database",
    ],
    source: "https://openbao.org/api-docs/secret/databases/#rotate-static-role-credentials; measured on OpenBao 2.7 and PostgreSQL 15 by tests/databases/vault.rs",
};

/// The action.
#[derive(Debug)]
pub(crate) struct Rotate {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
}

const KEY: &str = "rotated";

fn at(moment: Timestamp) -> Snapshot {
    Snapshot::of([(KEY, moment.to_string())])
}

impl Rotate {
    async fn rotated(&self, cx: &ReadCx<'_>, target: &Target) -> Result<Timestamp, CallError> {
        self.shared.name(cx, target).await?;
        let role = Self::role(target)?;
        let last = self.shared.server.rotated(&cx.read(op::READ_STATIC_ROLE)?, role).await?;
        last.ok_or_else(|| CallError::NotFound { what: format!("static role `{}`", role.1) })
    }

    /// The mount and the name of the role.
    fn role(target: &Target) -> Result<(&str, &str), CallError> {
        let id = target.credential().map(|it| it.id()).unwrap_or_default();
        let parts = split_last(id).and_then(|(path, name)| {
            let mount = path.strip_suffix("/static-creds").filter(|it| !it.is_empty())?;
            Some((mount, name))
        });
        parts.ok_or_else(|| unsupported(format!("`{id}` is no static role of a database")))
    }

    /// What the step sees: the state before, or the one after any rotation since.
    fn seen(step: &Step, last: Timestamp) -> Snapshot {
        let before: Option<Timestamp> = step.before.get(KEY).and_then(|it| it.parse().ok());
        let later = before.is_some_and(|it| last > it);
        if later || step.before == step.after { step.after.clone() } else { at(last) }
    }
}

#[async_trait::async_trait]
impl Action for Rotate {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let last = self.rotated(cx, &intent.target).await?;
        let (mount, role) = Self::role(&intent.target)?;
        let summary = format!("give static role `{role}` of `{mount}` another password");
        // Rotated after it was wanted, by the vault's clock: what was stolen is void already.
        let after = match last > self.shared.server.no_earlier(cx.now()) {
            true => at(last),
            false => Snapshot::of([(KEY, format!("after {last}"))]),
        };
        Ok(self.shared.step(&SPEC, id, intent, (at(last), after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let last = self.rotated(cx.reading(), &step.target).await?;
        if Self::seen(step, last) == step.after {
            return Ok(Receipt::default());
        }
        let role = Self::role(&step.target)?;
        self.shared.server.rotate(cx.write(op::ROTATE)?, role).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.rotated(cx, &step.target).await {
            Ok(last) if Self::seen(step, last) == step.after => holds(&SPEC, step),
            Ok(last) => Observation::DoesNotHold { seen: at(last) },
            Err(error) => unread(&error),
        }
    }
}
