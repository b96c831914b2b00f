//! Security identifiers: as text, and as the bytes in which a directory keeps them.

use std::fmt;

/// The most parts that an identifier can have after its authority.
const PARTS: usize = 15;

/// A security identifier, `S-1-5-21-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sid {
    authority: u64,
    parts: Vec<u32>,
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        self.parts.iter().try_for_each(|it| write!(f, "-{it}"))
    }
}

impl Sid {
    /// Reads `S-1-5-21-…`; `None` when it is no such text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("S-1-").or_else(|| text.strip_prefix("s-1-"))?;
        let mut parts = rest.split('-');
        let authority = parts.next()?.parse().ok().filter(|it: &u64| *it < 1 << 48)?;
        let parts: Vec<u32> = parts.map(|it| it.parse().ok()).collect::<Option<_>>()?;
        (!parts.is_empty() && parts.len() <= PARTS).then_some(Self { authority, parts })
    }

    /// Reads the bytes of the attribute `objectSid`.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, parts) = bytes.split_at_checked(8)?;
        let [1, count, authority @ ..] = head else { return None };
        if parts.len() != usize::from(*count) * 4 {
            return None;
        }
        let authority = authority.iter().fold(0, |all, it| all << 8 | u64::from(*it));
        let read = |it: &[u8]| it.try_into().ok().map(u32::from_le_bytes);
        let parts = parts.chunks(4).map(read).collect::<Option<_>>()?;
        Some(Self { authority, parts })
    }

    /// The same bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let count = u8::try_from(self.parts.len()).unwrap_or_default();
        let authority = self.authority.to_be_bytes();
        let mut bytes = vec![1, count];
        bytes.extend(authority.iter().skip(2));
        bytes.extend(self.parts.iter().flat_map(|it| it.to_le_bytes()));
        bytes
    }

    /// As it stands in a filter.
    pub(crate) fn in_filter(&self) -> String {
        octets(&self.bytes())
    }

    /// Its last part: the account or group within its domain.
    pub(crate) fn relative(&self) -> Option<u32> {
        self.parts.last().copied()
    }

    /// Another account or group of the same domain.
    pub(crate) fn sibling(&self, relative: u32) -> Self {
        let mut parts = self.parts.clone();
        if let Some(last) = parts.last_mut() {
            *last = relative;
        }
        Self { authority: self.authority, parts }
    }
}

/// Bytes as they stand in a filter.
pub(crate) fn octets(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("\\{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_and_bytes_are_the_same() {
        let sid = Sid::parse("S-1-5-32-544").unwrap();
        assert_eq!(sid.bytes(), [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0]);
        assert_eq!(sid.in_filter().matches('\\').count(), 16);
        assert_eq!(sid.relative(), Some(544));
        for wrong in ["", "S-1-", "S-1-5", "S-1-5-x", "S-2-5-1", "S-1-5-4294967296", "bob"] {
            assert_eq!(Sid::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(sid) = Sid::of_bytes(&bytes) {
                prop_assert_eq!(sid.bytes(), bytes);
            }
        }
    }
}
