//! The trust policy of a role as a state: as it is, or with somebody denied.

use super::shared::{Shared, already, cannot_tell, holds, later, receipt};
use crate::administrators::refuse_last;
use crate::client::Holder;
use crate::operation as op;
use crate::policy;
use crate::subject::Subject;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Target};
use serde_json::Value;
use std::sync::Arc;

/// What one such action is about.
#[derive(Debug)]
pub(crate) struct Denial {
    /// What it declares.
    pub spec: &'static ActionSpec,
    /// To whom.
    pub to: To,
}

/// Who is denied the role.
#[derive(Debug, Clone, Copy)]
pub(crate) enum To {
    /// Everybody.
    Everybody,
    /// The subject of an OpenID Connect provider that the target names.
    Subject,
}

impl To {
    /// The statement that the trust policy gains, and who that is in words.
    fn statement(self, target: &Target, trust: &str) -> Result<(Value, String), CallError> {
        match self {
            Self::Everybody => Ok((policy::deny_everybody(), "everybody".to_owned())),
            Self::Subject => {
                let unsupported = |why: String| CallError::Unsupported { why };
                let named = target.credential().and_then(|it| web_identity(it.id()));
                let (issuer, subject) = named
                    .ok_or_else(|| unsupported(format!("{target} names no issuer and subject")))?;
                let Some(issuer) = policy::trusted_issuer(trust, issuer) else {
                    let why = format!(
                        "the trust policy of {target} allows no `{issuer}`, or none whose subjects can be denied"
                    );
                    return Err(unsupported(why));
                };
                let whom = format!("`{subject}` of `{issuer}`");
                Ok((policy::deny_web_identity(&issuer, subject), whom))
            }
        }
    }
}

/// Issuer and subject of `web-identity/ISSUER:SUBJECT`. An issuer may have slashes and has no colon:
/// a port is written behind `_`, as principals write it.
fn web_identity(id: &str) -> Option<(&str, &str)> {
    let (issuer, subject) = id.strip_prefix("web-identity/")?.split_once(':')?;
    (!issuer.is_empty() && !subject.is_empty()).then_some((issuer, subject))
}

/// The action.
#[derive(Debug)]
pub(crate) struct TrustPolicy {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub of: &'static Denial,
}

fn state(trust: &str) -> Snapshot {
    Snapshot::of([("trust", trust.to_owned())])
}

fn alike(one: &Snapshot, other: &Snapshot) -> bool {
    match (one.get("trust"), other.get("trust")) {
        (Some(one), Some(other)) => policy::same(one, other),
        (one, other) => one == other,
    }
}

impl TrustPolicy {
    async fn subject(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(Subject, String), CallError> {
        let subject = Subject::of(target.principal())?;
        self.shared.refuse_foreign_and_own(cx, &subject).await?;
        match subject.holder.clone() {
            Holder::Role(name) => Ok((subject, name)),
            Holder::User(name) => Err(CallError::Unsupported {
                why: format!("user `{name}` is not assumed: there is no trust policy to change"),
            }),
        }
    }

    async fn look(&self, cx: &ReadCx<'_>, name: &str) -> Result<crate::Role, CallError> {
        self.shared.client.role(cx.read(op::GET_ROLE)?, name).await
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let (_, name) = self.subject(cx, &step.target).await?;
        let role = match self.look(cx, &name).await {
            Ok(role) => role,
            // A role that is gone issues nothing.
            Err(CallError::NotFound { .. }) if step.kind != ActionKind::Restore => {
                return Ok(holds(self.of.spec, step, cx.now()));
            }
            Err(CallError::NotFound { .. }) => {
                return Ok(Observation::DoesNotHold { seen: Snapshot::default() });
            }
            Err(error) => return Err(error),
        };
        let seen = state(&role.trust);
        if !alike(&seen, &step.after) {
            return Ok(Observation::DoesNotHold { seen });
        }
        let mut observation = holds(self.of.spec, step, cx.now());
        if let Observation::Holds { residual, .. } = &mut observation {
            // The role itself says how long its sessions can live.
            for it in residual {
                it.until = later(cx.now(), role.longest_session);
            }
        }
        Ok(observation)
    }
}

#[async_trait::async_trait]
impl Action for TrustPolicy {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (subject, name) = self.subject(cx, &intent.target).await?;
        let role = self.look(cx, &name).await?;
        let unsupported =
            |why: &str| CallError::Unsupported { why: format!("role `{name}` {why}") };
        if let Some(why) = Subject::reserved(&role.path) {
            return Err(unsupported(why));
        }
        let (statement, whom) = self.of.to.statement(&intent.target, &role.trust)?;
        let before = state(&role.trust);
        let after = if policy::has_statement(&role.trust, &statement) {
            before.clone()
        } else {
            refuse_last(&self.shared, cx, &subject, None).await?;
            let blocked = policy::with_statement(&role.trust, &statement)
                .ok_or_else(|| unsupported("has a trust policy that cannot be read as one"))?;
            if policy::counted_length(&blocked) > policy::TRUST_LIMIT {
                return Err(unsupported(
                    "has a trust policy too long to add to: quarantine the role instead",
                ));
            }
            state(&blocked)
        };
        let summary = format!("deny {whom} to assume role `{name}`");
        Ok(self.shared.step(self.of.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (_, name) = self.subject(cx.reading(), &step.target).await?;
        let role = self.look(cx.reading(), &name).await?;
        if already(step, &state(&role.trust), alike)? {
            return Ok(Receipt::default());
        }
        let wanted = step.after.get("trust").ok_or_else(|| CallError::Invalid {
            why: format!("step `{}` names no trust policy", step.id),
        })?;
        let pass = cx.write(op::UPDATE_ASSUME_ROLE_POLICY)?;
        self.shared.client.put_trust(pass, &name, wanted).await.map(receipt)
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| cannot_tell(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_ends_at_its_colon() {
        for (id, expected) in [
            (
                "web-identity/token.actions.githubusercontent.com:repo:acme/shop:ref:refs/heads/main",
                Some(("token.actions.githubusercontent.com", "repo:acme/shop:ref:refs/heads/main")),
            ),
            (
                "web-identity/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE:system:serviceaccount:shop:web",
                Some((
                    "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
                    "system:serviceaccount:shop:web",
                )),
            ),
            ("web-identity/accounts.google.com", None),
            ("web-identity/accounts.google.com:", None),
            ("web-identity/:somebody", None),
            ("ACCAEXAMPLE123EXAMPLE", None),
        ] {
            assert_eq!(web_identity(id), expected, "{id}");
        }
    }
}
