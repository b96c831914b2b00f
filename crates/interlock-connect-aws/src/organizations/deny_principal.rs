//! Denies one user, role or root user of a member account everything, by name, in a service control policy.

use super::Shared;
use super::operation as op;
use crate::actions::{already, cannot_tell, holds};
use crate::operation::GET_CALLER_IDENTITY;
use crate::service_control::{Denial, LIMIT};
use crate::subject::Subject;
use interlock_contain::{
    Action, ActionSpec, CallError, Left, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, ActionName, Gate, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
    Target,
};
use std::sync::Arc;
use std::time::Duration;

/// How many units may stand above an account before the way to the root is taken for endless.
///
/// Source: "Quotas and service limits for AWS Organizations": five levels of units under a root.
const LEVELS: usize = 10;

/// How principals are named. Sessions of a role carry the role's own ARN under this key.
///
/// Source: "AWS global condition context keys", `aws:PrincipalArn`.
pub(super) const DENIED: Denial = Denial {
    sid: "InterlockDenyPrincipals",
    operator: "ArnEquals",
    key: "aws:PrincipalArn",
    nobody: "arn:aws:iam::000000000000:role/nobody",
};

/// What it declares.
pub(super) static SPEC: ActionSpec = ActionSpec {
    name: "aws_organizations.deny_principal",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal(
        "aws",
        &["arn:aws*:iam::*:role/*", "arn:aws*:iam::*:root", "arn:aws*:iam::*:user/*"],
    ),
    summary: "denies a user, a role with its sessions, or the root user of a member account everything, from outside the account",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(300),
    leaves: "sessions that a user made by `GetFederationToken`, which carry an ARN of their own",
    leaves_at_most: Some(Duration::from_secs(36 * 3600)),
    beyond: &[
        Left {
            what: "sessions of other roles that were assumed by the principal before",
            at_most: Some(Duration::from_secs(12 * 3600)),
        },
        Left {
            what: "what no service control policy denies, such as the work of service-linked roles",
            at_most: None,
        },
    ],
    reads: &[
        op::DESCRIBE_ORGANIZATION,
        op::DESCRIBE_POLICY,
        op::LIST_PARENTS,
        op::LIST_TARGETS,
        GET_CALLER_IDENTITY,
    ],
    write: op::UPDATE_POLICY,
    restore: None,
    delivery: None,
    traps: &[
        "a role is hit with all who use it; a role whose ARN leaves its path out is another role, which is nobody",
        "no service control policy reaches the management account: nothing is aimed there",
        "a policy that is attached nowhere above the account denies nobody: it is not written, and does not count as effect",
        "`:root` names the root user alone, not everybody in the account",
        "Organizations keeps a policy to 5,120 characters: about 60 principals fit beside each other, and one more is refused",
        "AWS gives no mark of a policy's version: of two that write in the same second one may be lost, which the read-back finds; the connector itself writes one at a time",
        "a principal that is deleted and made anew under the same name is denied as well",
    ],
    source: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html; https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html; https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
};

/// The action.
#[derive(Debug)]
pub(super) struct DenyPrincipal {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

/// A principal that a policy can name.
struct Named<'a> {
    arn: &'a str,
    account: String,
    /// Nothing for a root user.
    subject: Option<Subject>,
}

fn denied(is: bool) -> Snapshot {
    Snapshot::of([("denied", is.to_string())])
}

fn unsupported(why: String) -> CallError {
    CallError::Unsupported { why }
}

fn named(target: &Target) -> Result<Named<'_>, CallError> {
    let principal = target.principal();
    let arn: &str = &principal.name;
    // In a condition these stand for others; no name of IAM has them.
    if arn.contains(['*', '?', '$']) {
        return Err(unsupported(format!("`{arn}` names more than one principal")));
    }
    let root = arn.strip_suffix(":root").and_then(|it| it.split_once(":iam::"));
    if let Some((_, account)) = root.filter(|_| *principal.provider == *"aws") {
        return Ok(Named { arn, account: account.to_owned(), subject: None });
    }
    let subject = Subject::of(principal)?;
    Ok(Named { arn, account: subject.account.clone(), subject: Some(subject) })
}

impl DenyPrincipal {
    /// Refuses whom no policy reaches, whom people protect, and ourselves.
    async fn admitted(&self, cx: &ReadCx<'_>, it: &Named<'_>) -> Result<(), CallError> {
        let Named { arn, account, subject } = it;
        let (client, id) = (&self.shared.client, &self.shared.config.id);
        if self.shared.config.protected.iter().any(|it| it == arn) {
            return Err(unsupported(format!(
                "`{arn}` is never contained: `protected` of connector `{id}` names it"
            )));
        }
        let path = subject.as_ref().map_or("/", |it| it.path.as_str());
        if path.starts_with("/aws-service-role/") {
            return Err(unsupported(format!(
                "`{arn}` is a service-linked role, which no service control policy reaches"
            )));
        }
        if path.starts_with("/aws-reserved/") {
            return Err(unsupported(format!(
                "`{arn}` is used by everybody with its permission set: deny the person instead"
            )));
        }
        if client.management(cx.read(op::DESCRIBE_ORGANIZATION)?).await? == *account {
            return Err(unsupported(format!(
                "`{arn}` is of the management account, which no service control policy reaches"
            )));
        }
        let caller = client.caller(cx.read(GET_CALLER_IDENTITY)?).await?;
        let own = subject.as_ref().map_or(caller.arn == *arn, |it| it.is(&caller));
        if own {
            return Err(unsupported(format!("connector `{id}` acts as `{arn}` itself")));
        }
        Ok(())
    }

    /// Whether the policy is attached to the account or to anything above it.
    async fn reaches(&self, cx: &ReadCx<'_>, account: &str) -> Result<bool, CallError> {
        let (client, policy) = (&self.shared.client, &self.shared.config.deny_policy);
        let targets = client.policies().targets(cx.read(op::LIST_TARGETS)?, policy).await?;
        let mut at = account.to_owned();
        for _ in 0..LEVELS {
            if targets.contains(&at) {
                return Ok(true);
            }
            // Nothing is above the root, and its parents are not asked for.
            if at.starts_with("r-") {
                return Ok(false);
            }
            let above = client.parents(cx.read(op::LIST_PARENTS)?, &at).await?;
            let Some(above) = above.into_iter().next() else { return Ok(false) };
            at = above;
        }
        Err(CallError::Invalid { why: format!("the units above account `{account}` do not end") })
    }

    /// The document, and whether it denies this principal.
    async fn look(&self, cx: &ReadCx<'_>, arn: &str) -> Result<(String, bool), CallError> {
        let policy = &self.shared.config.deny_policy;
        let document =
            self.shared.client.policies().policy(cx.read(op::DESCRIBE_POLICY)?, policy).await?;
        let is = DENIED.denies(&document, arn).ok_or_else(|| {
            unsupported(format!("policy `{policy}` cannot be read as a policy document"))
        })?;
        Ok((document, is))
    }

    async fn seen(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Snapshot, CallError> {
        let it = named(&step.target)?;
        let (_, is) = self.look(cx, it.arn).await?;
        // Who is not named needs no policy that reaches it.
        Ok(denied(is && self.reaches(cx, &it.account).await?))
    }
}

#[async_trait::async_trait]
impl Action for DenyPrincipal {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let it = named(&intent.target)?;
        self.admitted(cx, &it).await?;
        let config = &self.shared.config;
        let policy = &config.deny_policy;
        if !self.reaches(cx, &it.account).await? {
            let why = format!(
                "policy `{policy}` is attached neither to account `{}` nor above it and would deny nobody there: attach it to the root of the organisation",
                it.account
            );
            return Err(unsupported(why));
        }
        let (document, is) = self.look(cx, it.arn).await?;
        if DENIED.with(&document, it.arn).is_none() {
            let why = format!(
                "policy `{policy}` would be longer than {LIMIT} characters: take principals out of it first"
            );
            return Err(unsupported(why));
        }
        Ok(Step {
            id,
            connector: config.id.clone(),
            action: ActionName(SPEC.name.into()),
            kind: SPEC.kind,
            target: intent.target.clone(),
            before: denied(is),
            after: denied(true),
            reversal: SPEC.reversal.to_model(),
            gate: Gate::Now,
            stops: SPEC.stops,
            settle_seconds: config.settle.unwrap_or(SPEC.settle).as_secs(),
            summary: format!("deny `{}` everything, by a policy of the organisation", it.arn),
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let it = named(&step.target)?;
        let _turn = self.shared.turn.lock().await;
        let (document, is) = self.look(cx.reading(), it.arn).await?;
        if already(step, &denied(is), PartialEq::eq)? {
            return Ok(Receipt::default());
        }
        let deny = step.after == denied(true);
        let wanted = DENIED.changed(&document, it.arn, deny).ok_or_else(|| CallError::Invalid {
            why: format!("step `{}` finds no policy document", step.id),
        })?;
        let pass = cx.write(op::UPDATE_POLICY)?;
        self.shared
            .client
            .policies()
            .put_policy(pass, &self.shared.config.deny_policy, &wanted)
            .await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.seen(cx, step).await {
            Ok(seen) if seen == step.after => holds(&SPEC, step, cx.now()),
            Ok(seen) => Observation::DoesNotHold { seen },
            // A policy that is gone denies nobody, nor does it where the account left the organisation.
            Err(CallError::NotFound { .. }) if step.after == denied(false) => {
                holds(&SPEC, step, cx.now())
            }
            Err(CallError::NotFound { .. }) => Observation::DoesNotHold { seen: denied(false) },
            Err(error) => cannot_tell(&error),
        }
    }
}
