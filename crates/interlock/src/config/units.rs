//! Lengths of time as people write them: a whole number and its unit.

use std::time::Duration;

/// The longest that is taken: a year.
const LONGEST: u64 = 365 * 24 * 3_600;

/// `30s`, `15m`, `72h` or `7d`; at most `365d`. `None` when it is something else.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_lowercase());
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let factor = match text.get(digits.len()..)? {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 24 * 3_600,
        _ => return None,
    };
    let seconds = digits.parse::<u64>().ok()?.checked_mul(factor)?;
    (seconds <= LONGEST).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, seconds) in [
            ("0s", Some(0)),
            ("30s", Some(30)),
            ("15m", Some(900)),
            ("72h", Some(259_200)),
            ("365d", Some(31_536_000)),
            ("366d", None),
            ("h", None),
            ("", None),
            ("1.5h", None),
            ("-1h", None),
            ("1 h", None),
            ("1w", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(duration(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
