//! A way into roles by certificate as a state: open or not.

use super::shared::{Shared, already, cannot_tell, holds, receipt};
use crate::administrators::refuse_last;
use crate::client::Holder;
use crate::discover::anchors_named;
use crate::operation as op;
use crate::subject::Subject;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{Intent, Observation, Receipt, Snapshot, Step, StepId, Target};
use std::sync::Arc;

/// What one such action is about.
#[derive(Debug)]
pub(crate) struct Way {
    /// What it declares.
    pub spec: &'static ActionSpec,
    /// Which part of Roles Anywhere.
    pub sort: Sort,
}

/// The parts that can be disabled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sort {
    /// Which roles may be had.
    Profile,
    /// Whose certificates are taken.
    Anchor,
}

impl Sort {
    /// How the id of such a credential of a role begins; see decision 37.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Profile => "roles-anywhere-profile/",
            Self::Anchor => "trust-anchor/",
        }
    }

    const fn called(self) -> &'static str {
        match self {
            Self::Profile => "profile of Roles Anywhere",
            Self::Anchor => "trust anchor",
        }
    }
}

/// The action.
#[derive(Debug)]
pub(crate) struct DisableWay {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub of: &'static Way,
}

/// A role, and one way into it.
struct Aim<'a> {
    subject: Subject,
    arn: &'a str,
    role: String,
    id: &'a str,
}

fn state(enabled: bool) -> Snapshot {
    Snapshot::of([("enabled", enabled.to_string())])
}

fn unsupported(why: String) -> CallError {
    CallError::Unsupported { why }
}

impl DisableWay {
    async fn aim<'a>(&self, cx: &ReadCx<'_>, target: &'a Target) -> Result<Aim<'a>, CallError> {
        let Way { spec, sort } = self.of;
        let named = target.credential().filter(|_| spec.target.fits(target));
        let id = named.and_then(|it| it.id().strip_prefix(sort.prefix()));
        let id = id.filter(|it| !it.is_empty());
        let id = id.ok_or_else(|| unsupported(format!("{target} is no {}", sort.called())))?;
        let subject = Subject::of(target.principal())?;
        let Holder::Role(role) = subject.holder.clone() else {
            let why = format!("{} is had by no certificate: roles are", subject.holder);
            return Err(unsupported(why));
        };
        self.shared.refuse_foreign_and_own(cx, &subject).await?;
        Ok(Aim { subject, arn: &target.principal().name, role, id })
    }

    async fn enabled(&self, cx: &ReadCx<'_>, id: &str) -> Result<bool, CallError> {
        let client = &self.shared.client;
        match self.of.sort {
            Sort::Profile => {
                Ok(client.anywhere_profile(cx.read(op::GET_ANYWHERE_PROFILE)?, id).await?.enabled)
            }
            Sort::Anchor => {
                Ok(client.trust_anchor(cx.read(op::GET_TRUST_ANCHOR)?, id).await?.enabled)
            }
        }
    }

    /// Whether it is open, and what is done; refused where the role is not had this way.
    async fn look(&self, cx: &ReadCx<'_>, aim: &Aim<'_>) -> Result<(bool, String), CallError> {
        let Aim { arn, role, id, .. } = aim;
        let client = &self.shared.client;
        match self.of.sort {
            Sort::Profile => {
                let pass = cx.read(op::GET_ANYWHERE_PROFILE)?;
                let it = client.anywhere_profile(pass, id).await?;
                if !it.roles.contains(*arn) {
                    return Err(unsupported(format!("profile `{id}` does not give role `{role}`")));
                }
                let caller = self.shared.caller(cx).await?;
                let own = it.roles.iter().filter_map(|it| Subject::of_arn(it).ok());
                if own.into_iter().any(|it| it.is(&caller)) {
                    let why = format!(
                        "profile `{id}` also gives the role that connector `{}` itself acts as: disabling it would end every undo",
                        self.shared.config.id
                    );
                    return Err(unsupported(why));
                }
                let others = it.roles.len().saturating_sub(1);
                let name = &it.name;
                let summary = format!(
                    "disable profile `{name}` of Roles Anywhere, which gives role `{role}` and {others} others"
                );
                Ok((it.enabled, summary))
            }
            Sort::Anchor => {
                let it = client.trust_anchor(cx.read(op::GET_TRUST_ANCHOR)?, id).await?;
                let trust = client.role(cx.read(op::GET_ROLE)?, role).await?.trust;
                let named = anchors_named(&trust).ok_or_else(|| {
                    unsupported(format!("role `{role}` does not trust Roles Anywhere"))
                })?;
                if !named.is_empty() && !named.contains(&it.arn) {
                    return Err(unsupported(format!(
                        "role `{role}` does not take certificates of trust anchor `{id}`"
                    )));
                }
                let name = &it.name;
                let summary = format!(
                    "disable trust anchor `{name}`, whose certificates get role `{role}` and others"
                );
                Ok((it.enabled, summary))
            }
        }
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let aim = self.aim(cx, &step.target).await?;
        let enabled = match self.enabled(cx, aim.id).await {
            Ok(enabled) => enabled,
            // What is gone gives nobody a session.
            Err(CallError::NotFound { .. }) => false,
            Err(error) => return Err(error),
        };
        let seen = state(enabled);
        if seen == step.after {
            return Ok(holds(self.of.spec, step, cx.now()));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for DisableWay {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let aim = self.aim(cx, &intent.target).await?;
        let (enabled, summary) = self.look(cx, &aim).await?;
        if enabled {
            refuse_last(&self.shared, cx, &aim.subject, None).await?;
        }
        let states = (state(enabled), state(false));
        Ok(self.shared.step(self.of.spec, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let aim = self.aim(cx.reading(), &step.target).await?;
        let seen = state(self.enabled(cx.reading(), aim.id).await?);
        if already(step, &seen, PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let spec = self.of.spec;
        let enable = step.after == state(true);
        let operation = if enable { spec.restore.unwrap_or(spec.write) } else { spec.write };
        let pass = cx.write(operation)?;
        self.shared.client.set_anywhere(pass, aim.id).await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| cannot_tell(&error))
    }
}
