//! How a line starts that is no object itself: a row of csvlog, or a syslog line with an object behind its head.

use super::row::Row;
use super::{Frame, Framer, Keep, PATIENCE, State};

/// What the start of a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// A row of PostgreSQL's csvlog.
    Row,
    /// A syslog line of RFC 5424, of RFC 3164, or as rsyslog writes them to files.
    Syslog,
    /// Neither.
    Other,
}

/// The time that csvlog's first column holds; `0` stands for a digit.
pub(super) const ROW_TIME: &[u8] = b"0000-00-00 00:00:00.000 ";

/// The longest name of a time zone behind it.
const ZONE: usize = 10;

const MONTHS: [&[u8]; 12] = [
    b"Jan ", b"Feb ", b"Mar ", b"Apr ", b"May ", b"Jun ", b"Jul ", b"Aug ", b"Sep ", b"Oct ",
    b"Nov ", b"Dec ",
];

/// Judges the first bytes of a line; `None` as long as more bytes could decide.
/// Whatever it says of some bytes, it says of them with more behind.
pub(super) fn start(line: &[u8]) -> Option<Start> {
    let mut open = false;
    for (known, start) in [
        (row(line), Start::Row),
        (priority(line), Start::Syslog),
        (month(line), Start::Syslog),
        (shaped(line, b"0000-00-00T00:00:00"), Start::Syslog),
    ] {
        match known {
            Some(true) => return Some(start),
            Some(false) => {}
            None => open = true,
        }
    }
    (!open).then_some(Start::Other)
}

/// Whether the bytes have this shape; `None` as long as they only begin to.
fn shaped(line: &[u8], shape: &[u8]) -> Option<bool> {
    let fits = |(byte, wanted): (&u8, &u8)| fits(*byte, *wanted);
    if !line.iter().zip(shape).all(fits) {
        return Some(false);
    }
    (line.len() >= shape.len()).then_some(true)
}

/// Whether a byte stands where the shape wants it.
pub(super) fn fits(byte: u8, wanted: u8) -> bool {
    if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted }
}

fn row(line: &[u8]) -> Option<bool> {
    if !shaped(line, ROW_TIME)? {
        return Some(false);
    }
    let zone = line.get(ROW_TIME.len()..).unwrap_or_default();
    let named =
        |it: &&u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'-' | b':' | b'<' | b'>');
    let length = zone.iter().take(ZONE + 1).take_while(named).count();
    match zone.get(length) {
        Some(b',') => Some((1..=ZONE).contains(&length)),
        Some(_) => Some(false),
        None if length > ZONE => Some(false),
        None => None,
    }
}

/// `<34>`
fn priority(line: &[u8]) -> Option<bool> {
    let Some(rest) = line.strip_prefix(b"<") else { return Some(false) };
    let digits = rest.iter().take(4).take_while(|it| it.is_ascii_digit()).count();
    match rest.get(digits) {
        Some(b'>') => Some((1..=3).contains(&digits)),
        Some(_) => Some(false),
        None => None,
    }
}

/// `Jan  5 09:00:00`
fn month(line: &[u8]) -> Option<bool> {
    let name = line.get(..4).unwrap_or(line);
    if !MONTHS.iter().any(|it| it.starts_with(name)) {
        return Some(false);
    }
    let rest = line.get(4..)?;
    match rest.first()? {
        b' ' => shaped(rest, b" 0 00:00:00 "),
        _ => shaped(rest, b"00 00:00:00 "),
    }
}

impl Framer {
    /// Looks at the start of a line; false as long as it is too short to tell.
    pub(super) fn head(&mut self, rest: &[u8]) -> bool {
        let Some(start) = start(rest) else { return false };
        match start {
            Start::Row => {
                self.keep = Keep::From(self.at);
                self.begun = self.at;
                self.resume = None;
                self.state = State::Row(Row::new());
            }
            Start::Syslog => self.state = State::Syslog { from: self.at, last: b'<' },
            Start::Other => self.no_object(rest.first().copied().unwrap_or(b'\n')),
        }
        true
    }

    /// Goes on to the object of a syslog line.
    pub(super) fn syslog(&mut self, rest: &[u8]) -> Frame {
        let State::Syslog { from, mut last } = self.state else { return Frame::More };
        for byte in rest {
            if *byte == b'{' && matches!(last, b' ' | b':' | b']' | b'\t') {
                self.begin();
                // Such a record is one line, and so are those that follow.
                self.lines = true;
                return Frame::More;
            }
            if *byte == b'\n' || self.at - from >= PATIENCE {
                self.recover("a syslog line without a JSON object".to_owned());
                return Frame::More;
            }
            last = *byte;
            self.at += 1;
        }
        self.state = State::Syslog { from, last };
        Frame::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Start) {
        assert_eq!(start(line.as_bytes()), Some(expected), "{line}");
        let mut decided = None;
        for end in 0..=line.len() {
            let now = start(&line.as_bytes()[..end]);
            assert!(decided.is_none() || now == decided, "{line} at {end}");
            decided = now;
        }
    }

    #[test]
    fn lines_are_told_apart_by_their_start() {
        for line in [
            "2026-01-05 09:00:00.123 UTC,\"a\"",
            "2026-01-05 09:00:00.123 CEST,,",
            "2026-01-05 09:00:00.123 +03,,",
        ] {
            check(line, Start::Row);
        }
        for line in [
            "<34>1 2026-01-05T09:00:00Z h a - - - {}",
            "<5>Jan  5 09:00:00 h a: {}",
            "Jan  5 09:00:00 h a: {}",
            "Dec 15 09:00:00 h a: {}",
            "2026-01-05T09:00:00+01:00 h a: {}",
        ] {
            check(line, Start::Syslog);
        }
        for line in [
            "2026-01-05 09:00:00.123 UTC [77] LOG:  ready",
            "2026-01-05 09:00:00.123 AVeryLongTimeZone,",
            "2026-01-05,09:00:00",
            "17\n",
            "<x>",
            "<1234>",
            "January 5",
            "Junk\n",
            "AB",
        ] {
            check(line, Start::Other);
        }
    }
}
