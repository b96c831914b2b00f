//! How far a provider's clock is from ours, by the `Date` of its answers.
//!
//! What is signed says when, and providers refuse what is minutes off; what a provider dates is judged by
//! its clock and not by ours.

use interlock_model::Timestamp;
use jiff::SignedDuration;
use std::sync::atomic::{AtomicI64, Ordering};

/// From which difference on the own clock is not believed, in seconds: less may be the way of an answer.
const NOTICED: i64 = 30;
/// How far clocks may be apart without anything being taken for contained that is not, in seconds.
pub const APART: i64 = 300;
/// Up to which difference anything is signed for the provider's time, in seconds. What is signed for a day
/// to come could be used then by whoever kept it.
const CORRECTED: i64 = 3_600;

/// What the answers of one provider said about its clock.
#[derive(Debug, Default)]
pub struct Clocks {
    /// How far the provider's clock is ahead of ours, in seconds.
    ahead: AtomicI64,
}

impl Clocks {
    /// Takes in the `Date` of an answer to what was asked at this time of our clock.
    ///
    /// Source: RFC 9110, section 6.6.1.
    pub fn learn(&self, date: Option<&str>, asked: Timestamp) {
        if let Some(theirs) = date.and_then(moment) {
            let ahead = theirs.as_second().saturating_sub(asked.as_second());
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }

    /// Whether the time to sign for is another than what was signed for: then what was refused for its
    /// time may be taken.
    #[must_use]
    pub fn other_than(&self, signed: Timestamp, now: Timestamp) -> bool {
        self.theirs(now).duration_since(signed).as_secs().abs() >= NOTICED
    }

    /// The time to sign for.
    #[must_use]
    pub fn theirs(&self, now: Timestamp) -> Timestamp {
        later(now, correction(self.ahead.load(Ordering::Relaxed)))
    }

    /// The provider's time, rather a second late than early: what it dates after this came after it.
    #[must_use]
    pub fn no_earlier(&self, now: Timestamp) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        // As exact as a `Date` is.
        let same = (-NOTICED..=1).contains(&ahead);
        if same || ahead.saturating_abs() > CORRECTED {
            return now;
        }
        // It is cut to whole seconds.
        later(now, ahead.saturating_add(1))
    }

    /// For messages: by how much our clock differs; `None` when it does not.
    #[must_use]
    pub fn difference(&self) -> Option<String> {
        let ahead = self.ahead.load(Ordering::Relaxed);
        if ahead.abs() < NOTICED {
            return None;
        }
        let side = if ahead > 0 { "behind" } else { "ahead of" };
        Some(format!("our clock is {} s {side} the provider's", ahead.abs()))
    }
}

/// What our clock is corrected by before something is signed, in seconds.
const fn correction(ahead: i64) -> i64 {
    let by = ahead.saturating_abs();
    if by < NOTICED || by > CORRECTED { 0 } else { ahead }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

/// Whether this moment is past for a provider whose clock may be this far behind ours: [`APART`].
#[must_use]
pub fn surely_past(moment: Timestamp, now: Timestamp) -> bool {
    later(moment, APART) <= now
}

/// The moment that a header `Date` names.
#[must_use]
pub fn moment(date: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_366_400 + second).unwrap()
    }

    #[test]
    fn a_clock_that_differs_is_told_from_the_way_of_an_answer() {
        const NOON: &str = "Sun, 01 Mar 2026 12:00:00 GMT";
        for (ours, signed, no_earlier, said) in [
            (0, 0, 0, None),
            // The answer took its time.
            (-2, -2, 1, None),
            (5, 5, 5, None),
            (-29, -29, 1, None),
            (-300, 0, 1, Some("our clock is 300 s behind the provider's")),
            (300, 0, 1, Some("our clock is 300 s ahead of the provider's")),
            (86_400, 86_400, 86_400, Some("our clock is 86400 s ahead of the provider's")),
            (-86_400, -86_400, -86_400, Some("our clock is 86400 s behind the provider's")),
        ] {
            let clocks = Clocks::default();
            clocks.learn(Some(NOON), at(ours));
            assert_eq!(clocks.theirs(at(ours)), at(signed), "{ours}");
            assert_eq!(clocks.other_than(at(ours), at(ours)), signed != ours, "{ours}");
            assert!(!clocks.other_than(at(signed), at(ours)), "nothing new: {ours}");
            assert_eq!(clocks.no_earlier(at(ours)), at(no_earlier), "{ours}");
            assert_eq!(clocks.difference().as_deref(), said, "{ours}");
        }
        for (past, is) in [(-301, true), (-300, true), (-299, false), (0, false), (1, false)] {
            assert_eq!(surely_past(at(past), at(0)), is, "{past}");
        }
        let clocks = Clocks::default();
        for date in [None, Some(""), Some("yesterday"), Some("Sun, 99 Mar 2026 12:00:00 GMT")] {
            clocks.learn(date, at(0));
        }
        assert_eq!(clocks.difference(), None);
    }
}
