//! Many short texts one after the other: each costs its own bytes and a number.

use std::num::NonZeroU64;

/// Bytes of one block, unless a single text is longer.
const BLOCK: usize = 1 << 16;
/// A longer text than this is not kept.
const LONGEST: usize = (1 << 24) - 1;
const MOST_BLOCKS: usize = (1 << 24) - 1;

/// Where a text stands: the block, counted from 1, in the upper 24 bits, the first byte in 16, the length
/// in 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text(NonZeroU64);

/// The texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    blocks: Vec<String>,
    /// Bytes of texts that were dropped; their room is not used again before [`Texts::is_wasteful`].
    dropped: usize,
}

impl Texts {
    /// Keeps the text that these parts make up; `None` when it is far too long, or there are far too many.
    pub(crate) fn keep(&mut self, parts: &[&str]) -> Option<Text> {
        let length: usize = parts.iter().map(|it| it.len()).sum();
        let fits = self.blocks.last().is_some_and(|it| it.capacity() - it.len() >= length);
        if length > LONGEST || self.blocks.len() >= MOST_BLOCKS {
            return None;
        }
        if !fits {
            self.blocks.push(String::with_capacity(length.max(BLOCK)));
        }
        let (number, block) = (self.blocks.len() as u64, self.blocks.last_mut()?);
        // A text of its own block begins at 0, and in others no place is beyond the block's size.
        let text = NonZeroU64::new(number << 40 | (block.len() as u64) << 24 | length as u64)?;
        parts.iter().for_each(|it| block.push_str(it));
        Some(Text(text))
    }

    /// The text.
    pub(crate) fn get(&self, text: Text) -> &str {
        let start = (text.0.get() >> 24) as usize & (BLOCK - 1);
        let block = self.blocks.get((text.0.get() >> 40) as usize - 1);
        block.and_then(|it| it.get(start..start + text.len())).unwrap_or_default()
    }

    /// The text is needed no more.
    pub(crate) fn drop(&mut self, text: Text) {
        self.dropped += text.len();
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

impl Text {
    /// Bytes.
    pub(crate) const fn len(self) -> usize {
        self.0.get() as usize & LONGEST
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
                prop_assert_eq!(text.len(), it.len());
            }
        }
    }

    #[test]
    fn what_is_far_too_long_is_not_kept() {
        let mut texts = Texts::default();
        assert_eq!(texts.keep(&[&"x".repeat(LONGEST + 1)]), None);
        assert!(texts.keep(&["x"]).is_some());
    }
}
