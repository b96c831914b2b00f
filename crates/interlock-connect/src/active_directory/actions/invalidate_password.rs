//! Gives an account a password that nobody knows, twice over.

use super::disable_account::LEAVES;
use super::shared::{Shared, holds, one, unread};
use crate::active_directory::client::{Account, WORD_START};
use crate::active_directory::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
};
use std::sync::Arc;
use std::time::Duration;

/// What the state is called: how often the password was set.
const VERSION: &str = "password_version";
/// How many new passwords make an old one useless: the last but one is let in for an hour.
const RESETS: u32 = 2;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "active_directory.invalidate_password",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("ad", CredentialKind::Password),
    summary: "replaces a password, twice over, by one that nobody knows",
    reversal: ReversalSpec::Final {
        why: "the domain keeps only what is made of the password, and nobody can put that back",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::RESET_PASSWORD,
    restore: None,
    delivery: None,
    traps: &[
        "after one new password the old one is still let in for an hour (NTLM, and LDAP on Samba, measured); after two it is not: both are set in one step",
        "two values in one change count as one new password (measured on Samba 4.17): they go as two changes",
        "death between the two is seen by the number of the password, and only what is missing is done",
        "the word that is left in `adminDescription` tells people why nobody gets in; one of somebody else's is not overwritten",
        "a password that the domain itself makes (a group managed service account) cannot be set: planning refuses",
        "certificates and cards let the account in as before: disable it as well where it has some",
        "a computer loses its trust in the domain and has to join again",
    ],
    source: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/windows-security/new-setting-modifies-ntlm-network-authentication",
};

/// The action.
#[derive(Debug)]
pub(crate) struct InvalidatePassword {
    /// The domain and the configuration.
    pub shared: Arc<Shared>,
}

fn version(it: u32) -> Snapshot {
    one(VERSION, Some(&it.to_string()))
}

fn number(state: &Snapshot) -> Option<u32> {
    state.get(VERSION).and_then(|it| it.parse().ok())
}

/// How often the password was set, which the server has to say.
fn seen(account: &Account) -> Result<u32, CallError> {
    account.version.ok_or_else(|| CallError::Unsupported {
        why: format!("how often the password of `{}` was set cannot be seen", account.dn),
    })
}

impl InvalidatePassword {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let seen = seen(&account)?;
        // A password that somebody set since lets that somebody in.
        if account.unknown_password() && number(&step.after).is_some_and(|it| seen >= it) {
            return Ok(holds(&SPEC, step));
        }
        Ok(Observation::DoesNotHold { seen: version(seen) })
    }
}

#[async_trait::async_trait]
impl Action for InvalidatePassword {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let dn = &account.dn;
        if account.managed {
            let why = format!("the domain itself makes the password of `{dn}`: disable it instead");
            return Err(CallError::Unsupported { why });
        }
        let foreign = |it: &String| !it.starts_with(WORD_START);
        if account.word.as_ref().is_some_and(foreign) {
            let why = format!(
                "`adminDescription` of `{dn}` holds something else, so no word can be left there: clear it first"
            );
            return Err(CallError::Unsupported { why });
        }
        let now = seen(&account)?;
        let summary = format!("replace the password of `{dn}` twice by one that nobody knows");
        let wanted = if account.unknown_password() { now } else { now.saturating_add(RESETS) };
        if wanted != now {
            self.shared.refuse_last(cx, &account, None).await?;
        }
        Ok(self.shared.step(&SPEC, id, intent, (version(now), version(wanted)), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        let seen = seen(&account)?;
        let drifted = || CallError::Drifted { expected: step.before.clone(), seen: version(seen) };
        let (from, to) = (number(&step.before), number(&step.after));
        let (from, to) = from.zip(to).ok_or_else(drifted)?;
        let ours = account.unknown_password();
        if seen < from || (seen > from && !ours) {
            return Err(drifted());
        }
        // One of two, when we died in between.
        let missing = to.saturating_sub(seen);
        if missing > 0 {
            let pass = cx.write(op::RESET_PASSWORD)?;
            self.shared.directory.reset(pass, &account, missing).await?;
        }
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::active_directory::client::Directory;
    use crate::active_directory::fake::{Fake, SVC, sid};
    use crate::conformance::{noon, permit_for};
    use interlock_model::{CredentialRef, Principal, Target};

    /// The version after a step that finds the first of its two passwords set: by us, or by somebody.
    async fn resumed(ours: bool) -> Result<Option<u32>, CallError> {
        let fake = Arc::new(Fake::small());
        let directory: Arc<dyn Directory> = Arc::<Fake>::clone(&fake);
        let shared = Arc::new(Shared { config: Fake::config(), directory });
        let action = InvalidatePassword { shared };
        let principal = Principal::new("ad", &sid(1104).to_string());
        let credential = CredentialRef::new("ad", CredentialKind::Password, &principal.name);
        let target = Target::Credential { principal, credential };
        let intent = Intent { kind: SPEC.kind, target };
        let id = StepId::derive(&["test"]);
        let step = action.plan(&ReadCx::new(&SPEC, noon()), &intent, id).await?;
        fake.change(|state| {
            let account = state.accounts.get_mut(SVC).unwrap();
            account.version = Some(2);
            account.word = ours.then(|| format!("{WORD_START}2"));
        });
        let permit = permit_for(&step, noon()).unwrap();
        let cx = WriteCx::open(&SPEC, permit, &step.id, &step.connector, noon())?;
        action.execute(cx, &step).await?;
        Ok(fake.state().accounts[SVC].version)
    }

    #[tokio::test]
    async fn death_between_the_two_leaves_one_to_set() {
        assert_eq!(resumed(true).await.unwrap(), Some(3));
        let error = resumed(false).await.unwrap_err();
        assert!(matches!(error, CallError::Drifted { .. }), "{error}");
    }
}
