//! One connector and the queue in front of it.

use super::queue::{Arrival, Next, Queue, Work};
use crate::clock;
use interlock_contain::Connector;
use interlock_engine::Urgency;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// One connector and the calls that wait for it.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) connector: Arc<dyn Connector>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    queue: Queue<oneshot::Sender<Place>>,
    /// Whether somebody looks again when the queue said.
    timed: bool,
}

/// Leave to make one call; whoever drops it makes room for the next.
#[derive(Debug)]
pub(super) struct Place {
    hand: Arc<Hand>,
    arrival: Arrival,
    made: Option<u32>,
}

/// Somebody who waits for a place; whoever drops it waits no longer.
#[derive(Debug)]
struct Waiting<'a> {
    hand: &'a Hand,
    arrival: Arrival,
}

impl Hand {
    pub(super) fn new(connector: Arc<dyn Connector>, pace: NonZeroU32) -> Self {
        Self { connector, state: Mutex::new(State { queue: Queue::new(pace), timed: false }) }
    }

    /// Waits for a place for a call that makes about so many operations; `None` only at the end of the process.
    pub(super) async fn place(
        self: &Arc<Self>,
        work: Work,
        urgency: Urgency,
        cost: u32,
    ) -> Option<Place> {
        let (sender, place) = oneshot::channel();
        let arrival = self.lock().queue.push(work, urgency, cost, sender);
        let _waiting = Waiting { hand: self, arrival };
        self.go_on();
        place.await.ok()
    }

    /// The provider asked not to be asked for so long.
    pub(super) fn rest(self: &Arc<Self>, after: Duration) {
        self.lock().queue.rest(clock::timer() + after);
        self.go_on();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the queue is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins what may begin.
    fn go_on(self: &Arc<Self>) {
        loop {
            let mut state = self.lock();
            let next = state.queue.next(clock::timer());
            let gauge = metrics::gauge!("interlock_provider_calls_waiting", "connector" => self.connector.id().to_string());
            gauge.set(u32::try_from(state.queue.waiting()).unwrap_or(u32::MAX));
            match next {
                Next::Begin(arrival, sender) => {
                    drop(state);
                    // When nobody waits any more, the place comes back by itself.
                    drop(sender.send(Place { hand: Arc::clone(self), arrival, made: None }));
                }
                Next::At(until) if !state.timed => {
                    state.timed = true;
                    drop(state);
                    let hand = Arc::clone(self);
                    tokio::spawn(async move {
                        tokio::time::sleep_until(until).await;
                        hand.lock().timed = false;
                        hand.go_on();
                    });
                    return;
                }
                Next::At(_) | Next::Nothing => return,
            }
        }
    }
}

impl Place {
    /// Says how many operations the call made.
    pub(super) const fn made(&mut self, operations: u32) {
        self.made = Some(operations);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hand.lock().queue.end(self.arrival, self.made, clock::timer());
        self.hand.go_on();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.hand.lock().queue.withdraw(self.arrival);
    }
}
