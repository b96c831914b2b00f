//! The stage of the demo: an API that asks the broker about every token, the workload that deploys
//! through it, and a stranger with the workload's key. All of them real, all of them on loopback.

use crate::clock;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use interlock_connect::Secret;
use interlock_connect::broker::{Broker, NewKey};
use interlock_model::Origin;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How often each caller calls.
const PACE: Duration = Duration::from_millis(50);

/// What a caller met with last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It has not called yet.
    Nothing,
    /// The API did what was asked.
    Accepted,
    /// The broker gave no token, or the API did not accept it.
    Refused,
}

/// Somebody who calls the API over and over.
#[derive(Debug, Clone)]
pub struct Caller {
    met: watch::Receiver<Met>,
}

impl Caller {
    /// Waits until it meets with this; `false` when it does not within ten seconds.
    pub async fn meets(&mut self, what: Met) -> bool {
        let waiting = self.met.wait_for(|it| *it == what);
        tokio::time::timeout(Duration::from_secs(10), waiting).await.is_ok_and(|it| it.is_ok())
    }
}

/// Starts the API that is to be protected.
///
/// # Errors
/// No port is free.
pub async fn api(broker: Broker) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = axum::Router::new().route("/deploy", get(deploy)).with_state(broker);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn deploy(State(broker): State<Broker>, headers: HeaderMap) -> StatusCode {
    let bearer = headers.get("authorization").and_then(|it| it.to_str().ok());
    let token = bearer.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default();
    if broker.introspect(token, clock::now()).active {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

/// Starts somebody who holds this key and calls the API from this address.
pub fn caller(
    broker: Broker,
    key: &Arc<NewKey>,
    from: IpAddr,
    agent: &str,
    api: SocketAddr,
) -> Caller {
    let (tell, met) = watch::channel(Met::Nothing);
    let origin = Origin { address: Some(from), service: None, user_agent: Some(agent.into()) };
    let key = Arc::clone(key);
    tokio::spawn(async move {
        let client = reqwest::Client::new();
        let mut token: Option<Secret> = None;
        let mut pace = tokio::time::interval(PACE);
        loop {
            pace.tick().await;
            if token.is_none() {
                token = broker
                    .issue(key.id.id(), &key.secret, clock::now(), &origin)
                    .ok()
                    .map(|it| it.token);
            }
            let now = match &token {
                None => Met::Refused,
                Some(text) => {
                    let call =
                        client.get(format!("http://{api}/deploy")).bearer_auth(text.expose());
                    let accepted = call.send().await.is_ok_and(|it| it.status().is_success());
                    if accepted { Met::Accepted } else { Met::Refused }
                }
            };
            if now == Met::Refused {
                token = None;
            }
            // Nobody listens any more: the demo is over.
            if tell.send(now).is_err() {
                return;
            }
        }
    });
    Caller { met }
}
