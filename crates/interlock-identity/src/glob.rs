//! Patterns over the text of principals, identity ids and names: `*` is any text, `?` any one character.

use interlock_reach::wildcard;
use std::fmt;

/// A pattern that people wrote. Everything but `*` and `?` stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(Box<str>);

/// Why text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPattern {
    /// There is nothing in it.
    #[error("the pattern is empty")]
    Empty,
    /// It is longer than [`Pattern::LONGEST`].
    #[error("the pattern is longer than {} bytes", Pattern::LONGEST)]
    TooLong,
    /// It would match whatever there is.
    #[error("the pattern `{0}` matches everything")]
    Everything(String),
    /// Names have no blanks, so it would match nothing.
    #[error("the pattern `{0}` has a blank in it and can match nothing")]
    Blank(String),
}

impl Pattern {
    /// The longest pattern, in bytes: bounds the time of one match.
    pub const LONGEST: usize = 512;

    /// Reads a pattern.
    ///
    /// # Errors
    /// It is empty, too long, matches everything, or holds a blank.
    pub fn new(text: &str) -> Result<Self, MalformedPattern> {
        if text.is_empty() {
            return Err(MalformedPattern::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(MalformedPattern::TooLong);
        }
        if text.chars().all(|it| matches!(it, '*' | '?')) {
            return Err(MalformedPattern::Everything(text.to_owned()));
        }
        if text.chars().any(|it| it.is_whitespace() || it.is_control()) {
            return Err(MalformedPattern::Blank(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// Whether this text holds a wildcard.
    #[must_use]
    pub fn is_wild(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        wildcard(&self.0, text, |want, have| want == '?' || want == have)
    }

    /// How many characters are fixed: of two patterns that match, the one with more is the nearer.
    #[must_use]
    pub fn fixed(&self) -> usize {
        self.0.chars().filter(|it| !matches!(it, '*' | '?')).count()
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_text_with_wildcards() {
        for (pattern, text, expected) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*-prod-*", "shop-prod-api", true),
            ("*-prod-*", "shop-prod", false),
            ("*-prod", "a-prod-prod", true),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("*ab", "aab", true),
            ("github:repo:acme/shop:*", "github:repo:acme/shop:*", true),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_must_be_able_to_say_something() {
        for text in ["", "*", "**?", "a b", &"x".repeat(600)] {
            assert!(Pattern::new(text).is_err(), "{text}");
        }
    }
}
