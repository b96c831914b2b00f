//! What every action here starts from: the server, the configuration, and the same few questions.

use crate::database::{Account, Reach, Server, Words};
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, CredentialKind, Gate, Intent, Observation, Residual,
    Snapshot, Step, StepId, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The instance's name.
    pub id: ConnectorId,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
    /// Where the server is, and where new passwords go.
    pub reach: Reach,
    /// The server.
    pub server: Arc<dyn Server>,
}

impl Shared {
    /// The server's words.
    pub(crate) fn words(&self) -> &'static Words {
        self.server.words()
    }

    /// The account that a target names.
    pub(crate) fn name(&self, target: &Target) -> Result<String, CallError> {
        let (words, principal) = (self.words(), target.principal());
        if &*principal.provider != words.provider || principal.name.is_empty() {
            let why = format!("`{principal}` is not a {} of {}", words.noun, words.provider);
            return Err(CallError::Unsupported { why });
        }
        let Some(credential) = target.credential() else { return Ok(principal.name.to_string()) };
        let password = credential.kind() == Some(CredentialKind::Password)
            && credential.provider() == words.provider
            && credential.id() == &*principal.name;
        if password {
            return Ok(principal.name.to_string());
        }
        let why = format!("{target} is not the password of {} `{}`", words.noun, principal.name);
        Err(CallError::Unsupported { why })
    }

    /// The account, once it is sure that it may be touched at all.
    pub(crate) async fn account(&self, cx: &ReadCx<'_>, name: &str) -> Result<Account, CallError> {
        let words = self.words();
        let account = self.server.account(cx.read(words.read_account)?, name).await?;
        if let Some(why) = &account.kept {
            let why = format!("{} `{name}` {why}", words.noun);
            return Err(CallError::Unsupported { why });
        }
        if let Some(permission) = account.beyond {
            return Err(CallError::Denied { permission: permission.to_owned() });
        }
        Ok(account)
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
            connector: self.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.settle.unwrap_or(spec.settle).as_secs(),
            summary,
        }
    }
}

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(residual: Vec<String>) -> Observation {
    let residual = residual.into_iter().map(|what| Residual { what, until: None }).collect();
    Observation::Holds { residual, issued: None }
}

/// What is to be said when the state could not be read. What is gone is as useless as wanted.
pub(crate) fn unread(step: &Step, error: &CallError) -> Observation {
    match error {
        CallError::NotFound { .. } if step.kind == ActionKind::Restore => {
            Observation::DoesNotHold { seen: Snapshot::default() }
        }
        CallError::NotFound { .. } => holds(Vec::new()),
        CallError::Retry { .. }
        | CallError::OutcomeUnknown { .. }
        | CallError::Drifted { .. }
        | CallError::Denied { .. }
        | CallError::Unsupported { .. }
        | CallError::Invalid { .. } => Observation::CannotTell { why: error.to_string() },
    }
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}
