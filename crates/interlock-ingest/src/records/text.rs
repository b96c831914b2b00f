//! Questions about runs of JSON bytes, asked many times per record.

/// How many bytes from the start stand inside a string: before a quote, a backslash or a control character.
pub fn plain_run(bytes: &[u8]) -> usize {
    let mut run = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        let hits = special(u64::from_le_bytes(*word));
        if hits != 0 {
            return run + (hits.trailing_zeros() / 8) as usize;
        }
        run += 8;
    }
    let tail = bytes.get(run..).unwrap_or_default();
    run + tail.iter().position(|it| matches!(it, b'"' | b'\\' | 0..=0x1f)).unwrap_or(tail.len())
}

/// The high bit of every byte that is a quote, a backslash or a control character;
/// bits above the lowest one may be wrong.
fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zero_bytes = |it: u64| it.wrapping_sub(ONES) & !it & HIGHS;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    control | zero_bytes(word ^ (ONES * 0x22)) | zero_bytes(word ^ (ONES * 0x5c))
}

/// Whether this is a JSON literal or number.
pub fn is_atom(text: &[u8]) -> bool {
    matches!(text, b"true" | b"false" | b"null") || is_number(text)
}

fn is_number(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = split_digits(text);
    if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => match split_digits(rest) {
            ([], _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    let exponent = match rest {
        [] => return true,
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => rest,
        _ => return false,
    };
    matches!(split_digits(exponent), ([_, ..], []))
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_at_the_first_special_byte() {
        for text in [
            "",
            "abc",
            "abcdefgh\"",
            "abcdefghij\\",
            "é ü ñ ŝ \u{7f} ÿ\n",
            "\u{1}",
            "0123456789012345",
        ] {
            let naive = text.bytes().position(|it| it == b'"' || it == b'\\' || it < 0x20);
            assert_eq!(plain_run(text.as_bytes()), naive.unwrap_or(text.len()), "{text:?}");
        }
    }

    #[test]
    fn atoms_are_those_of_json() {
        for text in ["0", "-0", "10", "1.5", "1e9", "-1.5E-07", "true", "false", "null"] {
            assert!(is_atom(text.as_bytes()), "{text}");
        }
        for text in
            ["", "-", "01", "1.", ".5", "1e", "1e+", "True", "nul", "+1", "1.5.1", "0x1", "NaN"]
        {
            assert!(!is_atom(text.as_bytes()), "{text}");
        }
    }
}
