//! Written records in blocks, of which those with most room for nothing are emptied first.
//!
//! Each costs its bytes and six before them; at most a sixteenth of all is needed by nobody, and giving
//! that back takes the room of one more block.

use std::num::NonZeroU32;

/// Bytes of one block.
const BLOCK: usize = 1 << 16;
/// The owner and the length.
const HEAD: usize = 6;
/// So many bytes that nobody needs are not worth the work.
const LITTLE: usize = 4 * BLOCK;

/// Where something lies: the block, counted from 1, above 16 bits for its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot(NonZeroU32);

/// What was written, each for the owner of a number. Four gigabytes of it can be kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pile {
    blocks: Vec<Block>,
    /// Blocks that are empty.
    free: Vec<u32>,
    /// The block that is being filled.
    open: usize,
    /// Bytes that nobody needs, in all blocks.
    dropped: usize,
}

#[derive(Debug, Clone, Default)]
struct Block {
    bytes: Vec<u8>,
    dropped: usize,
}

impl Spot {
    fn new(block: usize, start: usize) -> Option<Self> {
        let (block, start) = (u16::try_from(block + 1).ok()?, u16::try_from(start).ok()?);
        NonZeroU32::new(u32::from(block) << 16 | u32::from(start)).map(Self)
    }

    const fn block(self) -> usize {
        (self.0.get() >> 16) as usize - 1
    }

    const fn start(self) -> usize {
        self.0.get() as usize & (BLOCK - 1)
    }
}

impl Pile {
    /// Keeps these bytes; `None` when they are more than a block holds.
    pub(crate) fn keep(&mut self, owner: u32, bytes: &[u8]) -> Option<Spot> {
        let length =
            u16::try_from(bytes.len()).ok().filter(|it| usize::from(*it) + HEAD <= BLOCK)?;
        let fits = |it: &Block| it.bytes.len() + HEAD + bytes.len() <= BLOCK;
        if !self.blocks.get(self.open).is_some_and(fits) {
            self.open = match self.free.pop() {
                Some(number) => number as usize,
                None => {
                    self.blocks.push(Block { bytes: Vec::with_capacity(BLOCK), dropped: 0 });
                    self.blocks.len() - 1
                }
            };
        }
        let block = self.blocks.get_mut(self.open)?;
        let spot = Spot::new(self.open, block.bytes.len());
        block.bytes.extend_from_slice(&owner.to_le_bytes());
        block.bytes.extend_from_slice(&length.to_le_bytes());
        block.bytes.extend_from_slice(bytes);
        spot
    }

    /// What lies there.
    pub(crate) fn get(&self, spot: Spot) -> Option<&[u8]> {
        self.blocks.get(spot.block())?.at(spot.start()).map(|(_, bytes)| bytes)
    }

    /// Nobody needs it any more.
    pub(crate) fn drop(&mut self, spot: Spot) {
        let length = self.get(spot).map_or(0, |it| it.len() + HEAD);
        if let Some(block) = self.blocks.get_mut(spot.block()) {
            block.dropped += length;
            self.dropped += length;
        }
    }

    /// Whether more than a sixteenth of what is held is needed by nobody.
    pub(crate) fn is_wasteful(&self) -> bool {
        self.dropped > LITTLE && self.dropped * 16 > (self.blocks.len() - self.free.len()) * BLOCK
    }

    /// Empties the block that has most of it, and says where what was needed lies now; `is_at` says
    /// whether an owner still has what lies there.
    pub(crate) fn clean(&mut self, is_at: impl Fn(u32, Spot) -> bool) -> Vec<(u32, Spot)> {
        let mut moved = Vec::new();
        let others = self.blocks.iter().enumerate().filter(|(number, _)| *number != self.open);
        let Some((number, _)) = others.max_by_key(|(_, it)| it.dropped) else { return moved };
        let Some(from) = self.blocks.get_mut(number).map(std::mem::take) else { return moved };
        let mut start = 0;
        while let Some((owner, bytes)) = from.at(start) {
            if Spot::new(number, start).is_some_and(|it| is_at(owner, it)) {
                // INVARIANT: it was kept before, so that it is not too long.
                moved.extend(self.keep(owner, bytes).map(|now| (owner, now)));
            }
            start += HEAD + bytes.len();
        }
        self.dropped -= from.dropped;
        let mut bytes = from.bytes;
        bytes.clear();
        if let Some(block) = self.blocks.get_mut(number) {
            *block = Block { bytes, dropped: 0 };
        }
        self.free.extend(u32::try_from(number));
        moved
    }

    /// The bytes it takes, unused room included.
    pub(crate) fn memory(&self) -> usize {
        self.blocks.iter().map(|it| it.bytes.capacity()).sum::<usize>()
            + self.blocks.capacity() * size_of::<Block>()
    }
}

impl Block {
    /// The owner and the bytes of what begins here.
    fn at(&self, start: usize) -> Option<(u32, &[u8])> {
        let (owner, rest) = self.bytes.get(start..)?.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let bytes = rest.get(..usize::from(u16::from_le_bytes(*length)))?;
        Some((u32::from_le_bytes(*owner), bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_again_and_little_is_wasted() {
        let (mut pile, mut state) = (Pile::default(), 7_u64);
        let mut kept: Vec<Option<(Spot, Vec<u8>)>> = vec![None; 20_000];
        for turn in 0..400_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let owner = (state >> 40) as usize % kept.len();
            if let Some((spot, bytes)) = kept[owner].take() {
                assert_eq!(pile.get(spot), Some(&*bytes));
                pile.drop(spot);
            }
            let bytes = turn.to_le_bytes().repeat((state >> 59) as usize);
            kept[owner] = Some((pile.keep(owner as u32, &bytes).unwrap(), bytes));
            while pile.is_wasteful() {
                let at = |owner: u32| kept[owner as usize].as_ref().map(|it| it.0);
                for (owner, now) in pile.clean(|owner, spot| at(owner) == Some(spot)) {
                    kept[owner as usize].as_mut().unwrap().0 = now;
                }
            }
        }
        for (spot, bytes) in kept.iter().flatten() {
            assert_eq!(pile.get(*spot), Some(&**bytes));
        }
        let needed: usize = kept.iter().flatten().map(|it| it.1.len() + HEAD).sum();
        assert!(pile.memory() < needed * 9 / 8 + LITTLE + 8 * BLOCK, "{} {needed}", pile.memory());
    }

    #[test]
    fn what_is_longer_than_a_block_is_not_kept() {
        let mut pile = Pile::default();
        assert_eq!(pile.keep(1, &vec![0; BLOCK - HEAD + 1]), None);
        let spot = pile.keep(1, &vec![7; BLOCK - HEAD]).unwrap();
        assert_eq!(pile.get(spot).map(<[u8]>::len), Some(BLOCK - HEAD));
        assert!(pile.keep(2, b"x").is_some());
    }
}
