//! Takes every role that a principal has on the project itself, and remembers them.

use super::shared::{Shared, last_owner};
use crate::google_cloud::operation as op;
use crate::rest::{already, step, told};
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.remove_roles",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Principal("google", &["*@*", "principal://*"]),
    summary: "takes every role that a principal has on the project itself and remembers them",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(420),
    leaves: "roles by groups, folders, the organisation and single resources, and signing in",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::GET_POLICY],
    write: op::SET_POLICY,
    restore: None,
    delivery: None,
    traps: &[
        "a policy is written whole: it carries the mark with which it was read, and who was faster is answered 409 and read anew",
        "without version 3 conditions are lost: it is asked for, and sent back",
        "the last owner of the project is refused",
        "two minutes are usual until it holds, seven and more happen",
        "what a group gives is left alone and takes hours to follow when it is taken",
    ],
    source: "https://cloud.google.com/iam/docs/access-change-propagation",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveRoles {
    /// The project and the configuration.
    pub shared: Arc<Shared>,
}

const ROLES: &str = "roles";

/// One role, with the condition under which it is had.
type Had = (String, Option<Value>);

fn state(had: &[Had]) -> Snapshot {
    Snapshot::of([(ROLES, serde_json::to_string(had).unwrap_or_default())])
}

fn had_by(of: &Snapshot) -> Result<Vec<Had>, CallError> {
    let text = of.get(ROLES).unwrap_or("[]");
    let invalid = |_| CallError::Invalid { why: format!("`{text}` are no roles") };
    serde_json::from_str(text).map_err(invalid)
}

fn is(member: &Value, name: &str) -> bool {
    member.as_str().is_some_and(|it| it.eq_ignore_ascii_case(name))
}

fn bindings(policy: &Value) -> impl Iterator<Item = &Value> {
    policy.get("bindings").and_then(Value::as_array).into_iter().flatten()
}

fn role(binding: &Value) -> Had {
    let name = binding.get("role").and_then(Value::as_str).unwrap_or_default();
    (name.to_owned(), binding.get("condition").cloned())
}

/// The roles of a member, in an order that does not depend on the policy's.
fn of_member(policy: &Value, member: &str) -> Vec<Had> {
    let has = |it: &&Value| {
        let members = it.get("members").and_then(Value::as_array).into_iter().flatten();
        members.into_iter().any(|it| is(it, member))
    };
    let mut had: Vec<Had> = bindings(policy).filter(has).map(role).collect();
    had.sort_by_key(|it| (it.0.clone(), it.1.as_ref().map(Value::to_string)));
    had
}

/// The same policy, in which the member has these roles and no others.
fn changed(mut policy: Value, member: &str, wanted: &[Had]) -> Value {
    let mut all: Vec<Value> = bindings(&policy).cloned().collect();
    let mut left: Vec<Had> = wanted.to_vec();
    for binding in &mut all {
        let this = role(binding);
        let wants = left.iter().position(|it| *it == this);
        let members = binding.get_mut("members").and_then(Value::as_array_mut);
        let Some(members) = members else { continue };
        members.retain(|it| !is(it, member));
        if let Some(at) = wants {
            left.swap_remove(at);
            members.push(member.into());
        }
    }
    all.retain(|it| it.get("members").and_then(Value::as_array).is_some_and(|it| !it.is_empty()));
    for (role, condition) in left {
        let mut binding = json!({ "role": role, "members": [member] });
        if let (Some(condition), Some(binding)) = (condition, binding.as_object_mut()) {
            binding.insert("condition".to_owned(), condition);
        }
        all.push(binding);
    }
    if let Some(policy) = policy.as_object_mut() {
        policy.insert("version".to_owned(), 3.into());
        policy.insert("bindings".to_owned(), Value::Array(all));
    }
    policy
}

impl RemoveRoles {
    async fn seen(&self, cx: &ReadCx<'_>, step: &Step) -> Result<(String, Value), CallError> {
        let pass = cx.read(op::GET_POLICY)?;
        let member = self.shared.subject(&step.target).await?.member();
        Ok((member, self.shared.server.policy(pass).await?))
    }
}

#[async_trait::async_trait]
impl Action for RemoveRoles {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let pass = cx.read(op::GET_POLICY)?;
        let subject = self.shared.subject(&intent.target).await?;
        let (member, policy) = (subject.member(), self.shared.server.policy(pass).await?);
        let (name, project) = (subject.name(), &self.shared.config.project);
        if last_owner(&policy, &member) {
            let why =
                format!("`{name}` is the last owner of `{project}`: make somebody else one first");
            return Err(CallError::Unsupported { why });
        }
        let had = of_member(&policy, &member);
        let summary = format!("take {} roles of `{name}` on `{project}`", had.len());
        Ok(step(&self.shared.of(), &SPEC, id, intent, (state(&had), state(&[])), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (member, policy) = self.seen(cx.reading(), step).await?;
        if already(step, &state(&of_member(&policy, &member)))? {
            return Ok(Receipt::default());
        }
        let policy = changed(policy, &member, &had_by(&step.after)?);
        self.shared.server.set_policy(cx.write(op::SET_POLICY)?, policy).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.seen(cx, step).await;
        let seen = seen.map(|(member, policy)| (state(&of_member(&policy, &member)), Vec::new()));
        told(&SPEC, step, seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_taken_out_and_put_back_and_nothing_else_is_touched() {
        let condition = json!({ "title": "in hours", "expression": "true" });
        let policy = json!({
            "version": 1, "etag": "m1",
            "auditConfigs": [{ "service": "allServices" }],
            "bindings": [
                { "role": "roles/editor", "members": ["user:ann@x.org", "user:Svc@x.org"] },
                { "role": "roles/viewer", "members": ["user:svc@x.org"], "condition": condition },
                { "role": "roles/viewer", "members": ["user:ann@x.org"] },
            ],
        });
        let had = of_member(&policy, "user:svc@x.org");
        assert_eq!(had.len(), 2);
        let without = changed(policy.clone(), "user:svc@x.org", &[]);
        assert_eq!(of_member(&without, "user:svc@x.org"), []);
        assert_eq!(of_member(&without, "user:ann@x.org"), of_member(&policy, "user:ann@x.org"));
        assert_eq!(without["etag"], "m1");
        assert_eq!(without["auditConfigs"], policy["auditConfigs"]);
        let back = changed(without, "user:svc@x.org", &had);
        assert_eq!(of_member(&back, "user:svc@x.org"), had);
        assert_eq!(bindings(&back).count(), 3);
    }
}
