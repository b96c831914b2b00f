//! Takes no certificate of one authority for sessions of roles any more.

use super::roles_anywhere::{Sort, Way};
use super::shared::CHAINED_ROLES;
use crate::operation as op;
use interlock_contain::{ActionSpec, Left, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_trust_anchor",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("aws", CredentialKind::Token, &["trust-anchor/*"]),
    summary: "disables a trust anchor of Roles Anywhere, so that no certificate of that authority gets a session of any role",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions that certificates of the authority got before",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[
        CHAINED_ROLES,
        Left {
            what: "other trust anchors, in this region and others, and whoever else the role's trust policy lets in",
            at_most: None,
        },
    ],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_ROLE,
        op::GET_TRUST_ANCHOR,
        op::LIST_ENTITIES_FOR_POLICY,
        op::GET_GROUP,
        op::LIST_ACCESS_KEYS,
        op::GET_LOGIN_PROFILE,
    ],
    write: op::DISABLE_TRUST_ANCHOR,
    restore: Some(op::ENABLE_TRUST_ANCHOR),
    delivery: None,
    traps: &[
        "every workload with a certificate of the authority is cut off, whatever role it uses: disable the profile where one role is enough",
        "the authority's revocation list ends one certificate alone, and is looked at before a session is given, not after",
        "where the connector itself comes in by this authority, the undo is out of its reach: give it another way",
        "trust anchors are of one region, the one that the connector is configured for",
    ],
    source: "https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_DisableTrustAnchor.html; https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_EnableTrustAnchor.html; https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html",
};

/// Which way into a role it closes.
pub(crate) static WAY: Way = Way { spec: &SPEC, sort: Sort::Anchor };
