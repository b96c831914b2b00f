//! Replaces a password by one that nobody can use.

use super::shared::{Shared, already, holds, unread};
use crate::openldap::client::{Account, Change, LOCK, PASSWORD, UNUSABLE};
use crate::openldap::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "openldap.invalidate_password",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("ldap", CredentialKind::Password),
    summary: "replaces a password by one that nobody can use",
    reversal: ReversalSpec::Final {
        why: "the directory keeps only a digest of the password, and it does not leave the directory",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(10),
    leaves: "connections that are bound already, and binds by SASL, which need no password here",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS, op::COMPARE_PASSWORD],
    write: op::WRITE_PASSWORD,
    restore: None,
    delivery: None,
    traps: &[
        "a new password takes a lock away in the same moment: a lock that is there is set again in the same change",
        "it is a digest to which no password is known, of a scheme that every build knows: of another scheme it could be taken for a password in clear",
        "with `pwdCheckQuality: 2` digests are refused, unless the connector has `manage` on `userPassword`",
        "an account that may not be without a password keeps its class: nothing is deleted",
        "all values of `userPassword` are replaced",
    ],
    source: "https://www.openldap.org/doc/admin26/security.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct InvalidatePassword {
    /// The directory and the configuration.
    pub shared: Arc<Shared>,
}

fn state(text: &str) -> Snapshot {
    Snapshot::of([("password", text.to_owned())])
}

impl InvalidatePassword {
    async fn look(&self, cx: &ReadCx<'_>, account: &Account) -> Result<Snapshot, CallError> {
        let pass = cx.read(op::COMPARE_PASSWORD)?;
        Ok(match self.shared.directory.unusable(pass, &account.dn).await? {
            Some(true) => state("unusable"),
            Some(false) => state("set"),
            None => Snapshot::default(),
        })
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let seen = self.look(cx, &account).await?;
        // An account without a password is as useless as one with an unusable one.
        if seen == step.after || seen == Snapshot::default() {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for InvalidatePassword {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let before = self.look(cx, &account).await?;
        let after = if before == Snapshot::default() { before.clone() } else { state("unusable") };
        if before != after {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        let summary = format!("replace the password of `{}` by one nobody can use", account.dn);
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        let seen = self.look(cx.reading(), &account).await?;
        if already(step, &seen)? {
            return Ok(Receipt::default());
        }
        let mut changes = vec![Change::Replace(PASSWORD, UNUSABLE.as_bytes().to_vec())];
        if let Some(lock) = &account.locked {
            // Named in the same change, or the policy takes it away.
            changes.push(Change::Delete(LOCK, lock.as_bytes().to_vec()));
            changes.push(Change::Add(LOCK, lock.as_bytes().to_vec()));
        }
        let pass = cx.write(op::WRITE_PASSWORD)?;
        self.shared.directory.modify(pass, &account.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
