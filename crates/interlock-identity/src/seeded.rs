//! A fast hash for names, with a seed of each map's own.
//!
//! The seed comes from the standard library's, so that nobody outside can choose names that collide.
//! Nothing that is stored or compared between processes rests on it.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes [`Folding`] hashers of one seed.
#[derive(Debug, Clone)]
pub(crate) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding { state: self.0, seed: self.0 | 1 }
    }
}

/// Takes sixteen bytes at a time, by one multiplication.
#[derive(Debug)]
pub(crate) struct Folding {
    state: u64,
    seed: u64,
}

impl Folding {
    fn word(&mut self, word: [u8; 16]) {
        let both = u128::from_le_bytes(word);
        let (low, high) = (both as u64, (both >> 64) as u64);
        let product = u128::from(self.state ^ low) * u128::from(high ^ self.seed);
        self.state = product as u64 ^ (product >> 64) as u64 ^ self.state.rotate_left(23);
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<16>();
        for word in words {
            self.word(*word);
        }
        let mut word = [0_u8; 16];
        word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.word(word);
        self.write_u64(bytes.len() as u64);
    }

    fn write_u8(&mut self, it: u8) {
        self.state ^= u64::from(it) << 56;
    }

    fn write_u32(&mut self, it: u32) {
        self.write_u64(u64::from(it));
    }

    fn write_u64(&mut self, it: u64) {
        let product = u128::from(self.state ^ it) * u128::from(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        self.state = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_that_differ_a_little_differ() {
        let seeded = Seeded::default();
        let names = (0..50_000).map(|n| format!("arn:aws:iam::111122223333:user/service-{n}"));
        let hashes: BTreeSet<u64> = names.map(|it| seeded.hash_one(it)).collect();
        assert_eq!(hashes.len(), 50_000);
        // The map takes the upper seven and the lower bits.
        let lower: BTreeSet<u64> = hashes.iter().map(|it| it & 0xffff).collect();
        assert!(lower.len() > 30_000, "{}", lower.len());
        assert_ne!(seeded.hash_one("a"), seeded.hash_one("a\0"));
        assert_ne!(seeded.hash_one(("ab", "c")), seeded.hash_one(("a", "bc")));
    }
}
