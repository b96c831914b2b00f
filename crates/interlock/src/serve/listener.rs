//! The listener: a bounded number of connections, in all and for each address, each of which must show life.

use super::places::{Place, Places};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep};

/// How long a connection may be silent while something is awaited from it.
const SILENCE: Duration = Duration::from_secs(75);
/// How long the head of a request may take to come in, and the first byte of a connection.
const HEAD: Duration = Duration::from_secs(10);
/// How long a request may take to come in: longer than any answer waits for it, and no longer, so that a
/// connection that sends a byte now and then does not keep its place for ever.
const ASKING: Duration = Duration::from_secs(150);
/// How long to wait after the system refuses a connection, for lack of file handles for example.
const PAUSE: Duration = Duration::from_millis(200);
/// What whoever finds no place is told, if there is still time for it.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/// How an answer begins after which the body of the same request comes.
const CONTINUE: &[u8] = b"HTTP/1.1 100";
/// What ends the head of a request.
const END: &[u8; 4] = b"\r\n\r\n";

/// Accepts as many connections as there are places for, and turns away the others.
#[derive(Debug)]
pub struct Bounded {
    listener: TcpListener,
    places: Places,
}

/// One connection and its place.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    timer: Pin<Box<Sleep>>,
    /// When the last byte came or went.
    alive: Instant,
    /// When the first byte came since the last one was written; of a new connection, when it came.
    asking: Option<Instant>,
    /// How much of [`END`] stands at the end of what came; all of it: the head is here.
    head: usize,
    _place: Option<Place>,
}

impl Bounded {
    /// A listener with these places.
    #[must_use]
    pub const fn new(listener: TcpListener, places: Places) -> Self {
        Self { listener, places }
    }
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let Some(place) = self.places.take(address.ip()) else {
                        metrics::counter!("interlock_connections_refused_total").increment(1);
                        // Nobody waits for whoever is too many.
                        let _ = stream.try_write(FULL);
                        continue;
                    };
                    let _ = stream.set_nodelay(true);
                    return (Connection::new(stream, Some(place)), address);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: axum::serve::IncomingStream<'_, Bounded>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connection {
    fn new(stream: TcpStream, place: Option<Place>) -> Self {
        let now = Instant::now();
        let timer = Box::pin(tokio::time::sleep_until(now + HEAD));
        Self { stream, timer, alive: now, asking: Some(now), head: 0, _place: place }
    }

    /// When it has been waited for long enough.
    fn deadline(&self) -> Instant {
        let silent = self.alive + SILENCE;
        match self.asking {
            Some(since) if self.head < END.len() => silent.min(since + HEAD),
            Some(since) => silent.min(since + ASKING),
            None => silent,
        }
    }

    /// These bytes came.
    fn came(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.head == END.len() {
                return;
            }
            self.head = match END.get(self.head) {
                Some(next) if next == byte => self.head + 1,
                _ if *byte == b'\r' => 1,
                _ => 0,
            };
        }
    }

    /// Something is written: it is alive, and what it asked is answered.
    fn writes(&mut self, bytes: &[u8]) {
        self.alive = Instant::now();
        if !bytes.starts_with(CONTINUE) {
            self.asking = None;
            self.head = 0;
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let now = Instant::now();
        if now >= self.deadline() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = into.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, into) {
            Poll::Ready(done) => {
                self.alive = now;
                self.asking.get_or_insert(now);
                self.came(into.filled().get(before..).unwrap_or_default());
                Poll::Ready(done)
            }
            Poll::Pending => {
                let deadline = self.deadline();
                self.timer.as_mut().reset(deadline);
                match self.timer.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writes(from);
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes(from.first().map_or(&[], |it| it));
        Pin::new(&mut self.stream).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::Room;
    use super::*;
    use axum::serve::Listener as _;
    use std::net::{IpAddr, Ipv4Addr};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpSocket;

    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (sender, Connection::new(listener.accept().await.unwrap().0, None))
    }

    #[tokio::test]
    async fn a_request_that_never_ends_loses_its_place() {
        let (mut sender, mut it) = pair().await;
        let mut head = [0; 18];
        sender.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        it.read_exact(&mut head).await.unwrap();
        assert!(it.asking.is_some());
        // An answer ends what was asked, and the next request has its own time.
        it.write_all(b"x").await.unwrap();
        assert!(it.asking.is_none());
        sender.write_all(b"PUT / HTTP/1.1\r\n\r\n").await.unwrap();
        it.read_exact(&mut head).await.unwrap();
        let Some(long_ago) = Instant::now().checked_sub(ASKING) else { return };
        it.asking = Some(long_ago);
        sender.write_all(b"E").await.unwrap();
        let error = it.read_exact(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// Byte by byte a head never ends; whoever says nothing at all is waited for no longer.
    #[tokio::test]
    async fn a_head_that_never_ends_loses_its_place_soon() {
        for said in ["", "GET / HTTP/1.1\r\nX: \r\n \r \n"] {
            let (mut sender, mut it) = pair().await;
            sender.write_all(said.as_bytes()).await.unwrap();
            it.read_exact(&mut vec![0; said.len()]).await.unwrap();
            let Some(ago) = Instant::now().checked_sub(HEAD) else { return };
            it.asking = Some(ago);
            sender.write_all(b"E").await.unwrap();
            let error = it.read_exact(&mut [0]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{said:?}");
        }
        let (mut sender, mut it) = pair().await;
        for part in ["GET / HTTP/1.1\r", "\n\r", "\n"] {
            sender.write_all(part.as_bytes()).await.unwrap();
            it.read_exact(&mut vec![0; part.len()]).await.unwrap();
        }
        let Some(ago) = Instant::now().checked_sub(HEAD) else { return };
        it.asking = Some(ago);
        // What says that the body may come is no answer to the request.
        it.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
        sender.write_all(b"body").await.unwrap();
        it.read_exact(&mut [0; 4]).await.unwrap();
    }

    /// Over real sockets, from several addresses of the loopback network; only one of them is home here.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn one_address_takes_only_its_part_of_the_door() {
        let home = |it: IpAddr| it == IpAddr::V4(Ipv4Addr::LOCALHOST);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let places = Places::at_home(Room { all: 8, kept: 2, each: 3 }, home);
        let mut listener = Bounded::new(listener, places);
        let (accepted, mut taken) = tokio::sync::mpsc::channel(64);
        tokio::spawn(async move {
            loop {
                if accepted.send(listener.accept().await).await.is_err() {
                    return;
                }
            }
        });
        let connect = async |last: u8| {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
            socket.connect(to).await.unwrap()
        };
        let refused = async |stream: &mut TcpStream| {
            let mut said = Vec::new();
            let _ = stream.read_to_end(&mut said).await;
            assert!(said.is_empty() || said == FULL, "{}", String::from_utf8_lossy(&said));
        };
        let (mut kept, mut ours) = (Vec::new(), Vec::new());
        for last in [2, 3] {
            for _ in 0..3 {
                ours.push(connect(last).await);
                kept.push(taken.recv().await.unwrap());
            }
            refused(&mut connect(last).await).await;
        }
        // All that strangers may have is taken, also by whoever has none yet.
        refused(&mut connect(4).await).await;
        for _ in 0..2 {
            ours.push(connect(1).await);
            let (connection, from) = taken.recv().await.unwrap();
            assert!(home(from.ip()));
            kept.push((connection, from));
        }
        refused(&mut connect(1).await).await;
        // Whoever leaves makes room.
        kept.retain(|(_, from)| from.ip() != IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)));
        ours.push(connect(4).await);
        let (_, from) = taken.recv().await.unwrap();
        assert_eq!(from.ip(), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 4)));
    }
}
