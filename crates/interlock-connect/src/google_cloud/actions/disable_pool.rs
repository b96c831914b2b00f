//! Disables the workload identity pool that a federated identity comes from.

use super::shared::Shared;
use super::switch::Switched;
use crate::google_cloud::{operation as op, subject};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.disable_pool",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: TargetKind::Principal(
        "google",
        &["principal://iam.googleapis.com/projects/*/locations/*/workloadIdentityPools/*"],
    ),
    summary: "disables the workload identity pool that a federated identity comes from",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(300),
    leaves: "access tokens of service accounts that were got by its tokens before",
    leaves_at_most: Some(Duration::from_secs(12 * 3_600)),
    beyond: &[],
    reads: &[op::GET_POOL],
    write: op::UPDATE_POOL,
    restore: None,
    delivery: None,
    traps: &[
        "everybody of the pool is cut off, not this identity alone: a policy cannot name it without its roles",
        "existing tokens of the pool are refused while it is disabled, and grant access again when it is enabled: wait an hour before that",
        "the change is an operation of its own at Google, whose end is read back and not waited for",
    ],
    source: "https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers; https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools",
};

/// A pool.
#[derive(Debug)]
pub(crate) struct Pool;

fn named(target: &Target) -> Result<[&str; 3], CallError> {
    let name = &target.principal().name;
    subject::pool(name).ok_or_else(|| CallError::Unsupported {
        why: format!("`{name}` comes from no workload identity pool"),
    })
}

#[async_trait::async_trait]
impl Switched for Pool {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::GET_POOL)?;
        Ok(shared.server.pool(pass, named(target)?).await?.disabled)
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
        shared.server.disable_pool(pass, named(target)?, off).await
    }

    fn summary(&self, target: &Target) -> String {
        let pool = named(target).map(|[_, _, pool]| pool).unwrap_or_default();
        format!("disable workload identity pool `{pool}` and everybody who comes from it")
    }
}
