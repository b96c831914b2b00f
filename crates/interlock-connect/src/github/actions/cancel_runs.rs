//! Ends every run of a repository's workflows that is not over.

use super::shared::Shared;
use crate::github::operation as op;
use crate::rest::{Listed, Of};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.cancel_runs",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["repo:*"]),
    summary: "ends every run of a repository's workflows that is not over",
    reversal: ReversalSpec::Final {
        why: "a run that was ended is not continued; it can be started again",
    },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(60),
    leaves: "new runs, and sessions at clouds that a run has got for itself",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACTIONS],
    write: op::WRITE_ACTIONS,
    restore: None,
    delivery: None,
    traps: &[
        "the plain way to cancel waits for steps that say `always()`, which an intruder can write: runs are cancelled by force",
        "a run that came to its end meanwhile is answered 409 and read anew",
        "the token of a run is good until the run is over; what it got at a cloud by OIDC lives on there",
        "anybody who may push starts another run: disable the workflows first",
    ],
    source: "https://docs.github.com/en/rest/actions/workflow-runs#force-cancel-a-workflow-run",
};

/// Runs that are not over.
#[derive(Debug)]
pub(crate) struct Runs;

#[async_trait::async_trait]
impl Listed for Runs {
    type Shared = Shared;
    type Id = u64;

    fn of(shared: &Shared) -> Of<'_> {
        shared.of()
    }

    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn there(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<BTreeSet<u64>, CallError> {
        let repository = shared.workflow(target)?;
        shared.server.runs(cx.read(op::READ_ACTIONS)?, &repository).await
    }

    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        these: &BTreeSet<u64>,
    ) -> Result<(), CallError> {
        shared.server.cancel(pass, &shared.workflow(target)?, these).await
    }

    fn summary(&self, target: &Target, count: usize) -> String {
        format!("end {count} runs of the workflows of `{}`", target.principal().name)
    }
}
