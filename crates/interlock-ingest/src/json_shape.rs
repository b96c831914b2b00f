//! How deep a JSON text is nested, found out before anything recurses into it.

use interlock_model::Limits;

/// Refuses text that a reader must not be led into.
pub fn check(text: &str, limits: Limits) -> Result<(), String> {
    if text.len() > limits.record_bytes {
        return Err(format!("longer than {} bytes", limits.record_bytes));
    }
    // Counting brackets, strings included, is many times faster than following the nesting, and enough for most.
    if brackets(text.as_bytes()) > limits.depth && nesting(text) > limits.depth {
        return Err(format!("nested deeper than {} levels", limits.depth));
    }
    Ok(())
}

/// How many opening brackets there are; in pieces that a byte can count, which compiles to vector instructions.
fn brackets(bytes: &[u8]) -> usize {
    // Wrapping: a check for overflow would be a branch for each byte, and 255 of them fit.
    let count = |piece: &[u8]| {
        piece.iter().fold(0_u8, |count, it| count.wrapping_add(u8::from(*it | 0x20 == b'{')))
    };
    bytes.chunks(255).map(|piece| usize::from(count(piece))).sum()
}

fn nesting(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_no_nesting() {
        assert_eq!(brackets("{[}] {;\u{5b}".repeat(200).as_bytes()), 800);
        assert_eq!(nesting(r#"{"a":["{[{[\"{"],"b":{"c":1}}"#), 2);
        let limits = Limits { depth: 3, ..Limits::STANDARD };
        assert_eq!(check(r#"{"a":"[[[[[[[[["}"#, limits), Ok(()));
        assert_eq!(check("[[[[", limits), Err("nested deeper than 3 levels".to_owned()));
        assert_eq!(check("[[]],[[]],[[]]", limits), Ok(()));
    }
}
