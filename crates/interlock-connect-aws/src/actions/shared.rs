//! What every action here starts from: the client, the configuration, and the same few questions.

use crate::AwsConfig;
use crate::client::{AccessKey, Caller, Holder, Iam};
use crate::operation as op;
use crate::subject::Subject;
use interlock_contain::{ActionSpec, CallError, Left, ReadCx};
use interlock_model::{
    ActionName, CredentialKind, Gate, Intent, Observation, Receipt, Residual, Snapshot, Step,
    StepId, Target, Timestamp,
};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// What a step on a user does not end: the rights of such a session come from its role.
pub(crate) const ASSUMED_ROLES: Left = Left {
    what: "sessions of roles that the user had already assumed",
    at_most: Some(Duration::from_secs(12 * 3600)),
};
/// What a step on a role does not end: the rights of the next role's session come from that one.
pub(crate) const CHAINED_ROLES: Left = Left {
    what: "sessions of other roles that were assumed from this one",
    at_most: Some(Duration::from_secs(3600)),
};
/// What a step on one key does not end.
pub(crate) const OTHER_WAYS: Left = Left {
    what: "the user's other ways in: a password for the console, a second key, SSH keys, credentials for single services",
    at_most: None,
};

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: AwsConfig,
    /// AWS.
    pub client: Arc<dyn Iam>,
    /// Who we are, once known.
    pub own: OnceCell<Caller>,
}

/// A user and one of its keys.
pub(crate) struct UserKey {
    /// The user.
    pub user: String,
    /// The key's id.
    pub key: String,
    /// Whose it is, in full.
    pub subject: Subject,
}

impl Shared {
    /// Nothing asked yet.
    pub(crate) fn new(config: AwsConfig, client: Arc<dyn Iam>) -> Self {
        Self { config, client, own: OnceCell::new() }
    }

    /// The access key that a target names, and its user.
    fn user_key(target: &Target) -> Result<UserKey, CallError> {
        let subject = Subject::of(target.principal())?;
        let Holder::User(user) = subject.holder.clone() else {
            let why = format!("{} has no access keys of its own", subject.holder);
            return Err(CallError::Unsupported { why });
        };
        let key = target
            .credential()
            .filter(|it| it.provider() == "aws" && it.kind() == Some(CredentialKind::AccessKey));
        let key = key.ok_or_else(|| CallError::Unsupported {
            why: format!("{target} is not an access key of AWS"),
        })?;
        Ok(UserKey { user, key: key.id().to_owned(), subject })
    }

    /// The same, once it is sure that the user is in our account and is not ourselves.
    pub(crate) async fn our_user_key(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<UserKey, CallError> {
        let of = Self::user_key(target)?;
        self.refuse_foreign_and_own(cx, &of.subject).await?;
        Ok(of)
    }

    /// One key of a user; `None` when it is not there.
    pub(crate) async fn key(
        &self,
        cx: &ReadCx<'_>,
        of: &UserKey,
    ) -> Result<Option<AccessKey>, CallError> {
        let keys = match self.client.access_keys(cx.read(op::LIST_ACCESS_KEYS)?, &of.user).await {
            Ok(keys) => keys,
            Err(CallError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(keys.into_iter().find(|it| it.id == of.key))
    }

    /// How long AWS may take to act, by the configuration or by the spec.
    pub(crate) fn settle(&self, spec: &ActionSpec) -> Duration {
        self.config.settle.unwrap_or(spec.settle)
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
            settle_seconds: self.settle(spec).as_secs(),
            summary,
        }
    }
}

/// Whether the state that a step wants is there already.
///
/// `alike` says when two states are the same.
pub(crate) fn already(
    step: &Step,
    seen: &Snapshot,
    alike: impl Fn(&Snapshot, &Snapshot) -> bool,
) -> Result<bool, CallError> {
    if alike(seen, &step.after) {
        return Ok(true);
    }
    if alike(seen, &step.before) {
        return Ok(false);
    }
    Err(drifted(step, seen.clone()))
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}

/// What is to be said when the state could not be read.
pub(crate) fn cannot_tell(error: &CallError) -> Observation {
    Observation::CannotTell { why: error.to_string() }
}

/// The wanted state is there; this is what stays alive all the same.
///
/// An undo leaves nothing alive that was not alive before.
pub(crate) fn holds(spec: &ActionSpec, step: &Step, now: Timestamp) -> Observation {
    let undo = step.kind == interlock_model::ActionKind::Restore;
    let residual = if spec.leaves.is_empty() || undo {
        Vec::new()
    } else {
        let until = spec.leaves_at_most.and_then(|it| later(now, it.as_secs()));
        vec![Residual { what: spec.leaves.to_owned(), until }]
    };
    Observation::Holds { residual, issued: None }
}

/// A moment this many seconds later.
pub(crate) fn later(now: Timestamp, seconds: u64) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
}

/// AWS's yes as a receipt.
pub(crate) fn receipt(acknowledged: crate::Acknowledged) -> Receipt {
    Receipt { request: acknowledged.request, ..Receipt::default() }
}
