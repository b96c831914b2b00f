//! Makes one key of a client unusable.

use super::shared::{Shared, already, field, key_of, unread};
use crate::broker::operation as op;
use crate::broker::state::Key;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Evidence, Intent, Observation, Receipt, Snapshot, Step, StepId,
    Stops,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "broker.disable_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("broker", CredentialKind::AccessKey),
    summary: "refuses new tokens for a key",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::ZERO,
    leaves: "tokens that were exchanged for the key already",
    leaves_at_most: Some(Duration::from_secs(3600)),
    beyond: &[],
    reads: &[op::LIST_KEYS, op::INTROSPECT_TOKEN, op::TRY_EXCHANGE],
    write: op::SET_KEY_STATUS,
    restore: None,
    delivery: None,
    traps: &["other keys of the client go on working"],
    source: super::shared::SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct DisableKey {
    /// The broker and the instance's name.
    pub shared: Arc<Shared>,
}

fn status(text: &str) -> Snapshot {
    Snapshot::of([("status", text.to_owned())])
}

fn state(key: &Key) -> Snapshot {
    status(if key.active { "active" } else { "disabled" })
}

impl DisableKey {
    async fn look(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Snapshot, CallError> {
        let key = self.shared.key(cx, &key_of(&step.target)?).await?;
        key.map(|it| state(&it))
            .ok_or_else(|| CallError::NotFound { what: step.target.to_string() })
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = self.look(cx, step).await?;
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let key = key_of(&step.target)?.key;
        self.shared.holds_but_tokens(&SPEC, cx, step, move |it| it.key == key).await
    }
}

#[async_trait::async_trait]
impl Action for DisableKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let of = key_of(&intent.target)?;
        let key = self.shared.key(cx, &of).await?;
        let key = key.ok_or_else(|| CallError::NotFound { what: intent.target.to_string() })?;
        let summary = format!("disable key `{}` of client `{}`", of.key, of.client);
        Ok(self.shared.step(&SPEC, id, intent, (state(&key), status("disabled")), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        if already(step, &self.look(cx.reading(), step).await?)? {
            return Ok(Receipt::default());
        }
        let active = field(&step.after, "status")? == "active";
        let pass = cx.write(op::SET_KEY_STATUS)?;
        self.shared.hand.set_key_status(pass, &key_of(&step.target)?.key, active).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore {
            return None;
        }
        self.shared.try_exchange(cx, &key_of(&step.target).ok()?.key).await
    }
}
