//! What the memory refuses now, since when and why: told by its own writes, and tried again when asked.
//!
//! Only shown, to whoever sends work here and to whoever looks after the house; nothing is decided by it.

use crate::clock;
use interlock_model::Timestamp;
use interlock_store::{Store, StoreError, Witness, Writing};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a write speaks for the next one: after that the memory is tried when somebody asks.
const FRESH: Duration = Duration::from_secs(60);
/// How often the memory is tried, at most, while it refuses something.
const AGAIN: Duration = Duration::from_secs(2);
/// What is tried when nothing was refused, in bytes.
const LITTLE: u64 = 64 << 10;
/// What must fit before something that was refused counts as taken again, in bytes: at least this, or
/// twice what was refused.
const ROOM: u64 = 1 << 20;
/// The most that is tried, in bytes.
const MOST: u64 = 64 << 20;

/// What the memory refuses. Shared by the store's handles, who tell, and the doors, who ask.
#[derive(Debug)]
pub struct Refusals(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    now: BTreeMap<Writing, Refusal>,
    /// When a write was last durable.
    kept: Instant,
    /// When the memory was last tried.
    tried: Option<Instant>,
}

/// One thing that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Since when.
    pub since: Timestamp,
    /// Why, in words that name no file.
    pub why: &'static str,
    /// About how much did not fit, in bytes.
    bytes: u64,
}

impl Default for Refusals {
    fn default() -> Self {
        // Whoever opens a store has just written it.
        Self(Mutex::new(Inner { now: BTreeMap::new(), kept: clock::stopwatch(), tried: None }))
    }
}

impl Witness for Refusals {
    fn kept(&self, writing: Writing) {
        let mut inner = self.inner();
        inner.kept = clock::stopwatch();
        if inner.now.remove(&writing).is_some() {
            tracing::info!(what = writing.as_str(), "the store takes this again");
        }
    }

    fn refused(&self, writing: Writing, bytes: u64, why: &StoreError) {
        self.inner().refuse(writing, bytes, why.hindrance());
    }
}

impl Inner {
    fn refuse(&mut self, writing: Writing, bytes: u64, why: &'static str) {
        let new = Refusal { since: clock::now(), why, bytes };
        let it = self.now.entry(writing).or_insert_with(|| {
            tracing::error!(what = writing.as_str(), why, "the store refuses this; not ready");
            new
        });
        it.why = why;
        it.bytes = it.bytes.max(bytes);
    }

    /// How many bytes to try now; `None` when what is known still counts.
    fn trial(&mut self) -> Option<u64> {
        let least = if self.now.is_empty() { FRESH } else { AGAIN };
        let kept = self.now.is_empty() && self.kept.elapsed() < FRESH;
        if kept || self.tried.is_some_and(|it| it.elapsed() < least) {
            return None;
        }
        self.tried = Some(clock::stopwatch());
        let refused = self.now.values().map(|it| it.bytes).max();
        Some(refused.map_or(LITTLE, |it| it.saturating_mul(2).clamp(ROOM, MOST)))
    }
}

impl Refusals {
    /// What is refused now. Tries the store when something was refused, or when nothing was written
    /// for a while.
    pub async fn now(&self, store: &Store) -> Vec<(Writing, Refusal)> {
        let trial = self.inner().trial();
        if let Some(bytes) = trial {
            let tried = store.room(bytes).await;
            let mut inner = self.inner();
            match tried {
                Ok(()) if inner.now.is_empty() => {}
                Ok(()) => {
                    inner.now.clear();
                    tracing::info!("the store takes everything again");
                }
                Err(error) => {
                    let why = error.hindrance();
                    if inner.now.is_empty() {
                        inner.refuse(Writing::Records, 0, why);
                        inner.refuse(Writing::Turns, 0, why);
                    }
                    inner.now.values_mut().for_each(|it| it.why = why);
                }
            }
        }
        self.inner().now.iter().map(|(writing, it)| (*writing, *it)).collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same store, and what becomes of its writes.
#[must_use]
pub fn watched(store: Store) -> (Store, Arc<Refusals>) {
    let refusals = Arc::new(Refusals::default());
    (store.witnessed_by(Arc::clone(&refusals) as Arc<dyn Witness>), refusals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_refused_is_taken_again_once_there_is_room_for_it() {
        let (store, refusals) = watched(Store::in_memory().await.unwrap());
        assert_eq!(refusals.now(&store).await, []);
        let nothing = Store::read("/nowhere/at/all".as_ref()).await.unwrap_err();
        refusals.refused(Writing::Records, 3 << 20, &nothing);
        refusals.kept(Writing::Turns);
        assert_eq!(refusals.inner().trial(), Some(6 << 20), "twice what did not fit");
        assert_eq!(refusals.inner().trial(), None, "not tried with each question");
        let found = refusals.now(&store).await;
        assert!(
            matches!(found.as_slice(), [(Writing::Records, it)] if it.why == "the store does not answer"),
            "{found:?}"
        );
        refusals.inner().tried = None;
        assert_eq!(refusals.now(&store).await, []);
    }

    #[tokio::test]
    async fn a_store_that_was_quiet_is_tried_before_it_is_called_ready() {
        let (store, refusals) = watched(Store::in_memory().await.unwrap());
        store.close().await.unwrap();
        assert_eq!(refusals.now(&store).await, [], "it was written a moment ago");
        let long_ago = clock::stopwatch().checked_sub(FRESH).unwrap();
        refusals.inner().kept = long_ago;
        let found: Vec<Writing> = refusals.now(&store).await.iter().map(|it| it.0).collect();
        assert_eq!(found, [Writing::Records, Writing::Turns]);
    }
}
