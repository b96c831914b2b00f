//! Denies a role everything, beside whatever its grants say.

use super::inline_policy::{Of, Policy, Wanted};
use super::shared::CHAINED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.quarantine_role",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("aws", &["arn:aws*:iam::*:role/*"]),
    summary: "denies a role everything by an inline policy",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(60),
    leaves: CHAINED_ROLES.what,
    leaves_at_most: CHAINED_ROLES.at_most,
    beyond: &[],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_ROLE,
        op::GET_ROLE_POLICY,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::PUT_ROLE_POLICY,
    restore: Some(op::DELETE_ROLE_POLICY),
    delivery: None,
    traps: &[
        "every consumer of the role is hit, not one session alone",
        "new sessions are still issued, without rights: to stop that, block issuance too",
        "service-linked roles and roles of IAM Identity Center cannot be changed",
        "somebody who can write IAM removes the policy again: it has to be watched",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html",
};

/// Which policy it writes.
pub(crate) static POLICY: Policy =
    Policy { spec: &SPEC, name: "InterlockQuarantine", wanted: Wanted::All, of: Of::Role };
