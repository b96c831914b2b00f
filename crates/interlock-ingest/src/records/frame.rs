//! Where one record ends and the next begins: JSON's grammar as a machine that can stop at any byte.
//!
//! Positions are counted from the start of the input, so that the same bytes give the same frames
//! however the reader cuts them.

mod grammar;
mod head;
mod recover;
mod row;

use super::line;
use crate::structure::{Finder, Tokens};
use interlock_model::Limits;
use row::Row;

/// Why a line of plain text is refused.
pub const TEXT: &str = "not a JSON object: it starts with a letter or digit";

/// Blanks after a record that are looked through for what follows it.
const PATIENCE: u64 = 1024;

/// Whether an array behind this key holds the records: log exports, `lookup-events`, `get-findings`, event
/// hubs and lists of Microsoft, Google and Kubernetes, subscriptions of CloudWatch, a pull from Pub/Sub.
pub(super) const fn wraps(key: &[u8]) -> bool {
    matches!(
        key,
        b"Records"
            | b"Events"
            | b"Findings"
            | b"items"
            | b"logEvents"
            | b"receivedMessages"
            | b"records"
            | b"value"
    )
}

/// What the machine found next.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A record, as a range of the buffer.
    Record { start: usize, end: usize },
    /// A row of PostgreSQL's csvlog, as a range of the buffer without its line's end.
    Row { start: usize, end: usize },
    /// A record that cannot be used, and why.
    Broken(String),
    /// Nothing yet.
    More,
}

/// A record that the end of the input cut off: its rest may not have been written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Where the record begins, in bytes from the input's start (of the text inside, if it is packed).
    pub start: u64,
    /// Whether the input ends inside a quoted text of csvlog, where a line is never a row.
    pub quoted: bool,
}

/// What may come next inside a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    None,
    Text { key: bool },
    Atom,
}

/// What the records stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Top,
    Array,
    Wrapped,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Before a record.
    Between,
    /// A `[` at the top was seen; whether it is an array of records is not known yet.
    Opened,
    /// At a line that starts as csvlog or syslog do; which it is must still be seen.
    Head,
    /// Behind the start of a syslog line, before its object. `last` is the byte before.
    Syslog { from: u64, last: u8 },
    /// Inside a row of csvlog.
    Row(Row),
    /// Behind a broken row of csvlog, up to a line that starts a row or an object.
    SkipRows { why: String, line: row::LineStart },
    /// Inside a record.
    Inside,
    /// Behind a complete record that ended here, before what follows is known.
    After { end: u64 },
    /// Behind something broken, up to the end of the line.
    SkipLine { why: String },
    /// Behind something broken that spans lines, up to a line that starts with an object.
    SkipLines { why: String, fresh: bool },
    /// Behind a broken element, up to the next one.
    SkipElement { why: String },
}

/// What becomes of the record that the machine is inside of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Keep {
    /// It is kept from here.
    From(u64),
    /// It is too long and comes out as broken.
    TooLong,
    /// It is the rest of a wrapper, no record.
    Nothing,
}

/// How far the wrapper's key has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    No,
    Key,
    Array,
}

/// The machine. Memory: one byte per open bracket, at most `limits.depth`.
#[derive(Debug)]
pub struct Framer {
    limits: Limits,
    /// The position of the buffer's first byte, and of the next byte to look at.
    base: u64,
    at: u64,
    context: Context,
    state: State,
    keep: Keep,
    expect: Expect,
    token: Token,
    token_start: u64,
    escaped: bool,
    stack: Vec<u8>,
    /// Open brackets beyond the depth limit, while skipping.
    excess: u64,
    wrapper: Wrapper,
    /// The byte before `at` was a line feed, or there was none.
    line_start: bool,
    /// The record inside of which the machine is began at the start of a line.
    began_line: bool,
    /// Behind the first line feed inside the record.
    second_line: Option<u64>,
    /// The first object inside the record that stands at the start of a line.
    resume: Option<u64>,
    /// The input is made of lines: an object at the start of a line begins a record.
    lines: bool,
    spent: bool,
    /// Where the record inside of which the machine is began, whether it is kept or not.
    begun: u64,
    unfinished: Option<Unfinished>,
    finder: Finder,
    /// How many tokens the line before had: so much room is taken at once for the next.
    tokens: usize,
}

/// A record that is a whole line.
#[derive(Debug)]
pub struct Line<'b> {
    pub text: &'b str,
    /// What it is made of.
    pub tokens: Tokens,
    /// Whether it may be an envelope with Base64.
    pub packed: bool,
}

impl Framer {
    /// A machine at the start of an input.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            base: 0,
            at: 0,
            context: Context::Top,
            state: State::Between,
            keep: Keep::Nothing,
            expect: Expect::Value,
            token: Token::None,
            token_start: 0,
            escaped: false,
            stack: Vec::new(),
            excess: 0,
            wrapper: Wrapper::No,
            line_start: true,
            began_line: false,
            second_line: None,
            resume: None,
            lines: false,
            spent: false,
            begun: 0,
            unfinished: None,
            finder: Finder::default(),
            tokens: 0,
        }
    }

    /// How many bytes of the buffer are no longer needed; the caller must drop exactly these.
    pub fn release(&mut self) -> usize {
        let inside = matches!(self.state, State::Inside | State::After { .. } | State::Row(_));
        // A line that may turn out to be a row is needed from its start on.
        let line = if let State::SkipRows { line, .. } = &self.state {
            line.held()
        } else if let State::Row(row) = &self.state {
            row.held()
        } else {
            None
        };
        let from = match self.keep {
            Keep::From(start) if inside => start,
            Keep::TooLong | Keep::Nothing if line.is_some() => line.unwrap_or(self.at),
            Keep::From(_) | Keep::TooLong | Keep::Nothing => match self.token {
                // A wrapper's key must stay whole to be read.
                Token::Text { key: true } if inside && self.at - self.token_start <= 16 => {
                    self.token_start
                }
                Token::Text { .. } | Token::Atom | Token::None => self.at,
            },
        };
        let done = from - self.base;
        self.base = from;
        usize::try_from(done).unwrap_or(usize::MAX)
    }

    /// Whether the input's end has been dealt with.
    pub fn is_spent(&self) -> bool {
        self.spent
    }

    /// Goes on in this buffer until something is found or the buffer is used up.
    pub fn step(&mut self, buffer: &[u8]) -> Frame {
        loop {
            let Some(rest) = buffer.get(self.index(self.at)..).filter(|it| !it.is_empty()) else {
                return Frame::More;
            };
            let before = self.at;
            let between = self.state == State::Between;
            let found = match self.state {
                State::Inside => self.inside(buffer),
                State::Between => self.between(rest),
                State::Head => {
                    if !self.head(rest) {
                        return Frame::More;
                    }
                    Frame::More
                }
                State::Syslog { .. } => self.syslog(rest),
                State::Row(_) => self.row(rest),
                State::SkipRows { .. } => self.skip_rows(rest),
                State::Opened => self.opened(rest),
                State::After { end } => self.after(rest, end),
                State::SkipLine { .. } => self.skip_line(rest),
                State::SkipLines { .. } => self.skip_lines(rest),
                State::SkipElement { .. } => self.skip_element(rest),
            };
            // A byte order mark does not end the line's start, so `between` sees to that itself.
            if self.at > before && !between {
                let last = self.index(self.at - 1);
                self.line_start = buffer.get(last) == Some(&b'\n');
            }
            if found != Frame::More {
                return found;
            }
        }
    }

    /// A record that is a whole line, where the input is made of lines and one begins here.
    pub fn line<'b>(&mut self, buffer: &'b [u8]) -> Option<Line<'b>> {
        if !self.lines || self.state != State::Between || self.context != Context::Top {
            return None;
        }
        // Blanks before it, the end of the line before among them.
        let rest = buffer.get(self.index(self.at)..)?;
        let blank = |it: &&u8| matches!(**it, b' ' | b'\t' | b'\r' | b'\n');
        let blanks = rest.iter().take_while(blank).count();
        let begins_line = match blanks.checked_sub(1).and_then(|it| rest.get(it)) {
            Some(last) => *last == b'\n',
            None => self.line_start,
        };
        let rest = rest.get(blanks..).filter(|it| begins_line && it.first() == Some(&b'{'))?;
        let length = line::length(rest)?;
        let mut tokens = Tokens::with_room(self.tokens);
        let line = rest.get(..length)?;
        let (text, packed) = line::record(line, self.limits, &mut self.finder, &mut tokens)?;
        self.tokens = tokens.count();
        self.at += (blanks + length) as u64;
        self.line_start = true;
        Some(Line { text, tokens, packed })
    }

    /// The input is at its end. To be called, with `step` in between, until `is_spent` and [`Frame::More`].
    pub fn finish(&mut self) -> Frame {
        self.note_unfinished();
        match std::mem::replace(&mut self.state, State::Between) {
            State::After { end } => self.complete(end),
            State::Inside => {
                self.state = State::Inside;
                self.fail("the input ends inside the record".to_owned())
            }
            State::SkipLine { why }
            | State::SkipLines { why, .. }
            | State::SkipRows { why, .. }
            | State::SkipElement { why } => {
                self.context = Context::Top;
                self.spent = true;
                Frame::Broken(why)
            }
            State::Row(row) => self.row_at_end(row),
            State::Head | State::Syslog { .. } => {
                self.recover("the input ends before a record begins on its last line".to_owned());
                Frame::More
            }
            State::Opened => {
                self.spent = true;
                Frame::Broken("the input ends inside an array".to_owned())
            }
            State::Between if self.context != Context::Top => {
                self.context = Context::Top;
                self.spent = true;
                Frame::Broken("the input ends before its array of records is closed".to_owned())
            }
            State::Between => {
                self.spent = true;
                Frame::More
            }
        }
    }

    /// The record that the input's end cut off, once [`finish`](Self::finish) was called.
    pub fn unfinished(&self) -> Option<Unfinished> {
        self.unfinished
    }

    /// The first call decides: what is found inside the record afterwards is a part of it.
    fn note_unfinished(&mut self) {
        let inside = self.state == State::Inside && self.keep != Keep::Nothing;
        let quoted = matches!(self.state, State::Row(row) if row.in_text());
        if inside || quoted {
            self.unfinished.get_or_insert(Unfinished { start: self.begun, quoted });
        }
    }

    fn index(&self, position: u64) -> usize {
        usize::try_from(position.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }

    fn between(&mut self, rest: &[u8]) -> Frame {
        for byte in rest {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                    self.line_start = *byte == b'\n';
                    self.at += 1;
                }
                // A byte order mark, also where files were joined.
                0xef | 0xbb | 0xbf if self.context == Context::Top => self.at += 1,
                b'{' => {
                    self.begin();
                    return Frame::More;
                }
                b'[' if self.context == Context::Top => {
                    self.at += 1;
                    self.line_start = false;
                    self.second_line = None;
                    self.state = State::Opened;
                    return Frame::More;
                }
                b']' if self.context == Context::Array => {
                    self.at += 1;
                    self.line_start = false;
                    self.context = Context::Top;
                    return Frame::More;
                }
                b']' if self.context == Context::Wrapped => {
                    self.at += 1;
                    self.line_start = false;
                    self.leave_wrapped_array();
                    return Frame::More;
                }
                b'<' | b'0'..=b'9' | b'A'..=b'Z'
                    if self.context == Context::Top && self.line_start =>
                {
                    self.state = State::Head;
                    return Frame::More;
                }
                _ => {
                    self.no_object(*byte);
                    return Frame::More;
                }
            }
        }
        Frame::More
    }

    fn opened(&mut self, rest: &[u8]) -> Frame {
        for byte in rest {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'{' => {
                    self.context = Context::Array;
                    self.state = State::Between;
                    return Frame::More;
                }
                b']' => {
                    self.at += 1;
                    self.state = State::Between;
                    return Frame::More;
                }
                _ => {
                    self.recover("not a JSON object, nor an array of objects".to_owned());
                    return Frame::More;
                }
            }
        }
        Frame::More
    }

    /// What starts here is no record of any form.
    fn no_object(&mut self, byte: u8) {
        self.stack.clear();
        // One reason for all lines of a text, whichever letter each begins with.
        let why = if byte.is_ascii_alphanumeric() || byte >= 0x80 {
            TEXT.to_owned()
        } else {
            format!("not a JSON object: it starts with {}", shown(byte))
        };
        self.recover(why);
    }

    fn begin(&mut self) {
        self.state = State::Inside;
        self.keep = Keep::From(self.at);
        self.begun = self.at;
        self.began_line = self.line_start;
        self.line_start = false;
        self.second_line = None;
        self.resume = None;
        self.wrapper = Wrapper::No;
        self.token = Token::None;
        self.excess = 0;
        self.stack.clear();
        self.stack.push(b'{');
        self.expect = Expect::KeyOrEnd;
        self.at += 1;
    }

    fn after(&mut self, rest: &[u8], end: u64) -> Frame {
        for byte in rest {
            match byte {
                b' ' | b'\t' | b'\r' if self.at - end < PATIENCE => self.at += 1,
                b' ' | b'\t' | b'\r' | b'{' => return self.complete(end),
                b'\n' => {
                    self.lines |= self.began_line && self.second_line.is_none();
                    return self.complete(end);
                }
                b',' => {
                    self.at += 1;
                    return self.complete(end);
                }
                b'[' if self.context == Context::Top => return self.complete(end),
                b']' if self.context != Context::Top => return self.complete(end),
                _ => {
                    return self.fail(format!("{} follows the record on its line", shown(*byte)));
                }
            }
        }
        Frame::More
    }

    fn complete(&mut self, end: u64) -> Frame {
        self.state = State::Between;
        let keep = std::mem::replace(&mut self.keep, Keep::Nothing);
        match keep {
            Keep::From(start) => Frame::Record { start: self.index(start), end: self.index(end) },
            Keep::TooLong => Frame::Broken(self.too_long()),
            Keep::Nothing => Frame::More,
        }
    }

    fn too_long(&self) -> String {
        format!("longer than {} bytes", self.limits.record_bytes)
    }
}

fn shown(byte: u8) -> String {
    match byte {
        b'\n' => "the line's end".to_owned(),
        b'`' => "a backtick".to_owned(),
        0x21..=0x7e => format!("`{}`", char::from(byte)),
        b' ' => "a blank".to_owned(),
        _ => format!("byte 0x{byte:02x}"),
    }
}
