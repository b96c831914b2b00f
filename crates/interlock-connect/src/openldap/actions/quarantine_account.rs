//! Puts an account into the group whose members the access rules deny everything.

use super::shared::{Shared, already, holds, one, swap, unread};
use crate::ldap::name;
use crate::openldap::client::{Account, Members};
use crate::openldap::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "openldap.quarantine_account",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("ldap", &["*"]),
    summary: "puts an account into the group whose members the access rules deny everything",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(10),
    leaves: "binds are still granted, so programs that only ask whether a password fits still let the account in",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_MEMBER,
    restore: None,
    delivery: None,
    traps: &[
        "the group denies nothing by itself: an access rule that names it has to come first, see the README",
        "the next operation of a connection that is bound already is denied too",
        "what goes on within one operation, such as a long search, goes on",
        "somebody who may write the group leaves it again: it has to be watched",
    ],
    source: "https://www.openldap.org/doc/admin26/access-control.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct QuarantineAccount {
    /// The directory and the configuration.
    pub shared: Arc<Shared>,
}

/// What the group says of an account: the value that names it.
fn state(members: &Members, account: &Account) -> Snapshot {
    let value = members.dns.iter().find(|it| name::same(it, &account.dn));
    one("quarantined", value.map(|_| "yes"))
}

impl QuarantineAccount {
    fn group(&self) -> Result<&str, CallError> {
        self.shared.config.quarantine_group.as_deref().ok_or_else(|| CallError::Unsupported {
            why: format!(
                "connector `{}` names no `quarantine_group`, to whose members access is denied",
                self.shared.config.id
            ),
        })
    }

    /// Refuses a group that no access rule names: its members would be denied nothing.
    async fn refuse_unruled(&self, cx: &ReadCx<'_>) -> Result<(), CallError> {
        let group = self.group()?;
        let ruled = self.shared.directory.ruled(cx.read(op::READ_GROUPS)?, group).await?;
        if ruled != Some(false) {
            return Ok(());
        }
        let why = format!("no access rule names `{group}`, so its members would be denied nothing");
        Err(CallError::Unsupported { why })
    }

    async fn look(&self, cx: &ReadCx<'_>) -> Result<Members, CallError> {
        let group = self.group()?;
        let members = self.shared.directory.members(cx.read(op::READ_GROUPS)?, group).await?;
        members.ok_or_else(|| CallError::Unsupported {
            why: format!("the `quarantine_group` `{group}` is not there"),
        })
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let seen = state(&self.look(cx).await?, &account);
        if seen == step.after {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for QuarantineAccount {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let before = state(&self.look(cx).await?, &account);
        let after = one("quarantined", Some("yes"));
        if before != after {
            self.refuse_unruled(cx).await?;
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let summary = format!("put `{}` into `{}`", account.dn, self.group()?);
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        let members = self.look(cx.reading()).await?;
        if already(step, &state(&members, &account))? {
            return Ok(Receipt::default());
        }
        let there = members.dns.iter().find(|it| name::same(it, &account.dn)).map(String::as_str);
        let wanted = step.after.get("quarantined").map(|_| account.dn.as_str());
        let changes = swap(members.attribute, there, wanted);
        let group = self.group()?.to_owned();
        self.shared.directory.modify(cx.write(op::WRITE_MEMBER)?, &group, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
