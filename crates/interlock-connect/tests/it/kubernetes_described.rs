//! Everything that the connector asks, held against what Kubernetes publishes about its interface.
//!
//! Two documents: the whole Swagger of 1.13 for the forms of bodies and answers, and the official client of
//! today, which is generated from the Swagger of its release, for paths, methods and queries.
//!
//! Proves: `kubernetes.delete_bound_pod`, `kubernetes.delete_token_secret`, `kubernetes.quarantine_certificate`
//! Proves: `kubernetes.quarantine_subject`, `kubernetes.recreate_service_account`, `kubernetes.remove_binding`
//! Proves: `kubernetes.replace_tokens`

use crate::described::description;
use crate::described::openapi::openapi;
use crate::drive::{Drive, on};
use crate::kubernetes_fake::Cluster;
use interlock_connect::Secret;
use interlock_connect::http::{Answer, Exchange, HttpError, Request, Wire, taken_apart};
use interlock_connect::http_json::Token;
use interlock_connect::kubernetes::{Kubernetes, KubernetesConfig, SPEC};
use interlock_contain::{Connector as _, DiscoverCx, TargetKind};
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Intent, Principal, Target, Timestamp,
};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Arc, Mutex};

const WEB: &str = "system:serviceaccount:shop:web";

/// The connector's own fake with a recording.
struct Recorded(Mutex<(Cluster, Vec<Exchange>)>);

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorded")
    }
}

#[async_trait::async_trait]
impl Wire for Recorded {
    async fn ask(&self, request: Request<'_>, _: usize) -> Result<Answer, HttpError> {
        let (path, query) = taken_apart(request.url).unwrap();
        let header =
            |name: &str| request.headers.iter().find(|it| it.0 == name).map(|it| it.1.clone());
        let query = query.into_iter().collect();
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        let accept = header("accept").unwrap();
        let mut held = self.0.lock().unwrap();
        let (status, answer) = held.0.answer(request.method, &path, &query, &accept, &body);
        let answer = answer.to_string().into_bytes();
        held.1.push(Exchange {
            method: request.method.to_owned(),
            url: request.url.to_owned(),
            content_type: header("content-type"),
            body: request.body,
            status,
            answer: answer.clone(),
        });
        Ok(Answer { status, headers: Vec::new(), body: answer })
    }
}

fn aim(target: TargetKind) -> Target {
    let of = |name: &str, kind, id: &str| Target::Credential {
        principal: Principal::new("kubernetes", name),
        credential: CredentialRef::new("kubernetes", kind, id),
    };
    match target {
        TargetKind::Principal(..) => {
            Target::Principal { principal: Principal::new("kubernetes", WEB) }
        }
        TargetKind::Credential(_, CredentialKind::Certificate) => {
            of("ann", CredentialKind::Certificate, "0a1b")
        }
        TargetKind::Credential(_, kind) => of(WEB, kind, "0a1b"),
        TargetKind::CredentialNamed(_, kind, shapes) => {
            let pod = shapes[0].starts_with("pod");
            of(WEB, kind, if pod { "pod/shop/job" } else { "secret/shop/web-token" })
        }
    }
}

/// Every action there and back, the check, and a look at everything.
async fn recording() -> Vec<Exchange> {
    let mut all = Vec::new();
    for spec in SPEC.actions {
        let wire = Arc::new(Recorded(Mutex::new((Cluster::small(), Vec::new()))));
        let config = KubernetesConfig {
            id: ConnectorId("cluster".into()),
            endpoint: "https://k8s.example.com".to_owned(),
            token: Token::Given(Secret::new("token-of-the-connector")),
            authorities: None,
            protected_namespaces: Vec::new(),
            settle: None,
        };
        let connector = Kubernetes::over(config, Arc::<Recorded>::clone(&wire));
        let principal = Principal::new("kubernetes", WEB);
        let intent = Intent { target: aim(spec.target), ..on(spec.kind, &principal) };
        let mut drive = Drive::new(&connector, intent);
        drive.contained(spec.name).await;
        if drive.lost() == 0 {
            drive.undone().await;
        }
        connector.check().await;
        let cx = DiscoverCx::new(SPEC.discovery.unwrap(), Timestamp::UNIX_EPOCH);
        connector.discover(&cx, None).await.unwrap();
        all.append(&mut wire.0.lock().unwrap().1);
    }
    all
}

/// What is newer than 1.13; the client of today has it.
const NEWER: [&str; 2] = ["/apis/authentication.k8s.io/v1/selfsubjectreviews", "resourceVersion"];

#[tokio::test]
async fn bodies_and_answers_have_the_forms_of_the_swagger() {
    let Some(path) = description("INTERLOCK_TEST_KUBERNETES_SWAGGER") else { return };
    let text = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    let described = openapi(serde_json::from_slice(&text.stdout).unwrap());
    let wrong: BTreeSet<String> =
        recording().await.iter().flat_map(|it| described.wrong(it)).collect();
    let wrong: Vec<&String> =
        wrong.iter().filter(|it| !NEWER.iter().any(|newer| it.contains(newer))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Paths with their methods and queries in one file of the client.
fn operations(text: &str) -> Vec<(String, String, BTreeSet<String>)> {
    let (mut all, mut query, mut method) = (Vec::new(), BTreeSet::new(), String::new());
    let quoted = |line: &str| line.split(['\'', '"']).nth(1).unwrap_or_default().to_owned();
    for line in text.lines().map(str::trim) {
        if line.starts_with("def _") && line.contains("_serialize(") {
            query = BTreeSet::new();
        } else if line.starts_with("_query_params.append((") {
            query.insert(quoted(line));
        } else if line.starts_with("method=") {
            method = quoted(line);
        } else if line.starts_with("resource_path=") {
            all.push((method.clone(), quoted(line), query.clone()));
        }
    }
    all
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    let same = |it: (&&str, &&str)| it.0.starts_with('{') || it.0 == it.1;
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

#[tokio::test]
async fn paths_methods_and_queries_are_those_of_the_client_of_today() {
    let Some(folder) = description("INTERLOCK_TEST_KUBERNETES_CLIENT") else { return };
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let mut known = Vec::new();
    for group in ["core_v1", "authentication_v1", "authorization_v1", "rbac_authorization_v1"] {
        known.extend(operations(&read(&format!("api/{group}_api.py"))));
    }
    assert!(known.len() > 200, "{} operations are understood", known.len());
    for it in recording().await {
        let (path, query) = taken_apart(&it.url).unwrap();
        let path = format!("/{path}");
        let of_path = |known: &&(String, String, BTreeSet<String>)| {
            known.0 == it.method && fits(&known.1, &path)
        };
        let found = known.iter().find(of_path);
        let found = found.unwrap_or_else(|| panic!("{} {path} is not there", it.method));
        for (name, _) in query {
            assert!(found.2.contains(&name), "{} {path} takes no `{name}`", it.method);
        }
    }
    // What 1.13 did not have.
    assert!(read("models/v1_preconditions.py").contains("\"resourceVersion\""));
    let review = read("models/v1_self_subject_review_status.py");
    assert!(review.contains("\"userInfo\""));
}
