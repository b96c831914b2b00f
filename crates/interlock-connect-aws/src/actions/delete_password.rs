//! Deletes the password with which a user signs in to the console.

use super::shared::{ASSUMED_ROLES, Shared, already, cannot_tell, holds, receipt};
use crate::administrators::refuse_last;
use crate::client::Holder;
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
    name: "aws_iam.delete_password",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("aws", CredentialKind::Password),
    summary: "deletes the password with which a user signs in to the console",
    reversal: ReversalSpec::Final {
        why: "AWS keeps no deleted password: an administrator gives the user another",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions of the console that are open",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[
        ASSUMED_ROLES,
        Left {
            what: "the user's other ways in: access keys, SSH keys, credentials for single services",
            at_most: None,
        },
    ],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_LOGIN_PROFILE,
        op::LIST_ACCESS_KEYS,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
    ],
    write: op::DELETE_LOGIN_PROFILE,
    restore: None,
    delivery: None,
    traps: &[
        "a password cannot be switched off: it is there or it is deleted",
        "without a user name the call is about the caller: the name is always sent",
        "AWS may refuse for a moment while the profile is being made: that is tried again",
        "it does not keep the user from the command line and the interfaces: its keys are steps of their own",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DeletePassword {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

fn state(there: bool) -> Snapshot {
    if there { Snapshot::of([("password", "set".to_owned())]) } else { Snapshot::default() }
}

impl DeletePassword {
    /// The user whose password a target names: its id is the user's own name.
    async fn user(&self, cx: &ReadCx<'_>, target: &Target) -> Result<(String, Subject), CallError> {
        let password = target.credential().is_some_and(|it| {
            it.provider() == "aws" && it.kind() == Some(CredentialKind::Password)
        });
        let subject = Subject::of(target.principal())?;
        let Holder::User(user) = subject.holder.clone() else {
            return Err(CallError::Unsupported {
                why: format!("{} has no password", subject.holder),
            });
        };
        if !password {
            let why = format!("{target} is not the password of a user");
            return Err(CallError::Unsupported { why });
        }
        self.shared.refuse_foreign_and_own(cx, &subject).await?;
        Ok((user, subject))
    }

    async fn look(&self, cx: &ReadCx<'_>, user: &str) -> Result<bool, CallError> {
        self.shared.client.has_password(cx.read(op::GET_LOGIN_PROFILE)?, user).await
    }
}

#[async_trait::async_trait]
impl Action for DeletePassword {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (user, subject) = self.user(cx, &intent.target).await?;
        let there = self.look(cx, &user).await?;
        if there {
            let keys =
                self.shared.client.access_keys(cx.read(op::LIST_ACCESS_KEYS)?, &user).await?;
            // Who has a key left is not locked out.
            if keys.iter().all(|it| it.status != "Active") {
                refuse_last(&self.shared, cx, &subject, None).await?;
            }
        }
        let summary = format!("delete the password of user `{user}`");
        Ok(self.shared.step(&SPEC, id, intent, (state(there), state(false)), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (user, _) = self.user(cx.reading(), &step.target).await?;
        let there = self.look(cx.reading(), &user).await?;
        if already(step, &state(there), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let pass = cx.write(op::DELETE_LOGIN_PROFILE)?;
        self.shared.client.delete_password(pass, &user).await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = match self.user(cx, &step.target).await {
            Ok((user, _)) => self.look(cx, &user).await,
            Err(error) => Err(error),
        };
        match seen {
            Ok(false) => holds(&SPEC, step, cx.now()),
            Ok(true) => Observation::DoesNotHold { seen: state(true) },
            Err(error) => cannot_tell(&error),
        }
    }
}
