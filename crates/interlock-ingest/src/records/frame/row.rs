//! Rows of PostgreSQL's csvlog: where one ends, also when its quoted texts span lines.
//!
//! A line inside quotes that looks like a row is none: whoever may send a statement could otherwise write the log.
//! Only behind a row that cannot have been written as it stands is such a line taken for one.

use super::head::{ROW_TIME, fits};
use super::{Frame, Framer, Keep, State};

/// The fewest columns: those of PostgreSQL 9.0.
const FEWEST: usize = 23;

/// How far a row was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    quotes: Quotes,
    columns: usize,
    /// At the first byte of a column.
    fresh: bool,
    line: LineStart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Outside,
    Inside,
    /// Behind a quote inside quotes: the end, or the first of two.
    Closing,
}

/// Whether the line that is being read starts as a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineStart {
    /// So many bytes did, from this position on.
    Fits { from: u64, bytes: usize },
    /// It does not.
    Other,
}

impl LineStart {
    /// Takes the byte at this position; the position of the row's start once it is seen.
    fn take(&mut self, byte: u8, at: u64) -> Option<u64> {
        if byte == b'\n' {
            *self = Self::Fits { from: at + 1, bytes: 0 };
            return None;
        }
        let Self::Fits { from, bytes } = *self else { return None };
        let wanted = ROW_TIME.get(bytes).copied()?;
        if !fits(byte, wanted) {
            *self = Self::Other;
            return None;
        }
        if bytes + 1 == ROW_TIME.len() {
            // Said once: from now on nothing needs the line's start any more.
            *self = Self::Other;
            return Some(from);
        }
        *self = Self::Fits { from, bytes: bytes + 1 };
        None
    }

    /// Where the line begins, as long as it may be a row's.
    pub(super) fn held(self) -> Option<u64> {
        match self {
            Self::Fits { from, .. } => Some(from),
            Self::Other => None,
        }
    }

    /// Whether the line begins at this position.
    fn begins(self, at: u64) -> bool {
        matches!(self, Self::Fits { from, bytes: 0 } if from == at)
    }
}

impl Row {
    /// A row at its first byte.
    pub(super) fn new() -> Self {
        Self { quotes: Quotes::Outside, columns: 1, fresh: true, line: LineStart::Other }
    }

    /// Where the present line begins, as long as it may be another row's.
    pub(super) fn held(self) -> Option<u64> {
        self.line.held()
    }

    /// Whether what comes next belongs to a quoted text.
    pub(super) fn in_text(self) -> bool {
        self.quotes == Quotes::Inside
    }
}

impl Framer {
    /// Goes on inside a row.
    pub(super) fn row(&mut self, rest: &[u8]) -> Frame {
        let State::Row(mut row) = self.state else { return Frame::More };
        for byte in rest {
            let in_text = row.quotes == Quotes::Inside;
            if let Keep::From(start) = self.keep
                && self.at - start >= self.limits.record_bytes as u64
                && (in_text || *byte != b'\n')
            {
                // Read on without keeping it: what stands in its quotes must not be taken for rows.
                self.keep = Keep::TooLong;
            }
            if self.lines && *byte == b'{' && row.line.begins(self.at) {
                return self.row_broken(row, "the row breaks off before the next line");
            }
            if let Some(start) = row.line.take(*byte, self.at) {
                self.resume.get_or_insert(start);
            }
            match (row.quotes, byte) {
                (Quotes::Outside | Quotes::Closing, b'\n') => {
                    let end = self.at;
                    self.at += 1;
                    return self.row_done(row, end);
                }
                (Quotes::Outside | Quotes::Closing, b',') => {
                    row.columns += 1;
                    row.quotes = Quotes::Outside;
                }
                (Quotes::Outside, b'"') if row.fresh => row.quotes = Quotes::Inside,
                (Quotes::Outside, b'"') => {
                    return self.row_broken(row, "a quote inside a column without quotes");
                }
                (Quotes::Outside | Quotes::Inside, _) if *byte != b'"' => {}
                (Quotes::Inside, _) => row.quotes = Quotes::Closing,
                (Quotes::Closing, b'"') => row.quotes = Quotes::Inside,
                (Quotes::Closing, b'\r') => {}
                (Quotes::Outside | Quotes::Closing, _) => {
                    return self.row_broken(row, "text behind a quoted column");
                }
            }
            row.fresh = row.quotes == Quotes::Outside && *byte == b',';
            self.at += 1;
        }
        self.state = State::Row(row);
        Frame::More
    }

    /// The input ends inside a row.
    pub(super) fn row_at_end(&mut self, row: Row) -> Frame {
        if row.quotes == Quotes::Inside {
            return self.row_broken(row, "the input ends inside the record");
        }
        self.row_done(row, self.at)
    }

    fn row_done(&mut self, row: Row, end: u64) -> Frame {
        self.state = State::Between;
        let few = row.columns < FEWEST;
        if few && self.resume.is_some() {
            return self.row_broken(row, "fewer columns than PostgreSQL writes");
        }
        match std::mem::replace(&mut self.keep, Keep::Nothing) {
            Keep::From(_) if few => {
                Frame::Broken("csvlog: fewer columns than PostgreSQL writes".to_owned())
            }
            Keep::From(start) => Frame::Row { start: self.index(start), end: self.index(end) },
            Keep::TooLong | Keep::Nothing => Frame::Broken(self.too_long()),
        }
    }

    /// Goes back to a line inside the row that may be one, or on to the next that may.
    fn row_broken(&mut self, row: Row, why: &str) -> Frame {
        let kept = matches!(self.keep, Keep::From(_));
        let why = if kept { format!("csvlog: {why}") } else { self.too_long() };
        self.keep = Keep::Nothing;
        match self.resume.take() {
            Some(start) if kept => {
                self.at = start;
                self.line_start = true;
                self.state = State::Between;
                Frame::Broken(why)
            }
            _ => {
                self.state = State::SkipRows { why, line: row.line };
                Frame::More
            }
        }
    }

    /// Goes on to a line that starts a row or an object.
    pub(super) fn skip_rows(&mut self, rest: &[u8]) -> Frame {
        let State::SkipRows { line, .. } = &self.state else { return Frame::More };
        let mut now = *line;
        for byte in rest {
            if *byte == b'{' && now.begins(self.at) {
                return self.broken();
            }
            if let Some(start) = now.take(*byte, self.at) {
                self.at = start;
                self.line_start = true;
                return self.broken();
            }
            self.at += 1;
        }
        if let State::SkipRows { line, .. } = &mut self.state {
            *line = now;
        }
        Frame::More
    }
}
