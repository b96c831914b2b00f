//! Kubernetes on its fake: service account `web` of namespace `shop`, and user `ann`.

use super::served::{Asked, Part, Served, Serving};
use super::{Bench, Trouble};
use crate::Secret;
use crate::http_json::Token;
use crate::kubernetes::fake::{Cluster, PLANTED, account, user};
use crate::kubernetes::{Kubernetes, KubernetesConfig, operation as op};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{ConnectorId, CredentialRef, Intent, Operation, Principal, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The connector's own token, which must show nowhere.
pub(crate) const TOKEN: &str = "planted-token-of-the-connector";

impl Served for Cluster {
    fn operation(&self, asked: &Asked) -> (Operation, bool) {
        let last = asked.path.rsplit('/').next().unwrap();
        let whole = self.objects.contains_key(&asked.path)
            || matches!(
                asked.path.rsplit('/').nth(1).unwrap(),
                "serviceaccounts" | "pods" | "roles" | "clusterroles"
            );
        let has = |it: &str| asked.path.contains(&format!("/{it}"));
        match asked.method.as_str() {
            "PATCH" => (op::PATCH_BINDINGS, true),
            "DELETE" if has("pods") => (op::DELETE_POD, true),
            "DELETE" if has("secrets") => (op::DELETE_SECRET, true),
            "DELETE" => (op::REPLACE_ACCOUNT, true),
            "POST" => match last {
                "selfsubjectreviews" => (op::WHO_AM_I, false),
                "serviceaccounts" => (op::REPLACE_ACCOUNT, true),
                _ => (op::REVIEW, false),
            },
            _ if has("rolebindings") || has("clusterrolebindings") => (op::LIST_BINDINGS, false),
            _ if has("secrets") => (op::LIST_SECRETS, false),
            _ if has("pods") => (if whole { op::READ_POD } else { op::LIST_PODS }, false),
            _ if has("roles") || has("clusterroles") => {
                (if whole { op::READ_ROLE } else { op::LIST_ROLES }, false)
            }
            _ => (if whole { op::READ_ACCOUNT } else { op::LIST_ACCOUNTS }, false),
        }
    }

    /// A service account that is made anew is one change of two calls.
    fn part(&self, asked: &Asked) -> Part {
        let (operation, writes) = self.operation(asked);
        match (operation == op::REPLACE_ACCOUNT && writes, &*asked.method) {
            (true, "DELETE") => Part::First,
            (true, _) => Part::Last,
            (false, _) => Part::Whole,
        }
    }

    fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        Self::answer(self, &asked.method, &asked.path, &asked.query, &asked.accept, &asked.body)
    }
}

#[derive(Debug)]
struct OfKubernetes {
    fake: Arc<Serving<Cluster>>,
    connector: Kubernetes,
}

pub(crate) fn config() -> KubernetesConfig {
    KubernetesConfig {
        id: ConnectorId("cluster".into()),
        endpoint: "https://k8s.example.com".to_owned(),
        token: Token::Given(Secret::new(TOKEN)),
        authorities: None,
        protected_namespaces: vec!["protected".to_owned()],
        settle: None,
    }
}

/// A connector at this cluster.
pub(crate) fn at(cluster: Cluster) -> (Arc<Serving<Cluster>>, Kubernetes) {
    let fake = Arc::new(Serving::new(cluster));
    let connector = Kubernetes::over(config(), Arc::<Serving<Cluster>>::clone(&fake));
    (fake, connector)
}

/// A fresh cluster.
pub(super) fn fresh() -> Box<dyn Bench> {
    let (fake, connector) = at(Cluster::small());
    Box::new(OfKubernetes { fake, connector })
}

impl Bench for OfKubernetes {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let web = Principal::new("kubernetes", "system:serviceaccount:shop:web");
        let of = |principal, kind, id: &str| Target::Credential {
            principal,
            credential: CredentialRef::new("kubernetes", kind, id),
        };
        let target = match action.target {
            TargetKind::CredentialNamed(_, kind, shapes) => {
                let id =
                    if shapes == ["pod/*/*"] { "pod/shop/job" } else { "secret/shop/web-token" };
                of(web, kind, id)
            }
            TargetKind::Credential(_, kind) => {
                let certificate = kind == interlock_model::CredentialKind::Certificate;
                let ann = Principal::new("kubernetes", "ann");
                of(if certificate { ann } else { web }, kind, "0a1b")
            }
            TargetKind::Principal(..) => Target::Principal { principal: web },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        self.fake.state().shown()
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.fake.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.fake.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        self.fake.change(|cluster| match action.write {
            op::DELETE_POD => cluster.pod("shop", "job", "web", None),
            op::DELETE_SECRET => {
                let path = "api/v1/namespaces/shop/secrets/web-token";
                let secret = cluster.objects[path].clone();
                cluster.put(path, secret);
            }
            op::REPLACE_ACCOUNT => {
                let path = "api/v1/namespaces/shop/serviceaccounts/web";
                let account = cluster.objects.get_mut(path).unwrap();
                account["metadata"]["labels"]["team"] = json!("another");
            }
            _ => {
                let (role, subjects) =
                    (("ClusterRole", "cluster-admin"), [account("shop", "web"), user("ann")]);
                cluster.bind("", "aaa", role, json!(subjects));
                let path = "apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/readers";
                cluster.objects.get_mut(path).unwrap()["subjects"] =
                    json!([user("system:serviceaccount:shop:web")]);
            }
        });
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned(), TOKEN.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
