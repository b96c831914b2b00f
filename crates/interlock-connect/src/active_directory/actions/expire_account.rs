//! Lets the account of a password expire: the password no longer lets anybody in.

use super::disable_account::LEAVES;
use super::shared::{Shared, already, holds, one, swap, unread};
use crate::active_directory::client::{Account, EXPIRY, LONG_PAST, ticks};
use crate::active_directory::operation as op;
use crate::aws::APART;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "active_directory.expire_account",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("ad", CredentialKind::Password),
    summary: "lets the account of a password expire",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_EXPIRY,
    restore: None,
    delivery: None,
    traps: &[
        "certificates and cards of the account are refused too: it is the account that expires",
        "it stands beside the flag that disables: each is put back by its own undo",
        "an account that has expired already keeps its date",
        "the server lets the last administrator of a domain expire: planning refuses",
    ],
    source: "https://learn.microsoft.com/en-us/windows/win32/adschema/a-accountexpires",
};

/// The action.
#[derive(Debug)]
pub(crate) struct ExpireAccount {
    /// The domain and the configuration.
    pub shared: Arc<Shared>,
}

fn state(account: &Account) -> Snapshot {
    one(EXPIRY, account.expires.as_deref())
}

impl ExpireAccount {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = state(&self.shared.account(cx, &step.target).await?);
        if seen == step.after {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for ExpireAccount {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let before = state(&account);
        // The server expires it by its own clock, which may be behind ours.
        let now = cx.now().checked_sub(SignedDuration::from_secs(APART)).unwrap_or(cx.now());
        let past = account.expiry().is_some_and(|it| it <= ticks(now));
        let after = if past { before.clone() } else { one(EXPIRY, Some(LONG_PAST)) };
        if before != after {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let summary = format!("let `{}` expire", account.dn);
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        if already(step, &state(&account))? {
            return Ok(Receipt::default());
        }
        let changes = swap(EXPIRY, account.expires.as_deref(), step.after.get(EXPIRY));
        self.shared.directory.modify(cx.write(op::WRITE_EXPIRY)?, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
