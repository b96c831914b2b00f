//! Correlations over generated events, and what a window of all events says each time anew.

use super::sample::{cloudtrail, event, load};
use interlock_model::FieldPlan;
use proptest::prelude::*;
use serde_json::json;

const NAMES: [&str; 3] = ["Login", "Key", "Ticket"];

const RULES: &str = "title: Login\nname: login\nlogsource: {product: aws}\n\
    detection: {s: {eventName: Login}, condition: s}\n---\n\
    title: Key\nname: key\nlogsource: {product: aws}\n\
    detection: {s: {eventName: Key}, condition: s}\n---\n\
    title: Ticket\nname: ticket\nlogsource: {product: aws}\n\
    detection: {s: {eventName: Ticket}, condition: s}\n---\n";

#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    second: u32,
    rule: usize,
    user: usize,
    bytes: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Type {
    Events,
    Values,
    Sum,
    Average,
    Median,
    Percentile(u8),
    Share,
    Temporal,
    Ordered,
    Words,
    OrderedWords,
}

/// Conditions in words over the three rules, with their meaning: whether rules that must be there are
/// among `there`, and none of those that must not be among `all`.
type Meaning = fn(there: [bool; 3], all: [bool; 3]) -> bool;

const WORDS: [(&str, Meaning); 3] = [
    ("login and key and not ticket", |it, all| it[0] && it[1] && !all[2]),
    ("(login or key) and ticket", |it, _| (it[0] || it[1]) && it[2]),
    ("login and not (key and ticket)", |it, all| it[0] && !(all[1] && all[2])),
];

#[derive(Debug, Clone)]
struct Generated {
    of: Type,
    tests: Vec<(&'static str, u32)>,
    words: usize,
    grouped: bool,
    span: u32,
}

impl Generated {
    fn yaml(&self) -> String {
        let mut tests: Vec<String> =
            self.tests.iter().map(|(word, limit)| format!("{word}: {limit}")).collect();
        if self.valued() {
            tests.push("field: bytes".to_owned());
        }
        let (name, rules) = match self.of {
            Type::Events => ("event_count", "login, key"),
            Type::Values => ("value_count", "login, key"),
            Type::Sum => ("value_sum", "login, key"),
            Type::Average => ("value_avg", "login, key"),
            Type::Median => ("value_median", "login, key"),
            Type::Percentile(percent) => {
                tests.push(format!("percentile: {percent}"));
                ("value_percentile", "login, key")
            }
            Type::Share => ("value_percentile", "login, key"),
            Type::Temporal | Type::Words => ("temporal", "login, key, ticket"),
            Type::Ordered | Type::OrderedWords => ("temporal_ordered", "login, key, ticket"),
        };
        let condition = if matches!(self.of, Type::Words | Type::OrderedWords) {
            WORDS[self.words].0.to_owned()
        } else {
            format!("{{{}}}", tests.join(", "))
        };
        let group = if self.grouped { "group-by: [user], " } else { "" };
        format!(
            "{RULES}title: C\ncorrelation: {{type: {name}, rules: [{rules}], {group}timespan: {}s, condition: {condition}}}\n",
            self.span
        )
    }

    fn valued(&self) -> bool {
        match self.of {
            Type::Events | Type::Temporal | Type::Ordered | Type::Words | Type::OrderedWords => {
                false
            }
            Type::Values
            | Type::Sum
            | Type::Average
            | Type::Median
            | Type::Percentile(_)
            | Type::Share => true,
        }
    }

    fn reads(&self, seen: Seen) -> bool {
        let all = !self.valued() && self.of != Type::Events;
        (all || seen.rule < 2) && (seen.bytes.is_some() || !self.valued())
    }

    fn passes(&self, number: f64) -> bool {
        self.tests.iter().all(|(word, limit)| {
            let limit = f64::from(*limit);
            match *word {
                "gt" => number > limit,
                "gte" => number >= limit,
                "lt" => number < limit,
                "lte" => number <= limit,
                "eq" => number == limit,
                _ => number != limit,
            }
        })
    }

    /// Whether it holds for this window, whose last event came last.
    fn holds(&self, window: &[Seen]) -> bool {
        let mut numbers: Vec<f64> =
            window.iter().filter_map(|it| it.bytes).map(f64::from).collect();
        let last = window.last().and_then(|it| it.bytes);
        numbers.sort_by(f64::total_cmp);
        let total: f64 = numbers.iter().sum();
        let at = |percent: f64| {
            let place = percent / 100.0 * (numbers.len() - 1) as f64;
            let (low, high) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
            low + (high - low) * (place - place.floor())
        };
        let there = |rule: usize| window.iter().any(|it| it.rule == rule);
        match self.of {
            Type::Events => self.passes(window.len() as f64),
            Type::Values => {
                let mut different = numbers.clone();
                different.dedup();
                self.passes(different.len() as f64)
            }
            Type::Sum => self.passes(total),
            Type::Average => self.passes(total / numbers.len() as f64),
            Type::Median => self.passes(at(50.0)),
            Type::Percentile(percent) => self.passes(at(f64::from(percent))),
            Type::Share => {
                let same = window.iter().filter(|it| it.bytes == last).count();
                self.passes(same as f64 * 100.0 / window.len() as f64)
            }
            Type::Temporal => self.passes((0..3).filter(|it| there(*it)).count() as f64),
            Type::Ordered => {
                let longest =
                    choices().filter(|it| in_order(it, window)).map(|it| count(&it)).max();
                self.passes(longest.unwrap_or(0) as f64)
            }
            Type::Words => {
                let all = [there(0), there(1), there(2)];
                WORDS[self.words].1(all, all)
            }
            Type::OrderedWords => {
                let all = [there(0), there(1), there(2)];
                choices().any(|it| in_order(&it, window) && WORDS[self.words].1(it, all))
            }
        }
    }
}

/// Every choice among the three rules.
fn choices() -> impl Iterator<Item = [bool; 3]> {
    (0..8_u8).map(|bits| [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0])
}

fn count(choice: &[bool; 3]) -> usize {
    choice.iter().filter(|it| **it).count()
}

/// Whether the chosen rules came one after the other, in the order of the list.
fn in_order(choice: &[bool; 3], window: &[Seen]) -> bool {
    fn rest(wanted: &[usize], window: &[Seen]) -> bool {
        let Some((first, others)) = wanted.split_first() else { return true };
        (0..window.len()).any(|it| window[it].rule == *first && rest(others, &window[it + 1..]))
    }
    let wanted: Vec<usize> = (0..3).filter(|it| choice[*it]).collect();
    rest(&wanted, window)
}

fn generated() -> impl Strategy<Value = Generated> {
    let counts = prop_oneof![
        Just(vec![("gte", 2)]),
        Just(vec![("gt", 1), ("lt", 4)]),
        Just(vec![("eq", 2)]),
        Just(vec![("gte", 1), ("neq", 2), ("lte", 3)]),
    ];
    let of_counts =
        prop::sample::select(vec![Type::Events, Type::Values, Type::Temporal, Type::Ordered]);
    let word = prop::sample::select(vec!["gt", "gte", "lt", "lte", "eq", "neq"]);
    let of_numbers = prop::sample::select(vec![
        Type::Sum,
        Type::Average,
        Type::Median,
        Type::Percentile(25),
        Type::Percentile(75),
        Type::Percentile(100),
        Type::Share,
    ]);
    let numbers = proptest::collection::vec((word, prop_oneof![0..12_u32, 20..60_u32]), 1..3);
    let of = prop_oneof![
        (of_counts, counts),
        (of_numbers, numbers),
        (prop::sample::select(vec![Type::Words, Type::OrderedWords]), Just(Vec::new())),
    ];
    (of, 0..3_usize, any::<bool>(), 1..12_u32).prop_map(
        |((of, mut tests), words, grouped, span)| {
            // YAML keys are unique in a map.
            tests.sort_unstable();
            tests.dedup_by_key(|it| it.0);
            Generated { of, tests, words, grouped, span }
        },
    )
}

fn story() -> impl Strategy<Value = Vec<Seen>> {
    let one = (0..4_u32, 0..3_usize, 0..2_usize, proptest::option::weighted(0.8, 0..7_u32));
    proptest::collection::vec(one, 1..25).prop_map(|steps| {
        let mut second = 0;
        let mut seen = Vec::new();
        for (later, rule, user, bytes) in steps {
            second += later;
            seen.push(Seen { second, rule, user, bytes });
        }
        seen
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_and_all_events_agree(rule in generated(), story in story()) {
        let text = rule.yaml();
        let (mut rules, problems) = load(&text);
        prop_assert_eq!(&problems, &[], "{}", text);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        let mut silent_until: [Option<u32>; 2] = [None, None];
        for (at, seen) in story.iter().enumerate() {
            let time = format!("2024-05-06T00:{:02}:{:02}Z", seen.second / 60, seen.second % 60);
            let record = json!({
                "eventTime": time, "eventName": NAMES[seen.rule], "user": format!("u{}", seen.user), "bytes": seen.bytes,
            });
            let mut hits = Vec::new();
            rules.inspect(&event(cloudtrail(), &record, at as u64, &plan), &mut hits);
            let fired = hits.iter().any(|it| &*it.rule.title == "C");
            let group = if rule.grouped { seen.user } else { 0 };
            let window: Vec<Seen> = story[..=at]
                .iter()
                .filter(|it| rule.reads(**it) && (!rule.grouped || it.user == seen.user))
                .filter(|it| it.second + rule.span >= seen.second)
                .copied()
                .collect();
            let awake = silent_until[group].is_none_or(|it| seen.second > it);
            let wanted = rule.reads(*seen) && awake && rule.holds(&window);
            if wanted {
                silent_until[group] = Some(seen.second + rule.span);
            }
            prop_assert_eq!(fired, wanted, "{}\n{} of {:?}", text, at, story);
        }
    }
}
