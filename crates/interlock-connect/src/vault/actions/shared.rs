//! What every action here starts from: the server, the configuration, and the same few questions.

use crate::vault::VaultConfig;
use crate::vault::operation as op;
use crate::vault::server::{Server, Token};
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{
    ActionKind, ActionName, Gate, Intent, Observation, Residual, Snapshot, Step, StepId, Target,
};

/// How many accessors are compared with one that a log shows as its digest.
const COMPARED: usize = 1000;
/// How an audit device marks a digest.
pub(crate) const DIGEST: &str = "hmac-sha256:";

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: VaultConfig,
    /// The server.
    pub server: Server,
}

/// There is no step to be had.
pub(crate) fn unsupported(why: String) -> CallError {
    CallError::Unsupported { why }
}

/// A path and the last part of it.
pub(crate) fn split_last(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('/').filter(|it| !it.0.is_empty() && !it.1.is_empty())
}

impl Shared {
    /// The name of a target's principal, which is not whom the connector acts as.
    pub(crate) async fn name<'t>(
        &self,
        cx: &ReadCx<'_>,
        target: &'t Target,
    ) -> Result<(&'t str, Token), CallError> {
        let principal = target.principal();
        if &*principal.provider != "vault" || principal.name.is_empty() {
            return Err(unsupported(format!("`{principal}` is nobody of Vault")));
        }
        let own = self.server.own(&cx.read(op::READ_SELF)?).await?;
        let entity = format!("entity/{}", own.entity);
        if !own.entity.is_empty() && *principal.name == *entity {
            let id = &self.config.id;
            return Err(unsupported(format!("connector `{id}` acts as `{entity}` itself")));
        }
        Ok((&principal.name, own))
    }

    /// The one of these accessors that a log shows as its digest.
    pub(crate) async fn undigested(
        &self,
        cx: &ReadCx<'_>,
        shown: &str,
        accessors: Vec<String>,
    ) -> Result<Option<String>, CallError> {
        let id = &self.config.id;
        let Some(device) = &self.config.audit_device else {
            return Err(unsupported(format!(
                "the log shows an accessor as its digest: give connector `{id}` the `audit_device` that wrote it, or let the device write accessors as they are (`hmac_accessor = false`)"
            )));
        };
        if accessors.len() > COMPARED {
            let count = accessors.len();
            return Err(unsupported(format!(
                "the log shows an accessor as its digest, and {count} would have to be compared with it: let the device write accessors as they are (`hmac_accessor = false`)"
            )));
        }
        for accessor in accessors {
            if self.server.hash(&cx.read(op::HASH)?, device, &accessor).await? == shown {
                return Ok(Some(accessor));
            }
        }
        Ok(None)
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

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(spec: &ActionSpec, step: &Step) -> Observation {
    let leaves = || Residual { what: spec.leaves.to_owned(), until: None };
    let residual = (step.kind != ActionKind::Restore).then(leaves).into_iter().collect();
    Observation::Holds { residual, issued: None }
}

/// What is to be said when the state could not be read.
pub(crate) fn unread(error: &CallError) -> Observation {
    Observation::CannotTell { why: error.to_string() }
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}
