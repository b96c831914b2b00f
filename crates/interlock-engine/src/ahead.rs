//! By how much the clocks of log sources are known to be ahead of ours.
//!
//! A record cannot be older than it says and be read before: what is dated after the moment when it is
//! read was dated by a clock that is ahead by so much at least. Kept in memory for each source; a house
//! that starts anew learns it from the next records.

use interlock_model::Timestamp;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// For how long what a source once showed counts: a clock may be set right.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// What is dated further ahead is no clock that is off, and says nothing of other records: one line with a
/// year of the next century must not hold up all evidence.
const MOST: SignedDuration = SignedDuration::from_hours(1);
/// Providers stamp by the second, and clocks that are kept right differ by less.
const EXACT: SignedDuration = SignedDuration::from_secs(2);

/// What was seen of each source: by how much a record was ahead, and when that was.
#[derive(Debug, Default)]
pub(crate) struct Ahead(BTreeMap<&'static str, (SignedDuration, Timestamp)>);

impl Ahead {
    /// By how much the clock of this source is ahead at least, as known with this record of it.
    pub(crate) fn of(
        &mut self,
        source: &'static str,
        dated: Timestamp,
        now: Timestamp,
    ) -> SignedDuration {
        let is = dated.duration_since(now);
        if is > MOST {
            return is;
        }
        let was = self.0.get(source).filter(|it| now.duration_since(it.1) <= KEPT);
        let was = was.map_or(SignedDuration::ZERO, |it| it.0);
        if is > EXACT && is >= was {
            self.0.insert(source, (is, now));
            return is;
        }
        was
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn the_furthest_of_the_last_hour_counts_for_its_source_alone() {
        let mut ahead = Ahead::default();
        let mut seen = |source, dated, now| ahead.of(source, at(dated), at(now)).as_secs();
        assert_eq!(seen("a", 100, 130), 0, "late, as records are");
        assert_eq!(seen("a", 101, 100), 0, "a second is no clock that is off");
        assert_eq!(seen("a", 400, 100), 300);
        assert_eq!(seen("a", 405, 130), 300, "this one came late, and its clock is the same");
        assert_eq!(seen("b", 150, 150), 0);
        assert_eq!(seen("a", 10_000, 150), 9_850, "no clock: counts against itself");
        assert_eq!(seen("a", 150, 150), 300, "and not against others");
        assert_eq!(seen("a", 3_701, 3_701), 0, "an hour later it may have been set right");
    }
}
