//! Takes an account out of the most powerful group that it is in.

use super::shared::{Shared, already, holds, swap, unread};
use crate::active_directory::client::{Account, Group, GroupName, MEMBER};
use crate::active_directory::operation as op;
use crate::active_directory::sid::Sid;
use crate::ldap::name;
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
    name: "active_directory.remove_from_group",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Principal("ad", &["*"]),
    summary: "takes an account out of the most powerful group that it is in",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "sign-ins, what other groups give, and sessions and tickets that carry the group until they end (10 h by default)",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_MEMBER,
    restore: None,
    delivery: None,
    traps: &[
        "groups are written into tickets and sessions when they are made: what is there keeps them",
        "the primary group of an account does not name it as a member and cannot be left: planning refuses where that is the one that gives power",
        "the server lets the last administrator leave: planning refuses",
        "power that comes through a group within a group is said and left alone: others have it too",
        "an account that left a protected group keeps `adminCount` and inherits no rights until somebody clears it",
    ],
    source: "https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/plan/security-best-practices/appendix-b--privileged-accounts-and-groups-in-active-directory",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveFromGroup {
    /// The domain and the configuration.
    pub shared: Arc<Shared>,
}

fn state(group: Option<&Group>) -> Snapshot {
    group.map_or_else(Snapshot::default, |it| {
        Snapshot::of([("group", it.dn.clone()), ("sid", it.sid.to_string())])
    })
}

/// The group that a step is about; `None` for a step that found none.
fn of_step(step: &Step) -> Option<Sid> {
    let named = step.before.get("sid").or_else(|| step.after.get("sid"));
    named.and_then(Sid::parse)
}

fn is(name: &GroupName, group: &Group) -> bool {
    match name {
        GroupName::Sid(sid) => *sid == group.sid,
        GroupName::Entry(dn) => name::same(dn, &group.dn),
    }
}

impl RemoveFromGroup {
    /// The groups of power that an account is in itself, the most powerful first.
    async fn counted(&self, cx: &ReadCx<'_>, account: &Account) -> Result<Vec<Group>, CallError> {
        let mut groups = self.shared.directory.groups(cx.read(op::READ_GROUPS)?, account).await?;
        let powers = self.shared.powers(account);
        let place = |it: &Group| powers.iter().position(|name| is(name, it));
        groups.retain(|it| place(it).is_some());
        groups.sort_by_key(place);
        Ok(groups)
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let groups = self.counted(cx, &account).await?;
        let seen = state(this(step, &groups));
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let mut holds = holds(&SPEC, step);
        if let Observation::Holds { residual, .. } = &mut holds
            && step.kind != ActionKind::Restore
        {
            let besides = std::collections::BTreeSet::new();
            let pass = cx.read(op::READ_GROUPS)?;
            let of = self.shared.powers(&account);
            let left =
                self.shared.directory.powers(pass, &account, &of, &besides, cx.now()).await?;
            let names: Vec<&str> = left.iter().map(|it| it.group.dn.as_str()).collect();
            if !names.is_empty() {
                let what = format!("it is still in {}", names.join(" and "));
                residual.push(Residual { what, until: None });
            }
        }
        Ok(holds)
    }
}

/// The group of a step among these, or the first where the step found none.
fn this<'a>(step: &Step, groups: &'a [Group]) -> Option<&'a Group> {
    match of_step(step) {
        Some(sid) => groups.iter().find(|it| it.sid == sid),
        None => groups.first(),
    }
}

#[async_trait::async_trait]
impl Action for RemoveFromGroup {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let account = self.shared.account(cx, &intent.target).await?;
        let dn = &account.dn;
        if let Some(primary) = account.primary_group.map(|it| account.sid.sibling(it))
            && self.shared.powers(&account).contains(&GroupName::Sid(primary.clone()))
        {
            let why = format!(
                "`{primary}` is the primary group of `{dn}`, which cannot be left: give it another first"
            );
            return Err(CallError::Unsupported { why });
        }
        let groups = self.counted(cx, &account).await?;
        let Some(group) = groups.first() else {
            let nothing = (Snapshot::default(), Snapshot::default());
            let summary = format!("`{dn}` is itself in no group that gives power");
            return Ok(self.shared.step(&SPEC, id, intent, nothing, summary));
        };
        self.shared.refuse_last(cx, &account, Some(&group.sid)).await?;
        let states = (state(Some(group)), Snapshot::default());
        let summary = format!("take `{dn}` out of `{}`", group.dn);
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let account = self.shared.account(cx.reading(), &step.target).await?;
        let groups = self.counted(cx.reading(), &account).await?;
        let seen = state(this(step, &groups));
        if already(step, &seen)? {
            return Ok(Receipt::default());
        }
        let nothing = || CallError::Invalid { why: format!("step `{}` names no group", step.id) };
        let sid = of_step(step).ok_or_else(nothing)?;
        let pass = cx.reading().read(op::READ_GROUPS)?;
        // By its identifier: the entry may have been moved since.
        let group = self.shared.directory.group(pass, &GroupName::Sid(sid.clone())).await?;
        let group = group.ok_or_else(|| CallError::NotFound { what: format!("group `{sid}`") })?;
        let member = Some(account.dn.as_str());
        let (from, to) = if step.after.0.is_empty() { (member, None) } else { (None, member) };
        let changes = swap(MEMBER, from, to);
        self.shared.directory.modify(cx.write(op::WRITE_MEMBER)?, &group.dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
