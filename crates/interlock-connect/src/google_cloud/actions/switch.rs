//! Turns something off that has a switch, and on again.

use super::shared::Shared;
use crate::rest::{already, step, told};
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx, WritePass};
use interlock_model::{Intent, Observation, Receipt, Snapshot, Step, StepId, Target};
use std::fmt::Debug;
use std::sync::Arc;

/// What has a switch.
#[async_trait::async_trait]
pub(crate) trait Switched: Send + Sync + Debug {
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;
    /// Whether it is off.
    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError>;
    /// Refuses what must not be turned off.
    async fn refuse(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(), CallError>;
    /// Turns it.
    async fn turn(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        off: bool,
    ) -> Result<(), CallError>;
    /// What is done, in words.
    fn summary(&self, target: &Target) -> String;
}

/// The action.
#[derive(Debug)]
pub(crate) struct Switch {
    /// The project and the configuration.
    pub shared: Arc<Shared>,
    /// What has a switch.
    pub of: &'static dyn Switched,
}

fn state(off: bool) -> Snapshot {
    Snapshot::of([("disabled", off.to_string())])
}

#[async_trait::async_trait]
impl Action for Switch {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let off = self.of.off(&self.shared, cx, &intent.target).await?;
        if !off {
            self.of.refuse(&self.shared, cx, &intent.target).await?;
        }
        let (states, summary) = ((state(off), state(true)), self.of.summary(&intent.target));
        Ok(step(&self.shared.of(), self.of.spec(), id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let seen = state(self.of.off(&self.shared, cx.reading(), &step.target).await?);
        if already(step, &seen)? {
            return Ok(Receipt::default());
        }
        let spec = self.of.spec();
        let off = step.after == state(true);
        let operation = if off { spec.write } else { spec.restore.unwrap_or(spec.write) };
        self.of.turn(&self.shared, cx.write(operation)?, &step.target, off).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let off = self.of.off(&self.shared, cx, &step.target).await;
        told(self.of.spec(), step, off.map(|it| (state(it), Vec::new())))
    }
}
