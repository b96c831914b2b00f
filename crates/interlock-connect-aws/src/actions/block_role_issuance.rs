//! Stops new sessions of a role: an explicit deny in its trust policy.

use super::shared::CHAINED_ROLES;
use super::trust_policy::{Denial, To};
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.block_role_issuance",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: TargetKind::Principal("aws", &["arn:aws*:iam::*:role/*"]),
    summary: "denies everybody to assume a role",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions of the role that are already open",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[CHAINED_ROLES],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_ROLE,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::UPDATE_ASSUME_ROLE_POLICY,
    restore: None,
    delivery: None,
    traps: &[
        "service-linked roles and roles of IAM Identity Center cannot be changed",
        "a trust policy may have 2,048 characters, 4,096 with a raised quota, white space not counted",
        "every consumer of the role is hit",
        "a principal that was deleted meanwhile stands in the trust policy by its unique id: IAM may refuse the saved document",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
};

/// Whom it denies the role to.
pub(crate) static DENIAL: Denial = Denial { spec: &SPEC, to: To::Everybody };
