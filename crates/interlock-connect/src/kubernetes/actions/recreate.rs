//! Deletes a service account and makes it anew, so that every token of it is void.

use super::shared::{Shared, at_clouds, drifted, holds, kept_by, unread};
use crate::kubernetes::cluster::{Listed, OF_ACCOUNT};
use crate::kubernetes::object::{Account, Meta, items, text};
use crate::kubernetes::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What the new account is marked with: the UID of the old one, and the step that replaced it.
const REPLACES: &str = "interlock/replaces";
const STEP: &str = "interlock/step";

const WHY_FINAL: &str = "tokens are of an account by its UID, which cannot be given again";
const SETTLE: Duration = Duration::from_secs(15);
const STOPS: Stops = Stops { new: false, refresh: true, live: true };
const LEAVES: &str = "pods of the account stay without a good token until they start again, and then get one of the new account; and connections that were opened before (exec, port-forward, watch)";
const TRAPS: &[&str] = &[
    "two calls: one that breaks off in between leaves no account, and is gone on with from what the plan keeps of it",
    "pods that run as the account fail at the API server until they start again: restart them after this",
    "rights are given by name, so the new account has the same: quarantine takes them",
    "labels, annotations and pull secrets are kept; token secrets of the old account go with it",
    "an account that somebody else made anew in between is a new one too, and is left alone",
];
const SOURCE: &str = "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#token-controller";

pub(crate) static ACCOUNT: ActionSpec = ActionSpec {
    name: "kubernetes.recreate_service_account",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("kubernetes", &["system:serviceaccount:*:*"]),
    summary: "makes a service account anew, which voids every token of it",
    reversal: ReversalSpec::Final { why: WHY_FINAL },
    stops: STOPS,
    settle: SETTLE,
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::LIST_SECRETS, op::WHO_AM_I],
    write: op::REPLACE_ACCOUNT,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: SOURCE,
};

pub(crate) static TOKEN: ActionSpec = ActionSpec {
    name: "kubernetes.replace_tokens",
    kind: ActionKind::RotateCredential,
    role: Role::Whole,
    target: TargetKind::Credential("kubernetes", CredentialKind::Token),
    summary: "voids every token of a token's service account, whose pods get new ones: no token is voided by its own id",
    reversal: ReversalSpec::Final { why: WHY_FINAL },
    stops: STOPS,
    settle: SETTLE,
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_ACCOUNT, op::LIST_SECRETS, op::WHO_AM_I],
    write: op::REPLACE_ACCOUNT,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct Recreate {
    /// The cluster and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub spec: &'static ActionSpec,
}

/// The state once the account of this UID is no more.
fn replaced(uid: &str) -> Snapshot {
    Snapshot::of([("account", format!("another than {uid}"))])
}

/// What has to be there again, in the form of a new account.
fn manifest(account: &Account, token_secrets: &[String]) -> Value {
    let whole = &account.whole;
    let of_meta = |key: &str| whole.pointer(&format!("/metadata/{key}")).cloned();
    let mut meta = Map::new();
    meta.insert("name".to_owned(), json!(account.meta.name));
    meta.insert("namespace".to_owned(), json!(account.meta.namespace));
    for key in ["labels", "annotations", "ownerReferences", "finalizers"] {
        if let Some(value) = of_meta(key) {
            meta.insert(key.to_owned(), value);
        }
    }
    let mut new = Map::new();
    new.insert("apiVersion".to_owned(), json!("v1"));
    new.insert("kind".to_owned(), json!("ServiceAccount"));
    new.insert("metadata".to_owned(), Value::Object(meta));
    for key in ["imagePullSecrets", "automountServiceAccountToken"] {
        if let Some(value) = whole.get(key) {
            new.insert(key.to_owned(), value.clone());
        }
    }
    // Secrets with tokens of the old account go with it; others it may still mount.
    let secrets: Vec<Value> = items(whole, "secrets")
        .into_iter()
        .filter(|it| text(it, "name").is_none_or(|name| !token_secrets.contains(&name)))
        .collect();
    if !secrets.is_empty() {
        new.insert("secrets".to_owned(), Value::Array(secrets));
    }
    Value::Object(new)
}

impl Recreate {
    async fn state(&self, cx: &ReadCx<'_>, account: &Account) -> Result<Snapshot, CallError> {
        let pass = cx.read(op::LIST_SECRETS)?;
        let secrets = self.shared.cluster.all(&pass, Listed::TokenSecrets).await?;
        let of_account = |it: &Meta| {
            it.namespace == account.meta.namespace
                && it.annotations.get(OF_ACCOUNT) == Some(&account.meta.name)
        };
        let secrets = secrets.iter().filter_map(Meta::read).filter(of_account).map(|it| it.name);
        let manifest = manifest(account, &secrets.collect::<Vec<_>>()).to_string();
        Ok(Snapshot::of([("account", account.meta.uid.clone()), ("manifest", manifest)]))
    }

    /// The state as this step sees it.
    async fn seen(
        &self,
        cx: &ReadCx<'_>,
        step: &Step,
        account: Option<&Account>,
    ) -> Result<Snapshot, CallError> {
        let Some(account) = account else { return Ok(Snapshot::default()) };
        let old = step.before.get("account").unwrap_or_default();
        if step.before == step.after || account.meta.uid != old {
            return Ok(step.after.clone());
        }
        self.state(cx, account).await
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let (namespace, name) = self.shared.named(cx, &step.target).await?;
        let account = self.shared.account(cx, &namespace, &name).await?;
        let seen = self.seen(cx, step, account.as_ref()).await?;
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let keeper = account.as_ref().and_then(|it| it.meta.keeper());
        let mut more = at_clouds(account.as_ref());
        more.extend(kept_by(&format!("`{namespace}/{name}`"), keeper));
        Ok(holds(self.spec, step, more))
    }
}

#[async_trait::async_trait]
impl Action for Recreate {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (namespace, name) = self.shared.named(cx, &intent.target).await?;
        let account = self.shared.account(cx, &namespace, &name).await?;
        let missing =
            || CallError::NotFound { what: format!("service account `{namespace}/{name}`") };
        let account = account.ok_or_else(missing)?;
        let note = |key: &str| account.meta.annotations.get(key).map(String::as_str);
        if let (Some(old), true) = (note(REPLACES), note(STEP) == Some(id.as_str())) {
            let held = (replaced(old), replaced(old));
            let summary = format!("`{namespace}/{name}` is made anew");
            return Ok(self.shared.step(self.spec, id, intent, held, summary));
        }
        let after = replaced(&account.meta.uid);
        let states = (self.state(cx, &account).await?, after);
        let summary = format!("make `{namespace}/{name}` anew, which voids every token of it");
        Ok(self.shared.step(self.spec, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (namespace, name) = self.shared.named(cx.reading(), &step.target).await?;
        let account = self.shared.account(cx.reading(), &namespace, &name).await?;
        let seen = self.seen(cx.reading(), step, account.as_ref()).await?;
        if seen == step.after {
            return Ok(Receipt::default());
        }
        // None at all lies between: the first of the two calls went through.
        if seen != step.before && account.is_some() {
            return Err(drifted(step, seen));
        }
        let kept = step.before.get("manifest").and_then(|it| serde_json::from_str(it).ok());
        let invalid = || CallError::Invalid { why: format!("step `{}` keeps no account", step.id) };
        let mut new: Value = kept.ok_or_else(invalid)?;
        let old = step.before.get("account").unwrap_or_default();
        if let Some(meta) = new.get_mut("metadata").and_then(Value::as_object_mut) {
            let notes = meta.entry("annotations").or_insert_with(|| json!({}));
            if let Some(notes) = notes.as_object_mut() {
                notes.insert(REPLACES.to_owned(), json!(old));
                notes.insert(STEP.to_owned(), json!(step.id.as_str()));
            }
        }
        let pass = cx.write(op::REPLACE_ACCOUNT)?;
        let meta = account.as_ref().map(|it| &it.meta);
        self.shared.cluster.replace_account(pass, meta, &namespace, new).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(&error))
    }
}
