//! Which call at one connector begins next, and when: by urgency, and within the provider's pace.

use interlock_engine::{AGED, Urgency, WRITES_AT_ONCE};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::Instant;

/// How many calls one connector makes at a time.
pub(super) const AT_ONCE: usize = WRITES_AT_ONCE;
/// How many of them only look: a provider that hangs while it is read leaves a hand for a write.
pub(super) const LOOKS_AT_ONCE: usize = AT_ONCE - 1;
/// What the pace counts in.
const WINDOW: Duration = Duration::from_secs(1);

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Write,
    Look,
}

/// Which place in the queue, or in the provider's pace, belongs to a call.
pub(super) type Arrival = u64;

/// The calls of one connector that wait, and what is spent of its pace.
#[derive(Debug)]
pub(super) struct Queue<T> {
    pace: u32,
    writes: Line<T>,
    looks: Line<T>,
    arrived: Arrival,
    begun: u64,
    busy: BTreeMap<Arrival, Work>,
    /// How many operations each call is counted as, from its beginning until a window after its end:
    /// so no window holds more than the pace, whenever within the call they were made.
    spent: BTreeMap<Arrival, (Option<Instant>, u32)>,
    rests: Option<Instant>,
}

/// The calls of one sort, by urgency and by arrival.
#[derive(Debug)]
struct Line<T> {
    waiting: BTreeMap<(Urgency, Arrival), (u32, T)>,
    arrivals: BTreeMap<Arrival, Urgency>,
}

/// What to do now.
#[derive(Debug)]
pub(super) enum Next<T> {
    /// This call begins.
    Begin(Arrival, T),
    /// Nothing begins before this moment.
    At(Instant),
    /// Nothing begins before something comes or ends.
    Nothing,
}

impl<T> Queue<T> {
    /// A queue for a provider that takes so many operations a second.
    pub(super) fn new(pace: NonZeroU32) -> Self {
        Self {
            pace: pace.get(),
            writes: Line::default(),
            looks: Line::default(),
            arrived: 0,
            begun: 0,
            busy: BTreeMap::new(),
            spent: BTreeMap::new(),
            rests: None,
        }
    }

    /// How many calls wait.
    pub(super) fn waiting(&self) -> usize {
        self.writes.arrivals.len() + self.looks.arrivals.len()
    }

    /// Lets a call wait that makes about so many operations.
    pub(super) fn push(&mut self, work: Work, urgency: Urgency, cost: u32, call: T) -> Arrival {
        self.arrived += 1;
        let (arrival, cost) = (self.arrived, cost.clamp(1, self.pace));
        self.line(work).push(urgency, arrival, (cost, call));
        arrival
    }

    /// Forgets a call that waits no longer.
    pub(super) fn withdraw(&mut self, arrival: Arrival) {
        let _ = self.writes.take(arrival).or_else(|| self.looks.take(arrival));
    }

    /// A call is over. It made so many operations, where that is known.
    pub(super) fn end(&mut self, arrival: Arrival, made: Option<u32>, now: Instant) {
        self.busy.remove(&arrival);
        if let Some((ended, counted)) = self.spent.get_mut(&arrival) {
            *ended = Some(now);
            *counted = made.unwrap_or(*counted);
        }
    }

    /// The provider asked not to be asked for a while.
    pub(super) fn rest(&mut self, until: Instant) {
        self.rests = Some(self.rests.map_or(until, |it| it.max(until)));
    }

    /// What begins now.
    pub(super) fn next(&mut self, now: Instant) -> Next<T> {
        self.spent.retain(|_, it| it.0.is_none_or(|ended| now < ended + WINDOW));
        let Some((work, arrival)) = self.first() else { return Next::Nothing };
        if let Some(until) = self.rests.filter(|it| now < *it) {
            return Next::At(until);
        }
        let Some(cost) = self.line(work).cost(arrival) else { return Next::Nothing };
        let room = u64::from(self.pace - cost);
        let mut spent: u64 = self.spent.values().map(|it| u64::from(it.1)).sum();
        if spent > room {
            let ended = |it: &(Option<Instant>, u32)| it.0.map(|ended| (ended, it.1));
            let mut ended: Vec<(Instant, u32)> = self.spent.values().filter_map(ended).collect();
            ended.sort();
            for (ended, counted) in ended {
                spent -= u64::from(counted);
                if spent <= room {
                    return Next::At(ended + WINDOW);
                }
            }
            // What is under way must end first.
            return Next::Nothing;
        }
        let Some((cost, call)) = self.line(work).take(arrival) else { return Next::Nothing };
        self.begun += 1;
        self.busy.insert(arrival, work);
        self.spent.insert(arrival, (None, cost));
        Next::Begin(arrival, call)
    }

    fn line(&mut self, work: Work) -> &mut Line<T> {
        match work {
            Work::Write => &mut self.writes,
            Work::Look => &mut self.looks,
        }
    }

    /// Whose turn it is.
    fn first(&self) -> Option<(Work, Arrival)> {
        if self.busy.len() >= AT_ONCE {
            return None;
        }
        let looking = self.busy.values().filter(|it| **it == Work::Look).count();
        let looks = (looking < LOOKS_AT_ONCE).then_some(&self.looks);
        if self.begun % AGED == AGED - 1 {
            let oldest = |line: &Line<T>| line.arrivals.keys().next().copied();
            let write = oldest(&self.writes).map(|it| (it, Work::Write));
            let look = looks.and_then(oldest).map(|it| (it, Work::Look));
            let first = [write, look].into_iter().flatten().min_by_key(|it| it.0)?;
            return Some((first.1, first.0));
        }
        let urgent = |line: &Line<T>| line.waiting.keys().next().copied();
        match (urgent(&self.writes), looks.and_then(urgent)) {
            (Some(write), Some(look)) if look < write => Some((Work::Look, look.1)),
            (Some(write), _) => Some((Work::Write, write.1)),
            (None, look) => look.map(|it| (Work::Look, it.1)),
        }
    }
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), arrivals: BTreeMap::new() }
    }
}

impl<T> Line<T> {
    fn push(&mut self, urgency: Urgency, arrival: Arrival, call: (u32, T)) {
        self.arrivals.insert(arrival, urgency);
        self.waiting.insert((urgency, arrival), call);
    }

    fn cost(&self, arrival: Arrival) -> Option<u32> {
        let urgency = self.arrivals.get(&arrival)?;
        self.waiting.get(&(*urgency, arrival)).map(|it| it.0)
    }

    fn take(&mut self, arrival: Arrival) -> Option<(u32, T)> {
        let urgency = self.arrivals.remove(&arrival)?;
        self.waiting.remove(&(urgency, arrival))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{Confidence, Tier, Timestamp};
    use proptest::prelude::*;

    fn urgency(tier: Tier, work: Work) -> Urgency {
        Urgency::new(tier, work == Work::Look, Confidence::new(0.5), Timestamp::UNIX_EPOCH)
    }

    fn queue(pace: u32) -> Queue<u64> {
        Queue::new(NonZeroU32::new(pace).unwrap())
    }

    fn push(queue: &mut Queue<u64>, work: Work, tier: Tier) -> Arrival {
        let next = queue.arrived + 1;
        queue.push(work, urgency(tier, work), 1, next)
    }

    /// Ends each call as soon as it began; the order in which they begin.
    fn order(queue: &mut Queue<u64>, mut now: Instant) -> Vec<u64> {
        let mut order = Vec::new();
        loop {
            match queue.next(now) {
                Next::Begin(arrival, call) => {
                    order.push(call);
                    queue.end(arrival, Some(1), now);
                }
                Next::At(later) => {
                    assert!(later > now);
                    now = later;
                }
                Next::Nothing => return order,
            }
        }
    }

    #[test]
    fn the_urgent_come_first_and_nobody_waits_for_ever() {
        let mut queue = queue(5);
        let now = crate::clock::timer();
        let patient = push(&mut queue, Work::Look, Tier::Observe);
        for _ in 0..50 {
            push(&mut queue, Work::Write, Tier::Disable);
        }
        let order = order(&mut queue, now);
        assert_eq!(order.len(), 51);
        let place = order.iter().position(|it| *it == patient).unwrap();
        assert_eq!(place, usize::try_from(AGED).unwrap() - 1, "{order:?}");
        let rest: Vec<u64> = order.into_iter().filter(|it| *it != patient).collect();
        assert!(rest.is_sorted(), "those of one urgency in the order of their coming");
    }

    #[test]
    fn calls_that_only_look_leave_a_hand_for_a_write() {
        let mut queue = queue(100);
        let now = crate::clock::timer();
        for _ in 0..10 {
            push(&mut queue, Work::Look, Tier::Disable);
        }
        for _ in 0..LOOKS_AT_ONCE {
            assert!(matches!(queue.next(now), Next::Begin(..)));
        }
        assert!(matches!(queue.next(now), Next::Nothing), "the provider hangs");
        let write = push(&mut queue, Work::Write, Tier::Observe);
        assert!(matches!(queue.next(now), Next::Begin(it, _) if it == write));
    }

    #[test]
    fn who_waits_no_longer_is_forgotten_and_a_rest_is_kept() {
        let mut queue = queue(100);
        let now = crate::clock::timer();
        let gone = push(&mut queue, Work::Write, Tier::Disable);
        let stays = push(&mut queue, Work::Write, Tier::Disable);
        queue.withdraw(gone);
        let later = now + Duration::from_secs(30);
        queue.rest(later);
        queue.rest(now + Duration::from_secs(5));
        assert!(matches!(queue.next(now), Next::At(it) if it == later));
        assert_eq!((queue.waiting(), order(&mut queue, later)), (1, vec![stays]));
    }

    proptest! {
        /// However long calls take and whatever they make, no second holds more than the pace.
        #[test]
        fn no_second_holds_more_than_the_pace(
            pace in 1_u32..20,
            calls in prop::collection::vec((1_u32..9, 0_u64..3000, any::<bool>()), 1..80),
        ) {
            let mut queue = queue(pace);
            let begin = crate::clock::timer();
            let mut now = begin;
            for (number, (cost, _, write)) in (0..).zip(&calls) {
                let work = if *write { Work::Write } else { Work::Look };
                queue.push(work, urgency(Tier::Disable, work), *cost, number);
            }
            let mut made: Vec<(Instant, u32)> = Vec::new();
            let mut under_way: Vec<(Instant, Arrival, u32)> = Vec::new();
            let mut begun = 0;
            while begun < calls.len() || !under_way.is_empty() {
                under_way.sort();
                let ends = under_way.first().map(|it| it.0);
                if ends.is_some_and(|it| it <= now) {
                    let (_, arrival, cost) = under_way.remove(0);
                    queue.end(arrival, Some(cost), now);
                    continue;
                }
                match queue.next(now) {
                    Next::Begin(arrival, call) => {
                        let (cost, takes, _) = calls[usize::try_from(call).unwrap()];
                        let cost = cost.min(pace);
                        begun += 1;
                        let end = now + Duration::from_millis(takes);
                        // Half at its beginning, half at its end: the worst for a window.
                        made.push((now, cost / 2));
                        made.push((end, cost - cost / 2));
                        under_way.push((end, arrival, cost));
                    }
                    Next::At(later) => now = ends.map_or(later, |it| it.min(later)),
                    Next::Nothing => now = ends.expect("what is under way makes room"),
                }
            }
            for (from, _) in &made {
                let within = made.iter().filter(|it| it.0 >= *from && it.0 < *from + WINDOW);
                prop_assert!(within.map(|it| it.1).sum::<u32>() <= pace);
            }
        }
    }
}
