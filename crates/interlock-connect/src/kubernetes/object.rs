//! What the API server keeps, as far as this connector needs it.

use interlock_model::{Principal, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Namespaces whose accounts run the cluster itself.
pub(crate) const OF_THE_CLUSTER: [&str; 3] = ["kube-node-lease", "kube-public", "kube-system"];

/// Whom a principal names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// A service account.
    Account {
        /// Where it is.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// A user or a group: the API server keeps neither, it only knows their names.
    Named(String),
}

impl Who {
    /// Reads a user name as the API server writes it.
    pub(crate) fn read(name: &str) -> Self {
        match name.strip_prefix(SERVICE_ACCOUNT).and_then(|it| it.split_once(':')) {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                Self::Account { namespace: namespace.to_owned(), name: name.to_owned() }
            }
            Some(_) | None => Self::Named(name.to_owned()),
        }
    }

    /// The user name, as the API server writes it.
    pub(crate) fn user(&self) -> String {
        match self {
            Self::Account { namespace, name } => format!("{SERVICE_ACCOUNT}{namespace}:{name}"),
            Self::Named(name) => name.clone(),
        }
    }

    /// The principal.
    pub(crate) fn principal(&self) -> Principal {
        Principal::new("kubernetes", &self.user())
    }

    /// The groups that it is certainly in.
    pub(crate) fn groups(&self) -> Vec<String> {
        match self {
            Self::Account { namespace, .. } => vec![
                "system:authenticated".to_owned(),
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
            ],
            Self::Named(_) => vec!["system:authenticated".to_owned()],
        }
    }

    /// Whether a binding's subject is this one.
    pub(crate) fn is(&self, subject: &Value) -> bool {
        let said = |key: &str| subject.get(key).and_then(Value::as_str);
        let user = || said("name") == Some(&*self.user());
        match (self, said("kind")) {
            (Self::Account { namespace, name }, Some("ServiceAccount")) => {
                said("namespace") == Some(namespace) && said("name") == Some(name)
            }
            (_, Some("User")) | (Self::Named(_), Some("Group")) => user(),
            (_, _) => false,
        }
    }
}

/// What every object says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    /// Its namespace; empty where there is none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its own id, another one each time it is made.
    pub uid: String,
    /// The version that was read.
    pub version: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it is to be gone, once it is being deleted.
    pub deleted: Option<Timestamp>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

pub(crate) fn text(of: &Value, key: &str) -> Option<String> {
    of.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn words(of: &Value, key: &str) -> BTreeMap<String, String> {
    let map = of.get(key).and_then(Value::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The items of a list.
pub(crate) fn items(list: &Value, key: &str) -> Vec<Value> {
    list.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

impl Meta {
    /// Reads an object's metadata; `None` when it is no object.
    pub(crate) fn read(of: &Value) -> Option<Self> {
        let meta = of.get("metadata")?;
        let moment = |key: &str| meta.get(key).and_then(Value::as_str)?.parse().ok();
        Some(Self {
            namespace: text(meta, "namespace").unwrap_or_default(),
            name: text(meta, "name")?,
            uid: text(meta, "uid")?,
            version: text(meta, "resourceVersion").unwrap_or_default(),
            created: moment("creationTimestamp"),
            deleted: moment("deletionTimestamp"),
            labels: words(meta, "labels"),
            annotations: words(meta, "annotations"),
        })
    }

    /// What keeps the object as it is written elsewhere, and so may put back what is changed here.
    pub(crate) fn keeper(&self) -> Option<&'static str> {
        let label = |key: &str| self.labels.contains_key(key);
        let note = |key: &str| self.annotations.contains_key(key);
        let argo = "argocd.argoproj.io/tracking-id";
        if note(argo) || label("argocd.argoproj.io/instance") {
            Some("Argo CD")
        } else if label("kustomize.toolkit.fluxcd.io/name") || label("helm.toolkit.fluxcd.io/name")
        {
            Some("Flux")
        } else if self.labels.get("app.kubernetes.io/managed-by").is_some_and(|it| it == "Helm") {
            Some("Helm")
        } else {
            None
        }
    }

    /// The accounts of clouds that pods of this service account act as, by their annotations.
    pub(crate) fn clouds(&self) -> Vec<Principal> {
        let of = |provider: &str, key: &str, lower: bool| {
            let value = self.annotations.get(key).filter(|it| !it.is_empty())?;
            let value = if lower { value.to_lowercase() } else { value.clone() };
            Some(Principal::new(provider, &value))
        };
        [
            of("aws", "eks.amazonaws.com/role-arn", false),
            of("google", "iam.gke.io/gcp-service-account", true),
            of("entra", "azure.workload.identity/client-id", true),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A service account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    /// Its metadata.
    pub meta: Meta,
    /// All of it.
    pub whole: Value,
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pod {
    /// Its metadata.
    pub meta: Meta,
    /// The service account that it runs as.
    pub account: String,
    /// What starts it anew: `ReplicaSet web-5d9c`.
    pub controller: Option<String>,
    /// What runs in it.
    pub images: Vec<String>,
}

impl Pod {
    pub(crate) fn read(of: &Value) -> Option<Self> {
        let meta = Meta::read(of)?;
        let spec = of.get("spec").unwrap_or(&Value::Null);
        let owners = of.get("metadata").map(|it| items(it, "ownerReferences")).unwrap_or_default();
        let owner = owners.iter().find(|it| it.get("controller") == Some(&Value::Bool(true)));
        let controller = owner.and_then(|it| Some((text(it, "kind")?, text(it, "name")?)));
        Some(Self {
            account: text(spec, "serviceAccountName").unwrap_or_else(|| "default".to_owned()),
            controller: controller.map(|(kind, name)| format!("{kind} {name}")),
            images: items(spec, "containers").iter().filter_map(|it| text(it, "image")).collect(),
            meta,
        })
    }

    /// What deploys it, as people name it: a set of replicas belongs to the deployment of its name.
    pub(crate) fn workload(&self) -> Option<String> {
        let (kind, name) = self.controller.as_deref()?.split_once(' ')?;
        let hash = self.meta.labels.get("pod-template-hash").map(|it| format!("-{it}"));
        let deployment = hash.and_then(|it| name.strip_suffix(&it));
        let (kind, name) = match (kind, deployment) {
            ("ReplicaSet", Some(name)) => ("deployment".to_owned(), name),
            (kind, _) => (kind.to_lowercase(), name),
        };
        Some(format!("{kind}/{}/{name}", self.meta.namespace))
    }
}

/// A binding of a role, in one namespace or in all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binding {
    /// Its metadata.
    pub meta: Meta,
    /// The kind of its role: `Role` or `ClusterRole`.
    pub role_kind: String,
    /// The name of its role.
    pub role: String,
    /// Whom it gives the role, as it stands there.
    pub subjects: Vec<Value>,
}

impl Binding {
    pub(crate) fn read(of: &Value) -> Option<Self> {
        let role = of.get("roleRef")?;
        Some(Self {
            meta: Meta::read(of)?,
            role_kind: text(role, "kind")?,
            role: text(role, "name")?,
            subjects: items(of, "subjects"),
        })
    }

    /// Its name among all bindings: `clusterrolebindings/x` or `rolebindings/ns/x`.
    pub(crate) fn key(&self) -> String {
        match (&*self.meta.namespace, &self.meta.name) {
            ("", name) => format!("clusterrolebindings/{name}"),
            (namespace, name) => format!("rolebindings/{namespace}/{name}"),
        }
    }

    /// Whether the cluster itself keeps it.
    pub(crate) fn of_the_cluster(&self) -> bool {
        let marked = self.meta.labels.get("kubernetes.io/bootstrapping");
        self.meta.name.starts_with("system:") || marked.is_some_and(|it| it == "rbac-defaults")
    }

    /// Whether it gives everything everywhere.
    pub(crate) fn is_admin(&self) -> bool {
        self.meta.namespace.is_empty() && self.role == "cluster-admin"
    }

    /// The most powerful first.
    pub(crate) fn rank(&self) -> (u8, String) {
        let everywhere = self.meta.namespace.is_empty();
        let rank = match (everywhere, self.role.as_str()) {
            (true, "cluster-admin") => 0,
            (true, _) => 1,
            (false, "cluster-admin") => 2,
            (false, "admin") => 3,
            (false, "edit") => 4,
            (false, _) => 5,
        };
        (rank, self.key())
    }

    /// In words: `role cluster-admin by clusterrolebindings/x`.
    pub(crate) fn words(&self) -> String {
        format!("role `{}` by `{}`", self.role, self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whom_a_subject_is() {
        let account = Who::read("system:serviceaccount:shop:web");
        let ann = Who::read("ann@example.com");
        for (subject, of_account, of_ann) in [
            (json!({"kind": "ServiceAccount", "namespace": "shop", "name": "web"}), true, false),
            (json!({"kind": "ServiceAccount", "namespace": "other", "name": "web"}), false, false),
            (json!({"kind": "User", "name": "system:serviceaccount:shop:web"}), true, false),
            (json!({"kind": "User", "name": "ann@example.com"}), false, true),
            (json!({"kind": "Group", "name": "ann@example.com"}), false, true),
            (json!({"kind": "Group", "name": "system:serviceaccount:shop:web"}), false, false),
            (json!({}), false, false),
        ] {
            assert_eq!((account.is(&subject), ann.is(&subject)), (of_account, of_ann), "{subject}");
        }
        assert_eq!(
            Who::read("system:serviceaccount:shop"),
            Who::Named("system:serviceaccount:shop".into())
        );
    }

    #[test]
    fn what_deploys_a_pod() {
        let pod = |kind: &str, name: &str| {
            let pod = Pod::read(&json!({
                "metadata": {
                    "name": "web-1", "namespace": "shop", "uid": "1",
                    "labels": {"pod-template-hash": "5d9c"},
                    "ownerReferences": [{"controller": true, "kind": kind, "name": name}],
                },
                "spec": {},
            }));
            pod.unwrap().workload().unwrap()
        };
        assert_eq!(pod("ReplicaSet", "web-5d9c"), "deployment/shop/web");
        assert_eq!(pod("StatefulSet", "db"), "statefulset/shop/db");
        assert_eq!(pod("ReplicaSet", "bare"), "replicaset/shop/bare");
    }
}
