//! Texts that many records say again, each once in memory, and let go when nobody says it any more.
//!
//! A text is taken in when it comes a second time: names that only one record bears never are.
//! Memory: some 40 bytes for each text beside itself, and a quarter of a megabyte for all together.

use crate::index::Index;
use crate::memory::allocated;
use crate::seeded::Seeded;
use crate::small::push_tight;
use std::hash::BuildHasher as _;

/// Shorter texts take no more room where they stand than their number would.
const SHORTEST: usize = 4;
/// So many places remember what came once; a later text of the same place takes it over.
const ONCE: usize = 1 << 16;

/// The texts, by their numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    words: Vec<Word>,
    /// Numbers that are free.
    free: Vec<u32>,
    ids: Index,
    seeded: Seeded,
    /// By a part of its hash another part of the hash of what came once; empty before the first text.
    once: Vec<u32>,
    /// Bytes of all texts.
    bytes: usize,
}

#[derive(Debug, Clone, Default)]
struct Word {
    text: Box<str>,
    /// How many records say it; 0 when the number is free.
    uses: u32,
}

impl Words {
    /// The number of a text, with one use more; `None` for one that did not come before.
    pub(crate) fn keep(&mut self, text: &str) -> Option<u32> {
        if text.len() < SHORTEST {
            return None;
        }
        let hash = self.seeded.hash_one(text);
        let is = |it: u32| self.words.get(it as usize).is_some_and(|it| *it.text == *text);
        if let Some(number) = self.ids.find(hash, is) {
            let word = self.words.get_mut(number as usize)?;
            word.uses = word.uses.checked_add(1)?;
            return Some(number);
        }
        if self.once.is_empty() {
            self.once = vec![0; ONCE];
        }
        let seen = self.once.get_mut((hash >> 48) as usize)?;
        // Zero is the mark of a place where nothing came yet.
        let mark = hash as u32 | 1;
        if std::mem::replace(seen, mark) != mark {
            return None;
        }
        let word = Word { text: text.into(), uses: 1 };
        let number = match self.free.pop() {
            Some(number) => number,
            // The index holds no more than that.
            None => u32::try_from(self.words.len()).ok().filter(|it| *it < u32::MAX - 1)?,
        };
        match self.words.get_mut(number as usize) {
            Some(free) => *free = word,
            None => push_tight(&mut self.words, word),
        }
        self.ids.insert(hash, number);
        self.bytes += allocated(text.len());
        Some(number)
    }

    /// The text of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize).map(|it| &*it.text)
    }

    /// One use less; the last one lets the text go.
    pub(crate) fn drop(&mut self, number: u32) {
        let Some(word) = self.words.get_mut(number as usize).filter(|it| it.uses > 0) else {
            return;
        };
        word.uses -= 1;
        if word.uses == 0 {
            let text = std::mem::take(&mut word.text);
            self.bytes -= allocated(text.len());
            self.ids.remove(self.seeded.hash_one(&*text), number);
            self.free.push(number);
        }
    }

    /// How many texts there are.
    pub(crate) const fn len(&self) -> usize {
        self.words.len() - self.free.len()
    }

    /// The bytes they take, unused room included.
    pub(crate) const fn memory(&self) -> usize {
        self.words.capacity() * size_of::<Word>()
            + (self.free.capacity() + self.once.capacity()) * size_of::<u32>()
            + self.ids.memory()
            + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_kept_until_nobody_says_it() {
        let mut words = Words::default();
        assert_eq!(words.keep("attached"), None);
        let number = words.keep("attached").unwrap();
        assert_eq!(words.keep("attached"), Some(number));
        assert_eq!(words.get(number), Some("attached"));
        words.drop(number);
        assert_eq!((words.get(number), words.len()), (Some("attached"), 1));
        words.drop(number);
        words.drop(number);
        assert_eq!((words.len(), words.bytes), (0, 0));
        // Its number serves the next one.
        assert_eq!(words.keep("inline"), None);
        assert_eq!(words.keep("inline"), Some(number));
        assert_eq!((words.keep("eu"), words.keep("eu")), (None, None));
    }

    #[test]
    fn names_that_one_bears_take_no_room() {
        let mut words = Words::default();
        for number in 0..100_000 {
            assert_eq!(words.keep(&format!("person-{number}@example.com")), None, "{number}");
        }
        assert_eq!(words.len(), 0);
        assert!(words.memory() <= ONCE * 4);
    }
}
