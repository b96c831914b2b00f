//! Open findings that last equally long: found in one step, and gone through by the hour they end in.

use super::Open;
use crate::behaviour::{ByKey, Key};
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};

/// Where a finding stands: by the last hour of its window, then by what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) window: u32,
    pub(super) key: Key,
}

/// The key is mixed well, and few windows are open at one time.
impl Hash for At {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// The findings, and their order. Most hits are of findings that are open, and need no order.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    open: HashMap<At, Box<Open>, ByKey>,
    order: BTreeSet<At>,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn contains(&self, at: At) -> bool {
        self.open.contains_key(&at)
    }

    pub(super) fn get_mut(&mut self, at: At) -> Option<&mut Open> {
        self.open.get_mut(&at).map(|it| &mut **it)
    }

    /// Puts a finding in a place that is free.
    pub(super) fn insert(&mut self, at: At, open: Open) -> &mut Open {
        self.order.insert(at);
        self.open.entry(at).or_insert_with(|| Box::new(open))
    }

    /// Takes the first one away.
    pub(super) fn pop_first(&mut self) -> Option<Box<Open>> {
        let at = self.order.pop_first()?;
        self.open.remove(&at)
    }

    /// Takes those away whose window ended before this hour, in their order.
    pub(super) fn close_before(&mut self, window: u32) -> Vec<Open> {
        let kept = self.order.split_off(&At { window, key: Key(0) });
        let closed = std::mem::replace(&mut self.order, kept);
        let closed = closed.into_iter().filter_map(|at| self.open.remove(&at));
        let closed = closed.map(|it| *it).collect();
        if self.open.len() < self.open.capacity() / 4 {
            self.open.shrink_to_fit();
        }
        closed
    }

    /// All, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (At, &Open)> {
        self.order.iter().filter_map(|at| Some((*at, &**self.open.get(at)?)))
    }

    /// Shows each, in their order.
    pub(super) fn each(&mut self, mut visit: impl FnMut(&mut Open)) {
        for at in &self.order {
            if let Some(open) = self.open.get_mut(at) {
                visit(open);
            }
        }
    }
}
