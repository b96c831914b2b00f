//! Turns a verb, which says what is there, what should be and by which request, into an action.

use super::ask::{Api, Ask};
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, Evidence, Gate, Intent, Observation, Receipt, Residual,
    Snapshot, Step, StepId, Target,
};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// What the verbs of one connector instance share.
#[derive(Debug)]
pub(crate) struct On {
    /// The instance's name.
    pub id: ConnectorId,
    /// The provider.
    pub api: Arc<dyn Api>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
    /// Names and ids that are never touched, in lower case: break-glass accounts, the connector's own.
    pub kept: Vec<String>,
}

/// What was seen of a target.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// What is there.
    pub state: Snapshot,
    /// What should be; the same as the state where nothing is to be done.
    pub wanted: Snapshot,
    /// What will be done, for people.
    pub summary: String,
    /// What stays alive beside what the spec says.
    pub also: Vec<String>,
    /// What the request needs and no snapshot says.
    pub key: String,
}

impl Seen {
    /// Seen, and nothing more to say.
    pub(crate) fn of(state: Snapshot, wanted: Snapshot, summary: String) -> Self {
        Self { state, wanted, summary, also: Vec::new(), key: String::new() }
    }

    /// One value that should be another.
    pub(crate) fn value(name: &str, is: &str, wanted: &str, summary: String) -> Self {
        let of = |value: &str| Snapshot::of([(name, value.to_owned())]);
        Self::of(of(is), of(wanted), summary)
    }
}

/// One verb at one provider.
#[async_trait::async_trait]
pub(crate) trait Verb: Send + Sync + Debug {
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;

    /// Looks. `step` is what was planned before, and names the very object where there are several.
    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError>;

    /// Refuses what must not be done at all: to oneself, to the last administrator.
    async fn guard(&self, _: &On, _: &ReadCx<'_>, _: &Target, _: &Seen) -> Result<(), CallError> {
        Ok(())
    }

    /// The one write that brings what the step wants about.
    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError>;

    /// Why nothing can be read back of what this step did, where that is so: it stays attempted, and
    /// a person is asked.
    fn unseen(&self, _: &Step) -> Option<String> {
        None
    }

    /// Tries whether access is refused, where the house holds what it needs for that.
    async fn probe(&self, _: &On, _: &ReadCx<'_>, _: &Step) -> Option<Evidence> {
        None
    }
}

/// A verb as an action.
#[derive(Debug)]
pub(crate) struct Act {
    /// The instance.
    pub on: Arc<On>,
    /// The verb.
    pub verb: Box<dyn Verb>,
}

impl On {
    /// Refuses what is never touched, under any of its names.
    pub(crate) fn refuse_kept(&self, names: &[&str]) -> Result<(), CallError> {
        let kept = |it: &&&str| self.kept.contains(&it.to_lowercase());
        let Some(name) = names.iter().find(kept) else { return Ok(()) };
        let why = format!(
            "`{name}` is never contained: connector `{}` acts as it, or its `protected` names it",
            self.id
        );
        Err(CallError::Unsupported { why })
    }
}

/// Whether a step is on its way back.
pub(crate) fn undoes(step: &Step) -> bool {
    step.kind == ActionKind::Restore
}

impl Act {
    fn residual(&self, step: &Step, also: Vec<String>) -> Vec<Residual> {
        if undoes(step) {
            return Vec::new();
        }
        let leaves = self.verb.spec().leaves;
        let leaves = (!leaves.is_empty()).then(|| leaves.to_owned());
        leaves.into_iter().chain(also).map(|what| Residual { what, until: None }).collect()
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = self.verb.look(&self.on, cx, &step.target, Some(step)).await?;
        if seen.state != step.after {
            return Ok(Observation::DoesNotHold { seen: seen.state });
        }
        Ok(Observation::Holds { residual: self.residual(step, seen.also), issued: None })
    }
}

#[async_trait::async_trait]
impl Action for Act {
    fn spec(&self) -> &'static ActionSpec {
        self.verb.spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let seen = self.verb.look(&self.on, cx, &intent.target, None).await?;
        if seen.state != seen.wanted {
            self.verb.guard(&self.on, cx, &intent.target, &seen).await?;
        }
        let spec = self.verb.spec();
        Ok(Step {
            id,
            connector: self.on.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before: seen.state,
            after: seen.wanted,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.on.settle.unwrap_or(spec.settle).as_secs(),
            summary: seen.summary,
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let seen = self.verb.look(&self.on, cx.reading(), &step.target, Some(step)).await?;
        if seen.state == step.after {
            return Ok(Receipt::default());
        }
        if seen.state != step.before {
            return Err(CallError::Drifted { expected: step.before.clone(), seen: seen.state });
        }
        let ask = self.verb.write(step, &seen)?;
        let pass = cx.write(ask.operation)?;
        self.on.api.write(pass, ask).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        if let Some(why) = self.verb.unseen(step) {
            return Observation::CannotTell { why };
        }
        match self.observe(cx, step).await {
            Ok(observation) => observation,
            // What is gone gives no access, and cannot be given back.
            Err(CallError::NotFound { .. }) if undoes(step) => {
                Observation::DoesNotHold { seen: Snapshot::default() }
            }
            Err(CallError::NotFound { .. }) => {
                Observation::Holds { residual: self.residual(step, Vec::new()), issued: None }
            }
            Err(
                error @ (CallError::Retry { .. }
                | CallError::OutcomeUnknown { .. }
                | CallError::Drifted { .. }
                | CallError::Denied { .. }
                | CallError::Unsupported { .. }
                | CallError::Invalid { .. }),
            ) => Observation::CannotTell { why: error.to_string() },
        }
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if undoes(step) { None } else { self.verb.probe(&self.on, cx, step).await }
    }
}
