//! Where a literal of SQL ends, also one that stands inside another.

use super::{Text, closes};

impl Text<'_> {
    /// Behind the literal that begins here. `apart` says that it does not touch the word before.
    pub(super) fn literal(&self, at: usize, apart: bool) -> Option<usize> {
        if self.byte(at) == Some(b'$') {
            return self.dollar_quoted(at);
        }
        let prefix = match (self.byte(at), self.byte(at + 1)) {
            (Some(b'u' | b'U'), Some(b'&')) => 2,
            (Some(b'e' | b'E' | b'b' | b'B' | b'x' | b'X' | b'n' | b'N'), _) => 1,
            _ => 0,
        };
        let prefix = if self.quote(at + prefix).is_some() { prefix } else { 0 };
        let escapes = matches!(self.bytes.get(at..at + prefix), Some(b"e" | b"E"));
        let (run, open) = self.quotes(at + prefix);
        if run == 0 {
            return None;
        }
        // Two, four, … quotes open a literal inside another; alone they are an empty one.
        let ends = |it: u8| it.is_ascii_whitespace() || b");,\"\\".contains(&it);
        if run.is_multiple_of(2) && self.byte(open).is_none_or(ends) {
            return None;
        }
        // English: `the password's age`.
        if !apart && self.bytes.get(open..).is_some_and(|it| it.starts_with(b"s ")) {
            return None;
        }
        // `'…' || quote_literal(…)`: the quote ends what is put together, and opens nothing.
        if self.bytes.get(self.blanks(open)..).is_some_and(|it| it.starts_with(b"||")) {
            return Some(self.string_end(open));
        }
        let width = 1_usize.checked_shl(run.trailing_zeros()).unwrap_or(1);
        match self.closing(open, width, escapes) {
            Some(end) => Some(end),
            None => apart.then(|| self.string_end(open)),
        }
    }

    /// Behind the quotes that close a literal, and those that continue it on a further line.
    fn closing(&self, from: usize, width: usize, escapes: bool) -> Option<usize> {
        let mut at = from;
        loop {
            let (run, behind) = self.quotes(at);
            if run == 0 {
                at = self.past(at, escapes)?;
                continue;
            }
            let left = run % (2 * width);
            if left < width {
                at = behind;
                continue;
            }
            // What is left beyond the closing quotes belongs to a literal around this one.
            let end = self.back(behind, left - width);
            let next = self.blanks(end);
            let (more, open) = self.quotes(next);
            if left != width || next == end || more != width {
                return Some(end);
            }
            at = open;
        }
    }

    /// Behind one character of a literal that is no quote; `None` at the end of the string.
    fn past(&self, at: usize, escapes: bool) -> Option<usize> {
        match self.byte(at)? {
            b'"' => None,
            b'\\' => {
                let next = at + self.backslashes(at);
                // In an escape string a backslash takes the quote behind it along.
                match self.quote(next).filter(|_| escapes) {
                    Some(behind) => Some(behind),
                    None if self.byte(next) == Some(b'\'') => Some(next),
                    None => self.byte(next).map(|_| next + 1),
                }
            }
            _ => Some(at + 1),
        }
    }

    /// So many quotes before this position; they are all written the same way.
    fn back(&self, at: usize, quotes: usize) -> usize {
        let plain = at.checked_sub(1).and_then(|it| self.byte(it)) == Some(b'\'');
        let one = if plain { 1 } else { r"\u0027".len() };
        at.saturating_sub(quotes * one)
    }

    /// `$$…$$`, `$tag$…$tag$`
    fn dollar_quoted(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at + 1..)?;
        let named = |it: &&u8| it.is_ascii_alphanumeric() || **it == b'_' || !it.is_ascii();
        let tag = rest.iter().take(64).take_while(named).count();
        if rest.get(tag) != Some(&b'$') {
            return None;
        }
        let mark = self.bytes.get(at..at + tag + 2)?;
        // Not the string's end first: many literals may stand before it.
        let mut run = 0;
        let mut end = at + mark.len();
        loop {
            match self.byte(end) {
                None => return Some(end),
                Some(b'"') if closes(run, 0) => return Some(end),
                Some(b'$') if self.bytes.get(end..)?.starts_with(mark) => {
                    return Some(end + mark.len());
                }
                Some(b'\\') => run += 1,
                Some(_) => run = 0,
            }
            end += 1;
        }
    }

    /// How many quotes follow each other here, and the position behind them.
    fn quotes(&self, at: usize) -> (usize, usize) {
        let (mut run, mut at) = (0, at);
        while let Some(next) = self.quote(at) {
            (run, at) = (run + 1, next);
        }
        (run, at)
    }

    /// Behind a single quote, also when it is written as `\u0027`.
    fn quote(&self, at: usize) -> Option<usize> {
        match self.byte(at)? {
            b'\'' => Some(at + 1),
            b'\\' => {
                let next = at + self.backslashes(at);
                self.bytes.get(next..)?.starts_with(b"u0027").then_some(next + 5)
            }
            _ => None,
        }
    }
}
