//! Deletes one key of a client for ever.

use super::shared::{Shared, already, key_of, unread};
use crate::broker::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Evidence, Intent, Observation, Receipt, Snapshot, Step, StepId,
    Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "broker.delete_key",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("broker", CredentialKind::AccessKey),
    summary: "deletes a key for ever",
    reversal: ReversalSpec::Final {
        why: "only the hash of a key's secret is kept, and it is deleted too",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::ZERO,
    leaves: "tokens that were exchanged for the key already",
    leaves_at_most: Some(Duration::from_secs(3600)),
    beyond: &[],
    reads: &[op::LIST_KEYS, op::INTROSPECT_TOKEN, op::TRY_EXCHANGE],
    write: op::DELETE_KEY,
    restore: None,
    delivery: None,
    traps: &[
        "whether the key is active does not matter, so that a rotation can disable it first",
        "the former delivery file goes with the key that it names",
    ],
    source: super::shared::SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct DeleteKey {
    /// The broker and the instance's name.
    pub shared: Arc<Shared>,
}

impl DeleteKey {
    async fn look(&self, cx: &ReadCx<'_>, target: &Target) -> Result<Snapshot, CallError> {
        let of = key_of(target)?;
        let key = self.shared.key(cx, &of).await?;
        Ok(key.map_or_else(Snapshot::default, |_| Snapshot::of([("key", of.key)])))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = self.look(cx, &step.target).await?;
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let key = key_of(&step.target)?.key;
        self.shared.holds_but_tokens(&SPEC, cx, step, move |it| it.key == key).await
    }
}

#[async_trait::async_trait]
impl Action for DeleteKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let of = key_of(&intent.target)?;
        let before = self.look(cx, &intent.target).await?;
        let summary = format!("delete key `{}` of client `{}`", of.key, of.client);
        Ok(self.shared.step(&SPEC, id, intent, (before, Snapshot::default()), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        if already(step, &self.look(cx.reading(), &step.target).await?)? {
            return Ok(Receipt::default());
        }
        let pass = cx.write(op::DELETE_KEY)?;
        self.shared.hand.delete_key(pass, &key_of(&step.target)?.key).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        self.shared.try_exchange(cx, &key_of(&step.target).ok()?.key).await
    }
}
