//! SHA-256 over typed parts with their lengths, so that no two different lists share a digest.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256 digest; 64 lower-case hex digits as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest before the first link of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// The plain SHA-256 of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// What [`DigestBuilder`] makes of these parts of text in this domain.
    ///
    /// Few and short parts are put together first: every event has an id, and feeding them one by one
    /// takes as long as the digest itself.
    #[must_use]
    pub fn of_parts(domain: &str, parts: &[&str]) -> Self {
        let mut room = [0_u8; 256];
        let mut filled = 0;
        for part in [domain].iter().chain(parts) {
            let length = (part.len() as u64).to_le_bytes();
            for bytes in [&length[..], part.as_bytes()] {
                let Some(to) = room.get_mut(filled..filled + bytes.len()) else {
                    let mut digest = DigestBuilder::new(domain);
                    parts.iter().for_each(|it| _ = digest.text(it));
                    return digest.finish();
                };
                to.copy_from_slice(bytes);
                filled += bytes.len();
            }
        }
        Self::of(room.get(..filled).unwrap_or_default())
    }

    /// The first 20 hex digits: enough for ids, too few for proofs.
    #[must_use]
    pub fn short(&self) -> String {
        self.short_with("")
    }

    /// The same behind a prefix.
    #[must_use]
    pub fn short_with(&self, prefix: &str) -> String {
        let mut digits = [0; Self::SHORT];
        self.short_digits(&mut digits);
        [prefix, str::from_utf8(&digits).unwrap_or_default()].concat()
    }

    /// How many digits are enough for ids.
    pub(crate) const SHORT: usize = 20;

    /// Fills in as many digits as there is room for.
    pub(crate) fn short_digits(&self, room: &mut [u8]) {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let (pairs, _) = room.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(self.0) {
            let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Builds a digest part by part; each part is prefixed with its length.
#[derive(Clone)]
pub struct DigestBuilder(Sha256);

impl DigestBuilder {
    /// Starts a digest in a domain, so that equal parts of different kinds differ.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let mut it = Self(Sha256::new());
        it.text(domain);
        it
    }

    /// Adds one part.
    pub fn bytes(&mut self, part: &[u8]) -> &mut Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// Adds one part of text.
    pub fn text(&mut self, part: &str) -> &mut Self {
        self.bytes(part.as_bytes())
    }

    /// The digest of all parts so far.
    #[must_use]
    pub fn finish(&self) -> Digest {
        Digest(self.0.clone().finalize().into())
    }
}

impl fmt::Debug for DigestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestBuilder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let digest = Digest::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert_eq!(digest.short_with("x_"), "x_ba7816bf8f01cfea4141");
    }

    #[test]
    fn parts_at_once_are_parts_one_by_one() {
        for length in [0, 1, 36, 200, 230, 240, 300] {
            let long = "é".repeat(length / 2);
            for parts in [&["aws", &long][..], &[&long, &long, ""], &[]] {
                let mut digest = DigestBuilder::new("evt_");
                parts.iter().for_each(|it| _ = digest.text(it));
                assert_eq!(Digest::of_parts("evt_", parts), digest.finish(), "{length}");
            }
        }
    }
}
