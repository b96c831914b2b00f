//! `serve`: the house with its door open. Events in, answers out, a page to look at.
//!
//! Memory: at most [`CONNECTIONS`] connections and [`REQUESTS`] requests at a time, so many of one address
//! ([`places`]) and some kept for this machine, [`TAKING`] of them with a body of more than [`BODY`] bytes. Whoever sends a body before it is known has places of its
//! own ([`STRANGERS`], [`SIGNED`]), so that nobody can take those of senders and of people who answer.

pub mod auth;
mod bound;
mod broker;
pub mod extract;
pub mod health;
mod ingest;
mod listener;
pub mod metrics;
mod openapi;
mod places;
pub mod problem;
mod routes;
mod webhook;

use crate::api::reading::Reading;
use crate::cli::{Common, ServeArgs};
use crate::config::{self, Token};
use crate::exit::{Ended, Exit, Failure};
use crate::feed::Feeds;
use crate::feed::state::State;
use crate::house::{self, Opening};
use crate::notify;
use crate::output;
use crate::runner::House;
use anyhow::anyhow;
use auth::Gate;
use interlock_contain::Connector;
use interlock_model::Limits;
use interlock_store::SigningKey;
use places::{Places, Room};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

pub use openapi::document;

/// Most connections at a time.
pub const CONNECTIONS: usize = 512;
/// Of these only for this machine.
const CONNECTIONS_KEPT: usize = 64;
/// Most connections of one address at a time when nothing is said.
pub const CONNECTIONS_EACH: usize = 64;
/// Most requests at a time.
pub const REQUESTS: usize = 128;
/// Most requests at a time of those who send a body before they are known: a login, a key of the broker.
pub const STRANGERS: usize = 64;
/// Of these only for this machine.
const STRANGERS_KEPT: usize = 16;
/// Most events at a time that come signed and are not proven yet.
pub const SIGNED: usize = 4;
/// Most requests with events at a time.
pub const TAKING: usize = 8;
/// The largest body of a request that is no events, in bytes.
pub const BODY: usize = 64 << 10;
/// How long requests that are under way have when the house stops.
const GRACE: Duration = Duration::from_secs(20);

/// What every handler reaches.
#[derive(Debug, Clone)]
pub struct Desk(Arc<Inner>);

/// The things on the desk.
#[derive(Debug)]
pub struct Inner {
    /// The running house.
    pub house: House,
    /// How everything is read.
    pub reading: Reading,
    /// Who may call.
    pub gate: Gate,
    /// How each feed is.
    pub feeds: Arc<[Arc<State>]>,
    /// The port of the door.
    pub port: u16,
    /// What signs the audit chain.
    pub key: Arc<SigningKey>,
    /// What the house reaches.
    pub connectors: Arc<[Arc<dyn Connector>]>,
    /// The doors of the built-in broker, where there is one.
    pub broker: Option<Arc<broker::Doors>>,
    /// The doors for what GitHub sends.
    pub webhooks: Vec<webhook::Webhook>,
    /// Bounds on input.
    pub limits: Limits,
    /// The largest body with events or alerts, in bytes.
    pub body_bytes: usize,
    /// Places for requests.
    pub requests: Semaphore,
    /// Places for requests whose body is read before their sender is known.
    pub strangers: Places,
    /// Places for events that come signed.
    pub signed: Semaphore,
    /// Places for requests with events.
    pub taking: Semaphore,
}

impl Deref for Desk {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// An open door: listens until it is told to stop.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    telling: Option<broker::Telling>,
}

impl Door {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and finishes those that are under way.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(GRACE, self.serving).await.is_err() {
            tracing::warn!("requests that did not end in time were cut off");
        }
        if let Some(telling) = self.telling {
            telling.stop().await;
        }
    }
}

/// Opens a door to this house.
///
/// # Errors
/// The address cannot be had, or is not the own machine's.
pub async fn open(listen: SocketAddr, tokens: Vec<Token>, house: House) -> Result<Door, Failure> {
    let limits = Limits::STANDARD;
    let bounds =
        Bounds { limits, body_bytes: config::BODY_BYTES, connections_each: CONNECTIONS_EACH };
    open_within(listen, tokens, house, bounds, &Feeds::default()).await
}

/// Bounds on what comes in through the door.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// On records.
    pub limits: Limits,
    /// On bodies with events or alerts, in bytes.
    pub body_bytes: usize,
    /// On connections of one address at a time.
    pub connections_each: usize,
}

/// Opens a door to this house with these bounds on input, beside these feeds.
///
/// # Errors
/// As [`open`].
pub async fn open_within(
    listen: SocketAddr,
    tokens: Vec<Token>,
    house: House,
    bounds: Bounds,
    feeds: &Feeds,
) -> Result<Door, Failure> {
    let Bounds { limits, body_bytes, connections_each } = bounds;
    metrics::install();
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|it| Failure::unavailable(anyhow!("cannot listen on {listen}: {it}")))?;
    let address = listener.local_addr().map_err(Failure::unavailable)?;
    let broker = house
        .brokers()
        .first()
        .map(|(id, broker)| Arc::new(broker::Doors::new(id.clone(), broker.clone())));
    let telling = broker.as_ref().map(|it| it.tell(house.clone()));
    let desk = Desk(Arc::new(Inner {
        reading: Reading::of_house(house.clone()),
        gate: Gate::new(tokens),
        feeds: feeds.states(),
        webhooks: feeds
            .webhooks()
            .map(|(intake, secret)| webhook::Webhook::new(intake, secret))
            .collect(),
        port: address.port(),
        key: Arc::clone(house.key()),
        connectors: Arc::clone(house.connectors()),
        broker,
        limits,
        body_bytes,
        requests: Semaphore::new(REQUESTS),
        strangers: Places::new(Room {
            all: STRANGERS,
            kept: STRANGERS_KEPT,
            // As large a part of the places as of the connections.
            each: connections_each.saturating_mul(STRANGERS).div_ceil(CONNECTIONS),
        }),
        signed: Semaphore::new(SIGNED),
        taking: Semaphore::new(TAKING),
        house,
    }));
    let (stop, mut stopped) = watch::channel(false);
    let app = routes::app(desk).into_make_service_with_connect_info::<listener::Peer>();
    let places =
        Places::new(Room { all: CONNECTIONS, kept: CONNECTIONS_KEPT, each: connections_each });
    let listener = listener::Bounded::new(listener, places);
    let serving = tokio::spawn(async move {
        let until = async move {
            let _ = stopped.wait_for(|it| *it).await;
        };
        if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(until).await {
            tracing::error!(%error, "the door is shut");
        }
    });
    Ok(Door { address, stop, serving, telling })
}

/// Runs the command until SIGTERM, SIGINT, or a store that does not take what must be remembered.
///
/// # Errors
/// The configuration, the address or the store cannot be had.
pub async fn run(common: &Common, args: &ServeArgs) -> Ended {
    let config = config::given(common)?;
    let listen = args.listen.unwrap_or(config.listen);
    if config.tokens.is_empty() {
        output::note("no `[[token]]` in `interlock.toml`: nobody may call the API");
    }
    if !listen.ip().is_loopback() {
        output::note(format!(
            "listening on {listen} without TLS: tokens travel with every call, so put a proxy with TLS in front"
        ));
    }
    let (tokens, mode, feeds) = (config.tokens.clone(), config.mode, config.feeds.clone());
    let receivers = config.notify.clone();
    let bounds = Bounds {
        limits: config.limits,
        body_bytes: config.body_bytes,
        connections_each: config.connections_each,
    };
    let mut signals = Signals::new()?;
    metrics::install();
    let (runner, house) = house::open(config, Opening::to_serve()).await?;
    let store = house.store().clone();
    let feeds = Feeds::prepare(&feeds, &house, bounds.limits)?;
    let door = open_within(listen, tokens, house.clone(), bounds, &feeds).await?;
    let feeds = feeds.start();
    let notify = notify::start(&receivers, &house)?;
    let mut running = tokio::spawn(runner.run());
    output::line(format!("listening on http://{} in mode {mode}", door.address()));
    let early = tokio::select! {
        ended = &mut running => Some(ended),
        signal = signals.next() => {
            output::note(format!("{signal}: finishing what is under way"));
            None
        }
    };
    feeds.stop().await;
    notify.stop().await;
    door.stop().await;
    let ended = match early {
        Some(ended) => ended,
        None => {
            house.stop().await;
            running.await
        }
    };
    let closed = store.close().await;
    match ended {
        Ok(Ok(())) => {
            closed?;
            output::note("stopped; everything acknowledged is stored");
            Ok(Exit::Ok)
        }
        Ok(Err(error)) => Err(Failure::unavailable(error)),
        Err(error) => Err(Failure::unavailable(anyhow!("the loop of the house ended: {error}"))),
    }
}

/// The signals that end the process gracefully.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .map_err(Failure::unavailable)?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = tokio::signal::ctrl_c() => "interrupted",
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "interrupted"
    }
}
