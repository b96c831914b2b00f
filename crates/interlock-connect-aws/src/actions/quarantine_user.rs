//! Denies a user everything, beside whatever its grants say.

use super::inline_policy::{Of, Policy, Wanted};
use super::shared::ASSUMED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.quarantine_user",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("aws", &["arn:aws*:iam::*:user/*"]),
    summary: "denies a user everything by an inline policy",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(60),
    leaves: ASSUMED_ROLES.what,
    leaves_at_most: ASSUMED_ROLES.at_most,
    beyond: &[],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_USER,
        op::GET_USER_POLICY,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::PUT_USER_POLICY,
    restore: Some(op::DELETE_USER_POLICY),
    delivery: None,
    traps: &[
        "somebody who can write IAM removes the policy again: it has to be watched",
        "what was stored under the name before is put back as IAM stored it",
        "all inline policies of a user together may have 2,048 characters",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html",
};

/// Which policy it writes.
pub(crate) static POLICY: Policy =
    Policy { spec: &SPEC, name: "InterlockQuarantine", wanted: Wanted::All, of: Of::User };
