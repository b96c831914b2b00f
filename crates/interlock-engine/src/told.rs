//! What was said of each containment already, so that it is not said again.
//!
//! Not remembered: the store keeps a notice once, and after a restart the chain may say a thing again.

use interlock_model::{ContainmentId, Digest};
use std::collections::{HashMap, VecDeque};

/// So many things are known of one containment; a breaker that opens anew says something else each time.
const EACH: usize = 64;
/// So many containments are known. What ended goes before, so that only those that live count.
const ALL: usize = 10_000;

/// What was said of each containment; the oldest goes first.
#[derive(Debug, Default)]
pub(crate) struct Told {
    by_containment: HashMap<ContainmentId, VecDeque<Digest>>,
    /// In the order in which something was first said of them; some may be gone.
    order: VecDeque<ContainmentId>,
}

impl Told {
    /// Whether this is said of this containment for the first time, as far as is known.
    pub(crate) fn first(&mut self, containment: &ContainmentId, what: Digest) -> bool {
        if !self.by_containment.contains_key(containment) {
            self.make_room();
            self.order.push_back(containment.clone());
        }
        let said = self.by_containment.entry(containment.clone()).or_default();
        if said.contains(&what) {
            return false;
        }
        if said.len() >= EACH {
            said.pop_front();
        }
        said.push_back(what);
        true
    }

    /// Forgets a containment that has ended.
    pub(crate) fn forget(&mut self, containment: &ContainmentId) {
        self.by_containment.remove(containment);
        // Others ended too, mostly: what is left of them goes once it is the larger part.
        if self.order.len() > 2 * self.by_containment.len() + EACH {
            let Self { by_containment, order } = self;
            order.retain(|it| by_containment.contains_key(it));
        }
    }

    fn make_room(&mut self) {
        while self.by_containment.len() >= ALL {
            let Some(oldest) = self.order.pop_front() else { return };
            self.by_containment.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn containment(number: usize) -> ContainmentId {
        ContainmentId::derive(&[&number.to_string()])
    }

    fn what(number: usize) -> Digest {
        Digest::of(number.to_string().as_bytes())
    }

    #[test]
    fn a_thing_is_said_once() {
        let mut told = Told::default();
        assert!(told.first(&containment(0), what(0)));
        assert!(!told.first(&containment(0), what(0)));
        assert!(told.first(&containment(1), what(0)));
        told.forget(&containment(0));
        assert!(told.first(&containment(0), what(0)));
    }

    #[test]
    fn many_things_of_many_containments_stay_within_bounds() {
        let mut told = Told::default();
        for number in 0..3 * EACH {
            assert!(told.first(&containment(0), what(number)));
        }
        assert!(!told.first(&containment(0), what(3 * EACH - 1)), "the newest are known");
        for number in 0..3 * ALL {
            assert!(told.first(&containment(number), what(9 * EACH)), "{number}");
            if number % 3 == 0 {
                told.forget(&containment(number));
            }
        }
        let things = told.by_containment.values().map(VecDeque::len);
        assert!(told.by_containment.len() <= ALL && things.max() <= Some(EACH));
        assert!(told.order.len() <= 2 * ALL + EACH, "{}", told.order.len());
        assert!(told.order.len() >= told.by_containment.len());
        assert!(!told.first(&containment(3 * ALL - 1), what(9 * EACH)), "the newest are known");
    }
}
