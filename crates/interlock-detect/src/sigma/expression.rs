//! Regular expressions of rules: read when the rule is loaded, compiled when one is first needed.
//!
//! Of the hundreds in a pack most are never asked, and compiling one takes as long, and as much memory, as
//! reading a dozen rules.

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::sync::OnceLock;

/// A compiled expression takes at most so many bytes.
const MOST_BYTES: usize = 1 << 20;
/// More than a state of an automaton takes.
const STATE_BYTES: usize = 40;
/// More states than a range of characters adds to the few that its class begins with: what comes after the
/// first of its bytes is shared with others.
const STATES_OF_RANGE: usize = 3;
const STATES_OF_CLASS: usize = 16;

/// A regular expression, and text without which it cannot match.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    written: Box<str>,
    flags: Flags,
    needed: Option<Box<str>>,
    /// `None` inside is for one that cannot be compiled, which [`Expression::read`] lets nobody have.
    compiled: OnceLock<Option<Regex>>,
}

/// How letters, lines and `.` are meant.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// Letters of either case fit.
    pub(super) any_case: bool,
    /// `^` and `$` stand for the ends of lines, too.
    pub(super) multi_line: bool,
    /// `.` stands for the end of a line, too.
    pub(super) dot_all: bool,
}

/// Why an expression is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It looks around or back.
    Looks,
    /// It would take more than [`MOST_BYTES`].
    TooLarge,
    /// It is none, and why.
    Wrong(String),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none, asks for what automata cannot do, or is too large.
    pub(super) fn read(written: &str, flags: Flags) -> Result<Self, Unusable> {
        let hir = parsed(written, flags)?;
        let needed = needed(&hir).and_then(|it| std::str::from_utf8(it).ok());
        let it = Self {
            written: written.into(),
            flags,
            needed: needed.map(Into::into),
            compiled: OnceLock::new(),
        };
        if states(&hir).saturating_mul(STATE_BYTES) > MOST_BYTES {
            let _ = it.compiled.set(Some(it.compile()?));
        }
        Ok(it)
    }

    /// Its parts, read again: few ask for them, and they take more room than all else here.
    ///
    /// # Errors
    /// None, for it was read before.
    pub(super) fn parse(&self) -> Result<Hir, Unusable> {
        parsed(&self.written, self.flags)
    }

    /// Whether it matches anywhere in this text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        if !self.needed.as_deref().is_none_or(|it| text.contains(it)) {
            return false;
        }
        // INVARIANT: what is not compiled yet was read, and is so small that it compiles.
        let compiled = self.compiled.get_or_init(|| self.compile().ok());
        compiled.as_ref().is_some_and(|it| it.is_match(text))
    }

    fn compile(&self) -> Result<Regex, Unusable> {
        RegexBuilder::new(&self.written)
            .case_insensitive(self.flags.any_case)
            .multi_line(self.flags.multi_line)
            .dot_matches_new_line(self.flags.dot_all)
            .size_limit(MOST_BYTES)
            .dfa_size_limit(MOST_BYTES)
            .build()
            .map_err(|error| {
                if matches!(error, regex::Error::CompiledTooBig(_)) {
                    return Unusable::TooLarge;
                }
                unusable(&error.to_string())
            })
    }
}

fn parsed(written: &str, flags: Flags) -> Result<Hir, Unusable> {
    ParserBuilder::new()
        .case_insensitive(flags.any_case)
        .multi_line(flags.multi_line)
        .dot_matches_new_line(flags.dot_all)
        .build()
        .parse(written)
        .map_err(|it| unusable(&it.to_string()))
}

/// What an error of the parser says, which draws the place in the expression above it.
fn unusable(said: &str) -> Unusable {
    let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
    if why.contains("look-around") || why.contains("backreferences") {
        return Unusable::Looks;
    }
    Unusable::Wrong(why.to_owned())
}

/// The longest text that stands in every match; `None` where there is none of one case.
fn needed(hir: &Hir) -> Option<&[u8]> {
    match hir.kind() {
        HirKind::Literal(text) => Some(&text.0),
        HirKind::Capture(group) => needed(&group.sub),
        HirKind::Repetition(it) if it.min > 0 => needed(&it.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(needed).max_by_key(|it| it.len()),
        HirKind::Repetition(_)
        | HirKind::Alternation(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Empty => None,
    }
}

/// At least as many states as its automaton has.
fn states(hir: &Hir) -> usize {
    let all = |parts: &[Hir]| parts.iter().fold(2_usize, |sum, it| sum.saturating_add(states(it)));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(text) => text.0.len(),
        HirKind::Class(Class::Unicode(it)) => STATES_OF_CLASS + it.ranges().len() * STATES_OF_RANGE,
        HirKind::Class(Class::Bytes(it)) => it.ranges().len(),
        HirKind::Capture(group) => states(&group.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => all(parts),
        HirKind::Repetition(it) => {
            let times = it.max.unwrap_or(it.min).max(1).saturating_add(1) as usize;
            states(&it.sub).saturating_add(2).saturating_mul(times)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigma::pack::RULES;

    fn read(written: &str) -> Expression {
        Expression::read(written, Flags::default()).unwrap()
    }

    #[test]
    fn what_every_match_of_an_expression_holds() {
        for (written, expected) in [
            (".+:assumed-role/aws:.+", Some(":assumed-role/aws:")),
            ("a.*bcd.e", Some("bcd")),
            (".*", None),
            ("ab*cd", Some("cd")),
            ("abc+", Some("ab")),
            ("(abc)+d", Some("abc")),
            ("(abc)?d", Some("d")),
            ("(abc){0,3}d", Some("d")),
            ("abc|abd", None),
            ("abc|d", None),
            ("(?i)abc", None),
            ("(?i)abc(?-i)de", Some("de")),
            (r"^a\.bc$", Some("a.bc")),
            ("a{2}bc", Some("bc")),
            ("abc?", Some("ab")),
        ] {
            let expression = read(written);
            assert_eq!(expression.needed.as_deref(), expected, "{written}");
        }
        let any_case = Flags { any_case: true, ..Flags::default() };
        let expression = Expression::read("a.+bc", any_case).unwrap();
        assert_eq!(expression.needed, None);
        assert!(expression.is_match("XA-BCX") && !expression.is_match("abc"));
        let plain = read("a.+bc");
        assert!(plain.is_match("xa-bcx") && !plain.is_match("abc") && !plain.is_match("a-b"));
    }

    #[test]
    fn what_is_small_waits_and_what_is_large_is_refused_at_once() {
        let waits = |it: &Expression| it.compiled.get().is_none();
        let small = read(r"^arn:aws:iam::\d{12}:user/[a-z0-9-]{1,64}$");
        assert!(waits(&small));
        assert!(small.is_match("arn:aws:iam::111122223333:user/deploy") && !waits(&small));
        assert!(!waits(&read(r"\w{15}")));
        let error = Expression::read(r"\w{5000}", Flags::default()).unwrap_err();
        assert_eq!(error, Unusable::TooLarge);
        for looks in ["(?=a)b", r"(a)\1", "(?<!a)b"] {
            assert_eq!(Expression::read(looks, Flags::default()).unwrap_err(), Unusable::Looks);
        }
        let wrong = Expression::read("a(b", Flags::default()).unwrap_err();
        assert_eq!(wrong, Unusable::Wrong("unclosed group".to_owned()));
    }

    #[test]
    fn what_waits_compiles() {
        let any_case = Flags { any_case: true, ..Flags::default() };
        let far_apart: String =
            (0..200).map(|it| format!("\\x{{{:x}}}", 0x1_0000 + it * 0x1041)).collect();
        let of_classes = r"\w\W\d\s\pL\p{Greek}[^a].(?s:.)\b";
        for times in (1..60).step_by(7) {
            for written in [
                format!("(?:{of_classes}){{{times}}}"),
                of_classes.repeat(times),
                format!("x{{{}}}", times * 100),
                format!("[{far_apart}]{{{times}}}"),
                format!("[a-zäöü]{{{},{}}}", times, times * 5),
                format!("(?:(?:ab|cd?){{{times}}}e*){{{times}}}"),
            ] {
                for flags in [Flags::default(), any_case] {
                    let Ok(it) = Expression::read(&written, flags) else { continue };
                    assert!(it.compiled.get().is_some() || it.compile().is_ok(), "{written}");
                }
            }
        }
    }

    #[test]
    fn those_of_the_pack_wait() {
        let texts = RULES.iter().flat_map(|(_, text)| text.lines());
        let (mut all, mut waiting) = (0, 0);
        for line in texts.filter(|it| it.contains("|re:")) {
            let Some((_, value)) = line.split_once("|re:") else { continue };
            let value = value.trim().trim_matches('\'');
            if let Ok(it) = Expression::read(value, Flags::default()) {
                all += 1;
                waiting += usize::from(it.compiled.get().is_none());
                assert!(it.compile().is_ok(), "{value}");
            }
        }
        assert!(all > 100 && waiting * 20 > all * 19, "{waiting} of {all}");
    }
}
