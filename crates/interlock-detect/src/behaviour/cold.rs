//! What is seldom needed, as its written bytes, one after the other.
//!
//! Each costs its bytes, thirteen or fourteen before them, and seven to nine in the index.
//! Not here: what is written. [`Table`](super::Table) and [`Roster`](super::roster::Roster) do that.

use super::key::Key;

/// Written entries by key, in blocks, of which the one with most room for nothing is emptied first.
///
/// Whoever was idle for longest lies in the oldest blocks: in most orders these become empty by themselves.
#[derive(Debug, Default)]
pub(super) struct Cold {
    blocks: Vec<Block>,
    /// Blocks without entries.
    free: Vec<usize>,
    /// The block that is being filled.
    open: usize,
    /// Where an entry begins: the block above 15 bits for its first byte, plus one; open addressing.
    places: Vec<u32>,
    /// Of each place eight bits of its key: what has others need not be looked at in its block.
    tags: Vec<u8>,
    /// Places that hold an entry.
    entries: usize,
    /// Places that held one.
    gone: usize,
    /// Bytes in all blocks.
    held: usize,
    /// Bytes of entries that were taken out.
    dead: usize,
}

/// Key, last use, length, bytes; again and again. What was taken out stays until the block is emptied.
#[derive(Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    dead: usize,
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Whose it is.
    pub(super) key: Key,
    /// When it was last of use, in seconds since 1970.
    pub(super) last: u32,
    /// What was written.
    pub(super) written: &'a [u8],
}

const FREE: u32 = 0;
const GONE: u32 = u32::MAX;
/// The key, the last use and two bytes of length.
const HEAD: usize = 14;
/// A length below this takes one byte.
const SHORT: usize = 0x80;
/// Bytes of one block.
const BLOCK: usize = 1 << 15;
/// What is longer than this is never cold.
const LONGEST: usize = BLOCK - HEAD;
/// So many blocks can be told apart.
const MOST_BLOCKS: usize = (1 << 17) - 1;
/// Less than this is not worth a sweep.
const LITTLE: usize = 4096;

impl Cold {
    /// How many entries there are.
    pub(super) const fn entries(&self) -> usize {
        self.entries
    }

    /// The bytes it takes, unused room included.
    pub(super) fn memory(&self) -> usize {
        self.blocks.iter().map(|it| it.bytes.capacity()).sum::<usize>()
            + self.blocks.capacity() * size_of::<Block>()
            + self.places.capacity() * size_of::<u32>()
            + self.tags.capacity()
    }

    /// Whether there is an entry of this key.
    pub(super) fn has(&self, key: Key) -> bool {
        self.entries > 0 && self.find(key).is_some()
    }

    /// Puts an entry in that is not there yet; whether there was room for it.
    pub(super) fn put(&mut self, entry: Entry<'_>) -> bool {
        if entry.written.len() > LONGEST {
            return false;
        }
        if self.dead > LITTLE && self.dead > self.held / 8 {
            self.empty_one();
        }
        if (self.entries + self.gone + 1) * 4 > self.places.len() * 3 {
            self.index();
        }
        let Some(start) = self.append(entry) else { return false };
        self.enter(entry.key, start);
        true
    }

    /// Takes an entry out.
    pub(super) fn take(&mut self, key: Key) -> Option<Entry<'_>> {
        if self.entries == 0 {
            return None;
        }
        let (place, start) = self.find(key)?;
        if let Some(place) = self.places.get_mut(place) {
            *place = GONE;
        }
        self.entries -= 1;
        self.gone += 1;
        let (number, start) = parts(start);
        let block = self.blocks.get_mut(number)?;
        let (entry, end) = entry(&block.bytes, start)?;
        block.dead += end - start;
        self.dead += end - start;
        Some(entry)
    }

    /// Every entry.
    pub(super) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        let places = self.places.iter().filter(|it| **it != FREE && **it != GONE);
        places.filter_map(|it| self.at(*it))
    }

    /// Keeps the entries that are wanted, and gives back the room of all others.
    pub(super) fn keep(&mut self, wanted: &mut dyn FnMut(Entry<'_>) -> bool) {
        let blocks = std::mem::take(&mut self.blocks);
        self.free.clear();
        (self.open, self.held, self.dead) = (0, 0, 0);
        // Numbers of new blocks are below those that wait, so that no place is taken for another's.
        for (number, block) in blocks.into_iter().enumerate() {
            self.move_out(number, &block.bytes, wanted);
        }
        if let Some(last) = self.blocks.last_mut() {
            last.bytes.shrink_to(last.bytes.len() + last.bytes.len() / 8);
        }
        if self.entries * 4 < self.places.len() {
            self.index();
        }
    }

    /// Empties the block with most that nobody needs.
    fn empty_one(&mut self) {
        let others = self.blocks.iter().enumerate().filter(|(number, _)| *number != self.open);
        let Some((number, _)) = others.max_by_key(|(_, it)| it.dead) else {
            return self.keep(&mut |_| true);
        };
        let Some(from) = self.blocks.get_mut(number).map(std::mem::take) else { return };
        self.held -= from.bytes.len();
        self.dead -= from.dead;
        self.move_out(number, &from.bytes, &mut |_| true);
        let mut bytes = from.bytes;
        bytes.clear();
        if let Some(block) = self.blocks.get_mut(number) {
            *block = Block { bytes, dead: 0 };
        }
        self.free.push(number);
    }

    /// Puts the entries of a block that are wanted elsewhere.
    fn move_out(&mut self, number: usize, bytes: &[u8], wanted: &mut dyn FnMut(Entry<'_>) -> bool) {
        let mut start = 0;
        while let Some((entry, end)) = entry(bytes, start) {
            if let Some(place) = self.place_of(entry.key, packed(number, start)) {
                let now = if wanted(entry) { self.append(entry) } else { None };
                if now.is_none() {
                    self.entries -= 1;
                    self.gone += 1;
                }
                if let Some(place) = self.places.get_mut(place) {
                    *place = now.unwrap_or(GONE);
                }
            }
            start = end;
        }
    }

    /// Writes an entry behind the others of the open block; where it begins.
    fn append(&mut self, Entry { key, last, written }: Entry<'_>) -> Option<u32> {
        let needed = HEAD + written.len();
        let fits = |it: &Block| it.bytes.len() + needed <= BLOCK;
        if !self.blocks.get(self.open).is_some_and(fits) {
            self.open = match self.free.pop() {
                Some(number) => number,
                None if self.blocks.len() >= MOST_BLOCKS => return None,
                None => {
                    // The first one grows: most houses have no need of more.
                    let room = if self.blocks.is_empty() { 0 } else { BLOCK };
                    self.blocks.push(Block { bytes: Vec::with_capacity(room), dead: 0 });
                    self.blocks.len() - 1
                }
            };
        }
        let bytes = &mut self.blocks.get_mut(self.open)?.bytes;
        if bytes.capacity() - bytes.len() < needed {
            bytes.reserve_exact((bytes.len() / 8).max(needed).max(1024));
        }
        let start = bytes.len();
        bytes.extend_from_slice(&key.0.to_le_bytes());
        bytes.extend_from_slice(&last.to_le_bytes());
        // INVARIANT: at most fifteen bits, the lower seven of which come first.
        let length = written.len();
        if length < SHORT {
            bytes.push(length as u8);
        } else {
            bytes.extend_from_slice(&[(length % SHORT + SHORT) as u8, (length / SHORT) as u8]);
        }
        bytes.extend_from_slice(written);
        self.held += bytes.len() - start;
        Some(packed(self.open, start))
    }

    /// Makes the index anew, three fifths full.
    fn index(&mut self) {
        let starts: Vec<u32> =
            self.places.iter().filter(|it| **it != FREE && **it != GONE).copied().collect();
        let places = (self.entries + 8) * 5 / 3;
        (self.places, self.tags) = (Vec::new(), Vec::new());
        self.places.resize(places, FREE);
        self.tags.resize(places, 0);
        (self.entries, self.gone) = (0, 0);
        for start in starts {
            if let Some(key) = self.at(start).map(|it| it.key) {
                self.enter(key, start);
            }
        }
    }

    /// The entry that begins there.
    fn at(&self, start: u32) -> Option<Entry<'_>> {
        let (block, start) = parts(start);
        entry(&self.blocks.get(block)?.bytes, start).map(|(entry, _)| entry)
    }

    /// The place of this key, and where its entry begins.
    fn find(&self, key: Key) -> Option<(usize, u32)> {
        let is = |start: u32| {
            let (block, start) = parts(start);
            let bytes = self.blocks.get(block).and_then(|it| it.bytes.get(start..start + 8));
            bytes == Some(&key.0.to_le_bytes())
        };
        self.search(key, is)
    }

    /// The place that says where this very entry begins.
    fn place_of(&self, key: Key, start: u32) -> Option<usize> {
        self.search(key, |it| it == start).map(|(place, _)| place)
    }

    fn search(&self, key: Key, is: impl Fn(u32) -> bool) -> Option<(usize, u32)> {
        let mut place = self.first_place(key)?;
        loop {
            match *self.places.get(place)? {
                FREE => return None,
                GONE => {}
                found if self.tags.get(place) == Some(&tag(key)) && is(found) => {
                    return Some((place, found));
                }
                _ => {}
            }
            place = if place + 1 == self.places.len() { 0 } else { place + 1 };
        }
    }

    /// INVARIANT: at most three quarters of the places are taken, so there is a free one.
    fn enter(&mut self, key: Key, start: u32) {
        let Some(mut place) = self.first_place(key) else { return };
        let places = self.places.len();
        while let Some(here) = self.places.get_mut(place) {
            if *here == FREE || *here == GONE {
                self.gone -= usize::from(*here == GONE);
                *here = start;
                if let Some(it) = self.tags.get_mut(place) {
                    *it = tag(key);
                }
                self.entries += 1;
                return;
            }
            place = if place + 1 == places { 0 } else { place + 1 };
        }
    }

    /// Where the search for a key begins: the share of all numbers that a product of it is, of all places.
    fn first_place(&self, key: Key) -> Option<usize> {
        let places = self.places.len();
        // A snapshot gives keys in their order: neighbours must not begin at neighbouring places.
        let spread = key.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (places > 0).then_some(((u128::from(spread) * places as u128) >> 64) as usize)
    }
}

/// The bits of a key that stand beside its place; others than those that say where the place is.
const fn tag(key: Key) -> u8 {
    key.0 as u8
}

/// Where an entry begins, as places say it.
const fn packed(block: usize, start: usize) -> u32 {
    // INVARIANT: at most `MOST_BLOCKS` blocks of `BLOCK` bytes.
    (block << 15 | start) as u32 + 1
}

/// The block, and the first byte in it.
const fn parts(start: u32) -> (usize, usize) {
    let start = start as usize - 1;
    (start >> 15, start & (BLOCK - 1))
}

/// The entry that begins here, and where it ends.
fn entry(bytes: &[u8], start: usize) -> Option<(Entry<'_>, usize)> {
    let (key, rest) = bytes.get(start..)?.split_first_chunk::<8>()?;
    let (last, rest) = rest.split_first_chunk::<4>()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short if short < SHORT => (short, rest),
        low => {
            let (high, rest) = rest.split_first()?;
            (low - SHORT + usize::from(*high) * SHORT, rest)
        }
    };
    let written = rest.get(..length)?;
    let end = bytes.len() - rest.len() + length;
    let key = Key(u64::from_le_bytes(*key));
    Some((Entry { key, last: u32::from_le_bytes(*last), written }, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn all(cold: &Cold) -> BTreeMap<u64, (u32, Vec<u8>)> {
        cold.iter().map(|it| (it.key.0, (it.last, it.written.to_vec()))).collect()
    }

    #[test]
    fn it_is_a_map() {
        let (mut cold, mut map) = (Cold::default(), BTreeMap::<u64, (u32, Vec<u8>)>::new());
        let mut state = 7_u64;
        for turn in 0..200_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = Key::of_numbers(&[(state >> 40) % 5_000]);
            if let Some((last, known)) = map.remove(&key.0) {
                assert_eq!(cold.take(key), Some(Entry { key, last, written: &known }));
            } else {
                assert_eq!(cold.take(key), None);
                let written = turn.to_string().repeat((state >> 59) as usize).into_bytes();
                assert!(cold.put(Entry { key, last: turn, written: &written }));
                map.insert(key.0, (turn, written));
            }
            assert_eq!(cold.entries(), map.len());
        }
        assert!(all(&cold) == map);
        cold.keep(&mut |it| it.key.0 % 2 == 0);
        map.retain(|key, _| key % 2 == 0);
        assert!(all(&cold) == map);
        let bytes: usize = map.values().map(|(_, it)| it.len() + HEAD).sum();
        assert!(cold.memory() <= bytes * 5 / 4 + map.len() * 16 + LITTLE, "{}", cold.memory());
        for (key, _) in map {
            assert!(cold.has(Key(key)));
        }
    }

    #[test]
    fn keys_in_their_order_are_spread() {
        let mut cold = Cold::default();
        let step = u64::MAX / 50_000;
        for number in 0..50_000 {
            assert!(cold.put(Entry { key: Key(number * step), last: 0, written: b"x" }));
            if number % 5_000 == 4_999 {
                let there = |it: usize| *cold.places.get(it).unwrap() != FREE;
                let all = cold.places.len();
                let taken = (0..all / 10).filter(|it| there(*it)).count();
                assert!(taken < all * 9 / 100, "the first tenth is full: {taken} of {}", all / 10);
            }
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let mut cold = Cold::default();
        let long = vec![0; LONGEST + 1];
        assert!(!cold.put(Entry { key: Key(1), last: 0, written: &long }));
        assert!(!cold.has(Key(1)));
        assert!(cold.put(Entry { key: Key(1), last: 3, written: &long[1..] }));
        assert_eq!(cold.take(Key(1)).map(|it| it.written.len()), Some(LONGEST));
        assert_eq!(cold.take(Key(1)), None);
    }
}
