//! Disables one key of a service account.

use super::shared::Shared;
use super::switch::Switched;
use crate::google_cloud::{operation as op, subject};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Stops, Target};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.disable_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("google", CredentialKind::AccessKey),
    summary: "disables one key of a service account",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens that were got with the key",
    leaves_at_most: Some(Duration::from_secs(12 * 3_600)),
    beyond: &[],
    reads: &[op::LIST_KEYS],
    write: op::DISABLE_KEY,
    restore: Some(op::ENABLE_KEY),
    delivery: None,
    traps: &[
        "access tokens go on until they are over, an hour as a rule and twelve where an organisation allows it: disable the account to end them",
        "a key that Google itself disabled because it was exposed is enabled by the undo of nobody: only what was enabled before is enabled again",
    ],
    source: "https://cloud.google.com/iam/docs/keys-disable-enable",
};

/// A key.
#[derive(Debug)]
pub(crate) struct Key;

/// Account and number of the key, which is not the connector's own.
pub(crate) async fn named(shared: &Shared, target: &Target) -> Result<(String, String), CallError> {
    let (account, number) = subject::key(target)?;
    shared.refuse_itself(&account).await?;
    Ok((account, number))
}

#[async_trait::async_trait]
impl Switched for Key {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::LIST_KEYS)?;
        let (account, number) = named(shared, target).await?;
        let keys = shared.server.keys(pass, &account).await?;
        let key = keys.into_iter().find(|it| it.number() == number);
        let what = || format!("key `{number}` of `{account}`");
        key.map(|it| it.disabled).ok_or_else(|| CallError::NotFound { what: what() })
    }

    async fn refuse(&self, _: &Shared, _: &ReadCx<'_>, _: &Target) -> Result<(), CallError> {
        Ok(())
    }

    async fn turn(
        &self,
        shared: &Shared,
        pass: WritePass,
        target: &Target,
        off: bool,
    ) -> Result<(), CallError> {
        let (account, number) = named(shared, target).await?;
        shared.server.disable_key(pass, (&account, &number), off).await
    }

    fn summary(&self, target: &Target) -> String {
        let named = subject::key(target).unwrap_or_default();
        format!("disable key `{}` of `{}`", named.1, named.0)
    }
}
