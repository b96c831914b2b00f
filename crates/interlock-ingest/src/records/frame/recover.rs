//! What follows something broken.

use super::{Context, Expect, Frame, Framer, Keep, State, Token};

impl Framer {
    /// The record is broken: goes back to where a record may begin inside it,
    /// or goes on to where the next may begin.
    pub(super) fn fail(&mut self, why: String) -> Frame {
        if self.rewind() {
            return Frame::Broken(why);
        }
        let why = if self.keep == Keep::TooLong { self.too_long() } else { why };
        self.recover(why);
        Frame::More
    }

    pub(super) fn rewind(&mut self) -> bool {
        let Keep::From(_) = self.keep else { return false };
        let target = if self.lines { self.second_line } else { self.resume };
        let Some(target) = target else { return false };
        self.at = target;
        self.line_start = true;
        self.lines = true;
        self.keep = Keep::Nothing;
        self.state = State::Between;
        self.token = Token::None;
        true
    }

    pub(super) fn recover(&mut self, why: String) {
        self.keep = Keep::Nothing;
        self.excess = 0;
        let spans_lines = self.state == State::Inside && self.second_line.is_some();
        self.state = match self.context {
            Context::Array | Context::Wrapped => {
                if self.token == Token::Atom {
                    self.token = Token::None;
                }
                State::SkipElement { why }
            }
            Context::Top if spans_lines && !self.lines => {
                State::SkipLines { why, fresh: self.line_start }
            }
            Context::Top => State::SkipLine { why },
        };
    }

    pub(super) fn broken(&mut self) -> Frame {
        self.token = Token::None;
        match std::mem::replace(&mut self.state, State::Between) {
            State::SkipLine { why }
            | State::SkipLines { why, .. }
            | State::SkipRows { why, .. }
            | State::SkipElement { why } => Frame::Broken(why),
            State::Between
            | State::Opened
            | State::Head
            | State::Syslog { .. }
            | State::Row(_)
            | State::Inside
            | State::After { .. } => Frame::More,
        }
    }

    pub(super) fn skip_line(&mut self, rest: &[u8]) -> Frame {
        // An object at the start of the line that stopped the record before it.
        if self.line_start && rest.first() == Some(&b'{') {
            return self.broken();
        }
        self.line_start = false;
        match rest.iter().position(|it| *it == b'\n') {
            Some(end) => {
                self.at += end as u64 + 1;
                self.broken()
            }
            None => {
                self.at += rest.len() as u64;
                Frame::More
            }
        }
    }

    pub(super) fn skip_lines(&mut self, rest: &[u8]) -> Frame {
        let State::SkipLines { fresh, .. } = &mut self.state else { return Frame::More };
        for byte in rest {
            if *fresh && *byte == b'{' {
                return self.broken();
            }
            *fresh = *byte == b'\n';
            self.at += 1;
        }
        Frame::More
    }

    pub(super) fn skip_element(&mut self, rest: &[u8]) -> Frame {
        for byte in rest {
            if self.line_start && *byte == b'{' {
                return self.broken();
            }
            if matches!(self.token, Token::Text { .. }) {
                match byte {
                    b'\n' => self.token = Token::None,
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.token = Token::None,
                    _ => {}
                }
                self.line_start = *byte == b'\n';
                self.at += 1;
                continue;
            }
            match byte {
                b'"' => {
                    self.token = Token::Text { key: false };
                    self.token_start = self.at;
                    self.escaped = false;
                }
                // The next element: nothing is open, or a brace before it is missing.
                b'{' if self.stack.is_empty() || self.expect == Expect::Key => {
                    return self.broken();
                }
                b'{' | b'[' if self.stack.len() < self.limits.depth => self.stack.push(*byte),
                b'{' | b'[' => self.excess += 1,
                b'}' | b']' if self.excess > 0 => self.excess -= 1,
                b']' if !self.stack.contains(&b'[') => return self.broken(),
                b'}' | b']' => {
                    let opener = if *byte == b'}' { b'{' } else { b'[' };
                    if let Some(open) = self.stack.iter().rposition(|it| *it == opener) {
                        self.stack.truncate(open);
                    }
                }
                b',' if self.stack.is_empty() => return self.broken(),
                _ => {}
            }
            self.expect = Expect::Colon;
            self.line_start = *byte == b'\n';
            self.at += 1;
        }
        Frame::More
    }
}
