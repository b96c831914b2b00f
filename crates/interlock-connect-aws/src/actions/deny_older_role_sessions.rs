//! Denies everything to the sessions of a role that were issued until now.

use super::inline_policy::{Of, Policy, Wanted};
use super::shared::CHAINED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.deny_older_role_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("aws", &["arn:aws*:iam::*:role/*"]),
    summary: "denies everything to sessions of a role issued until now",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(60),
    leaves: "whoever may assume the role can assume it anew, until issuance is blocked",
    leaves_at_most: None,
    beyond: &[CHAINED_ROLES],
    reads: &[op::GET_CALLER_IDENTITY, op::GET_ROLE, op::GET_ROLE_POLICY],
    write: op::PUT_ROLE_POLICY,
    restore: Some(op::DELETE_ROLE_POLICY),
    delivery: None,
    traps: &[
        "all sessions of the role are hit, not one alone",
        "sessions issued between plan and write are newer than the stamp",
        "the issue time counts whole seconds: the stamp is the second after the plan",
        "service-linked roles and roles of IAM Identity Center cannot be changed",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
};

/// Which policy it writes.
pub(crate) static POLICY: Policy = Policy {
    spec: &SPEC,
    name: "InterlockDenyOlderSessions",
    wanted: Wanted::OlderSessions,
    of: Of::Role,
};
