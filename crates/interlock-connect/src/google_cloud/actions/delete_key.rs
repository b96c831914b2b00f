//! Deletes one key of a service account.

use super::disable_key::named;
use super::shared::Shared;
use crate::google_cloud::{operation as op, subject};
use crate::rest::{Listed, Of};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Stops, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.delete_key",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("google", CredentialKind::AccessKey),
    summary: "deletes one key of a service account",
    reversal: ReversalSpec::Final { why: "Google does not give a deleted key back" },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens that were got with the key",
    leaves_at_most: Some(Duration::from_secs(12 * 3_600)),
    beyond: &[],
    reads: &[op::LIST_KEYS],
    write: op::DELETE_KEY,
    restore: None,
    delivery: None,
    traps: &[
        "deleting does not end access tokens that were got with the key: disable the account to end them",
        "a key is gone when the list of its account does not have it; that the list may not be seen is never taken for that",
    ],
    source: "https://cloud.google.com/iam/docs/keys-create-delete#deleting",
};

/// A key.
#[derive(Debug)]
pub(crate) struct OneKey;

#[async_trait::async_trait]
impl Listed for OneKey {
    type Shared = Shared;
    type Id = String;

    fn of(shared: &Shared) -> Of<'_> {
        shared.of()
    }

    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn there(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<BTreeSet<String>, CallError> {
        let pass = cx.read(op::LIST_KEYS)?;
        let (account, number) = named(shared, target).await?;
        let keys = shared.server.keys(pass, &account).await?;
        let is = keys.iter().any(|it| it.number() == number);
        Ok(is.then_some(number).into_iter().collect())
    }

    async fn end(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        _: &BTreeSet<String>,
    ) -> Result<(), CallError> {
        let (account, number) = named(shared, target).await?;
        shared.server.delete_key(pass, (&account, &number)).await
    }

    fn summary(&self, target: &Target, count: usize) -> String {
        let (account, number) = subject::key(target).unwrap_or_default();
        match count {
            0 => format!("`{account}` has no key `{number}`"),
            _ => format!("delete key `{number}` of `{account}`"),
        }
    }
}
