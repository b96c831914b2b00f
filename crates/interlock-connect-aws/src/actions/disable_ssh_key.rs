//! Makes one public SSH key inactive, with which CodeCommit knows a user.

use super::other_credential::{STILL_OPEN, Sort};
use crate::client::CredentialSort;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_ssh_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("aws", CredentialKind::AccessKey, &[SSH]),
    summary: "makes a public SSH key inactive, with which CodeCommit knows a user",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "a connection that is open already",
    leaves_at_most: None,
    beyond: &[STILL_OPEN],
    reads: &[op::GET_CALLER_IDENTITY, op::LIST_SSH_PUBLIC_KEYS],
    write: op::UPDATE_SSH_PUBLIC_KEY,
    restore: None,
    delivery: None,
    traps: &[
        "the same key pair may stand at other users, accounts and servers: it is this one entry that is made inactive",
        "keys that are pushed to instances by EC2 Instance Connect are others: they stay for 60 s",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_ssh-keys.html",
};

/// How the ids of SSH keys begin, which tells them from access keys.
///
/// Source: "IAM identifiers" (IAM User Guide), unique id prefixes: `APKA`, public key.
pub(crate) const SSH: &str = "APKA*";
/// Access keys, and no SSH keys.
pub(crate) const ACCESS_KEYS: TargetKind =
    TargetKind::CredentialNamed("aws", CredentialKind::AccessKey, &["*", "!APKA*"]);

/// Which sort it is about.
pub(crate) static SORT: Sort =
    Sort { spec: &SPEC, sort: CredentialSort::SshPublicKey, called: "SSH key" };
