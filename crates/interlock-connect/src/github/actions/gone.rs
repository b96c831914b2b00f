//! Ends everything that a list has at the moment of planning, by number: tokens, runs, authorisations.
//!
//! The wanted state is that none of these is left. What comes anew is said and is no failure of this.

use super::shared::{Shared, drifted, holds};
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx, WritePass};
use interlock_model::{Intent, Observation, Receipt, Snapshot, Step, StepId, Target};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

/// What is listed, and how it is ended.
#[async_trait::async_trait]
pub(crate) trait Listed: Send + Sync + Debug {
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;
    /// What is there now.
    async fn there(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<BTreeSet<u64>, CallError>;
    /// Ends these.
    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        these: &BTreeSet<u64>,
    ) -> Result<(), CallError>;
    /// What is done, in words.
    fn summary(&self, target: &Target, count: usize) -> String;
}

/// The action.
#[derive(Debug)]
pub(crate) struct Gone {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
    /// What is listed.
    pub of: &'static dyn Listed,
}

const LEFT: &str = "left";
const PLANNED: &str = "planned";

/// What was there when it was planned, and which of it is left.
fn state(planned: &BTreeSet<u64>, left: &BTreeSet<u64>) -> Snapshot {
    Snapshot::of([(LEFT, text(left)), (PLANNED, text(planned))])
}

fn text(of: &BTreeSet<u64>) -> String {
    of.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

/// What the step is to end.
fn planned(step: &Step) -> Result<BTreeSet<u64>, CallError> {
    let text = step.after.get(PLANNED).unwrap_or_default();
    let invalid = |_| CallError::Invalid { why: format!("`{text}` are no numbers") };
    text.split_whitespace().map(|it| it.parse().map_err(invalid)).collect()
}

impl Gone {
    async fn left(&self, cx: &ReadCx<'_>, step: &Step) -> Result<[BTreeSet<u64>; 3], CallError> {
        let planned = planned(step)?;
        let there = self.of.there(&self.shared, cx, &step.target).await?;
        let left = there.intersection(&planned).copied().collect();
        let new = there.difference(&planned).copied().collect();
        Ok([planned, left, new])
    }
}

#[async_trait::async_trait]
impl Action for Gone {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let there = self.of.there(&self.shared, cx, &intent.target).await?;
        let states = (state(&there, &there), state(&there, &BTreeSet::new()));
        let summary = self.of.summary(&intent.target, there.len());
        Ok(self.shared.step(self.of.spec(), id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let [planned, left, _] = self.left(cx.reading(), step).await?;
        if left.is_empty() {
            return Ok(Receipt::default());
        }
        if step.before == step.after {
            return Err(drifted(step, state(&planned, &left)));
        }
        let pass = cx.write(self.of.spec().write)?;
        self.of.end(&self.shared, pass, &step.target, &left).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.left(cx, step).await {
            Ok([_, left, new]) if left.is_empty() => {
                let more = (!new.is_empty()).then(|| format!("{} that came since", new.len()));
                holds(self.of.spec(), step, more.into_iter().collect())
            }
            Ok([planned, left, _]) => Observation::DoesNotHold { seen: state(&planned, &left) },
            Err(error) => Observation::CannotTell { why: error.to_string() },
        }
    }
}
