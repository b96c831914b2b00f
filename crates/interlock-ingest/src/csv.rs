//! The columns of a line of CSV, as PostgreSQL and pgAudit write it.

use std::borrow::Cow;

/// The values of a line; `None` for a column without one, which is not the empty text in quotes.
#[derive(Debug)]
pub struct Columns<'a> {
    rest: Option<&'a str>,
}

impl<'a> Columns<'a> {
    /// Those of this line, which may hold line feeds inside quotes.
    pub const fn of(line: &'a str) -> Self {
        Self { rest: Some(line) }
    }
}

impl<'a> Iterator for Columns<'a> {
    type Item = Option<Cow<'a, str>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let Some(inside) = rest.strip_prefix('"') else {
            let (value, rest) = match rest.split_once(',') {
                Some((value, rest)) => (value, Some(rest)),
                None => (rest, None),
            };
            self.rest = rest;
            return Some((!value.is_empty()).then_some(value.into()));
        };
        let mut from = 0;
        let end = loop {
            let Some(at) = inside.get(from..).and_then(|it| it.find('"')) else {
                break inside.len();
            };
            let behind = inside.get(from + at + 1..).unwrap_or_default();
            if !behind.starts_with('"') {
                break from + at;
            }
            from += at + 2;
        };
        let value = inside.get(..end).unwrap_or_default();
        self.rest = inside.get(end + 1..).and_then(|it| it.strip_prefix(','));
        let value =
            if value.contains('"') { value.replace("\"\"", "\"").into() } else { value.into() };
        Some(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_lines_and_quotes() {
        for (line, expected) in [
            ("", &[None][..]),
            ("a,,\"\",b", &[Some("a"), None, Some(""), Some("b")]),
            ("\"a,\n\"\"b\"\"\",c", &[Some("a,\n\"b\""), Some("c")]),
            ("\"a\"\"", &[Some("a\"")]),
            ("a,", &[Some("a"), None]),
        ] {
            let columns: Vec<_> = Columns::of(line).collect();
            let columns: Vec<Option<&str>> = columns.iter().map(Option::as_deref).collect();
            assert_eq!(columns, expected, "{line}");
        }
    }
}
