//! Records that span lines: what is not complete yet waits for its rest, as a part of a line does.

use super::tail::Lines;
use crate::feed::intake::{self, Lot};
use interlock_ingest::Unfinished;
use interlock_model::Limits;
use std::io::Cursor;
use std::sync::Arc;

/// How lines of a file are cut into records.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'a> {
    /// The file's name in places.
    pub name: &'a Arc<str>,
    /// The number of the first record.
    pub first: u64,
    /// Bounds on input.
    pub limits: Limits,
    /// Whether the records are alerts.
    pub alert: bool,
}

/// What lines hold.
#[derive(Debug)]
pub enum Content {
    /// Records up to the end of these lines, which may be fewer than were given.
    Whole(Lines, Lot),
    /// Not even the first record is complete.
    Waits {
        /// The lines, all of them that record's.
        lines: Lines,
        /// Whether they end inside a quoted text.
        quoted: bool,
    },
}

impl Cut<'_> {
    /// Every record, the one at the end as well that may have no rest.
    #[must_use]
    pub fn all(self, bytes: &[u8]) -> (Lot, Option<Unfinished>) {
        let mut lot = Lot::default();
        let Cut { name, first, limits, alert } = self;
        let unfinished = intake::cut(Cursor::new(bytes), name, first, limits, alert, |next| {
            lot.append(next);
            true
        });
        (lot, unfinished)
    }

    /// The records that are complete; the lines from the first other on are left for later.
    #[must_use]
    pub fn complete(self, mut lines: Lines) -> Content {
        let (lot, unfinished) = self.all(&lines.bytes);
        let Some(Unfinished { start, quoted }) = unfinished else {
            return Content::Whole(lines, lot);
        };
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        if lines.bytes.get(..start).unwrap_or_default().trim_ascii().is_empty() {
            return Content::Waits { lines, quoted };
        }
        lines.bytes.truncate(start);
        let (lot, _) = self.all(&lines.bytes);
        Content::Whole(lines, lot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many records are taken, and how many bytes are left.
    fn taken(text: &str) -> Option<(usize, usize)> {
        let cut = Cut { name: &"x".into(), first: 0, limits: Limits::STANDARD, alert: false };
        let Content::Whole(lines, lot) = cut.complete(Lines::of(text)) else { return None };
        assert!(lot.rejected.is_empty(), "{:?}", lot.rejected);
        Some((lot.records.len(), text.len() - lines.bytes.len()))
    }

    #[test]
    fn a_record_whose_rest_is_missing_waits_and_those_before_it_do_not() {
        assert_eq!(taken("{\"a\":1}\n{\"b\":2}\n"), Some((2, 0)));
        assert_eq!(taken("{\"a\":1}\n{\"b\":\n"), Some((1, 6)));
        assert_eq!(taken("{\n\"a\":\n"), None);
        assert_eq!(taken("{\n\"a\":\n1}\n"), Some((1, 0)));
        let (whole, _) = taken(&format!("{{\"a\":1}}\n{{\n{}", "\"k\":0,\n".repeat(100))).unwrap();
        assert_eq!(whole, 1);
    }

    /// A statement may hold a line that looks like a row: it is none, wherever a look happens to end.
    #[test]
    fn a_row_that_spans_lines_is_not_cut_in_two() {
        let row = |statement: &str| {
            format!(
                "2026-03-02 10:00:00.003 UTC,\"app\",\"shop\",7,\"198.51.100.7:5000\",69a55c2f.7,1,\"SELECT\",2026-03-02 09:59:00 UTC,3/4,0,LOG,00000,\"statement: {statement}\",,,,,,,,,\"psql\",\"client backend\",,0\n"
            )
        };
        let first = row("SELECT 1");
        let second = row(&format!("SELECT '\n{}'", row("DROP ROLE auditor").replace('"', "\"\"")));
        let text = format!("{first}{second}");
        assert_eq!(taken(&text), Some((2, 0)));
        for (end, _) in text.match_indices('\n') {
            if let Some((records, left)) = taken(&text[..=end]) {
                let consumed = end + 1 - left;
                let expected = if consumed == text.len() { 2 } else { 1 };
                assert_eq!(records, expected, "{end}");
                assert!(consumed == first.len() || consumed == text.len(), "{end}");
            }
        }
    }
}
