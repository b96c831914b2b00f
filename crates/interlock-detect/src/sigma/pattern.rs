//! Text with wildcards: parsed from a rule, changed by modifiers, compiled to a comparison.
//!
//! Without `cased`, both sides are lower-cased character by character with Unicode's simple-to-full
//! mapping; the rule's side once, at load. Values in ASCII are compared without a copy.

/// One part of a text with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Itself.
    Text(String),
    /// `*`: any length, also zero.
    Any,
    /// `?`: one character.
    One,
}

/// A rule's text while modifiers work on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Template(pub(super) Vec<Part>);

impl Template {
    /// Reads Sigma's escapes: a backslash escapes a following `*`, `?` or `\`, else it is itself.
    pub(super) fn parse(text: &str) -> Self {
        let mut it = Self::default();
        let mut chars = text.chars().peekable();
        while let Some(next) = chars.next() {
            match next {
                '\\' => match chars.next_if(|it| matches!(it, '*' | '?' | '\\')) {
                    Some(escaped) => it.push(escaped),
                    None => it.push('\\'),
                },
                '*' => it.0.push(Part::Any),
                '?' => it.0.push(Part::One),
                other => it.push(other),
            }
        }
        it
    }

    /// Exactly this text.
    pub(super) fn literal(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// Adds one character of text.
    pub(super) fn push(&mut self, next: char) {
        if let Some(Part::Text(text)) = self.0.last_mut() {
            text.push(next);
        } else {
            self.0.push(Part::Text(next.to_string()));
        }
    }

    /// The text, when there are no wildcards.
    pub(super) fn plain(&self) -> Option<String> {
        let mut plain = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => plain.push_str(text),
                Part::Any | Part::One => return None,
            }
        }
        Some(plain)
    }

    /// With anything before and after, as asked.
    pub(super) fn open(mut self, before: bool, after: bool) -> Self {
        if before && self.0.first() != Some(&Part::Any) {
            self.0.insert(0, Part::Any);
        }
        if after && self.0.last() != Some(&Part::Any) {
            self.0.push(Part::Any);
        }
        self
    }
}

/// A compiled text with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    shape: Shape,
    cased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Everything,
    Exact(Box<str>),
    Prefix(Box<str>),
    Suffix(Box<str>),
    Infix(Box<str>),
    Glob(Glob),
}

/// Segments of characters between `*`; `None` in a segment stands for any one character.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Glob {
    /// Stands at the start.
    head: Box<[Option<char>]>,
    /// Stand between, in order. Empty together with `tail` when there is no `*`.
    middle: Box<[Box<[Option<char>]>]>,
    /// Stands at the end; `None` when there is no `*` and `head` is the whole.
    tail: Option<Box<[Option<char>]>>,
}

impl Pattern {
    /// Compiles a template.
    pub(super) fn new(template: &Template, cased: bool) -> Self {
        let fold = |text: &str| if cased { text.to_owned() } else { lower(text) };
        let mut parts: Vec<Part> = Vec::new();
        for part in &template.0 {
            match (part, parts.last_mut()) {
                (Part::Text(text), _) if text.is_empty() => {}
                (Part::Text(text), Some(Part::Text(last))) => last.push_str(&fold(text)),
                (Part::Text(text), _) => parts.push(Part::Text(fold(text))),
                (Part::Any, Some(Part::Any)) => {}
                (Part::Any | Part::One, _) => parts.push(part.clone()),
            }
        }
        let shape = match parts.as_slice() {
            [] => Shape::Exact("".into()),
            [Part::Any] => Shape::Everything,
            [Part::Text(text)] => Shape::Exact(text.as_str().into()),
            [Part::Text(text), Part::Any] => Shape::Prefix(text.as_str().into()),
            [Part::Any, Part::Text(text)] => Shape::Suffix(text.as_str().into()),
            [Part::Any, Part::Text(text), Part::Any] => Shape::Infix(text.as_str().into()),
            parts => Shape::Glob(Glob::new(parts)),
        };
        Self { shape, cased }
    }

    /// The lower-case text that a value must be equal to, when this is a plain comparison.
    pub(super) fn exact(&self) -> Option<&str> {
        match &self.shape {
            Shape::Exact(text) if !self.cased => Some(text),
            Shape::Exact(_)
            | Shape::Everything
            | Shape::Prefix(_)
            | Shape::Suffix(_)
            | Shape::Infix(_)
            | Shape::Glob(_) => None,
        }
    }

    /// Every character that stands in a value that matches, in its order; `None` for whatever may stand
    /// between two of them. Without `cased` they are in lower case.
    pub(super) fn characters(&self) -> Vec<Option<char>> {
        match &self.shape {
            Shape::Everything => Vec::new(),
            Shape::Exact(text) | Shape::Prefix(text) | Shape::Suffix(text) | Shape::Infix(text) => {
                text.chars().map(Some).collect()
            }
            Shape::Glob(Glob { head, middle, tail }) => {
                let segments = middle.iter().chain(tail);
                let behind = segments.flat_map(|it| std::iter::once(&None).chain(it));
                head.iter().chain(behind).copied().collect()
            }
        }
    }

    /// Whether the value matches. `scratch` is room for a lower-case copy.
    pub(super) fn matches(&self, value: &str, scratch: &mut String) -> bool {
        if self.cased {
            return self.shape.matches(value);
        }
        if !value.is_ascii() {
            lower_into(value, scratch);
            return self.shape.matches(scratch);
        }
        let value_bytes = value.as_bytes();
        match &self.shape {
            Shape::Everything => true,
            Shape::Exact(text) => value.eq_ignore_ascii_case(text),
            Shape::Prefix(text) => value_bytes
                .get(..text.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(text.as_bytes())),
            Shape::Suffix(text) => value_bytes
                .len()
                .checked_sub(text.len())
                .and_then(|from| value_bytes.get(from..))
                .is_some_and(|it| it.eq_ignore_ascii_case(text.as_bytes())),
            Shape::Infix(text) => holds_ignoring_case(value_bytes, text.as_bytes()),
            Shape::Glob(glob) => {
                lower_into(value, scratch);
                glob.matches(scratch)
            }
        }
    }
}

impl Shape {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Exact(text) => value == &**text,
            Self::Prefix(text) => value.starts_with(&**text),
            Self::Suffix(text) => value.ends_with(&**text),
            Self::Infix(text) => value.contains(&**text),
            Self::Glob(glob) => glob.matches(value),
        }
    }
}

impl Glob {
    fn new(parts: &[Part]) -> Self {
        let mut segments: Vec<Vec<Option<char>>> = vec![Vec::new()];
        for part in parts {
            match (part, segments.last_mut()) {
                (Part::Any, _) | (Part::Text(_) | Part::One, None) => segments.push(Vec::new()),
                (Part::One, Some(segment)) => segment.push(None),
                (Part::Text(text), Some(segment)) => segment.extend(text.chars().map(Some)),
            }
        }
        let mut segments = segments.into_iter().map(Vec::into_boxed_slice);
        let head = segments.next().unwrap_or_default();
        let mut middle: Vec<_> = segments.collect();
        let tail = middle.pop();
        Self { head, middle: middle.into(), tail }
    }

    /// The leftmost place of every segment is the best one, so that one pass decides.
    /// Cost: value length times the longest segment.
    fn matches(&self, value: &str) -> bool {
        let Some(mut rest) = strip(value, &self.head) else { return false };
        let Some(tail) = &self.tail else { return rest.is_empty() };
        for segment in &self.middle {
            let mut from = rest.chars();
            rest = loop {
                if let Some(after) = strip(from.as_str(), segment) {
                    break after;
                }
                if from.next().is_none() {
                    return false;
                }
            };
        }
        let Some(surplus) = rest.chars().count().checked_sub(tail.len()) else { return false };
        let mut end = rest.chars();
        if let Some(last) = surplus.checked_sub(1) {
            end.nth(last);
        }
        strip(end.as_str(), tail).is_some()
    }
}

/// What follows the segment, when the value starts with it.
fn strip<'a>(value: &'a str, segment: &[Option<char>]) -> Option<&'a str> {
    let mut chars = value.chars();
    for wanted in segment {
        let next = chars.next()?;
        if wanted.is_some_and(|it| it != next) {
            return None;
        }
    }
    Some(chars.as_str())
}

fn holds_ignoring_case(value: &[u8], text: &[u8]) -> bool {
    let Some((first, after)) = text.split_first() else { return true };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut rest = value;
    while rest.len() > after.len() {
        let Some(at) = rest.iter().position(|it| *it == lower || *it == upper) else {
            return false;
        };
        let Some(tail) = rest.get(at + 1..) else { return false };
        if tail.get(..after.len()).is_some_and(|it| it.eq_ignore_ascii_case(after)) {
            return true;
        }
        rest = tail;
    }
    false
}

/// Lower case, character by character.
pub(super) fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Lower case into room that is used again and again.
pub(super) fn lower_into(text: &str, room: &mut String) {
    room.clear();
    if text.is_ascii() {
        room.push_str(text);
        room.make_ascii_lowercase();
    } else {
        room.extend(text.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, value: &str) -> bool {
        Pattern::new(&Template::parse(pattern), false).matches(value, &mut String::new())
    }

    #[test]
    fn the_escape_table() {
        for (written, meant) in [
            (r"a\b", r"a\b"),
            (r"a\\b", r"a\b"),
            (r"a\\\\b", r"a\\b"),
            (r"a\*", "a*"),
            (r"a\\\*", r"a\*"),
            (r"a\?", "a?"),
            (r"\\srv", r"\srv"),
            ("a\\", "a\\"),
        ] {
            assert_eq!(Template::parse(written).plain().as_deref(), Some(meant), "{written}");
        }
        assert_eq!(
            Template::parse(r"a\\*").0,
            [Part::Text("a\\".to_owned()), Part::Any],
            "an escaped backslash does not escape the wildcard after it"
        );
    }

    #[test]
    fn wildcards_and_case() {
        for (pattern, value, wanted) in [
            ("abc", "ABC", true),
            ("abc", "abcd", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "é", true),
            ("a*", "A", true),
            ("*c", "abC", true),
            ("*b*", "aBc", true),
            ("*bb*", "abcbb", true),
            ("*bb*", "abcb", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("a?c*e", "abcde", true),
            ("a?c*e", "abce", true),
            ("a?c*e", "abc", false),
            ("*a?", "xaab", true),
            ("a*a", "a", false),
            ("ÄRGER*", "ärgerlich", true),
            ("k", "\u{212a}", true),
            ("ä", "a", false),
            ("*é*", "cafÉs", true),
        ] {
            assert_eq!(matches(pattern, value), wanted, "{pattern} on {value}");
        }
        let cased = Pattern::new(&Template::parse("Ab*"), true);
        assert!(cased.matches("Abc", &mut String::new()));
        assert!(!cased.matches("abc", &mut String::new()));
    }
}
