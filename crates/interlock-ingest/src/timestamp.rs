//! The ways in which the providers write a moment.

use interlock_model::Timestamp;

/// Reads RFC 3339, or the form of CloudTrail's response elements (`Jan 2, 2026, 3:04:05 PM`, in UTC).
pub fn read(text: &str) -> Option<Timestamp> {
    if let Some(second) = plain_second(text.as_bytes()) {
        return Timestamp::from_second(second).ok();
    }
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

/// The second since 1970 of `2026-01-02T15:04:05Z`, the form of nearly every record; `None` for any other.
fn plain_second(text: &[u8]) -> Option<i64> {
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b'Z',
    ] = text
    else {
        return None;
    };
    let two = |tens: &u8, ones: &u8| {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(n0, n1)?, two(s0, s1)?);
    // What is beyond these is left to the reader that knows the calendar.
    let sound = year >= 1970
        && (1..=12).contains(&month)
        && (1..=28).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !sound {
        return None;
    }
    // Days since 1970, counted in years that begin in March, so that the leap day is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
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
    fn the_plain_form_agrees_with_the_calendar() {
        for day in 0..60_000 {
            let time = Timestamp::from_second(day * 86_400 + day * 7 % 86_400).unwrap();
            let text = time.to_string();
            assert_eq!(read(&text), Some(time), "{text}");
            let plain = plain_second(text.as_bytes());
            assert!(plain.is_none_or(|it| it == time.as_second()), "{text}");
        }
        assert_eq!(plain_second(b"1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(plain_second(b"2026-01-02T15:04:60Z"), None);
    }

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
