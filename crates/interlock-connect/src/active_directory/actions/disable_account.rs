//! Disables an account: nobody signs in as it, whatever is shown.

use super::shared::{Shared, already, holds, swap, unread, wants, whether};
use crate::active_directory::client::{Account, FLAGS};
use crate::active_directory::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What stays alive when an account may no longer sign in.
pub(super) const LEAVES: &str = "sessions and connections that are open, service tickets until they end (10 h by default), and on Windows a ticket-granting ticket in its first 20 minutes";

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "active_directory.disable_account",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("ad", &["*"]),
    summary: "disables an account: nobody signs in as it, whatever is shown",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_FLAGS,
    restore: None,
    delivery: None,
    traps: &[
        "the flag is one of many in one number: only its bit is changed, and the number that was read is named in the same change",
        "Samba 4.17 takes a change that names another number than is there (measured): a flag that somebody else sets in that moment is lost on it",
        "the server lets the last administrator of a domain be disabled: planning refuses",
        "accounts that are or were in a protected group inherit no rights: their rights come from `AdminSDHolder`",
        "a wrong password on a disabled account is answered as a wrong password, so a try with a random one proves nothing",
    ],
    source: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DisableAccount {
    /// The domain and the configuration.
    pub shared: Arc<Shared>,
}

fn state(account: &Account) -> Snapshot {
    whether("disabled", account.flags.has(crate::active_directory::client::Flags::DISABLED))
}

impl DisableAccount {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = state(&self.shared.account(cx, &step.target).await?);
        if seen == step.after {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for DisableAccount {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let (before, after) = (state(&account), whether("disabled", true));
        if before != after {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let summary = format!("disable `{}`", account.dn);
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        if already(step, &state(&account))? {
            return Ok(Receipt::default());
        }
        let flags = account.flags;
        let wanted = flags.disabled(wants(step, "disabled"));
        let number = |it: u32| it.cast_signed().to_string();
        let changes = swap(FLAGS, Some(&number(flags.0)), Some(&number(wanted.0)));
        self.shared.directory.modify(cx.write(op::WRITE_FLAGS)?, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
