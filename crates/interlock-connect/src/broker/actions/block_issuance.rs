//! Refuses new tokens to a client.

use super::shared::{Shared, already, client_of, field, probe, success, unread};
use crate::broker::operation as op;
use crate::broker::state::Client;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, Evidence, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "broker.block_issuance",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: TargetKind::Principal("broker", &["*"]),
    summary: "refuses new tokens to a client, whichever key it presents",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::ZERO,
    leaves: "tokens that were issued already",
    leaves_at_most: Some(Duration::from_secs(3600)),
    beyond: &[],
    reads: &[op::GET_CLIENT, op::LIST_KEYS, op::INTROSPECT_TOKEN, op::TRY_EXCHANGE],
    write: op::SET_ISSUANCE,
    restore: None,
    delivery: None,
    traps: &["every workload that is this client is hit"],
    source: super::shared::SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct BlockIssuance {
    /// The broker and the instance's name.
    pub shared: Arc<Shared>,
}

fn issuance(text: &str) -> Snapshot {
    Snapshot::of([("issuance", text.to_owned())])
}

fn state(client: &Client) -> Snapshot {
    issuance(if client.blocked { "blocked" } else { "open" })
}

impl BlockIssuance {
    async fn look(&self, cx: &ReadCx<'_>, name: &str) -> Result<Snapshot, CallError> {
        self.shared.hand.client(cx.read(op::GET_CLIENT)?, name).await.map(|it| state(&it))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let name = client_of(&step.target)?;
        let seen = self.look(cx, &name).await?;
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        self.shared.holds_but_tokens(&SPEC, cx, step, move |it| it.client == name).await
    }

    /// Tries an exchange for every key; one that is granted is enough to disprove.
    async fn try_all(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Evidence, CallError> {
        let name = client_of(&step.target)?;
        let mut last = format!("client `{name}` has no key left to exchange");
        for (key, _) in self.shared.hand.holdings(cx.read(op::LIST_KEYS)?, &name).await?.keys {
            match self.shared.hand.refused(cx.read(op::TRY_EXCHANGE)?, &key).await? {
                Some(why) => {
                    last = format!("an exchange for each key of `{name}` is refused: {why}")
                }
                None => return Ok(success()),
            }
        }
        Ok(probe(last))
    }
}

#[async_trait::async_trait]
impl Action for BlockIssuance {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let name = client_of(&intent.target)?;
        let before = self.look(cx, &name).await?;
        let summary = format!("refuse new tokens to client `{name}`");
        Ok(self.shared.step(&SPEC, id, intent, (before, issuance("blocked")), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let name = client_of(&step.target)?;
        if already(step, &self.look(cx.reading(), &name).await?)? {
            return Ok(Receipt::default());
        }
        let blocked = field(&step.after, "issuance")? == "blocked";
        let pass = cx.write(op::SET_ISSUANCE)?;
        self.shared.hand.set_issuance(pass, &name, blocked).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore {
            return None;
        }
        self.try_all(cx, step).await.ok()
    }
}
