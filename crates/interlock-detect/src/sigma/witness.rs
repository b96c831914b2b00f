//! Finds, for one event, the few rules that can match it at all.
//!
//! A rule's witness is a field and the values of which it must have one, or the rule cannot match:
//! for most cloud rules the name of the operation. Rules without witness are tried on every event
//! of their log source.

use super::matcher::{Expr, FieldIndex, Matcher, View, text_form};
use super::pattern::lower_into;
use super::rule::Rule;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// The rules of one log source, by witness.
#[derive(Debug, Clone)]
pub(super) struct SourceIndex {
    /// The log source's name.
    pub(super) source: &'static str,
    fields: Vec<ByValue>,
    always: Vec<usize>,
}

#[derive(Debug, Clone)]
struct ByValue {
    field: FieldIndex,
    rules: HashMap<Box<str>, Vec<usize>, BuildHasherDefault<Quick>>,
    longest: usize,
}

/// A hash for short text: eight bytes at a time.
///
/// It does not withstand chosen keys and need not: the keys of the table come from rules, and what
/// an event asks for is never put in.
#[derive(Debug, Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0_u8; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Necessary values, by field; in lower case.
type Necessary = BTreeMap<FieldIndex, BTreeSet<Box<str>>>;

/// One index for each log source that a rule reads.
pub(super) fn index(rules: &[Rule]) -> Vec<SourceIndex> {
    let necessary: Vec<Necessary> =
        rules.iter().map(|it| necessary(&it.condition, &it.searches)).collect();
    let sources: BTreeSet<&'static str> =
        rules.iter().flat_map(|it| it.sources.iter().copied()).collect();
    sources.into_iter().map(|source| index_of(source, rules, &necessary)).collect()
}

fn index_of(source: &'static str, rules: &[Rule], necessary: &[Necessary]) -> SourceIndex {
    let ours = || {
        rules
            .iter()
            .zip(necessary)
            .enumerate()
            .filter(|(_, (rule, _))| rule.sources.contains(&source))
            .map(|(at, (_, necessary))| (at, necessary))
    };
    // The more values the rules know of a field, the fewer events share one of them.
    let mut known: BTreeMap<FieldIndex, BTreeSet<&str>> = BTreeMap::new();
    for (_, necessary) in ours() {
        for (field, values) in necessary {
            known.entry(*field).or_default().extend(values.iter().map(AsRef::as_ref));
        }
    }
    let variety = |field: &FieldIndex| known.get(field).map_or(1, BTreeSet::len).max(1);
    let mut fields: BTreeMap<FieldIndex, HashMap<Box<str>, Vec<usize>, _>> = BTreeMap::new();
    let mut always = Vec::new();
    for (at, necessary) in ours() {
        // Smallest share of the field's values that this rule asks for; compared without division.
        let best = necessary.iter().min_by(|(left, ours), (right, theirs)| {
            let left_share = ours.len().saturating_mul(variety(right));
            let right_share = theirs.len().saturating_mul(variety(left));
            left_share.cmp(&right_share)
        });
        match best {
            None => always.push(at),
            Some((field, values)) => {
                let by_value = fields.entry(*field).or_default();
                for value in values {
                    by_value.entry(value.clone()).or_default().push(at);
                }
            }
        }
    }
    let fields = fields
        .into_iter()
        .map(|(field, rules)| {
            let longest = rules.keys().map(|it| it.len()).max().unwrap_or(0);
            ByValue { field, rules, longest }
        })
        .collect();
    SourceIndex { source, fields, always }
}

impl SourceIndex {
    /// Calls `found` with every rule that can match; with some of them more than once.
    pub(super) fn candidates(
        &self,
        view: View<'_>,
        form: &mut String,
        lower: &mut String,
        mut found: impl FnMut(usize),
    ) {
        self.always.iter().for_each(|it| found(*it));
        for by_value in &self.fields {
            for value in view.values(by_value.field) {
                let Some(text) = text_form(value, form) else { continue };
                // No character's lower case is less than a third of its length.
                if text.len() > by_value.longest.saturating_mul(3) {
                    continue;
                }
                lower_into(text, lower);
                if let Some(rules) = by_value.rules.get(lower.as_str()) {
                    rules.iter().for_each(|it| found(*it));
                }
            }
        }
    }
}

fn necessary(expr: &Expr, searches: &[Expr]) -> Necessary {
    match expr {
        Expr::Test(test) => {
            let Some(field) = test.field else { return Necessary::new() };
            let of = |spellings: &[Matcher]| -> Option<BTreeSet<Box<str>>> {
                spellings.iter().map(|it| it.exact().map(Into::into)).collect()
            };
            let mut values = test.values.iter().map(|it| of(it));
            let set = if test.all {
                values.flatten().min_by_key(BTreeSet::len)
            } else {
                values.try_fold(BTreeSet::new(), |mut all, it| {
                    all.extend(it?);
                    Some(all)
                })
            };
            set.map(|it| (field, it)).into_iter().collect()
        }
        Expr::Search(index) => {
            searches.get(*index).map(|it| necessary(it, searches)).unwrap_or_default()
        }
        Expr::All(parts) => {
            let mut all = Necessary::new();
            for (field, values) in parts.iter().flat_map(|it| necessary(it, searches)) {
                match all.get(&field) {
                    Some(known) if known.len() <= values.len() => {}
                    Some(_) | None => {
                        all.insert(field, values);
                    }
                }
            }
            all
        }
        Expr::Any(parts) => {
            let mut parts = parts.iter().map(|it| necessary(it, searches));
            let Some(mut any) = parts.next() else { return Necessary::new() };
            for part in parts {
                any.retain(|field, values| {
                    part.get(field).map(|it| values.extend(it.iter().cloned())).is_some()
                });
            }
            any
        }
        Expr::Not(_) => Necessary::new(),
    }
}

impl Matcher {
    /// The only text form, in lower case, that a value can have and fit.
    fn exact(&self) -> Option<&str> {
        match self {
            Self::Text(pattern) => pattern.exact(),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Number(..)
            | Self::Null
            | Self::Exists(_)
            | Self::Regex(_)
            | Self::Network(_)
            | Self::Order(..)
            | Self::Date(..)
            | Self::Field(..) => None,
        }
    }
}
