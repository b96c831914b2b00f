//! The moments that shippers write.

use super::paths::{Around, Shaped};
use crate::timestamp;
use interlock_model::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// When the record says that it happened.
pub(super) fn read(it: &Shaped<'_>) -> Option<Timestamp> {
    let read = it.around(Around::Time).find_map(from_text);
    read.or_else(|| it.around_number(Around::Time).and_then(timestamp::from_number))
}

/// RFC 3339; the same with a blank before or without a colon inside the offset; without one it is UTC.
pub(super) fn from_text(text: &str) -> Option<Timestamp> {
    if let Some(time) = timestamp::read(text) {
        return Some(time);
    }
    if let Some((civil, offset)) = text.rsplit_once(' ')
        && offset.starts_with(['+', '-'])
    {
        return format!("{civil}{offset}").parse().ok();
    }
    let plain =
        text.chars().all(|it| it.is_ascii_digit() || matches!(it, '-' | ':' | '.' | ' ' | 'T'));
    let civil: DateTime = if plain { text.parse().ok()? } else { return None };
    civil.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_moment() {
        let expected = "2026-01-05T09:00:00.5Z".parse().ok();
        for text in [
            "2026-01-05T09:00:00.5Z",
            "2026-01-05T10:00:00.500000+0100",
            "2026-01-05 09:00:00.5",
            "2026-01-05 09:00:00.5 +0000",
            "2026-01-05 09:00:00.500000000Z",
        ] {
            assert_eq!(from_text(text), expected, "{text}");
        }
        for text in ["", "x", "2026-01-05", "09:00:00", "1767603600"] {
            let read = from_text(text);
            assert!(read.is_none() || text.len() == 10, "{text}: {read:?}");
        }
    }
}
