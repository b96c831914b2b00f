//! The usual case, a record that is one line of many, found without the machine of `frame`.
//!
//! Not here: anything unusual. A line that is not plainly one record is left to the machine, which
//! comes to the same answer for those that are.

use super::frame::WRAPPERS;
use crate::json_shape;
use aho_corasick::packed::Searcher;
use interlock_model::Limits;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize as _, Deserializer as _};
use sonic_rs::Deserializer;
use std::fmt;
use std::io::BufRead as _;
use std::sync::LazyLock;

/// The length of the first line, with its line feed; `None` while its end is not there.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let length = rest.skip_until(b'\n').ok()?;
    (bytes.get(length.checked_sub(1)?) == Some(&b'\n')).then_some(length)
}

/// The record that is this line, when it is one and needs no further thought.
///
/// A line with a key whose array holds the records is left to the machine.
pub fn record(line: &[u8], limits: Limits) -> Option<&str> {
    let blank = |it: &&u8| matches!(**it, b' ' | b'\t' | b'\r' | b'\n');
    let blanks = line.iter().rev().take(MOST_BLANKS).take_while(blank).count();
    let bytes = line.get(..line.len() - blanks)?;
    if bytes.first() != Some(&b'{') || bytes.last() != Some(&b'}') {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    json_shape::check_roughly(text, limits).then_some(())?;
    let mut parser = Deserializer::from_str(text);
    if may_wrap(text) {
        parser.deserialize_map(Whole).ok()?;
    } else {
        IgnoredAny::deserialize(&mut parser).ok()?;
    }
    parser.end().ok()?;
    Some(text)
}

/// Whether the name of a wrapper's key stands anywhere in the text: one pass, for most the only one.
fn may_wrap(text: &str) -> bool {
    static NAMES: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(WRAPPERS));
    NAMES.as_ref().is_none_or(|it| it.find(text).is_some())
}

/// More blanks than these behind a record may not be the end of its line yet.
const MOST_BLANKS: usize = 64;

/// Reads an object to its end; fails at a key that is a wrapper's.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Plain)?.is_some() {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A key that is no wrapper's.
struct Plain;

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Plain {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if WRAPPERS.contains(&key.as_bytes()) {
            return Err(E::custom("a wrapper"));
        }
        Ok(())
    }
}
