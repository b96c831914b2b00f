//! Lets an account do nothing after a bind but set a new password.

use super::shared::{Shared, already, holds, one, swap, unread};
use crate::openldap::client::RESET;
use crate::openldap::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "openldap.require_reset",
    kind: ActionKind::RequireReauthentication,
    role: Role::Whole,
    target: TargetKind::Principal("ldap", &["*"]),
    summary: "lets an account set a new password after its next bind, and nothing else",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(10),
    leaves: "connections that are bound already, and whoever knows the password, a thief too, can set a new one and go on",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_POLICY],
    write: op::WRITE_RESET,
    restore: None,
    delivery: None,
    traps: &[
        "without a password policy with `pwdMustChange` in force the server takes it and ignores it: planning refuses then",
        "a program cannot set a new password: for service accounts this is an outage",
        "replacing the password takes the demand away",
    ],
    source: "https://www.openldap.org/software/man.cgi?query=slapo-ppolicy",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RequireReset {
    /// The directory and the configuration.
    pub shared: Arc<Shared>,
}

impl RequireReset {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let mut seen = one(RESET, account.reset.as_deref());
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        if step.kind == ActionKind::Restore {
            return Ok(holds(&SPEC, step));
        }
        if self.shared.policy(cx, &account).await?.is_some_and(|it| it.must_change) {
            return Ok(holds(&SPEC, step));
        }
        seen.0.insert("policy".to_owned(), "none with pwdMustChange".to_owned());
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
        if !self.shared.policy(cx, &account).await?.is_some_and(|it| it.must_change) {
            let why = format!(
                "a demand for a new password of `{dn}` would have no effect: no password policy with `pwdMustChange` is in force"
            );
            return Err(CallError::Unsupported { why });
        }
        let states = (one(RESET, account.reset.as_deref()), one(RESET, Some("TRUE")));
        let summary = format!("demand a new password of `{dn}` after its next bind");
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        if already(step, &one(RESET, account.reset.as_deref()))? {
            return Ok(Receipt::default());
        }
        let changes = swap(RESET, account.reset.as_deref(), step.after.get(RESET));
        self.shared.directory.modify(cx.write(op::WRITE_RESET)?, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
