//! The texts without which a rule cannot match, read off its tests and their expressions.
//!
//! All of them are in ASCII without upper case, and are meant in letters of either case. They stand in a
//! value that fits, unless a character of that value is one of [`LIKE_ASCII`].
//! A need is necessary and not sufficient: an event that has it is still to be held against the rule.

use super::expression::Expression;
use super::matcher::{Expr, FieldIndex, Matcher};
use super::pattern::Pattern;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The characters beyond ASCII that fit where ASCII stands: the lower case of the first begins with `i`, the
/// second is an `s` to expressions in any case, the lower case of the third is `k`.
pub(super) const LIKE_ASCII: [char; 3] = ['\u{130}', '\u{17f}', '\u{212a}'];

/// Shorter texts are in nearly every value.
const SHORTEST: usize = 3;

/// What must be found, or something cannot match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needs<T> {
    /// Nothing: it may match whatever is found.
    Nothing,
    /// This one.
    One(T),
    /// All of these.
    All(Box<[Self]>),
    /// One of these at least; without any it cannot match at all.
    Any(Box<[Self]>),
}

/// A text, and the field in whose values it must stand.
pub(super) type InField = (FieldIndex, Box<str>);

impl<T> Needs<T> {
    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts = parts.into_iter().filter(|it| !matches!(it, Self::Nothing));
        let mut parts: Vec<Self> = parts.collect();
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, None) => Self::Nothing,
            (_, Some(last)) => {
                parts.push(last);
                Self::All(parts.into())
            }
        }
    }

    fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts: Box<[Self]> = parts.into_iter().collect();
        if parts.iter().any(|it| matches!(it, Self::Nothing)) {
            return Self::Nothing;
        }
        Self::Any(parts)
    }

    /// The same in other words; what has none is no longer needed.
    pub(super) fn in_words<U>(&self, word: &mut impl FnMut(&T) -> Option<U>) -> Needs<U> {
        match self {
            Self::Nothing => Needs::Nothing,
            Self::One(it) => word(it).map_or(Needs::Nothing, Needs::One),
            Self::All(parts) => Needs::all(parts.iter().map(|it| it.in_words(word))),
            Self::Any(parts) => Needs::any(parts.iter().map(|it| it.in_words(word))),
        }
    }

    /// Whether what is found is enough.
    pub(super) fn met(&self, found: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::One(it) => found(it),
            Self::All(parts) => parts.iter().all(|it| it.met(found)),
            Self::Any(parts) => parts.iter().any(|it| it.met(found)),
        }
    }

    /// Calls `each` with everything that is named here, once for each time.
    pub(super) fn each<'a>(&'a self, each: &mut impl FnMut(&'a T)) {
        match self {
            Self::Nothing => {}
            Self::One(it) => each(it),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|it| it.each(each)),
        }
    }
}

/// What an event must hold for this to be true of it. `searches` are the rule's.
pub(super) fn of_expr(expr: &Expr, searches: &[Expr]) -> Needs<InField> {
    match expr {
        Expr::Test(test) => {
            let Some(field) = test.field else { return Needs::Nothing };
            let of =
                |it: &Matcher| of_matcher(it).in_words(&mut |text| Some((field, text.clone())));
            let values = test.values.iter().map(|it| Needs::any(it.iter().map(of)));
            if test.all { Needs::all(values) } else { Needs::any(values) }
        }
        Expr::Search(index) => {
            searches.get(*index).map_or(Needs::Nothing, |it| of_expr(it, searches))
        }
        Expr::All(parts) => Needs::all(parts.iter().map(|it| of_expr(it, searches))),
        Expr::Any(parts) => Needs::any(parts.iter().map(|it| of_expr(it, searches))),
        Expr::Not(_) => Needs::Nothing,
    }
}

fn of_matcher(matcher: &Matcher) -> Needs<Box<str>> {
    match matcher {
        Matcher::Text(pattern) => of_pattern(pattern),
        Matcher::Regex(expression) => of_expression(expression),
        Matcher::Number(..)
        | Matcher::Bool(_)
        | Matcher::Null
        | Matcher::Exists(_)
        | Matcher::Network(_)
        | Matcher::Order(..)
        | Matcher::Date(..)
        | Matcher::Field(..) => Needs::Nothing,
    }
}

fn of_pattern(pattern: &Pattern) -> Needs<Box<str>> {
    let mut texts = Texts::default();
    pattern.characters().into_iter().for_each(|it| texts.next(it));
    texts.finish()
}

fn of_expression(expression: &Expression) -> Needs<Box<str>> {
    let mut texts = Texts::default();
    if let Ok(hir) = expression.parse() {
        texts.gather(&hir);
    }
    texts.finish()
}

/// The texts of one value while it is read from its begin to its end.
#[derive(Debug, Default)]
struct Texts {
    open: String,
    done: Vec<Needs<Box<str>>>,
}

impl Texts {
    /// What stands next: a character in either case, or something else.
    fn next(&mut self, it: Option<char>) {
        match it.filter(char::is_ascii) {
            Some(it) => self.open.push(it.to_ascii_lowercase()),
            None => self.close(),
        }
    }

    fn close(&mut self) {
        if self.open.len() >= SHORTEST {
            self.done.push(Needs::One(self.open.as_str().into()));
        }
        self.open.clear();
    }

    fn finish(mut self) -> Needs<Box<str>> {
        self.close();
        Needs::all(self.done)
    }

    /// What stands next in every match of this.
    fn gather(&mut self, hir: &Hir) {
        let alone = |hir: &Hir| {
            let mut texts = Self::default();
            texts.gather(hir);
            texts.finish()
        };
        match hir.kind() {
            // They take no room: what is before and what is behind them stand side by side.
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(text) => {
                text.0.iter().for_each(|it| self.next(Some(char::from(*it))));
            }
            HirKind::Class(class) => self.next(one_letter(class)),
            HirKind::Capture(group) => self.gather(&group.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|it| self.gather(it)),
            HirKind::Repetition(it) => {
                self.close();
                if it.min > 0 {
                    self.done.push(alone(&it.sub));
                }
            }
            HirKind::Alternation(parts) => {
                self.close();
                self.done.push(Needs::any(parts.iter().map(alone)));
            }
        }
    }
}

/// The one letter, in lower case, that all of these are.
fn one_letter(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let letter = |it: char| match it {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    let mut all = class.iter().flat_map(|it| it.start()..=it.end()).map(letter);
    let first = all.next()?;
    // A letter is written in three ways at most.
    (all.by_ref().take(3).all(|it| it == first) && all.next().is_none()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::expression::Flags;
    use super::super::pattern::Template;
    use super::*;
    use regex::Regex;

    /// As text: `+` for all, `|` for any.
    fn told(needs: &Needs<Box<str>>) -> String {
        let joined = |parts: &[Needs<Box<str>>], sign| {
            format!("({})", parts.iter().map(told).collect::<Vec<_>>().join(sign))
        };
        match needs {
            Needs::Nothing => "-".to_owned(),
            Needs::One(text) => text.to_string(),
            Needs::All(parts) => joined(parts, "+"),
            Needs::Any(parts) => joined(parts, "|"),
        }
    }

    #[test]
    fn what_expressions_need() {
        let any_case = Flags { any_case: true, ..Flags::default() };
        for (written, expected) in [
            (r"\balter\s+role\b", "(alter+role)"),
            (
                r"\b(create|alter)\s+(role|user)\s+[^;]*\bsuperuser\b",
                "((create|alter)+(role|user)+superuser)",
            ),
            (r"\b(pg_authid|pg_shadow)\b", "(pg_+(authid|shadow))"),
            ("ask-Kiosk", "ask-kiosk"),
            ("(abc)def", "abcdef"),
            ("(abc)?def", "def"),
            ("(abc)+def", "(abc+def)"),
            ("(abc){0,3}", "-"),
            ("(abc|de)", "-"),
            ("(abc|)", "-"),
            ("abc|def", "(abc|def)"),
            ("ärger", "rger"),
            ("ab.cd", "-"),
            (r"^a\.bc$", "a.bc"),
            ("[ab]cde", "cde"),
            ("[aA]bc", "abc"),
            (r"[^;]*\w", "-"),
            ("", "-"),
        ] {
            let expression = Expression::read(written, any_case).unwrap();
            assert_eq!(told(&of_expression(&expression)), expected, "{written}");
        }
        let cased = Expression::read("AbC.def", Flags::default()).unwrap();
        assert_eq!(told(&of_expression(&cased)), "(abc+def)");
        let never = Expression::read("[a&&b]", Flags::default()).unwrap();
        assert_eq!(told(&of_expression(&never)), "-");
    }

    #[test]
    fn what_texts_with_wildcards_need() {
        for (written, expected) in [
            ("GetUser", "getuser"),
            ("statement: *", "statement: "),
            ("*\\cmd.exe", "\\cmd.exe"),
            ("*abc?de*fgh", "(abc+fgh)"),
            ("*", "-"),
            ("", "-"),
            ("STRAßE", "stra"),
            ("\u{212a}ey", "key"),
        ] {
            let pattern = Pattern::new(&Template::parse(written), false);
            assert_eq!(told(&of_pattern(&pattern)), expected, "{written}");
        }
    }

    #[test]
    fn three_characters_are_like_ascii_and_no_other() {
        let letters = Regex::new("(?i)[ -~]").unwrap();
        for it in ('\u{80}'..=char::MAX).filter(|it| !LIKE_ASCII.contains(it)) {
            assert!(!it.to_lowercase().any(|it| it.is_ascii()), "{it:?}");
            assert!(!letters.is_match(it.encode_utf8(&mut [0; 4])), "{it:?}");
        }
    }

    #[test]
    fn needs_are_met_by_what_is_found() {
        let expression = Expression::read("(abc|def).(ghi|jkl)", Flags::default()).unwrap();
        let needs = of_expression(&expression);
        for (found, expected) in
            [("abc ghi", true), ("def jkl", true), ("abc def", false), ("ghi", false), ("", false)]
        {
            assert_eq!(needs.met(&|it| found.contains(&**it)), expected, "{found}");
        }
        let numbered = needs.in_words(&mut |it| (&**it != "jkl").then_some(it.len()));
        assert_eq!(numbered, Needs::Any([Needs::One(3), Needs::One(3)].into()));
        assert!(!Needs::<()>::Any(Box::default()).met(&|()| true));
    }
}
