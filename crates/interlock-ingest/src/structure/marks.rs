//! Where the brackets, commas and quotes of a JSON text stand that are no part of a string.
//!
//! 64 bytes at a time become four masks of 64 bits; the method is that of Langdale and Lemire,
//! "Parsing Gigabytes of JSON per Second", 2019.

use wide::u8x16;

/// Bytes that are looked at together.
const BLOCK: usize = 64;
/// Marks that are written together.
const TOGETHER: usize = 4;

/// What one pass over a text found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether there is a backslash anywhere.
    pub(super) escapes: bool,
}

/// Fills `marks` with the positions of all of them, ascending; a string gives its two quotes.
///
/// `None` when a string does not end or holds a control character, or when the text is 4 GiB long.
pub(super) fn find(text: &[u8], marks: &mut Vec<u32>) -> Option<Found> {
    u32::try_from(text.len()).ok()?;
    marks.clear();
    let mut pass = Pass::default();
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        pass.block(block, u32::try_from(number * BLOCK).ok()?, marks);
    }
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
    fn block(&mut self, block: &[u8; BLOCK], base: u32, marks: &mut Vec<u32>) {
        let masks = Masks::of(block);
        let mut quotes = masks.quotes;
        if masks.backslashes != 0 || self.escaped != 0 {
            self.escapes = true;
            quotes &= !self.escaped(masks.backslashes);
        }
        let inside = up_to(quotes) ^ self.inside;
        self.inside = if inside >> 63 == 1 { u64::MAX } else { 0 };
        self.broken |= masks.controls & inside != 0;
        let mut found = masks.signs & !inside | quotes;
        let count = marks.len() + found.count_ones() as usize;
        // So many at a time, the last ones for nothing: a question for each would cost more.
        while found != 0 {
            let mut some = [0; TOGETHER];
            for mark in &mut some {
                *mark = base | found.trailing_zeros();
                found &= found.wrapping_sub(1);
            }
            marks.extend_from_slice(&some);
        }
        marks.truncate(count);
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
fn is_control(bytes: u8x16) -> u8x16 {
    bytes.min(u8x16::splat(0x1f)).simd_eq(bytes)
}

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
            let mut marks = vec![7];
            let found = find(text.as_bytes(), &mut marks).map(|_| marks);
            proptest::prop_assert_eq!(found, plainly(text.as_bytes()));
        }
    }
}
