//! Lets an account sign in at no hour of the week.

use super::disable_account::LEAVES;
use super::shared::{Shared, already, holds, one, unread};
use crate::active_directory::client::{Account, Change, HOURS, NO_HOURS};
use crate::active_directory::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "active_directory.deny_logon_hours",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("ad", &["*"]),
    summary: "lets a user sign in at no hour of the week",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_HOURS,
    restore: None,
    delivery: None,
    traps: &[
        "open sessions of file servers end only where the policy `Force logoff when logon hours expire` says so",
        "computers and the service accounts that machines look after have no hours: planning refuses",
        "it leaves the flags and the date of the account alone, so other tools still see it enabled",
        "hours that were set before come back with the undo, to the bit",
    ],
    source: "https://learn.microsoft.com/en-us/windows/win32/adschema/a-logonhours",
};

/// The action.
#[derive(Debug)]
pub(crate) struct DenyLogonHours {
    /// The domain and the configuration.
    pub shared: Arc<Shared>,
}

fn state(account: &Account) -> Snapshot {
    one(HOURS, account.hours.as_deref().map(hex::encode).as_deref())
}

impl DenyLogonHours {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = state(&self.shared.account(cx, &step.target).await?);
        if seen == step.after {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for DenyLogonHours {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        if account.flags.is_computer() {
            let why = format!(
                "the hours of `{}`, which no person uses, would have no effect: disable it instead",
                account.dn
            );
            return Err(CallError::Unsupported { why });
        }
        let (before, after) = (state(&account), one(HOURS, Some(&hex::encode(NO_HOURS))));
        if before != after {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let summary = format!("let `{}` sign in at no hour of the week", account.dn);
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        if already(step, &state(&account))? {
            return Ok(Receipt::default());
        }
        let wanted = step.after.get(HOURS).map(hex::decode).transpose();
        let wanted = wanted.map_err(|_| CallError::Invalid {
            why: format!("step `{}` names hours that cannot be read", step.id),
        })?;
        let delete = account.hours.map(|it| Change::Delete(HOURS, it));
        let add = wanted.map(|it| Change::Add(HOURS, it));
        let changes: Vec<Change> = delete.into_iter().chain(add).collect();
        self.shared.directory.modify(cx.write(op::WRITE_HOURS)?, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
