//! Takes everything that a person has of one sort, part by part, and gives the same parts back.

use super::actions::{Shared, also, step};
use crate::actions::already;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx, WritePass};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

/// What a person has of one sort.
#[derive(Debug, Default)]
pub(super) struct Had {
    /// Each part, with what it is taken by. The parts are texts without spaces.
    pub parts: BTreeMap<String, String>,
    /// What it has besides, of which nothing is taken here.
    pub besides: Option<String>,
}

/// One sort of what a person has.
#[async_trait::async_trait]
pub(super) trait Sort: Send + Sync + Debug {
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;
    /// What is there.
    async fn had(&self, shared: &Shared, cx: &ReadCx<'_>, person: &str) -> Result<Had, CallError>;
    /// Takes these, by what they are taken by.
    async fn take(
        &self,
        shared: &Shared,
        pass: WritePass,
        person: &str,
        these: Vec<(String, String)>,
    ) -> Result<(), CallError>;
    /// Gives these.
    async fn give(
        &self,
        shared: &Shared,
        pass: WritePass,
        person: &str,
        these: Vec<String>,
    ) -> Result<(), CallError>;
    /// What is done, in words.
    fn summary(&self, name: &str, count: usize) -> String;
}

/// The action.
#[derive(Debug)]
pub(super) struct Parts {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
    /// Of which sort.
    pub of: &'static dyn Sort,
}

const HAS: &str = "has";

fn state<'a>(parts: impl IntoIterator<Item = &'a String>) -> Snapshot {
    let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
    Snapshot::of([(HAS, parts.join(" "))])
}

fn parts(of: &Snapshot) -> BTreeSet<String> {
    of.get(HAS).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// What a step is about: on its way back only what it took, else all that is there.
fn of_step(step: &Step, had: &Had) -> BTreeSet<String> {
    let all = had.parts.keys().cloned();
    if step.kind == ActionKind::Restore {
        let own: BTreeSet<String> = &parts(&step.before) | &parts(&step.after);
        return all.filter(|it| own.contains(it)).collect();
    }
    all.collect()
}

/// Each part is as it was or as it is wanted: a change that broke off is gone on with.
fn between(step: &Step, seen: &BTreeSet<String>) -> bool {
    let (before, after) = (parts(&step.before), parts(&step.after));
    step.before != step.after
        && seen.is_subset(&(&before | &after))
        && (&before & &after).is_subset(seen)
}

impl Parts {
    async fn seen(&self, cx: &ReadCx<'_>, step: &Step) -> Result<(String, Had), CallError> {
        let person = self.shared.person(&step.target)?;
        let had = self.of.had(&self.shared, cx, &person).await?;
        Ok((person, had))
    }
}

#[async_trait::async_trait]
impl Action for Parts {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let person = self.shared.person(&intent.target)?;
        let name = self.shared.admitted(cx, &person).await?;
        let had = self.of.had(&self.shared, cx, &person).await?;
        let states = (state(had.parts.keys()), state([]));
        let summary = self.of.summary(&name, had.parts.len());
        Ok(step(&self.shared, self.of.spec(), id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (person, mut had) = self.seen(cx.reading(), step).await?;
        let seen = of_step(step, &had);
        if !between(step, &seen) && already(step, &state(&seen), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let wanted = parts(&step.after);
        if seen == wanted {
            return Ok(Receipt::default());
        }
        let spec = self.of.spec();
        if step.kind == ActionKind::Restore {
            let missing = wanted.difference(&seen).cloned().collect();
            let pass = cx.write(spec.restore.unwrap_or(spec.write))?;
            self.of.give(&self.shared, pass, &person, missing).await?;
        } else {
            let these = seen.difference(&wanted).filter_map(|it| had.parts.remove_entry(it));
            let these = these.collect();
            self.of.take(&self.shared, cx.write(spec.write)?, &person, these).await?;
        }
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.seen(cx, step).await {
            Ok((_, had)) => {
                let seen = state(&of_step(step, &had));
                if seen == step.after {
                    also(self.of.spec(), step, cx.now(), had.besides)
                } else {
                    Observation::DoesNotHold { seen }
                }
            }
            Err(error) => Observation::CannotTell { why: error.to_string() },
        }
    }
}
