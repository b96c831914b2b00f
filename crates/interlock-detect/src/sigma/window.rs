//! The sliding windows of one correlation rule: what has matched lately, per group.
//!
//! Windows slide over event time. Events that come late are put in their place while they are
//! younger than the window's length, counted from the newest event of their group; later ones are
//! left out. Events of equal time keep their order of arrival. A group fires once, and again only
//! by an event later than one whole window after that.
//!
//! Bounds: 10,000 groups and 200,000 entries a correlation, 10,000 entries a group. Beyond them the
//! groups that were seen least recently are forgotten, and counted; of one group the oldest entries
//! leave, so that sums, means, medians, percentiles and shares are those of its latest 10,000 events.

use super::statistic::{Bounds, Statistic};
use super::temporal::Term;
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
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// So many events.
    Events(Bounds),
    /// So many different values.
    Values(Bounds),
    /// So many different rules.
    Rules(Bounds),
    /// These rules in this order: all of them, or a longest row of them of this length.
    InOrder(Vec<usize>, Option<Bounds>),
    /// Rules that are there and rules that are not, as any of the terms says.
    Terms {
        /// The terms.
        any: Vec<Term>,
        /// Whether those that are there must have come in the order of the list.
        ordered: bool,
    },
    /// The events' numbers come to this.
    Numbers(Statistic, Bounds),
    /// The newest event's value makes up so many percent of all values.
    Share(Bounds),
}

/// What a correlation takes from one event.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Counted {
    /// That it happened.
    #[default]
    Nothing,
    /// A value.
    Text(Box<str>),
    /// A number.
    Number(f64),
}

/// One match of one rule.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// When.
    pub(super) time: Timestamp,
    /// Which rule, by number.
    pub(super) rule: usize,
    /// What is counted.
    pub(super) value: Counted,
    /// Where the record stood.
    pub(super) place: Place,
}

/// What came together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fired {
    /// The earliest event.
    pub(super) first: Timestamp,
    /// The latest.
    pub(super) last: Timestamp,
    /// The records, oldest first.
    pub(super) places: Vec<Place>,
    /// How many events, values or rules, or what the numbers come to.
    pub(super) amount: f64,
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
                match &seen.value {
                    Counted::Nothing => {
                        to.number(0);
                        to.blob(&[]);
                    }
                    Counted::Text(text) => {
                        to.number(1);
                        to.blob(text.as_bytes());
                    }
                    Counted::Number(number) => {
                        to.number(2);
                        to.blob(&number.to_bits().to_le_bytes());
                    }
                }
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
                let value = read_counted(from)?;
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

fn read_counted(from: &mut Reader<'_>) -> Result<Counted, RestoreError> {
    match from.number()? {
        0 => from.blob().map(|_| Counted::Nothing),
        1 => Ok(Counted::Text(from.text()?.into())),
        2 => {
            let bits = from.blob()?.try_into().map_err(|_| from.damaged())?;
            let number = f64::from_bits(u64::from_le_bytes(bits));
            if number.is_finite() { Ok(Counted::Number(number)) } else { Err(from.damaged()) }
        }
        _ => Err(from.damaged()),
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
        let same = match kind {
            Kind::Values(_) => self.seen.iter().position(|it| it.value == seen.value),
            Kind::Rules(_) | Kind::Terms { ordered: false, .. } => {
                self.seen.iter().position(|it| it.rule == seen.rule)
            }
            Kind::Events(_)
            | Kind::InOrder(..)
            | Kind::Terms { ordered: true, .. }
            | Kind::Numbers(..)
            | Kind::Share(_) => None,
        };
        match same {
            Some(at) if self.seen.get(at).is_some_and(|it| it.time > seen.time) => return None,
            Some(at) => drop(self.seen.remove(at)),
            None => {}
        }
        let mut at = self.seen.partition_point(|it| it.time <= seen.time);
        self.seen.insert(at, seen);
        if self.seen.len() > MOST_IN_GROUP {
            self.seen.pop_front();
            at = at.checked_sub(1)?;
        }
        if self.silent_until.is_some_and(|it| newest <= it) {
            return None;
        }
        let fired = self.fired(kind, at)?;
        self.silent_until = Some(newest.checked_add(span).unwrap_or(Timestamp::MAX));
        Some(fired)
    }

    /// Whether it holds now; `at` is the entry that just came.
    fn fired(&self, kind: &Kind, at: usize) -> Option<Fired> {
        let all = |bounds: &Bounds, amount: f64| {
            bounds.hold(amount).then(|| (self.seen.iter().collect::<Vec<_>>(), amount))
        };
        let (chosen, amount) = match kind {
            Kind::Events(bounds) => all(bounds, self.seen.len() as f64)?,
            Kind::Values(bounds) => {
                let values: HashSet<&str> = self.seen.iter().map(|it| it.value.text()).collect();
                all(bounds, values.len() as f64)?
            }
            Kind::Rules(bounds) => {
                let rules: HashSet<usize> = self.seen.iter().map(|it| it.rule).collect();
                all(bounds, rules.len() as f64)?
            }
            Kind::InOrder(rules, None) => (self.in_order(rules)?, rules.len() as f64),
            Kind::InOrder(rules, Some(bounds)) => all(bounds, self.longest_row(rules) as f64)?,
            Kind::Terms { any, ordered } => any.iter().find_map(|it| self.term(it, *ordered))?,
            Kind::Numbers(statistic, bounds) => {
                let mut numbers: Vec<f64> =
                    self.seen.iter().filter_map(|it| it.value.number()).collect();
                all(bounds, statistic.of(&mut numbers)?)?
            }
            Kind::Share(bounds) => {
                let value = &self.seen.get(at)?.value;
                let same = self.seen.iter().filter(|it| it.value == *value).count();
                all(bounds, same as f64 * 100.0 / self.seen.len() as f64)?
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
            amount,
        })
    }

    /// The earliest entries of these rules in this order, when all are there.
    fn in_order(&self, rules: &[usize]) -> Option<Vec<&Seen>> {
        let mut wanted = rules.iter().peekable();
        let chosen = self
            .seen
            .iter()
            .filter(|it| wanted.next_if(|rule| **rule == it.rule).is_some())
            .collect();
        wanted.peek().is_none().then_some(chosen)
    }

    /// How many of these rules came in this order, others left out.
    fn longest_row(&self, rules: &[usize]) -> usize {
        // The longest row that ends at each rule of the list.
        let mut rows = vec![0_usize; rules.len()];
        for seen in &self.seen {
            let mut before = 0;
            for (row, rule) in rows.iter_mut().zip(rules) {
                let longest_before = before.max(*row);
                if *rule == seen.rule {
                    *row = (*row).max(before + 1);
                }
                before = longest_before;
            }
        }
        rows.into_iter().max().unwrap_or(0)
    }

    fn term(&self, term: &Term, ordered: bool) -> Option<(Vec<&Seen>, f64)> {
        if self.seen.iter().any(|it| term.none.contains(&it.rule)) {
            return None;
        }
        let chosen = if ordered {
            self.in_order(&term.all)?
        } else {
            let there = |rule: &usize| self.seen.iter().any(|it| it.rule == *rule);
            if !term.all.iter().all(there) {
                return None;
            }
            self.seen.iter().filter(|it| term.all.contains(&it.rule)).collect()
        };
        Some((chosen, term.all.len() as f64))
    }
}

impl Counted {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Nothing | Self::Number(_) => "",
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Nothing | Self::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matcher::Order;
    use super::*;

    /// Feeds `group rule second value` lines, answers with the 0-based lines that fired.
    fn fires(kind: &Kind, span: i64, lines: &[(&str, usize, i64, &str)]) -> Vec<usize> {
        let mut windows = Windows::default();
        let mut fired = Vec::new();
        for (at, (group, rule, second, value)) in lines.iter().enumerate() {
            let seen = Seen {
                time: Timestamp::from_second(*second).unwrap(),
                rule: *rule,
                value: match value.parse() {
                    Ok(number) => Counted::Number(number),
                    Err(_) => Counted::Text((*value).into()),
                },
                place: Place { file: "f".into(), record: at as u64 },
            };
            if windows.take(group, seen, kind, SignedDuration::from_secs(span)).is_some() {
                fired.push(at);
            }
        }
        fired
    }

    fn is(order: Order, limit: f64) -> Bounds {
        Bounds(vec![(order, limit)])
    }

    fn three() -> Bounds {
        is(Order::Gte, 3.0)
    }

    #[test]
    fn events_slide_and_fire_once_a_window() {
        let kind = Kind::Events(three());
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
        let kind = Kind::Values(three());
        let a = |second, value| ("a", 0, second, value);
        assert_eq!(fires(&kind, 10, &[a(0, "x"), a(1, "x"), a(2, "y"), a(3, "z")]), [3]);
        assert_eq!(fires(&kind, 10, &[a(0, "x"), a(9, "y"), a(11, "z")]), [0; 0]);
        assert_eq!(fires(&kind, 10, &[a(0, "x"), a(9, "y"), a(9, "x"), a(11, "z")]), [3]);
    }

    #[test]
    fn rules_together_and_in_order() {
        let all = Kind::Rules(is(Order::Gte, 2.0));
        assert_eq!(fires(&all, 10, &[("a", 1, 0, ""), ("a", 1, 1, ""), ("a", 0, 2, "")]), [2]);
        let ordered = Kind::InOrder(vec![0, 1], None);
        assert_eq!(fires(&ordered, 10, &[("a", 1, 0, ""), ("a", 0, 1, "")]), [0; 0]);
        assert_eq!(fires(&ordered, 10, &[("a", 1, 0, ""), ("a", 0, 1, ""), ("a", 1, 2, "")]), [2]);
        assert_eq!(fires(&ordered, 10, &[("a", 1, 5, ""), ("a", 0, 1, "")]), [1], "came late");
        assert_eq!(
            fires(&ordered, 10, &[("a", 0, 5, ""), ("a", 1, 5, "")]),
            [1],
            "order of arrival"
        );
        let twice = Kind::InOrder(vec![0, 0], None);
        assert_eq!(fires(&twice, 10, &[("a", 0, 5, ""), ("a", 0, 6, "")]), [1]);
    }

    #[test]
    fn rows_and_terms() {
        let row = Kind::InOrder(vec![0, 1, 2], Some(is(Order::Gte, 2.0)));
        let of = |rule, second| ("a", rule, second, "");
        assert_eq!(fires(&row, 10, &[of(2, 0), of(1, 1), of(0, 2)]), [0; 0]);
        assert_eq!(fires(&row, 10, &[of(1, 0), of(0, 1), of(2, 2)]), [2]);
        assert_eq!(fires(&row, 10, &[of(0, 0), of(0, 1), of(2, 11)]), [2], "the first 0 is gone");
        let twice = Kind::InOrder(vec![0, 0, 1], Some(three()));
        assert_eq!(fires(&twice, 10, &[of(0, 0), of(1, 1), of(0, 2), of(1, 3)]), [3]);
        let terms = |ordered| Kind::Terms {
            any: vec![Term { all: vec![0, 1], none: vec![2] }, Term { all: vec![3], none: vec![] }],
            ordered,
        };
        assert_eq!(fires(&terms(false), 10, &[of(1, 0), of(0, 1)]), [1]);
        assert_eq!(fires(&terms(true), 10, &[of(1, 0), of(0, 1), of(1, 2)]), [2]);
        assert_eq!(fires(&terms(false), 10, &[of(2, 0), of(0, 1), of(1, 2), of(0, 11)]), [3]);
        assert_eq!(fires(&terms(true), 10, &[of(2, 0), of(3, 1)]), [1]);
    }

    #[test]
    fn numbers_of_a_window() {
        let a = |second, value| ("a", 0, second, value);
        let sum = Kind::Numbers(Statistic::Sum, is(Order::Gt, 10.0));
        assert_eq!(fires(&sum, 10, &[a(0, "6"), a(5, "4"), a(6, "1")]), [2]);
        assert_eq!(fires(&sum, 10, &[a(0, "6"), a(11, "9"), a(12, "1.5")]), [2], "6 has left");
        assert_eq!(fires(&sum, 10, &[a(0, "6"), ("b", 0, 1, "9")]), [0; 0]);
        let low = Kind::Numbers(Statistic::Average, is(Order::Lt, 2.0));
        assert_eq!(fires(&low, 10, &[a(0, "3"), a(1, "1"), a(2, "1")]), [2]);
        let median = Kind::Numbers(Statistic::Percentile(50.0), is(Order::Gte, 5.0));
        assert_eq!(fires(&median, 10, &[a(0, "1"), a(1, "9"), a(1, "2"), a(2, "9")]), [1]);
        assert_eq!(fires(&median, 10, &[a(0, "1"), a(1, "2"), a(2, "90"), a(3, "90")]), [3]);
        let rare = Kind::Share(is(Order::Lte, 25.0));
        let lines = [a(0, "x"), a(1, "x"), a(2, "x"), a(3, "y"), a(4, "x")];
        assert_eq!(fires(&rare, 10, &lines), [3]);
        assert_eq!(fires(&rare, 2, &lines), [0; 0]);
    }

    #[test]
    fn of_one_group_the_oldest_numbers_leave() {
        let mut windows = Windows::default();
        let kind = Kind::Numbers(Statistic::Sum, is(Order::Gt, MOST_IN_GROUP as f64));
        for record in 0..MOST_IN_GROUP as u64 + 50 {
            let seen = Seen {
                time: Timestamp::UNIX_EPOCH,
                rule: 0,
                value: Counted::Number(1.0),
                place: Place { file: "f".into(), record },
            };
            assert_eq!(windows.take("a", seen, &kind, SignedDuration::from_secs(1)), None);
        }
        assert_eq!(windows.entries, MOST_IN_GROUP);
    }

    #[test]
    fn memory_is_bounded() {
        let mut windows = Windows::default();
        let kind = Kind::Events(is(Order::Gte, 1_000_000.0));
        for second in 0..30_000_i64 {
            let seen = Seen {
                time: Timestamp::from_second(second).unwrap(),
                rule: 0,
                value: Counted::Nothing,
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
