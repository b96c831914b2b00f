//! Deliveries to a service on loopback that behaves, and misbehaves on request.

use super::*;
use crate::broker::fake::Fake as Tokens;
use crate::broker::{Broker, BrokerConnector, ClientConfig, TokenLife};
use crate::conformance::{noon, permit_for};
use crate::delivery::Deliveries;
use crate::webhook::fake::{exchange, signed};
use crypto_box::SecretKey;
use interlock_contain::{Action, Connector as _, ReadCx, Undo, WriteCx, mirror};
use interlock_model::{
    ActionKind, ConnectorId, CredentialRef, Intent, Observation, Origin, Principal, Reversal, Step,
    StepId,
};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SIGNED_WITH: &str = "what-questions-are-signed-with";
const CLIENT: &str = "deploy";

/// How the service misbehaves with the next delivery.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    DeadBefore,
    DeadAfter,
    Throttled,
    Refused,
    /// It keeps what it was given, and cannot open it.
    Unopened,
    /// It says the secret in its refusal.
    Talks,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    mark: Option<String>,
    version: u32,
    key_id: String,
    secret: String,
}

impl Entry {
    fn shown(&self) -> Value {
        match &self.mark {
            Some(mark) => json!({ "mark": mark, "key_id": self.key_id }),
            None => json!({ "version": self.version.to_string(), "key_id": self.key_id }),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<String, Entry>,
    former: BTreeMap<String, Entry>,
    fault: Option<Fault>,
    deliveries: usize,
    /// Every question as it came, to see that none holds a secret.
    heard: Vec<String>,
}

/// The service: it believes no unsigned question, and alone has the private key.
#[derive(Debug)]
struct Service {
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
    address: SocketAddr,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (state, over) = (Arc::new(Mutex::new(State::default())), Arc::default());
        let (held, ended): (_, Arc<AtomicBool>) = (Arc::clone(&state), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                serve(stream, &held);
            }
        });
        Self { state, over, address }
    }

    fn target(&self, restores: bool) -> WebhookTarget {
        let address = Address {
            url: format!("http://{}/credentials", self.address),
            key: Secret::new(SIGNED_WITH),
            timeout: Duration::from_secs(20),
            now: noon,
        };
        let sealed_for = *SecretKey::from([7; 32]).public_key().as_bytes();
        WebhookTarget::new(
            address,
            WebhookEntry { name: "{name}-key".into(), sealed_for, restores },
        )
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn entry(&self) -> Entry {
        self.state().entries["deploy-key"].clone()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    exchange(stream, |headers, body| {
        if !signed(SIGNED_WITH, headers, body) {
            return Some((401, String::new()));
        }
        let asked = serde_json::from_slice(body).unwrap();
        let (status, answer) = answer(&asked, &mut state.lock().unwrap())?;
        Some((status, answer.to_string()))
    });
}

/// Status and body; `None`: the line goes dead.
fn answer(asked: &Value, state: &mut State) -> Option<(u16, Value)> {
    state.heard.push(asked.to_string());
    let name = asked["name"].as_str().unwrap_or_default().to_owned();
    let shown = |state: &State| {
        let mark = state.entries.get(&name).map(Entry::shown);
        mark.map_or(Value::Null, |it| {
            it.get("mark")
                .cloned()
                .unwrap_or_else(|| json!(format!("version-{}", it["version"].as_str().unwrap())))
        })
    };
    match asked["call"].as_str().unwrap() {
        "check" => Some((204, json!({}))),
        "held" => Some((200, json!({ "held": state.entries.get(&name).map(Entry::shown) }))),
        "deliver" => {
            let fault = state.fault.take();
            match fault {
                Some(Fault::DeadBefore) => return None,
                Some(Fault::Throttled) => return Some((429, json!({}))),
                Some(Fault::Refused) => return Some((403, json!({ "detail": "not yours" }))),
                _ => {}
            }
            // The same delivery again is answered as it was; any other is refused when somebody was faster.
            let again = asked["mark"] == shown(state);
            if !again && asked["from"] != shown(state) {
                return Some((409, json!({})));
            }
            let sealed = BASE64.decode(asked["sealed"].as_str().unwrap()).unwrap();
            let opened = SecretKey::from([7; 32]).unseal(&sealed).unwrap();
            let secret = String::from_utf8(opened).unwrap();
            if fault == Some(Fault::Talks) {
                return Some((422, json!({ "detail": format!("`{secret}` is too short") })));
            }
            let text = |key: &str| asked[key].as_str().unwrap().to_owned();
            let parcel = Parcel {
                mark: text("mark"),
                key_id: text("key_id"),
                secret: Secret::new(secret.as_str()),
            };
            let proof = proof(&parcel);
            if fault == Some(Fault::Unopened) {
                return Some((200, json!({ "proof": "00" })));
            }
            state.deliveries += 1;
            let entry =
                Entry { mark: Some(parcel.mark), version: 0, key_id: parcel.key_id, secret };
            if let Some(former) = state.entries.insert(name.clone(), entry).filter(|_| !again) {
                state.former.insert(name, former);
            }
            (fault != Some(Fault::DeadAfter)).then(|| (200, json!({ "proof": proof })))
        }
        "return" => {
            if asked["from"] != shown(state) {
                return Some((409, json!({})));
            }
            let Some(former) = state.former.remove(&name) else { return Some((404, json!({}))) };
            state.entries.insert(name, former);
            Some((200, json!({})))
        }
        _ => Some((404, json!({}))),
    }
}

struct Scene {
    service: Service,
    broker: Broker,
    connector: BrokerConnector,
    intent: Intent,
}

/// A client of the broker whose old key is held by the service, put there by somebody else.
fn scene(restores: bool) -> Scene {
    let service = Service::start();
    let broker = Broker::in_memory(TokenLife::default());
    broker.register(&ClientConfig { name: CLIENT.to_owned(), delivery: None }).unwrap();
    let old = broker.enrol(CLIENT, noon()).unwrap();
    let entry = Entry {
        mark: None,
        version: 4,
        key_id: old.id.id().to_owned(),
        secret: old.secret.expose().to_owned(),
    };
    service.state().entries.insert("deploy-key".to_owned(), entry);
    let mut deliveries = Deliveries::default();
    deliveries.add(vec!["broker:*".to_owned()], Arc::new(service.target(restores)));
    let id = ConnectorId("broker-fake".into());
    let connector = BrokerConnector::new(id, Arc::new(Tokens::new(broker.clone())), deliveries);
    let principal = Principal::new("broker", CLIENT);
    let target = interlock_model::Target::Credential { principal, credential: old.id };
    Scene {
        service,
        broker,
        connector,
        intent: Intent { kind: ActionKind::RotateCredential, target },
    }
}

impl Scene {
    fn action(&self) -> &dyn Action {
        let actions = self.connector.actions();
        actions.into_iter().find(|it| it.spec().name == "broker.issue_key").unwrap()
    }

    async fn planned(&self) -> Step {
        let cx = ReadCx::new(self.action().spec(), noon());
        self.action().plan(&cx, &self.intent, StepId::derive(&["a"])).await.unwrap()
    }

    async fn executed(&self, step: &Step) -> Result<(), CallError> {
        let permit = permit_for(step, noon()).unwrap();
        let spec = self.action().spec();
        let cx = WriteCx::open(spec, permit, &step.id, &step.connector, noon()).unwrap();
        self.action().execute(cx, step).await.map(drop)
    }

    /// The credential that the step made, once the service has it.
    async fn issued(&self, step: &Step) -> Option<CredentialRef> {
        let cx = ReadCx::new(self.action().spec(), noon());
        match self.action().verify(&cx, step).await {
            Observation::Holds { issued, .. } => issued,
            Observation::DoesNotHold { .. } | Observation::CannotTell { .. } => None,
        }
    }

    async fn holds(&self, step: &Step) -> bool {
        self.issued(step).await.is_some()
    }

    /// Whether what the service holds signs in at the broker.
    fn works(&self) -> bool {
        let Entry { key_id, secret, .. } = self.service.entry();
        self.broker.issue(&key_id, &Secret::new(secret), noon(), &Origin::default()).is_ok()
    }
}

#[tokio::test]
async fn what_is_delivered_is_sealed_proven_and_works() {
    let scene = scene(true);
    let before = scene.service.entry();
    let step = scene.planned().await;
    assert!(matches!(step.reversal, Reversal::Restores { .. }), "{:?}", step.reversal);
    assert!(!scene.holds(&step).await);
    scene.executed(&step).await.unwrap();
    assert!(scene.holds(&step).await && scene.works());
    let delivered = scene.service.entry();
    assert_ne!(delivered.key_id, before.key_id);
    for heard in &scene.service.state().heard {
        assert!(!heard.contains(&delivered.secret), "sent in clear: {heard}");
    }
    // Twice is once.
    scene.executed(&step).await.unwrap();
    assert_eq!((scene.service.state().deliveries, scene.broker.keys(CLIENT).len()), (1, 2));
    // What somebody else puts there is not ours.
    scene.service.state().entries.get_mut("deploy-key").unwrap().mark = None;
    assert!(!scene.holds(&step).await);
}

#[tokio::test]
async fn what_was_displaced_is_put_back_where_the_service_keeps_it() {
    for restores in [true, false] {
        let scene = scene(restores);
        let before = scene.service.entry();
        let step = scene.planned().await;
        assert_eq!(matches!(step.reversal, Reversal::Final { .. }), !restores);
        scene.executed(&step).await.unwrap();
        if restores {
            let issued = scene.issued(&step).await.unwrap();
            let Undo::Step(back) = mirror(&step, Some(&issued)) else { panic!() };
            scene.executed(&back).await.unwrap();
            assert_eq!(scene.service.entry(), before);
            assert!(scene.works(), "the old key, which nobody disabled");
            assert_eq!(scene.broker.keys(CLIENT).len(), 1, "the new key is gone");
        }
    }
}

#[tokio::test]
async fn whatever_breaks_between_the_two_no_key_is_left_over() {
    for fault in [Fault::DeadBefore, Fault::DeadAfter, Fault::Throttled, Fault::Refused] {
        let scene = scene(true);
        scene.service.state().fault = Some(fault);
        let mut step = scene.planned().await;
        assert!(scene.executed(&step).await.is_err(), "{fault:?}");
        for _ in 0..4 {
            if scene.holds(&step).await {
                break;
            }
            if let Err(CallError::Drifted { .. }) = scene.executed(&step).await {
                step = scene.planned().await;
            }
        }
        assert!(scene.holds(&step).await && scene.works(), "{fault:?}");
        assert_eq!(scene.broker.keys(CLIENT).len(), 2, "{fault:?}: an orphan");
    }
}

#[tokio::test]
async fn a_service_that_cannot_open_it_or_says_it_aloud_is_not_believed() {
    for (fault, said) in [
        (Fault::Unopened, "did not prove that it opened the credential"),
        (Fault::Talks, "holds the secret"),
    ] {
        let scene = scene(true);
        let step = scene.planned().await;
        scene.service.state().fault = Some(fault);
        let error = scene.executed(&step).await.unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("too short"), "{error}");
        assert!(!scene.holds(&step).await && scene.works(), "the old key works on");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_told_with_what_is_wanted() {
    let scene = scene(true);
    let place = scene.service.target(true).place(CLIENT).unwrap();
    scene.service.state().entries.clear();
    assert_eq!(place.look().await.unwrap(), Standing::default());
    let checks = scene.service.target(true).check().await;
    let names: Vec<_> = checks.iter().map(|it| it.permission.as_str()).collect();
    assert_eq!(names, ["delivery.held", "delivery.deliver", "delivery.return"]);
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:?}");
    assert_eq!(scene.service.target(false).check().await.len(), 2);
    // Somebody who has not the key that questions are signed with hears nothing.
    let address = Address {
        url: format!("http://{}/credentials", scene.service.address),
        key: Secret::new("another"),
        timeout: Duration::from_secs(20),
        now: noon,
    };
    let entry = WebhookEntry { name: "x".into(), sealed_for: [1; 32], restores: false };
    let other = WebhookTarget::new(address, entry).place(CLIENT).unwrap();
    assert!(matches!(other.look().await, Err(CallError::Denied { .. })));
    for (text, sound) in [(BASE64.encode([7; 32]), true), (BASE64.encode([7; 31]), false)] {
        assert_eq!(WebhookEntry::key(&text).is_some(), sound);
    }
}
