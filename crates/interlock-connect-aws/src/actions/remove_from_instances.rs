//! Takes a role out of an instance profile, so that instances get no more sessions of it.

use super::shared::{CHAINED_ROLES, Shared, already, cannot_tell, holds, receipt};
use crate::administrators::refuse_last;
use crate::client::{Holder, ProfileRole};
use crate::operation as op;
use crate::subject::Subject;
use interlock_contain::{
    Action, ActionSpec, CallError, Left, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.remove_from_instances",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("aws", CredentialKind::Token, &["instance-profile/*"]),
    summary: "takes a role out of an instance profile, so that its instances get no new sessions of it",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions of the role that instances hold already",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[
        CHAINED_ROLES,
        Left { what: "other ways to the role: whoever its trust policy lets in", at_most: None },
    ],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_INSTANCE_PROFILE,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::REMOVE_ROLE_FROM_INSTANCE_PROFILE,
    restore: Some(op::ADD_ROLE_TO_INSTANCE_PROFILE),
    delivery: None,
    traps: &[
        "applications on instances that run with the profile may break, all of them and not one instance alone",
        "an instance may go on as before until its profile is associated anew or it is restarted, after the undo too",
        "to give the role back AWS asks for `iam:PassRole` on it beside the call: without it the undo is refused",
        "a profile holds one role: where somebody put another into it meanwhile, the undo is refused as drift",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html; https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveFromInstances {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

/// A role and one of the profiles it is in.
struct Aim<'a> {
    subject: Subject,
    role: String,
    profile: &'a str,
}

fn state(role: Option<&str>) -> Snapshot {
    role.map_or_else(Snapshot::default, |it| Snapshot::of([("role", it.to_owned())]))
}

fn name(role: Option<&ProfileRole>) -> Option<&str> {
    role.map(|it| it.name.as_str())
}

impl RemoveFromInstances {
    async fn aim<'a>(&self, cx: &ReadCx<'_>, target: &'a Target) -> Result<Aim<'a>, CallError> {
        let named = target.credential().filter(|_| SPEC.target.fits(target));
        let profile = named.and_then(|it| it.id().strip_prefix("instance-profile/"));
        let profile = profile.ok_or_else(|| CallError::Unsupported {
            why: format!("{target} is no instance profile of AWS"),
        })?;
        let subject = Subject::of(target.principal())?;
        let Holder::Role(role) = subject.holder.clone() else {
            let why = format!("{} is in no instance profile: roles are", subject.holder);
            return Err(CallError::Unsupported { why });
        };
        self.shared.refuse_foreign_and_own(cx, &subject).await?;
        Ok(Aim { subject, role, profile })
    }

    async fn look(&self, cx: &ReadCx<'_>, profile: &str) -> Result<Option<ProfileRole>, CallError> {
        self.shared.client.role_of_instances(cx.read(op::GET_INSTANCE_PROFILE)?, profile).await
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let aim = self.aim(cx, &step.target).await?;
        let seen = match self.look(cx, aim.profile).await {
            Ok(role) => state(name(role.as_ref())),
            // A profile that is gone gives nobody the role.
            Err(CallError::NotFound { .. }) => Snapshot::default(),
            Err(error) => return Err(error),
        };
        if seen == step.after {
            return Ok(holds(&SPEC, step, cx.now()));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

#[async_trait::async_trait]
impl Action for RemoveFromInstances {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let Aim { subject, role, profile } = self.aim(cx, &intent.target).await?;
        let there = self.look(cx, profile).await?;
        if let Some(there) = &there {
            let reserved = Subject::reserved(&there.path);
            let other = (there.name != role).then_some("is not the role in it");
            if let Some(why) = other.or(reserved) {
                let why = format!("instance profile `{profile}`: role `{role}` {why}");
                return Err(CallError::Unsupported { why });
            }
            refuse_last(&self.shared, cx, &subject, None).await?;
        }
        let before = state(name(there.as_ref()));
        let summary = format!("take role `{role}` out of instance profile `{profile}`");
        Ok(self.shared.step(&SPEC, id, intent, (before, Snapshot::default()), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let aim = self.aim(cx.reading(), &step.target).await?;
        let there = self.look(cx.reading(), aim.profile).await?;
        if already(step, &state(name(there.as_ref())), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let client = &self.shared.client;
        let acknowledged = match step.after.get("role") {
            Some(role) => {
                let pass = cx.write(op::ADD_ROLE_TO_INSTANCE_PROFILE)?;
                client.add_to_instances(pass, aim.profile, role).await?
            }
            None => {
                let pass = cx.write(op::REMOVE_ROLE_FROM_INSTANCE_PROFILE)?;
                client.remove_from_instances(pass, aim.profile, &aim.role).await?
            }
        };
        Ok(receipt(acknowledged))
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| cannot_tell(&error))
    }
}
