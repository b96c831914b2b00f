//! Finds, for one event, the few rules that can match it at all.
//!
//! A rule's witness is a field and the values of which it must have one, or the rule cannot match:
//! for most cloud rules the name of the operation. Rules without witness are tried on the events of
//! their log source that hold the texts they need ([`TextIndex`]).

use super::matcher::{Expr, FieldIndex, Matcher, View, text_form};
use super::pattern::lower_into;
use super::rule::Rule;
use super::texts::{Found, TextIndex};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// The rules of one log source, by witness.
#[derive(Debug, Clone)]
pub(super) struct SourceIndex {
    /// The log source's name.
    pub(super) source: &'static str,
    fields: Vec<ByValue>,
    without: Vec<usize>,
    /// Those without a witness, by text: made for the first event of the log source, since most log sources
    /// that rules read never speak.
    by_text: OnceLock<TextIndex>,
}

/// Room that is used again for every event.
#[derive(Debug, Clone, Default)]
pub(super) struct Room {
    form: String,
    lower: String,
    found: Found,
}

#[derive(Debug, Clone)]
struct ByValue {
    field: FieldIndex,
    rules: Lookup,
    longest: usize,
}

/// Rules by a value in lower case; asked in any case, without a copy where the value is ASCII.
///
/// Its hash does not withstand chosen keys and need not: the keys come from rules, and what an event
/// asks for is never put in.
#[derive(Debug, Clone)]
struct Lookup {
    all: Vec<(Box<str>, Vec<usize>)>,
    /// One more than the number of a value, where its hash is or behind it; 0 where none is.
    /// A power of two of them, at least twice as many as values.
    table: Vec<u32>,
}

impl Lookup {
    fn new(rules: BTreeMap<Box<str>, Vec<usize>>) -> Self {
        let all: Vec<_> = rules.into_iter().collect();
        let mut table = vec![0; (all.len() * 2).next_power_of_two().max(2)];
        let mask = table.len() - 1;
        for ((key, _), number) in all.iter().zip(1..) {
            let mut at = spread(key.as_bytes()).0 & mask;
            while table.get(at).is_some_and(|it| *it != 0) {
                at = (at + 1) & mask;
            }
            if let Some(free) = table.get_mut(at) {
                *free = number;
            }
        }
        Self { all, table }
    }

    /// The rules of this value; `lower` is room for a copy.
    fn find(&self, value: &str, lower: &mut String) -> &[usize] {
        let (hash, ascii) = spread(value.as_bytes());
        if ascii {
            return self.probe(hash, |key| key.eq_ignore_ascii_case(value));
        }
        lower_into(value, lower);
        self.probe(spread(lower.as_bytes()).0, |key| key == lower)
    }

    fn probe(&self, hash: usize, same: impl Fn(&str) -> bool) -> &[usize] {
        let mask = self.table.len().saturating_sub(1);
        let mut at = hash & mask;
        // There are free places, so that every search comes to an end.
        while let Some(number) = self.table.get(at).and_then(|it| it.checked_sub(1)) {
            match self.all.get(number as usize) {
                Some((key, rules)) if same(key) => return rules,
                Some(_) | None => at = (at + 1) & mask,
            }
        }
        &[]
    }
}

/// A hash of short text that is the same for letters of either case, and whether all of it is ASCII.
fn spread(bytes: &[u8]) -> (usize, bool) {
    const CASE: u64 = 0x2020_2020_2020_2020;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (mut state, mut seen) = (bytes.len() as u64, 0);
    let mut take = |word: u64| {
        seen |= word;
        state = (state.rotate_left(5) ^ (word | CASE)).wrapping_mul(0x517c_c1b7_2722_0a95);
    };
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|it| take(u64::from_le_bytes(*it)));
    match bytes.last_chunk::<8>() {
        // The last eight bytes, some of them again: cheaper than to put the rest together.
        Some(last) if !rest.is_empty() => take(u64::from_le_bytes(*last)),
        Some(_) => {}
        None => take(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
    }
    ((state ^ state >> 32) as usize, seen & HIGH == 0)
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
    let mut fields: BTreeMap<FieldIndex, BTreeMap<Box<str>, Vec<usize>>> = BTreeMap::new();
    let mut without = Vec::new();
    for (at, necessary) in ours() {
        // Smallest share of the field's values that this rule asks for; compared without division.
        let best = necessary.iter().min_by(|(left, ours), (right, theirs)| {
            let left_share = ours.len().saturating_mul(variety(right));
            let right_share = theirs.len().saturating_mul(variety(left));
            left_share.cmp(&right_share)
        });
        match best {
            None => without.push(at),
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
            ByValue { field, rules: Lookup::new(rules), longest }
        })
        .collect();
    SourceIndex { source, fields, without, by_text: OnceLock::new() }
}

impl SourceIndex {
    /// Calls `candidate` with every rule that can match; with some of them more than once. `all` are those
    /// that the index was made of.
    pub(super) fn candidates(
        &self,
        all: &[Rule],
        view: View<'_>,
        room: &mut Room,
        mut candidate: impl FnMut(usize),
    ) {
        let Room { form, lower, found } = room;
        let by_text = self.by_text.get_or_init(|| TextIndex::new(all, &self.without));
        by_text.candidates(view, form, found, &mut candidate);
        for by_value in &self.fields {
            // Most fields that rules name are in few events.
            if !view.has(by_value.field) {
                continue;
            }
            for value in view.values(by_value.field) {
                let Some(text) = text_form(value, form) else { continue };
                // No character's lower case is less than a third of its length.
                if text.len() > by_value.longest.saturating_mul(3) {
                    continue;
                }
                by_value.rules.find(text, lower).iter().for_each(|it| candidate(*it));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_in_any_case_and_at_any_length() {
        let words =
            ["", "a", "getuser", "listbuckets", "iam.amazonaws.com", "ärger", "k", "strasse"];
        let rules = words.iter().enumerate().map(|(at, it)| ((*it).into(), vec![at])).collect();
        let lookup = Lookup::new(rules);
        let mut room = String::new();
        for (at, word) in words.iter().enumerate() {
            assert_eq!(lookup.find(word, &mut room), [at], "{word}");
            assert_eq!(lookup.find(&word.to_uppercase(), &mut room), [at], "{word}");
        }
        // The sign of Kelvin is written small as the letter.
        assert_eq!(lookup.find("\u{212a}", &mut room), [6]);
        for other in ["b", "getusers", "istbuckets", "iam.amazonaws.con", "@", "[", "arger"] {
            assert!(lookup.find(other, &mut room).is_empty(), "{other}");
        }
        assert!(Lookup::new(BTreeMap::new()).find("a", &mut room).is_empty());
    }
}
