//! From a stream of bytes to messages: counted octets, or one line each.
//!
//! RFC 6587: a message that begins with a digit says its length, any other ends with its line.
//! RFC 5425 (TLS) knows only the former; both are understood on both.

/// Cuts one connection's bytes into messages. Holds at most one message and what came with it.
#[derive(Debug)]
pub struct Framer {
    bytes: Vec<u8>,
    most: usize,
    passing: Passing,
}

/// What is passed over, because the message is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    Nothing,
    Octets(u64),
    Line,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Message(Vec<u8>),
    /// A message that is longer than may be; it is passed over.
    TooLong,
}

/// How the next message is framed.
enum Next {
    /// Not enough bytes to tell.
    Unknown,
    /// So many octets after a head of so many.
    Counted { head: usize, length: u64 },
    /// Up to the end of the line.
    Line,
}

impl Framer {
    /// For messages of at most so many bytes.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { bytes: Vec::new(), most, passing: Passing::Nothing }
    }

    /// These bytes arrived.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, if all of it has arrived.
    pub fn message(&mut self) -> Option<Frame> {
        self.pass_over();
        if self.passing != Passing::Nothing {
            return None;
        }
        let between =
            self.bytes.iter().take_while(|it| matches!(it, b'\n' | b'\r' | 0 | b' ')).count();
        self.bytes.drain(..between);
        match self.framing() {
            Next::Unknown => None,
            Next::Counted { head, length } => {
                let Some(whole) = usize::try_from(length).ok().filter(|it| *it <= self.most) else {
                    self.bytes.drain(..head);
                    self.passing = Passing::Octets(length);
                    self.pass_over();
                    return Some(Frame::TooLong);
                };
                if self.bytes.len() < head + whole {
                    return None;
                }
                self.bytes.drain(..head);
                Some(Frame::Message(self.bytes.drain(..whole).collect()))
            }
            Next::Line => match self.bytes.iter().position(|it| *it == b'\n') {
                Some(end) if end <= self.most => {
                    let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
                    line.truncate(line.trim_ascii_end().len());
                    Some(Frame::Message(line))
                }
                None if self.bytes.len() <= self.most => None,
                Some(_) | None => {
                    self.passing = Passing::Line;
                    self.pass_over();
                    Some(Frame::TooLong)
                }
            },
        }
    }

    /// What is left when the connection has ended: a last line without an end, or a part of a message.
    #[must_use]
    pub fn finish(self) -> Option<Result<Vec<u8>, &'static str>> {
        if self.passing != Passing::Nothing || self.bytes.trim_ascii().is_empty() {
            return None;
        }
        Some(match self.framing() {
            Next::Line => Ok(self.bytes),
            Next::Counted { .. } | Next::Unknown => Err("the connection ended inside the message"),
        })
    }

    fn framing(&self) -> Next {
        let digits = self.bytes.iter().take(10).take_while(|it| it.is_ascii_digit()).count();
        match (self.bytes.first(), self.bytes.get(digits)) {
            (None, _) => Next::Unknown,
            (Some(b'1'..=b'9'), None) if digits < 10 => Next::Unknown,
            (Some(b'1'..=b'9'), Some(b' ')) => {
                let text = self.bytes.get(..digits).and_then(|it| std::str::from_utf8(it).ok());
                match text.and_then(|it| it.parse().ok()) {
                    Some(length) => Next::Counted { head: digits + 1, length },
                    None => Next::Line,
                }
            }
            (Some(_), _) => Next::Line,
        }
    }

    fn pass_over(&mut self) {
        match self.passing {
            Passing::Nothing => {}
            Passing::Octets(left) => {
                let here = left.min(self.bytes.len() as u64);
                self.bytes.drain(..usize::try_from(here).unwrap_or(0));
                self.passing =
                    if here == left { Passing::Nothing } else { Passing::Octets(left - here) };
            }
            Passing::Line => match self.bytes.iter().position(|it| *it == b'\n') {
                Some(end) => {
                    self.bytes.drain(..=end);
                    self.passing = Passing::Nothing;
                }
                None => self.bytes.clear(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(bytes: &[u8], piece: usize) -> Vec<String> {
        let mut framer = Framer::new(20);
        let mut frames = Vec::new();
        for piece in bytes.chunks(piece) {
            framer.add(piece);
            while let Some(frame) = framer.message() {
                frames.push(match frame {
                    Frame::Message(it) => String::from_utf8_lossy(&it).into_owned(),
                    Frame::TooLong => "(too long)".to_owned(),
                });
            }
        }
        match framer.finish() {
            Some(Ok(it)) => frames.push(format!("last {}", String::from_utf8_lossy(&it))),
            Some(Err(why)) => frames.push(why.to_owned()),
            None => {}
        }
        frames
    }

    #[test]
    fn counted_and_lines_in_one_stream_whatever_the_pieces() {
        let stream = b"5 <1>ab\n<2>line\r\n11 <3>two\nline99 xx\n";
        for piece in [1, 2, 3, 7, 100] {
            let expected = ["<1>ab", "<2>line", "<3>two\nline", "(too long)"];
            assert_eq!(frames(stream, piece), expected, "{piece}");
        }
        let stream = b"{\"a\":1}\n{\"b\":2222222222222222222222222}\n<9>end";
        for piece in [1, 5, 100] {
            assert_eq!(
                frames(stream, piece),
                ["{\"a\":1}", "(too long)", "last <9>end"],
                "{piece}"
            );
        }
        assert_eq!(frames(b"9 <1>abc", 3), ["the connection ended inside the message"]);
        assert_eq!(frames(b"0 x\n2026-03-02 ok\n", 3), ["0 x", "2026-03-02 ok"]);
        assert_eq!(frames(b"", 3), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same(bytes: Vec<u8>, piece in 1_usize..40) {
            prop_assert_eq!(frames(&bytes, piece), frames(&bytes, 1));
        }
    }
}
