//! Takes the most powerful administrator role from a user or a service app.

use super::operation as op;
use super::shared::{SUPER, id, refuse_last, refuse_own, user};
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Operation, Snapshot, Step, Stops, Target};
use serde_json::{Value, json};
use std::time::Duration;

/// Apps, by the form of their ids.
pub(super) const APPS: TargetKind = TargetKind::Principal("okta", &["0oa*"]);

const LOSES: &str = "the assignment's own id, and when it was made";
const LEAVES: &str = "signing in, tokens, every other role, and what groups give";
const SOURCE: &str = "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/";

/// What it declares.
pub(super) static REMOVE_ADMIN_ROLE: ActionSpec = ActionSpec {
    name: "okta.remove_admin_role",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: super::users::USERS,
    summary: "takes the most powerful administrator role from a user",
    reversal: ReversalSpec::Compensates { loses: LOSES },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[
        op::READ_USER,
        op::READ_ME,
        op::READ_ROLES,
        op::READ_ROLE_GROUPS,
        op::READ_ROLE_APPS,
        op::READ_ADMINS,
    ],
    write: op::REMOVE_ROLE,
    restore: Some(op::ASSIGN_ROLE),
    delivery: None,
    traps: &[
        "a role that is limited to groups or apps is refused: given back, it would be limited to nothing",
        "a role that comes by a group stays: it is said to be left",
        "removing a role makes a user's API tokens lose it too, at once",
        "the last active super administrator and the owner of the token are refused",
    ],
    source: SOURCE,
};

/// What it declares.
pub(super) static REMOVE_CLIENT_ROLE: ActionSpec = ActionSpec {
    name: "okta.remove_client_role",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: APPS,
    summary: "takes the most powerful administrator role from a service app",
    reversal: ReversalSpec::Compensates { loses: LOSES },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_CLIENT_ROLES, op::READ_CLIENT_ROLE_GROUPS, op::READ_CLIENT_ROLE_APPS],
    write: op::REMOVE_CLIENT_ROLE,
    restore: Some(op::ASSIGN_CLIENT_ROLE),
    delivery: None,
    traps: &[
        "a role that is limited to groups or apps is refused: given back, it would be limited to nothing",
        "the app of the connector itself is refused",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentClient/",
};

/// Takes a role away, from a user or a service app.
#[derive(Debug)]
pub(super) struct RemoveRole(pub(super) Holder);

/// Who holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A user.
    User,
    /// A service app.
    Client,
}

/// The roles from the most powerful on; what is not named here comes last.
const POWER: [&str; 6] =
    [SUPER, "ORG_ADMIN", "CUSTOM", "APP_ADMIN", "USER_ADMIN", "API_ACCESS_MANAGEMENT_ADMIN"];

fn power(role: &Value) -> usize {
    let kind = text(role, "type").unwrap_or_default();
    POWER.iter().position(|it| *it == kind).unwrap_or(POWER.len())
}

/// A role by what an assignment of it needs to be made again.
fn state(role: Option<&Value>) -> Snapshot {
    let Some(role) = role else { return Snapshot::default() };
    let names = [("role", "type"), ("custom_role", "role"), ("resource_set", "resource-set")];
    let values = names
        .into_iter()
        .filter_map(|(to, from)| Some((to.to_owned(), text(role, from)?.to_owned())));
    Snapshot(values.collect())
}

impl Holder {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "userId",
            Self::Client => "clientId",
        }
    }

    const fn reads(self) -> (Operation, Operation, Operation) {
        match self {
            Self::User => (op::READ_ROLES, op::READ_ROLE_GROUPS, op::READ_ROLE_APPS),
            Self::Client => {
                (op::READ_CLIENT_ROLES, op::READ_CLIENT_ROLE_GROUPS, op::READ_CLIENT_ROLE_APPS)
            }
        }
    }

    const fn writes(self) -> (Operation, Operation) {
        match self {
            Self::User => (op::REMOVE_ROLE, op::ASSIGN_ROLE),
            Self::Client => (op::REMOVE_CLIENT_ROLE, op::ASSIGN_CLIENT_ROLE),
        }
    }

    /// Refuses a role that is limited to something: given back, it would reach further.
    async fn refuse_limited(
        self,
        on: &On,
        cx: &ReadCx<'_>,
        id: &str,
        seen: &Seen,
    ) -> Result<(), CallError> {
        let (_, groups, apps) = self.reads();
        let limits = match seen.state.get("role").unwrap_or_default() {
            "USER_ADMIN" | "HELP_DESK_ADMIN" | "GROUP_MEMBERSHIP_ADMIN" => groups,
            "APP_ADMIN" => apps,
            _ => return Ok(()),
        };
        let ask = Ask::new(limits, &[(self.name(), id), ("roleAssignmentId", &seen.key)]);
        let said = on.api.read(cx.read(limits)?, ask).await?.body;
        if items(&said).next().is_none() {
            return Ok(());
        }
        let why = format!(
            "the role of `{id}` is limited to groups or apps, and would come back without that limit: change it by hand"
        );
        Err(CallError::Unsupported { why })
    }
}

#[async_trait::async_trait]
impl Verb for RemoveRole {
    fn spec(&self) -> &'static ActionSpec {
        match self.0 {
            Holder::User => &REMOVE_ADMIN_ROLE,
            Holder::Client => &REMOVE_CLIENT_ROLE,
        }
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let (id, shown) = match self.0 {
            Holder::User => {
                let user = user(on, cx, target).await?;
                (user.id, user.login)
            }
            Holder::Client => (id(on, target)?.to_owned(), id(on, target)?.to_owned()),
        };
        let (read, ..) = self.0.reads();
        let said = on.api.read(cx.read(read)?, Ask::new(read, &[(self.0.name(), &id)])).await?.body;
        let all: Vec<&Value> =
            items(&said).filter(|it| text(it, "status").is_none_or(|it| it == "ACTIVE")).collect();
        let (by_group, mut own): (Vec<&Value>, Vec<&Value>) =
            all.into_iter().partition(|it| text(it, "assignmentType") == Some("GROUP"));
        own.sort_by_key(|it| power(it));
        let meant = match step {
            None => own.first().copied(),
            // There was none when it was planned: any is one too many.
            Some(step) if step.before == step.after => own.first().copied(),
            Some(step) => own.iter().copied().find(|it| {
                let it = state(Some(*it));
                it == step.before || it == step.after
            }),
        };
        let label = meant.and_then(|it| text(it, "label").or_else(|| text(it, "type")));
        let summary = match label {
            Some(label) => format!("take the role `{label}` from `{shown}`"),
            None => format!("`{shown}` has no administrator role of its own"),
        };
        let mut seen = Seen::of(state(meant), Snapshot::default(), summary);
        seen.key = meant.and_then(|it| text(it, "id")).unwrap_or_default().to_owned();
        let others = own.into_iter().filter(|it| Some(*it) != meant).chain(by_group);
        seen.also = others
            .filter_map(|it| text(it, "label").or_else(|| text(it, "type")))
            .map(|it| format!("its role `{it}`"))
            .collect();
        Ok(seen)
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        seen: &Seen,
    ) -> Result<(), CallError> {
        let id = &target.principal().name;
        if self.0 == Holder::User {
            refuse_own(on, cx, id).await?;
            if seen.state.get("role") == Some(SUPER) {
                refuse_last(on, cx, id).await?;
            }
        }
        self.0.refuse_limited(on, cx, id, seen).await
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let id = &step.target.principal().name;
        let (remove, assign) = self.0.writes();
        if !undoes(step) {
            return Ok(Ask::new(remove, &[(self.0.name(), id), ("roleAssignmentId", &seen.key)]));
        }
        let mut body = json!({ "type": step.after.get("role") });
        for (name, of) in [("role", "custom_role"), ("resource-set", "resource_set")] {
            if let (Some(value), Some(body)) = (step.after.get(of), body.as_object_mut()) {
                body.insert(name.to_owned(), value.into());
            }
        }
        Ok(Ask::new(assign, &[(self.0.name(), id)]).json(body))
    }
}
