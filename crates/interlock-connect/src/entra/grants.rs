//! Takes what a service principal may do: one permission of its own, or one in the name of users.

use super::operation as op;
use super::shared::{ANY, credential, service};
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Snapshot, Step, Stops, Target};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::time::Duration;

/// What it declares.
pub(super) static REMOVE_APP_ROLE: ActionSpec = ActionSpec {
    name: "entra.remove_app_role",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: ANY,
    summary: "takes the most powerful permission that a service principal was given itself",
    reversal: ReversalSpec::Compensates { loses: "the assignment's own id, and when it was made" },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "signing in; what tokens carry that were issued before, until they expire; every other permission and role",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::READ_APP_ROLES],
    write: op::REMOVE_APP_ROLE,
    restore: Some(op::ASSIGN_APP_ROLE),
    delivery: None,
    traps: &[
        "permissions that give other permissions come first, then the one that was given last",
        "a token carries its permissions until it expires",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/serviceprincipal-delete-approleassignments",
};

/// What it declares.
pub(super) static REMOVE_GRANT: ActionSpec = ActionSpec {
    name: "entra.remove_permission_grant",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Credential("entra", CredentialKind::Token),
    summary: "takes what a service principal may do in the name of one user, or of all",
    reversal: ReversalSpec::Compensates { loses: "when it was given" },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens that were issued before, until they expire",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::READ_GRANTS],
    write: op::REMOVE_GRANT,
    restore: Some(op::ADD_GRANT),
    delivery: None,
    traps: &[
        "there may be two for the same resource, one of a user and one of all: the other is said to be left",
        "a user may consent again where the tenant lets users consent",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/oauth2permissiongrant-delete",
};

/// Takes a permission of its own.
#[derive(Debug)]
pub(super) struct RemoveAppRole;
/// Takes one in the name of users.
#[derive(Debug)]
pub(super) struct RemoveGrant;

/// Permissions of Microsoft Graph from which every other can be had: to give roles of the directory, to
/// give permissions, to change applications, to change the directory.
const STRONGEST: [&str; 4] = [
    "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    "06b708a9-e830-4db3-a914-8e69da51d44f",
    "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
];

fn power(role: &Value) -> (usize, Reverse<String>) {
    let id = text(role, "appRoleId").unwrap_or_default();
    let rank = STRONGEST.iter().position(|it| *it == id).unwrap_or(STRONGEST.len());
    (rank, Reverse(text(role, "createdDateTime").unwrap_or_default().to_owned()))
}

fn kept(of: Option<&Value>, names: &[&str]) -> Snapshot {
    let Some(of) = of else { return Snapshot::default() };
    let values = names.iter().filter_map(|it| Some(((*it).to_owned(), text(of, it)?.to_owned())));
    Snapshot(values.collect())
}

fn body(of: &Snapshot) -> Map<String, Value> {
    of.0.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
}

const ROLE: &[&str] = &["appRoleId", "principalId", "resourceId"];
const GRANT: &[&str] = &["clientId", "consentType", "principalId", "resourceId", "scope"];

#[async_trait::async_trait]
impl Verb for RemoveAppRole {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE_APP_ROLE
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named = service(on, cx, target).await?;
        let ask = Ask::new(op::READ_APP_ROLES, &[("servicePrincipal-id", named.id())]);
        let said = on.api.read(cx.read(op::READ_APP_ROLES)?, ask).await?.body;
        let mut all: Vec<&Value> = items(said.get("value").unwrap_or(&Value::Null)).collect();
        all.sort_by_key(|it| power(it));
        let meant = match step {
            Some(step) if step.before != step.after => all.iter().copied().find(|it| {
                let it = kept(Some(*it), ROLE);
                it == step.before || it == step.after
            }),
            // There was none when it was planned: any is one too many.
            _ => all.first().copied(),
        };
        let resource = meant.and_then(|it| text(it, "resourceDisplayName")).unwrap_or("nothing");
        let role = meant.and_then(|it| text(it, "appRoleId")).unwrap_or("none");
        let summary = format!("take permission `{role}` at `{resource}` from {}", named.shown());
        let mut seen = Seen::of(kept(meant, ROLE), Snapshot::default(), summary);
        seen.key = meant.and_then(|it| text(it, "id")).unwrap_or_default().to_owned();
        let left = all.len() - usize::from(meant.is_some());
        if left > 0 {
            seen.also.push(format!("{left} other permissions that it was given"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let id = ("servicePrincipal-id", &*step.target.principal().name);
        if undoes(step) {
            return Ok(Ask::new(op::ASSIGN_APP_ROLE, &[id]).json(Value::Object(body(&step.after))));
        }
        Ok(Ask::new(op::REMOVE_APP_ROLE, &[id, ("appRoleAssignment-id", &seen.key)]))
    }
}

#[async_trait::async_trait]
impl Verb for RemoveGrant {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE_GRANT
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let id = credential(target)?;
        if id.len() == 36 {
            let why = format!("{target} is a secret, and no grant in the name of users");
            return Err(CallError::Unsupported { why });
        }
        let named = service(on, cx, target).await?;
        let ask = Ask::new(op::READ_GRANTS, &[("servicePrincipal-id", named.id())]);
        let said = on.api.read(cx.read(op::READ_GRANTS)?, ask).await?.body;
        let all = || items(said.get("value").unwrap_or(&Value::Null));
        // One that was given again has another id and says the same.
        let same = |it: &Value| {
            step.is_some_and(|step| {
                let it = kept(Some(it), GRANT);
                !it.0.is_empty() && (it == step.before || it == step.after)
            })
        };
        let meant =
            all().find(|it| text(it, "id") == Some(id)).or_else(|| all().find(|it| same(it)));
        let scope = meant.and_then(|it| text(it, "scope")).unwrap_or("nothing").trim();
        let summary = format!("take `{scope}` in the name of users from {}", named.shown());
        let mut seen = Seen::of(kept(meant, GRANT), Snapshot::default(), summary);
        seen.key = meant.and_then(|it| text(it, "id")).unwrap_or_default().to_owned();
        let others = all().filter(|it| Some(*it) != meant).count();
        if others > 0 {
            seen.also
                .push(format!("{others} other grants in the name of users, of one user or of all"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        if undoes(step) {
            return Ok(Ask::new(op::ADD_GRANT, &[]).json(Value::Object(body(&step.after))));
        }
        Ok(Ask::new(op::REMOVE_GRANT, &[("oAuth2PermissionGrant-id", &seen.key)]))
    }
}
