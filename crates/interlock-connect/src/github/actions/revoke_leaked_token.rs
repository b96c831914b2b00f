//! Revokes a token whose value leaked into a repository, wherever it reaches.

use super::shared::{Shared, already, told};
use crate::Secret;
use crate::github::{operation as op, subject};
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Evidence, Intent, Observation, Place, Receipt, Snapshot, Step,
    StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.revoke_leaked_token",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    // The audit log's digest of a token ends so.
    target: TargetKind::CredentialNamed("github", CredentialKind::Token, &["*="]),
    summary: "revokes a token that secret scanning found in a repository, wherever it reaches",
    reversal: ReversalSpec::Final { why: "only the owner can make another token" },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(120),
    leaves: "SSH keys, deploy keys and other tokens that were made with it, and what was cloned",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_LEAKED, op::TRY_LEAKED],
    write: op::REVOKE_LEAKED,
    restore: None,
    delivery: None,
    traps: &[
        "logs name a token by its SHA-256, which no call of GitHub's takes: the value is looked for among the alerts of secret scanning, and is held no longer than the call",
        "the call is refused from whoever proves to be somebody: it is made without a credential, of which GitHub takes 60 an hour from one address",
        "a yes only begins it: the token itself is tried afterwards, by a call that counts as no use of it",
        "the token of an installation (`ghs_`), such as a workflow's `GITHUB_TOKEN`, is revoked by the call that only its holder can make: it is over after an hour anyway, and an App's key or the next run gets another",
        "deploy keys and SSH keys cannot be revoked so",
        "GitHub tells the owner of the token by mail",
        "an alert that somebody closed is looked at too: closing one revokes nothing",
    ],
    source: "https://docs.github.com/en/rest/credentials/revoke; https://docs.github.com/en/rest/apps/installations#revoke-an-installation-access-token; https://docs.github.com/en/rest/secret-scanning/secret-scanning; https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/identifying-audit-log-events-performed-by-an-access-token",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RevokeLeakedToken {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

fn state(taken: bool) -> Snapshot {
    Snapshot::of([("accepted", taken.to_string())])
}

impl RevokeLeakedToken {
    async fn look(&self, cx: &ReadCx<'_>, target: &Target) -> Result<(Secret, bool), CallError> {
        let wanted = subject::credential(target)?.id();
        let server = &self.shared.server;
        let token = server.leaked(cx.read(op::READ_LEAKED)?, wanted).await?;
        let token = token.ok_or_else(|| CallError::Unsupported {
            why: format!(
                "secret scanning found no token of digest `{wanted}` in `{}`: aim at its owner instead",
                self.shared.config.organization
            ),
        })?;
        let taken = server.takes(cx.read(op::TRY_LEAKED)?, &token).await?;
        Ok((token, taken))
    }
}

#[async_trait::async_trait]
impl Action for RevokeLeakedToken {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (_, taken) = self.look(cx, &intent.target).await?;
        let wanted = subject::credential(&intent.target)?.id();
        let summary = format!("revoke the leaked token `{wanted}`");
        Ok(self.shared.step(&SPEC, id, intent, (state(taken), state(false)), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (token, taken) = self.look(cx.reading(), &step.target).await?;
        if already(step, &state(taken))? {
            return Ok(Receipt::default());
        }
        self.shared.server.revoke_leaked(cx.write(op::REVOKE_LEAKED)?, &token).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.look(cx, &step.target).await;
        told(&SPEC, step, seen.map(|it| (state(it.1), Vec::new())))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        let (_, taken) = self.look(cx, &step.target).await.ok()?;
        Some(if taken {
            let file = self.shared.config.id.0.to_string().into();
            Evidence::SuccessfulUse { place: Place { file, record: 0 } }
        } else {
            Evidence::Probe { how: "GitHub does not take the leaked token any more".to_owned() }
        })
    }
}
