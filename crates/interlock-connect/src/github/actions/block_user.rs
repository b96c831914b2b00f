//! Blocks a user who is no member.

use super::shared::{Shared, already, told};
use crate::github::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.block_user",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["*"]),
    summary: "blocks a user who is no member from the organisation's repositories",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "reading of public repositories, and what was cloned or forked",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_MEMBERS, op::READ_BLOCKS],
    write: op::WRITE_BLOCKS,
    restore: None,
    delivery: None,
    traps: &[
        "a member cannot be blocked: planning refuses, remove the member first",
        "what a user was given in repositories is to be taken as well: unblocking does not give it back, and it is not said to be lost",
    ],
    source: "https://docs.github.com/en/rest/orgs/blocking",
};

/// The action.
#[derive(Debug)]
pub(crate) struct BlockUser {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

fn state(blocked: bool) -> Snapshot {
    Snapshot::of([("blocked", blocked.to_string())])
}

impl BlockUser {
    async fn seen(&self, cx: &ReadCx<'_>, step: &Step) -> Result<(String, Snapshot), CallError> {
        let pass = cx.read(op::READ_BLOCKS)?;
        let login = self.shared.login(&step.target).await?;
        let seen = state(self.shared.server.blocked(pass, &login).await?);
        Ok((login, seen))
    }
}

#[async_trait::async_trait]
impl Action for BlockUser {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (blocks, members) = (cx.read(op::READ_BLOCKS)?, cx.read(op::READ_MEMBERS)?);
        let login = self.shared.login(&intent.target).await?;
        let before = state(self.shared.server.blocked(blocks, &login).await?);
        if self.shared.server.membership(members, &login).await?.is_some() {
            let why = format!("`{login}` is a member: remove the member first");
            return Err(CallError::Unsupported { why });
        }
        let summary = format!("block `{login}`");
        Ok(self.shared.step(&SPEC, id, intent, (before, state(true)), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (login, seen) = self.seen(cx.reading(), step).await?;
        if already(step, &seen)? {
            return Ok(Receipt::default());
        }
        let blocked = step.after == state(true);
        self.shared.server.block(cx.write(op::WRITE_BLOCKS)?, &login, blocked).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.seen(cx, step).await.map(|it| (it.1, Vec::new()));
        told(&SPEC, step, seen)
    }
}
