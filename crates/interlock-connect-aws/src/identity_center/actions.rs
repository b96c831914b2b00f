//! What this connector can do.

use super::client::{Assignment, Center};
use super::operation as op;
use super::parts::{Had, Parts, Sort};
use super::{IdentityCenterConfig, check, discover};
use crate::actions::{already, cannot_tell, holds};
use crate::service_control::{Denial, LIMIT};
use interlock_contain::{
    Action, ActionSpec, CallError, ConnectorSpec, Left, ReadCx, ReversalSpec, Role, TargetKind,
    WriteCx, WritePass,
};
use interlock_model::{
    ActionKind, ActionName, Gate, Intent, Observation, Receipt, Residual, Snapshot, Step, StepId,
    Stops, Target, Timestamp,
};
use std::sync::Arc;
use std::time::Duration;

/// People, by the form of their names.
const PEOPLE: TargetKind = TargetKind::Principal("aws", &["identitystore/*/*"]);

/// What no step here ends: roles that such a session assumed do not carry the person any more.
const CHAINED: Left = Left {
    what: "sessions of other roles that were assumed from those of Identity Center",
    at_most: Some(Duration::from_secs(3600)),
};

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "aws_identity_center",
    provider: "aws",
    title: "AWS IAM Identity Center: people, their assignments and groups, and a deny for one of them in the whole organisation",
    outer: "the identity provider behind Identity Center, where the person signs in",
    discovery: Some(&discover::SPEC),
    actions: &[&DENY_USER, &REMOVE_ASSIGNMENTS, &REMOVE_FROM_GROUPS],
};

/// What it declares.
static DENY_USER: ActionSpec = ActionSpec {
    name: "aws_identity_center.deny_user",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: PEOPLE,
    summary: "denies a person everything in every account of the organisation, and nobody else who uses the same roles",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(300),
    leaves: "signing in to the portal; what the person may do in the organisation's management account, in accounts that the policy is not attached to, and in applications of Identity Center that are none of AWS's services",
    leaves_at_most: None,
    beyond: &[CHAINED],
    reads: &[op::DESCRIBE_USER, op::DESCRIBE_POLICY, op::LIST_TARGETS, GET_CALLER_IDENTITY],
    write: op::UPDATE_POLICY,
    restore: None,
    delivery: None,
    traps: &[
        "the person is named by `identitystore:UserId`: `aws:userid` depends on attributes that are synchronised",
        "no service control policy reaches the management account: what the person may do there is taken by its assignments",
        "a policy that is attached nowhere denies nobody: it is not written, and does not count as effect",
        "Organizations keeps a policy to 5,120 characters: about 80 people fit beside each other, and one more is refused",
        "AWS gives no mark of a policy's version: of two that write in the same second one may be lost, which the read-back finds; the connector itself writes one at a time",
    ],
    source: "https://docs.aws.amazon.com/singlesignon/latest/userguide/prereqs-revoking-user-permissions.html; https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html; https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
};

/// What it declares.
static REMOVE_ASSIGNMENTS: ActionSpec = ActionSpec {
    name: "aws_identity_center.remove_assignments",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: PEOPLE,
    summary: "takes every permission set that was assigned to a person itself, in every account, and remembers them",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(120),
    leaves: "sessions of roles that are open already, and what groups of the person were assigned",
    leaves_at_most: None,
    beyond: &[CHAINED],
    reads: &[op::DESCRIBE_USER, op::LIST_ASSIGNMENTS, GET_CALLER_IDENTITY],
    write: op::DELETE_ASSIGNMENT,
    restore: Some(op::CREATE_ASSIGNMENT),
    delivery: None,
    traps: &[
        "AWS only begins to take an assignment when it says yes: it counts when the list no longer has it",
        "the last person of a permission set in an account takes the role in that account along: the undo makes it anew",
        "each is a call of its own: one that breaks off is gone on with, and so is the undo",
        "an open session of a role lives on for up to 12 hours: deny the person for that",
    ],
    source: "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteAccountAssignment.html; https://docs.aws.amazon.com/singlesignon/latest/userguide/authconcept.html",
};

/// What it declares.
static REMOVE_FROM_GROUPS: ActionSpec = ActionSpec {
    name: "aws_identity_center.remove_from_groups",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: PEOPLE,
    summary: "takes a person out of every group and remembers them",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(120),
    leaves: "sessions of roles that are open already, and what was assigned to the person itself",
    leaves_at_most: None,
    beyond: &[CHAINED],
    reads: &[op::DESCRIBE_USER, op::LIST_MEMBERSHIPS, GET_CALLER_IDENTITY],
    write: op::DELETE_MEMBERSHIP,
    restore: Some(op::CREATE_MEMBERSHIP),
    delivery: None,
    traps: &[
        "groups that an identity provider synchronises come back with its next run: take the person out of them there",
        "the undo makes memberships with new ids",
        "each is a call of its own: one that breaks off is gone on with, and so is the undo",
    ],
    source: "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DeleteGroupMembership.html",
};

/// How people are named: by the key that stands for one person, whatever role the person is in.
pub(super) const DENIED: Denial = Denial {
    sid: "InterlockDenyUsers",
    operator: "StringEquals",
    key: "identitystore:UserId",
    nobody: "nobody",
};

pub(super) use crate::operation::GET_CALLER_IDENTITY;

/// The actions, in the order of the spec.
pub(super) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(DenyUser { shared: it() }),
        Box::new(Parts { shared: it(), of: &Assignments }),
        Box::new(Parts { shared: it(), of: &Groups }),
    ]
}

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(super) struct Shared {
    /// The configuration.
    pub config: IdentityCenterConfig,
    /// AWS.
    pub client: Arc<dyn Center>,
    /// One writes the policy at a time: of two that read it before either wrote, one would be lost.
    pub turn: tokio::sync::Mutex<()>,
}

impl Shared {
    /// The id of the person that a target names, when it is one of ours.
    pub(super) fn person(&self, target: &Target) -> Result<String, CallError> {
        let name = &target.principal().name;
        let no = |why: String| CallError::Unsupported { why };
        let named = name.strip_prefix("identitystore/").and_then(|it| it.split_once('/'));
        let Some((store, person)) = named.filter(|it| !it.1.is_empty()) else {
            return Err(no(format!("`{name}` is no person of an identity store")));
        };
        let own = &self.config.identity_store;
        // Some records do not say which store a person is of.
        if store != own && store != "-" {
            let why = format!(
                "`{name}` is of another identity store, connector `{}` reaches `{own}`",
                self.config.id
            );
            return Err(no(why));
        }
        Ok(person.to_owned())
    }

    /// The name of a person who may be contained: nobody who is protected, and not ourselves.
    pub(super) async fn admitted(
        &self,
        cx: &ReadCx<'_>,
        person: &str,
    ) -> Result<String, CallError> {
        let name = self.client.user(cx.read(op::DESCRIBE_USER)?, person).await?;
        let id = &self.config.id;
        let is = |it: &String| it.eq_ignore_ascii_case(&name) || it.eq_ignore_ascii_case(person);
        if self.config.protected.iter().any(is) {
            let why =
                format!("`{name}` is never contained: `protected` of connector `{id}` names it");
            return Err(CallError::Unsupported { why });
        }
        let caller = self.client.caller(cx.read(GET_CALLER_IDENTITY)?).await?;
        if check::acts_as(&caller.arn).is_some_and(|it| it.eq_ignore_ascii_case(&name)) {
            let why = format!("connector `{id}` acts as `{name}` itself");
            return Err(CallError::Unsupported { why });
        }
        Ok(name)
    }
}

/// The step from one state to another.
pub(super) fn step(
    shared: &Shared,
    spec: &ActionSpec,
    id: StepId,
    intent: &Intent,
    (before, after): (Snapshot, Snapshot),
    summary: String,
) -> Step {
    Step {
        id,
        connector: shared.config.id.clone(),
        action: ActionName(spec.name.into()),
        kind: spec.kind,
        target: intent.target.clone(),
        before,
        after,
        reversal: spec.reversal.to_model(),
        gate: Gate::Now,
        stops: spec.stops,
        settle_seconds: shared.config.settle.unwrap_or(spec.settle).as_secs(),
        summary,
    }
}

/// The wanted state is there; this stays alive, and what was seen besides.
pub(super) fn also(
    spec: &ActionSpec,
    step: &Step,
    now: Timestamp,
    besides: Option<String>,
) -> Observation {
    let mut observation = holds(spec, step, now);
    if let Observation::Holds { residual, .. } = &mut observation
        && step.kind != ActionKind::Restore
    {
        residual.extend(besides.map(|what| Residual { what, until: None }));
    }
    observation
}

/// Denies one person everything.
#[derive(Debug)]
struct DenyUser {
    shared: Arc<Shared>,
}

fn denied(is: bool) -> Snapshot {
    Snapshot::of([("denied", is.to_string())])
}

impl DenyUser {
    fn policy(&self) -> Result<&str, CallError> {
        self.shared.config.deny_policy.as_deref().ok_or_else(|| CallError::Unsupported {
            why: format!(
                "connector `{}` names no `deny_policy`, the service control policy that denies people",
                self.shared.config.id
            ),
        })
    }

    /// The document, and whether it denies this person where it is attached to anything.
    async fn look(&self, cx: &ReadCx<'_>, person: &str) -> Result<(String, bool), CallError> {
        let policy = self.policy()?;
        let targets =
            self.shared.client.policies().targets(cx.read(op::LIST_TARGETS)?, policy).await?;
        let document =
            self.shared.client.policies().policy(cx.read(op::DESCRIBE_POLICY)?, policy).await?;
        let names = DENIED.denies(&document, person).ok_or_else(|| CallError::Unsupported {
            why: format!("policy `{policy}` cannot be read as a policy document"),
        })?;
        Ok((document, names && !targets.is_empty()))
    }

    async fn attached(&self, cx: &ReadCx<'_>) -> Result<(), CallError> {
        let policy = self.policy()?;
        let targets =
            self.shared.client.policies().targets(cx.read(op::LIST_TARGETS)?, policy).await?;
        if targets.is_empty() {
            let why = format!(
                "policy `{policy}` is attached nowhere and would deny nobody: attach it to the root of the organisation"
            );
            return Err(CallError::Unsupported { why });
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Action for DenyUser {
    fn spec(&self) -> &'static ActionSpec {
        &DENY_USER
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let person = self.shared.person(&intent.target)?;
        let name = self.shared.admitted(cx, &person).await?;
        self.attached(cx).await?;
        let (document, is) = self.look(cx, &person).await?;
        if DENIED.with(&document, &person).is_none() {
            let why = format!(
                "policy `{}` would be longer than {LIMIT} characters: take people out of it first",
                self.policy()?
            );
            return Err(CallError::Unsupported { why });
        }
        let summary = format!("deny `{name}` everything in the organisation");
        Ok(step(&self.shared, &DENY_USER, id, intent, (denied(is), denied(true)), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let person = self.shared.person(&step.target)?;
        let _turn = self.shared.turn.lock().await;
        let (document, is) = self.look(cx.reading(), &person).await?;
        if already(step, &denied(is), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let deny = step.after == denied(true);
        let wanted = DENIED.changed(&document, &person, deny).ok_or_else(|| {
            CallError::Invalid { why: format!("step `{}` finds no policy document", step.id) }
        })?;
        let pass = cx.write(op::UPDATE_POLICY)?;
        self.shared.client.policies().put_policy(pass, self.policy()?, &wanted).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = match self.shared.person(&step.target) {
            Ok(person) => self.look(cx, &person).await,
            Err(error) => Err(error),
        };
        match seen {
            Ok((_, is)) if denied(is) == step.after => holds(&DENY_USER, step, cx.now()),
            Ok((_, is)) => Observation::DoesNotHold { seen: denied(is) },
            Err(error) => cannot_tell(&error),
        }
    }
}

/// Permission sets in accounts.
#[derive(Debug)]
struct Assignments;

#[async_trait::async_trait]
impl Sort for Assignments {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE_ASSIGNMENTS
    }

    async fn had(&self, shared: &Shared, cx: &ReadCx<'_>, person: &str) -> Result<Had, CallError> {
        let assigned = shared.client.assigned(cx.read(op::LIST_ASSIGNMENTS)?, person).await?;
        let parts = assigned.itself.iter().map(|it| (it.to_string(), it.to_string())).collect();
        let besides = (!assigned.by_groups.is_empty()).then(|| {
            format!("{} assignments that groups of the person have", assigned.by_groups.len())
        });
        Ok(Had { parts, besides })
    }

    async fn take(
        &self,
        shared: &Shared,
        pass: WritePass,
        person: &str,
        these: Vec<(String, String)>,
    ) -> Result<(), CallError> {
        let these = assignments(these.into_iter().map(|it| it.1))?;
        shared.client.take(pass, person, &these).await
    }

    async fn give(
        &self,
        shared: &Shared,
        pass: WritePass,
        person: &str,
        these: Vec<String>,
    ) -> Result<(), CallError> {
        shared.client.give(pass, person, &assignments(these.into_iter())?).await
    }

    fn summary(&self, name: &str, count: usize) -> String {
        format!("take {count} assignments of `{name}`")
    }
}

fn assignments(texts: impl Iterator<Item = String>) -> Result<Vec<Assignment>, CallError> {
    let invalid = |it| CallError::Invalid { why: format!("`{it}` is no assignment") };
    texts.map(|it| it.parse().map_err(invalid)).collect()
}

/// Groups of the identity store.
#[derive(Debug)]
struct Groups;

#[async_trait::async_trait]
impl Sort for Groups {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE_FROM_GROUPS
    }

    async fn had(&self, shared: &Shared, cx: &ReadCx<'_>, person: &str) -> Result<Had, CallError> {
        let parts = shared.client.memberships(cx.read(op::LIST_MEMBERSHIPS)?, person).await?;
        Ok(Had { parts, besides: None })
    }

    async fn take(
        &self,
        shared: &Shared,
        pass: WritePass,
        _: &str,
        these: Vec<(String, String)>,
    ) -> Result<(), CallError> {
        let these: Vec<String> = these.into_iter().map(|it| it.1).collect();
        shared.client.leave(pass, &these).await
    }

    async fn give(
        &self,
        shared: &Shared,
        pass: WritePass,
        person: &str,
        these: Vec<String>,
    ) -> Result<(), CallError> {
        shared.client.join(pass, person, &these).await
    }

    fn summary(&self, name: &str, count: usize) -> String {
        format!("take `{name}` out of {count} groups")
    }
}
