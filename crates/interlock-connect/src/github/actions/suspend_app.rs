//! Suspends the installation of an App, by the App's own key.

use super::shared::{Shared, already, told};
use crate::github::operation as op;
use crate::github::own_apps::Installation;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.suspend_app",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["app/*", "*[bot]"]),
    summary: "suspends the installation of an App of your own",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(60),
    leaves: "the App's installations elsewhere, and its private keys: whoever holds one can lift the suspension",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_INSTALLATION],
    write: op::SUSPEND,
    restore: None,
    delivery: None,
    traps: &[
        "GitHub takes it from the App's own key alone: for Apps of others an owner of the organisation does it by hand",
        "a stolen private key lifts it as well: take the key away on the App's page",
        "webhooks of the App are not sent while it is suspended",
    ],
    source: "https://docs.github.com/en/rest/apps/apps#suspend-an-app-installation",
};

/// The action.
#[derive(Debug)]
pub(crate) struct SuspendApp {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

fn state(suspended: bool) -> Snapshot {
    Snapshot::of([("suspended", suspended.to_string())])
}

impl SuspendApp {
    /// The installation of the App that is aimed at, which is not the connector's own.
    async fn seen(&self, cx: &ReadCx<'_>, target: &Target) -> Result<Installation, CallError> {
        let pass = cx.read(op::READ_INSTALLATION)?;
        let seen = self.shared.apps.named(&pass, &target.principal().name).await?;
        let (own, names) = (self.shared.server.itself().await?, seen.names());
        if own.iter().any(|own| names.iter().any(|it| it.eq_ignore_ascii_case(own))) {
            let [name, ..] = names;
            let why = format!("connector `{}` acts as `{name}` itself", self.shared.config.id);
            return Err(CallError::Unsupported { why });
        }
        Ok(seen)
    }
}

#[async_trait::async_trait]
impl Action for SuspendApp {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let seen = self.seen(cx, &intent.target).await?;
        let [name, ..] = seen.names();
        let summary = format!("suspend installation `{}` of `{name}`", seen.id);
        let states = (state(seen.suspended()), state(true));
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let seen = self.seen(cx.reading(), &step.target).await?;
        if already(step, &state(seen.suspended()))? {
            return Ok(Receipt::default());
        }
        let suspended = step.after == state(true);
        self.shared.apps.suspend(cx.write(op::SUSPEND)?, seen.id, suspended).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.seen(cx, &step.target).await;
        told(&SPEC, step, seen.map(|it| (state(it.suspended()), Vec::new())))
    }
}
