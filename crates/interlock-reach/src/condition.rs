//! Conditions of statements: what is known decides them, what is not makes them conditional.

use super::document::Version;
use crate::wildcard;
use std::borrow::Cow;
use std::fmt;

/// One test of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as it was written: `StringLike`, `ForAnyValue:StringEquals`, `BoolIfExists`.
    pub operator: Box<str>,
    /// The key: `iam:PassedToService`.
    pub key: Box<str>,
    /// The values, of which one must agree.
    pub values: Vec<Box<str>>,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.operator, self.key)?;
        for (index, it) in self.values.iter().take(4).enumerate() {
            write!(f, "{}{it}", if index == 0 { "" } else { ", " })?;
        }
        if self.values.len() > 4 {
            write!(f, ", and {} more", self.values.len() - 4)?;
        }
        Ok(())
    }
}

/// Whether something holds, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// It does not.
    No,
    /// It depends on what is not known.
    Maybe,
    /// It does.
    Yes,
}

/// Keys of conditions and variables whose value is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts<'a>(pub(super) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Facts<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|it| it.0.eq_ignore_ascii_case(key)).map(|it| it.1.as_ref())
    }
}

impl Condition {
    /// Whether it holds.
    pub(super) fn holds(&self, facts: &Facts<'_>, version: Version) -> Holds {
        let Some(known) = facts.get(&self.key) else { return Holds::Maybe };
        let lower = self.operator.to_ascii_lowercase();
        // Of keys with several values only one may be known.
        if lower.contains(':') {
            return Holds::Maybe;
        }
        let operator = lower.strip_suffix("ifexists").unwrap_or(&lower);
        let (plain, wanted) = match operator {
            "stringnotequals" => ("stringequals", false),
            "stringnotequalsignorecase" => ("stringequalsignorecase", false),
            "stringnotlike" => ("stringlike", false),
            "arnnotequals" | "arnnotlike" => ("arnlike", false),
            other => (other, true),
        };
        let mut any = Holds::No;
        for value in &self.values {
            let Expanded { text, is_whole } = expand(value, facts, version);
            let agrees = match plain {
                "stringequals" => text == known,
                "stringequalsignorecase" | "bool" => text.eq_ignore_ascii_case(known),
                "stringlike" | "arnlike" | "arnequals" => covers(&text, known),
                "null" => text.eq_ignore_ascii_case("false"),
                _ => return Holds::Maybe,
            };
            let agrees = match (agrees, is_whole) {
                (true, true) => Holds::Yes,
                (false, true) => Holds::No,
                (_, false) => Holds::Maybe,
            };
            any = any.max(agrees);
        }
        match (any, wanted) {
            (Holds::Maybe, _) => Holds::Maybe,
            (Holds::Yes, true) | (Holds::No, false) => Holds::Yes,
            (Holds::Yes, false) | (Holds::No, true) => Holds::No,
        }
    }
}

/// Whether a pattern of resources covers a name, or all that another pattern stands for.
pub(super) fn covers(pattern: &str, text: &str) -> bool {
    // A `*` in the text stands for any text, and only a `*` covers that.
    wildcard(pattern, text, |want, have| (want == '?' && have != '*') || want == have)
}

/// The same for actions, whose case does not count.
pub(super) fn covers_action(pattern: &str, action: &str) -> bool {
    pattern == "*:*" && action == "*"
        || wildcard(pattern, action, |want, have| {
            (want == '?' && have != '*') || want.eq_ignore_ascii_case(&have)
        })
}

/// Whether a pattern and a text, which may be a pattern too, can stand for the same name.
pub(super) fn touches(pattern: &str, text: &str) -> bool {
    if !text.contains(['*', '?']) {
        return covers(pattern, text);
    }
    let text: Vec<char> = text.chars().collect();
    // Whether what was read of the pattern can be the first so many characters of the text's names.
    let mut row: Vec<bool> = Vec::with_capacity(text.len() + 1);
    row.push(true);
    for have in &text {
        row.push(*have == '*' && row.last() == Some(&true));
    }
    for want in pattern.chars() {
        let mut next: Vec<bool> = Vec::with_capacity(row.len());
        next.push(want == '*' && row.first() == Some(&true));
        let pairs = row.iter().zip(row.iter().skip(1)).zip(&text);
        for ((before, above), have) in pairs {
            let left = next.last() == Some(&true);
            let agrees = want == '?' || *have == '?' || want == *have;
            next.push(if want == '*' || *have == '*' {
                // A `*` stands for nothing, or for one name's character more.
                *above || left || *before
            } else {
                agrees && *before
            });
        }
        row = next;
    }
    row.last() == Some(&true)
}

/// The same for actions, whose case does not count.
pub(super) fn touches_action(pattern: &str, action: &str) -> bool {
    touches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Text with its variables filled in.
#[derive(Debug)]
pub(super) struct Expanded<'a> {
    /// The text; a variable that is not known became `*`.
    pub(super) text: Cow<'a, str>,
    /// Whether all variables were known.
    pub(super) is_whole: bool,
}

/// Fills in `${aws:username}` and its like, with defaults as in `${aws:username, 'nobody'}` left unknown.
pub(super) fn expand<'a>(text: &'a str, facts: &Facts<'_>, version: Version) -> Expanded<'a> {
    if version == Version::First || !text.contains("${") {
        return Expanded { text: Cow::Borrowed(text), is_whole: true };
    }
    let (mut out, mut is_whole, mut rest) = (String::with_capacity(text.len()), true, text);
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match facts.get(name.trim()) {
            Some(value) => out.push_str(value),
            // `${*}`, `${?}` and `${$}` are the characters themselves; as patterns they match those.
            None if matches!(name, "*" | "?" | "$") => out.push_str(name),
            None => {
                out.push('*');
                is_whole = false;
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    Expanded { text: Cow::Owned(out), is_whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covering_and_touching() {
        for (pattern, text, all, some) in [
            ("*", "*", true, true),
            ("iam:*", "*", false, true),
            ("*", "iam:*", true, true),
            ("iam:*", "*:List*", false, true),
            ("iam:*", "s3:*", false, false),
            ("iam:Get*", "iam:List*", false, false),
            ("iam:*Role", "iam:Pass*", false, true),
            ("iam:*Role", "iam:Pass?", false, false),
            ("iam:????Role", "iam:Pass*", false, true),
            ("a?c", "a*c", false, true),
            ("a?c", "abc", true, true),
            ("abc", "a?c", false, true),
            ("ab", "", false, false),
            ("", "*", false, true),
        ] {
            assert_eq!(covers(pattern, text), all, "{pattern} covers {text}");
            assert_eq!(touches(pattern, text), some, "{pattern} touches {text}");
            assert_eq!(touches(text, pattern), some, "{text} touches {pattern}");
        }
        assert!(touches_action("IAM:*", "iam:Get*"));
    }

    #[test]
    fn variables() {
        let facts = Facts(vec![("aws:username".into(), "alice".into())]);
        for (text, expected, is_whole) in [
            ("a/${aws:username}/*", "a/alice/*", true),
            ("a/${AWS:UserName}", "a/alice", true),
            ("a/${aws:other}/x", "a/*/x", false),
            ("a/${$}{x}", "a/${x}", true),
            ("a/${open", "a/${open", true),
        ] {
            let found = expand(text, &facts, Version::Current);
            assert_eq!((&*found.text, found.is_whole), (expected, is_whole), "{text}");
            assert_eq!(expand(text, &facts, Version::First).text, text);
        }
    }
}
