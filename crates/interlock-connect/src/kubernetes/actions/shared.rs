//! What every action here starts from: the cluster, the configuration, and the same few questions.

use crate::kubernetes::KubernetesConfig;
use crate::kubernetes::cluster::{Cluster, Own};
use crate::kubernetes::object::{Account, OF_THE_CLUSTER, Who};
use crate::kubernetes::operation as op;
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{
    ActionKind, ActionName, Gate, Intent, Observation, Residual, Snapshot, Step, StepId, Target,
};

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: KubernetesConfig,
    /// The cluster.
    pub cluster: Cluster,
}

impl Shared {
    /// Whom a target names: somebody of the cluster's customers, and not whom the connector acts as.
    pub(crate) async fn who(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(Who, Own), CallError> {
        let principal = target.principal();
        let unsupported = |why: String| Err(CallError::Unsupported { why });
        if &*principal.provider != "kubernetes" || principal.name.is_empty() {
            return unsupported(format!("`{principal}` is nobody of a Kubernetes cluster"));
        }
        let who = Who::read(&principal.name);
        match &who {
            Who::Account { namespace, .. } if self.is_of_the_cluster(namespace) => {
                return unsupported(format!(
                    "namespace `{namespace}` runs the cluster: its accounts are never touched"
                ));
            }
            Who::Named(name) if name.starts_with("system:") => {
                return unsupported(format!("`{name}` is the cluster's own"));
            }
            Who::Account { .. } | Who::Named(_) => {}
        }
        let own = self.cluster.own(&cx.read(op::WHO_AM_I)?).await?;
        let name = who.user();
        if own.name == name || own.groups.contains(&name) {
            let id = &self.config.id;
            return unsupported(format!("connector `{id}` acts as `{name}` itself"));
        }
        Ok((who, own))
    }

    /// The namespace and the name of the service account that a target names.
    pub(crate) async fn named(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(String, String), CallError> {
        match self.who(cx, target).await?.0 {
            Who::Account { namespace, name } => Ok((namespace, name)),
            Who::Named(name) => {
                Err(CallError::Unsupported { why: format!("`{name}` is no service account") })
            }
        }
    }

    /// The service account itself.
    pub(crate) async fn account(
        &self,
        cx: &ReadCx<'_>,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Account>, CallError> {
        self.cluster.account(&cx.read(op::READ_ACCOUNT)?, namespace, name).await
    }

    fn is_of_the_cluster(&self, namespace: &str) -> bool {
        OF_THE_CLUSTER.contains(&namespace)
            || self.config.protected_namespaces.iter().any(|it| it == namespace)
    }

    /// The step from one state to another.
    pub(crate) fn step(
        &self,
        spec: &ActionSpec,
        id: StepId,
        intent: &Intent,
        (before, after): (Snapshot, Snapshot),
        summary: String,
    ) -> Step {
        Step {
            id,
            connector: self.config.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.config.settle.unwrap_or(spec.settle).as_secs(),
            summary,
        }
    }
}

/// What stays alive at clouds, whatever is done in the cluster.
pub(crate) fn at_clouds(account: Option<&Account>) -> Vec<Residual> {
    let clouds = account.map(|it| it.meta.clouds()).unwrap_or_default();
    let line = |it: interlock_model::Principal| Residual {
        what: format!(
            "pods of the account act as `{it}`, and sessions that it gave them go on: contain it there"
        ),
        until: None,
    };
    clouds.into_iter().map(line).collect()
}

/// What may put back what was changed.
pub(crate) fn kept_by(what: &str, keeper: Option<&str>) -> Option<Residual> {
    let what = format!("{} keeps {what} as it is written there, and may put it back", keeper?);
    Some(Residual { what, until: None })
}

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(spec: &ActionSpec, step: &Step, more: Vec<Residual>) -> Observation {
    let mut residual = Vec::new();
    if step.kind != ActionKind::Restore {
        residual.push(Residual { what: spec.leaves.to_owned(), until: None });
        residual.extend(more);
    }
    Observation::Holds { residual, issued: None }
}

/// What is to be said when the state could not be read.
pub(crate) fn unread(error: &CallError) -> Observation {
    Observation::CannotTell { why: error.to_string() }
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}
