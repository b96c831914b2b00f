//! When a transformation is due: conditions on the rule, on an entry of a search, on a field's name.

use super::Subject;
use super::detection::{self, Entry};
use super::values;
use crate::sigma::condition::Condition;
use crate::sigma::logsource::LogSource;
use crate::sigma::yaml::{Node, Value};
use regex::Regex;
use std::collections::BTreeMap;

/// Conditions, and how they belong together.
#[derive(Debug)]
pub(super) struct Conditions<C> {
    pub(super) all: Vec<C>,
    /// Over their numbers.
    pub(super) joined: Condition,
}

impl<C> Conditions<C> {
    /// No condition: always due.
    pub(super) const fn none() -> Self {
        Self { all: Vec::new(), joined: Condition::All(Vec::new()) }
    }

    /// Whether they hold together, when each is asked like this.
    pub(super) fn hold(&self, ask: impl Fn(&C) -> bool) -> bool {
        holds(&self.joined, &|at| self.all.get(at).is_some_and(&ask))
    }
}

fn holds(joined: &Condition, ask: &impl Fn(usize) -> bool) -> bool {
    match joined {
        Condition::Search(at) => ask(*at),
        Condition::All(parts) => parts.iter().all(|it| holds(it, ask)),
        Condition::Any(parts) => parts.iter().any(|it| holds(it, ask)),
        Condition::Not(inner) => !holds(inner, ask),
    }
}

/// What was remembered by `set_state`.
pub(super) type State = BTreeMap<Box<str>, Box<str>>;

/// A comparison with what was remembered.
#[derive(Debug)]
pub(super) struct StateIs {
    pub(super) key: Box<str>,
    pub(super) value: Box<str>,
    pub(super) order: Comparison,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Equal.
    Eq,
    /// Different, or never set.
    Ne,
    /// As numbers: larger.
    Gt,
    /// As numbers: larger or equal.
    Gte,
    /// As numbers: smaller.
    Lt,
    /// As numbers: smaller or equal.
    Lte,
}

impl StateIs {
    fn holds(&self, state: &State) -> bool {
        let Some(there) = state.get(&self.key) else { return self.order == Comparison::Ne };
        let numbers = || Some((there.parse::<f64>().ok()?, self.value.parse::<f64>().ok()?));
        match self.order {
            Comparison::Eq => *there == self.value,
            Comparison::Ne => *there != self.value,
            Comparison::Gt => numbers().is_some_and(|(there, it)| there > it),
            Comparison::Gte => numbers().is_some_and(|(there, it)| there >= it),
            Comparison::Lt => numbers().is_some_and(|(there, it)| there < it),
            Comparison::Lte => numbers().is_some_and(|(there, it)| there <= it),
        }
    }
}

/// A condition on the rule as a whole.
#[derive(Debug)]
pub(super) enum RuleCondition {
    /// It is about this log source; for a correlation, one of its rules is.
    LogSource(LogSource),
    /// One of its entries is about this field.
    HasField(Box<str>),
    /// One of its entries is about this field and has this value, as the rule writes it.
    HasEntry { field: Box<str>, value: Box<str> },
    /// It has this tag.
    Tag(Box<str>),
    /// The transformation of this id was due for it.
    Done(Box<str>),
    /// What was remembered.
    State(StateIs),
    /// It is a correlation, or it is not.
    IsCorrelation(bool),
}

impl RuleCondition {
    pub(super) fn holds(&self, rule: &Subject<'_>) -> bool {
        match self {
            Self::LogSource(it) => rule.sources.iter().any(|source| it.covers(source)),
            Self::HasField(field) => entry(rule, &|it| it.field() == &**field),
            Self::HasEntry { field, value } => entry(rule, &|it| {
                let same = |there: &Node| there.scalar() == Some(value);
                it.field() == &**field && it.value.elements().iter().any(same)
            }),
            Self::Tag(tag) => {
                let tags = rule.document.get("tags").map(Node::elements).unwrap_or_default();
                tags.iter().filter_map(Node::scalar).any(|it| it.eq_ignore_ascii_case(tag))
            }
            Self::Done(id) => rule.done.contains(id),
            Self::State(it) => it.holds(rule.state),
            Self::IsCorrelation(wanted) => rule.document.get("correlation").is_some() == *wanted,
        }
    }
}

fn entry(rule: &Subject<'_>, wanted: &dyn Fn(Entry<'_>) -> bool) -> bool {
    let detection = rule.document.get("detection").into_iter();
    let mut blocks = detection.chain(rule.narrowed.iter().map(|it| &it.body));
    blocks.any(|block| detection::searches(block).any(|(_, it)| detection::any(it, wanted)))
}

/// A condition on an entry of a search.
#[derive(Debug)]
pub(super) enum ItemCondition {
    /// Its texts match the pattern, from their beginning.
    Matches { pattern: Regex, all: bool, negated: bool },
    /// Its texts have a wildcard.
    Wildcard { all: bool },
    /// It asks that the field is null.
    Null { all: bool },
    /// It has this value.
    Value { value: Box<str>, all: bool },
    /// What was remembered.
    State(StateIs),
}

impl ItemCondition {
    pub(super) fn holds(&self, entry: Entry<'_>, state: &State) -> bool {
        let of = |all: bool, ask: &dyn Fn(&Node) -> bool| {
            let elements = elements(entry.value);
            if all { elements.iter().all(ask) } else { elements.iter().any(ask) }
        };
        match self {
            Self::Matches { pattern, all, negated } => {
                let matches =
                    |it: &Node| values::seen(entry, it).is_some_and(|text| pattern.is_match(&text));
                of(*all, &matches) != *negated
            }
            Self::Wildcard { all } => {
                of(*all, &|it| values::seen(entry, it).is_some_and(|it| values::is_wild(&it)))
            }
            Self::Null { all } => of(*all, &|it| it.value == Value::Null),
            Self::Value { value, all } => of(*all, &|it| it.scalar() == Some(value)),
            Self::State(it) => it.holds(state),
        }
    }
}

/// The values of an entry; null is one.
fn elements(node: &Node) -> &[Node] {
    if node.value == Value::Null { std::slice::from_ref(node) } else { node.elements() }
}

/// A condition on a field's name.
#[derive(Debug)]
pub(super) enum FieldCondition {
    /// It is one of these, or it is none of these.
    Among { fields: Names, wanted: bool },
    /// What was remembered.
    State(StateIs),
}

/// Names of fields.
#[derive(Debug)]
pub(super) enum Names {
    /// As they are.
    Plain(Vec<Box<str>>),
    /// By patterns, from the name's beginning.
    Patterns(Vec<Regex>),
}

impl FieldCondition {
    /// The empty name stands for a search of all text.
    pub(super) fn holds(&self, field: &str, state: &State) -> bool {
        match self {
            Self::Among { fields, wanted } => {
                let there = !field.is_empty()
                    && match fields {
                        Names::Plain(all) => all.iter().any(|it| &**it == field),
                        Names::Patterns(all) => all.iter().any(|it| it.is_match(field)),
                    };
                there == *wanted
            }
            Self::State(it) => it.holds(state),
        }
    }
}
