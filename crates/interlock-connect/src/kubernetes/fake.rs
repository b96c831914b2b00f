//! A cluster in memory: objects, versions, preconditions, and who gets what from whom.
//!
//! It keeps to the documented ways of the API server, and to its traps: a version that is over is a
//! conflict, a pod ends later than it is told to, what controls a pod starts another, a deleted account
//! takes its token secrets along, and `default` comes back by itself.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a token secret holds, which must show nowhere.
pub const PLANTED: &str = "planted-service-account-token";
/// The connector's own user.
pub const OWN: &str = "system:serviceaccount:interlock:interlock";
const RBAC: &str = "apis/rbac.authorization.k8s.io/v1";

/// The cluster.
#[derive(Clone)]
pub struct Cluster {
    /// Every object, by its path.
    pub objects: BTreeMap<String, Value>,
    counter: u64,
    /// What the connector may not do, as `verb resource`.
    pub denied: Vec<String>,
    /// Whether pods take their time to end.
    pub lingering: bool,
}

/// The answer of the API server when it does not do what it is asked.
pub fn status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    (code, status)
}

fn text<'v>(of: &'v Value, at: &str) -> &'v str {
    of.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

impl Cluster {
    /// One shop with an account, its pods, its token, and what binds it.
    pub fn small() -> Self {
        let mut it =
            Self { objects: BTreeMap::new(), counter: 100, denied: Vec::new(), lingering: false };
        it.account(
            "shop",
            "web",
            json!({
                "labels": {"app.kubernetes.io/managed-by": "Helm", "team": "payments"},
                "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/web"},
            }),
        );
        it.account("shop", "default", json!({}));
        it.account("interlock", "interlock", json!({}));
        it.pod("shop", "web-5d9c-1", "web", Some("web-5d9c"));
        it.pod("shop", "job", "web", None);
        it.put(
            "api/v1/namespaces/shop/secrets/web-token",
            json!({
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {"namespace": "shop", "name": "web-token",
                    "annotations": {"kubernetes.io/service-account.name": "web"}},
                "type": "kubernetes.io/service-account-token",
                "data": {"token": PLANTED},
            }),
        );
        let rules =
            json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]);
        it.put(
            &format!("{RBAC}/namespaces/shop/roles/reader"),
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                "metadata": {"namespace": "shop", "name": "reader"}, "rules": rules,
            }),
        );
        let all = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
        it.put(&format!("{RBAC}/clusterroles/cluster-admin"), json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "cluster-admin", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
            "rules": all,
        }));
        it.bind(
            "shop",
            "readers",
            ("Role", "reader"),
            json!([user("bob"), account("shop", "web"), user("carol")]),
        );
        it.bind(
            "",
            "cluster-admin",
            ("ClusterRole", "cluster-admin"),
            json!([group("system:masters")]),
        );
        if let Some(binding) =
            it.objects.get_mut(&format!("{RBAC}/clusterrolebindings/cluster-admin"))
        {
            binding["metadata"]["labels"] = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        }
        it.bind("", "admins", ("ClusterRole", "cluster-admin"), json!([user("ann"), user("bob")]));
        it
    }

    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Puts an object there, as a new one.
    pub fn put(&mut self, path: &str, mut object: Value) {
        let (uid, version) = (self.next(), self.next());
        object["metadata"]["uid"] = json!(format!("uid-{uid}"));
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
        self.objects.insert(path.to_owned(), object);
    }

    /// A service account with more metadata.
    pub fn account(&mut self, namespace: &str, name: &str, more: Value) {
        let mut meta = more;
        meta["namespace"] = json!(namespace);
        meta["name"] = json!(name);
        let object = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta,
            "imagePullSecrets": [{"name": "registry"}],
        });
        self.put(&format!("api/v1/namespaces/{namespace}/serviceaccounts/{name}"), object);
    }

    /// A pod, controlled by a set of replicas or by nothing.
    pub fn pod(&mut self, namespace: &str, name: &str, account: &str, set: Option<&str>) {
        let owners: Vec<Value> = set
            .map(|it| json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": it, "uid": "uid-set", "controller": true}))
            .into_iter()
            .collect();
        let object = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": namespace, "name": name,
                "labels": {"pod-template-hash": "5d9c"}, "ownerReferences": owners},
            "spec": {"serviceAccountName": account,
                "containers": [{"name": "main", "image": "registry.example.com/web:1"}]},
        });
        self.put(&format!("api/v1/namespaces/{namespace}/pods/{name}"), object);
    }

    /// A binding, of the cluster where there is no namespace.
    pub fn bind(&mut self, namespace: &str, name: &str, role: (&str, &str), subjects: Value) {
        let (kind, path, mut meta) = match namespace {
            "" => ("ClusterRoleBinding", format!("{RBAC}/clusterrolebindings/{name}"), json!({})),
            it => (
                "RoleBinding",
                format!("{RBAC}/namespaces/{it}/rolebindings/{name}"),
                json!({"namespace": it}),
            ),
        };
        meta["name"] = json!(name);
        let object = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": meta,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role.0, "name": role.1},
            "subjects": subjects,
        });
        self.put(&path, object);
    }

    /// Everything, without what counts changes.
    pub fn shown(&self) -> String {
        let mut objects = self.objects.clone();
        for object in objects.values_mut() {
            if let Some(meta) = object["metadata"].as_object_mut() {
                meta.remove("resourceVersion");
            }
            if let Some(map) = object.as_object_mut() {
                map.remove("data");
            }
        }
        format!("{objects:#?}")
    }

    /// What the API server answers.
    pub fn answer(
        &mut self,
        method: &str,
        path: &str,
        query: &BTreeMap<String, String>,
        accept: &str,
        body: &Value,
    ) -> (u16, Value) {
        match (method, path.rsplit('/').next().unwrap_or_default()) {
            ("POST", "selfsubjectreviews") => {
                let info = json!({"username": OWN, "groups": ["system:serviceaccounts", "system:authenticated"]});
                (201, with_status(body, json!({"userInfo": info})))
            }
            ("POST", "selfsubjectaccessreviews") => {
                let of = |key: &str| text(body, &format!("/spec/resourceAttributes/{key}"));
                let denied = self.denied.contains(&format!("{} {}", of("verb"), of("resource")));
                (201, with_status(body, json!({"allowed": !denied})))
            }
            ("POST", "subjectaccessreviews") => {
                let allowed = self.allows(body);
                (201, with_status(body, json!({"allowed": allowed, "reason": "RBAC"})))
            }
            ("GET", _) if self.objects.contains_key(path) => (200, self.objects[path].clone()),
            (
                "GET",
                "serviceaccounts"
                | "pods"
                | "secrets"
                | "roles"
                | "clusterroles"
                | "rolebindings"
                | "clusterrolebindings",
            ) => self.list(path, query, accept),
            ("POST", "serviceaccounts") => self.create(path, body),
            ("DELETE", _) => self.delete(path, body),
            ("PATCH", _) => self.patch(path, body),
            _ => status(404, "NotFound", &format!("{method} {path} is not there")),
        }
    }

    fn list(&self, path: &str, query: &BTreeMap<String, String>, accept: &str) -> (u16, Value) {
        let resource = path.rsplit('/').next().unwrap_or_default();
        let within = path.strip_suffix(resource).unwrap_or_default();
        let selectors = query.get("fieldSelector").map(String::as_str).unwrap_or_default();
        let fits = |object: &Value| {
            selectors
                .split(',')
                .filter_map(|it| it.split_once('='))
                .all(|(key, wanted)| text(object, &format!("/{}", key.replace('.', "/"))) == wanted)
        };
        let all = self.objects.iter().filter(|(key, object)| {
            let name = text(object, "/metadata/name");
            key.starts_with(within) && key.ends_with(&format!("/{resource}/{name}")) && fits(object)
        });
        let mut all: Vec<Value> = all.map(|it| it.1.clone()).collect();
        let partial = accept.contains("as=PartialObjectMetadataList");
        if partial {
            for it in &mut all {
                *it = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": it["metadata"]});
            }
        }
        let limit = query.get("limit").and_then(|it| it.parse().ok()).unwrap_or(usize::MAX);
        let from: usize = query.get("continue").and_then(|it| it.parse().ok()).unwrap_or(0);
        let more = all.len() > from.saturating_add(limit);
        let next = if more { (from + limit).to_string() } else { String::new() };
        let items: Vec<Value> = all.into_iter().skip(from).take(limit).collect();
        let kind = if partial { "PartialObjectMetadataList" } else { "List" };
        let version = if partial { "meta.k8s.io/v1" } else { "v1" };
        (
            200,
            json!({
                "kind": kind, "apiVersion": version,
                "metadata": {"resourceVersion": self.counter.to_string(), "continue": next},
                "items": items,
            }),
        )
    }

    fn create(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("{path}/{}", text(body, "/metadata/name"));
        if self.objects.contains_key(&path) {
            return status(409, "AlreadyExists", "serviceaccounts already exists");
        }
        self.put(&path, body.clone());
        (201, self.objects[&path].clone())
    }

    fn delete(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let Some(object) = self.objects.get(path).cloned() else {
            return status(404, "NotFound", "not found");
        };
        for key in ["uid", "resourceVersion"] {
            let wanted = text(body, &format!("/preconditions/{key}"));
            if !wanted.is_empty() && wanted != text(&object, &format!("/metadata/{key}")) {
                return status(409, "Conflict", "the precondition does not hold");
            }
        }
        let (namespace, name) =
            (text(&object, "/metadata/namespace"), text(&object, "/metadata/name"));
        match text(&object, "/kind") {
            "Pod" if self.lingering => {
                let meta = &mut self.objects.get_mut(path).unwrap()["metadata"];
                meta["deletionTimestamp"] = json!("2026-03-01T12:00:30Z");
            }
            "Pod" => {
                self.objects.remove(path);
                if let Some(set) = object.pointer("/metadata/ownerReferences/0/name") {
                    let set = set.as_str().unwrap_or_default();
                    let account = text(&object, "/spec/serviceAccountName");
                    self.pod(namespace, &format!("{set}-2"), account, Some(set));
                }
            }
            "ServiceAccount" => {
                self.objects.remove(path);
                let of = |it: &Value| {
                    text(it, "/metadata/namespace") == namespace
                        && text(it, "/metadata/annotations/kubernetes.io~1service-account.name")
                            == name
                };
                self.objects.retain(|_, it| !of(it));
                if name == "default" {
                    self.account(namespace, name, json!({}));
                }
            }
            _ => {
                self.objects.remove(path);
            }
        }
        let done = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        });
        (200, done)
    }

    fn patch(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let version = self.next();
        let Some(object) = self.objects.get_mut(path) else {
            return status(404, "NotFound", "not found");
        };
        let wanted = text(body, "/metadata/resourceVersion");
        if !wanted.is_empty() && wanted != text(object, "/metadata/resourceVersion") {
            return status(
                409,
                "Conflict",
                "the object has been modified; please apply your changes to the latest version",
            );
        }
        object["subjects"] = body["subjects"].clone();
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        (200, object.clone())
    }

    /// Whether bindings give somebody what a review asks about.
    fn allows(&self, review: &Value) -> bool {
        let name = text(review, "/spec/user");
        let namespace = text(review, "/spec/resourceAttributes/namespace");
        let is = |it: &Value| match text(it, "/kind") {
            "ServiceAccount" => {
                format!("system:serviceaccount:{}:{}", text(it, "/namespace"), text(it, "/name"))
                    == name
            }
            "User" => text(it, "/name") == name,
            _ => review["spec"]["groups"].as_array().is_some_and(|of| of.contains(&it["name"])),
        };
        self.objects.values().filter(|it| it.get("roleRef").is_some()).any(|it| {
            let here = matches!(text(it, "/metadata/namespace"), "")
                || text(it, "/metadata/namespace") == namespace;
            here && it["subjects"].as_array().is_some_and(|of| of.iter().any(is))
        })
    }
}

fn with_status(body: &Value, status: Value) -> Value {
    let mut answer = body.clone();
    answer["status"] = status;
    answer["metadata"] = json!({});
    if answer.get("spec").is_none() && text(&answer, "/kind") != "SelfSubjectReview" {
        answer["spec"] = json!({});
    }
    answer
}

/// A service account as a subject.
pub fn account(namespace: &str, name: &str) -> Value {
    json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
}

/// A user as a subject.
pub fn user(name: &str) -> Value {
    json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name})
}

/// A group as a subject.
pub fn group(name: &str) -> Value {
    json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": name})
}
