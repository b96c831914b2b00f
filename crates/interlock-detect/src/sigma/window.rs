//! The sliding windows of one correlation rule: what has matched lately, per group.
//!
//! Windows slide over event time. Events that come late are put in their place while they are
//! younger than the window's length, counted from the newest event of their group; later ones are
//! left out. Events of equal time keep their order of arrival. A group fires once, and again only
//! by an event later than one whole window after that.
//!
//! Bounds: 10,000 groups and 200,000 entries a correlation, 10,000 entries a group. Beyond them the
//! groups that were seen least recently are forgotten, and counted.

use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{Place, Timestamp};
use jiff::SignedDuration;
use std::collections::{HashMap, HashSet, VecDeque};

/// Most groups of one correlation.
const MOST_GROUPS: usize = 10_000;

/// Most entries of one correlation.
const MOST_ENTRIES: usize = 200_000;

/// Most entries of one group; also the largest count that a condition may ask for.
pub(super) const MOST_IN_GROUP: usize = 10_000;

/// Most places that a match carries as evidence.
const MOST_PLACES: usize = 100;

/// What must come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// So many events.
    Events(Limit),
    /// So many different values.
    Values(Limit),
    /// So many different rules.
    Rules(Limit),
    /// These rules in this order.
    InOrder(Vec<usize>),
}

/// A count from here to there, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// At least 1.
    pub(super) least: u64,
    /// No upper end when `None`.
    pub(super) most: Option<u64>,
}

impl Limit {
    fn holds(self, count: usize) -> bool {
        let count = count as u64;
        count >= self.least && self.most.is_none_or(|it| count <= it)
    }
}

/// One match of one rule.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// When.
    pub(super) time: Timestamp,
    /// Which rule, by number.
    pub(super) rule: usize,
    /// The value that is counted, for [`Kind::Values`].
    pub(super) value: Option<Box<str>>,
    /// Where the record stood.
    pub(super) place: Place,
}

/// What came together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fired {
    /// The earliest event.
    pub(super) first: Timestamp,
    /// The latest.
    pub(super) last: Timestamp,
    /// The records, oldest first.
    pub(super) places: Vec<Place>,
    /// How many events, values or rules.
    pub(super) count: usize,
}

/// The memory of one correlation.
#[derive(Debug, Clone, Default)]
pub(super) struct Windows {
    groups: HashMap<Box<str>, Group>,
    entries: usize,
    /// How many groups were forgotten for want of room.
    pub(super) forgotten: u64,
}

#[derive(Debug, Clone, Default)]
struct Group {
    seen: VecDeque<Seen>,
    newest: Timestamp,
    silent_until: Option<Timestamp>,
}

impl Windows {
    /// Takes in one match; answers when the correlation holds by it.
    pub(super) fn take(
        &mut self,
        group: &str,
        seen: Seen,
        kind: &Kind,
        span: SignedDuration,
    ) -> Option<Fired> {
        if !self.groups.contains_key(group) {
            self.make_room();
            self.groups.insert(group.into(), Group::default());
        }
        let it = self.groups.get_mut(group)?;
        let before = it.seen.len();
        let fired = it.take(seen, kind, span);
        self.entries = self.entries.saturating_add(it.seen.len()).saturating_sub(before);
        if self.entries > MOST_ENTRIES {
            self.make_room();
        }
        fired
    }

    /// Forgets the tenth of the groups that was seen least recently, when a bound is reached.
    fn make_room(&mut self) {
        if self.groups.len() < MOST_GROUPS && self.entries <= MOST_ENTRIES {
            return;
        }
        let mut ages: Vec<Timestamp> = self.groups.values().map(|it| it.newest).collect();
        let tenth = ages.len() / 10;
        let (_, border, _) = ages.select_nth_unstable(tenth);
        let border = *border;
        let (groups, mut left) = (self.groups.len(), tenth + 1);
        self.groups.retain(|_, it| {
            let goes = it.newest <= border && left > 0;
            left -= usize::from(goes);
            !goes
        });
        self.forgotten += (groups - self.groups.len()) as u64;
        self.entries = self.groups.values().map(|it| it.seen.len()).sum();
    }
}

impl Windows {
    /// Writes every group; equal knowledge gives equal bytes. `id` names a rule by its number.
    pub(super) fn write<'a>(&self, to: &mut Writer, id: impl Fn(usize) -> &'a str) {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_unstable_by_key(|(key, _)| *key);
        to.number(groups.len() as u64);
        for (key, group) in groups {
            to.blob(key.as_bytes());
            write_time(group.newest, to);
            write_time(group.silent_until.unwrap_or(Timestamp::MIN), to);
            to.number(group.seen.len() as u64);
            for seen in &group.seen {
                write_time(seen.time, to);
                to.blob(id(seen.rule).as_bytes());
                to.number(u64::from(seen.value.is_some()));
                to.blob(seen.value.as_deref().unwrap_or_default().as_bytes());
                to.blob(seen.place.file.as_bytes());
                to.number(seen.place.record);
            }
        }
    }

    /// Reads what was written. Entries of rules that are gone are left out.
    pub(super) fn read(
        from: &mut Reader<'_>,
        rule: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, RestoreError> {
        let mut it = Self::default();
        for _ in 0..from.count()? {
            let key: Box<str> = from.text()?.into();
            let newest = read_time(from)?;
            let silent_until = Some(read_time(from)?).filter(|it| *it != Timestamp::MIN);
            let mut group = Group { seen: VecDeque::new(), newest, silent_until };
            for _ in 0..from.count()? {
                let time = read_time(from)?;
                let rule = rule(from.text()?);
                let valued = from.number()? != 0;
                let value = Some(from.text()?).filter(|_| valued).map(Into::into);
                let place = Place { file: from.text()?.into(), record: from.number()? };
                if let Some(rule) = rule.filter(|_| group.seen.len() < MOST_IN_GROUP) {
                    group.seen.push_back(Seen { time, rule, value, place });
                }
            }
            // Windows rely on the order of time, whoever wrote the bytes.
            group.seen.make_contiguous().sort_by_key(|it| it.time);
            it.entries += group.seen.len();
            it.groups.insert(key, group);
            it.make_room();
        }
        Ok(it)
    }
}

fn write_time(time: Timestamp, to: &mut Writer) {
    to.hash(time.as_second().cast_unsigned());
    to.hash(u64::from(time.subsec_nanosecond().cast_unsigned()));
}

fn read_time(from: &mut Reader<'_>) -> Result<Timestamp, RestoreError> {
    let second = from.hash()?.cast_signed();
    let nanosecond = u32::try_from(from.hash()?).map_err(|_| from.damaged())?.cast_signed();
    Timestamp::new(second, nanosecond).map_err(|_| from.damaged())
}

impl Group {
    fn take(&mut self, seen: Seen, kind: &Kind, span: SignedDuration) -> Option<Fired> {
        let newest = if self.seen.is_empty() { seen.time } else { self.newest.max(seen.time) };
        self.newest = newest;
        let oldest = newest.checked_sub(span).unwrap_or(Timestamp::MIN);
        while self.seen.front().is_some_and(|it| it.time < oldest) {
            self.seen.pop_front();
        }
        if seen.time < oldest {
            return None;
        }
        // Of equal values or rules the latest says all.
        let same = |it: &Seen| match kind {
            Kind::Values(_) => it.value == seen.value,
            Kind::Rules(_) => it.rule == seen.rule,
            Kind::Events(_) | Kind::InOrder(_) => false,
        };
        match self.seen.iter().position(same) {
            Some(at) if self.seen.get(at).is_some_and(|it| it.time > seen.time) => return None,
            Some(at) => drop(self.seen.remove(at)),
            None => {}
        }
        let at = self.seen.partition_point(|it| it.time <= seen.time);
        self.seen.insert(at, seen);
        if self.seen.len() > MOST_IN_GROUP {
            self.seen.pop_front();
        }
        if self.silent_until.is_some_and(|it| newest <= it) {
            return None;
        }
        let fired = self.fired(kind)?;
        self.silent_until = Some(newest.checked_add(span).unwrap_or(Timestamp::MAX));
        Some(fired)
    }

    fn fired(&self, kind: &Kind) -> Option<Fired> {
        let (chosen, count): (Vec<&Seen>, usize) = match kind {
            Kind::Events(limit) => limit
                .holds(self.seen.len())
                .then(|| (self.seen.iter().collect(), self.seen.len()))?,
            Kind::Values(limit) => {
                let count = self.seen.iter().map(|it| &it.value).collect::<HashSet<_>>().len();
                limit.holds(count).then(|| (self.seen.iter().collect(), count))?
            }
            Kind::Rules(limit) => {
                let count = self.seen.iter().map(|it| it.rule).collect::<HashSet<_>>().len();
                limit.holds(count).then(|| (self.seen.iter().collect(), count))?
            }
            Kind::InOrder(rules) => {
                let mut wanted = rules.iter().peekable();
                let chosen: Vec<_> = self
                    .seen
                    .iter()
                    .filter(|it| wanted.next_if(|rule| **rule == it.rule).is_some())
                    .collect();
                wanted.peek().is_none().then_some((chosen, rules.len()))?
            }
        };
        Some(Fired {
            first: chosen.first()?.time,
            last: chosen.last()?.time,
            places: chosen
                .iter()
                .skip(chosen.len().saturating_sub(MOST_PLACES))
                .map(|it| it.place.clone())
                .collect(),
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `group rule second value` lines, answers with the 0-based lines that fired.
    fn fires(kind: &Kind, span: i64, lines: &[(&str, usize, i64, &str)]) -> Vec<usize> {
        let mut windows = Windows::default();
        let mut fired = Vec::new();
        for (at, (group, rule, second, value)) in lines.iter().enumerate() {
            let seen = Seen {
                time: Timestamp::from_second(*second).unwrap(),
                rule: *rule,
                value: Some((*value).into()),
                place: Place { file: "f".into(), record: at as u64 },
            };
            if windows.take(group, seen, kind, SignedDuration::from_secs(span)).is_some() {
                fired.push(at);
            }
        }
        fired
    }

    const THREE: Limit = Limit { least: 3, most: None };

    #[test]
    fn events_slide_and_fire_once_a_window() {
        let kind = Kind::Events(THREE);
        let a = |second| ("a", 0, second, "");
        assert_eq!(fires(&kind, 10, &[a(0), a(5), a(10)]), [2]);
        assert_eq!(fires(&kind, 10, &[a(0), a(5), a(11)]), [0; 0]);
        assert_eq!(fires(&kind, 10, &[a(0), a(5), a(11), a(12)]), [3], "no fixed borders");
        assert_eq!(fires(&kind, 10, &[a(0), a(1), a(2), a(3), a(12)]), [2], "silent for a window");
        assert_eq!(fires(&kind, 10, &[a(0), a(1), a(2), a(11), a(12), a(13)]), [2, 5]);
        assert_eq!(fires(&kind, 10, &[a(10), a(4), a(7)]), [2], "late, but in time");
        assert_eq!(fires(&kind, 10, &[a(20), a(4), a(7), a(9)]), [0; 0], "too late");
        assert_eq!(fires(&kind, 10, &[a(0), ("b", 0, 1, ""), a(2)]), [0; 0], "groups are apart");
    }

    #[test]
    fn values_are_different_ones() {
        let kind = Kind::Values(THREE);
        let a = |second, value| ("a", 0, second, value);
        assert_eq!(fires(&kind, 10, &[a(0, "x"), a(1, "x"), a(2, "y"), a(3, "z")]), [3]);
        assert_eq!(fires(&kind, 10, &[a(0, "x"), a(9, "y"), a(11, "z")]), [0; 0]);
        assert_eq!(fires(&kind, 10, &[a(0, "x"), a(9, "y"), a(9, "x"), a(11, "z")]), [3]);
    }

    #[test]
    fn rules_together_and_in_order() {
        let all = Kind::Rules(Limit { least: 2, most: None });
        assert_eq!(fires(&all, 10, &[("a", 1, 0, ""), ("a", 1, 1, ""), ("a", 0, 2, "")]), [2]);
        let ordered = Kind::InOrder(vec![0, 1]);
        assert_eq!(fires(&ordered, 10, &[("a", 1, 0, ""), ("a", 0, 1, "")]), [0; 0]);
        assert_eq!(fires(&ordered, 10, &[("a", 1, 0, ""), ("a", 0, 1, ""), ("a", 1, 2, "")]), [2]);
        assert_eq!(fires(&ordered, 10, &[("a", 1, 5, ""), ("a", 0, 1, "")]), [1], "came late");
        assert_eq!(
            fires(&ordered, 10, &[("a", 0, 5, ""), ("a", 1, 5, "")]),
            [1],
            "order of arrival"
        );
        let twice = Kind::InOrder(vec![0, 0]);
        assert_eq!(fires(&twice, 10, &[("a", 0, 5, ""), ("a", 0, 6, "")]), [1]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut windows = Windows::default();
        let kind = Kind::Events(Limit { least: 1_000_000, most: None });
        for second in 0..30_000_i64 {
            let seen = Seen {
                time: Timestamp::from_second(second).unwrap(),
                rule: 0,
                value: None,
                place: Place { file: "f".into(), record: 0 },
            };
            windows.take(&second.to_string(), seen, &kind, SignedDuration::from_secs(1));
            assert!(windows.groups.len() <= MOST_GROUPS);
        }
        assert!(windows.forgotten >= 20_000);
        assert!(windows.groups.contains_key("29999"), "the latest stays");
        assert_eq!(windows.entries, windows.groups.values().map(|it| it.seen.len()).sum::<usize>());
    }
}
