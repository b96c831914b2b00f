//! The bytes of an input, unpacked when they are gzip.

use flate2::read::MultiGzDecoder;
use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read};

type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// A reader that looks at the first two bytes before it decides how to go on.
pub enum Input<R: Read> {
    /// Nothing was read yet.
    New { inner: Option<R>, most: u64 },
    /// As it comes.
    Plain(Peeked<R>),
    /// Unpacked, member after member, up to `left` bytes.
    Gzip { inner: Box<MultiGzDecoder<BufReader<Peeked<R>>>>, left: u64, most: u64 },
}

impl<R: Read> Input<R> {
    /// An input whose unpacked form may have at most this many bytes.
    pub fn new(inner: R, most: u64) -> Self {
        Self::New { inner: Some(inner), most }
    }

    /// Reads some bytes, 0 at the end.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Self::New { inner, most } = self {
            let most = *most;
            let Some(mut reader) = inner.take() else { return Ok(0) };
            let mut head = vec![0; 2];
            let read = read_up_to(&mut reader, &mut head)?;
            head.truncate(read);
            let gzip = head == [0x1f, 0x8b];
            let peeked = Cursor::new(head).chain(reader);
            *self = if gzip {
                let inner =
                    Box::new(MultiGzDecoder::new(BufReader::with_capacity(32 << 10, peeked)));
                Self::Gzip { inner, left: most, most }
            } else {
                Self::Plain(peeked)
            };
        }
        match self {
            Self::New { .. } => Ok(0),
            Self::Plain(inner) => patient(inner, into),
            Self::Gzip { inner, left, most } => {
                let read = patient(inner, into).map_err(unpacking)?;
                match left.checked_sub(read as u64) {
                    Some(rest) => *left = rest,
                    None => {
                        let why = format!("unpacks to more than {most} bytes");
                        return Err(io::Error::other(why));
                    }
                }
                Ok(read)
            }
        }
    }
}

/// One line about why an input could not be read to its end.
pub fn describe(error: &io::Error) -> String {
    let text: String =
        error.to_string().chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    format!("the input cannot be read further: {text}")
}

fn unpacking(error: io::Error) -> io::Error {
    let kind = error.kind();
    if kind == ErrorKind::UnexpectedEof {
        io::Error::other("the gzip data breaks off")
    } else if kind == ErrorKind::InvalidInput || kind == ErrorKind::InvalidData {
        io::Error::other(format!("the gzip data is damaged ({error})"))
    } else {
        error
    }
}

fn patient(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn read_up_to(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while let Some(free) = into.get_mut(have..).filter(|it| !it.is_empty()) {
        match patient(reader, free)? {
            0 => break,
            read => have += read,
        }
    }
    Ok(have)
}
