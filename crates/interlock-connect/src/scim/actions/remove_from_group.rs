//! Takes a user out of the most powerful group of an application that it is in.

use super::shared::{Shared, already, holds, unread};
use crate::scim::client::{Group, User};
use crate::scim::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, Intent, Observation, Receipt, Residual, Snapshot, Step, StepId, Stops,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "scim.remove_from_group",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Principal("scim", &["*/*"]),
    summary: "takes a user out of the most powerful group of an application that it is in",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "sign-in, what other groups give, and rights that sessions have taken along",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USERS, op::READ_GROUPS],
    write: op::PATCH_GROUP,
    restore: None,
    delivery: None,
    traps: &[
        "when rights change is the application's own business: the read-back shows the list, not that anything is refused",
        "without the filter on the member's id a removal empties the group",
        "groups that are in groups are not looked into",
        "an identity provider that pushes the group puts the user back: remove it there too",
    ],
    source: "https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2.2",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveFromGroup {
    /// The service and the configuration.
    pub shared: Arc<Shared>,
}

fn state(group: Option<&Group>) -> Snapshot {
    group.map_or_else(Snapshot::default, |it| {
        Snapshot::of([("group", it.id.clone()), ("name", it.name.clone())])
    })
}

/// The group of a step, or the first that the user is in where the step found none.
fn this<'a>(step: &Step, groups: &'a [Group], user: &User) -> Option<&'a Group> {
    let id = step.before.get("group").or_else(|| step.after.get("group"));
    let mut of_user = groups.iter().filter(|it| it.members.contains(&user.id));
    of_user.find(|it| id.is_none_or(|id| id == it.id))
}

impl RemoveFromGroup {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let user = self.shared.user(cx, &step.target).await?;
        let groups = self.shared.groups(cx).await?;
        let seen = state(this(step, &groups, &user));
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let mut holds = holds(&SPEC, step);
        let others = groups.iter().filter(|it| it.members.contains(&user.id));
        let others: Vec<&str> = others.map(|it| it.name.as_str()).collect();
        if let Observation::Holds { residual, .. } = &mut holds
            && step.kind != ActionKind::Restore
            && !others.is_empty()
        {
            let what = format!("it is still in {}", others.join(" and "));
            residual.push(Residual { what, until: None });
        }
        Ok(holds)
    }
}

#[async_trait::async_trait]
impl Action for RemoveFromGroup {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        if self.shared.config.privileged_groups.is_empty() {
            let id = &self.shared.config.id;
            let why =
                format!("connector `{id}` names no `privileged_groups` to take a user out of");
            return Err(CallError::Unsupported { why });
        }
        let user = self.shared.user(cx, &intent.target).await?;
        let groups = self.shared.groups(cx).await?;
        let Some(group) = groups.iter().find(|it| it.members.contains(&user.id)) else {
            let nothing = (Snapshot::default(), Snapshot::default());
            let summary = format!("`{}` is in no group that counts", user.name);
            return Ok(self.shared.step(&SPEC, id, intent, nothing, summary));
        };
        self.shared.refuse_last(cx, &user, std::slice::from_ref(group)).await?;
        let summary = format!("take `{}` out of `{}`", user.name, group.name);
        let states = (state(Some(group)), Snapshot::default());
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let user = self.shared.user(cx.reading(), &step.target).await?;
        let groups = self.shared.groups(cx.reading()).await?;
        if already(step, &state(this(step, &groups, &user)))? {
            return Ok(Receipt::default());
        }
        let id = step.before.get("group").or_else(|| step.after.get("group"));
        let group = groups.iter().find(|it| id == Some(it.id.as_str()));
        let gone = || CallError::NotFound { what: "the group of the step".to_owned() };
        let member = step.after.get("group").is_some();
        let group = group.ok_or_else(gone)?;
        let pass = cx.write(op::PATCH_GROUP)?;
        self.shared.service.set_member(pass, group, &user.id, member).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(&SPEC, step, &error))
    }
}
