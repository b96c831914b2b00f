//! Lets no workflow of a repository run.

use super::shared::{Shared, already, told};
use crate::github::form::Settings;
use crate::github::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.disable_actions",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["repo:*"]),
    summary: "lets no workflow of a repository run",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "runs that are under way with their tokens, and sessions at clouds that runs have got",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ADMINISTRATION],
    write: op::WRITE_ADMINISTRATION,
    restore: None,
    delivery: None,
    traps: &[
        "a run that is under way goes on: cancel the runs as well, after this",
        "enabling without the rest of the setting would let all actions in: which are allowed, and whether they must be pinned, is put back as it was",
        "the organisation can forbid the setting; it is answered 409 and read anew",
        "the whole repository stands still, not one workflow of it",
    ],
    source: "https://docs.github.com/en/rest/actions/permissions#set-github-actions-permissions-for-a-repository",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DisableActions {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

const ENABLED: &str = "enabled";
const ALLOWED: &str = "allowed_actions";
const PINNED: &str = "sha_pinning_required";

/// Where nothing runs, what else is set says nothing.
fn state(of: &Settings) -> Snapshot {
    let mut state = Snapshot::of([(ENABLED, of.enabled.to_string())]);
    if of.enabled {
        state.0.extend(of.allowed_actions.iter().map(|it| (ALLOWED.to_owned(), it.clone())));
        let pinned = of.sha_pinning_required.iter();
        state.0.extend(pinned.map(|it| (PINNED.to_owned(), it.to_string())));
    }
    state
}

fn settings(of: &Snapshot) -> Settings {
    Settings {
        enabled: of.get(ENABLED) == Some("true"),
        allowed_actions: of.get(ALLOWED).map(str::to_owned),
        sha_pinning_required: of.get(PINNED).map(|it| it == "true"),
    }
}

fn disabled() -> Snapshot {
    Snapshot::of([(ENABLED, false.to_string())])
}

impl DisableActions {
    async fn seen(&self, cx: &ReadCx<'_>, step: &Step) -> Result<(String, Snapshot), CallError> {
        let repository = self.shared.workflow(&step.target)?;
        let pass = cx.read(op::READ_ADMINISTRATION)?;
        let seen = state(&self.shared.server.settings(pass, &repository).await?);
        Ok((repository, seen))
    }
}

#[async_trait::async_trait]
impl Action for DisableActions {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let repository = self.shared.workflow(&intent.target)?;
        let pass = cx.read(op::READ_ADMINISTRATION)?;
        let before = state(&self.shared.server.settings(pass, &repository).await?);
        let summary = format!("let no workflow of `{repository}` run");
        Ok(self.shared.step(&SPEC, id, intent, (before, disabled()), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (repository, seen) = self.seen(cx.reading(), step).await?;
        if already(step, &seen)? {
            return Ok(Receipt::default());
        }
        let pass = cx.write(op::WRITE_ADMINISTRATION)?;
        self.shared.server.set(pass, &repository, &settings(&step.after)).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.seen(cx, step).await.map(|it| (it.1, Vec::new()));
        told(&SPEC, step, seen)
    }
}
