//! The stored form of what the detectors have learned: compact, versioned, checked when it is read.

/// A snapshot that cannot be used. The caller starts cold and says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// It was written by another version, or by something else.
    #[error("the learned state was written by another version: found `{found}`")]
    Foreign {
        /// How it starts.
        found: String,
    },
    /// It breaks off, or holds what was never written.
    #[error("the learned state is damaged in its part `{part}`, {left} bytes before the end")]
    Damaged {
        /// The part that does not read.
        part: String,
        /// How many bytes were left unread.
        left: usize,
    },
}

/// Writes numbers, flags and text one after the other.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A number, in as many bytes as it needs: 7 bits each.
    pub fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            // INVARIANT: masked to seven bits, so nothing is cut off.
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A number whose bits are spread evenly: always 8 bytes.
    pub fn hash(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Bytes with their length.
    pub fn blob(&mut self, value: &[u8]) {
        self.number(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// Goes on with bytes that were written before.
    #[must_use]
    pub const fn after(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// A part with its name and, in 8 bytes, its length: nothing of it is written twice.
    pub fn part(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.blob(name.as_bytes());
        let at = self.bytes.len();
        self.hash(0);
        let start = self.bytes.len();
        write(self);
        let length = (self.bytes.len() - start) as u64;
        if let Some(place) = self.bytes.get_mut(at..start) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    /// What another form holds, as it is.
    pub fn written(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// All that was written so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Starts anew in the same room.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// All that was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads what a [`Writer`] wrote, in the same order.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    part: &'a str,
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of a part; its name is for errors.
    #[must_use]
    pub const fn new(part: &'a str, bytes: &'a [u8]) -> Self {
        Self { part, left: bytes }
    }

    /// What a caller answers when a value makes no sense.
    #[must_use]
    pub fn damaged(&self) -> RestoreError {
        RestoreError::Damaged { part: self.part.to_owned(), left: self.left.len() }
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    /// All that was not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.left
    }

    /// The next number.
    ///
    /// # Errors
    /// The bytes end, or it has more than 64 bits.
    pub fn number(&mut self) -> Result<u64, RestoreError> {
        // Most are of one byte.
        if let [first @ 0..0x80, rest @ ..] = self.left {
            self.left = rest;
            return Ok(u64::from(*first));
        }
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.left.split_first().ok_or_else(|| self.damaged())?;
            self.left = rest;
            let bits = u64::from(first & 0x7f);
            if bits << shift >> shift != bits {
                return Err(self.damaged());
            }
            value |= bits << shift;
            if first & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.damaged())
    }

    /// The next number, when it fits the narrower type.
    ///
    /// # Errors
    /// As [`Reader::number`], or it does not fit.
    pub fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, RestoreError> {
        let value = self.number()?;
        T::try_from(value).map_err(|_| self.damaged())
    }

    /// The next 8-byte number.
    ///
    /// # Errors
    /// The bytes end.
    pub fn hash(&mut self) -> Result<u64, RestoreError> {
        self.bytes().map(u64::from_le_bytes)
    }

    /// The next few bytes.
    ///
    /// # Errors
    /// The bytes end.
    pub fn bytes<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], RestoreError> {
        let (first, rest) = self.left.split_first_chunk().ok_or_else(|| self.damaged())?;
        self.left = rest;
        Ok(*first)
    }

    /// The next bytes with their length.
    ///
    /// # Errors
    /// The bytes end before it.
    pub fn blob(&mut self) -> Result<&'a [u8], RestoreError> {
        let length: usize = self.narrow()?;
        let (blob, rest) = self.left.split_at_checked(length).ok_or_else(|| self.damaged())?;
        self.left = rest;
        Ok(blob)
    }

    /// The next part: its name, and its bytes.
    ///
    /// # Errors
    /// The bytes end before it, or its name is not UTF-8.
    pub fn part(&mut self) -> Result<(&'a str, &'a [u8]), RestoreError> {
        let name = self.text()?;
        let length = usize::try_from(self.hash()?).map_err(|_| self.damaged())?;
        let (part, rest) = self.left.split_at_checked(length).ok_or_else(|| self.damaged())?;
        self.left = rest;
        Ok((name, part))
    }

    /// The next text with its length.
    ///
    /// # Errors
    /// The bytes end before it, or are not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, RestoreError> {
        let blob = self.blob()?;
        std::str::from_utf8(blob).map_err(|_| self.damaged())
    }

    /// The next number as a count of things of at least one byte each: never more than bytes left.
    ///
    /// # Errors
    /// As [`Reader::number`], or there cannot be so many.
    pub fn count(&mut self) -> Result<usize, RestoreError> {
        let count: usize = self.narrow()?;
        if count > self.left.len() { Err(self.damaged()) } else { Ok(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_was_written(numbers: Vec<u64>, text: String) {
            let mut to = Writer::new();
            to.number(numbers.len() as u64);
            for number in &numbers {
                to.number(*number);
                to.hash(*number);
            }
            to.blob(text.as_bytes());
            let bytes = to.finish();
            let mut from = Reader::new("test", &bytes);
            prop_assert_eq!(from.count().unwrap(), numbers.len());
            for number in &numbers {
                prop_assert_eq!(from.number().unwrap(), *number);
                prop_assert_eq!(from.hash().unwrap(), *number);
            }
            prop_assert_eq!(from.text().unwrap(), text);
            prop_assert!(from.is_done());
        }

        #[test]
        fn garbage_is_an_error_at_worst(bytes: Vec<u8>) {
            let mut from = Reader::new("test", &bytes);
            while from.number().is_ok() {}
            let mut from = Reader::new("test", &bytes);
            while from.blob().is_ok_and(|it| !it.is_empty()) {}
        }
    }
}
