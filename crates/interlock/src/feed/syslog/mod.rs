//! A door for syslog over TCP, plain or with TLS.
//!
//! Syslog has no acknowledgement: a sender never learns what was stored. What is read from a
//! connection is stored before more is read from it, so a slow store slows the sender down.
//!
//! Memory: at most [`CONNECTIONS`] connections with one message of at most [`MESSAGE`] bytes each.

mod frame;
mod message;
mod tls;

pub use tls::tls;

use super::intake::{Intake, Lot};
use super::{Pace, Reader, Trouble};
use crate::config::SyslogFeed;
use frame::{Frame, Framer};
use interlock_model::{Place, Rejected};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Most connections at a time; further ones wait in the system's queue.
const CONNECTIONS: usize = 256;
/// The longest message, in bytes.
const MESSAGE: usize = 1 << 20;
/// How many records are stored at a time.
const LOT: u64 = 1_000;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait for the next connection before it is said that all is read.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait before a lot that could not be stored is given again.
const AGAIN: Duration = Duration::from_secs(1);

/// A door for syslog.
#[derive(Debug)]
pub struct Door {
    config: SyslogFeed,
    intake: Intake,
    open: Option<Open>,
    connections: JoinSet<()>,
    places: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

struct Open {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl Door {
    /// A door that is not open yet.
    #[must_use]
    pub fn new(config: &SyslogFeed, intake: Intake) -> Self {
        Self {
            config: config.clone(),
            intake,
            open: None,
            connections: JoinSet::new(),
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            stop: watch::Sender::new(false),
        }
    }

    async fn opened(&mut self) -> Result<Open, Trouble> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        let tls = self.config.tls.as_ref().map(tls::tls).transpose().map_err(Trouble::again)?;
        let listen = self.config.listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| Trouble::again(format!("cannot listen on {listen}: {error}")))?;
        if let Ok(address) = listener.local_addr() {
            tracing::info!(feed = self.intake.feed(), %address, "listening for syslog");
            crate::output::note(format!("feed {} listens on {address}", self.intake.feed()));
        }
        Ok(Open { listener, tls })
    }
}

#[async_trait::async_trait]
impl Reader for Door {
    async fn step(&mut self) -> Result<Pace, Trouble> {
        let open = self.opened().await?;
        while self.connections.try_join_next().is_some() {}
        // INVARIANT: nobody closes the semaphore.
        let place = Arc::clone(&self.places).acquire_owned();
        let accept = async {
            let place = place.await.ok();
            (place, open.listener.accept().await)
        };
        let accepted = tokio::time::timeout(LOOK, accept).await;
        let tls = open.tls.clone();
        self.open = Some(open);
        let (place, accepted) = match accepted {
            Ok(it) => it,
            Err(_) => return Ok(Pace::Rest(Duration::ZERO)),
        };
        let (stream, from) = accepted
            .map_err(|error| Trouble::again(format!("a connection cannot be taken: {error}")))?;
        let (intake, stopped) = (self.intake.clone(), self.stop.subscribe());
        self.connections.spawn(async move {
            let _place = place;
            connection(stream, from, tls, intake, stopped).await;
        });
        Ok(Pace::More)
    }

    async fn stop(&mut self) {
        self.open = None;
        let _ = self.stop.send(true);
        while self.connections.join_next().await.is_some() {}
    }
}

/// Whether the address is free and the files of TLS are sound.
///
/// # Errors
/// They are not.
pub async fn test(config: &SyslogFeed) -> Result<String, String> {
    if let Some(files) = &config.tls {
        tls(files)?;
    }
    let listen = config.listen;
    match TcpListener::bind(listen).await {
        Ok(_) => Ok(format!("{listen} can be listened on")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Ok(format!("{listen} is in use, as it is while `serve` runs"))
        }
        Err(error) => Err(format!("cannot listen on {listen}: {error}")),
    }
}

async fn connection(
    stream: TcpStream,
    from: SocketAddr,
    tls: Option<TlsAcceptor>,
    intake: Intake,
    mut stopped: watch::Receiver<bool>,
) {
    let mut random = [0; 6];
    // Without randomness places may name two connections alike; nothing else hangs on it.
    let _ = getrandom::fill(&mut random);
    let name: Arc<str> = format!("syslog:{}:{from}/{}", intake.feed(), hex::encode(random)).into();
    let done = match tls {
        None => read(stream, &name, &intake, &mut stopped).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => read(stream, &name, &intake, &mut stopped).await,
            Ok(Err(error)) => Err(format!("no TLS with {from}: {error}")),
            Err(_) => Err(format!("no TLS with {from}: it took too long")),
        },
    };
    if let Err(why) = done {
        tracing::warn!(feed = intake.feed(), "{why}");
        intake.state.complained(&why);
    }
}

/// Reads one connection to its end.
async fn read(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    name: &Arc<str>,
    intake: &Intake,
    stopped: &mut watch::Receiver<bool>,
) -> Result<(), String> {
    let most = intake.limits().record_bytes.min(MESSAGE);
    let mut framer = Framer::new(most);
    let mut next = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        loop {
            let mut lot = Lot::default();
            while lot.count() < LOT {
                match framer.message() {
                    Some(frame) => carried(frame, name, &mut next, most, intake, &mut lot),
                    None => break,
                }
            }
            if lot.count() == 0 {
                break;
            }
            store(lot, intake, stopped).await?;
        }
        let read = tokio::select! {
            read = stream.read(&mut buffer) => read,
            _ = stopped.wait_for(|it| *it) => return Ok(()),
        };
        match read {
            Ok(0) => break,
            Ok(read) => framer.add(buffer.get(..read).unwrap_or_default()),
            Err(error) => {
                let why = format!("the connection of {name} broke off: {error}");
                finish(framer, name, next, most, intake, stopped).await?;
                return Err(why);
            }
        }
    }
    finish(framer, name, next, most, intake, stopped).await?;
    // With TLS the sender is told that its last byte was read; that is all there is to tell.
    let _ = tokio::time::timeout(HANDSHAKE, stream.shutdown()).await;
    Ok(())
}

/// What is left at the end of a connection.
async fn finish(
    framer: Framer,
    name: &Arc<str>,
    mut next: u64,
    most: usize,
    intake: &Intake,
    stopped: &mut watch::Receiver<bool>,
) -> Result<(), String> {
    let mut lot = Lot::default();
    match framer.finish() {
        None => return Ok(()),
        Some(Ok(last)) => {
            carried(Frame::Message(last), name, &mut next, most, intake, &mut lot);
        }
        Some(Err(why)) => {
            let place = Place { file: Arc::clone(name), record: next };
            lot.rejected.push(Rejected { place, why: why.to_owned() });
        }
    }
    store(lot, intake, stopped).await
}

/// Adds what a message carries.
fn carried(
    frame: Frame,
    name: &Arc<str>,
    next: &mut u64,
    most: usize,
    intake: &Intake,
    lot: &mut Lot,
) {
    let refused =
        |why: String| Rejected { place: Place { file: Arc::clone(name), record: *next }, why };
    let found = match frame {
        Frame::TooLong => {
            let why = format!("longer than the longest message, {most} bytes");
            Lot { rejected: vec![refused(why)], ..Lot::default() }
        }
        Frame::Message(message) => match message::content(&message) {
            [] => Lot::default(),
            content => intake.cut(content.to_vec(), name, *next),
        },
    };
    *next += found.count();
    lot.append(found);
}

/// Stores a lot; until it is stored nothing more is read.
async fn store(
    lot: Lot,
    intake: &Intake,
    stopped: &mut watch::Receiver<bool>,
) -> Result<(), String> {
    loop {
        let Err(trouble) = intake.give(&lot).await else { return Ok(()) };
        intake.state.failed(&trouble.to_string());
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stopped.wait_for(|it| *it) => {
                return Err(format!("{} messages were read and not stored: {trouble}", lot.count()));
            }
        }
    }
}
