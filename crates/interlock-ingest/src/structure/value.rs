//! One value of a text, and the way to those inside it.

use super::{Piece, Source, WHOLE};
use std::borrow::Cow;

/// A value among the tokens of its text.
#[derive(Debug, Clone, Copy)]
pub struct Value<'t> {
    source: Source<'t>,
    number: usize,
}

impl<'t> Source<'t> {
    /// The value that is the whole text.
    pub const fn whole(self) -> Value<'t> {
        Value { source: self, number: WHOLE }
    }

    /// The value with this number.
    pub const fn value(self, number: usize) -> Value<'t> {
        Value { source: self, number }
    }
}

impl<'t> Value<'t> {
    /// As it is written, with its quotes or brackets.
    pub fn written(self) -> &'t str {
        self.source.written(self.number).unwrap_or_default()
    }

    /// The text, without its escapes; `None` when it is no string.
    pub fn text(self) -> Option<Cow<'t, str>> {
        match self.source.piece(self.number)? {
            Piece::Text { raw, escapes: false } => Some(Cow::Borrowed(raw)),
            Piece::Text { raw, escapes: true } => Some(Cow::Owned(unescaped(raw))),
            Piece::Object | Piece::List | Piece::Atom(_) => None,
        }
    }

    /// True or false; `None` when it is neither.
    pub fn flag(self) -> Option<bool> {
        match self.source.piece(self.number)? {
            Piece::Atom("true") => Some(true),
            Piece::Atom("false") => Some(false),
            Piece::Atom(_) | Piece::Text { .. } | Piece::Object | Piece::List => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.source.piece(self.number) == Some(Piece::Object)
    }

    /// The value of this key, the first when there are several; `None` when it is no object or has none.
    pub fn get(self, key: &str) -> Option<Self> {
        let mut entries = self.source.entries(self.object()?);
        let found = entries.find(|(_, name)| match name.plain() {
            Some(name) => name == key.as_bytes(),
            None => unescaped(str::from_utf8(name.raw()).unwrap_or_default()) == key,
        });
        found.map(|(number, _)| self.source.value(number))
    }

    /// The value at the end of these keys.
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |it, key| it.get(key))
    }

    /// The keys of an object and their values; nothing of anything else.
    pub fn members(self) -> impl Iterator<Item = (Cow<'t, str>, Self)> {
        let source = self.source;
        let entries = self.object().into_iter().flat_map(move |it| source.entries(it));
        entries.map(move |(number, key)| {
            let raw = str::from_utf8(key.raw()).unwrap_or_default();
            let plain = key.plain().is_some();
            let key = if plain { Cow::Borrowed(raw) } else { Cow::Owned(unescaped(raw)) };
            (key, source.value(number))
        })
    }

    /// The values of a list; `None` when it is none.
    pub fn elements(self) -> Option<impl Iterator<Item = Self>> {
        let Self { source, number } = self;
        let list = source.piece(number) == Some(Piece::List);
        let end = source.behind(number);
        let mut next = number + 1;
        list.then(|| {
            std::iter::from_fn(move || {
                let here = (next < end).then(|| source.value(next))?;
                next = source.behind(next);
                Some(here)
            })
        })
    }

    fn object(self) -> Option<usize> {
        self.is_object().then_some(self.number)
    }
}

/// A string whose escapes are sound, without them. Halves of surrogate pairs become U+FFFD.
pub fn unescaped(raw: &str) -> String {
    let mut plain = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut letters = escape.chars();
        let letter = letters.next().unwrap_or_default();
        rest = letters.as_str();
        plain.push(match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (it, behind) = code_point(rest);
                rest = behind;
                it
            }
            other => other,
        });
    }
    plain.push_str(rest);
    plain
}

/// What begins with the four digits of `\u`, and the text behind it.
fn code_point(text: &str) -> (char, &str) {
    let Some((unit, rest)) = unit(text) else { return (char::REPLACEMENT_CHARACTER, text) };
    if !(0xd800..0xdc00).contains(&unit) {
        return (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), rest);
    }
    let low = rest.strip_prefix("\\u").and_then(self::unit);
    match low.filter(|(low, _)| (0xdc00..0xe000).contains(low)) {
        Some((low, rest)) => {
            let it = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(it).unwrap_or(char::REPLACEMENT_CHARACTER), rest)
        }
        None => (char::REPLACEMENT_CHARACTER, rest),
    }
}

fn unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}
