//! Demands a new password at the next sign-in.

use super::shared::{Shared, already, holds, swap, unread, wants, whether};
use crate::active_directory::client::{Account, Flags, LAST_SET};
use crate::active_directory::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What the state is called.
const DEMANDED: &str = "new_password_demanded";

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "active_directory.require_reset",
    kind: ActionKind::RequireReauthentication,
    role: Role::Whole,
    target: TargetKind::Principal("ad", &["*"]),
    summary: "demands a new password of a user before anything else",
    reversal: ReversalSpec::Compensates {
        loses: "when the password was set: it counts as set at the undo",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions and tickets that are there, and whoever knows the password, a thief too, can set a new one and go on",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_LAST_SET,
    restore: None,
    delivery: None,
    traps: &[
        "on an account whose password never expires, or that shows a card, it has no effect: planning refuses",
        "computers and the service accounts that machines look after ignore it: planning refuses",
        "a program cannot set a new password: for service accounts this is an outage",
        "a bind to LDAP is refused until a new password is set, and cannot set one",
    ],
    source: "https://learn.microsoft.com/en-us/windows/win32/adschema/a-pwdlastset",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RequireReset {
    /// The domain and the configuration.
    pub shared: Arc<Shared>,
}

fn state(account: &Account) -> Snapshot {
    whether(DEMANDED, account.last_set.as_deref().unwrap_or("0") == "0")
}

/// Why a demand has no effect; `None` when it has.
fn ignored(account: &Account) -> Option<&'static str> {
    let flags = account.flags;
    if flags.is_computer() {
        Some("no person signs in as it")
    } else if flags.has(Flags::NEVER_EXPIRES) {
        Some("its password never expires")
    } else if flags.has(Flags::CARD) {
        Some("it shows a card and no password")
    } else {
        None
    }
}

impl RequireReset {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let mut seen = state(&account);
        if seen == step.after && (step.kind == ActionKind::Restore || ignored(&account).is_none()) {
            return Ok(holds(&SPEC, step));
        }
        if let Some(why) = ignored(&account) {
            seen.0.insert("without_effect".to_owned(), why.to_owned());
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for RequireReset {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let dn = &account.dn;
        if let Some(why) = ignored(&account) {
            let why = format!("a demand for a new password of `{dn}` would have no effect: {why}");
            return Err(CallError::Unsupported { why });
        }
        let states = (state(&account), whether(DEMANDED, true));
        if states.0 != states.1 {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let summary = format!("demand a new password of `{dn}` at its next sign-in");
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        if already(step, &state(&account))? {
            return Ok(Receipt::default());
        }
        // Minus one stands for now; no other time may be written.
        let wanted = if wants(step, DEMANDED) { "0" } else { "-1" };
        let changes = swap(LAST_SET, account.last_set.as_deref(), Some(wanted));
        self.shared.directory.modify(cx.write(op::WRITE_LAST_SET)?, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
