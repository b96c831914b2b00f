//! Denies everything to one session of a role, and to no other.

use super::inline_policy::{Of, Policy, Wanted};
use super::shared::CHAINED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, Left, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.deny_role_session",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::CredentialNamed(
        "aws",
        CredentialKind::SessionKey,
        &["session/*/arn:aws*:sts::*:assumed-role/*/*"],
    ),
    summary: "denies everything to one session of a role, by its name and the second in which it was issued",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::from_secs(60),
    leaves: "whoever opened this session may open the next one, until that way in is closed",
    leaves_at_most: None,
    beyond: &[
        CHAINED_ROLES,
        Left {
            what: "the role's other sessions, those that came in the same way among them",
            at_most: Some(Duration::from_secs(12 * 3600)),
        },
    ],
    reads: &[op::GET_CALLER_IDENTITY, op::GET_ROLE, op::GET_ROLE_POLICY],
    write: op::PUT_ROLE_POLICY,
    restore: Some(op::DELETE_ROLE_POLICY),
    delivery: None,
    traps: &[
        "who shares the session is hit as well, such as the instance or job that it was stolen from, until it is given its next one",
        "a session of the same name that was issued within the same second or one beside it is the same to AWS",
        "a role that was deleted and made anew under its name is another role: the denial names it by its own id",
        "the inline policies of a role may have 10,240 characters together: about twenty such denials fit beside each other",
        "service-linked roles and roles of IAM Identity Center cannot be changed",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
};

/// Which policy it writes.
pub(crate) static POLICY: Policy =
    Policy { spec: &SPEC, name: "InterlockDenySession-", wanted: Wanted::OneSession, of: Of::Role };
