//! Many short texts one after the other: each costs its own bytes, a byte more, and a number.

use std::num::NonZeroU32;

/// Bytes of one block, unless a single text is longer.
const BLOCK: usize = 1 << 16;
/// A longer text than this is not kept.
const LONGEST: usize = (1 << 24) - 1;
const MOST_BLOCKS: usize = (1 << 16) - 1;

/// Of shorter texts one character in front says the length, of the others five, this one first.
const SHORT: u8 = 0x7f;

/// Where a text stands: the block, counted from 1, in the upper 16 bits, the first byte in the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text(NonZeroU32);

/// The texts. Four gigabytes of them can be kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Each text stands behind its length, in characters of seven bits.
    blocks: Vec<String>,
    /// Bytes of texts that were dropped; their room is not used again before [`Texts::is_wasteful`].
    dropped: usize,
}

impl Texts {
    /// Keeps the text that these parts make up; `None` when it is far too long, or there are far too many.
    pub(crate) fn keep(&mut self, parts: &[&str]) -> Option<Text> {
        let length: usize = parts.iter().map(|it| it.len()).sum();
        if length > LONGEST {
            return None;
        }
        let room = length + head(length);
        let fits = self.blocks.last().is_some_and(|it| it.capacity() - it.len() >= room);
        if !fits {
            if self.blocks.len() >= MOST_BLOCKS {
                return None;
            }
            self.blocks.push(String::with_capacity(room.max(BLOCK)));
        }
        let number = u32::try_from(self.blocks.len()).ok()?;
        let block = self.blocks.last_mut()?;
        // A text of its own block begins at 0, and in others no place is beyond the block's size.
        let start = u32::try_from(block.len()).ok()?;
        let text = NonZeroU32::new(number << 16 | start)?;
        if length < usize::from(SHORT) {
            block.push(seven_bits(length));
        } else {
            block.push(char::from(SHORT));
            (0..4).for_each(|it| block.push(seven_bits(length >> (7 * it))));
        }
        parts.iter().for_each(|it| block.push_str(it));
        Some(Text(text))
    }

    /// The text.
    pub(crate) fn get(&self, text: Text) -> &str {
        let block = self.blocks.get((text.0.get() >> 16) as usize - 1);
        let rest = block.and_then(|it| it.get(text.0.get() as usize & (BLOCK - 1)..));
        rest.and_then(first).unwrap_or_default()
    }

    /// The text is needed no more.
    pub(crate) fn drop(&mut self, text: Text) {
        let length = self.get(text).len();
        self.dropped += length + head(length);
    }

    /// Whether half of what is held is texts that nobody needs.
    pub(crate) fn is_wasteful(&self) -> bool {
        self.dropped > 16 * BLOCK && self.dropped * 2 > self.memory()
    }

    /// The bytes it takes, unused room included.
    pub(crate) fn memory(&self) -> usize {
        self.blocks.iter().map(String::capacity).sum::<usize>()
            + self.blocks.capacity() * size_of::<String>()
    }
}

/// The bytes in front of a text of this length.
const fn head(length: usize) -> usize {
    if length < SHORT as usize { 1 } else { 5 }
}

/// The lowest seven bits as a character of one byte.
const fn seven_bits(number: usize) -> char {
    (number as u8 & 0x7f) as char
}

/// The first text of these, without its length.
fn first(texts: &str) -> Option<&str> {
    match *texts.as_bytes() {
        [SHORT, a, b, c, d, ..] => {
            let length = [a, b, c, d].iter().rev().fold(0, |sum, it| sum << 7 | usize::from(*it));
            texts.get(5..5 + length)
        }
        [length, ..] => texts.get(1..1 + usize::from(length)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_is_found_again(all in prop::collection::vec("[a-zäß]{0,9}", 0..40)) {
            let mut texts = Texts::default();
            let long = "x".repeat(BLOCK + 7);
            let all: Vec<String> =
                all.iter().enumerate().map(|(turn, it)| it.repeat(turn * 40)).collect();
            let mut kept = Vec::new();
            for (turn, it) in all.iter().enumerate() {
                let cut = it.char_indices().nth(turn % 5).map_or(0, |(at, _)| at);
                let (head, rest) = it.split_at(cut);
                kept.push((texts.keep(&[head, rest]).unwrap(), it));
                if turn % 20 == 3 {
                    kept.push((texts.keep(&[&long]).unwrap(), &long));
                }
            }
            for (text, it) in &kept {
                prop_assert_eq!(texts.get(*text), *it);
            }
        }
    }

    #[test]
    fn a_short_one_costs_a_byte_more_than_its_own() {
        let mut texts = Texts::default();
        let short = usize::from(SHORT);
        for length in [0, 1, short - 1, short, short + 1, 1 << 14, BLOCK, LONGEST] {
            let text = "x".repeat(length);
            let kept = texts.keep(&[&text]).unwrap();
            assert_eq!(texts.get(kept), text);
        }
        assert_eq!(head(short - 1), 1);
        assert_eq!(size_of::<Option<Text>>(), 4);
    }

    #[test]
    fn what_is_far_too_long_is_not_kept() {
        let mut texts = Texts::default();
        assert_eq!(texts.keep(&[&"x".repeat(LONGEST + 1)]), None);
        assert!(texts.keep(&["x"]).is_some());
    }
}
