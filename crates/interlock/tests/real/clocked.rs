//! AWS under another clock: what stands before a server, refuses what is signed for a time that is minutes
//! off by that clock, as AWS does, and dates every answer by it.

use crate::account::now;
use interlock_model::Timestamp;
use jiff::SignedDuration;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How old or how new a signature may be, in seconds.
const TAKEN: i64 = 300;

/// A server behind a clock that is ahead of ours.
pub struct Clocked {
    address: SocketAddr,
    refused: Arc<AtomicUsize>,
}

impl Clocked {
    /// The server at `address:port`, whose clock is so many seconds ahead of ours, or behind.
    pub async fn before(server: &str, ahead: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let refused = Arc::new(AtomicUsize::new(0));
        let (server, counted) = (server.to_owned(), Arc::clone(&refused));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, counted) = (server.clone(), Arc::clone(&counted));
                tokio::spawn(async move { one(stream, &server, ahead, &counted).await });
            }
        });
        Self { address, refused }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests were refused for their time.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

/// One request on one connection, which then ends.
async fn one(mut house: TcpStream, server: &str, ahead: i64, refused: &AtomicUsize) -> Option<()> {
    let (head, body) = whole(&mut house).await?;
    let theirs = now() + SignedDuration::from_secs(ahead);
    let date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let signed = head.lines().find_map(|it| it.strip_prefix("x-amz-date: "))?;
    if theirs.duration_since(signed_for(signed.trim())).as_secs().abs() > TAKEN {
        refused.fetch_add(1, Ordering::SeqCst);
        let said = "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired\"}";
        let answer = format!(
            "HTTP/1.1 403 X\r\nDate: {date}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{said}",
            said.len()
        );
        return house.write_all(answer.as_bytes()).await.ok();
    }
    let mut there = TcpStream::connect(server).await.ok()?;
    let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1) + "\r\n\r\n";
    there.write_all(&[head.as_bytes(), &body].concat()).await.ok()?;
    let mut answer = Vec::new();
    there.read_to_end(&mut answer).await.ok()?;
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let said = String::from_utf8_lossy(&answer[..end]).into_owned();
    let kept = said.lines().filter(|it| !it.to_lowercase().starts_with("date:"));
    let head = kept.collect::<Vec<_>>().join("\r\n") + &format!("\r\nDate: {date}");
    house.write_all(&[head.as_bytes(), &answer[end..]].concat()).await.ok()
}

fn signed_for(text: &str) -> Timestamp {
    let signed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).unwrap();
    signed.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

/// The head of a request and its body.
async fn whole(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|it| {
                let (name, value) = it.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Some((head, bytes.split_off(end + 4)));
            }
        }
        let Ok(count @ 1..) = stream.read(&mut buffer).await else { return None };
        bytes.extend_from_slice(&buffer[..count]);
    }
}
