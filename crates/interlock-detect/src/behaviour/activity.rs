//! How long and how often one identity was seen, and when that is enough to know it.

use super::entry::{RowReader, RowWriter};
use crate::snapshot::RestoreError;

/// Seconds.
pub(super) const HOUR: u32 = 3600;

/// How much must have been seen of an identity before anything about it counts as unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    /// Events.
    pub events: u32,
    /// Hours in which at least one event happened.
    pub hours: u16,
    /// Hours between the first and the last event.
    pub span_hours: u32,
}

impl WarmUp {
    /// A day of life, five busy hours, twenty events.
    pub const STANDARD: Self = Self { events: 20, hours: 5, span_hours: 24 };
}

/// How long and how often one identity was seen. 20 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    events: u32,
    first: u32,
    last: u32,
    warm_since: u32,
    hours: u16,
    warm: bool,
}

impl Activity {
    /// Counts one event and says whether the identity was warm before it.
    pub fn count(&mut self, second: u32, warm_up: WarmUp) -> bool {
        if self.events == 0 {
            self.first = second;
        }
        if self.events == 0 || second / HOUR > self.last / HOUR {
            self.hours = self.hours.saturating_add(1);
        }
        self.events = self.events.saturating_add(1);
        self.first = self.first.min(second);
        self.last = self.last.max(second);
        let was_warm = self.warm;
        if !self.warm
            && self.events >= warm_up.events
            && self.hours >= warm_up.hours
            && self.last - self.first >= warm_up.span_hours.saturating_mul(HOUR)
        {
            self.warm = true;
            self.warm_since = self.last;
        }
        was_warm
    }

    /// When it was last seen, in seconds since 1970.
    #[must_use]
    pub const fn last(&self) -> u32 {
        self.last
    }

    /// How many hours had events.
    #[must_use]
    pub const fn hours(&self) -> u16 {
        self.hours
    }

    /// For how many days the identity has been warm when it was last seen.
    #[must_use]
    pub fn days_warm(&self) -> f64 {
        f64::from(self.last.saturating_sub(self.warm_since) / HOUR) / 24.0
    }

    /// Whether enough was seen.
    #[must_use]
    pub const fn is_warm(&self) -> bool {
        self.warm
    }

    /// Writes it: most of them are short and cold, and take six bytes.
    pub fn write(&self, to: &mut RowWriter) {
        to.number(self.events);
        to.second(self.first);
        to.second(self.last);
        to.number(u32::from(self.hours) << 1 | u32::from(self.warm));
        if self.warm {
            to.second(self.warm_since);
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    pub fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let (events, first, last) = (from.number()?, from.second()?, from.second()?);
        let hours_warm: u32 = from.number()?;
        let hours = u16::try_from(hours_warm >> 1).map_err(|_| from.damaged())?;
        let warm = hours_warm & 1 == 1;
        let warm_since = if warm { from.second()? } else { 0 };
        Ok(Self { events, first, last, warm_since, hours, warm })
    }
}
