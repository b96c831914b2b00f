//! Gives no more sessions of a role to holders of certificates, through one profile of Roles Anywhere.

use super::roles_anywhere::{Sort, Way};
use super::shared::CHAINED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, Left, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_roles_anywhere_profile",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed(
        "aws",
        CredentialKind::Token,
        &["roles-anywhere-profile/*"],
    ),
    summary: "disables a profile of Roles Anywhere, through which whoever has a certificate gets sessions of a role",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions that were given through the profile before",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[
        CHAINED_ROLES,
        Left {
            what: "other profiles that hold the role, in this region and others, and whoever else its trust policy lets in",
            at_most: None,
        },
    ],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_ANYWHERE_PROFILE,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::DISABLE_ANYWHERE_PROFILE,
    restore: Some(op::ENABLE_ANYWHERE_PROFILE),
    delivery: None,
    traps: &[
        "a profile holds up to 250 roles: all of them are had through it no more, and the plan says how many",
        "the certificate stays good for other profiles: only its authority or its revocation list ends it",
        "profiles are of one region, the one that the connector is configured for",
    ],
    source: "https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_DisableProfile.html; https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_EnableProfile.html",
};

/// Which way into a role it closes.
pub(crate) static WAY: Way = Way { spec: &SPEC, sort: Sort::Profile };
