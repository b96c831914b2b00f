//! How urgent a call is: what the hands do first when there is more to do than a provider takes.

use crate::turn::Call;
use crate::world::World;
use interlock_contain::{Containment, Phase};
use interlock_model::{Confidence, ConnectorId, ContainmentId, StepId, Tier, Timestamp};
use std::cmp::Reverse;

/// How many writes are under way at one connector at a time. An intent is committed when a hand is
/// free and not before, so that a permit does not grow old in a queue.
pub const WRITES_AT_ONCE: usize = 4;
/// One place in so many goes to what has waited longest, however urgent the rest is: with `n` before
/// it, nothing waits for more than `8 * n` others.
pub const AGED: u64 = 8;

/// What makes one call come before another. The smaller is the more urgent.
///
/// What cuts access comes before a look at what is cut already. Then the harder tier, so that what is
/// asked for in haste does not wait behind a thousand mild answers; then the write, which is what a
/// thief feels; then the surer case; then the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    reads_back: bool,
    tier: Reverse<Tier>,
    looks: bool,
    confidence: Reverse<u64>,
    since: Timestamp,
}

impl Urgency {
    /// That of a call that serves a containment of this tier.
    #[must_use]
    pub fn new(tier: Tier, looks: bool, confidence: Confidence, since: Timestamp) -> Self {
        // The bits of numbers that are not negative are in the order of the numbers.
        let confidence = Reverse(confidence.value().to_bits());
        Self { reads_back: false, tier: Reverse(tier), looks, confidence, since }
    }
}

impl World {
    /// How urgent a call is.
    #[must_use]
    pub fn urgency(&self, call: &Call) -> Urgency {
        let (containment, looks) = match call {
            Call::Plan { containment, .. } | Call::Verify { containment, .. } => {
                (containment, true)
            }
            Call::Execute { containment, .. } => (containment, false),
            // Whoever only looks around, or rehearses, waits for everybody.
            Call::Discover { .. } | Call::TryAccess { .. } => return self.urgency_of(None, true),
        };
        self.urgency_of(self.containments.get(containment), looks)
    }

    pub(crate) fn urgency_of(&self, life: Option<&Containment>, looks: bool) -> Urgency {
        let decision = life.and_then(|it| self.decisions.get(&it.decision));
        // Whoever takes a containment back waits for those who are still being shut out.
        let tier = decision.filter(|_| life.is_some_and(|it| it.undo.is_none()));
        let confidence = decision.map_or(Confidence::new(0.0), |it| it.confidence);
        let since = life.map_or(Timestamp::UNIX_EPOCH, |it| it.requested);
        Urgency {
            reads_back: life.is_none_or(|it| matches!(it.phase, Phase::Contained { .. })),
            ..Urgency::new(tier.map_or(Tier::Observe, |it| it.tier), looks, confidence, since)
        }
    }

    /// Puts these in the order in which they may go on: those that may want a write first, by urgency.
    pub(crate) fn in_order(&self, ids: Vec<ContainmentId>) -> Vec<ContainmentId> {
        let aged = self.writes_given % AGED == AGED - 1;
        let mut ordered = Vec::new();
        let mut rest = Vec::new();
        for id in ids {
            let life = self.containments.get(&id);
            match life.map(|it| &it.phase) {
                Some(Phase::Requested | Phase::Running | Phase::Undoing) => {
                    let urgency = self.urgency_of(life, false);
                    ordered.push((if aged { None } else { Some(urgency) }, urgency.since, id));
                }
                Some(
                    Phase::Contained { .. }
                    | Phase::Undone
                    | Phase::Held { .. }
                    | Phase::Stuck { .. }
                    | Phase::Closed { .. },
                )
                | None => rest.push(id),
            }
        }
        ordered.sort();
        ordered.into_iter().map(|(_, _, id)| id).chain(rest).collect()
    }

    /// Whether one more write may be made at this connector.
    pub(crate) fn has_place(&self, connector: &ConnectorId) -> bool {
        self.writing.values().filter(|it| *it == connector).count() < WRITES_AT_ONCE
    }

    /// Takes a place at the connector for the write of this step.
    pub(crate) fn take_place(
        &mut self,
        containment: &ContainmentId,
        step: &StepId,
        connector: &ConnectorId,
    ) {
        self.writes_given += 1;
        self.writing.insert((containment.clone(), step.clone()), connector.clone());
    }

    /// Gives it back; the connector whose it was.
    pub(crate) fn give_back(
        &mut self,
        containment: &ContainmentId,
        step: &StepId,
    ) -> Option<ConnectorId> {
        self.writing.remove(&(containment.clone(), step.clone()))
    }

    /// A provider asked not to be asked for a while: nothing is written there until then.
    pub(crate) fn rest(&mut self, connector: ConnectorId, until: Timestamp) {
        let rest = self.rests.entry(connector).or_insert(until);
        *rest = (*rest).max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cuts_access_comes_before_a_look_at_what_is_cut() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let of = |reads_back, tier, looks, confidence, since| Urgency {
            reads_back,
            ..Urgency::new(tier, looks, Confidence::new(confidence), at(since))
        };
        let ordered = [
            of(false, Tier::Disable, false, 0.3, 9),
            of(false, Tier::Disable, true, 0.9, 9),
            of(false, Tier::Disable, true, 0.8, 1),
            of(false, Tier::Disable, true, 0.8, 2),
            of(false, Tier::Restrict, false, 1.0, 1),
            of(false, Tier::Observe, true, 1.0, 1),
            of(true, Tier::Disable, true, 1.0, 1),
        ];
        assert!(ordered.is_sorted(), "{ordered:#?}");
    }
}
