//! Makes a user of an application inactive.

use super::shared::{Shared, already, holds, unread};
use crate::scim::client::User;
use crate::scim::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "scim.deactivate_user",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("scim", &["*/*"]),
    summary: "makes a user of an application inactive",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "sessions, tokens and keys of the application, about which it decides by itself",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USERS, op::READ_GROUPS],
    write: op::PATCH_USER,
    restore: None,
    delivery: None,
    traps: &[
        "what `active` means is the application's own business: the read-back shows what it lists, not that anybody is refused",
        "only `active` is changed; replacing the whole user (PUT) loses what the service does not show, a password among it",
        "a service that does not know the filter gives everybody: only the one whose name fits is taken",
        "a service may delete a user that becomes inactive",
        "an identity provider that provisions the user makes it active again: disable it there too",
    ],
    source: "https://www.rfc-editor.org/rfc/rfc7643#section-4.1.1",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DeactivateUser {
    /// The service and the configuration.
    pub shared: Arc<Shared>,
}

fn state(active: bool) -> Snapshot {
    Snapshot::of([("active", active.to_string())])
}

fn seen(user: &User) -> Result<Snapshot, CallError> {
    let why = || format!("the service does not say whether `{}` is active", user.name);
    user.active.map(state).ok_or_else(|| CallError::Unsupported { why: why() })
}

impl DeactivateUser {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let user = self.shared.user(cx, &step.target).await?;
        let seen = seen(&user)?;
        if seen == step.after {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for DeactivateUser {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let user = self.shared.user(cx, &intent.target).await?;
        let states = (seen(&user)?, state(false));
        if states.0 != states.1 {
            let groups = self.shared.groups(cx).await?;
            self.shared.refuse_last(cx, &user, &groups).await?;
        }
        let summary = format!("make `{}` inactive", user.name);
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let user = self.shared.user(cx.reading(), &step.target).await?;
        if already(step, &seen(&user)?)? {
            return Ok(Receipt::default());
        }
        let active = step.after.get("active") == Some("true");
        self.shared.service.set_active(cx.write(op::PATCH_USER)?, &user, active).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(&SPEC, step, &error))
    }
}
