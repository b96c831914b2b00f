//! Suspends a person of Workspace.

use super::shared::Shared;
use super::switch::Switched;
use crate::google_cloud::operation as op;
use crate::google_cloud::subject::Subject;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.suspend_user",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("google", &["*@*", "!*.gserviceaccount.com"]),
    summary: "suspends a person of Workspace",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(300),
    leaves: "sessions and tokens of applications, of which Google's pages do not say when they end",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::GET_USER, op::GET_POLICY],
    write: op::PATCH_USER,
    restore: None,
    delivery: None,
    traps: &[
        "a super administrator is refused: Google's interface lets nobody know who the last one is",
        "the last owner of the project, and in whose name the connector acts, are refused",
        "take the tokens of applications as well: what suspending does to them is written nowhere",
        "a person of another domain is not found here, and that is no sign of anything",
    ],
    source: "https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/update",
};

/// A person.
#[derive(Debug)]
pub(crate) struct Person;

/// The address of a person who is not the connector itself.
pub(crate) async fn email(shared: &Shared, target: &Target) -> Result<String, CallError> {
    match shared.subject(target).await? {
        Subject::Person(email) => Ok(email),
        other @ (Subject::Account(_) | Subject::Federated(_)) => {
            Err(CallError::Unsupported { why: format!("`{}` is no person", other.name()) })
        }
    }
}

#[async_trait::async_trait]
impl Switched for Person {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::GET_USER)?;
        let email = email(shared, target).await?;
        Ok(shared.server.user(pass, &email).await?.suspended)
    }

    async fn refuse(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(), CallError> {
        let email = email(shared, target).await?;
        if shared.server.user(cx.read(op::GET_USER)?, &email).await?.is_admin {
            let why = format!("`{email}` is a super administrator: suspend it by hand");
            return Err(CallError::Unsupported { why });
        }
        shared.refuse_last_owner(cx, &Subject::Person(email)).await
    }

    async fn turn(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        off: bool,
    ) -> Result<(), CallError> {
        shared.server.suspend(pass, &email(shared, target).await?, off).await
    }

    fn summary(&self, target: &Target) -> String {
        format!("suspend `{}`", target.principal().name)
    }
}
