//! How far a file has been read, in a form that finds the file again under another name.
//!
//! A file is known by device and inode, and by fingerprints of its head and of the bytes just before
//! the place that was reached. The fingerprints alone are enough for a copy of it, packed or not:
//! what stands before that place was read, byte for byte.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::Metadata;

/// How many bytes a fingerprint is taken of, at most.
pub const PRINT: usize = 1024;

/// Which file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The file system.
    pub device: u64,
    /// The file in it. May be used again once the file is gone.
    pub inode: u64,
}

impl Identity {
    /// The identity of an open file.
    #[cfg(unix)]
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// The identity of an open file: its time of creation, where there is nothing better.
    #[cfg(not(unix))]
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let created = metadata.created().ok();
        let age = created.and_then(|it| it.duration_since(std::time::UNIX_EPOCH).ok());
        let inode = age.map_or(0, |it| u64::try_from(it.as_nanos()).unwrap_or(u64::MAX));
        Self { device: 0, inode }
    }
}

/// A fingerprint of at most [`PRINT`] bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    /// Of how many bytes.
    pub length: u64,
    /// Their SHA-256, half of it.
    pub hash: String,
}

impl Print {
    /// The fingerprint of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::default();
        }
        let hash = Sha256::digest(bytes);
        let half = hash.get(..16).map(hex::encode).unwrap_or_default();
        Self { length: bytes.len() as u64, hash: half }
    }

    /// Whether these bytes begin with what the fingerprint was taken of.
    #[must_use]
    pub fn begins(&self, bytes: &[u8]) -> bool {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        bytes.get(..length).is_some_and(|it| Self::of(it) == *self)
    }
}

/// What is passed over because it is too long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Nothing.
    #[default]
    Nothing,
    /// The rest of a line.
    Line,
    /// The rest of a row of csvlog, from inside a quoted text on.
    Quoted,
    /// The rest of a row of csvlog, from outside of quotes on.
    Row,
}

impl Skip {
    /// How many of these bytes are passed over, and what is passed over behind them.
    #[must_use]
    pub fn pass(mut self, bytes: &[u8]) -> (usize, Self) {
        for (at, byte) in bytes.iter().enumerate() {
            match (self, byte) {
                (Self::Nothing, _) => return (at, self),
                (Self::Line | Self::Row, b'\n') => return (at + 1, Self::Nothing),
                // A quote inside a quoted text is two: out and in again.
                (Self::Row, b'"') => self = Self::Quoted,
                (Self::Quoted, b'"') => self = Self::Row,
                (Self::Line | Self::Row | Self::Quoted, _) => {}
            }
        }
        (bytes.len(), self)
    }
}

/// How far one file has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where it was last seen.
    pub path: String,
    /// Which file it was.
    pub identity: Option<Identity>,
    /// Its first bytes, as far as they were read.
    pub head: Print,
    /// The bytes just before `offset`.
    pub before: Print,
    /// How many bytes are done with, unpacked.
    pub offset: u64,
    /// How many records those held; the number of the next.
    pub records: u64,
    /// What is passed over from `offset` on.
    #[serde(default)]
    pub skipping: Skip,
    /// How a packed file is known, and how far it was read beyond `offset`.
    #[serde(default)]
    pub packed: Option<PackedMark>,
}

/// How far a packed file has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedMark {
    /// Its size as it lies there.
    pub size: u64,
    /// Its last bytes as they lie there: checksum and length of what is inside.
    pub end: Print,
    /// How many records beyond `offset` were taken.
    pub taken: u64,
    /// Whether it was read to its end.
    pub whole: bool,
}

impl Mark {
    /// Whether this head, and these bytes just before `offset`, are those of the file that was read.
    #[must_use]
    pub fn fits(&self, head: &[u8], before: &[u8]) -> bool {
        self.head.begins(head) && Print::of(before) == self.before
    }

    /// The stored form.
    #[must_use]
    pub fn text(&self) -> String {
        // A struct of numbers and texts always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The last bytes of what was read so far, at most [`PRINT`].
#[derive(Debug, Clone, Default)]
pub struct Last(Vec<u8>);

impl Last {
    /// Begins with these.
    #[must_use]
    pub const fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// These were read after it.
    pub fn add(&mut self, bytes: &[u8]) {
        let keep = bytes.len().saturating_sub(PRINT);
        self.0.extend_from_slice(bytes.get(keep..).unwrap_or_default());
        let over = self.0.len().saturating_sub(PRINT);
        self.0.drain(..over);
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_ends_with_its_row() {
        let check = |skip: Skip, text: &str, rest: &str, then: Skip| {
            let (length, after) = skip.pass(text.as_bytes());
            assert_eq!((&text[length..], after), (rest, then), "{text}");
        };
        check(Skip::Nothing, "a\n", "a\n", Skip::Nothing);
        check(Skip::Line, "a\"\nb\n", "b\n", Skip::Nothing);
        check(Skip::Line, "ab", "", Skip::Line);
        check(Skip::Quoted, "a\nb\"\"\nc\",,\"d\n\"\nrow\n", "row\n", Skip::Nothing);
        check(Skip::Quoted, "a\nb\"", "", Skip::Row);
        check(Skip::Row, "\"c\n", "", Skip::Quoted);
    }

    #[test]
    fn a_copy_fits_and_another_file_does_not() {
        let text: Vec<u8> = (0..5_000_u32).map(|it| u8::try_from(it % 251).unwrap()).collect();
        let mut last = Last::default();
        last.add(&text[..700]);
        last.add(&text[700..4_000]);
        assert_eq!(last.bytes(), &text[4_000 - PRINT..4_000]);
        let mark = Mark {
            head: Print::of(&text[..PRINT]),
            before: Print::of(last.bytes()),
            offset: 4_000,
            ..Mark::default()
        };
        assert!(mark.fits(&text[..PRINT], &text[4_000 - PRINT..4_000]));
        assert!(!mark.fits(&text[1..=PRINT], &text[4_000 - PRINT..4_000]));
        assert!(!mark.fits(&text[..PRINT], &text[3_999 - PRINT..3_999]));
        assert!(!mark.fits(&text[..10], &text[4_000 - PRINT..4_000]), "too short to tell");
        let back: Mark = serde_json::from_str(&mark.text()).unwrap();
        assert_eq!(back, mark);
        assert!(Mark::default().fits(b"", b""));
    }
}
