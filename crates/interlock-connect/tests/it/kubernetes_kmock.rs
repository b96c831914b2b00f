//! Bindings, pods and secrets on kmock, an imitation of the API server's store by somebody else.
//!
//! It keeps objects and knows neither versions nor who may what; UIDs come with what is put there, so that
//! an account that is made anew cannot be seen on it.
//!
//! Proves: `kubernetes.delete_bound_pod`, `kubernetes.delete_token_secret`, `kubernetes.quarantine_certificate`
//! Proves: `kubernetes.quarantine_subject`, `kubernetes.remove_binding`

use crate::drive::{Drive, on};
use crate::kubernetes_fake::{Cluster, account, user};
use crate::server::{free_port, program};
use interlock_connect::Secret;
use interlock_connect::http::{Answer, Http, HttpError, Request, Wire};
use interlock_connect::http_json::Token;
use interlock_connect::kubernetes::{Kubernetes, KubernetesConfig};
use interlock_contain::Connector as _;
use interlock_model::{
    ActionKind, ConnectorId, CredentialKind, CredentialRef, Grade, Intent, Principal, Target,
};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const WEB: &str = "system:serviceaccount:shop:web";

pub struct Kmock {
    child: Child,
    pub endpoint: String,
    pub http: Http,
}

impl Drop for Kmock {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Kmock {
    /// Holds what the connector's own fake begins with.
    pub async fn start() -> Option<Self> {
        let python = program("INTERLOCK_TEST_KMOCK")?;
        let port = free_port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/kubernetes_kmock.py");
        let child = Command::new(python)
            .arg(script)
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let endpoint = format!("http://127.0.0.1:{port}");
        let http = Http::new(&endpoint).unwrap();
        let mut it = Self { child, endpoint, http };
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..600 {
            pace.tick().await;
            assert!(it.child.try_wait().unwrap().is_none(), "the server ended by itself");
            if it.ask("GET", "api/v1/pods", &Value::Null).await.is_some() {
                let mut cluster = Cluster::small();
                cluster.bind("", "more", ("ClusterRole", "view"), json!([account("shop", "web")]));
                for (path, object) in &cluster.objects {
                    let (place, _) = path.rsplit_once('/').unwrap();
                    it.ask("POST", place, object).await.unwrap();
                }
                return Some(it);
            }
        }
        panic!("the server does not answer");
    }

    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let url = format!("{}/{path}", self.endpoint);
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = self.http.ask(Request { method, url: &url, headers, body }, 1 << 20).await;
        let answer = answer.ok()?;
        Some((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
    }

    async fn subjects(&self, path: &str) -> Value {
        let path = format!("apis/rbac.authorization.k8s.io/v1/{path}");
        self.ask("GET", &path, &Value::Null).await.unwrap().1["subjects"].clone()
    }

    fn connector(&self) -> Kubernetes {
        let config = KubernetesConfig {
            id: ConnectorId("cluster".into()),
            endpoint: self.endpoint.clone(),
            token: Token::Given(Secret::new("token-of-the-connector")),
            authorities: None,
            protected_namespaces: Vec::new(),
            settle: None,
        };
        Kubernetes::over(config, Arc::new(Known(self.http.clone())))
    }
}

/// kmock knows nobody: who asks is told here that it is the connector.
#[derive(Debug)]
struct Known(Http);

#[async_trait::async_trait]
impl Wire for Known {
    async fn ask(&self, request: Request<'_>, most: usize) -> Result<Answer, HttpError> {
        if request.url.ends_with("/selfsubjectreviews") {
            let info = json!({"status": {"userInfo": {"username": "interlock", "groups": []}}});
            let body = info.to_string().into_bytes();
            return Ok(Answer { status: 201, headers: Vec::new(), body });
        }
        Http::ask(&self.0, request, most).await
    }
}

fn principal(name: &str) -> Principal {
    Principal::new("kubernetes", name)
}

fn of(kind: ActionKind, name: &str, sort: CredentialKind, id: &str) -> Intent {
    let credential = CredentialRef::new("kubernetes", sort, id);
    Intent { kind, target: Target::Credential { principal: principal(name), credential } }
}

#[tokio::test]
async fn subjects_are_taken_out_of_bindings_and_put_back_where_they_stood() {
    let Some(server) = Kmock::start().await else { return };
    let connector = server.connector();
    let (readers, more) = ("namespaces/shop/rolebindings/readers", "clusterrolebindings/more");
    let before = (server.subjects(readers).await, server.subjects(more).await);
    assert_eq!(before.0, json!([user("bob"), account("shop", "web"), user("carol")]));

    let mut drive = Drive::new(&connector, on(ActionKind::Quarantine, &principal(WEB)));
    drive.contained("kubernetes.quarantine_subject").await;
    assert_eq!(server.subjects(readers).await, json!([user("bob"), user("carol")]));
    assert_eq!(server.subjects(more).await, json!([]));
    assert_eq!(drive.grade(), Grade::Applied, "it decides nothing, so that nothing is shown");
    drive.undone().await;
    assert_eq!((server.subjects(readers).await, server.subjects(more).await), before);

    let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &principal(WEB)));
    drive.contained("kubernetes.remove_binding").await;
    assert_eq!(server.subjects(more).await, json!([]), "the most powerful one");
    assert_eq!(server.subjects(readers).await, before.0);
    drive.undone().await;
    assert_eq!(server.subjects(more).await, before.1);

    let admins = "clusterrolebindings/admins";
    let certificate = CredentialKind::Certificate;
    let intent = of(ActionKind::DisableCredential, "ann", certificate, "0a1b");
    let mut drive = Drive::new(&connector, intent);
    drive.contained("kubernetes.quarantine_certificate").await;
    assert_eq!(server.subjects(admins).await, json!([user("bob")]));
    drive.undone().await;
    assert_eq!(server.subjects(admins).await, json!([user("ann"), user("bob")]));
}

#[tokio::test]
async fn what_a_token_hangs_on_is_deleted() {
    let Some(server) = Kmock::start().await else { return };
    let connector = server.connector();
    for (id, name, path) in [
        ("pod/shop/job", "kubernetes.delete_bound_pod", "api/v1/namespaces/shop/pods/job"),
        (
            "secret/shop/web-token",
            "kubernetes.delete_token_secret",
            "api/v1/namespaces/shop/secrets/web-token",
        ),
    ] {
        let (status, _) = server.ask("GET", path, &Value::Null).await.unwrap();
        assert_eq!(status, 200);
        let intent = of(ActionKind::DeleteCredential, WEB, CredentialKind::Token, id);
        let mut drive = Drive::new(&connector, intent);
        drive.contained(name).await;
        let (status, _) = server.ask("GET", path, &Value::Null).await.unwrap();
        assert_eq!(status, 404);
        assert_eq!(drive.lost(), 1, "there is no way back");
        let clouds = drive.residual();
        assert!(clouds.iter().any(|it| it.what.contains("role/web")), "{clouds:?}");
    }
    assert_eq!(connector.own_principals().await.unwrap(), [principal("interlock")]);
}
