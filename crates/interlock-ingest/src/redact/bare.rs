//! Secrets that show by themselves wherever they stand, with no key before them that says so: tokens that
//! begin as their issuer promises, what follows `Bearer`, private keys in PEM.
//!
//! Sources: GitHub's, GitLab's and Slack's lists of the forms of their tokens, RFC 6750, RFC 7468.

use std::ops::Range;

/// One form of a secret.
struct Form {
    /// What it is found by.
    piece: &'static str,
    /// What stands before the piece, in either case.
    before: &'static str,
    /// The fewest characters of a secret, and those beside letters and digits that it may have.
    fewest: usize,
    others: &'static [u8],
}

impl Form {
    const fn of(piece: &'static str, fewest: usize, others: &'static [u8]) -> Self {
        Self { piece, before: "", fewest, others }
    }
}

const FORMS: [Form; 10] = [
    Form::of("ghp_", 30, b""),
    Form::of("gho_", 30, b""),
    Form::of("ghu_", 30, b""),
    Form::of("ghs_", 30, b""),
    Form::of("ghr_", 30, b""),
    Form::of("github_pat_", 40, b"_"),
    Form::of("glpat-", 20, b"_-"),
    Form::of("xoxb-", 20, b"-"),
    Form::of("xoxp-", 20, b"-"),
    Form { piece: "earer ", before: "b", fewest: 20, others: b"._~+/=-" },
];

/// What a private key in PEM is found by, and what ends it.
const KEY: &str = "RIVATE KEY-----";
const KEY_ENDS: &[u8] = b"-----END";
/// `-BEGIN ENCRYPTED P` and its like are not longer.
const LONGEST_LABEL: usize = 40;

/// What all of these are found by.
pub(super) fn pieces() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|it| it.piece).chain([KEY])
}

/// The secret behind the piece that was found here, without how it begins.
pub(super) fn secret(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    let (before, rest) = (bytes.get(..hit.start)?, bytes.get(hit.end..)?);
    let piece = bytes.get(hit.clone())?;
    if piece == KEY.as_bytes() {
        if rest.starts_with(super::REPLACEMENT.as_bytes()) || !begins_key(before) {
            return None;
        }
        let ends = |at: &usize| {
            rest.get(*at..).is_none_or(|it| it.starts_with(b"\"") || it.starts_with(KEY_ENDS))
        };
        let inside = rest.get(..(0..rest.len()).find(ends).unwrap_or(rest.len()))?;
        // Of JSON inside a text the backslashes before a quote are the quote's.
        let quoted = inside.iter().rev().take_while(|it| **it == b'\\').count();
        let length = inside.len() - quoted;
        let is_one = inside.iter().any(u8::is_ascii_alphanumeric);
        return is_one.then_some(hit.end..hit.end + length);
    }
    let form = FORMS.iter().find(|it| it.piece.as_bytes() == piece)?;
    let word = before.len().checked_sub(form.before.len())?;
    let (outside, begin) = before.split_at_checked(word)?;
    let alone = !outside.last().is_some_and(u8::is_ascii_alphanumeric);
    if !alone || !begin.eq_ignore_ascii_case(form.before.as_bytes()) {
        return None;
    }
    let of_secret = |it: &&u8| it.is_ascii_alphanumeric() || form.others.contains(it);
    let length = rest.iter().take_while(of_secret).count();
    (length >= form.fewest).then_some(hit.end..hit.end + length)
}

/// Whether the words before the piece are those of a key's first line, and not of its last.
fn begins_key(before: &[u8]) -> bool {
    let line = before.get(before.len().saturating_sub(LONGEST_LABEL)..).unwrap_or_default();
    let words = line.rsplit(|it| *it == b'-').next().unwrap_or_default();
    words.starts_with(b"BEGIN ")
}
