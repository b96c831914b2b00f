//! Ends the access that one fine-grained token has to the organisation.

use super::shared::Shared;
use crate::github::{operation as op, subject};
use crate::rest::{Listed, Of};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Stops, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.revoke_token",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("github", CredentialKind::Token, &["*", "!*="]),
    summary: "ends the access that one fine-grained token has to the organisation",
    reversal: ReversalSpec::Final { why: "only the owner of a token can ask for its access again" },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(60),
    leaves: "what the token reaches outside of the organisation, and SSH keys that it made",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_TOKENS],
    write: op::WRITE_TOKENS,
    restore: None,
    delivery: None,
    traps: &[
        "only a GitHub App may list and revoke them, never a token",
        "the audit log names most tokens by a digest, which no call of GitHub's takes: only a number finds a token here; a digest is looked for among leaked tokens",
        "the list holds two numbers for each token, its own and that of its access: the first is what logs say, the second is what is revoked",
        "where the organisation asks for no approval, the owner gives a token its access back by himself",
    ],
    source: "https://docs.github.com/en/rest/orgs/personal-access-tokens",
};

/// One token.
#[derive(Debug)]
pub(crate) struct OneToken;

#[async_trait::async_trait]
impl Listed for OneToken {
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
        let id = subject::credential(target)?.id();
        let number: u64 = id.parse().map_err(|_| CallError::Unsupported {
            why: "GitHub finds no token by its digest: aim at its owner instead".to_owned(),
        })?;
        let tokens = shared.server.tokens(pass, &[("token_id[]", id)]).await?;
        Ok(tokens.into_iter().filter(|it| it.token_id == number).map(|it| it.id).collect())
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
        let id = subject::credential(target).map(|it| it.id().to_owned()).unwrap_or_default();
        match count {
            0 => format!("token `{id}` has no access to the organisation"),
            _ => format!("end the access of token `{id}` to the organisation"),
        }
    }
}
