//! A small service on loopback that behaves, and misbehaves on request. It believes no unsigned question.

use super::Address;
use crate::Secret;
use crate::conformance::{Trouble, Troubles};
use crate::declared::fake::{PLANTED, STATES, spec};
use crate::standard_webhooks::sign;
use interlock_model::{Operation, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The service. Ends when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Fake {
    inner: Arc<Mutex<Inner>>,
    over: Arc<AtomicBool>,
    address: SocketAddr,
}

#[derive(Debug, Default)]
struct Inner {
    access: BTreeMap<&'static str, String>,
    stale: BTreeMap<&'static str, (usize, String)>,
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
    /// The `webhook-id` of every question.
    ids: Vec<String>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

impl Fake {
    pub(crate) fn start() -> Self {
        let verbs = spec("webhook").actions.iter().map(|it| it.write.0.split_once('.').unwrap().0);
        let access = verbs.map(|it| (it, STATES[0].to_owned())).collect();
        let inner = Arc::new(Mutex::new(Inner { access, ..Inner::default() }));
        let over = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (held, ended) = (Arc::clone(&inner), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(stream) = stream {
                    serve(stream, &held);
                }
            }
        });
        Self { inner, over, address }
    }

    pub(crate) fn address(&self) -> Address {
        Address {
            url: format!("http://{}/interlock", self.address),
            key: Secret::new(PLANTED),
            timeout: Duration::from_secs(20),
            now: || Timestamp::UNIX_EPOCH,
        }
    }

    /// What is really there.
    pub(crate) fn state(&self) -> BTreeMap<&'static str, String> {
        self.inner.lock().unwrap().access.clone()
    }

    /// The writes that were asked for, in order, whatever became of them.
    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.inner.lock().unwrap().writes.clone()
    }

    /// The id of every question, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.inner.lock().unwrap().ids.clone()
    }

    /// Makes the next call of an operation misbehave.
    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.inner.lock().unwrap().troubles.add(operation, trouble);
    }

    /// Lets so many reads after a write see the state before it.
    pub(crate) fn lag(&self, reads: usize) {
        self.inner.lock().unwrap().lag = reads;
    }

    /// Somebody else changes it.
    pub(crate) fn change(&self, operation: Operation, to: &str) {
        let verb = operation.0.split_once('.').unwrap().0;
        self.inner.lock().unwrap().access.insert(verb, to.to_owned());
    }
}

fn serve(stream: TcpStream, inner: &Mutex<Inner>) {
    exchange(stream, |headers, body| answer(headers, body, &mut inner.lock().unwrap()));
}

/// One question and its answer; without one the line goes dead.
pub(crate) fn exchange(
    mut stream: TcpStream,
    answer: impl FnOnce(&BTreeMap<String, String>, &[u8]) -> Option<(u16, String)>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|it| it > 2) {
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let Some((status, answer)) = answer(&headers, &body) else { return };
    drop(write!(
        stream,
        "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    ));
}

/// Whether a question is signed with this key.
pub(crate) fn signed(key: &str, headers: &BTreeMap<String, String>, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    let (id, second) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap_or(0));
    sign(&Secret::new(key), id, second, body).as_deref() == Some(header("webhook-signature"))
}

/// Status and body; `None`: the line goes dead.
fn answer(
    headers: &BTreeMap<String, String>,
    body: &[u8],
    inner: &mut Inner,
) -> Option<(u16, String)> {
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    if !signed(PLANTED, headers, body) {
        return Some((401, String::new()));
    }
    inner.ids.push(header("webhook-id").to_owned());
    let asked: Value = serde_json::from_slice(body).unwrap();
    let call = asked["call"].as_str().unwrap().to_owned();
    let known = crate::reference::permissions(spec("webhook")).enforce;
    let name = format!("{}.{call}", asked["verb"].as_str().unwrap());
    let Some(operation) = known.into_iter().find(|it| it.0 == name) else {
        return Some((if call == "check" { 204 } else { 404 }, String::new()));
    };
    let verb = operation.0.split_once('.').unwrap().0;
    let writes = matches!(&*call, "write" | "undo");
    if writes {
        assert_eq!(header("idempotency-key"), asked["step"].as_str().unwrap());
        inner.writes.push(operation);
    }
    let trouble = inner.troubles.next(operation);
    match trouble {
        Some(Trouble::SilenceBefore) => return None,
        Some(Trouble::Throttle) => return Some((429, String::new())),
        Some(Trouble::Denied) => {
            return Some((403, json!({ "detail": format!("not with {PLANTED}") }).to_string()));
        }
        Some(Trouble::Lie) => return Some((204, String::new())),
        Some(Trouble::SilenceAfter) | None => {}
    }
    let access = inner.access.get(verb).unwrap().clone();
    let to = asked["to"]["access"].as_str().unwrap_or_default().to_owned();
    if writes {
        inner.stale.insert(verb, (inner.lag, access));
        inner.access.insert(verb, to);
        return trouble.is_none().then(|| (200, json!({ "request": "r-1" }).to_string()));
    }
    let seen = match inner.stale.get_mut(verb) {
        Some((left @ 1.., stale)) => {
            *left -= 1;
            stale.clone()
        }
        Some(_) | None => access,
    };
    let said = match &*call {
        "read" => json!({ "state": { "access": seen }, "wanted": { "access": STATES[1] } }),
        "verify" => json!({ "holds": seen == to, "state": { "access": seen } }),
        _ => json!({ "access": if seen == STATES[1] { "refused" } else { "accepted" } }),
    };
    Some((200, said.to_string()))
}
