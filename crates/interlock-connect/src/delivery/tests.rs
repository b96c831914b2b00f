//! The laws of an action that issues, when it delivers to each place; and what is particular to one.

use super::fake::{Fake, ManagedState, State, VaultedState};
use super::*;
use crate::broker::fake::Fake as Tokens;
use crate::broker::{Broker, BrokerConnector, ClientConfig, TokenLife, operation as op};
use crate::conformance::{Bench, Law, Trouble, broken, noon, permit_for};
use crate::entra::EntraConfig;
use crate::github::fake::Fake as Organization;
use crate::google_cloud::fake::Fake as Project;
use crate::http_json::Token;
use crate::idp::By;
use crate::kubernetes::KubernetesConfig;
use crate::vault::VaultConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_box::SecretKey;
use interlock_contain::{Action, ActionSpec, Connector, ReadCx, TargetKind, WriteCx};
use interlock_model::{
    ConnectorId, CredentialRef, Intent, Observation, Operation, Principal, Reversal, Step, StepId,
    Timestamp,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

const CLIENT: &str = "deploy";
const SECRET: &str = "api/v1/namespaces/shop/secrets/deploy-key";
const MANAGED: &str = "projects/acme/secrets/deploy-key";
const WEB: &str = "apis/apps/v1/namespaces/shop/deployments/web";

fn vault() -> VaultConfig {
    VaultConfig {
        id: ConnectorId("vault".into()),
        endpoint: "https://vault.example.com".to_owned(),
        token: Token::Given(Secret::new("token-of-the-connector")),
        authorities: None,
        namespace: None,
        audit_device: None,
        approle_mounts: Vec::new(),
        database_mounts: Vec::new(),
        deliveries: Deliveries::default(),
        settle: None,
    }
}

fn cluster() -> KubernetesConfig {
    KubernetesConfig {
        id: ConnectorId("cluster".into()),
        endpoint: "https://k8s.example.com".to_owned(),
        token: Token::Given(Secret::new("token-of-the-connector")),
        authorities: None,
        protected_namespaces: Vec::new(),
        settle: None,
    }
}

fn tenant() -> EntraConfig {
    EntraConfig {
        id: ConnectorId("entra".into()),
        tenant: "example.com".to_owned(),
        client_id: "00000000-0000-4000-8000-000000000000".to_owned(),
        by: By::Secret(Secret::new("secret-of-the-connector")),
        graph: "https://graph.microsoft.com/v1.0".to_owned(),
        risk_of_agents: false,
        login: "https://login.microsoftonline.com".to_owned(),
        protected: Vec::new(),
        deliveries: Deliveries::default(),
        settle: None,
        now: noon,
    }
}

/// What is there before: an old credential that somebody put there, and more of theirs.
fn before(key: &str, secret: &str) -> State {
    let text = |it: &str| BASE64.encode(it);
    State {
        entries: [(
            "secret/apps/deploy".to_owned(),
            vec![json!({"host": "a", "key_id": key, "secret": secret})],
        )]
        .into(),
        objects: [
            (
                SECRET.to_owned(),
                json!({
                    "kind": "Secret", "metadata": {"name": "deploy-key", "resourceVersion": "7"},
                    "data": {"key_id": text(key), "secret": text(secret), "host": text("a")},
                }),
            ),
            (
                WEB.to_owned(),
                json!({"kind": "Deployment", "metadata": {"name": "web"}, "spec": {}}),
            ),
        ]
        .into(),
        managed: [(
            MANAGED.to_owned(),
            ManagedState {
                annotations: [("team".to_owned(), "shop".to_owned())].into(),
                versions: vec![(
                    text(&json!({"host": "a", "key_id": key, "secret": secret}).to_string()),
                    true,
                )],
                ..ManagedState::default()
            },
        )]
        .into(),
        vaulted: [(
            "deploy-key".to_owned(),
            vec![VaultedState {
                value: json!({"host": "a", "key_id": key, "secret": secret}).to_string(),
                content_type: Some("application/json".to_owned()),
                tags: [("team".to_owned(), "shop".to_owned())].into(),
                disabled: false,
            }],
        )]
        .into(),
        public_key: BASE64.encode(SecretKey::from([7; 32]).public_key().as_bytes()),
        ..State::default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum At {
    Vault,
    Kubernetes,
    Restarting,
    Github,
    Organization,
    Google,
    Azure,
}

fn target(at: At, fake: &Arc<Fake>) -> Arc<dyn Target> {
    let wire = Arc::<Fake>::clone(fake);
    let kept = |restart: &[&str]| KubernetesSecret {
        namespace: "shop".to_owned(),
        secret: "{name}-key".to_owned(),
        fields: Fields::default(),
        restart: restart.iter().map(|it| (*it).to_owned()).collect(),
    };
    let sealed = |scope| ActionsSecret {
        scope,
        fields: Fields { key_id: Some("{name}_ID".to_owned()), secret: "{name}_KEY".to_owned() },
    };
    match at {
        At::Vault => {
            let entry = KvEntry {
                mount: "secret".to_owned(),
                path: "apps/{name}".to_owned(),
                fields: Fields::default(),
            };
            Arc::new(VaultTarget::over(&vault(), entry, wire))
        }
        At::Kubernetes => Arc::new(KubernetesTarget::over(&cluster(), kept(&[]), noon, wire)),
        At::Restarting => {
            let kept = kept(&["deployments/web"]);
            Arc::new(KubernetesTarget::over(&cluster(), kept, noon, wire))
        }
        At::Github => {
            let config = Organization::config(noon);
            let secret = sealed(Scope::Environment {
                repository: "web".to_owned(),
                environment: "production".to_owned(),
            });
            Arc::new(GithubTarget::over(&config, secret, wire))
        }
        At::Azure => {
            let secret = KeyVaultSecret {
                vault: "https://acme.vault.azure.net".to_owned(),
                name: "{name}-key".to_owned(),
                fields: Some(Fields::default()),
            };
            Arc::new(AzureTarget::over(&tenant(), secret, wire))
        }
        At::Google => {
            let secret =
                ManagedSecret { id: "{name}-key".to_owned(), fields: Some(Fields::default()) };
            Arc::new(GoogleTarget::over(&Project::config(noon), secret, wire))
        }
        At::Organization => {
            let config = Organization::config(noon);
            Arc::new(GithubTarget::over(&config, sealed(Scope::Organization), wire))
        }
    }
}

#[derive(Debug)]
struct Delivering {
    broker: Broker,
    tokens: Arc<Tokens>,
    fake: Arc<Fake>,
    connector: BrokerConnector,
    key: CredentialRef,
}

fn fresh(at: At) -> Delivering {
    let broker = Broker::in_memory(TokenLife::default());
    broker.register(&ClientConfig { name: CLIENT.to_owned(), delivery: None }).unwrap();
    let earlier: Timestamp = noon().checked_sub(SignedDuration::from_mins(5)).unwrap();
    let old = broker.enrol(CLIENT, earlier).unwrap();
    let fake = Fake::holding(before(old.id.id(), old.secret.expose()));
    let mut deliveries = Deliveries::default();
    deliveries.add(vec!["broker:*".to_owned()], target(at, &fake));
    let tokens = Arc::new(Tokens::new(broker.clone()));
    let id = ConnectorId("broker-fake".into());
    let connector = BrokerConnector::new(id, Arc::<Tokens>::clone(&tokens) as _, deliveries);
    Delivering { broker, tokens, fake, connector, key: old.id }
}

/// What stands there, as its workload sees it.
fn stands(state: &State) -> Value {
    let mut entry = state.entries.values().next().and_then(|it| it.last()).cloned().unwrap();
    entry.as_object_mut().unwrap().remove("interlock_delivery");
    let mut data = state.objects[SECRET]["data"].clone();
    data.as_object_mut().unwrap().remove("interlock-former");
    let managed = &state.managed[MANAGED];
    let vaulted = state.vaulted["deploy-key"].last().unwrap();
    let azure = json!([vaulted.value, vaulted.content_type, vaulted.tags["team"]]);
    let google = json!([managed.versions.last(), managed.annotations["team"]]);
    json!([entry, data, state.sealed.len(), google, azure])
}

impl Bench for Delivering {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("broker", CLIENT);
        let target = match action.target {
            TargetKind::Credential(..) | TargetKind::CredentialNamed(..) => {
                interlock_model::Target::Credential { principal, credential: self.key.clone() }
            }
            TargetKind::Principal(..) => interlock_model::Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        let stands = interlock_model::Digest::of(stands(&self.fake.state()).to_string().as_bytes());
        format!("{:#?}\n{stands}", self.broker.state())
    }

    fn writes(&self) -> Vec<Operation> {
        self.tokens.writes().into_iter().chain(self.fake.writes()).collect()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        if operation == op::PUT_DELIVERY {
            self.fake.trouble(operation, trouble);
        } else {
            self.tokens.trouble(operation, trouble);
        }
    }

    fn lag(&self, _reads: usize) {}

    fn drift(&self, action: &ActionSpec) -> bool {
        if action.delivery.is_none() {
            return false;
        }
        // Somebody else puts a credential there.
        self.fake.change(|state| {
            for versions in state.entries.values_mut() {
                versions.push(json!({"key_id": "theirs", "secret": "not-ours-and-secret"}));
            }
            let secret = state.objects.get_mut(SECRET).unwrap();
            secret["metadata"]["resourceVersion"] = json!("8");
            let theirs = BASE64.encode(r#"{"key_id":"theirs","secret":"not-ours-and-secret"}"#);
            state.managed.get_mut(MANAGED).unwrap().versions.push((theirs, true));
            state.vaulted.get_mut("deploy-key").unwrap().push(VaultedState {
                value: r#"{"key_id":"theirs","secret":"not-ours-and-secret"}"#.to_owned(),
                tags: [("team".to_owned(), "shop".to_owned())].into(),
                ..VaultedState::default()
            });
        });
        true
    }

    fn secrets(&self) -> Vec<String> {
        let stands = stands(&self.fake.state());
        let entry = stands[0]["secret"].as_str().unwrap().to_owned();
        let encoded = stands[1]["secret"].as_str().unwrap().to_owned();
        let plain = String::from_utf8(BASE64.decode(&encoded).unwrap()).unwrap();
        let (managed, _) = self.fake.state().managed[MANAGED].versions.last().unwrap().clone();
        let document = BASE64.decode(&managed).unwrap();
        let document: Value = serde_json::from_slice(&document).unwrap();
        let kept = document["secret"].as_str().unwrap().to_owned();
        let vaulted = self.fake.state().vaulted["deploy-key"].last().unwrap().value.clone();
        let document: Value = serde_json::from_str(&vaulted).unwrap();
        let azure = document["secret"].as_str().unwrap().to_owned();
        vec![
            entry,
            encoded,
            plain,
            managed,
            kept,
            vaulted,
            azure,
            "token-of-the-connector".to_owned(),
        ]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        self.broker.keys(CLIENT).into_iter().collect()
    }
}

#[tokio::test]
async fn an_action_that_issues_keeps_every_law_wherever_it_delivers() {
    for at in [At::Vault, At::Kubernetes, At::Google, At::Azure] {
        let mut seen = broken(&|| Box::new(fresh(at))).await;
        // Only the one that delivers is at issue here.
        seen.retain(|it| it.action == "broker.issue_key");
        // Two requests are one delivery there; that twice is once is seen below.
        seen.retain(|it| at != At::Google || it.law != Law::TwiceIsOnce);
        assert!(
            seen.is_empty(),
            "{at:?}: {}",
            seen.iter().map(|it| format!("{it}\n")).collect::<String>()
        );
    }
}

#[tokio::test]
async fn a_managed_secret_that_was_delivered_is_not_written_again() {
    let bench = fresh(At::Google);
    let step = planned(&bench, "a").await;
    executed(&bench, &step).await.unwrap();
    assert!(holds(&bench, &step).await);
    let (state, keys) = (bench.fake.state(), bench.broker.keys(CLIENT));
    executed(&bench, &step).await.unwrap();
    assert_eq!((bench.fake.state(), bench.broker.keys(CLIENT)), (state, keys));
}

fn issuing(bench: &Delivering) -> &dyn Action {
    let actions = bench.connector.actions();
    actions.into_iter().find(|it| it.spec().name == "broker.issue_key").unwrap()
}

async fn planned(bench: &Delivering, word: &str) -> Step {
    let action = issuing(bench);
    let cx = ReadCx::new(action.spec(), noon());
    action.plan(&cx, &bench.aim(action.spec()), StepId::derive(&[word])).await.unwrap()
}

async fn executed(bench: &Delivering, step: &Step) -> Result<(), CallError> {
    let (action, permit) = (issuing(bench), permit_for(step, noon()).unwrap());
    let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, noon()).unwrap();
    action.execute(cx, step).await.map(drop)
}

async fn holds(bench: &Delivering, step: &Step) -> bool {
    let action = issuing(bench);
    let seen = action.verify(&ReadCx::new(action.spec(), noon()), step).await;
    matches!(seen, Observation::Holds { issued: Some(_), .. })
}

#[tokio::test]
async fn workloads_that_read_only_when_they_start_get_new_pods_or_the_step_does_not_hold() {
    let bench = fresh(At::Restarting);
    let step = planned(&bench, "a").await;
    executed(&bench, &step).await.unwrap();
    assert!(holds(&bench, &step).await);
    let annotations =
        |state: &State| state.objects[WEB]["spec"]["template"]["metadata"]["annotations"].clone();
    let now = annotations(&bench.fake.state());
    assert_eq!(now["kubectl.kubernetes.io/restartedAt"], noon().to_string());
    assert_eq!(Some(now["interlock/delivery"].as_str().unwrap()), step.after.get("issued"));
    // Whoever rolls the workload back takes the pods that know the new credential away.
    bench.fake.change(|state| {
        state.objects.get_mut(WEB).unwrap()["spec"] = json!({});
    });
    assert!(!holds(&bench, &step).await);
}

#[tokio::test]
async fn a_secret_of_actions_is_sealed_and_known_by_its_last_change() {
    for (at, place) in [
        (At::Github, "repos/acme/web/environments/production"),
        (At::Organization, "orgs/acme/actions"),
    ] {
        let bench = fresh(at);
        bench.fake.change(|state| state.selected = vec![1_296_269]);
        // One of the organisation is there already, or nobody knows who may read it.
        bench.fake.change(|state| {
            for name in ["DEPLOY_ID", "DEPLOY_KEY"] {
                state.sealed.insert(format!("{place}/secrets/{name}"), ("x".to_owned(), 0));
            }
        });
        let step = planned(&bench, "a").await;
        assert!(matches!(step.reversal, Reversal::Final { .. }), "nobody can read it back");
        executed(&bench, &step).await.unwrap();
        assert!(holds(&bench, &step).await);
        let state = bench.fake.state();
        let opened = |name: &str| {
            let (sealed, _) = &state.sealed[&format!("{place}/secrets/{name}")];
            let open = SecretKey::from([7; 32]).unseal(&BASE64.decode(sealed).unwrap()).unwrap();
            String::from_utf8(open).unwrap()
        };
        let origin = interlock_model::Origin::default();
        let key = Secret::new(opened("DEPLOY_KEY"));
        bench.broker.issue(&opened("DEPLOY_ID"), &key, noon(), &origin).unwrap();
        let told = &state.variables[&format!("{place}/variables/DEPLOY_KEY_DELIVERY")];
        assert!(!told.contains(key.expose()) && told.contains(&opened("DEPLOY_ID")), "{told}");
        // Twice is once; what somebody else sets is not ours.
        executed(&bench, &step).await.unwrap();
        assert_eq!(bench.fake.state(), state);
        bench.fake.change(|state| {
            state.sealed.get_mut(&format!("{place}/secrets/DEPLOY_KEY")).unwrap().1 += 7;
        });
        assert!(!holds(&bench, &step).await);
    }
}

#[tokio::test]
async fn dying_between_the_writes_of_one_place_leaves_no_orphan() {
    for at in [At::Vault, At::Kubernetes, At::Restarting, At::Github, At::Google, At::Azure] {
        for trouble in [Trouble::SilenceBefore, Trouble::SilenceAfter, Trouble::Denied] {
            let bench = fresh(at);
            bench.fake.trouble(op::PUT_DELIVERY, trouble);
            let mut step = planned(&bench, "a").await;
            assert!(executed(&bench, &step).await.is_err(), "{at:?} {trouble:?}");
            for _ in 0..4 {
                if holds(&bench, &step).await {
                    break;
                }
                if let Err(CallError::Drifted { .. }) = executed(&bench, &step).await {
                    step = planned(&bench, "a").await;
                }
            }
            assert!(holds(&bench, &step).await, "{at:?} {trouble:?}");
            assert_eq!(bench.broker.keys(CLIENT).len(), 2, "{at:?} {trouble:?}: an orphan");
        }
    }
}

#[tokio::test]
async fn a_file_has_its_mode_before_it_has_a_byte_and_a_wider_one_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = folder.path().join("{name}.json").display().to_string();
    let owner = Owner { mode: 0o640, user: None, group: None };
    let disk = DiskTarget::new(pattern, owner);
    assert!(disk.check().await.iter().all(|it| it.outcome.is_ok()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a check leaves nothing");
    let mut bench = fresh(At::Vault);
    let mut deliveries = Deliveries::default();
    deliveries.add(vec!["broker:deploy".to_owned()], Arc::new(disk));
    let desk = Arc::<Tokens>::clone(&bench.tokens);
    bench.connector = BrokerConnector::new(ConnectorId("b".into()), desk, deliveries);
    let step = planned(&bench, "a").await;
    executed(&bench, &step).await.unwrap();
    assert!(holds(&bench, &step).await);
    let path = folder.path().join("deploy.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
    let delivered = Broker::delivered_key(&path).unwrap().unwrap();
    assert!(bench.broker.keys(CLIENT).contains(&delivered.id));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(!holds(&bench, &step).await, "everybody can read it");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(holds(&bench, &step).await);
}
