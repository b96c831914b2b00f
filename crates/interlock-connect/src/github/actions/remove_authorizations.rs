//! Takes back what single sign-on authorised for a user: classic tokens and SSH keys.

use super::shared::Shared;
use crate::github::operation as op;
use crate::rest::{Listed, Of};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.remove_authorizations",
    kind: ActionKind::RequireReauthentication,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["*"]),
    summary: "takes back what single sign-on authorised for a user: classic tokens and SSH keys",
    reversal: ReversalSpec::Final {
        why: "a credential whose authorisation was taken is not authorised again: its owner makes another",
    },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(60),
    leaves: "signing in, new credentials that the user authorises, fine-grained tokens, and applications",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ORGANIZATION],
    write: op::WRITE_ORGANIZATION,
    restore: None,
    delivery: None,
    traps: &[
        "only for organisations of GitHub Enterprise Cloud with SAML single sign-on; elsewhere the list is not there, and planning says so",
        "a credential goes on to work outside of the organisation",
        "each is a call of its own: a list that breaks off is gone on with",
    ],
    source: "https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#remove-a-saml-sso-authorization-for-an-organization",
};

/// Authorised credentials of a user.
#[derive(Debug)]
pub(crate) struct Authorizations;

#[async_trait::async_trait]
impl Listed for Authorizations {
    type Shared = Shared;
    type Id = u64;

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
    ) -> Result<BTreeSet<u64>, CallError> {
        let pass = cx.read(op::READ_ORGANIZATION)?;
        let login = shared.login(target).await?;
        shared.server.authorizations(pass, &login).await
    }

    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        _: &Target,
        these: &BTreeSet<u64>,
    ) -> Result<(), CallError> {
        shared.server.unauthorize(pass, these).await
    }

    fn summary(&self, target: &Target, count: usize) -> String {
        format!("take back {count} authorised credentials of `{}`", target.principal().name)
    }
}
