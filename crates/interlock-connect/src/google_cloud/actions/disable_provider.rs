//! Disables one provider of a workload identity pool: one issuer that pipelines come from.

use super::shared::Shared;
use super::switch::Switched;
use crate::google_cloud::subject::Part;
use crate::google_cloud::{operation as op, subject};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Stops, Target};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.disable_provider",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed(
        "google",
        CredentialKind::Token,
        &["projects/*/locations/*/workloadIdentityPools/*/providers/*"],
    ),
    summary: "disables one provider of a workload identity pool, the issuer that pipelines or clusters come from",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(300),
    leaves: "access tokens that were exchanged already, and those of service accounts that were got by them; other providers of the pool",
    leaves_at_most: Some(Duration::from_secs(12 * 3_600)),
    beyond: &[],
    reads: &[op::GET_PROVIDER],
    write: op::UPDATE_PROVIDER,
    restore: None,
    delivery: None,
    traps: &[
        "everybody whom this issuer vouches for is cut off, not this identity alone",
        "existing tokens still grant access, says Google: disabling the whole pool ends those",
        "the change is an operation of its own at Google, whose end is read back and not waited for",
    ],
    source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers",
};

/// A provider.
#[derive(Debug)]
pub(crate) struct Issuer;

fn named(target: &Target) -> Result<Part<'_>, CallError> {
    let id = target.credential().map(interlock_model::CredentialRef::id).unwrap_or_default();
    subject::provider(id).ok_or_else(|| CallError::Unsupported {
        why: format!("`{id}` is no provider of a workload identity pool"),
    })
}

#[async_trait::async_trait]
impl Switched for Issuer {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::GET_PROVIDER)?;
        Ok(shared.server.part_of_pool(pass, &named(target)?).await?.disabled)
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
        shared.server.disable_part_of_pool(pass, &named(target)?, off).await
    }

    fn summary(&self, target: &Target) -> String {
        let id = target.credential().map(interlock_model::CredentialRef::id).unwrap_or_default();
        let [.., pool, _, provider] = *id.split('/').collect::<Vec<_>>() else {
            return format!("disable provider `{id}`");
        };
        format!("disable provider `{provider}` of pool `{pool}` and everybody whom it vouches for")
    }
}
