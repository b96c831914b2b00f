//! What is seldom needed, as its written bytes, one after the other.
//!
//! Each costs its bytes, thirteen or fourteen before them, and five to seven in the index.
//! Not here: what is written. [`Table`](super::Table) and [`Roster`](super::roster::Roster) do that.

use super::key::Key;

/// Written entries by key.
#[derive(Debug, Default)]
pub(super) struct Cold {
    /// Key, last use, length, bytes; again and again. What was taken out stays until the next sweep.
    bytes: Vec<u8>,
    /// Where an entry begins in `bytes`, plus one; open addressing.
    places: Vec<u32>,
    /// Places that hold an entry.
    entries: usize,
    /// Places that held one.
    gone: usize,
    /// Bytes of entries that were taken out.
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
/// What is longer than this is never cold.
const LONGEST: usize = 0x7fff;
/// Less than this is not worth a sweep.
const LITTLE: usize = 4096;

impl Cold {
    /// How many entries there are.
    pub(super) const fn entries(&self) -> usize {
        self.entries
    }

    /// The bytes it takes, unused room included.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.places.capacity() * size_of::<u32>()
    }

    /// Whether there is an entry of this key.
    pub(super) fn has(&self, key: Key) -> bool {
        self.entries > 0 && self.find(key).is_some()
    }

    /// Puts an entry in that is not there yet; whether there was room for it.
    pub(super) fn put(&mut self, Entry { key, last, written }: Entry<'_>) -> bool {
        let fits = u32::try_from(self.bytes.len() + HEAD + written.len()).is_ok_and(|it| it < GONE);
        if written.len() > LONGEST || !fits {
            return false;
        }
        if self.dead > LITTLE && self.dead > self.bytes.len() / 8 {
            self.keep(&mut |_| true);
        }
        if (self.entries + self.gone + 1) * 4 > self.places.len() * 3 {
            self.index();
        }
        let needed = HEAD + written.len();
        if self.bytes.capacity() - self.bytes.len() < needed {
            self.bytes.reserve_exact((self.bytes.len() / 8).max(needed).max(1024));
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&key.0.to_le_bytes());
        self.bytes.extend_from_slice(&last.to_le_bytes());
        // INVARIANT: at most fifteen bits, the lower seven of which come first.
        let length = written.len();
        if length < SHORT {
            self.bytes.push(length as u8);
        } else {
            self.bytes.extend_from_slice(&[(length % SHORT + SHORT) as u8, (length / SHORT) as u8]);
        }
        self.bytes.extend_from_slice(written);
        self.enter(key, start);
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
        let (entry, end) = entry(&self.bytes, start)?;
        self.dead += end - start;
        Some(entry)
    }

    /// Every entry.
    pub(super) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        let places = self.places.iter().filter(|it| **it != FREE && **it != GONE);
        places.filter_map(|it| entry(&self.bytes, *it as usize - 1).map(|(entry, _)| entry))
    }

    /// Keeps the entries that are wanted, and gives back the room of all others.
    pub(super) fn keep(&mut self, wanted: &mut dyn FnMut(Entry<'_>) -> bool) {
        let (mut from, mut to) = (0, 0);
        while let Some((entry, end)) = entry(&self.bytes, from) {
            let place = self.find(entry.key).filter(|(_, start)| *start == from);
            if let Some((place, _)) = place {
                let wanted = wanted(entry);
                if let Some(place) = self.places.get_mut(place) {
                    *place = if wanted { to as u32 + 1 } else { GONE };
                }
                if wanted {
                    self.bytes.copy_within(from..end, to);
                    to += end - from;
                } else {
                    self.entries -= 1;
                    self.gone += 1;
                }
            }
            from = end;
        }
        self.bytes.truncate(to);
        self.bytes.shrink_to(to + to / 8);
        self.dead = 0;
        if self.entries * 4 < self.places.len() {
            self.index();
        }
    }

    /// Makes the index anew, three fifths full.
    fn index(&mut self) {
        let starts: Vec<u32> =
            self.places.iter().filter(|it| **it != FREE && **it != GONE).copied().collect();
        let places = (self.entries + 8) * 5 / 3;
        self.places = Vec::new();
        self.places.resize(places, FREE);
        (self.entries, self.gone) = (0, 0);
        for start in starts {
            let start = start as usize - 1;
            if let Some((entry, _)) = entry(&self.bytes, start) {
                let key = entry.key;
                self.enter(key, start);
            }
        }
    }

    fn find(&self, key: Key) -> Option<(usize, usize)> {
        let mut place = self.first_place(key)?;
        loop {
            match *self.places.get(place)? {
                FREE => return None,
                GONE => {}
                found => {
                    let start = found as usize - 1;
                    if self.bytes.get(start..start + 8) == Some(&key.0.to_le_bytes()) {
                        return Some((place, start));
                    }
                }
            }
            place = if place + 1 == self.places.len() { 0 } else { place + 1 };
        }
    }

    /// INVARIANT: at most three quarters of the places are taken, so there is a free one.
    fn enter(&mut self, key: Key, start: usize) {
        let Some(mut place) = self.first_place(key) else { return };
        let places = self.places.len();
        while let Some(here) = self.places.get_mut(place) {
            if *here == FREE || *here == GONE {
                self.gone -= usize::from(*here == GONE);
                *here = start as u32 + 1;
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
