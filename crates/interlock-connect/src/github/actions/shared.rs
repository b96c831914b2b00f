//! What every action here starts from: the organisation, the configuration, and the same few questions.

use crate::github::GithubConfig;
use crate::github::server::Server;
use crate::github::subject;
use interlock_contain::{ActionSpec, CallError};
use interlock_model::{
    ActionKind, ActionName, Gate, Intent, Observation, Residual, Snapshot, Step, StepId, Target,
};

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: GithubConfig,
    /// The organisation.
    pub server: Server,
}

impl Shared {
    /// The login of a target's user, who is not the connector itself.
    pub(crate) async fn login(&self, target: &Target) -> Result<String, CallError> {
        let login = subject::login(target.principal())?.to_owned();
        let own = self.server.itself().await?;
        if own.iter().any(|it| it.eq_ignore_ascii_case(&login)) {
            let why = format!("connector `{}` acts as `{login}` itself", self.config.id);
            return Err(CallError::Unsupported { why });
        }
        Ok(login)
    }

    /// The repository that a target's workflow runs in.
    pub(crate) fn workflow(&self, target: &Target) -> Result<String, CallError> {
        subject::workflow(target.principal(), &self.config.organization)
    }

    /// The step from one state to another.
    pub(crate) fn step(
        &self,
        spec: &ActionSpec,
        id: StepId,
        intent: &Intent,
        (before, after): (Snapshot, Snapshot),
        summary: String,
    ) -> Step {
        Step {
            id,
            connector: self.config.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.config.settle.unwrap_or(spec.settle).as_secs(),
            summary,
        }
    }
}

/// Whether the state that a step wants is there already.
pub(crate) fn already(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
    if *seen == step.after {
        return Ok(true);
    }
    if *seen == step.before {
        return Ok(false);
    }
    Err(drifted(step, seen.clone()))
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(spec: &ActionSpec, step: &Step, more: Vec<String>) -> Observation {
    if step.kind == ActionKind::Restore {
        return Observation::Holds { residual: Vec::new(), issued: None };
    }
    let all = std::iter::once(spec.leaves.to_owned()).chain(more);
    let residual = all.map(|what| Residual { what, until: None }).collect();
    Observation::Holds { residual, issued: None }
}

/// Whether a read-back shows the wanted state. What could not be read says nothing: GitHub answers 404
/// for what may not be seen, too.
pub(crate) fn told(
    spec: &ActionSpec,
    step: &Step,
    seen: Result<(Snapshot, Vec<String>), CallError>,
) -> Observation {
    match seen {
        Ok((seen, more)) if seen == step.after => holds(spec, step, more),
        Ok((seen, _)) => Observation::DoesNotHold { seen },
        Err(error) => Observation::CannotTell { why: error.to_string() },
    }
}
