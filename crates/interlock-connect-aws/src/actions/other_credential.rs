//! One credential of a user beside its access keys and password, as a state: active or not.

use super::shared::{Shared, already, cannot_tell, holds, receipt};
use crate::client::{CredentialSort, Holder, OtherCredential};
use crate::subject::Subject;
use interlock_contain::{Action, ActionSpec, CallError, Left, ReadCx, WriteCx};
use interlock_model::{Intent, Observation, Receipt, Snapshot, Step, StepId, Target};
use std::sync::Arc;

/// What a step on one of them does not end.
pub(crate) const STILL_OPEN: Left = Left {
    what: "the user's other ways in: a password, access keys, SSH keys, signing certificates, credentials for single services",
    at_most: None,
};
/// Whom a call without a name would be about.
pub(crate) const NAME_IS_SENT: &str =
    "without a user name the call is about the caller: the name is always sent";

/// What one such action is about.
#[derive(Debug)]
pub(crate) struct Sort {
    /// What it declares.
    pub spec: &'static ActionSpec,
    /// Which sort.
    pub sort: CredentialSort,
    /// What one is called.
    pub called: &'static str,
}

/// The action.
#[derive(Debug)]
pub(crate) struct DisableOther {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub of: &'static Sort,
}

fn state(status: &str) -> Snapshot {
    Snapshot::of([("status", status.to_owned())])
}

impl DisableOther {
    /// The user, and the credential that a target names; `None` when it is not there.
    async fn look(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(String, Option<OtherCredential>), CallError> {
        let Sort { spec, sort, called } = *self.of;
        let named = target.credential().filter(|_| spec.target.fits(target));
        let named = named.ok_or_else(|| CallError::Unsupported {
            why: format!("{target} is no {called} of AWS"),
        })?;
        let subject = Subject::of(target.principal())?;
        let Holder::User(user) = subject.holder.clone() else {
            let why = format!("{} has no {called}", subject.holder);
            return Err(CallError::Unsupported { why });
        };
        self.shared.refuse_foreign_and_own(cx, &subject).await?;
        let pass = cx.read(sort.list())?;
        let all = match self.shared.client.other_credentials(pass, sort, &user).await {
            Ok(all) => all,
            Err(CallError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok((user, all.into_iter().find(|it| it.id == named.id())))
    }
}

#[async_trait::async_trait]
impl Action for DisableOther {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (user, found) = self.look(cx, &intent.target).await?;
        let found = found.ok_or_else(|| CallError::NotFound { what: intent.target.to_string() })?;
        let before = state(&found.status);
        let after = if found.status == "Active" { state("Inactive") } else { before.clone() };
        let to = found.service.map(|it| format!(" for `{it}`")).unwrap_or_default();
        let called = self.of.called;
        let summary = format!("make {called} `{}` of user `{user}`{to} inactive", found.id);
        Ok(self.shared.step(self.of.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (user, found) = self.look(cx.reading(), &step.target).await?;
        let found = found.ok_or_else(|| CallError::NotFound { what: step.target.to_string() })?;
        if already(step, &state(&found.status), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let wanted = step.after.get("status").ok_or_else(|| CallError::Invalid {
            why: format!("step `{}` names no status", step.id),
        })?;
        let (client, sort) = (&self.shared.client, self.of.sort);
        let pass = cx.write(sort.update())?;
        let answer = client.set_other_credential_status(pass, sort, &user, &found.id, wanted);
        answer.await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let spec = self.of.spec;
        match self.look(cx, &step.target).await {
            Ok((_, Some(it))) if state(&it.status) == step.after => holds(spec, step, cx.now()),
            Ok((_, Some(it))) => Observation::DoesNotHold { seen: state(&it.status) },
            // One that is gone is as useless as an inactive one.
            Ok((_, None)) if step.after != state("Active") => holds(spec, step, cx.now()),
            Ok((_, None)) => Observation::DoesNotHold { seen: Snapshot::default() },
            Err(error) => cannot_tell(&error),
        }
    }
}
