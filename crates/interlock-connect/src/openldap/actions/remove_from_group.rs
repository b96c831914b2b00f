//! Takes an account out of the most powerful group that it is in.

use super::shared::{Shared, already, holds, swap, unread};
use crate::ldap::name;
use crate::openldap::client::{Account, Group, member_attribute};
use crate::openldap::operation as op;
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
    name: "openldap.remove_from_group",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Principal("ldap", &["*"]),
    summary: "takes an account out of the most powerful group that it is in",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(10),
    leaves: "binds, and what other groups and rules give",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    write: op::WRITE_MEMBER,
    restore: None,
    delivery: None,
    traps: &[
        "the next operation of a connection that is bound already is denied what the group gave",
        "a group of names may not be without a member: the only one cannot be taken out",
        "one group for each step: a transaction over several, of which one change fails, ends slapd 2.5.13 (measured)",
        "programs that keep the groups of an account in a session of their own go on with them",
        "what still stands in `memberOf` of the account counts as not taken away",
    ],
    source: "https://www.openldap.org/doc/admin26/access-control.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveFromGroup {
    /// The directory and the configuration.
    pub shared: Arc<Shared>,
}

fn state(group: Option<&Group>) -> Snapshot {
    group.map_or_else(Snapshot::default, |it| {
        Snapshot::of([
            ("group", it.dn.clone()),
            ("attribute", it.attribute.to_owned()),
            ("value", it.value.clone()),
        ])
    })
}

/// The group that a step is about; `None` for a step that found none.
fn of_step(step: &Step) -> Option<&str> {
    step.before.get("group").or_else(|| step.after.get("group"))
}

impl RemoveFromGroup {
    /// The groups that an account is in and that count: the privileged ones where some are named,
    /// in their order; never the quarantine.
    async fn counted(&self, cx: &ReadCx<'_>, account: &Account) -> Result<Vec<Group>, CallError> {
        let groups = self.shared.directory.groups(cx.read(op::READ_GROUPS)?, account).await?;
        let config = &self.shared.config;
        let quarantine = config.quarantine_group.as_deref();
        let mut groups: Vec<Group> = groups
            .into_iter()
            .filter(|it| quarantine.is_none_or(|group| !name::same(group, &it.dn)))
            .collect();
        if config.privileged_groups.is_empty() {
            return Ok(groups);
        }
        let place =
            |it: &Group| config.privileged_groups.iter().position(|dn| name::same(dn, &it.dn));
        groups.retain(|it| place(it).is_some());
        groups.sort_by_key(place);
        Ok(groups)
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let account = self.shared.account(cx, &step.target).await?;
        let groups = self.counted(cx, &account).await?;
        let mut seen = state(this(step, &groups));
        let stale = |it: &&String| of_step(step).is_some_and(|dn| name::same(dn, it));
        if seen == Snapshot::default()
            && let Some(group) = account.member_of.iter().find(stale)
        {
            seen.0.insert("memberOf".to_owned(), group.clone());
        }
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let mut holds = holds(&SPEC, step);
        if let Observation::Holds { residual, .. } = &mut holds
            && step.kind != ActionKind::Restore
            && !groups.is_empty()
        {
            let names: Vec<&str> = groups.iter().map(|it| it.dn.as_str()).collect();
            let what = format!("it is still in {}", names.join(" and "));
            residual.push(Residual { what, until: None });
        }
        Ok(holds)
    }
}

/// The group of a step among these, or the first where the step found none.
fn this<'a>(step: &Step, groups: &'a [Group]) -> Option<&'a Group> {
    match of_step(step) {
        Some(dn) => groups.iter().find(|it| name::same(&it.dn, dn)),
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
        let groups = self.counted(cx, &account).await?;
        if groups.len() > 1 && self.shared.config.privileged_groups.is_empty() {
            let why = format!(
                "`{}` is in {} groups: name those that matter in `privileged_groups`, the most powerful first",
                account.dn,
                groups.len()
            );
            return Err(CallError::Unsupported { why });
        }
        let Some(group) = groups.first() else {
            let nothing = (Snapshot::default(), Snapshot::default());
            let summary = format!("`{}` is in no group that counts", account.dn);
            return Ok(self.shared.step(&SPEC, id, intent, nothing, summary));
        };
        if group.only {
            let why = format!(
                "`{}` is the only member of `{}`, which may not be without one: add another first",
                account.dn, group.dn
            );
            return Err(CallError::Unsupported { why });
        }
        self.shared.refuse_last(cx, &account, Some(&group.dn)).await?;
        let states = (state(Some(group)), Snapshot::default());
        let summary = format!("take `{}` out of `{}`", account.dn, group.dn);
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
        let dn = of_step(step).ok_or_else(nothing)?;
        let named = |name| step.before.get(name).or_else(|| step.after.get(name));
        let attribute = named("attribute").and_then(member_attribute).ok_or_else(nothing)?;
        let changes = swap(attribute, seen.get("value"), step.after.get("value"));
        self.shared.directory.modify(cx.write(op::WRITE_MEMBER)?, dn, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
