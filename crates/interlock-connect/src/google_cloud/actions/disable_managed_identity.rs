//! Disables a managed workload identity: one workload of a pool that Google itself vouches for.

use super::shared::Shared;
use super::switch::Switched;
use crate::google_cloud::subject::Part;
use crate::google_cloud::{operation as op, subject};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, Stops, Target};
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.disable_managed_identity",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal(
        "google",
        &[
            "principal://iam.googleapis.com/projects/*/locations/*/workloadIdentityPools/*/subject/ns/*/sa/*",
        ],
    ),
    summary: "disables a managed workload identity, so that it is given no more credentials",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(300),
    leaves: "certificates and tokens that it was given already",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::GET_MANAGED_IDENTITY],
    write: op::UPDATE_MANAGED_IDENTITY,
    restore: None,
    delivery: None,
    traps: &[
        "existing credentials are accepted until they expire, says Google: take its roles as well",
        "only identities that Google manages go by `ns/<namespace>/sa/<name>`: whoever an issuer elsewhere vouches for has no switch of its own",
        "the change is an operation of its own at Google, whose end is read back and not waited for",
    ],
    source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.namespaces.managedIdentities",
};

/// A managed identity.
#[derive(Debug)]
pub(crate) struct Managed;

fn named(target: &Target) -> Result<Part<'_>, CallError> {
    let name = &target.principal().name;
    subject::managed(name).ok_or_else(|| CallError::Unsupported {
        why: format!("`{name}` is no managed workload identity"),
    })
}

#[async_trait::async_trait]
impl Switched for Managed {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn off(
        &self,
        shared: &Shared,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::GET_MANAGED_IDENTITY)?;
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
        let name = &target.principal().name;
        let short = name.split_once("/subject/").map_or(&**name, |it| it.1);
        format!("disable managed workload identity `{short}`")
    }
}
