//! Reads a rule's `condition` into a tree over its search identifiers.

use std::collections::BTreeSet;

/// What a condition says. Searches are numbered in the order of the rule's `detection`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// One search.
    Search(usize),
    /// All of these.
    All(Vec<Self>),
    /// Any of these.
    Any(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
}

impl Condition {
    /// The searches that it names.
    pub(super) fn searches(&self) -> BTreeSet<usize> {
        match self {
            Self::Search(it) => BTreeSet::from([*it]),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().flat_map(|it| it.searches()).collect()
            }
            Self::Not(inner) => inner.searches(),
        }
    }
}

/// Why a condition cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It names a search that the rule does not have.
    UnknownSearch(String),
    /// No search of the rule has a name like this.
    NothingLike(String),
    /// It counts, as rules did before correlation rules.
    Aggregation,
    /// It does not follow the grammar.
    Grammar(String),
}

/// Deepest nesting of parentheses and `not`.
const DEEPEST: usize = 64;

/// Longest condition, in words. Bounds the work of one evaluation together with the searches.
const LONGEST: usize = 4_096;

/// Reads the condition over these search names.
pub(super) fn read(text: &str, searches: &[&str]) -> Result<Condition, Unreadable> {
    if text.contains('|') {
        return Err(Unreadable::Aggregation);
    }
    let words = split(text)?;
    let mut reader = Reader { words: &words, at: 0, searches };
    let condition = reader.or(0)?;
    match reader.peek() {
        None => Ok(condition),
        Some(word) => Err(Unreadable::Grammar(format!("`{word}` is not expected here"))),
    }
}

fn split(text: &str) -> Result<Vec<String>, Unreadable> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for next in text.chars() {
        match next {
            '(' | ')' => {
                words.push(next.to_string());
                open = false;
            }
            it if it.is_whitespace() => open = false,
            it if it.is_alphanumeric() || matches!(it, '_' | '-' | '*' | '.') => {
                match words.last_mut().filter(|_| open) {
                    Some(word) => word.push(it),
                    None => words.push(it.to_string()),
                }
                open = true;
            }
            it => return Err(Unreadable::Grammar(format!("`{it}` is not expected here"))),
        }
        if words.len() > LONGEST {
            return Err(Unreadable::Grammar(format!("more than {LONGEST} words")));
        }
    }
    Ok(words)
}

struct Reader<'a> {
    words: &'a [String],
    at: usize,
    searches: &'a [&'a str],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek().is_some_and(|it| it.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn or(&mut self, depth: usize) -> Result<Condition, Unreadable> {
        let mut parts = vec![self.and(depth)?];
        while self.take("or") {
            parts.push(self.and(depth)?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn and(&mut self, depth: usize) -> Result<Condition, Unreadable> {
        let mut parts = vec![self.not(depth)?];
        while self.take("and") {
            parts.push(self.not(depth)?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn not(&mut self, depth: usize) -> Result<Condition, Unreadable> {
        if depth > DEEPEST {
            return Err(Unreadable::Grammar(format!("nested deeper than {DEEPEST}")));
        }
        if self.take("not") {
            return Ok(Condition::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.or(depth + 1)?;
            if !self.take(")") {
                return Err(Unreadable::Grammar("a `)` is missing".to_owned()));
            }
            return Ok(inner);
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Condition, Unreadable> {
        let Some(word) = self.peek() else {
            return Err(Unreadable::Grammar("it ends too early".to_owned()));
        };
        self.at += 1;
        let quantifier = ["1", "any", "all"].into_iter().find(|it| word.eq_ignore_ascii_case(it));
        if let Some(quantifier) = quantifier
            && self.take("of")
        {
            let Some(target) = self.peek() else {
                return Err(Unreadable::Grammar("`of` needs a name after it".to_owned()));
            };
            self.at += 1;
            let chosen = self.chosen(target)?;
            return Ok(one_or(
                chosen,
                if quantifier == "all" { Condition::All } else { Condition::Any },
            ));
        }
        if ["and", "or", "not", "of", ")"].iter().any(|it| word.eq_ignore_ascii_case(it)) {
            return Err(Unreadable::Grammar(format!("`{word}` is not expected here")));
        }
        if word.contains('*') {
            return Err(Unreadable::Grammar(format!(
                "`{word}` needs `1 of` or `all of` before it"
            )));
        }
        self.searches
            .iter()
            .position(|it| *it == word)
            .map(Condition::Search)
            .ok_or_else(|| Unreadable::UnknownSearch(word.to_owned()))
    }

    fn chosen(&self, target: &str) -> Result<Vec<Condition>, Unreadable> {
        let them = target.eq_ignore_ascii_case("them");
        let chosen: Vec<_> = self
            .searches
            .iter()
            .enumerate()
            .filter(|(_, name)| if them { !name.starts_with('_') } else { like(target, name) })
            .map(|(index, _)| Condition::Search(index))
            .collect();
        if chosen.is_empty() {
            return Err(Unreadable::NothingLike(target.to_owned()));
        }
        Ok(chosen)
    }
}

fn one_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => many(parts),
    }
}

/// Whether the name fits a pattern with `*`.
fn like(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|it| name.strip_prefix(it)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::Condition::{All, Any, Not, Search};
    use super::*;

    const NAMES: [&str; 5] = ["sel_a", "sel_b", "filter", "_hidden", "a-1"];

    #[test]
    fn the_whole_grammar() {
        let not = |it| Not(Box::new(it));
        for (text, wanted) in [
            ("sel_a", Search(0)),
            (
                "sel_a or sel_b and not filter",
                Any(vec![Search(0), All(vec![Search(1), not(Search(2))])]),
            ),
            (
                "(sel_a OR sel_b) AND NOT filter",
                All(vec![Any(vec![Search(0), Search(1)]), not(Search(2))]),
            ),
            ("1 of sel*", Any(vec![Search(0), Search(1)])),
            ("any of sel_*", Any(vec![Search(0), Search(1)])),
            (
                "all of sel_* and not 1 of filter*",
                All(vec![All(vec![Search(0), Search(1)]), not(Search(2))]),
            ),
            ("1 of them", Any(vec![Search(0), Search(1), Search(2), Search(4)])),
            ("all of _*", Search(3)),
            ("all of *_a", Search(0)),
            ("not not a-1", not(not(Search(4)))),
            ("1 of filter", Search(2)),
        ] {
            assert_eq!(read(text, &NAMES), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read() {
        let deep = format!("{}sel_a{}", "(".repeat(100), ")".repeat(100));
        for text in [
            "",
            "sel_a and",
            "sel_a sel_b",
            "(sel_a",
            "sel_a)",
            "and",
            "sel*",
            "1 of",
            "sel_a & sel_b",
            &deep,
        ] {
            assert!(matches!(read(text, &NAMES), Err(Unreadable::Grammar(_))), "{text}");
        }
        assert_eq!(read("sel", &NAMES), Err(Unreadable::UnknownSearch("sel".to_owned())));
        assert_eq!(read("1 of x*", &NAMES), Err(Unreadable::NothingLike("x*".to_owned())));
        assert_eq!(read("sel_a | count() by x > 5", &NAMES), Err(Unreadable::Aggregation));
    }
}
