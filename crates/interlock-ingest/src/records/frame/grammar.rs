//! The inside of a record, byte by byte.

use super::{Context, Expect, Frame, Framer, Keep, State, Token, Wrapper, shown, wraps};
use crate::records::text::{is_atom, plain_run};

impl Framer {
    /// Goes on inside a record, at most to its longest allowed length at a time.
    pub(super) fn inside(&mut self, buffer: &[u8]) -> Frame {
        let mut end = buffer.len();
        if let Keep::From(start) = self.keep {
            let limit = start + self.limits.record_bytes as u64;
            if self.at >= limit {
                // What was taken for a part of this record may be one itself.
                if self.rewind() {
                    return Frame::Broken(self.too_long());
                }
                self.keep = Keep::TooLong;
            } else {
                end = end.min(self.index(limit));
            }
        }
        let buffer = buffer.get(..end).unwrap_or(buffer);
        while let Some(byte) = buffer.get(self.index(self.at)).copied() {
            let done = match self.token {
                Token::Text { key } => self.text(buffer, key),
                Token::Atom => self.atom(buffer),
                Token::None => self.grammar(byte),
            };
            match done {
                Ok(()) if self.state == State::Inside => {}
                Ok(()) => return Frame::More,
                Err(why) => return self.fail(why),
            }
        }
        Frame::More
    }

    fn text(&mut self, buffer: &[u8], key: bool) -> Result<(), String> {
        loop {
            let from = self.index(self.at);
            let Some(rest) = buffer.get(from..).filter(|it| !it.is_empty()) else { return Ok(()) };
            if self.escaped {
                self.escaped = false;
                match rest.first() {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u') => {
                        self.at += 1
                    }
                    _ => return Err("an escape that JSON does not have".to_owned()),
                }
                continue;
            }
            let run = plain_run(rest);
            self.at += run as u64;
            match rest.get(run) {
                None => return Ok(()),
                Some(b'"') => {
                    self.at += 1;
                    self.token = Token::None;
                    if key {
                        self.key_ended(buffer, from + run);
                    } else {
                        self.value_ended();
                    }
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escaped = true;
                }
                Some(b'\n') => return Err("the line ends inside a string".to_owned()),
                Some(byte) => return Err(format!("{} inside a string", shown(*byte))),
            }
        }
    }

    fn key_ended(&mut self, buffer: &[u8], end: usize) {
        self.expect = Expect::Colon;
        if self.stack.len() == 1 && self.context == Context::Top {
            let key = buffer.get(self.index(self.token_start)..end).unwrap_or_default();
            self.wrapper = if wraps(key) { Wrapper::Key } else { Wrapper::No };
        }
    }

    fn value_ended(&mut self) {
        self.expect = Expect::CommaOrEnd;
        if self.stack.len() == 1 {
            self.wrapper = Wrapper::No;
        }
    }

    fn atom(&mut self, buffer: &[u8]) -> Result<(), String> {
        let rest = buffer.get(self.index(self.at)..).unwrap_or_default();
        let run = rest
            .iter()
            .position(|it| !it.is_ascii_alphanumeric() && !matches!(it, b'+' | b'-' | b'.'))
            .unwrap_or(rest.len());
        self.at += run as u64;
        if run == rest.len() {
            return Ok(());
        }
        self.token = Token::None;
        self.value_ended();
        if matches!(self.keep, Keep::From(_)) {
            let atom = buffer.get(self.index(self.token_start)..self.index(self.at));
            if !atom.is_some_and(is_atom) {
                return Err(
                    "a value that is neither number, string, true, false nor null".to_owned()
                );
            }
        }
        Ok(())
    }

    /// One byte outside of strings and atoms.
    fn grammar(&mut self, byte: u8) -> Result<(), String> {
        match byte {
            b'\n' => {
                self.line_start = true;
                self.at += 1;
                self.second_line.get_or_insert(self.at);
                return Ok(());
            }
            b' ' | b'\t' | b'\r' => {}
            _ if self.wrapper == Wrapper::Array
                && self.stack.len() == 2
                && self.expect == Expect::ValueOrEnd
                && byte != b']' =>
            {
                self.context = Context::Wrapped;
                self.state = State::Between;
                self.keep = Keep::Nothing;
                return Ok(());
            }
            b'{' if self.line_start && self.object_starts_line() => {
                return Err("the record breaks off before the next line".to_owned());
            }
            b'{' | b'[' if matches!(self.expect, Expect::Value | Expect::ValueOrEnd) => {
                self.open(byte)?;
            }
            b'}' | b']' => return self.close(byte),
            b'"' => {
                let key = match self.expect {
                    Expect::Key | Expect::KeyOrEnd => true,
                    Expect::Value | Expect::ValueOrEnd => false,
                    Expect::Colon | Expect::CommaOrEnd => return Err(self.unexpected(byte)),
                };
                self.token = Token::Text { key };
                self.token_start = self.at + 1;
                self.escaped = false;
            }
            b':' if self.expect == Expect::Colon => self.expect = Expect::Value,
            b',' if self.expect == Expect::CommaOrEnd => {
                let object = self.stack.last() == Some(&b'{');
                self.expect = if object { Expect::Key } else { Expect::Value };
            }
            b'0'..=b'9' | b'-' | b'a'..=b'z'
                if matches!(self.expect, Expect::Value | Expect::ValueOrEnd) =>
            {
                self.token = Token::Atom;
                self.token_start = self.at;
            }
            _ => return Err(self.unexpected(byte)),
        }
        self.line_start = false;
        self.at += 1;
        Ok(())
    }

    /// Whether an object at the start of a line, inside a record, ends that record.
    fn object_starts_line(&mut self) -> bool {
        if self.lines || !matches!(self.keep, Keep::From(_)) {
            return true;
        }
        self.resume.get_or_insert(self.at);
        false
    }

    fn open(&mut self, bracket: u8) -> Result<(), String> {
        if self.stack.len() >= self.limits.depth {
            return Err(format!("nested deeper than {} levels", self.limits.depth));
        }
        if bracket == b'[' && self.wrapper == Wrapper::Key && self.stack.len() == 1 {
            self.wrapper = Wrapper::Array;
        } else if self.stack.len() == 1 || self.wrapper == Wrapper::Array {
            self.wrapper = Wrapper::No;
        }
        self.stack.push(bracket);
        self.expect = if bracket == b'{' { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
        Ok(())
    }

    fn close(&mut self, bracket: u8) -> Result<(), String> {
        let fits = match (self.stack.last(), self.expect) {
            (Some(b'{'), Expect::KeyOrEnd | Expect::CommaOrEnd) => bracket == b'}',
            (Some(b'['), Expect::ValueOrEnd | Expect::CommaOrEnd) => bracket == b']',
            _ => false,
        };
        if !fits {
            return Err(self.unexpected(bracket));
        }
        if self.wrapper == Wrapper::Array && self.stack.len() == 2 {
            if self.expect == Expect::ValueOrEnd {
                // A wrapper without records is no record.
                self.keep = Keep::Nothing;
            }
            self.wrapper = Wrapper::No;
        }
        self.stack.pop();
        self.line_start = false;
        self.at += 1;
        self.value_ended();
        if self.stack.is_empty() {
            self.state = State::After { end: self.at };
        }
        Ok(())
    }

    pub(super) fn leave_wrapped_array(&mut self) {
        self.begin();
        self.at -= 1;
        self.keep = Keep::Nothing;
        self.context = Context::Top;
        self.expect = Expect::CommaOrEnd;
    }

    fn unexpected(&self, byte: u8) -> String {
        let wanted = match self.expect {
            Expect::Value => "a value",
            Expect::ValueOrEnd => "a value or `]`",
            Expect::Key => "a key",
            Expect::KeyOrEnd => "a key or `}`",
            Expect::Colon => "`:`",
            Expect::CommaOrEnd => "`,` or the closing bracket",
        };
        format!("{} where {wanted} was expected", shown(byte))
    }
}
