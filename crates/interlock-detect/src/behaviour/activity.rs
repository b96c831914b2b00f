//! How long and how often one identity was seen, and when that is enough to know it.

use crate::snapshot::{Reader, RestoreError, Writer};

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

    /// Writes it: most of them are short and cold, and take a dozen bytes.
    pub fn write(&self, to: &mut Writer) {
        to.number(u64::from(self.events));
        to.number(u64::from(self.first));
        to.number(u64::from(self.last.wrapping_sub(self.first)));
        to.number(u64::from(self.hours));
        let warm_since = self.warm.then(|| u64::from(self.warm_since) + 1);
        to.number(warm_since.unwrap_or(0));
    }

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, RestoreError> {
        let (events, first, length) = (from.narrow()?, from.narrow()?, from.narrow()?);
        let hours = from.narrow()?;
        let warm_since = from.number()?.checked_sub(1);
        let narrow = |it: u64| u32::try_from(it).map_err(|_| from.damaged());
        Ok(Self {
            events,
            first,
            last: u32::checked_add(first, length).ok_or_else(|| from.damaged())?,
            hours,
            warm: warm_since.is_some(),
            warm_since: warm_since.map_or(Ok(0), narrow)?,
        })
    }
}
