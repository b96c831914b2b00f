//! Takes the tokens that a person of Workspace gave to applications.

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
    name: "google_cloud.revoke_tokens",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("google", &["*@*", "!*.gserviceaccount.com"]),
    summary: "takes the tokens that a person of Workspace gave to applications",
    reversal: ReversalSpec::Final {
        why: "an application that lost its tokens has to be let in anew",
    },
    stops: Stops { new: false, refresh: true, live: false },
    settle: Duration::from_secs(300),
    leaves: "signing in, web sessions, and access tokens that applications hold until they are over",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LIST_TOKENS],
    write: op::DELETE_TOKENS,
    restore: None,
    delivery: None,
    traps: &[
        "web sessions are another call (`signOut`), of which nothing can be read back: it is not made here",
        "each application is a call of its own: a list that breaks off is gone on with",
        "suspend the person first: who is in lets an application in again",
    ],
    source: "https://developers.google.com/workspace/admin/directory/reference/rest/v1/tokens",
};

/// Applications with tokens.
#[derive(Debug)]
pub(crate) struct Applications;

#[async_trait::async_trait]
impl Listed for Applications {
    type Shared = Shared;
    type Id = String;

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
    ) -> Result<BTreeSet<String>, CallError> {
        let pass = cx.read(op::LIST_TOKENS)?;
        let email = email(shared, target).await?;
        shared.server.applications(pass, &email).await
    }

    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        these: &BTreeSet<String>,
    ) -> Result<(), CallError> {
        shared.server.take_tokens(pass, &email(shared, target).await?, these).await
    }

    fn summary(&self, target: &Target, count: usize) -> String {
        format!("take the tokens of {count} applications of `{}`", target.principal().name)
    }
}
