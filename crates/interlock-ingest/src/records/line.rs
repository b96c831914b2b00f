//! The usual case, a record that is one line of many, found without the machine of `frame`.
//!
//! Not here: anything unusual. A line that is not plainly one record is left to the machine, which
//! comes to the same answer for those that are.

use super::frame;
use crate::envelope;
use crate::structure::{Finder, Source, Tokens, WHOLE};
use interlock_model::Limits;

/// The length of the first line, with its line feed; `None` while its end is not there.
pub fn length(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes).map(|it| it + 1)
}

/// The record that is this line, when it is one and needs no further thought, and its tokens; whether it
/// may be an envelope with Base64.
///
/// A line with a key whose array holds the records is left to the machine.
pub fn record<'l>(
    line: &'l [u8],
    limits: Limits,
    finder: &mut Finder,
    tokens: &mut Tokens,
) -> Option<(&'l str, bool)> {
    let blank = |it: &&u8| matches!(**it, b' ' | b'\t' | b'\r' | b'\n');
    let blanks = line.iter().rev().take(MOST_BLANKS).take_while(blank).count();
    let bytes = line.get(..line.len() - blanks)?;
    if bytes.first() != Some(&b'{') || bytes.last() != Some(&b'}') {
        return None;
    }
    if bytes.len() > limits.record_bytes {
        return None;
    }
    let text = simdutf8::basic::from_utf8(bytes).ok()?;
    if !finder.find(text, limits.depth, tokens) {
        return None;
    }
    let mut packed = false;
    for (_, key) in (Source { text, tokens }).entries(WHOLE) {
        if frame::wraps(key.raw()) {
            return None;
        }
        packed |= key.plain().is_none_or(envelope::may_hold_base64);
    }
    Some((text, packed))
}

/// More blanks than these behind a record may not be the end of its line yet.
const MOST_BLANKS: usize = 64;
