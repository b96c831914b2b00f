//! Cuts one subject of an OpenID Connect provider off from one role: a workflow of a repository, a
//! service account of a cluster.

use super::shared::CHAINED_ROLES;
use super::trust_policy::{Denial, To};
use crate::operation as op;
use interlock_contain::{ActionSpec, Left, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_web_identity",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("aws", CredentialKind::Token, &["web-identity/*:*"]),
    summary: "denies one subject of an OpenID Connect provider to assume a role, such as the workflow of a repository",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions of the role that are already open",
    leaves_at_most: Some(Duration::from_secs(12 * 3600)),
    beyond: &[
        CHAINED_ROLES,
        Left {
            what: "other roles that trust the same subject, and other subjects that this role trusts",
            at_most: None,
        },
    ],
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
        "whoever can start runs in a repository comes in under the subject of another branch or environment: name the repository, `repo:acme/shop:*`, where the trust is that wide",
        "a role that trusts no such provider is refused: an issuer that is misspelt would be denied in vain",
        "two steps that write the trust policy of one role in one plan: the later is refused as drift",
        "a trust policy may have 2,048 characters, 4,096 with a raised quota, white space not counted",
        "a principal that was deleted meanwhile stands in the trust policy by its unique id: IAM may refuse the saved document",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
};

/// Whom it denies the role to.
pub(crate) static DENIAL: Denial = Denial { spec: &SPEC, to: To::Subject };
