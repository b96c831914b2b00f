//! Makes one X.509 certificate inactive with which a user signs requests.

use super::other_credential::{NAME_IS_SENT, STILL_OPEN, Sort};
use crate::client::CredentialSort;
use crate::operation as op;
use interlock_contain::{ActionSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Stops};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.disable_signing_certificate",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("aws", CredentialKind::Certificate),
    summary: "makes an X.509 certificate inactive with which a user signs requests",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    // Each request is signed anew: no session outlives the certificate, but what it asked for does.
    leaves: "what signed requests started already, such as instances",
    leaves_at_most: None,
    beyond: &[STILL_OPEN],
    reads: &[op::GET_CALLER_IDENTITY, op::LIST_SIGNING_CERTIFICATES],
    write: op::UPDATE_SIGNING_CERTIFICATE,
    restore: None,
    delivery: None,
    traps: &[
        NAME_IS_SENT,
        "a user may have two of them, for a change of certificate: it is one of them that is named",
        "AWS does not say when one was last used: nothing tells one that is still needed",
        "certificates of servers and of AWS Certificate Manager are others: they open nothing in IAM",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html; https://docs.aws.amazon.com/IAM/latest/APIReference/API_SigningCertificate.html",
};

/// Which sort it is about.
pub(crate) static SORT: Sort =
    Sort { spec: &SPEC, sort: CredentialSort::SigningCertificate, called: "signing certificate" };
