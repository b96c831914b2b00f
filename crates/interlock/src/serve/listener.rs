//! The listener: a bounded number of connections, each of which must show life.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// How long a connection may be silent while something is awaited from it.
const SILENCE: Duration = Duration::from_secs(75);
/// How long a request may take to come in: longer than any answer waits for it, and no longer, so that a
/// connection that sends a byte now and then does not keep its place for ever.
const ASKING: Duration = Duration::from_secs(150);
/// How long to wait after the system refuses a connection, for lack of file handles for example.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts at most so many connections at a time; further ones wait in the system's queue.
#[derive(Debug)]
pub struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// One connection and its place.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    silence: Pin<Box<Sleep>>,
    /// When the first byte came since the last one was written.
    asking: Option<Instant>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Bounded {
    /// A listener with so many places.
    #[must_use]
    pub fn new(listener: TcpListener, places: usize) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(places)) }
    }
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // INVARIANT: nobody closes the semaphore, so there is always a place in the end.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let _ = stream.set_nodelay(true);
                    return (Connection::new(stream, place), address);
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
    fn new(stream: TcpStream, place: Option<OwnedSemaphorePermit>) -> Self {
        let silence = Box::pin(tokio::time::sleep(SILENCE));
        Self { stream, silence, asking: None, _place: place }
    }

    /// Something is written: it is alive, and what it asked is answered.
    fn writes(&mut self) {
        self.silence.as_mut().reset(Instant::now() + SILENCE);
        self.asking = None;
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let now = Instant::now();
        if self.asking.is_some_and(|since| now.duration_since(since) >= ASKING) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        match Pin::new(&mut self.stream).poll_read(cx, into) {
            Poll::Ready(done) => {
                self.silence.as_mut().reset(now + SILENCE);
                self.asking.get_or_insert(now);
                Poll::Ready(done)
            }
            Poll::Pending => match self.silence.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writes();
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
        self.writes();
        Pin::new(&mut self.stream).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn a_request_that_never_ends_loses_its_place() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut it = Connection::new(listener.accept().await.unwrap().0, None);
        let mut byte = [0];
        sender.write_all(b"G").await.unwrap();
        it.read_exact(&mut byte).await.unwrap();
        assert!(it.asking.is_some());
        // An answer ends what was asked, and the next request has its own time.
        it.write_all(b"x").await.unwrap();
        assert!(it.asking.is_none());
        sender.write_all(b"G").await.unwrap();
        it.read_exact(&mut byte).await.unwrap();
        let Some(long_ago) = Instant::now().checked_sub(ASKING) else { return };
        it.asking = Some(long_ago);
        sender.write_all(b"E").await.unwrap();
        let error = it.read_exact(&mut byte).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
