//! Makes one access key of a user inactive.

use super::disable_ssh_key::ACCESS_KEYS;
use super::shared::{ASSUMED_ROLES, OTHER_WAYS, Shared, already, cannot_tell, holds, receipt};
use crate::administrators::refuse_last;
use crate::operation as op;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, WriteCx};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_access_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: ACCESS_KEYS,
    summary: "makes an access key inactive",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(10),
    leaves: "sessions minted with the key by GetSessionToken or GetFederationToken",
    leaves_at_most: Some(Duration::from_secs(36 * 3600)),
    beyond: &[ASSUMED_ROLES, OTHER_WAYS],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::LIST_ACCESS_KEYS,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::UPDATE_ACCESS_KEY,
    restore: None,
    delivery: None,
    traps: &[
        "without a user name the call changes a key of the caller: the name is always sent",
        "there are servers that list a key as inactive and go on accepting it: the status alone never counts as effect",
        "an expired key counts as inactive and is left as it is",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DisableAccessKey {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

fn status(text: &str) -> Snapshot {
    Snapshot::of([("status", text.to_owned())])
}

#[async_trait::async_trait]
impl Action for DisableAccessKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let of = self.shared.our_user_key(cx, &intent.target).await?;
        let key = self.shared.key(cx, &of).await?;
        let key = key.ok_or_else(|| CallError::NotFound { what: intent.target.to_string() })?;
        let before = status(&key.status);
        let after = if key.status == "Active" {
            refuse_last(&self.shared, cx, &of.subject, Some(&of.key)).await?;
            status("Inactive")
        } else {
            before.clone()
        };
        let summary = format!("make access key `{}` of user `{}` inactive", of.key, of.user);
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let of = self.shared.our_user_key(cx.reading(), &step.target).await?;
        let key = self.shared.key(cx.reading(), &of).await?;
        let key = key.ok_or_else(|| CallError::NotFound { what: step.target.to_string() })?;
        if already(step, &status(&key.status), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let wanted = step.after.get("status").ok_or_else(|| CallError::Invalid {
            why: format!("step `{}` names no status", step.id),
        })?;
        let pass = cx.write(op::UPDATE_ACCESS_KEY)?;
        let client = &self.shared.client;
        client.set_key_status(pass, &of.user, &of.key, wanted).await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = match self.shared.our_user_key(cx, &step.target).await {
            Ok(of) => self.shared.key(cx, &of).await,
            Err(error) => Err(error),
        };
        match seen {
            Ok(Some(key)) if status(&key.status) == step.after => holds(&SPEC, step, cx.now()),
            Ok(Some(key)) => Observation::DoesNotHold { seen: status(&key.status) },
            // A key that is gone is as useless as an inactive one.
            Ok(None) if step.after != status("Active") => holds(&SPEC, step, cx.now()),
            Ok(None) => Observation::DoesNotHold { seen: Snapshot::default() },
            Err(error) => cannot_tell(&error),
        }
    }
}
