//! Deletes what a token hangs on: the pod that it is bound to, or the secret that holds it.

use super::shared::{Shared, at_clouds, drifted, holds, unread};
use crate::kubernetes::cluster::OF_ACCOUNT;
use crate::kubernetes::object::Meta;
use crate::kubernetes::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Residual, Snapshot, Step, StepId,
    Stops, Target, Timestamp,
};
use std::sync::Arc;
use std::time::Duration;

/// How long the API server takes a token after the pod that it is bound to had to be gone.
const AFTER_DELETION: i64 = 60;
/// A pod is given thirty seconds to end by itself, unless it says otherwise.
const GRACE: Duration = Duration::from_secs(45);

pub(crate) static POD: ActionSpec = ActionSpec {
    name: "kubernetes.delete_bound_pod",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("kubernetes", CredentialKind::Token, &["pod/*/*"]),
    summary: "deletes a pod, and with it the tokens that are bound to it",
    reversal: ReversalSpec::Final {
        why: "a pod that was deleted does not come back; what controls it starts another",
    },
    stops: Stops { new: false, refresh: true, live: true },
    settle: GRACE,
    leaves: "what controls the pod starts another, which gets a token of the same account; and tokens of the account that are bound to nothing",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_POD, op::READ_ACCOUNT, op::WHO_AM_I],
    write: op::DELETE_POD,
    restore: None,
    delivery: None,
    traps: &[
        "a token is taken for sixty seconds more after its pod had to be gone",
        "whoever got in by a hole in the image gets in again: the new pod runs the same one",
        "only this very pod is deleted (its UID): another of the same name stays",
        "a token in a log is named by its own id, which the API server does not lead back to a pod: name the pod, `kubernetes:token:pod/<namespace>/<pod>`",
        "the pod is asked to end, never killed: two pods of a stateful set could otherwise run at once",
    ],
    source: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens",
};

pub(crate) static SECRET: ActionSpec = ActionSpec {
    name: "kubernetes.delete_token_secret",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("kubernetes", CredentialKind::Token, &["secret/*/*"]),
    summary: "deletes the secret that holds a long-lived token of a service account, which ends the token",
    reversal: ReversalSpec::Final {
        why: "the token is what was stolen, and is kept nowhere; a new secret gets another",
    },
    stops: Stops { new: false, refresh: true, live: true },
    settle: Duration::from_secs(10),
    leaves: "other tokens of the account, and whoever may make such secrets",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LIST_SECRETS, op::READ_ACCOUNT, op::WHO_AM_I],
    write: op::DELETE_SECRET,
    restore: None,
    delivery: None,
    traps: &[
        "only metadata of the secret is asked for: what it holds never leaves the API server",
        "a secret of the same name that was made since is another one (its UID), and stays",
        "whoever uses the secret elsewhere, a pipeline perhaps, has to get another",
    ],
    source: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#delete-token",
};

/// The action.
#[derive(Debug)]
pub(crate) struct Delete {
    /// The cluster and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub spec: &'static ActionSpec,
}

/// What is there of the thing.
struct Seen {
    meta: Option<Meta>,
    controller: Option<String>,
}

impl Seen {
    /// Being deleted is as good as deleted: it cannot be taken back.
    fn state(&self) -> Snapshot {
        let Some(meta) = self.meta.as_ref().filter(|it| it.deleted.is_none()) else {
            return Snapshot::default();
        };
        let mut state = Snapshot::of([("uid", meta.uid.clone())]);
        if let Some(controller) = &self.controller {
            state.0.insert("controller".to_owned(), controller.clone());
        }
        state
    }
}

fn later(from: Timestamp, seconds: i64) -> Option<Timestamp> {
    from.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

impl Delete {
    fn is_pod(&self) -> bool {
        self.spec.write == op::DELETE_POD
    }

    /// What the credential names, which has to be the principal's.
    async fn look(&self, cx: &ReadCx<'_>, target: &Target) -> Result<(String, Seen), CallError> {
        let (namespace, account) = self.shared.named(cx, target).await?;
        let id = target.credential().map(|it| it.id()).unwrap_or_default();
        let sort = if self.is_pod() { "pod" } else { "secret" };
        let mut parts = id.splitn(3, '/');
        let named = match (parts.next(), parts.next(), parts.next()) {
            (Some(it), Some(place), Some(name)) if it == sort && place == namespace => Some(name),
            _ => None,
        };
        let stranger = |why: &str| CallError::Unsupported {
            why: format!("`{id}` {why} service account `{namespace}/{account}`"),
        };
        let name = named.ok_or_else(|| stranger("names nothing in the namespace of"))?;
        let seen = if self.is_pod() {
            let pod = self.shared.cluster.pod(&cx.read(op::READ_POD)?, &namespace, name).await?;
            if pod.as_ref().is_some_and(|it| it.account != account) {
                return Err(stranger("does not run as"));
            }
            if pod.as_ref().is_some_and(|it| it.meta.annotations.contains_key(MIRROR)) {
                return Err(stranger("is kept by its node alone, and has no token of"));
            }
            let controller = pod.as_ref().and_then(|it| it.controller.clone());
            Seen { meta: pod.map(|it| it.meta), controller }
        } else {
            let pass = cx.read(op::LIST_SECRETS)?;
            let meta = self.shared.cluster.token_secret(&pass, &namespace, name).await?;
            let of = meta.as_ref().and_then(|it| it.annotations.get(OF_ACCOUNT));
            if of.is_some_and(|it| *it != account) {
                return Err(stranger("holds no token of"));
            }
            Seen { meta, controller: None }
        };
        Ok((name.to_owned(), seen))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let (_, seen) = self.look(cx, &step.target).await?;
        let state = seen.state();
        // Another of the same name is not the one that was meant.
        if state == step.before && step.before != step.after {
            return Ok(Observation::DoesNotHold { seen: state });
        }
        let (namespace, name) = self.shared.named(cx, &step.target).await?;
        let account = self.shared.account(cx, &namespace, &name).await?;
        let mut more = at_clouds(account.as_ref());
        if self.is_pod() {
            let end = seen.meta.and_then(|it| it.deleted).unwrap_or(cx.now()).max(cx.now());
            more.push(Residual {
                what: "the token itself, which the API server takes a minute longer".to_owned(),
                until: later(end, AFTER_DELETION),
            });
        }
        Ok(holds(self.spec, step, more))
    }
}

/// The mark of a pod that a node runs from a file.
const MIRROR: &str = "kubernetes.io/config.mirror";

#[async_trait::async_trait]
impl Action for Delete {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (name, seen) = self.look(cx, &intent.target).await?;
        let sort = if self.is_pod() { "pod" } else { "token secret" };
        let summary = match (&seen.meta, &seen.controller) {
            (None, _) => format!("{sort} `{name}` is gone"),
            (_, Some(by)) => format!("delete {sort} `{name}`, which {by} starts anew"),
            (_, None) => format!("delete {sort} `{name}`"),
        };
        let states = (seen.state(), Snapshot::default());
        Ok(self.shared.step(self.spec, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (_, seen) = self.look(cx.reading(), &step.target).await?;
        let state = seen.state();
        if state == step.after {
            return Ok(Receipt::default());
        }
        let Some(meta) = seen.meta.filter(|_| state == step.before) else {
            return Err(drifted(step, state));
        };
        let pass = cx.write(self.spec.write)?;
        self.shared.cluster.delete(pass, self.spec.write, &meta).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(&error))
    }
}
