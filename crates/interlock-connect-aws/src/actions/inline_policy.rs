//! One named inline policy of a user or role as a state: absent, or this document.

use super::shared::{Shared, already, cannot_tell, holds, receipt};
use crate::administrators::refuse_last;
use crate::client::{Holder, Role};
use crate::operation as op;
use crate::policy;
use crate::subject::Subject;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{
    CredentialRef, Digest, Intent, Observation, Operation, Receipt, Snapshot, Step, StepId, Target,
    Timestamp,
};
use std::sync::Arc;

/// What one such action is about.
#[derive(Debug)]
pub(crate) struct Policy {
    /// What it declares.
    pub spec: &'static ActionSpec,
    /// The policy's name; of a denial of one session how it begins.
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
    All,
    /// Deny everything to sessions older than the plan.
    OlderSessions,
    /// Deny everything to the one session that is aimed at.
    OneSession,
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

impl Policy {
    /// The policy's name for this target: sessions are denied independently of each other.
    fn name(&self, target: &Target) -> String {
        match (self.wanted, target.credential()) {
            (Wanted::OneSession, Some(one)) => {
                Digest::of(one.id().as_bytes()).short_with(self.name)
            }
            (Wanted::All | Wanted::OlderSessions | Wanted::OneSession, _) => self.name.to_owned(),
        }
    }
}

impl Wanted {
    /// Whether a document does at least what the wanted one does.
    fn is_met_by(self, document: &str, wanted: &str) -> bool {
        match self {
            Self::All | Self::OneSession => policy::same(document, wanted),
            Self::OlderSessions => {
                let stamps = (policy::older_than(document), policy::older_than(wanted));
                matches!(stamps, (Some(one), Some(other)) if one >= other)
            }
        }
    }
}

/// The second in which the session that is aimed at was issued, and its name; one of another role, or
/// what names no session, is refused.
fn session<'t>(target: &'t Target, of: &Subject) -> Result<(Timestamp, &'t str), CallError> {
    let no =
        || CallError::Unsupported { why: format!("{target} names no session of {}", of.holder) };
    let (issued, arn) = target.credential().and_then(CredentialRef::session).ok_or_else(no)?;
    let Holder::Role(role) = &of.holder else { return Err(no()) };
    let begins = format!("arn:{}:sts::{}:assumed-role/{role}/", of.partition, of.account);
    let name = arn.strip_prefix(&begins).filter(|it| !it.is_empty() && !it.contains('/'));
    Ok((issued, name.ok_or_else(no)?))
}

/// What IAM says of the user or role.
enum Found {
    /// The path of a user.
    User(String),
    /// A role.
    Role(Role),
}

impl Found {
    fn path(&self) -> &str {
        match self {
            Self::User(path) => path,
            Self::Role(role) => &role.path,
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

    async fn look(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        subject: &Subject,
    ) -> Result<Snapshot, CallError> {
        let pass = cx.read(self.of.of.get())?;
        let client = &self.shared.client;
        client.inline_policy(pass, &subject.holder, &self.of.name(target)).await.map(state)
    }

    /// The user or role, which must be there.
    async fn found(&self, cx: &ReadCx<'_>, subject: &Subject) -> Result<Found, CallError> {
        let client = &self.shared.client;
        match &subject.holder {
            Holder::User(name) => {
                client.user_path(cx.read(op::GET_USER)?, name).await.map(Found::User)
            }
            Holder::Role(name) => client.role(cx.read(op::GET_ROLE)?, name).await.map(Found::Role),
        }
    }

    /// The document that is wanted now.
    fn document(
        &self,
        target: &Target,
        subject: &Subject,
        found: &Found,
        now: Timestamp,
    ) -> Result<String, CallError> {
        Ok(match (self.of.wanted, found) {
            (Wanted::All, _) => policy::DENY_ALL.to_owned(),
            (Wanted::OlderSessions, _) => policy::deny_older(now),
            (Wanted::OneSession, found) => {
                let (issued, name) = session(target, subject)?;
                match found {
                    Found::Role(role) => policy::deny_session(&role.id, name, issued),
                    Found::User(_) => {
                        let why = format!("{} has no sessions with names", subject.holder);
                        return Err(CallError::Unsupported { why });
                    }
                }
            }
        })
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let subject = self.subject(cx, &step.target).await?;
        let seen = self.look(cx, &step.target, &subject).await?;
        if alike(&seen, &step.after) {
            return Ok(holds(self.of.spec, step, cx.now()));
        }
        // Where nothing is, perhaps nobody is either: then there is nothing left to deny.
        if seen == Snapshot::default()
            && let Err(CallError::NotFound { .. }) = self.found(cx, &subject).await
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
        let found = self.found(cx, &subject).await?;
        if let Some(why) = Subject::reserved(found.path()) {
            return Err(CallError::Unsupported { why: format!("{} {why}", subject.holder) });
        }
        let before = self.look(cx, &intent.target, &subject).await?;
        // AWS dates sessions by its own clock: one of the last minutes must not be younger than the stamp.
        let now = self.shared.client.no_earlier(cx.now());
        let wanted = self.document(&intent.target, &subject, &found, now)?;
        let met = before.get("document").is_some_and(|it| self.of.wanted.is_met_by(it, &wanted));
        let after = if met {
            before.clone()
        } else {
            match self.of.wanted {
                Wanted::All => refuse_last(&self.shared, cx, &subject, None).await?,
                Wanted::OlderSessions | Wanted::OneSession => {}
            }
            state(Some(wanted))
        };
        let summary = match (self.of.wanted, intent.target.credential()) {
            (Wanted::OneSession, Some(one)) => {
                let (issued, name) = one.session().unwrap_or((now, one.id()));
                let name = name.rsplit('/').next().unwrap_or(name);
                format!(
                    "deny everything to session `{name}` of {} issued at {issued}",
                    subject.holder
                )
            }
            (Wanted::All | Wanted::OneSession, _) => {
                format!("deny everything to {}", subject.holder)
            }
            (Wanted::OlderSessions, _) => {
                format!("deny everything to sessions of {} issued until now", subject.holder)
            }
        };
        Ok(self.shared.step(self.of.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let subject = self.subject(cx.reading(), &step.target).await?;
        let seen = self.look(cx.reading(), &step.target, &subject).await?;
        if already(step, &seen, alike)? {
            return Ok(Receipt::default());
        }
        let (client, holder) = (&self.shared.client, &subject.holder);
        let name = self.of.name(&step.target);
        let acknowledged = match step.after.get("document") {
            Some(document) => {
                let pass = cx.write(self.of.of.put())?;
                client.put_inline_policy(pass, holder, &name, document).await?
            }
            None => {
                let pass = cx.write(self.of.of.delete())?;
                client.delete_inline_policy(pass, holder, &name).await?
            }
        };
        Ok(receipt(acknowledged))
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| cannot_tell(&error))
    }
}
