//! Locks an account: no bind with a password is granted, whatever the password.

use super::shared::{Shared, already, holds, one, swap, unread};
use crate::openldap::client::{Bound, FOR_EVER, LOCK};
use crate::openldap::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Evidence, Intent, Observation, Operation, Place, Receipt, Snapshot,
    Step, StepId, Stops,
};
use std::sync::Arc;
use std::time::Duration;

/// What stays alive.
const LEAVES: &str = "connections that are bound already, and binds by SASL, which ask no policy";
/// What was measured.
const TRAPS: &[&str] = &[
    "without a password policy with `pwdLockout` in force the server takes the lock and ignores it: planning refuses then",
    "replacing the password takes the lock away in the same moment",
    "the root DN of a database is asked no policy and cannot be locked",
    "an account that too many failures had locked gets that lock back by the undo",
];
const READS: &[Operation] = &[op::READ_ACCOUNT, op::READ_POLICY, op::READ_GROUPS, op::TRY_BIND];

/// Locks the account as a whole.
pub(crate) static ACCOUNT: ActionSpec = ActionSpec {
    name: "openldap.lock_account",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("ldap", &["*"]),
    summary: "locks an account until somebody unlocks it",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(10),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::WRITE_LOCK,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: "https://www.openldap.org/software/man.cgi?query=slapo-ppolicy",
};

/// The same, asked for because of a password.
pub(crate) static PASSWORD: ActionSpec = ActionSpec {
    name: "openldap.lock_password",
    kind: ActionKind::DisableCredential,
    target: TargetKind::Credential("ldap", CredentialKind::Password),
    summary: "locks the account of a password until somebody unlocks it",
    role: Role::Whole,
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(10),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::WRITE_LOCK,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: "https://www.openldap.org/software/man.cgi?query=slapo-ppolicy",
};

/// The action.
#[derive(Debug)]
pub(crate) struct Lock {
    /// The directory and the configuration.
    pub shared: Arc<Shared>,
    /// Which of the two.
    pub spec: &'static ActionSpec,
}

impl Lock {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let mut seen = one(LOCK, account.locked.as_deref());
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        if step.kind == ActionKind::Restore || step.after.0.is_empty() {
            return Ok(holds(self.spec, step));
        }
        // The attribute alone is no lock: somebody may have taken the policy away since.
        let policy = self.shared.policy(cx, &account).await?;
        if policy.is_some_and(|it| it.lockout) {
            return Ok(holds(self.spec, step));
        }
        seen.0.insert("policy".to_owned(), "none with pwdLockout".to_owned());
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for Lock {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let policy = self.shared.policy(cx, &account).await?;
        let dn = &account.dn;
        match policy {
            Some(policy) if policy.lockout => {}
            Some(policy) => {
                let policy = policy.dn;
                let why = format!(
                    "a lock of `{dn}` would have no effect: `{policy}` does not set `pwdLockout`; invalidate the password instead"
                );
                return Err(CallError::Unsupported { why });
            }
            None => {
                let why = format!(
                    "a lock of `{dn}` would have no effect: no password policy is in force; invalidate the password instead"
                );
                return Err(CallError::Unsupported { why });
            }
        }
        if !account.locked_for_ever() {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let states = (one(LOCK, account.locked.as_deref()), one(LOCK, Some(FOR_EVER)));
        Ok(self.shared.step(self.spec, id, intent, states, format!("lock `{dn}`")))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        let seen: Snapshot = one(LOCK, account.locked.as_deref());
        if already(step, &seen)? {
            return Ok(Receipt::default());
        }
        let changes = swap(LOCK, account.locked.as_deref(), step.after.get(LOCK));
        self.shared.directory.modify(cx.write(op::WRITE_LOCK)?, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }

    /// Tries a bind with a random password: where the policy says why, a lock answers before any
    /// password is looked at. Only on an account that is locked, where no failure is counted.
    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        let account = self.shared.account(cx, &step.target).await.ok()?;
        if step.kind == ActionKind::Restore || !account.locked_for_ever() {
            return None;
        }
        let dn = &account.dn;
        match self.shared.directory.try_bind(cx.read(op::TRY_BIND).ok()?, dn).await.ok()? {
            Bound::Locked => Some(Evidence::Probe {
                how: format!(
                    "a bind as `{dn}` is refused as locked before its password is looked at"
                ),
            }),
            Bound::Granted => Some(Evidence::SuccessfulUse {
                place: Place { file: "openldap".into(), record: 0 },
            }),
            // A wrong password is refused too: that says nothing.
            Bound::Refused(_) => None,
        }
    }
}
