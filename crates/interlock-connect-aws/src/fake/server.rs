//! What every fake of AWS is: a state, reads that lag behind its writes, and calls that misbehave.

use super::held::{Trouble, denied, silence, throttled};
use crate::client::admit;
use interlock_contain::CallError;
use interlock_model::Operation;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A service of AWS in memory, with what it holds.
#[derive(Debug, Default)]
pub struct Server<S> {
    inside: Mutex<Inside<S>>,
}

#[derive(Debug, Default)]
struct Inside<S> {
    state: S,
    /// What reads still see, and how many of them do.
    stale: Option<(S, usize)>,
    /// How many reads do not see a write yet.
    lag: usize,
    troubles: BTreeMap<&'static str, VecDeque<Trouble>>,
    writes: Vec<Operation>,
    issued: u32,
}

impl<S: Clone> Server<S> {
    /// One that holds this.
    #[must_use]
    pub fn new(state: S) -> Self {
        let (troubles, writes) = (BTreeMap::new(), Vec::new());
        let inside = Inside { state, stale: None, lag: 0, troubles, writes, issued: 0 };
        Self { inside: Mutex::new(inside) }
    }

    /// Makes the next call of an operation misbehave; several are taken in order.
    pub fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.lock().troubles.entry(operation.0).or_default().push_back(trouble);
    }

    /// Lets the next reads after each write see the state before it.
    pub fn lag(&self, reads: usize) {
        self.lock().lag = reads;
    }

    /// What it holds now.
    #[must_use]
    pub fn state(&self) -> S {
        self.lock().state.clone()
    }

    /// Changes it behind the connector's back.
    pub fn change(&self, change: impl FnOnce(&mut S)) {
        change(&mut self.lock().state);
    }

    /// The writes that were asked for, in order, whatever became of them.
    #[must_use]
    pub fn writes(&self) -> Vec<Operation> {
        self.lock().writes.clone()
    }

    /// What the next call of an operation does instead of what it should; it is used up.
    pub(crate) fn next_trouble(&self, operation: Operation) -> Option<Trouble> {
        self.lock().next_trouble(operation)
    }

    /// Whether the next call of an operation will be denied.
    pub(crate) fn will_deny(&self, operation: Operation) -> bool {
        let inside = self.lock();
        let next = inside.troubles.get(operation.0).and_then(VecDeque::front);
        next == Some(&Trouble::Denied)
    }

    /// Reads what reads may see at this moment.
    pub(crate) fn read<T>(
        &self,
        given: Operation,
        needed: Operation,
        look: impl FnOnce(&S) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        admit(given, needed)?;
        let mut inside = self.lock();
        match inside.next_trouble(needed) {
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                return Err(throttled(needed));
            }
            Some(Trouble::Denied) => return Err(denied(needed)),
            Some(Trouble::Lie) | None => {}
        }
        if let Some((state, reads)) = inside.stale.take()
            && reads > 0
        {
            let answer = look(&state);
            inside.stale = Some((state, reads - 1));
            return answer;
        }
        look(&inside.state)
    }

    /// Changes what it holds; `change` also gets how many ids were given out. With the answer comes the
    /// number of the write.
    pub(crate) fn write<T>(
        &self,
        given: Operation,
        needed: Operation,
        change: impl FnOnce(&mut S, &mut u32) -> Result<T, CallError>,
    ) -> Result<(T, usize), CallError> {
        admit(given, needed)?;
        let mut inside = self.lock();
        inside.writes.push(needed);
        let trouble = inside.next_trouble(needed);
        match trouble {
            Some(Trouble::Throttle) => return Err(throttled(needed)),
            Some(Trouble::Denied) => return Err(denied(needed)),
            Some(Trouble::SilenceBefore) => return Err(silence(needed)),
            Some(Trouble::SilenceAfter | Trouble::Lie) | None => {}
        }
        let before = inside.state.clone();
        let Inside { state, issued, .. } = &mut *inside;
        let answer = change(state, issued)?;
        if trouble == Some(Trouble::Lie) {
            inside.state = before;
        } else if inside.lag > 0 {
            inside.stale = Some((before, inside.lag));
        }
        if trouble == Some(Trouble::SilenceAfter) {
            return Err(silence(needed));
        }
        Ok((answer, inside.writes.len()))
    }

    /// The same where nothing is answered and nothing is given out.
    pub(crate) fn set(
        &self,
        given: Operation,
        needed: Operation,
        change: impl FnOnce(&mut S) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        self.write(given, needed, |it, _| change(it)).map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Inside<S>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Inside<S> {
    fn next_trouble(&mut self, operation: Operation) -> Option<Trouble> {
        self.troubles.get_mut(operation.0)?.pop_front()
    }
}
