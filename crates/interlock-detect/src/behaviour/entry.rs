//! The written form of rows: moments near a known one are short, and what is said again is said once.

use super::activity::HOUR;
use crate::snapshot::{Reader, RestoreError, Writer};

/// So many words are remembered while one entry is written.
const WORDS: usize = 254;
/// Before a word that was not said before.
const SPELT: u8 = u8::MAX;

/// Writes the rows of one key.
#[derive(Debug, Default)]
pub struct RowWriter {
    to: Writer,
    base: u32,
    words: Vec<u32>,
}

impl RowWriter {
    /// An empty form about a key that was last of use at this second since 1970.
    #[must_use]
    pub fn new(base: u32) -> Self {
        Self { base, ..Self::default() }
    }

    /// Starts anew in the same room.
    pub fn start(&mut self, base: u32) {
        self.to.clear();
        self.words.clear();
        self.base = base;
    }

    /// All that was written so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.to.bytes()
    }

    /// A number, in as many bytes as it needs: 7 bits each.
    pub fn number(&mut self, value: impl Into<u64>) {
        self.to.number(value.into());
    }

    /// 64 bits that are spread evenly: always 8 bytes.
    pub fn hash(&mut self, value: u64) {
        self.to.hash(value);
    }

    /// 32 bits that are spread evenly: always 4 bytes.
    pub fn spread(&mut self, value: u32) {
        self.to.written(&value.to_le_bytes());
    }

    /// A second since 1970, 0 for none: the nearer to the last use, the shorter.
    pub fn second(&mut self, value: u32) {
        self.near(value, self.base);
    }

    /// An hour since 1970, 0 for none.
    pub fn hour(&mut self, value: u32) {
        self.near(value, self.base / HOUR);
    }

    /// 32 bits that stand for something which other rows of this key name, too: a network, a client.
    pub fn word(&mut self, value: u32) {
        if value == 0 {
            self.to.written(&[0]);
        } else if let Some(at) = self.words.iter().position(|it| *it == value) {
            // INVARIANT: at most 254 are remembered.
            self.to.written(&[at as u8 + 1]);
        } else {
            self.to.written(&[SPELT]);
            self.spread(value);
            if self.words.len() < WORDS - 1 {
                self.words.push(value);
            }
        }
    }

    fn near(&mut self, value: u32, base: u32) {
        if value == 0 {
            return self.to.number(0);
        }
        let away = i64::from(value) - i64::from(base);
        // Small numbers of either sign become small numbers.
        self.to.number(((away << 1) ^ (away >> 63)).cast_unsigned() + 1);
    }
}

/// Reads what a [`RowWriter`] wrote, in the same order.
#[derive(Debug)]
pub struct RowReader<'a> {
    from: Reader<'a>,
    base: u32,
    words: Vec<u32>,
}

impl<'a> RowReader<'a> {
    /// Starts at the beginning.
    #[must_use]
    pub const fn new(base: u32, bytes: &'a [u8]) -> Self {
        Self::in_room(base, bytes, Vec::new())
    }

    /// The same, where the words stand in room that was used before.
    #[must_use]
    pub(super) const fn in_room(base: u32, bytes: &'a [u8], words: Vec<u32>) -> Self {
        Self { from: Reader::new("rows", bytes), base, words }
    }

    /// The room of the words, to be used again.
    pub(super) fn into_room(mut self) -> Vec<u32> {
        self.words.clear();
        self.words
    }

    /// What a caller answers when a value makes no sense.
    #[must_use]
    pub fn damaged(&self) -> RestoreError {
        self.from.damaged()
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.from.is_done()
    }

    /// The next number, when it fits the type.
    ///
    /// # Errors
    /// The bytes end, or it does not fit.
    pub fn number<T: TryFrom<u64>>(&mut self) -> Result<T, RestoreError> {
        self.from.narrow()
    }

    /// The next yes or no, which was written as a number.
    ///
    /// # Errors
    /// The bytes end.
    pub fn yes(&mut self) -> Result<bool, RestoreError> {
        self.from.number().map(|it| it != 0)
    }

    /// The next number as a count of things of at least one byte each, at most this many.
    ///
    /// # Errors
    /// The bytes end, or there cannot be so many.
    pub fn count(&mut self, most: usize) -> Result<usize, RestoreError> {
        let count = self.from.count()?;
        if count > most { Err(self.damaged()) } else { Ok(count) }
    }

    /// The next 8 bytes.
    ///
    /// # Errors
    /// The bytes end.
    pub fn hash(&mut self) -> Result<u64, RestoreError> {
        self.from.hash()
    }

    /// The next 4 bytes.
    ///
    /// # Errors
    /// The bytes end.
    pub fn spread(&mut self) -> Result<u32, RestoreError> {
        self.from.bytes().map(u32::from_le_bytes)
    }

    /// The next second since 1970, 0 for none.
    ///
    /// # Errors
    /// The bytes end, or there is no such second.
    pub fn second(&mut self) -> Result<u32, RestoreError> {
        self.near(self.base)
    }

    /// The next hour since 1970, 0 for none.
    ///
    /// # Errors
    /// The bytes end, or there is no such hour.
    pub fn hour(&mut self) -> Result<u32, RestoreError> {
        self.near(self.base / HOUR)
    }

    /// The next word.
    ///
    /// # Errors
    /// The bytes end, or name a word that was not spelt before.
    pub fn word(&mut self) -> Result<u32, RestoreError> {
        let [first] = self.from.bytes()?;
        match first {
            0 => Ok(0),
            SPELT => {
                let value = self.spread()?;
                if self.words.len() < WORDS - 1 {
                    self.words.push(value);
                }
                Ok(value)
            }
            at => {
                let known = self.words.get(usize::from(at) - 1).copied();
                known.ok_or_else(|| self.damaged())
            }
        }
    }

    fn near(&mut self, base: u32) -> Result<u32, RestoreError> {
        let Some(folded) = self.from.number()?.checked_sub(1) else { return Ok(0) };
        let away = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        let value = i64::from(base).checked_add(away).and_then(|it| u32::try_from(it).ok());
        value.filter(|it| *it > 0).ok_or_else(|| self.damaged())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_was_written(base: u32, values: Vec<(u32, u32, u8)>) {
            let mut to = RowWriter::new(base);
            for (one, other, word) in &values {
                to.second(*one);
                to.hour(*other);
                to.word(u32::from(*word));
                to.word(*one);
                to.spread(*other);
            }
            let mut from = RowReader::new(base, to.bytes());
            for (one, other, word) in &values {
                prop_assert_eq!(from.second().unwrap(), *one);
                prop_assert_eq!(from.hour().unwrap(), *other);
                prop_assert_eq!(from.word().unwrap(), u32::from(*word));
                prop_assert_eq!(from.word().unwrap(), *one);
                prop_assert_eq!(from.spread().unwrap(), *other);
            }
            prop_assert!(from.is_done());
        }

        #[test]
        fn garbage_is_an_error_at_worst(base: u32, bytes: Vec<u8>) {
            let mut from = RowReader::new(base, &bytes);
            while from.second().is_ok() {}
            let mut from = RowReader::new(base, &bytes);
            while from.word().is_ok() {}
        }
    }

    #[test]
    fn what_is_near_is_short() {
        let mut to = RowWriter::new(1_800_000_000);
        for second in [0, 1_800_000_000, 1_800_000_000 - 60] {
            to.second(second);
        }
        to.hour(500_000);
        assert_eq!(to.bytes().len(), 4);
        to.word(7);
        to.word(7);
        assert_eq!(to.bytes().len(), 10);
    }
}
