//! One named inline policy of a user or role as a state: absent, or this document.

use super::shared::{Shared, already, cannot_tell, holds, receipt};
use crate::administrators::refuse_last;
use crate::client::Holder;
use crate::operation as op;
use crate::policy;
use crate::subject::Subject;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{
    Intent, Observation, Operation, Receipt, Snapshot, Step, StepId, Target, Timestamp,
};
use std::sync::Arc;

/// What one such action is about.
#[derive(Debug)]
pub(crate) struct Policy {
    /// What it declares.
    pub spec: &'static ActionSpec,
    /// The policy's name.
    pub name: &'static str,
    /// What it says.
    pub wanted: Wanted,
    /// Of whom.
    pub of: Of,
}

/// What the policy says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    /// Deny everything.
    DenyAll,
    /// Deny everything to sessions older than the plan.
    DenyOlder,
}

/// Whose policy it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// A user's.
    User,
    /// A role's.
    Role,
}

/// The action.
#[derive(Debug)]
pub(crate) struct InlinePolicy {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub of: &'static Policy,
}

impl Of {
    const fn get(self) -> Operation {
        match self {
            Self::User => op::GET_USER_POLICY,
            Self::Role => op::GET_ROLE_POLICY,
        }
    }

    const fn put(self) -> Operation {
        match self {
            Self::User => op::PUT_USER_POLICY,
            Self::Role => op::PUT_ROLE_POLICY,
        }
    }

    const fn delete(self) -> Operation {
        match self {
            Self::User => op::DELETE_USER_POLICY,
            Self::Role => op::DELETE_ROLE_POLICY,
        }
    }
}

impl Wanted {
    /// Whether the document does at least what is wanted now.
    fn is_met_by(self, document: &str, now: Timestamp) -> bool {
        match self {
            Self::DenyAll => policy::same(document, policy::DENY_ALL),
            Self::DenyOlder => policy::older_than(document)
                .is_some_and(|stamp| stamp.as_second() > now.as_second()),
        }
    }

    fn document(self, now: Timestamp) -> String {
        match self {
            Self::DenyAll => policy::DENY_ALL.to_owned(),
            Self::DenyOlder => policy::deny_older(now),
        }
    }
}

fn state(document: Option<String>) -> Snapshot {
    document.map_or_else(Snapshot::default, |it| Snapshot::of([("document", it)]))
}

fn alike(one: &Snapshot, other: &Snapshot) -> bool {
    match (one.get("document"), other.get("document")) {
        (Some(one), Some(other)) => policy::same(one, other),
        (one, other) => one == other,
    }
}

impl InlinePolicy {
    /// The user or role that the target names; the other kind is refused.
    async fn subject(&self, cx: &ReadCx<'_>, target: &Target) -> Result<Subject, CallError> {
        let subject = Subject::of(target.principal())?;
        match (self.of.of, &subject.holder) {
            (Of::User, Holder::User(_)) | (Of::Role, Holder::Role(_)) => {
                self.shared.refuse_foreign_and_own(cx, &subject).await?;
                Ok(subject)
            }
            (Of::User, Holder::Role(_)) | (Of::Role, Holder::User(_)) => {
                let why = format!("`{}` is not for {}", self.of.spec.name, subject.holder);
                Err(CallError::Unsupported { why })
            }
        }
    }

    async fn look(&self, cx: &ReadCx<'_>, subject: &Subject) -> Result<Snapshot, CallError> {
        let pass = cx.read(self.of.of.get())?;
        let client = &self.shared.client;
        client.inline_policy(pass, &subject.holder, self.of.name).await.map(state)
    }

    /// The path of the user or role, which must be there.
    async fn path(&self, cx: &ReadCx<'_>, subject: &Subject) -> Result<String, CallError> {
        let client = &self.shared.client;
        match &subject.holder {
            Holder::User(name) => client.user_path(cx.read(op::GET_USER)?, name).await,
            Holder::Role(name) => client.role(cx.read(op::GET_ROLE)?, name).await.map(|it| it.path),
        }
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let subject = self.subject(cx, &step.target).await?;
        let seen = self.look(cx, &subject).await?;
        if alike(&seen, &step.after) {
            return Ok(holds(self.of.spec, step, cx.now()));
        }
        // Where nothing is, perhaps nobody is either: then there is nothing left to deny.
        if seen == Snapshot::default()
            && let Err(CallError::NotFound { .. }) = self.path(cx, &subject).await
        {
            return Ok(holds(self.of.spec, step, cx.now()));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for InlinePolicy {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let subject = self.subject(cx, &intent.target).await?;
        let path = self.path(cx, &subject).await?;
        if let Some(why) = Subject::reserved(&path) {
            return Err(CallError::Unsupported { why: format!("{} {why}", subject.holder) });
        }
        let before = self.look(cx, &subject).await?;
        // AWS dates sessions by its own clock: one of the last minutes must not be younger than the stamp.
        let now = self.shared.client.no_earlier(cx.now());
        let met = before.get("document").is_some_and(|it| self.of.wanted.is_met_by(it, now));
        let after = if met {
            before.clone()
        } else {
            match self.of.wanted {
                Wanted::DenyAll => refuse_last(&self.shared, cx, &subject, None).await?,
                Wanted::DenyOlder => {}
            }
            state(Some(self.of.wanted.document(now)))
        };
        let summary = match self.of.wanted {
            Wanted::DenyAll => format!("deny everything to {}", subject.holder),
            Wanted::DenyOlder => {
                format!("deny everything to sessions of {} issued until now", subject.holder)
            }
        };
        Ok(self.shared.step(self.of.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let subject = self.subject(cx.reading(), &step.target).await?;
        let seen = self.look(cx.reading(), &subject).await?;
        if already(step, &seen, alike)? {
            return Ok(Receipt::default());
        }
        let (client, holder, name) = (&self.shared.client, &subject.holder, self.of.name);
        let acknowledged = match step.after.get("document") {
            Some(document) => {
                let pass = cx.write(self.of.of.put())?;
                client.put_inline_policy(pass, holder, name, document).await?
            }
            None => {
                let pass = cx.write(self.of.of.delete())?;
                client.delete_inline_policy(pass, holder, name).await?
            }
        };
        Ok(receipt(acknowledged))
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| cannot_tell(&error))
    }
}
