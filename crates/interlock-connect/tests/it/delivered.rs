//! A key of the broker delivered to places of others: the requests against what GitHub and Google publish,
//! and a Secret with a restart on kmock.
//!
//! Proves: `broker.issue_key`

use crate::described::discovery::discovery;
use crate::described::openapi::openapi;
use crate::described::{description, read};
use crate::drive::Drive;
use crate::kubernetes_kmock::Kmock;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use interlock_connect::Secret;
use interlock_connect::broker::{Broker, BrokerConnector, ClientConfig, NewKey, TokenLife};
use interlock_connect::delivery::fake::{Fake, ManagedState, State};
use interlock_connect::delivery::{
    ActionsSecret, Deliveries, Fields, GithubTarget, GoogleTarget, KubernetesSecret,
    KubernetesTarget, ManagedSecret, Scope, Target as Places,
};
use interlock_connect::github::fake::Fake as Organization;
use interlock_connect::google_cloud::fake::{Fake as Project, PROJECT};
use interlock_connect::http_json::Token;
use interlock_connect::kubernetes::KubernetesConfig;
use interlock_model::{ActionKind, ConnectorId, Intent, Origin, Principal, Target, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

fn clock() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A client with one key, whose new ones go there.
fn broker(places: Arc<dyn Places>) -> (Broker, BrokerConnector, NewKey) {
    let broker = Broker::in_memory(TokenLife::default());
    broker.register(&ClientConfig { name: "deploy".to_owned(), delivery: None }).unwrap();
    let old = broker.enrol("deploy", clock()).unwrap();
    let mut deliveries = Deliveries::default();
    deliveries.add(vec!["broker:deploy".to_owned()], places);
    let connector = broker.delivering(ConnectorId("broker".into()), deliveries);
    (broker, connector, old)
}

fn rotate(old: &NewKey) -> Intent {
    let principal = Principal::new("broker", "deploy");
    let target = Target::Credential { principal, credential: old.id.clone() };
    Intent { kind: ActionKind::RotateCredential, target }
}

#[tokio::test]
async fn every_request_for_a_secret_of_actions_is_as_github_describes_it() {
    let Some(path) = description("INTERLOCK_TEST_GITHUB_OPENAPI") else { return };
    let described = openapi(read(&path));
    let (web, production) = ("web".to_owned(), "production".to_owned());
    let mut recording = Vec::new();
    for (scope, there) in [
        (Scope::Organization, "orgs/acme/actions/secrets"),
        (Scope::Repository(web.clone()), "repos/acme/web/actions/secrets"),
        (Scope::Environment { repository: web, environment: production }, "-"),
    ] {
        let sealed = ["DEPLOY_ID", "DEPLOY_KEY"]
            .map(|it| (format!("{there}/{it}"), ("sealed before".to_owned(), 0)));
        let fake = Fake::holding(State {
            sealed: sealed.into(),
            public_key: "hBT5WZEj8ZoOv6TYJsfWq7MxTEQopZO5/IT3ZCVQPzs=".to_owned(),
            ..State::default()
        });
        let fields =
            Fields { key_id: Some("DEPLOY_ID".to_owned()), secret: "DEPLOY_KEY".to_owned() };
        let secret = ActionsSecret { scope: scope.clone(), fields };
        let config = Organization::config(clock);
        let target = GithubTarget::over(&config, secret, Arc::<Fake>::clone(&fake));
        let checks = target.check().await;
        assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:?}");
        let (_, connector, old) = broker(Arc::new(target));
        let mut drive = Drive::new(&connector, rotate(&old));
        drive.issued("broker.issue_key").await;
        assert_eq!(drive.lost(), 1, "there is no way back");
        recording.extend(fake.recording());
    }
    let called = described.keeps(&recording);
    for operation in [
        "GET /orgs/{org}/actions/secrets/public-key",
        "GET /repos/{owner}/{repo}/actions/secrets/{secret_name}",
        "POST /repos/{owner}/{repo}/actions/variables",
        "POST /repos/{owner}/{repo}/environments/{environment_name}/variables",
        "PUT /orgs/{org}/actions/secrets/{secret_name}",
        "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}",
        "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
    ] {
        assert!(called.contains(operation), "{operation} is not among {called:#?}");
    }
}

#[tokio::test]
async fn every_request_for_a_managed_secret_is_as_google_describes_it() {
    let Some(folder) = description("INTERLOCK_TEST_GOOGLE_DISCOVERY") else { return };
    let described = discovery(&read(&folder.join("secretmanager.v1.json")));
    let path = format!("projects/{PROJECT}/secrets/deploy-key");
    let versions = vec![(BASE64.encode("theirs and secret"), true)];
    let held = ManagedState { versions, ..ManagedState::default() };
    let fake = Fake::holding(State { managed: [(path.clone(), held)].into(), ..State::default() });
    let secret = ManagedSecret { id: "deploy-key".to_owned(), fields: None };
    let target = GoogleTarget::over(&Project::config(clock), secret, Arc::<Fake>::clone(&fake));
    let checks = target.check().await;
    assert!(checks.len() == 6 && checks.iter().all(|it| it.outcome.is_ok()), "{checks:?}");
    let (broker, connector, old) = broker(Arc::new(target));
    let state = || fake.state().managed[&path].clone();
    let latest = || {
        let (data, _) = state().versions.last().unwrap().clone();
        String::from_utf8(BASE64.decode(data).unwrap()).unwrap()
    };
    let mut drive = Drive::new(&connector, rotate(&old));
    drive.issued("broker.issue_key").await;
    let works = |broker: &Broker| {
        let (key, kept) =
            (Secret::new(latest()), state().annotations["interlock-delivery"].clone());
        let id = kept.rsplit(' ').next().unwrap().to_owned();
        assert!(!kept.contains(key.expose()), "a secret beside the version");
        broker.issue(&id, &key, clock(), &Origin::default()).is_ok()
    };
    assert!(works(&broker));
    assert_eq!(state().annotations["interlock-former"], "1 ", "theirs has no digest of ours");
    assert_eq!(state().versions.iter().map(|it| it.1).collect::<Vec<_>>(), [true, true]);
    drive.undone().await;
    assert_eq!(latest(), "theirs and secret");
    assert_eq!(state().annotations["interlock-returned"], "3 version-1");
    // The next one disables what the one before it had displaced, and nothing else.
    Drive::new(&connector, rotate(&old)).issued("broker.issue_key").await;
    assert!(works(&broker));
    let enabled: Vec<bool> = state().versions.iter().map(|it| it.1).collect();
    assert_eq!(enabled, [false, true, true, true]);
    let called = described.keeps(&fake.recording());
    let of = "/v1/projects/{projectsId}/secrets/{secretsId}";
    for operation in [
        format!("GET {of}"),
        format!("GET {of}/versions/{{versionsId}}"),
        format!("GET {of}/versions/{{versionsId}}:access"),
        format!("PATCH {of}"),
        format!("POST {of}/versions/{{versionsId}}:disable"),
        format!("POST {of}:addVersion"),
        format!("POST {of}:testIamPermissions"),
    ] {
        assert!(called.contains(&operation), "{operation} is not among {called:#?}");
    }
}

#[tokio::test]
async fn a_secret_of_a_cluster_gets_the_new_key_its_workload_new_pods_and_undo_the_old_one() {
    let Some(server) = Kmock::start().await else { return };
    let at = |it: &str| format!("{it}/namespaces/shop");
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "deploy", "namespace": "shop"},
        "data": {"host": "YQ==", "key_id": "b2xk", "secret": "b2xkLWFuZC1zZWNyZXQ="},
    });
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": {"metadata": {}}},
    });
    server.ask("POST", &format!("{}/secrets", at("api/v1")), &secret).await.unwrap();
    server.ask("POST", &format!("{}/deployments", at("apis/apps/v1")), &web).await.unwrap();
    let config = KubernetesConfig {
        id: ConnectorId("cluster".into()),
        endpoint: server.endpoint.clone(),
        token: Token::Given(Secret::new("token-of-the-connector")),
        authorities: None,
        protected_namespaces: Vec::new(),
        settle: None,
    };
    let kept = KubernetesSecret {
        namespace: "shop".to_owned(),
        secret: "{name}".to_owned(),
        fields: Fields::default(),
        restart: vec!["deployments/web".to_owned()],
    };
    let target = KubernetesTarget::over(&config, kept, clock, Arc::new(server.http.clone()));
    let (broker, connector, old) = broker(Arc::new(target));
    let held = async || {
        let path = format!("{}/secrets/deploy", at("api/v1"));
        server.ask("GET", &path, &Value::Null).await.unwrap().1["data"].clone()
    };
    let before = held().await;
    let mut drive = Drive::new(&connector, rotate(&old));
    drive.issued("broker.issue_key").await;
    let now = held().await;
    assert_eq!(now["host"], "YQ==", "what else is in it stays");
    let decoded = |of: &Value| {
        let bytes = BASE64.decode(of.as_str().unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let (id, key) = (decoded(&now["key_id"]), Secret::new(decoded(&now["secret"])));
    broker.issue(&id, &key, clock(), &Origin::default()).unwrap();
    let path = format!("{}/deployments/web", at("apis/apps/v1"));
    let (_, web) = server.ask("GET", &path, &Value::Null).await.unwrap();
    let annotations = &web["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(annotations["kubectl.kubernetes.io/restartedAt"], clock().to_string());
    drive.undone().await;
    assert_eq!(held().await, before);
    assert!(broker.issue(&id, &key, clock(), &Origin::default()).is_err(), "it is deleted");
}
