//! How long what was accepted waits until what follows from it is committed.
//!
//! The clock of a lot of records begins when they are durable in the inbox, which is when their
//! sender can be told so, and ends when the turn that took the last of them is committed.

use crate::clock;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most lots that are waited for; beyond, newer ones are not measured until there is room.
const MOST: usize = 65_536;

/// The lots that wait.
#[derive(Debug, Default)]
pub struct Lag(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    committed: u64,
    /// The last position of each lot, and when it was durable.
    lots: VecDeque<(u64, Instant)>,
}

impl Lag {
    /// A lot that ends at this inbox position is durable.
    pub fn accepted(&self, position: u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if position <= waiting.committed {
            // The turn was faster than the news of the lot.
            told(Duration::ZERO);
        } else if waiting.lots.len() < MOST {
            waiting.lots.push_back((position, clock::stopwatch()));
        }
    }

    /// What follows from all records up to this position is committed.
    pub fn committed(&self, position: u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.committed = waiting.committed.max(position);
        // Lots of different senders are durable in one order and noted in nearly the same.
        waiting.lots.retain(|(last, since)| {
            let done = *last <= position;
            if done {
                told(since.elapsed());
            }
            !done
        });
    }

    #[cfg(test)]
    fn waiting(&self) -> Vec<u64> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.lots.iter().map(|it| it.0).collect()
    }
}

fn told(lag: Duration) {
    metrics::histogram!("interlock_turn_lag_seconds").record(lag.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_waits_until_its_last_record_is_committed() {
        let lag = Lag::default();
        lag.accepted(500);
        lag.accepted(900);
        lag.accepted(700);
        lag.committed(499);
        assert_eq!(lag.waiting(), [500, 900, 700]);
        lag.committed(700);
        assert_eq!(lag.waiting(), [900]);
        lag.accepted(650);
        assert_eq!(lag.waiting(), [900], "its turn was there before the news of it");
        lag.committed(1_000);
        assert!(lag.waiting().is_empty());
    }
}
