//! Stops new sessions of a role: an explicit deny in its trust policy.

use super::shared::{CHAINED_ROLES, Shared, already, cannot_tell, holds, later, receipt};
use crate::administrators::refuse_last;
use crate::client::Holder;
use crate::operation as op;
use crate::policy;
use crate::subject::Subject;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.block_role_issuance",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: TargetKind::Principal("aws", &["arn:aws*:iam::*:role/*"]),
    summary: "denies everybody to assume a role",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions of the role that are already open",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[CHAINED_ROLES],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_ROLE,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::UPDATE_ASSUME_ROLE_POLICY,
    restore: None,
    delivery: None,
    traps: &[
        "service-linked roles and roles of IAM Identity Center cannot be changed",
        "a trust policy may have 2,048 characters, 4,096 with a raised quota, white space not counted",
        "every consumer of the role is hit",
        "a principal that was deleted meanwhile stands in the trust policy by its unique id: IAM may refuse the saved document",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct BlockRoleIssuance {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
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

impl BlockRoleIssuance {
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
                return Ok(holds(&SPEC, step, cx.now()));
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
        let mut observation = holds(&SPEC, step, cx.now());
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
impl Action for BlockRoleIssuance {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (subject, name) = self.subject(cx, &intent.target).await?;
        let role = self.look(cx, &name).await?;
        let unsupported =
            |why: &str| CallError::Unsupported { why: format!("role `{name}` {why}") };
        if let Some(why) = Subject::reserved(&role.path) {
            return Err(unsupported(why));
        }
        let before = state(&role.trust);
        let after = if policy::blocks_issuance(&role.trust) {
            before.clone()
        } else {
            refuse_last(&self.shared, cx, &subject, None).await?;
            let blocked = policy::block_issuance(&role.trust)
                .ok_or_else(|| unsupported("has a trust policy that cannot be read as one"))?;
            if policy::counted_length(&blocked) > policy::TRUST_LIMIT {
                return Err(unsupported(
                    "has a trust policy too long to add to: quarantine the role instead",
                ));
            }
            state(&blocked)
        };
        let summary = format!("deny everybody to assume role `{name}`");
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
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
