//! Numbers found by a hash, without keys of their own: what a number stands for is kept elsewhere, once.

/// Open addressing; each place holds the lower half of a hash and a number plus one, 0 when it is free.
///
/// Memory: 11 to 14 bytes for each number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    places: Vec<u64>,
    /// Places that are not free.
    taken: usize,
    /// Those of them whose number was removed.
    gone: usize,
}

const GONE: u64 = u32::MAX as u64;

impl Index {
    /// The number with this hash that is the right one.
    pub(crate) fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        let half = hash as u32;
        let mut place = self.first_place(half);
        loop {
            let here = *self.places.get(place)?;
            if here == 0 {
                return None;
            }
            if (here >> 32) as u32 == half && here as u32 != GONE as u32 {
                let number = here as u32 - 1;
                if is(number) {
                    return Some(number);
                }
            }
            place = self.next_place(place);
        }
    }

    /// The bytes it takes, unused room included.
    pub(crate) const fn memory(&self) -> usize {
        self.places.capacity() * size_of::<u64>()
    }

    /// Makes room for so many more at once.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.resize(more);
    }

    /// Adds a number that is not there yet; at most 2^32 - 2.
    pub(crate) fn insert(&mut self, hash: u64, number: u32) {
        if (self.taken + 1) * 4 > self.places.len() * 3 {
            self.resize(0);
        }
        self.enter((u64::from(hash as u32) << 32) | (u64::from(number) + 1));
    }

    /// Removes a number.
    pub(crate) fn remove(&mut self, hash: u64, number: u32) {
        let wanted = (u64::from(hash as u32) << 32) | (u64::from(number) + 1);
        let mut place = self.first_place(hash as u32);
        while let Some(here) = self.places.get_mut(place) {
            if *here == 0 {
                return;
            }
            if *here == wanted {
                *here |= GONE;
                self.gone += 1;
                return;
            }
            place = self.next_place(place);
        }
    }

    fn resize(&mut self, more: usize) {
        // Three fifths full, so that the next time is after a fourth more of them.
        let places = (self.taken - self.gone + more + 8) * 5 / 3;
        let before = std::mem::replace(&mut self.places, vec![0; places]);
        (self.taken, self.gone) = (0, 0);
        for here in before.into_iter().filter(|it| *it != 0 && *it as u32 != GONE as u32) {
            self.enter(here);
        }
    }

    /// INVARIANT: a quarter of the places is free.
    fn enter(&mut self, entry: u64) {
        let mut place = self.first_place((entry >> 32) as u32);
        while let Some(here) = self.places.get_mut(place) {
            if *here == 0 {
                *here = entry;
                self.taken += 1;
                return;
            }
            place = self.next_place(place);
        }
    }

    /// Where the search begins: the hash's share of all numbers is the place's share of all places.
    const fn first_place(&self, half: u32) -> usize {
        ((half as u64 * self.places.len() as u64) >> 32) as usize
    }

    const fn next_place(&self, place: usize) -> usize {
        if place + 1 == self.places.len() { 0 } else { place + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_is_a_map() {
        let (mut index, mut map) = (Index::default(), BTreeMap::new());
        let hash = |key: u64| (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20 & 0xffff) << 16;
        let mut state = 7_u64;
        for number in 0..100_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = (state >> 40) % 3_000;
            let known: Option<u32> = map.get(&key).copied();
            assert_eq!(index.find(hash(key), |it| Some(it) == known), known);
            match known {
                Some(known) => {
                    index.remove(hash(key), known);
                    map.remove(&key);
                }
                None => {
                    index.insert(hash(key), number);
                    map.insert(key, number);
                }
            }
        }
        assert!(index.places.len() <= 16_384);
    }
}
