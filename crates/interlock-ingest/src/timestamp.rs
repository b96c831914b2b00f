//! The ways in which the providers write a moment.

use interlock_model::Timestamp;

/// Reads RFC 3339, or the form of CloudTrail's response elements (`Jan 2, 2026, 3:04:05 PM`, in UTC).
pub fn read(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let plain: String = text
        .chars()
        .filter(|it| *it != ',')
        .map(|it| if it.is_whitespace() { ' ' } else { it })
        .take(40)
        .collect();
    jiff::civil::DateTime::strptime("%b %d %Y %I:%M:%S %p", &plain)
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|it| it.timestamp())
}

/// Reads seconds or milliseconds since 1970; what counts more than 100,000,000,000 is milliseconds.
pub fn from_number(number: f64) -> Option<Timestamp> {
    if !number.is_finite() {
        return None;
    }
    let milliseconds = if number.abs() > 1e11 { number } else { number * 1000.0 };
    // In range of what a timestamp can hold, so the cast is exact enough.
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_moment() {
        let expected = "2026-01-02T15:04:05Z".parse().ok();
        for text in [
            "2026-01-02T15:04:05Z",
            "2026-01-02T15:04:05.000000000Z",
            "2026-01-02T17:04:05+02:00",
            "Jan 2, 2026, 3:04:05 PM",
            "Jan 2, 2026 3:04:05\u{202f}PM",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(from_number(1_767_366_245.0), expected);
        assert_eq!(from_number(1_767_366_245_000.0), expected);
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "Jan 40, 2026 3:04:05 PM"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(from_number(f64::NAN), None);
        assert_eq!(from_number(1e300), None);
    }
}
