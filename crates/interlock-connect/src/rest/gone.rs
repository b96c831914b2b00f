//! Ends everything that a list has at the moment of planning, one by one: tokens, runs, authorisations.
//!
//! The wanted state is that none of these is left. What comes anew is said and is no failure of this.

use super::{Of, drifted, holds, step};
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx, WritePass};
use interlock_model::{Intent, Observation, Receipt, Snapshot, Step, StepId, Target};
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::Arc;

/// What is listed, and how it is ended.
#[async_trait::async_trait]
pub(crate) trait Listed: Send + Sync + Debug + 'static {
    /// What the actions of the connector share.
    type Shared: Send + Sync + Debug;
    /// What tells one from another: a text without spaces.
    type Id: Ord + Clone + Debug + Display + FromStr + Send + Sync;
    /// Whose steps these are.
    fn of(shared: &Self::Shared) -> Of<'_>;
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;
    /// What is there now.
    async fn there(
        &self,
        shared: &Self::Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<BTreeSet<Self::Id>, CallError>;
    /// Ends these.
    async fn end(
        &self,
        shared: &Self::Shared,
        pass: WritePass,
        target: &Target,
        these: &BTreeSet<Self::Id>,
    ) -> Result<(), CallError>;
    /// What is done, in words.
    fn summary(&self, target: &Target, count: usize) -> String;
}

/// The action.
#[derive(Debug)]
pub(crate) struct Gone<L: Listed> {
    /// The service and the configuration.
    pub shared: Arc<L::Shared>,
    /// What is listed.
    pub of: &'static L,
}

const LEFT: &str = "left";
const PLANNED: &str = "planned";

/// What was there when it was planned, and which of it is left.
fn state<T: Display>(planned: &BTreeSet<T>, left: &BTreeSet<T>) -> Snapshot {
    Snapshot::of([(LEFT, text(left)), (PLANNED, text(planned))])
}

fn text<T: Display>(of: &BTreeSet<T>) -> String {
    of.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

/// What the step is to end.
fn planned<T: Ord + FromStr>(step: &Step) -> Result<BTreeSet<T>, CallError> {
    let text = step.after.get(PLANNED).unwrap_or_default();
    let invalid = || CallError::Invalid { why: format!("`{text}` names nothing of this sort") };
    text.split_whitespace().map(|it| it.parse().map_err(|_| invalid())).collect()
}

impl<L: Listed> Gone<L> {
    async fn left(&self, cx: &ReadCx<'_>, step: &Step) -> Result<[BTreeSet<L::Id>; 3], CallError> {
        let planned = planned(step)?;
        let there = self.of.there(&self.shared, cx, &step.target).await?;
        let left = there.intersection(&planned).cloned().collect();
        let new = there.difference(&planned).cloned().collect();
        Ok([planned, left, new])
    }
}

#[async_trait::async_trait]
impl<L: Listed> Action for Gone<L> {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let there = self.of.there(&self.shared, cx, &intent.target).await?;
        let states = (state(&there, &there), state(&there, &BTreeSet::new()));
        let summary = self.of.summary(&intent.target, there.len());
        Ok(step(&L::of(&self.shared), self.of.spec(), id, intent, states, summary))
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
