//! One declared verb as an action: look, write once, read back, take back, try.

use super::connector::Shared;
use super::form::{Access, Ask, Call, Looked, Probed, Question, State, Verified, Wrote, clean};
use interlock_contain::{
    Action, ActionSpec, CallError, Check, ConnectorSpec, ReadCx, ReadPass, WriteCx, WritePass,
};
use interlock_model::{
    ActionKind, ActionName, Evidence, Gate, Intent, Observation, Operation, Place, Receipt,
    Residual, Snapshot, Step, StepId, Target, Timestamp,
};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// How a declared verb is carried out: by a program, or behind an address.
#[async_trait::async_trait]
pub(crate) trait Way: Send + Sync + Debug {
    /// Asks something that changes nothing; the answer as it came.
    async fn look(&self, pass: ReadPass, ask: Ask) -> Result<Vec<u8>, CallError>;
    /// Asks for a change.
    async fn change(&self, pass: WritePass, ask: Ask) -> Result<Vec<u8>, CallError>;
    /// Whether it could be asked at all. Changes nothing.
    async fn check(&self, spec: &'static ConnectorSpec) -> Vec<Check>;
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}

/// The action.
#[derive(Debug)]
pub(crate) struct Verb {
    /// The configuration and the way.
    pub shared: Arc<Shared>,
    /// What it declares.
    pub spec: &'static ActionSpec,
}

impl Verb {
    fn operation(&self, call: Call) -> Result<Operation, CallError> {
        let missing = || CallError::Unsupported {
            why: format!("`{}` declares no `{}`", self.spec.name, call.as_str()),
        };
        call.operation(self.spec).ok_or_else(missing)
    }

    fn ask(
        &self,
        call: Call,
        at: Timestamp,
        id: &StepId,
        question: &Question<'_>,
        target: &Target,
    ) -> Result<Ask, CallError> {
        let body = serde_json::to_vec(question).map_err(|it| CallError::Invalid {
            why: format!("the question cannot be written: {it}"),
        })?;
        Ok(Ask {
            operation: self.operation(call)?,
            call,
            step: id.as_str().to_owned(),
            at,
            what: target.to_string(),
            body,
        })
    }

    /// Asks what changes nothing about a step.
    async fn about<T: DeserializeOwned>(
        &self,
        cx: &ReadCx<'_>,
        call: Call,
        step: &Step,
    ) -> Result<T, CallError> {
        self.shared.refuse_own(self.spec, &step.target)?;
        let pass = cx.read(self.operation(call)?)?;
        let question = Question::about(self.spec, call, &self.shared.id.0, cx.now(), step);
        let ask = self.ask(call, cx.now(), &step.id, &question, &step.target)?;
        let operation = ask.operation;
        read(operation, &self.shared.way.look(pass, ask).await?)
    }

    /// What is there, what is wanted, and what would be done.
    async fn look(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        id: &StepId,
    ) -> Result<(Snapshot, Snapshot, Option<String>), CallError> {
        self.shared.refuse_own(self.spec, target)?;
        let operation = self.operation(Call::Read)?;
        let pass = cx.read(operation)?;
        let (connector, now) = (&self.shared.id.0, cx.now());
        let question = Question::look(self.spec, connector, id.as_str(), now, target);
        let ask = self.ask(Call::Read, now, id, &question, target)?;
        let looked: Looked = read(operation, &self.shared.way.look(pass, ask).await?)?;
        let state = bounded(operation, looked.state)?;
        let wanted = bounded(operation, looked.wanted)?;
        Ok((state, wanted, looked.summary))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let verified: Verified = self.about(cx, Call::Verify, step).await?;
        let operation = self.operation(Call::Verify)?;
        let seen = verified.state.map(|it| bounded(operation, it)).transpose()?;
        match (verified.holds, seen) {
            (None, _) => {
                let why = verified.why.as_deref().map(clean).filter(|it| !it.is_empty());
                let why = why.unwrap_or_else(|| format!("`{operation}` cannot tell"));
                Ok(Observation::CannotTell { why })
            }
            // What it says it sees is not what it says holds.
            (Some(true), Some(seen)) if seen != step.after => Ok(Observation::DoesNotHold { seen }),
            (Some(true), _) => {
                let residual = if step.kind == ActionKind::Restore {
                    Vec::new()
                } else if let Some(leaves) = verified.leaves {
                    let left = leaves.into_iter();
                    left.map(|it| Residual { what: clean(&it.what), until: it.until }).collect()
                } else {
                    self.declared_residual(cx.now())
                };
                Ok(Observation::Holds { residual, issued: None })
            }
            (Some(false), seen) => Ok(Observation::DoesNotHold { seen: seen.unwrap_or_default() }),
        }
    }

    fn declared_residual(&self, now: Timestamp) -> Vec<Residual> {
        if self.spec.leaves.is_empty() {
            return Vec::new();
        }
        let most = self.spec.leaves_at_most.and_then(|it| SignedDuration::try_from(it).ok());
        let until = most.and_then(|it| now.checked_add(it).ok());
        vec![Residual { what: self.spec.leaves.to_owned(), until }]
    }
}

#[async_trait::async_trait]
impl Action for Verb {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (before, after, summary) = self.look(cx, &intent.target, &id).await?;
        let summary = summary.as_deref().map(clean).filter(|it| !it.is_empty());
        let summary =
            summary.unwrap_or_else(|| format!("{}: {}", self.spec.summary, intent.target));
        Ok(Step {
            id,
            connector: self.shared.id.clone(),
            action: ActionName(self.spec.name.into()),
            kind: self.spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: self.spec.reversal.to_model(),
            gate: Gate::Now,
            stops: self.spec.stops,
            settle_seconds: self.shared.settle.unwrap_or(self.spec.settle).as_secs(),
            summary,
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (seen, _, _) = self.look(cx.reading(), &step.target, &step.id).await?;
        if seen == step.after {
            return Ok(Receipt::default());
        }
        if seen != step.before {
            return Err(CallError::Drifted { expected: step.before.clone(), seen });
        }
        let call = if step.kind == ActionKind::Restore { Call::Undo } else { Call::Write };
        let operation = self.operation(call)?;
        let now = cx.reading().now();
        let question = Question::about(self.spec, call, &self.shared.id.0, now, step);
        let ask = self.ask(call, now, &step.id, &question, &step.target)?;
        let answer = self.shared.way.change(cx.write(operation)?, ask).await?;
        let wrote: Wrote = if answer.iter().all(u8::is_ascii_whitespace) {
            Wrote::default()
        } else {
            // It says that it is done: only reading back shows what.
            read(operation, &answer)
                .map_err(|it| CallError::OutcomeUnknown { why: it.to_string() })?
        };
        Ok(Receipt { request: wrote.request.as_deref().map(clean), ..Receipt::default() })
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.observe(cx, step).await;
        seen.unwrap_or_else(|error| Observation::CannotTell { why: error.to_string() })
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore {
            return None;
        }
        let probe = Call::Probe.operation(self.spec)?;
        let probed: Probed = self.about(cx, Call::Probe, step).await.ok()?;
        let how = probed.how.as_deref().map(clean).filter(|it| !it.is_empty());
        match probed.access {
            Access::Refused => {
                let how = how.unwrap_or_else(|| format!("`{probe}` was refused access"));
                Some(Evidence::Probe { how })
            }
            Access::Accepted => Some(Evidence::SuccessfulUse {
                place: Place { file: self.shared.id.0.to_string().into(), record: 0 },
            }),
            Access::Unknown => None,
        }
    }
}

/// An answer in its form. The parser's own words may repeat what must not be shown, so only the place is
/// taken from them.
fn read<T: DeserializeOwned>(operation: Operation, answer: &[u8]) -> Result<T, CallError> {
    serde_json::from_slice(answer).map_err(|it| CallError::Invalid {
        why: format!(
            "the answer of `{operation}` has not the form that is documented (line {}, column {})",
            it.line(),
            it.column()
        ),
    })
}

fn bounded(operation: Operation, state: State) -> Result<Snapshot, CallError> {
    let why = || format!("the state that `{operation}` answers is too large");
    state.snapshot().ok_or_else(|| CallError::Invalid { why: why() })
}
