//! Disables a service account: its keys, its live tokens, and who acts as it.

use super::shared::Shared;
use super::switch::Switched;
use crate::google_cloud::operation as op;
use crate::google_cloud::subject::Subject;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.disable_service_account",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("google", &["*.gserviceaccount.com"]),
    summary: "disables a service account with its keys and its live tokens",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(60),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::GET_ACCOUNT, op::GET_POLICY],
    write: op::DISABLE_ACCOUNT,
    restore: Some(op::ENABLE_ACCOUNT),
    delivery: None,
    traps: &[
        "enabling makes access tokens valid again that were stolen and are not over: wait an hour, or rotate the keys first",
        "everything that runs as it stops, machines of Google's own services among it",
        "the last owner of the project, and the connector's own account, are refused",
        "an account of another project is not found here, and that is no sign that it is gone",
    ],
    source: "https://cloud.google.com/iam/docs/service-accounts-disable-enable",
};

/// A service account.
#[derive(Debug)]
pub(crate) struct Account;

async fn email(shared: &Shared, target: &Target) -> Result<String, CallError> {
    match shared.subject(target).await? {
        Subject::Account(email) => Ok(email),
        other @ (Subject::Person(_) | Subject::Federated(_)) => {
            Err(CallError::Unsupported { why: format!("`{}` is no service account", other.name()) })
        }
    }
}

#[async_trait::async_trait]
impl Switched for Account {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::GET_ACCOUNT)?;
        let email = email(shared, target).await?;
        Ok(shared.server.account(pass, &email).await?.disabled)
    }

    async fn refuse(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(), CallError> {
        shared.refuse_last_owner(cx, &shared.subject(target).await?).await
    }

    async fn turn(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        off: bool,
    ) -> Result<(), CallError> {
        shared.server.disable_account(pass, &email(shared, target).await?, off).await
    }

    fn summary(&self, target: &Target) -> String {
        format!("disable service account `{}`", target.principal().name)
    }
}
