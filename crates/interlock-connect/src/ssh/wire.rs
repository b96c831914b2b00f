//! SSH's own form of bytes: numbers with the most significant byte first, and strings with their length
//! before them (RFC 4251, section 5).

use super::krl::KrlError;

/// What is left to be read.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], KrlError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(KrlError::CutShort)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, KrlError> {
        self.chunk::<1>().map(|[it]| it)
    }

    pub(super) fn u32(&mut self) -> Result<u32, KrlError> {
        self.chunk().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, KrlError> {
        self.chunk().map(u64::from_be_bytes)
    }

    pub(super) fn string(&mut self) -> Result<&'a [u8], KrlError> {
        let length = usize::try_from(self.u32()?).map_err(|_| KrlError::CutShort)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or(KrlError::CutShort)?;
        self.0 = rest;
        Ok(head)
    }

    /// All strings that are left.
    pub(super) fn strings(mut self) -> Result<Vec<Vec<u8>>, KrlError> {
        let mut all = Vec::new();
        while !self.is_over() {
            all.push(self.string()?.to_vec());
        }
        Ok(all)
    }
}

/// Appends a string with its length. What is written here was read from a bounded file, or is short.
pub(super) fn put_string(to: &mut Vec<u8>, bytes: &[u8]) {
    // INVARIANT: nothing that is written is longer than the longest file that is read, 16 MiB.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    to.extend(length.to_be_bytes());
    to.extend(bytes);
}

/// Strings one after the other.
pub(super) fn strings(all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for it in all {
        put_string(&mut bytes, it);
    }
    bytes
}
