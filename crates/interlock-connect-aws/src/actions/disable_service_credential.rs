//! Makes one credential for a single service inactive: of CodeCommit, Keyspaces, or a key of Bedrock.

use super::shared::{Shared, already, cannot_tell, holds, receipt};
use crate::client::{Holder, ServiceCredential};
use crate::operation as op;
use crate::subject::Subject;
use interlock_contain::{
    Action, ActionSpec, CallError, Left, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_service_credential",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("aws", CredentialKind::Token),
    summary: "makes a credential for a single service inactive, such as a long-term key of Bedrock",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "a connection that is open already",
    leaves_at_most: None,
    beyond: &[Left {
        what: "the user's other ways in: a password, access keys, SSH keys, more such credentials",
        at_most: None,
    }],
    reads: &[op::GET_CALLER_IDENTITY, op::LIST_SERVICE_CREDENTIALS],
    write: op::UPDATE_SERVICE_CREDENTIAL,
    restore: None,
    delivery: None,
    traps: &[
        "without a user name the call is about the caller: the name is always sent",
        "a user may have two of them for each service: it is one of them that is named",
        "an expired one counts as inactive and is left as it is",
        "keys of Bedrock that are short-term are sessions and no such credentials: deny the older sessions of their user or role",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html; https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DisableServiceCredential {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

fn state(status: &str) -> Snapshot {
    Snapshot::of([("status", status.to_owned())])
}

impl DisableServiceCredential {
    /// The user, and the credential that a target names; `None` when it is not there.
    async fn look(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(String, Option<ServiceCredential>), CallError> {
        let named = target
            .credential()
            .filter(|it| it.provider() == "aws" && it.kind() == Some(CredentialKind::Token));
        let named = named.ok_or_else(|| CallError::Unsupported {
            why: format!("{target} is no credential for a single service"),
        })?;
        let subject = Subject::of(target.principal())?;
        let Holder::User(user) = subject.holder.clone() else {
            let why = format!("{} has no credentials for single services", subject.holder);
            return Err(CallError::Unsupported { why });
        };
        self.shared.refuse_foreign_and_own(cx, &subject).await?;
        let pass = cx.read(op::LIST_SERVICE_CREDENTIALS)?;
        let all = match self.shared.client.service_credentials(pass, &user).await {
            Ok(all) => all,
            Err(CallError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok((user, all.into_iter().find(|it| it.id == named.id())))
    }
}

#[async_trait::async_trait]
impl Action for DisableServiceCredential {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (user, found) = self.look(cx, &intent.target).await?;
        let found = found.ok_or_else(|| CallError::NotFound { what: intent.target.to_string() })?;
        let before = state(&found.status);
        let after = if found.status == "Active" { state("Inactive") } else { before.clone() };
        let summary = format!(
            "make credential `{}` of user `{user}` for `{}` inactive",
            found.id, found.service
        );
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (user, found) = self.look(cx.reading(), &step.target).await?;
        let found = found.ok_or_else(|| CallError::NotFound { what: step.target.to_string() })?;
        if already(step, &state(&found.status), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let wanted = step.after.get("status").ok_or_else(|| CallError::Invalid {
            why: format!("step `{}` names no status", step.id),
        })?;
        let pass = cx.write(op::UPDATE_SERVICE_CREDENTIAL)?;
        let client = &self.shared.client;
        client.set_service_credential_status(pass, &user, &found.id, wanted).await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.look(cx, &step.target).await {
            Ok((_, Some(it))) if state(&it.status) == step.after => holds(&SPEC, step, cx.now()),
            Ok((_, Some(it))) => Observation::DoesNotHold { seen: state(&it.status) },
            // One that is gone is as useless as an inactive one.
            Ok((_, None)) if step.after != state("Active") => holds(&SPEC, step, cx.now()),
            Ok((_, None)) => Observation::DoesNotHold { seen: Snapshot::default() },
            Err(error) => cannot_tell(&error),
        }
    }
}
