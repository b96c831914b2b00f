//! PostgreSQL's moments: local to `log_timezone`, with its abbreviation behind.

use crate::timestamp;
use interlock_model::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Abbreviations that mean one offset, in minutes; those that mean several (`IST`) are not here.
const ZONES: [(&str, i32); 24] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("JST", 540),
    ("AEST", 600),
];

/// Reads `2026-01-05 09:00:00.101 UTC`, and RFC 3339 where somebody rewrote it.
pub fn read(text: &str) -> Option<Timestamp> {
    if let Some(time) = timestamp::read(text) {
        return Some(time);
    }
    let (civil, zone) = text.rsplit_once(' ')?;
    let civil: DateTime = civil.parse().ok()?;
    let minutes = ZONES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(zone))
        .map(|(_, minutes)| *minutes)
        .or_else(|| numeric(zone))?;
    let offset = Offset::from_seconds(minutes.checked_mul(60)?).ok()?;
    offset.to_timestamp(civil).ok()
}

/// `+03`, `-0330`, `+05:30`
fn numeric(zone: &str) -> Option<i32> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|it| *it != ':').collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=15).contains(&hours) && (0..60).contains(&minutes))
        .then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_heeded() {
        let expected = "2026-07-05T09:00:00.101Z".parse().ok();
        for text in [
            "2026-07-05 09:00:00.101 UTC",
            "2026-07-05 11:00:00.101 CEST",
            "2026-07-05 05:00:00.101 EDT",
            "2026-07-05 12:00:00.101 +03",
            "2026-07-05 14:30:00.101 +05:30",
            "2026-07-05 05:30:00.101 -0330",
            "2026-07-05T11:00:00.101+02:00",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in ["", "2026-07-05 09:00:00.101", "2026-07-05 09:00:00.101 IST", "x UTC"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
