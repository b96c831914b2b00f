//! Just enough of AMQP 0-9-1 to sign in, as a workload would, and to hear why not.
//!
//! Source: <https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf>, sections 2.3 and 4.2.

use crate::Secret;
use std::io::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The largest frame that is read, in bytes.
const MOST: usize = 128 << 10;
/// What ends each frame.
const END: u8 = 0xCE;
/// A frame that holds a method.
const METHOD: u8 = 1;
/// The class of everything about connections.
const CONNECTION: u16 = 10;
const START: u16 = 10;
const START_OK: u16 = 11;
const TUNE: u16 = 30;
const TUNE_OK: u16 = 31;
const OPEN: u16 = 40;
const OPEN_OK: u16 = 41;
const CLOSE: u16 = 50;
const CLOSE_OK: u16 = 51;

/// How the broker answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The connection is open.
    Open,
    /// The name and the password are not good.
    WrongPassword,
    /// They are, and the connection is refused all the same.
    Refused(String),
}

/// Opens a connection and closes it again.
pub(super) async fn sign_in<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    vhost: &str,
    (user, password): (&str, &Secret),
) -> Result<Answer> {
    stream.write_all(b"AMQP\0\0\x09\x01").await?;
    let (method, _) = read(stream).await?;
    if method != START {
        return Err(odd(method));
    }
    write(stream, START_OK, &start_ok(user, password)?).await?;
    match read(stream).await? {
        (CLOSE, body) => {
            write(stream, CLOSE_OK, &[]).await?;
            let (code, text) = closed(&body)?;
            return Ok(if code == 403 { Answer::WrongPassword } else { Answer::Refused(text) });
        }
        (TUNE, body) => {
            // What the broker proposes, but no heartbeat: the connection is over at once.
            let sizes = body.get(..6).ok_or_else(|| odd(TUNE))?;
            write(stream, TUNE_OK, &[sizes, &[0, 0]].concat()).await?;
        }
        (method, _) => return Err(odd(method)),
    }
    let mut open = short(vhost)?;
    open.extend([0, 0]);
    write(stream, OPEN, &open).await?;
    match read(stream).await? {
        (OPEN_OK, _) => {
            // Code 200, no text, and no method that it is about.
            write(stream, CLOSE, &[0, 200, 0, 0, 0, 0, 0]).await?;
            // Whoever looks at the list next must not find this one in it.
            let _ = read(stream).await;
            Ok(Answer::Open)
        }
        (CLOSE, body) => {
            write(stream, CLOSE_OK, &[]).await?;
            Ok(Answer::Refused(closed(&body)?.1))
        }
        (method, _) => Err(odd(method)),
    }
}

fn start_ok(user: &str, password: &Secret) -> Result<Vec<u8>> {
    // We understand a refusal that is said, instead of a line that goes dead.
    let mut capability = short("authentication_failure_close")?;
    capability.extend([b't', 1]);
    let mut properties = short("capabilities")?;
    properties.push(b'F');
    properties.extend(long(&capability)?);
    let mut body = long(&properties)?;
    body.extend(short("PLAIN")?);
    body.extend(long(format!("\0{user}\0{}", password.expose()).as_bytes())?);
    body.extend(short("en_US")?);
    Ok(body)
}

/// A text of at most 255 bytes.
fn short(text: &str) -> Result<Vec<u8>> {
    let length = u8::try_from(text.len()).map_err(|_| Error::other("a name is too long"))?;
    Ok([&[length][..], text.as_bytes()].concat())
}

fn long(bytes: &[u8]) -> Result<Vec<u8>> {
    let length = u32::try_from(bytes.len()).map_err(|_| Error::other("a text is too long"))?;
    Ok([&length.to_be_bytes()[..], bytes].concat())
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, method: u16, body: &[u8]) -> Result<()> {
    let payload = [&CONNECTION.to_be_bytes()[..], &method.to_be_bytes(), body].concat();
    let frame = [&[METHOD, 0, 0][..], &long(&payload)?, &[END]].concat();
    stream.write_all(&frame).await?;
    stream.flush().await
}

/// The next method about the connection, and what it says.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(u16, Vec<u8>)> {
    let sort = stream.read_u8().await?;
    let _channel = stream.read_u16().await?;
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if !(4..=MOST).contains(&length) {
        return Err(Error::new(ErrorKind::InvalidData, "a frame of an odd size"));
    }
    let (class, method) = (stream.read_u16().await?, stream.read_u16().await?);
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body).await?;
    if stream.read_u8().await? != END || sort != METHOD || class != CONNECTION {
        return Err(Error::new(ErrorKind::InvalidData, "no frame of AMQP 0-9-1"));
    }
    Ok((method, body))
}

/// Code and text of a refusal.
fn closed(body: &[u8]) -> Result<(u16, String)> {
    let short = || Error::new(ErrorKind::InvalidData, "a refusal that breaks off");
    let (code, rest) = body.split_first_chunk::<2>().ok_or_else(short)?;
    let (length, rest) = rest.split_first().ok_or_else(short)?;
    let text = rest.get(..usize::from(*length)).ok_or_else(short)?;
    let text: String =
        String::from_utf8_lossy(text).chars().filter(|it| !it.is_control()).take(200).collect();
    Ok((u16::from_be_bytes(*code), text))
}

fn odd(method: u16) -> Error {
    Error::new(ErrorKind::InvalidData, format!("method {method} of a connection is out of turn"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    /// What a broker that says this is taken to mean.
    async fn said(frames: &[(u16, &[u8])]) -> Result<Answer> {
        let (mut ours, mut theirs) = duplex(64 << 10);
        for (method, body) in frames {
            write(&mut theirs, *method, body).await.unwrap();
        }
        sign_in(&mut ours, "/", ("svc", &Secret::new("pw1"))).await
    }

    #[tokio::test]
    async fn answers_are_told_apart() {
        let (refused, barred): (&[u8], &[u8]) =
            (b"\x01\x93\x02no\0\0\0\0", b"\x02\x12\x03bad\0\0\0\0");
        let [start, tune, open, over]: [(u16, &[u8]); 4] =
            [(START, b""), (TUNE, &[0, 0, 0, 2, 0, 0, 0, 60]), (OPEN_OK, b"\0"), (CLOSE_OK, b"")];
        assert_eq!(said(&[start, tune, open, over]).await.unwrap(), Answer::Open);
        assert_eq!(said(&[start, (CLOSE, refused)]).await.unwrap(), Answer::WrongPassword);
        let answer = said(&[start, tune, (CLOSE, barred)]).await.unwrap();
        assert_eq!(answer, Answer::Refused("bad".to_owned()));
    }

    #[tokio::test]
    async fn nonsense_is_an_error_and_no_answer() {
        let start: (u16, &[u8]) = (START, b"");
        let odd: [(u16, &[u8]); 3] = [(OPEN, b""), (TUNE, b"\0"), (CLOSE, b"\x01")];
        assert!(said(&odd[..1]).await.is_err());
        for second in odd {
            assert!(said(&[start, second]).await.is_err(), "{second:?}");
        }
        let (mut ours, mut theirs) = duplex(1 << 10);
        theirs.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        assert!(sign_in(&mut ours, "/", ("svc", &Secret::new("pw1"))).await.is_err());
    }
}
