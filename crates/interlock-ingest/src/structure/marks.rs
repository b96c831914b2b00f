//! Where the brackets, commas and quotes of a JSON text stand that are no part of a string.
//!
//! 64 bytes at a time become four masks of 64 bits; the method is that of Langdale and Lemire,
//! "Parsing Gigabytes of JSON per Second", 2019.

use multiversion::multiversion;
use wide::u8x16;

/// Bytes that are looked at together.
const BLOCK: usize = 64;
/// Marks that are written together.
const TOGETHER: usize = 4;
/// A block may have so many marks, and a few that mean nothing are written behind them.
const MOST: usize = BLOCK + TOGETHER;

/// The marks of one text; keeps its room from one text to the next.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The first `count` are marks, the others room.
    room: Vec<u32>,
    count: usize,
}

impl Marks {
    /// The positions of all marks, ascending; a string gives its two quotes.
    pub(super) fn all(&self) -> &[u32] {
        self.room.get(..self.count).unwrap_or_default()
    }

    /// Adds the positions that these bits of a block say which begins at `base`.
    #[inline(always)]
    fn add(&mut self, mut found: u64, base: u32) {
        if self.room.len() < self.count + MOST {
            self.room.resize((self.count + MOST) * 2, 0);
        }
        let count = found.count_ones() as usize;
        let here = self.room.get_mut(self.count..).unwrap_or_default();
        // So many at a time, the last ones for nothing: a question for each would cost more.
        for some in here.as_chunks_mut::<TOGETHER>().0 {
            if found == 0 {
                break;
            }
            for mark in some {
                *mark = base.wrapping_add(found.trailing_zeros());
                found &= found.wrapping_sub(1);
            }
        }
        self.count += count;
    }
}

/// What one pass over a text found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether there is a backslash anywhere.
    pub(super) escapes: bool,
}

/// Replaces `marks` by those of this text.
///
/// `None` when a string does not end or holds a control character, or when the text is 4 GiB long.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
pub(super) fn find(text: &[u8], marks: &mut Marks) -> Option<Found> {
    u32::try_from(text.len()).ok()?;
    marks.count = 0;
    let mut pass = Pass::default();
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut base = 0;
    for block in blocks {
        pass.block(block, base, marks);
        base += BLOCK as u32;
    }
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    pass.block(&last, base, marks);
    (pass.inside == 0 && !pass.broken).then_some(Found { escapes: pass.escapes })
}

#[derive(Debug, Default)]
struct Pass {
    /// All bits when the block before ended inside a string.
    inside: u64,
    /// One when the first byte of the next block stands behind a backslash that counts.
    escaped: u64,
    escapes: bool,
    broken: bool,
}

impl Pass {
    // Inlined, so that it is made for the processor that `find` is.
    #[inline(always)]
    fn block(&mut self, block: &[u8; BLOCK], base: u32, marks: &mut Marks) {
        let masks = Masks::of(block);
        let mut quotes = masks.quotes;
        if masks.backslashes != 0 || self.escaped != 0 {
            self.escapes = true;
            quotes &= !self.escaped(masks.backslashes);
        }
        let inside = up_to(quotes) ^ self.inside;
        self.inside = if inside >> 63 == 1 { u64::MAX } else { 0 };
        self.broken |= masks.controls & inside != 0;
        marks.add(masks.signs & !inside | quotes, base);
    }

    /// The bytes behind a backslash that is not itself behind one.
    fn escaped(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslashes = backslashes & !self.escaped;
        let follows = backslashes << 1 | self.escaped;
        let odd_starts = backslashes & !EVEN & !follows;
        let (even_runs, over) = odd_starts.overflowing_add(backslashes);
        self.escaped = u64::from(over);
        (EVEN ^ even_runs << 1) & follows
    }
}

/// Each bit is set when an odd number of bits up to it is.
#[inline(always)]
const fn up_to(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

/// A bit for each byte of a block.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Masks {
    quotes: u64,
    backslashes: u64,
    /// Below a blank.
    controls: u64,
    /// `{`, `}`, `[`, `]` and `,`.
    signs: u64,
}

impl Masks {
    #[inline(always)]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut all = Self::default();
        let mut rare = u8x16::ZERO;
        let (parts, _) = block.as_chunks::<16>();
        for (number, part) in parts.iter().enumerate() {
            let bytes = u8x16::new(*part);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            // `[` and `{`, `]` and `}` differ in this bit alone.
            let folded = bytes | u8x16::splat(0x20);
            let brackets = folded.simd_eq(u8x16::splat(b'{')) | folded.simd_eq(u8x16::splat(b'}'));
            rare = rare | is(b'\\') | is_control(bytes);
            let shift = number * 16;
            all.quotes |= mask(is(b'"')) << shift;
            all.signs |= mask(brackets | is(b',')) << shift;
        }
        // Most blocks have neither, and one question for both is enough.
        if rare.to_bitmask() != 0 {
            for (number, part) in parts.iter().enumerate() {
                let bytes = u8x16::new(*part);
                let shift = number * 16;
                all.backslashes |= mask(bytes.simd_eq(u8x16::splat(b'\\'))) << shift;
                all.controls |= mask(is_control(bytes)) << shift;
            }
        }
        all
    }
}

/// Which bytes are below a blank.
#[inline(always)]
fn is_control(bytes: u8x16) -> u8x16 {
    bytes.min(u8x16::splat(0x1f)).simd_eq(bytes)
}

#[inline(always)]
fn mask(bytes: u8x16) -> u64 {
    u64::from(bytes.to_bitmask())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::strategy::Strategy as _;

    /// The same, one byte after the other. A backslash outside of strings, which no JSON has, hides quotes alone.
    fn plainly(text: &[u8]) -> Option<Vec<u32>> {
        let (mut marks, mut inside, mut escaped) = (Vec::new(), false, false);
        for (at, byte) in text.iter().enumerate() {
            let at = u32::try_from(at).unwrap();
            let hidden = escaped;
            escaped = *byte == b'\\' && !hidden;
            match byte {
                b'"' if !hidden => {
                    inside = !inside;
                    marks.push(at);
                }
                0..0x20 if inside => return None,
                b'{' | b'}' | b'[' | b']' | b',' if !inside => marks.push(at),
                _ => {}
            }
        }
        (!inside).then_some(marks)
    }

    proptest::proptest! {
        #[test]
        fn as_one_byte_after_the_other_finds_them(
            pieces in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::sample::select(vec![
                        "\"", "\\", "\\\\", "\\\"", "{", "}", "[", "]", ":", ",", "\n", "a", " ", "é", "\u{1}", ";", "|", "\u{7f}",
                    ]).prop_map(str::to_owned),
                    "[a-z ]{0,70}",
                ],
                0..60,
            )
        ) {
            let text = pieces.concat();
            let mut marks = Marks { room: vec![7], count: 1 };
            let found = find(text.as_bytes(), &mut marks).map(|_| marks.all().to_vec());
            proptest::prop_assert_eq!(found, plainly(text.as_bytes()));
        }
    }
}
