//! Short stable numbers that stand for names: the same in every process and on every machine.

use std::hash::{BuildHasherDefault, Hasher};

/// A 64-bit number that stands for a list of names.
///
/// Two of ten million share one with a probability of about 1 in 400,000; the harm is that two
/// identities share a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

impl Key {
    /// The key of these names, in this order; borders between them count.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut state = START;
        for part in parts {
            let (words, rest) = part.as_bytes().as_chunks::<16>();
            for word in words {
                let (low, high) = halves(*word);
                state = folded(state ^ low, high ^ ODD) ^ state.rotate_left(23);
            }
            let (low, high) = padded(rest);
            // The length stands for the border: no two lists of parts are read as the same words.
            state = folded(state ^ low ^ (part.len() as u64).rotate_right(8), high ^ ODD);
        }
        Self(mixed(state))
    }

    /// The key of these numbers, in this order.
    #[must_use]
    pub fn of_numbers(numbers: &[u64]) -> Self {
        Self(numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |state, it| mixed(state ^ it) ^ state << 1))
    }

    /// 32 of its bits: enough to tell apart the few things one identity does.
    #[must_use]
    pub const fn short(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

const START: u64 = 0x9e37_79b9_7f4a_7c15;
const ODD: u64 = 0xa076_1d64_78bd_642f;

const fn halves(word: [u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(word);
    (both as u64, (both >> 64) as u64)
}

/// The halves of fewer than sixteen bytes with zeros behind them. By two loads that overlap: a copy of so
/// few bytes, and each time of another number, takes longer than all of the rest.
fn padded(rest: &[u8]) -> (u64, u64) {
    let missing = |of: usize| 8 * (of - rest.len()) as u32;
    if let (Some(first), Some(last)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        let high = u64::from_le_bytes(*last).checked_shr(missing(16)).unwrap_or_default();
        return (u64::from_le_bytes(*first), high);
    }
    let low = match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let high = u64::from(u32::from_le_bytes(*last)) >> missing(8);
            u64::from(u32::from_le_bytes(*first)) | high << 32
        }
        (None, _) | (_, None) => rest.iter().rev().fold(0, |all, it| all << 8 | u64::from(*it)),
    };
    (low, 0)
}

/// The two halves of the product, laid over each other.
const fn folded(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Spreads every bit over all others.
const fn mixed(mut state: u64) -> u64 {
    state = (state ^ state >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    state = (state ^ state >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    state ^ state >> 33
}

/// Takes a [`Key`] as its own hash: it is mixed already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mixed(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// For maps whose keys are [`Key`]s.
pub type ByKey = BuildHasherDefault<Already>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_and_order_count() {
        assert_eq!(Key::of(&["a", "b"]), Key::of(&["a", "b"]));
        assert_ne!(Key::of(&["a", "b"]), Key::of(&["ab"]));
        assert_ne!(Key::of(&["a", "b"]), Key::of(&["b", "a"]));
        assert_ne!(Key::of(&["", "a"]), Key::of(&["a", ""]));
    }

    #[test]
    fn few_bytes_are_padded_with_zeros() {
        let all: Vec<u8> = (1..16).map(|it| it * 17).collect();
        for length in 0..16 {
            let rest = &all[..length];
            let mut word = [0; 16];
            word[..length].copy_from_slice(rest);
            assert_eq!(padded(rest), halves(word), "{length}");
        }
    }

    #[test]
    fn stays_the_same_for_ever() {
        // Stored baselines are found by these numbers.
        assert_eq!(Key::of(&["idn_ci-deploy"]), Key(0x89a5_f640_cd04_6a5a));
    }
}
