//! Notices reach their receiver: signed, with the team's contact, also when it was down or the house died.

use crate::served::Folder;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KEY: &str = "a-key-of-the-test-0123456789";

/// What arrived, and how often the receiver still fails first.
#[derive(Debug, Default)]
struct Arrived {
    failing: u32,
    notices: Vec<(String, Value)>,
}

type Shared = Arc<Mutex<Arrived>>;

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let id = header("webhook-id");
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(format!("{id}.{}.", header("webhook-timestamp")).as_bytes());
    mac.update(&body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header("webhook-signature"), signature);
    let mut arrived = shared.lock().unwrap();
    if arrived.failing > 0 {
        arrived.failing -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    arrived.notices.push((id, serde_json::from_slice(&body).unwrap()));
    StatusCode::NO_CONTENT
}

async fn until(shared: &Shared, count: usize) -> Vec<(String, Value)> {
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..1_200 {
        pace.tick().await;
        let arrived = shared.lock().unwrap().notices.clone();
        if arrived.len() >= count {
            return arrived;
        }
    }
    panic!("{:?}", shared.lock().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_reaches_its_receiver_also_when_that_was_down_and_the_house_died() {
    let shared = Shared::default();
    shared.lock().unwrap().failing = 2;
    let router = Router::new().route("/in", axum::routing::post(take)).with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receiver = tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = Folder::new();
    crate::program::write_secret(folder.path().join("notify.key"), KEY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.path().join("notify.key"), mode).unwrap();
    }
    folder.add(&format!(
        "\n[[notify]]\nid = \"oncall\"\nurl = \"http://{address}/in\"\nsecret = {{ from = \"file\", path = \"notify.key\" }}\n"
    ));
    let house = folder.serve();
    let ask = serde_json::json!({"intent": "block_principal", "why": "seen elsewhere"});
    let (status, answer) = house.post("alice", "/v1/identities/idn_shop/contain", ask).await;
    assert!(status < 300, "{status} {answer}");
    let arrived = until(&shared, 1).await;
    let (_, notice) = &arrived[0];
    assert_eq!(notice["type"], "interlock.notice", "{notice}");
    assert!(notice["text"].as_str().unwrap().contains("approve cnt_"), "{notice}");
    // Nothing comes twice when nothing went wrong, and after a death nothing is missing.
    house.kill();
    let known = shared.lock().unwrap().notices.len();
    let house = folder.serve();
    let ask = serde_json::json!({"intent": "revoke_sessions", "why": "seen elsewhere"});
    let (status, answer) = house.post("sue", "/v1/identities/idn_shop/contain", ask).await;
    assert!(status < 300, "{status} {answer}");
    let arrived = until(&shared, known + 1).await;
    let text = format!("{arrived:?}");
    let log = std::fs::read_to_string(folder.log()).unwrap_or_default();
    assert!(!text.contains(KEY) && !log.contains(KEY), "the key stays secret");
    assert!(log.contains("notices wait"), "{log}");
    assert_eq!(house.terminate(), Some(0));
    receiver.abort();
}

#[test]
fn an_address_without_tls_is_refused_beyond_the_own_machine() {
    let folder = Folder::new();
    folder.add("\n[[notify]]\nid = \"On call\"\nurl = \"http://alerts.example.com/in\"\n\n[[notify]]\nid = \"x\"\n");
    let ran = folder.run(&["check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for said in ["without TLS", "is no name of a receiver", "either `url` or `url_from`"] {
        assert!(ran.out.contains(said) || ran.err.contains(said), "{said}: {ran:?}");
    }
}
