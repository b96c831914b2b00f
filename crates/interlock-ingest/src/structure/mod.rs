//! What a JSON text is made of: its values as a list of tokens, found in two short passes.
//!
//! The list is complete and the text sound JSON, or there is no list. Whoever walks it looks at the
//! keys and values that he wants and steps over the others, however large they are.

mod marks;
mod value;

use crate::records::is_atom;
use marks::Marks;
use std::fmt;
use std::ops::Range;
pub use value::{Value, unescaped};

/// One key or value. Its kind shows in the text's byte at `at`: `{`, `[`, `"`, or the first of an atom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Where it begins.
    at: u32,
    /// Behind its last byte; of a string, a list and an object at its last byte.
    end: u32,
    /// The number of the token that follows it and all that is in it.
    next: u32,
}

/// The tokens of one text, in its order. A key stands before its value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    all: Vec<Token>,
    /// Whether a string may hold escapes.
    escapes: bool,
}

/// A text and what it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// The text.
    pub text: &'t str,
    /// The tokens of just this text.
    pub tokens: &'t Tokens,
}

/// The first token is that of the whole text.
pub const WHOLE: usize = 0;

/// One key or value of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece<'t> {
    /// An object; its keys and values follow.
    Object,
    /// A list; its values follow.
    List,
    /// A string as it is written, without its quotes, and whether it may hold escapes.
    Text { raw: &'t str, escapes: bool },
    /// A number, `true`, `false` or `null`.
    Atom(&'t str),
}

impl Tokens {
    /// None yet, and room for so many.
    pub fn with_room(count: usize) -> Self {
        Self { all: Vec::with_capacity(count), escapes: false }
    }

    /// Those of this text, as [`Finder::find`] finds them; `None` when it finds none.
    pub fn of(text: &str, depth: usize) -> Option<Self> {
        let mut tokens = Self::default();
        Finder::default().find(text, depth, &mut tokens).then_some(tokens)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl<'t> Source<'t> {
    /// The piece with this number.
    pub fn piece(self, number: usize) -> Option<Piece<'t>> {
        let token = self.tokens.all.get(number)?;
        let (at, end) = (token.at as usize, token.end as usize);
        Some(match self.text.as_bytes().get(at)? {
            b'{' => Piece::Object,
            b'[' => Piece::List,
            b'"' => {
                let raw = self.text.get(at + 1..end)?;
                let escapes = self.tokens.escapes && raw.as_bytes().contains(&b'\\');
                Piece::Text { raw, escapes }
            }
            _ => Piece::Atom(self.text.get(at..end)?),
        })
    }

    /// Where the text of the piece with this number stands, where it is one and nothing in the record
    /// has escapes.
    #[inline]
    pub fn plain_span(self, number: usize) -> Option<Range<usize>> {
        let token = self.tokens.all.get(number).filter(|_| !self.tokens.escapes)?;
        let at = token.at as usize;
        (self.text.as_bytes().get(at) == Some(&b'"')).then(|| at + 1..token.end as usize)
    }

    /// The number of the token behind this one and all that is in it.
    pub fn behind(self, number: usize) -> usize {
        self.tokens.all.get(number).map_or(usize::MAX, |it| it.next as usize)
    }

    /// The whole of a piece as it is written.
    pub fn written(self, number: usize) -> Option<&'t str> {
        let token = self.tokens.all.get(number)?;
        let (at, end) = (token.at as usize, token.end as usize);
        match self.text.as_bytes().get(at)? {
            b'{' | b'[' | b'"' => self.text.get(at..=end),
            _ => self.text.get(at..end),
        }
    }

    /// The value of this key at the top as it is written; `None` when another key could mean it too:
    /// the same one again, one with dots that begins with it, one with escapes.
    pub fn only(self, key: &[u8]) -> Option<&'t str> {
        let mut found = None;
        for (number, name) in self.entries(WHOLE) {
            let name = name.plain()?;
            if name.first() != key.first() {
                continue;
            }
            match name.strip_prefix(key) {
                Some([]) if found.is_none() => found = Some(number),
                Some([] | [b'.', ..]) => return None,
                Some(_) | None => {}
            }
        }
        self.written(found?)
    }

    /// Of the object with this number the keys, and the numbers of their values.
    pub fn entries(self, number: usize) -> impl Iterator<Item = (usize, Key<'t>)> {
        let inside = self.tokens.all.get(..self.behind(number)).unwrap_or_default();
        let mut next = number + 1;
        std::iter::from_fn(move || {
            let [key, value, ..] = inside.get(next..)? else { return None };
            let raw = self.text.as_bytes().get(key.at as usize + 1..key.end as usize)?;
            let number = next + 1;
            next = value.next as usize;
            Some((number, Key { raw, escapes: self.tokens.escapes }))
        })
    }
}

/// A key as it is written, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'t> {
    raw: &'t [u8],
    /// Whether there are escapes anywhere in the text.
    escapes: bool,
}

impl<'t> Key<'t> {
    /// The key as it is written.
    pub const fn raw(self) -> &'t [u8] {
        self.raw
    }

    /// The key, when it has no escapes.
    pub fn plain(self) -> Option<&'t [u8]> {
        (!self.escapes || !self.raw.contains(&b'\\')).then_some(self.raw)
    }
}

/// Finds tokens; keeps its room from one text to the next.
#[derive(Debug, Default)]
pub struct Finder {
    marks: Marks,
    open: Vec<u32>,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

impl Finder {
    /// Replaces `tokens` by those of this text; false when it is not one JSON value with blanks around
    /// it, or is nested deeper than `depth`. Then the tokens are of no use.
    pub fn find(&mut self, text: &str, depth: usize, tokens: &mut Tokens) -> bool {
        tokens.all.clear();
        self.open.clear();
        let Some(found) = marks::find(text.as_bytes(), &mut self.marks) else { return false };
        tokens.escapes = found.escapes;
        self.read(text.as_bytes(), depth, tokens).is_some()
    }

    fn read(&mut self, text: &[u8], depth: usize, tokens: &mut Tokens) -> Option<()> {
        let Self { marks, open } = self;
        let Tokens { all, escapes } = tokens;
        let mut expect = Expect::Value;
        let mut in_object = false;
        // Behind the last mark.
        let mut from = 0_u32;
        let mut marks = marks.all();
        loop {
            if !*escapes && matches!(expect, Expect::Key | Expect::KeyOrEnd) {
                Rest { marks, from, expect } =
                    plain_entries(text, Rest { marks, from, expect }, all);
            }
            let [at, rest @ ..] = marks else { break };
            let at = *at;
            marks = rest;
            if from < at {
                atom(text, from, at, &mut expect, all)?;
            }
            from = at + 1;
            match text.get(at as usize)? {
                b'"' => {
                    let [end, rest @ ..] = rest else { return None };
                    marks = rest;
                    from = *end + 1;
                    if *escapes && !escapes_are_sound(text.get(at as usize + 1..*end as usize)?) {
                        return None;
                    }
                    push(all, at, *end);
                    expect = match expect {
                        Expect::Key | Expect::KeyOrEnd => {
                            from = behind_colon(text, from)?;
                            Expect::Value
                        }
                        Expect::Value | Expect::ValueOrEnd => Expect::CommaOrEnd,
                        Expect::CommaOrEnd => return None,
                    };
                }
                b',' if expect == Expect::CommaOrEnd && !open.is_empty() => {
                    expect = if in_object { Expect::Key } else { Expect::Value };
                }
                bracket @ (b'{' | b'[') if matches!(expect, Expect::Value | Expect::ValueOrEnd) => {
                    if open.len() >= depth {
                        return None;
                    }
                    in_object = *bracket == b'{';
                    expect = if in_object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
                    open.push(u32::try_from(all.len()).ok()?);
                    push(all, at, at);
                }
                b'}' if in_object && matches!(expect, Expect::KeyOrEnd | Expect::CommaOrEnd) => {
                    in_object = close(text, at, open, all)?;
                    expect = Expect::CommaOrEnd;
                    // The next entry of the object around it, mostly.
                    if in_object && let Some(rest) = behind_comma(text, from, marks) {
                        marks = rest;
                        from += 1;
                        expect = Expect::Key;
                    }
                }
                b']' if !in_object && matches!(expect, Expect::ValueOrEnd | Expect::CommaOrEnd) => {
                    in_object = close(text, at, open, all)?;
                    expect = Expect::CommaOrEnd;
                }
                _ => return None,
            }
        }
        let end = u32::try_from(text.len()).ok()?;
        if from < end {
            atom(text, from, end, &mut expect, all)?;
        }
        (open.is_empty() && expect == Expect::CommaOrEnd).then_some(())
    }
}

/// What is left of a text.
#[derive(Debug, Clone, Copy)]
struct Rest<'m> {
    marks: &'m [u32],
    from: u32,
    /// What may come next.
    expect: Expect,
}

/// Takes usual entries of an object as long as there are any: a key and a text or an atom, without blanks
/// around them and without escapes. By itself, so that its few numbers stay in registers.
#[inline(never)]
fn plain_entries<'m>(text: &[u8], mut rest: Rest<'m>, all: &mut Vec<Token>) -> Rest<'m> {
    let Ok(mut number) = u32::try_from(all.len()) else { return rest };
    while let [key, key_end, next, behind @ ..] = rest.marks {
        if *key != rest.from || text.get(*key as usize) != Some(&b'"') {
            break;
        }
        let at = *key_end as usize + 2;
        if text.get(at - 1) != Some(&b':') {
            break;
        }
        let (end, from, behind) = match (text.get(at), behind) {
            // The mark behind a quote that opens is the one that closes.
            (Some(b'"'), [end, behind @ ..]) => (*end, *end as usize + 1, behind),
            (Some(_), _) if text.get(at..*next as usize).is_some_and(is_atom) => {
                (*next, *next as usize, rest.marks.get(2..).unwrap_or_default())
            }
            _ => break,
        };
        all.extend_from_slice(&[
            Token { at: *key, end: *key_end, next: number + 1 },
            Token { at: at as u32, end, next: number + 2 },
        ]);
        number += 2;
        match behind {
            [comma, behind @ ..] if *comma as usize == from && text.get(from) == Some(&b',') => {
                rest = Rest { marks: behind, from: *comma + 1, expect: Expect::Key };
            }
            _ => {
                return Rest { marks: behind, from: from as u32, expect: Expect::CommaOrEnd };
            }
        }
    }
    rest
}

/// The marks behind the comma that stands here, if one does.
fn behind_comma<'m>(text: &[u8], from: u32, marks: &'m [u32]) -> Option<&'m [u32]> {
    let [comma, rest @ ..] = marks else { return None };
    (*comma == from && text.get(from as usize) == Some(&b',')).then_some(rest)
}

/// Closes the innermost bracket; whether the one around it is an object's.
fn close(text: &[u8], at: u32, open: &mut Vec<u32>, all: &mut [Token]) -> Option<bool> {
    let next = u32::try_from(all.len()).ok()?;
    let token = all.get_mut(open.pop()? as usize)?;
    token.end = at;
    token.next = next;
    let around = open.last().and_then(|it| all.get(*it as usize));
    Some(around.is_some_and(|it| text.get(it.at as usize) == Some(&b'{')))
}

/// A piece that holds no others. Those that do learn their end when they are closed.
fn push(all: &mut Vec<Token>, at: u32, end: u32) {
    let next = u32::try_from(all.len() + 1).unwrap_or(u32::MAX);
    all.push(Token { at, end, next });
}

/// Behind the colon that a key is followed by.
fn behind_colon(text: &[u8], from: u32) -> Option<u32> {
    let rest = text.get(from as usize..)?;
    let blanks = rest.iter().take_while(|it| is_blank(**it)).count();
    (rest.get(blanks) == Some(&b':')).then_some(from + u32::try_from(blanks).ok()? + 1)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// What stands between two marks: blanks, or an atom among blanks where a value may be.
fn atom(text: &[u8], from: u32, to: u32, expect: &mut Expect, all: &mut Vec<Token>) -> Option<()> {
    let between = text.get(from as usize..to as usize)?;
    let Some(first) = between.iter().position(|it| !is_blank(*it)) else { return Some(()) };
    let last = between.iter().rposition(|it| !is_blank(*it))?;
    if !matches!(expect, Expect::Value | Expect::ValueOrEnd) || !is_atom(between.get(first..=last)?)
    {
        return None;
    }
    let (first, last) = (u32::try_from(first).ok()?, u32::try_from(last).ok()?);
    push(all, from + first, from + last + 1);
    *expect = Expect::CommaOrEnd;
    Some(())
}

/// Whether every backslash of a string begins an escape that JSON has.
fn escapes_are_sound(string: &[u8]) -> bool {
    let mut rest = string;
    while let Some(at) = rest.iter().position(|it| *it == b'\\') {
        rest = match rest.get(at + 1..) {
            Some([b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..]) => rest,
            Some([b'u', a, b, c, d, rest @ ..])
                if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) =>
            {
                rest
            }
            _ => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests;
