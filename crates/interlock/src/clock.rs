//! The one place that asks the system for the time.

use interlock_model::Timestamp;
use std::time::Instant;

/// The time now, by the system's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A moment that timers wait for; it stands still with them in tests.
#[must_use]
pub fn timer() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// A stopwatch, for reporting how long something took.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub fn stopwatch() -> Instant {
    Instant::now()
}
