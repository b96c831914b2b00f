//! Deletes the app passwords of a person of Workspace.

use super::shared::Shared;
use super::suspend_user::email;
use crate::google_cloud::operation as op;
use crate::rest::{Listed, Of};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.delete_app_passwords",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Principal("google", &["*@*", "!*.gserviceaccount.com"]),
    summary: "deletes the app passwords of a person of Workspace",
    reversal: ReversalSpec::Final { why: "Google shows an app password once, when it is made" },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(300),
    leaves: "signing in with the password itself, tokens of applications, and connections of mail programs that are open",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LIST_APP_PASSWORDS],
    write: op::DELETE_APP_PASSWORDS,
    restore: None,
    delivery: None,
    traps: &[
        "an app password passes by the second factor: it is what a thief of an account makes to stay",
        "it is not among the tokens of applications; what suspending does to it is written nowhere",
        "each is a call of its own: a list that breaks off is gone on with",
        "suspend the person first: who is in makes another",
    ],
    source: "https://developers.google.com/workspace/admin/directory/reference/rest/v1/asps; https://support.google.com/accounts/answer/185833",
};

/// App passwords, by number.
#[derive(Debug)]
pub(crate) struct AppPasswords;

#[async_trait::async_trait]
impl Listed for AppPasswords {
    type Shared = Shared;
    type Id = i64;

    fn of(shared: &Shared) -> Of<'_> {
        shared.of()
    }

    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn there(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<BTreeSet<i64>, CallError> {
        let pass = cx.read(op::LIST_APP_PASSWORDS)?;
        let email = email(shared, target).await?;
        shared.server.app_passwords(pass, &email).await
    }

    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        these: &BTreeSet<i64>,
    ) -> Result<(), CallError> {
        shared.server.delete_app_passwords(pass, &email(shared, target).await?, these).await
    }

    fn summary(&self, target: &Target, count: usize) -> String {
        format!("delete {count} app passwords of `{}`", target.principal().name)
    }
}
