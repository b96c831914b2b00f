//! The usual case, a record that is one line of many, found without the machine of `frame`.
//!
//! Not here: anything unusual. A line that is not plainly one record is left to the machine, which
//! comes to the same answer for those that are.

use crate::json_shape;
use interlock_model::Limits;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use sonic_rs::Deserializer;
use std::fmt;
use std::io::BufRead as _;

/// The length of the first line, with its line feed; `None` while its end is not there.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let length = rest.skip_until(b'\n').ok()?;
    (bytes.get(length.checked_sub(1)?) == Some(&b'\n')).then_some(length)
}

/// The record that is this line, when it is one and needs no further thought.
///
/// `wrappers` are keys whose array holds the records: a line that has one is left to the machine.
pub fn record<'t>(line: &'t [u8], wrappers: &[&[u8]], limits: Limits) -> Option<&'t str> {
    let blank = |it: &&u8| matches!(**it, b' ' | b'\t' | b'\r' | b'\n');
    let blanks = line.iter().rev().take(MOST_BLANKS).take_while(blank).count();
    let bytes = line.get(..line.len() - blanks)?;
    if bytes.first() != Some(&b'{') || bytes.last() != Some(&b'}') {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    json_shape::check_roughly(text, limits).then_some(())?;
    let mut parser = Deserializer::from_str(text);
    parser.deserialize_map(Whole { wrappers }).ok()?;
    parser.end().ok()?;
    Some(text)
}

/// More blanks than these behind a record may not be the end of its line yet.
const MOST_BLANKS: usize = 64;

/// Reads an object to its end; fails at a key that is a wrapper's.
struct Whole<'a> {
    wrappers: &'a [&'a [u8]],
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Plain { wrappers: self.wrappers })?.is_some() {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A key that is no wrapper's.
struct Plain<'a> {
    wrappers: &'a [&'a [u8]],
}

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Plain<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if self.wrappers.contains(&key.as_bytes()) {
            return Err(E::custom("a wrapper"));
        }
        Ok(())
    }
}
