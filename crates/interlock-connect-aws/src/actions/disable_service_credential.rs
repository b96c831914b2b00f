//! Makes one credential for a single service inactive: of CodeCommit, Keyspaces, or a key of Bedrock.

use super::other_credential::{NAME_IS_SENT, STILL_OPEN, Sort};
use crate::client::CredentialSort;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_service_credential",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("aws", CredentialKind::Token, &["*", "!*/*"]),
    summary: "makes a credential for a single service inactive, such as a long-term key of Bedrock",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "a connection that is open already",
    leaves_at_most: None,
    beyond: &[STILL_OPEN],
    reads: &[op::GET_CALLER_IDENTITY, op::LIST_SERVICE_CREDENTIALS],
    write: op::UPDATE_SERVICE_CREDENTIAL,
    restore: None,
    delivery: None,
    traps: &[
        NAME_IS_SENT,
        "a user may have two of them for each service: it is one of them that is named",
        "an expired one counts as inactive and is left as it is",
        "keys of Bedrock that are short-term are sessions and no such credentials: deny the older sessions of their user or role",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html; https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
};

/// Which sort it is about.
pub(crate) static SORT: Sort =
    Sort { spec: &SPEC, sort: CredentialSort::ServiceSpecific, called: "credential" };
