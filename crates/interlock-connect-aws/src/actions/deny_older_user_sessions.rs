//! Denies everything to the sessions of a user that were issued until now.

use super::inline_policy::{Of, Policy, Wanted};
use super::shared::ASSUMED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.deny_older_user_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("aws", &["arn:aws*:iam::*:user/*"]),
    summary: "denies everything to sessions of a user issued until now",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(60),
    leaves: "the access keys of the user, which carry no issue time, and sessions issued after the plan",
    leaves_at_most: None,
    beyond: &[ASSUMED_ROLES],
    reads: &[op::GET_CALLER_IDENTITY, op::GET_USER, op::GET_USER_POLICY],
    write: op::PUT_USER_POLICY,
    restore: Some(op::DELETE_USER_POLICY),
    delivery: None,
    traps: &[
        "long-lived keys are not touched: disable them first, or they mint new sessions",
        "sessions issued between plan and write are newer than the stamp",
        "the issue time counts whole seconds: the stamp is the second after the plan",
        "roles that the user had already assumed are not touched",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
};

/// Which policy it writes.
pub(crate) static POLICY: Policy = Policy {
    spec: &SPEC,
    name: "InterlockDenyOlderSessions",
    wanted: Wanted::OlderSessions,
    of: Of::User,
};
