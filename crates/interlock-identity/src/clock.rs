//! The time that the events themselves tell, robust against one that lies.

use crate::bytes::{Reader, Writer};
use interlock_model::Timestamp;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Event time: the latest time that the events agree on, and the hours that were watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) now: Option<Timestamp>,
    /// A time more than a day ahead, told by one event only.
    ahead: Option<Timestamp>,
    /// The hours with events, since 1970; at most 72.
    hours: BTreeSet<i64>,
    hour: i64,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Clock {
    /// Takes note of an event's time.
    ///
    /// An event more than a day ahead moves the clock only when a second one agrees with it to a
    /// day: a single record from the future must not end every session.
    pub(crate) fn see(&mut self, time: Timestamp) {
        let hour = time.as_second().div_euclid(3600);
        if hour != self.hour {
            self.hour = hour;
            self.hours.insert(hour);
            while self.hours.len() > 72 {
                self.hours.pop_first();
            }
        }
        let Some(now) = self.now else {
            self.now = Some(time);
            return;
        };
        if time <= now {
            return;
        }
        if time.duration_since(now) <= DAY {
            self.now = Some(time);
            return;
        }
        match self.ahead {
            Some(ahead) if time.duration_since(ahead).abs() <= DAY => {
                self.now = Some(time.max(ahead));
                self.ahead = None;
            }
            _ => self.ahead = Some(time),
        }
    }

    /// Writes it.
    pub(crate) fn write(&self, to: &mut Writer) {
        to.option(self.now, Writer::time);
        to.option(self.ahead, Writer::time);
        to.number(self.hours.len() as u64);
        for hour in self.hours.iter().chain([&self.hour]) {
            to.number(hour.cast_unsigned());
        }
    }

    /// Reads it.
    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (now, ahead) = (from.option(Reader::time)?, from.option(Reader::time)?);
        let hours = from.list(|it| it.number().map(u64::cast_signed))?;
        let hour = from.number()?.cast_signed();
        Some(Self { now, ahead, hours: hours.into_iter().collect(), hour })
    }

    /// In how many of the 24 hours before `now` there were events.
    pub(crate) fn hours_watched(&self, now: Timestamp) -> usize {
        let last = now.as_second().div_euclid(3600);
        self.hours.range(last - 23..=last).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_from_the_future_does_not_move_the_clock() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut clock = Clock::default();
        clock.see(at("2026-03-01T10:00:00Z"));
        clock.see(at("2099-01-01T00:00:00Z"));
        assert_eq!(clock.now, Some(at("2026-03-01T10:00:00Z")));
        clock.see(at("2026-03-01T11:00:00Z"));
        assert_eq!(clock.now, Some(at("2026-03-01T11:00:00Z")));
        clock.see(at("2026-06-01T00:00:00Z"));
        clock.see(at("2026-06-01T01:00:00Z"));
        assert_eq!(clock.now, Some(at("2026-06-01T01:00:00Z")));
        assert_eq!(clock.hours_watched(at("2026-03-01T11:30:00Z")), 2);
    }
}
