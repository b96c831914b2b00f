//! kmock, an imitation of the API server's store by somebody else, with one account and one binding a job.

use crate::server::{free_port, program};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const RBAC: &str = "apis/rbac.authorization.k8s.io/v1/namespaces/shop";

pub struct Kmock {
    child: Child,
    address: String,
    client: reqwest::Client,
}

impl Drop for Kmock {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Kmock {
    pub async fn start() -> Option<Self> {
        let python = program("INTERLOCK_TEST_KMOCK")?;
        let port = free_port();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("interlock-connect");
        let child = Command::new(python)
            .arg(crates.join("tests/it/kubernetes_kmock.py"))
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let mut it = Self { child, address: format!("127.0.0.1:{port}"), client };
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..600 {
            pace.tick().await;
            assert!(it.child.try_wait().unwrap().is_none(), "the server ended by itself");
            if it.get("api/v1/pods").await.is_some() {
                return Some(it);
            }
        }
        panic!("the server does not answer");
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let url = format!("http://{}/{path}", self.address);
        self.client.get(url).send().await.ok()?.json().await.ok()
    }

    async fn post(&self, path: &str, object: &Value) {
        let url = format!("http://{}/{path}", self.address);
        let answer = self.client.post(url).json(object).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// An account of this name, bound to a role together with somebody else.
    pub async fn bind(&self, name: &str) {
        let meta = json!({"namespace": "shop", "name": name, "uid": format!("uid-{name}")});
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta});
        self.post("api/v1/namespaces/shop/serviceaccounts", &account).await;
        let group = "rbac.authorization.k8s.io";
        let meta = json!({"namespace": "shop", "name": name, "uid": format!("uid-binding-{name}"), "resourceVersion": "1"});
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
            "subjects": [
                {"kind": "User", "apiGroup": group, "name": "bob"},
                {"kind": "ServiceAccount", "namespace": "shop", "name": name},
            ],
        });
        self.post(&format!("{RBAC}/rolebindings"), &binding).await;
    }

    /// A role of this name with these rules.
    pub async fn role(&self, name: &str, rules: &Value) {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": rules,
            "metadata": {"namespace": "shop", "name": name, "uid": format!("uid-role-{name}")},
        });
        self.post(&format!("{RBAC}/roles"), &role).await;
    }

    /// An account of this name, and a pod that a deployment runs as it.
    pub async fn workload(&self, name: &str) {
        let meta = |of: &str| json!({"name": of, "namespace": "shop", "uid": format!("uid-{of}")});
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(name)});
        self.post("api/v1/namespaces/shop/serviceaccounts", &account).await;
        let mut meta = meta(&format!("{name}-5d9c-x2"));
        meta["labels"] = json!({"app.kubernetes.io/part-of": "shop"});
        meta["annotations"] = json!({
            "org.opencontainers.image.source": "https://github.com/acme/shop",
            "org.opencontainers.image.revision": "0a1b2c3",
        });
        meta["ownerReferences"] =
            json!([{"kind": "ReplicaSet", "name": format!("{name}-5d9c"), "controller": true}]);
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {
            "serviceAccountName": name,
            "containers": [{"name": name, "image": format!("registry.example.com/{name}:1")}],
        }});
        self.post("api/v1/namespaces/shop/pods", &pod).await;
    }

    /// Who is bound by the binding of this name.
    pub async fn subjects(&self, name: &str) -> Vec<String> {
        let binding = self.get(&format!("{RBAC}/rolebindings/{name}")).await.unwrap();
        let subjects = binding["subjects"].as_array().cloned().unwrap_or_default();
        subjects.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }
}
