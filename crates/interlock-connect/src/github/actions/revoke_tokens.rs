//! Ends the access that a user's fine-grained tokens have to the organisation.

use super::shared::Shared;
use crate::github::operation as op;
use crate::rest::{Listed, Of};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.revoke_tokens",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["*"]),
    summary: "ends the access that a user's fine-grained tokens have to the organisation",
    reversal: ReversalSpec::Final { why: "only the owner of a token can ask for its access again" },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(60),
    leaves: "signing in, classic tokens, SSH keys and authorised applications of the user",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_TOKENS],
    write: op::WRITE_TOKENS,
    restore: None,
    delivery: None,
    traps: &[
        "only a GitHub App may list and revoke them, never a token",
        "a token goes on to work outside of the organisation",
        "SSH keys that a token made go on to work",
        "where the organisation asks for no approval, the owner gives a token its access back by himself: remove the member as well",
        "at most 100 are named in one call; a list that breaks off is gone on with",
    ],
    source: "https://docs.github.com/en/rest/orgs/personal-access-tokens",
};

/// Tokens of a user.
#[derive(Debug)]
pub(crate) struct Tokens;

#[async_trait::async_trait]
impl Listed for Tokens {
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
        let pass = cx.read(op::READ_TOKENS)?;
        let login = shared.login(target).await?;
        let tokens = shared.server.tokens(pass, &[("owner[]", &login)]).await?;
        let own = tokens.into_iter().filter(|it| it.owner.login.eq_ignore_ascii_case(&login));
        Ok(own.map(|it| it.id).collect())
    }

    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        _: &Target,
        these: &BTreeSet<u64>,
    ) -> Result<(), CallError> {
        shared.server.revoke(pass, these).await
    }

    fn summary(&self, target: &Target, count: usize) -> String {
        format!("end the access of {count} fine-grained tokens of `{}`", target.principal().name)
    }
}
