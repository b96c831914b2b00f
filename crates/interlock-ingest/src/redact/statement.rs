//! Passwords that stand in the middle of a text: in SQL, in connection strings, in changes of a directory.
//!
//! The text is the inside of a JSON string, at whatever depth, so its own quotes and line ends are escaped.
//! When in doubt more is hidden, never less.

mod literal;

use super::{REPLACEMENT, closes};
use aho_corasick::AhoCorasick;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::LazyLock;

/// Ends of attributes of a directory that hold secrets, beside `…password`.
const ATTRIBUTES: [&[u8]; 4] = [b"ecret", b"wdHistory", b"ootPW", b"alKey"];

/// The word in any spelling; slower than the pieces, and so kept for texts that hold statements.
static ANY_CASE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).build(["assword", ERROR]).ok()
});

/// What stands before the piece of a statement that could not be read.
const ERROR: &str = "at or near ";

/// Hides passwords in statements however the word is spelled.
pub(super) fn in_any_case(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(finder) = ANY_CASE.as_ref() else { return text };
    let inside = Text::new(text.as_bytes());
    let (mut out, mut copied) = (String::new(), 0);
    for hit in finder.find_iter(text.as_bytes()) {
        let hit = hit.start()..hit.end();
        if hit.start >= copied
            && let Some(secret) = inside.secret(hit)
        {
            out.push_str(text.get(copied..secret.start).unwrap_or_default());
            out.push_str(REPLACEMENT);
            copied = secret.end;
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// A text that is searched for secrets from its begin to its end.
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    /// The last answer about where a comment ends.
    comment: Cell<Comment>,
    /// The last comments in a row: what looks for a secret inside of one comes upon those behind it.
    row: RefCell<Row>,
}

/// Comments with nothing but blanks between them.
#[derive(Debug, Default)]
struct Row {
    /// Where they begin, ascending.
    comments: Vec<usize>,
    /// Behind the last of them, and the blanks that follow it.
    end: usize,
}

/// Where a comment ends, for every one that begins between these positions.
#[derive(Debug, Clone, Copy, Default)]
struct Comment {
    begins: (usize, usize),
    /// Behind its last character; `None` when the string ends before it does.
    end: Option<usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, comment: Cell::default(), row: RefCell::default() }
    }

    /// The secret that belongs to the piece found here, without anything around it that is none.
    pub(super) fn secret(&self, hit: Range<usize>) -> Option<Range<usize>> {
        let piece = self.bytes.get(hit.clone())?;
        let found = if piece.ends_with(b"://") {
            self.in_address(hit.end)
        } else if piece.eq_ignore_ascii_case(b"assword") {
            self.behind_word(hit)
        } else if piece == ERROR.as_bytes() {
            self.in_error(hit.end)
        } else if ATTRIBUTES.contains(&piece) {
            self.directory_value(hit)
        } else {
            None
        }?;
        (!found.is_empty() && !self.is_replaced(found.start)).then_some(found)
    }

    /// Whether the secret that begins here was taken out before.
    fn is_replaced(&self, at: usize) -> bool {
        self.bytes.get(at..).is_some_and(|it| it.starts_with(REPLACEMENT.as_bytes()))
    }
    /// `postgresql://user:secret@host`
    fn in_address(&self, from: usize) -> Option<Range<usize>> {
        let ends = |it: &u8| {
            it.is_ascii_whitespace() || matches!(it, b'/' | b'?' | b'"' | b'\'' | b'\\' | b'<')
        };
        let rest = self.bytes.get(from..)?;
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let authority = rest.get(..length)?;
        let at = authority.iter().rposition(|it| *it == b'@')?;
        let colon = authority.get(..at)?.iter().position(|it| *it == b':')?;
        Some(from + colon + 1..from + at)
    }

    /// `unterminated quoted string at or near "'secret"`: a text that begins and does not end.
    fn in_error(&self, from: usize) -> Option<Range<usize>> {
        let value = self.escaped_quote(from)?;
        let depth = (self.backslashes(from) - 1) / 2;
        let opens = matches!(self.byte(value), Some(b'\'' | b'$'))
            || matches!(self.byte(value + 1), Some(b'\''));
        opens.then(|| value..self.string_end_at_depth(value, depth))
    }

    /// Behind the word `password`, in whatever of the three languages.
    fn behind_word(&self, hit: Range<usize>) -> Option<Range<usize>> {
        let word = hit.end;
        if self.byte(word).is_some_and(|it| it.is_ascii_alphanumeric() || it == b'_') {
            return None;
        }
        if self.byte(word) == Some(b':') {
            return self.directory_value(hit);
        }
        let quoted = self.escaped_quote(word).unwrap_or(word);
        let mut at = self.blanks(quoted);
        let mut apart = at > word;
        let assigned = self.byte(at) == Some(b'=');
        if assigned {
            at = self.blanks(at + 1);
            apart = true;
        }
        if let Some(end) = self.literal(at, apart) {
            return Some(at..end);
        }
        // Dynamic SQL: the password comes from somewhere behind.
        if apart && matches!(self.bytes.get(at..at + 2), Some(b"%L" | b"%s" | b"||")) {
            return Some(at..self.string_end(at));
        }
        // A connection string: `host=db password=secret`. A parameter's number is no secret.
        (assigned && self.byte(at) != Some(b'$')).then(|| at..self.word_end(at))
    }

    /// The value of a directory's attribute, up to the end of the string:
    /// `userPassword:= {SSHA}…` of a change, `userPassword: …` of what was there before.
    fn directory_value(&self, hit: Range<usize>) -> Option<Range<usize>> {
        if self.byte(hit.end) != Some(b':') {
            return None;
        }
        let named = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b';' | b'.');
        let before = self.bytes.get(..hit.start)?;
        let name = before.iter().rev().take(64).take_while(|it| named(it)).count();
        let start = hit.start - name;
        let opened = start.checked_sub(1).and_then(|it| self.byte(it)) == Some(b'"');
        let escapes = if opened { self.backslashes_before(start - 1) } else { 0 };
        let marked = matches!(self.byte(hit.end + 1), Some(b'=' | b'+' | b'-' | b'#' | b':'));
        let value = hit.end + 1 + usize::from(marked);
        // English has `the password: was`; an attribute opens the string and has a longer name.
        let attribute = marked || (opened && name > 1);
        (attribute && self.byte(value) == Some(b' ') && !self.is_replaced(value + 1))
            .then(|| value + 1..self.string_end_at_depth(value, escapes))
    }

    /// Behind a double quote that is escaped, so that it is part of the text.
    fn escaped_quote(&self, at: usize) -> Option<usize> {
        let next = at + self.backslashes(at);
        (next > at && self.byte(next) == Some(b'"')).then_some(next + 1)
    }

    /// Behind blanks, line ends and comments.
    fn blanks(&self, from: usize) -> usize {
        let mut comments = Vec::new();
        let mut at = from;
        let end = loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            at = match rest {
                [b' ' | b'\t' | b'\n' | b'\r', ..] => at + 1,
                [b'\\', ..] => {
                    let next = at + self.backslashes(at);
                    match self.byte(next) {
                        Some(b'n' | b't' | b'r') => next + 1,
                        _ => break at,
                    }
                }
                [b'/', b'*', ..] => {
                    let row = self.row.borrow();
                    if row.comments.binary_search(&at).is_ok() {
                        return row.end;
                    }
                    comments.push(at);
                    match self.comment_end(at + 2) {
                        Some(end) => end,
                        None => break at,
                    }
                }
                _ => break at,
            };
        };
        if !comments.is_empty() {
            *self.row.borrow_mut() = Row { comments, end };
        }
        end
    }

    /// Behind the comment whose inside begins here; `None` when the string ends before it does.
    ///
    /// Any number of them may begin before one ends, so that the last answer is kept.
    fn comment_end(&self, from: usize) -> Option<usize> {
        let known = self.comment.get();
        if (known.begins.0..=known.begins.1).contains(&from) {
            return known.end;
        }
        let mut run = 0;
        let (mut last, mut end) = (self.bytes.len(), None);
        for (offset, byte) in self.bytes.get(from..).unwrap_or_default().iter().enumerate() {
            let at = from + offset;
            match byte {
                b'\\' => run += 1,
                b'"' if closes(run, 0) => {
                    last = at;
                    break;
                }
                b'*' if self.byte(at + 1) == Some(b'/') => {
                    (last, end) = (at, Some(at + 2));
                    break;
                }
                _ => run = 0,
            }
        }
        self.comment.set(Comment { begins: (from, last), end });
        end
    }

    /// The end of a value in a connection string.
    fn word_end(&self, from: usize) -> usize {
        let ends = |it: &u8| {
            it.is_ascii_whitespace()
                || matches!(it, b'\'' | b'"' | b'&' | b';' | b'\\' | b',' | b')')
        };
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().position(ends).unwrap_or(rest.len())
    }

    /// Where the string ends that this position is inside of: at a quote without a backslash before it.
    fn string_end(&self, from: usize) -> usize {
        self.string_end_at_depth(from, 0)
    }

    /// The same for a string whose own quotes have `escapes` backslashes before them.
    fn string_end_at_depth(&self, from: usize, escapes: usize) -> usize {
        let mut run = 0;
        for (at, byte) in self.bytes.get(from..).unwrap_or_default().iter().enumerate() {
            match byte {
                b'\\' => run += 1,
                b'"' if closes(run, escapes) => return from + at - run.min(escapes),
                _ => run = 0,
            }
        }
        self.bytes.len()
    }

    fn backslashes(&self, at: usize) -> usize {
        super::backslashes(self.bytes.get(at..).unwrap_or_default())
    }

    fn backslashes_before(&self, at: usize) -> usize {
        let before = self.bytes.get(..at).unwrap_or_default();
        before.iter().rev().take_while(|it| **it == b'\\').count()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::redact;

    /// Both as the inside of a JSON string and as that of a string in JSON in a string.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let (mut text, mut expected) = (text.to_owned(), expected.to_owned());
        for depth in 0..3 {
            let json =
                serde_json::json!({ "error_severity": "LOG", "m": text, "z": 1 }).to_string();
            let wanted =
                serde_json::json!({ "error_severity": "LOG", "m": expected, "z": 1 }).to_string();
            assert_eq!(redact(&json), wanted, "at depth {depth}");
            assert_eq!(redact(&wanted), wanted, "again");
            (text, expected) = (json, wanted);
        }
    }

    #[test]
    fn passwords_in_statements_go() {
        for (text, expected) in [
            ("alter role a password 'pw1'", "alter role a password [redacted]"),
            (
                "CREATE ROLE a LOGIN ENCRYPTED PASSWORD 'p''w' VALID UNTIL '2027-01-01'",
                "CREATE ROLE a LOGIN ENCRYPTED PASSWORD [redacted] VALID UNTIL '2027-01-01'",
            ),
            (
                "create role a password 'one'; select 1;\nalter role b\n\twith PassWord\n'two';",
                "create role a password [redacted]; select 1;\nalter role b\n\twith PassWord\n[redacted];",
            ),
            ("ALTER USER a pAsSwOrD E'x\\'y' ;", "ALTER USER a pAsSwOrD [redacted] ;"),
            ("ALTER USER a PASSWORD'x';", "ALTER USER a PASSWORD[redacted];"),
            ("ALTER USER a PASSWORD U&'d\\0061t' x", "ALTER USER a PASSWORD [redacted] x"),
            ("ALTER USER a PASSWORD $$p'w$$; x", "ALTER USER a PASSWORD [redacted]; x"),
            ("ALTER USER a PASSWORD $t$p$$w$t$; x", "ALTER USER a PASSWORD [redacted]; x"),
            ("ALTER USER a PASSWORD /* ' */ 'x' y", "ALTER USER a PASSWORD /* ' */ [redacted] y"),
            ("ALTER USER a PASSWORD 'x'\n 'y' z", "ALTER USER a PASSWORD [redacted] z"),
            ("ALTER USER a PASSWORD '''x''' z", "ALTER USER a PASSWORD [redacted] z"),
            ("ALTER USER a PASSWORD 'x\"y' z", "ALTER USER a PASSWORD [redacted] z"),
            (
                "do $$ begin execute 'alter role a password ''pw1'' nologin'; end $$",
                "do $$ begin execute 'alter role a password [redacted] nologin'; end $$",
            ),
            (
                "do $$ begin execute 'alter role a password ''pw1'''; end $$",
                "do $$ begin execute 'alter role a password [redacted]'; end $$",
            ),
            (
                "execute 'alter role a password ' || quote_literal('pw1')",
                "execute 'alter role a password [redacted]",
            ),
            (
                "execute format('alter role a password %L', 'pw1')",
                "execute format('alter role a password [redacted]",
            ),
            (
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password 'pw1')",
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password [redacted])",
            ),
            (
                "update pg_authid set rolpassword = 'md5abc' where oid = 1",
                "update pg_authid set rolpassword = [redacted] where oid = 1",
            ),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=pw1 user=u'",
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=[redacted] user=u'",
            ),
            (
                "connect postgresql://u:pw1@h/d and postgres://u:p%40@h",
                "connect postgresql://u:[redacted]@h/d and postgres://u:[redacted]@h",
            ),
            ("ALTER USER a PASSWORD 'cut off", "ALTER USER a PASSWORD [redacted]"),
        ] {
            check_flat(text, expected);
        }
        check("alter role a password 'pw1'; x", "alter role a password [redacted]; x");
        check(
            "do $$ execute 'alter role a password ''pw1'''; $$",
            "do $$ execute 'alter role a password [redacted]'; $$",
        );
        check(
            "unterminated quoted string at or near \"'pw\"1\"",
            "unterminated quoted string at or near \"[redacted]",
        );
        check("syntax error at or near \"pasword\"", "syntax error at or near \"pasword\"");
        check("alter role \"a\" password 'x\"y'; x", "alter role \"a\" password [redacted]; x");
        assert_eq!(
            redact(r#"{"statement":"alter role a password \u0027pw1\u0027;"}"#),
            r#"{"statement":"alter role a password [redacted];"}"#
        );
    }

    #[track_caller]
    fn check_flat(text: &str, expected: &str) {
        let json = serde_json::json!({ "error_severity": "LOG", "m": text, "z": 1 }).to_string();
        let wanted = serde_json::json!({ "error_severity": "LOG", "m": expected, "z": 1 });
        assert_eq!(redact(&json), wanted.to_string());
        assert_eq!(redact(&wanted.to_string()), wanted.to_string(), "again");
    }

    #[test]
    fn passwords_in_changes_of_a_directory_go() {
        for (text, expected) in [
            ("userPassword:= {SSHA}abc", "userPassword:= [redacted]"),
            ("userPassword:+ pl\"ain", "userPassword:+ [redacted]"),
            ("userPassword: plain", "userPassword: [redacted]"),
            ("pwdHistory:+ 20260105#1.3#38#{SSHA}abc", "pwdHistory:+ [redacted]"),
            ("olcRootPW:= secret", "olcRootPW:= [redacted]"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_is_no_password_stays() {
        for text in [
            "alter role a password null",
            "alter role a password '' nologin",
            "password authentication failed for user \"a\"",
            "the password: was wrong",
            "the user's password's age is 'old'",
            "update t set password = $1",
            "select password_hash from t where a = 'x'",
            "https://sql.example.com/a:b@c",
            "userPassword:-",
        ] {
            check(text, text);
        }
    }
}
