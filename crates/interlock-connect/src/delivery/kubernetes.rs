//! A Kubernetes Secret: a merge patch of the very version that was read, and on wish new pods of the
//! workloads that read it only when they start.
//!
//! A Secret keeps no versions: what a delivery displaces is kept in the same Secret under a key of its own,
//! for the same readers, so that an undo can put it back.

use super::{Fields, Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::http::Wire;
use crate::http_json::{Ask, Rest};
use crate::kubernetes::{Kubernetes, KubernetesConfig};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use interlock_contain::{CallError, Check};
use interlock_model::{Operation, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Reads a Secret.
const READ: Operation = Operation("get secrets");
/// Changes a Secret.
const PATCH: Operation = Operation("patch secrets");
/// Reads a workload.
const READ_WORKLOAD: Operation = Operation("get deployments, statefulsets, daemonsets");
/// Gives a workload new pods.
const RESTART: Operation = Operation("patch deployments, statefulsets, daemonsets");
/// Asks what we may do.
const REVIEW: Operation = Operation("create selfsubjectaccessreviews");
const MERGE: &str = "application/merge-patch+json";
/// The annotation that tells a delivery, of a Secret and of a pod template.
const TAG: &str = "interlock/delivery";
/// As kubectl does it.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";
/// The key of what was displaced. As it is no name of a variable, it becomes none.
const FORMER: &str = "interlock-former";

/// Which Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesSecret {
    /// Its namespace.
    pub namespace: String,
    /// Its name, `{name}` standing for the workload.
    pub secret: String,
    /// How its keys are called.
    pub fields: Fields,
    /// The workloads that get new pods, such as `deployments/web`.
    pub restart: Vec<String>,
}

impl KubernetesSecret {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self) -> String {
        format!("secret `{}/{}` of Kubernetes", self.namespace, self.secret)
    }
}

/// Secrets of one cluster.
#[derive(Debug)]
pub struct KubernetesTarget {
    rest: Arc<Rest>,
    secret: KubernetesSecret,
    clock: fn() -> Timestamp,
}

impl KubernetesTarget {
    /// Secrets of the cluster that this configuration speaks to.
    #[must_use]
    pub fn new(
        config: &KubernetesConfig,
        secret: KubernetesSecret,
        clock: fn() -> Timestamp,
    ) -> Self {
        Self { rest: Arc::new(Kubernetes::rest(config)), secret, clock }
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(
        config: &KubernetesConfig,
        secret: KubernetesSecret,
        clock: fn() -> Timestamp,
        wire: Arc<dyn Wire>,
    ) -> Self {
        Self { rest: Arc::new(Kubernetes::rest(config).over(wire)), secret, clock }
    }

    async fn may(&self, verb: &str, group: &str, resource: &str, name: &str) -> Check {
        let namespace = &self.secret.namespace;
        let path = ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"];
        let mut attributes = json!({
            "namespace": namespace, "verb": verb, "group": group, "resource": resource,
        });
        let one = !name.contains("{name}");
        if one && let Some(map) = attributes.as_object_mut() {
            map.insert("name".to_owned(), json!(name));
        }
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        });
        let answer = self.rest.ask(Ask::checking(REVIEW, "POST", &path).body(body)).await;
        let outcome = answer.map_err(|it| it.to_string()).and_then(|it| {
            if it.pointer("/status/allowed") == Some(&Value::Bool(true)) {
                return Ok(());
            }
            let names = if one { format!(", resourceNames: [\"{name}\"]") } else { String::new() };
            Err(format!(
                "add to a role in namespace `{namespace}`: {{apiGroups: [\"{group}\"], resources: [\"{resource}\"]{names}, verbs: [\"get\", \"patch\"]}}"
            ))
        });
        Check::told(format!("{verb} {resource} `{name}` in `{namespace}`"), outcome)
    }
}

#[async_trait::async_trait]
impl Target for KubernetesTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let secret = filled(&self.secret.secret, name)?;
        let (rest, clock) = (Arc::clone(&self.rest), self.clock);
        Ok(Arc::new(Kept { rest, of: KubernetesSecret { secret, ..self.secret.clone() }, clock }))
    }

    async fn check(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for verb in ["get", "patch"] {
            checks.push(self.may(verb, "", "secrets", &self.secret.secret).await);
            for workload in &self.secret.restart {
                let (resource, name) = workload.split_once('/').unwrap_or(("", workload));
                checks.push(self.may(verb, "apps", resource, name).await);
            }
        }
        checks
    }
}

/// One Secret.
#[derive(Debug)]
struct Kept {
    rest: Arc<Rest>,
    of: KubernetesSecret,
    clock: fn() -> Timestamp,
}

/// What a delivery displaced. Its `Debug` is never made.
#[derive(Serialize, Deserialize)]
struct Former {
    content: String,
    key_id: String,
    secret: String,
}

fn text<'a>(of: &'a Value, pointer: &str) -> Option<&'a str> {
    of.pointer(pointer).and_then(Value::as_str)
}

fn annotation<'a>(of: &'a Value, at: &str) -> Option<&'a str> {
    of.pointer(at)?.get(TAG)?.as_str()
}

impl Kept {
    fn path(&self) -> [&str; 6] {
        ["api", "v1", "namespaces", &self.of.namespace, "secrets", &self.of.secret]
    }

    fn workload<'a>(&'a self, workload: &'a str) -> [&'a str; 7] {
        let (resource, name) = workload.split_once('/').unwrap_or(("deployments", workload));
        ["apis", "apps", "v1", "namespaces", &self.of.namespace, resource, name]
    }

    async fn read(&self) -> Result<Value, CallError> {
        match self.rest.ask(Ask::checking(READ, "GET", &self.path())).await {
            Err(CallError::NotFound { .. }) => Err(CallError::Unsupported {
                why: format!(
                    "{} is not there to deliver to: create it and let the workload read it",
                    self.name()
                ),
            }),
            other => other,
        }
    }

    /// One value, which need not be text.
    fn field(whole: &Value, key: &str) -> Option<String> {
        let bytes = BASE64.decode(whole.get("data")?.get(key)?.as_str()?).ok()?;
        String::from_utf8(bytes).ok()
    }

    fn secret(&self, whole: &Value) -> Option<Secret> {
        Self::field(whole, &self.of.fields.secret).map(Secret::new)
    }

    fn standing(&self, whole: &Value) -> Standing {
        let Some(secret) = self.secret(whole) else { return Standing::default() };
        let key = self.of.fields.key_id.as_deref().and_then(|it| Self::field(whole, it));
        let version = text(whole, "/metadata/resourceVersion").unwrap_or_default();
        let tag = annotation(whole, "/metadata/annotations");
        Standing::read(tag, key.as_deref(), &secret, || format!("version-{version}"))
    }

    /// The workloads whose pods were not made since this was delivered.
    async fn behind(&self, mark: &str) -> Result<Vec<&str>, CallError> {
        let mut behind = Vec::new();
        for workload in &self.of.restart {
            let path = self.workload(workload);
            let whole = self.rest.ask(Ask::checking(READ_WORKLOAD, "GET", &path)).await?;
            if annotation(&whole, "/spec/template/metadata/annotations") != Some(mark) {
                behind.push(workload.as_str());
            }
        }
        Ok(behind)
    }

    async fn still(&self, from: Option<&str>) -> Result<Value, CallError> {
        let whole = self.read().await?;
        if self.seen(&whole).await?.content.as_deref() == from {
            return Ok(whole);
        }
        Err(moved(&self.name()))
    }

    /// What stands there; a delivery whose workloads have no new pods yet is not one.
    async fn seen(&self, whole: &Value) -> Result<Standing, CallError> {
        let mut standing = self.standing(whole);
        let tag = annotation(whole, "/metadata/annotations");
        let mark = standing.content.clone().unwrap_or_default();
        let ours = tag.is_some_and(|it| it.split(' ').next() == Some(&mark));
        if ours && !self.behind(&mark).await?.is_empty() {
            standing.content = Some(format!("{mark}, not restarted"));
        }
        Ok(standing)
    }

    async fn write(
        &self,
        _: Leave,
        whole: &Value,
        parcel: &Parcel,
        former: Value,
    ) -> Result<(), CallError> {
        let mut data = Map::new();
        for (key, value) in self.of.fields.of(&parcel.key_id, &parcel.secret) {
            data.insert(key.to_owned(), json!(BASE64.encode(value)));
        }
        data.insert(FORMER.to_owned(), former);
        let body = json!({
            "metadata": {
                "resourceVersion": text(whole, "/metadata/resourceVersion"),
                "annotations": {TAG: parcel.tag()},
            },
            "data": data,
        });
        let path = self.path();
        self.rest.ask(Ask::delivering(PATCH, "PATCH", &path).body_of(MERGE, body)).await?;
        for workload in &self.of.restart {
            let annotations = json!({TAG: parcel.mark, RESTARTED: (self.clock)().to_string()});
            let template = json!({"template": {"metadata": {"annotations": annotations}}});
            let path = self.workload(workload);
            let ask = Ask::delivering(RESTART, "PATCH", &path);
            self.rest.ask(ask.body_of(MERGE, json!({"spec": template}))).await.map_err(|it| {
                // The Secret has the new value: it is not true that nothing changed.
                let why =
                    format!("{} is written, `{workload}` is not restarted: {it}", self.name());
                CallError::OutcomeUnknown { why }
            })?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Place for Kept {
    fn name(&self) -> String {
        self.of.words()
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let whole = self.read().await?;
        self.seen(&whole).await
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(self.secret(&self.read().await?))
    }

    async fn put(
        &self,
        leave: Leave,
        from: Option<&str>,
        parcel: &Parcel,
    ) -> Result<(), CallError> {
        let whole = self.still(from).await?;
        let standing = self.standing(&whole);
        let former = match (self.secret(&whole), standing.content) {
            (Some(secret), Some(content)) => {
                let key_id = standing.key.unwrap_or_default();
                let former = Former { content, key_id, secret: secret.expose().to_owned() };
                // INVARIANT: a struct of three texts serialises without failing.
                json!(BASE64.encode(serde_json::to_vec(&former).unwrap_or_default()))
            }
            _ => Value::Null,
        };
        self.write(leave, &whole, parcel, former).await
    }

    async fn put_back(
        &self,
        leave: Leave,
        from: &str,
        former: Option<&str>,
    ) -> Result<(), CallError> {
        let whole = self.still(Some(from)).await?;
        let kept = Self::field(&whole, FORMER);
        let kept: Option<Former> = kept.and_then(|it| serde_json::from_str(&it).ok());
        let Some(kept) = kept.filter(|it| Some(it.content.as_str()) == former) else {
            return Err(gone(&self.name()));
        };
        let secret = Secret::new(kept.secret);
        let parcel = Parcel { mark: kept.content, key_id: kept.key_id, secret };
        self.write(leave, &whole, &parcel, Value::Null).await
    }
}
