//! Numbers, text and times one after the other, as frozen records and snapshots hold them.

use interlock_model::Timestamp;

/// Writes.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    /// A number, seven bits a byte.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            // INVARIANT: masked to seven bits, so nothing is cut off.
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Bytes, with how many they are before them.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// The text that these pieces make up.
    pub(crate) fn text_of(&mut self, pieces: [&str; 2]) {
        self.number(pieces.iter().map(|it| it.len() as u64).sum());
        pieces.iter().for_each(|it| self.0.extend_from_slice(it.as_bytes()));
    }

    pub(crate) fn time(&mut self, time: Timestamp) {
        let (second, nanosecond) = (time.as_second(), time.subsec_nanosecond());
        let folded = (second.cast_unsigned() << 1) ^ (second >> 63).cast_unsigned();
        let sign = u64::from(nanosecond < 0) << 1;
        self.number(folded << 2 | sign | u64::from(nanosecond != 0));
        if nanosecond != 0 {
            self.number(u64::from(nanosecond.unsigned_abs()));
        }
    }

    /// Whether there is one, then what there is.
    pub(crate) fn option<T>(&mut self, it: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(it.is_some()));
        if let Some(it) = it {
            write(self, it);
        }
    }
}

/// Reads what a [`Writer`] wrote; `None` for what was never written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        // Most are of one byte.
        if let [first @ 0..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Some(u64::from(*first));
        }
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number of things of a byte each at least.
    pub(crate) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    pub(crate) fn time(&mut self) -> Option<Timestamp> {
        let head = self.number()?;
        let (folded, sign, has_part) = (head >> 2, head & 2 != 0, head & 1 != 0);
        let second = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        let part = if has_part { i32::try_from(self.number()?).ok()? } else { 0 };
        let part = if sign { -part } else { part };
        Timestamp::new(second, part).ok()
    }

    /// As many things as were counted.
    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.count()?;
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            list.push(read(self)?);
        }
        Some(list)
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_was_written(
            number: u64,
            text: String,
            second in -377_000_000_000_i64..253_000_000_000,
            nanosecond in 0..1_000_000_000_i32,
            some: Option<u8>,
        ) {
            let time = Timestamp::new(second, nanosecond).unwrap();
            let mut to = Writer::default();
            to.number(number);
            to.text(&text);
            to.time(time);
            to.option(some, |to, it| to.number(u64::from(it)));
            let mut from = Reader(&to.0);
            prop_assert_eq!(from.number(), Some(number));
            prop_assert_eq!(from.text(), Some(text.as_str()));
            prop_assert_eq!(from.time(), Some(time));
            let read = from.option(|it| it.number()?.try_into().ok());
            prop_assert_eq!(read, Some(some));
            prop_assert!(from.0.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut from = Reader(&bytes);
            while from.time().is_some() && from.text().is_some() {}
        }
    }
}
