//! Rows that are seldom needed, as their written bytes, one after the other.
//!
//! Each costs its bytes, nine or ten before them, and five to eleven in the index.
//! Not here: what a row is. [`Table`](super::Table) writes and reads them.

use super::key::Key;

/// Written rows by key.
#[derive(Debug, Default)]
pub(super) struct Cold {
    /// Key, length, bytes; again and again. Rows that were taken out stay until the next tidying.
    bytes: Vec<u8>,
    /// Where a row begins in `bytes`, plus one; open addressing, a power of two of places.
    places: Vec<u32>,
    /// Places that hold a row.
    rows: usize,
    /// Places that held one.
    gone: usize,
    /// Bytes of rows that were taken out.
    dead: usize,
}

const FREE: u32 = 0;
const GONE: u32 = u32::MAX;
/// The key and two bytes of length.
const HEAD: usize = 10;
/// Longer rows than this are never cold.
const LONGEST: usize = u16::MAX as usize;

impl Cold {
    /// How many rows there are.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// The bytes it takes, unused room included.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.places.capacity() * size_of::<u32>()
    }

    /// Whether there is a row of this key.
    pub(super) fn has(&self, key: Key) -> bool {
        self.rows > 0 && self.find(key).is_some()
    }

    /// Puts a row in that is not there yet; whether there was room for it.
    pub(super) fn put(&mut self, key: Key, row: &[u8]) -> bool {
        let fits = u32::try_from(self.bytes.len() + HEAD + row.len()).is_ok_and(|it| it < GONE);
        if row.len() > LONGEST || !fits {
            return false;
        }
        if (self.rows + self.gone + 1) * 4 > self.places.len() * 3 {
            self.tidy(&mut |_, _| true);
        }
        let needed = HEAD + row.len();
        if self.bytes.capacity() - self.bytes.len() < needed {
            self.bytes.reserve_exact((self.bytes.len() / 8).max(needed).max(1024));
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&key.0.to_le_bytes());
        self.bytes.extend_from_slice(&(row.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(row);
        self.enter(key, start);
        true
    }

    /// Takes a row out.
    pub(super) fn take(&mut self, key: Key) -> Option<&[u8]> {
        if self.rows == 0 {
            return None;
        }
        let (place, start) = self.find(key)?;
        if let Some(place) = self.places.get_mut(place) {
            *place = GONE;
        }
        self.rows -= 1;
        self.gone += 1;
        let (_, row) = entry(&self.bytes, start)?;
        self.dead += HEAD + row.len();
        entry(&self.bytes, start).map(|(_, row)| row)
    }

    /// Every row.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &[u8])> {
        let places = self.places.iter().filter(|it| **it != FREE && **it != GONE);
        places.filter_map(|it| entry(&self.bytes, *it as usize - 1))
    }

    /// Keeps the rows that are wanted, and gives back the room of all others.
    pub(super) fn tidy(&mut self, wanted: &mut dyn FnMut(Key, &[u8]) -> bool) {
        let before = std::mem::take(self);
        let room = before.bytes.len() - before.dead;
        // Half full at least, so that the next tidying is far away.
        let places = (before.rows + 8).next_multiple_of(8) * 2;
        self.places = vec![FREE; places.next_power_of_two()];
        if before.dead * 4 <= before.bytes.len() {
            // Little to win: the rows stay where they are, only the index is made anew.
            let mut dropped = 0;
            for (key, start) in before.starts() {
                match entry(&before.bytes, start) {
                    Some((_, row)) if wanted(key, row) => self.enter(key, start),
                    Some((_, row)) => dropped += HEAD + row.len(),
                    None => {}
                }
            }
            self.dead = before.dead + dropped;
            self.bytes = before.bytes;
            if self.dead * 4 > self.bytes.len() {
                self.tidy(&mut |_, _| true);
            }
            return;
        }
        self.bytes.reserve_exact(room + room / 8);
        let mut starts: Vec<usize> = before.starts().map(|(_, start)| start).collect();
        starts.sort_unstable();
        for start in starts {
            if let Some((key, row)) = entry(&before.bytes, start)
                && wanted(key, row)
            {
                let to = self.bytes.len();
                self.bytes.extend_from_slice(&key.0.to_le_bytes());
                self.bytes.extend_from_slice(&(row.len() as u16).to_le_bytes());
                self.bytes.extend_from_slice(row);
                self.enter(key, to);
            }
        }
        // Room was made for all rows, and some were not wanted.
        self.bytes.shrink_to(self.bytes.len() + self.bytes.len() / 8);
    }

    fn starts(&self) -> impl Iterator<Item = (Key, usize)> {
        let places = self.places.iter().filter(|it| **it != FREE && **it != GONE);
        places.filter_map(|it| {
            let start = *it as usize - 1;
            entry(&self.bytes, start).map(|(key, _)| (key, start))
        })
    }

    fn find(&self, key: Key) -> Option<(usize, usize)> {
        let mask = self.places.len().checked_sub(1)?;
        let mut place = key.0 as usize & mask;
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
            place = (place + 1) & mask;
        }
    }

    /// INVARIANT: at most three quarters of the places are taken, so there is a free one.
    fn enter(&mut self, key: Key, start: usize) {
        let mask = self.places.len().saturating_sub(1);
        let mut place = key.0 as usize & mask;
        while let Some(here) = self.places.get_mut(place) {
            if *here == FREE {
                *here = start as u32 + 1;
                self.rows += 1;
                return;
            }
            place = (place + 1) & mask;
        }
    }
}

fn entry(bytes: &[u8], start: usize) -> Option<(Key, &[u8])> {
    let (key, rest) = bytes.get(start..)?.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let row = rest.get(..usize::from(u16::from_le_bytes(*length)))?;
    Some((Key(u64::from_le_bytes(*key)), row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_is_a_map() {
        let (mut cold, mut map) = (Cold::default(), BTreeMap::<u64, Vec<u8>>::new());
        let mut state = 7_u64;
        for turn in 0..200_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = Key::of_numbers(&[(state >> 40) % 5_000]);
            if let Some(known) = map.remove(&key.0) {
                assert_eq!(cold.take(key), Some(known.as_slice()));
            } else {
                assert_eq!(cold.take(key), None);
                let row = turn.to_string().repeat((state >> 60) as usize).into_bytes();
                assert!(cold.put(key, &row));
                map.insert(key.0, row);
            }
            assert_eq!(cold.rows(), map.len());
        }
        let all: BTreeMap<u64, Vec<u8>> =
            cold.iter().map(|(key, row)| (key.0, row.to_vec())).collect();
        assert!(all == map);
        cold.tidy(&mut |key, _| key.0 % 2 == 0);
        map.retain(|key, _| key % 2 == 0);
        let all: BTreeMap<u64, Vec<u8>> =
            cold.iter().map(|(key, row)| (key.0, row.to_vec())).collect();
        assert!(all == map);
        let bytes: usize = map.values().map(|it| it.len() + HEAD).sum();
        assert!(cold.memory() <= bytes * 3 / 2 + map.len() * 12 + 4096, "{}", cold.memory());
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let mut cold = Cold::default();
        assert!(!cold.put(Key(1), &vec![0; LONGEST + 1]));
        assert!(!cold.has(Key(1)));
        assert_eq!(cold.take(Key(1)), None);
    }
}
