//! Deletes one access key of a user for ever.

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
    name: "aws_iam.delete_access_key",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: ACCESS_KEYS,
    summary: "deletes an access key for ever",
    reversal: ReversalSpec::Final { why: "AWS cannot bring a deleted access key back" },
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
    write: op::DELETE_ACCESS_KEY,
    restore: None,
    delivery: None,
    traps: &[
        "without a user name the call deletes a key of the caller: the name is always sent",
        "the key's id is lost as evidence at AWS: it stays in the journal",
        "whether the key is active does not matter, so that a rotation can disable it first",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html; https://docs.aws.amazon.com/security-ir/latest/userguide/technique-access-containment.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DeleteAccessKey {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

fn present(key: Option<&crate::AccessKey>) -> Snapshot {
    key.map_or_else(Snapshot::default, |it| Snapshot::of([("key", it.id.clone())]))
}

#[async_trait::async_trait]
impl Action for DeleteAccessKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let of = self.shared.our_user_key(cx, &intent.target).await?;
        let key = self.shared.key(cx, &of).await?;
        if key.as_ref().is_some_and(|it| it.status == "Active") {
            refuse_last(&self.shared, cx, &of.subject, Some(&of.key)).await?;
        }
        let summary = format!("delete access key `{}` of user `{}`", of.key, of.user);
        let states = (present(key.as_ref()), Snapshot::default());
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let of = self.shared.our_user_key(cx.reading(), &step.target).await?;
        let key = self.shared.key(cx.reading(), &of).await?;
        if already(step, &present(key.as_ref()), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let pass = cx.write(op::DELETE_ACCESS_KEY)?;
        self.shared.client.delete_key(pass, &of.user, &of.key).await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = match self.shared.our_user_key(cx, &step.target).await {
            Ok(of) => self.shared.key(cx, &of).await,
            Err(error) => Err(error),
        };
        match seen {
            Ok(None) => holds(&SPEC, step, cx.now()),
            Ok(key) => Observation::DoesNotHold { seen: present(key.as_ref()) },
            Err(error) => cannot_tell(&error),
        }
    }
}
