//! Finds, in one pass over a field, which rules have the texts that they need.
//!
//! For rules without a witness of another sort, as those on what a statement says: dozens of expressions in
//! any case on one message, of which most share not a word with it.

use super::matcher::{FieldIndex, View, text_form};
use super::needs::{InField, LIKE_ASCII, Needs, of_expr};
use super::rule::Rule;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::{BTreeMap, BTreeSet};

/// A field is searched for the sake of at least so many rules: fewer are as soon evaluated.
const FEWEST_RULES: usize = 4;
/// Up to so many bytes of texts have an automaton that is fast, and takes some 500 bytes for each of them.
const MOST_FAST: usize = 4096;

/// Rules that need texts, and those that need none.
#[derive(Debug, Clone, Default)]
pub(super) struct TextIndex {
    fields: Vec<Searched>,
    rules: Vec<Needing>,
    /// Of each text, which of `rules` are to be asked once it is found.
    behind: Vec<Vec<usize>>,
    always: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Searched {
    field: FieldIndex,
    automaton: AhoCorasick,
    /// The number of its first text.
    first: usize,
}

#[derive(Debug, Clone)]
struct Needing {
    rule: usize,
    /// Numbers of texts.
    needs: Needs<usize>,
}

/// The numbers of the texts that were found in an event; room that is used again.
#[derive(Debug, Clone, Default)]
pub(super) struct Found(Vec<u64>);

impl Found {
    fn clear(&mut self, texts: usize) {
        self.0.clear();
        self.0.resize(texts.div_ceil(64), 0);
    }

    fn add(&mut self, text: usize) {
        if let Some(word) = self.0.get_mut(text / 64) {
            *word |= 1 << (text % 64);
        }
    }

    fn has(&self, text: usize) -> bool {
        self.0.get(text / 64).is_some_and(|word| word >> (text % 64) & 1 == 1)
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

impl TextIndex {
    /// The index of these of all rules.
    pub(super) fn new(all: &[Rule], numbers: &[usize]) -> Self {
        let mut needs = Vec::new();
        for number in numbers {
            let Some(rule) = all.get(*number) else { continue };
            needs.push((*number, of_expr(&rule.condition, &rule.searches)));
        }
        let worth = worth_searching(&needs);
        for (_, needs) in &mut needs {
            *needs = needs.in_words(&mut |it| worth.contains(&it.0).then(|| it.clone()));
        }
        let texts = texts_of(&needs);
        let mut index = Self::default();
        let mut first = 0;
        for (field, texts) in &texts {
            let Some(automaton) = automaton(texts) else {
                return Self { always: numbers.to_vec(), ..Self::default() };
            };
            index.fields.push(Searched { field: *field, automaton, first });
            first += texts.len();
        }
        let words = texts.iter().flat_map(|(field, texts)| texts.iter().map(|it| (*field, *it)));
        let words: BTreeMap<(FieldIndex, &str), usize> = words.zip(0..).collect();
        for (rule, needs) in &needs {
            match needs.in_words(&mut |it| words.get(&(it.0, &*it.1)).copied()) {
                Needs::Nothing => index.always.push(*rule),
                needs @ (Needs::One(_) | Needs::All(_) | Needs::Any(_)) => {
                    index.rules.push(Needing { rule: *rule, needs });
                }
            }
        }
        index.behind = behind(&index.rules, first);
        index
    }

    /// Calls `candidate` with every rule that can match; with some of them more than once.
    pub(super) fn candidates(
        &self,
        view: View<'_>,
        form: &mut String,
        found: &mut Found,
        mut candidate: impl FnMut(usize),
    ) {
        self.always.iter().for_each(|it| candidate(*it));
        if !self.search(view, form, found) {
            return self.rules.iter().for_each(|it| candidate(it.rule));
        }
        for text in found.all() {
            let behind = self.behind.get(text).map(Vec::as_slice).unwrap_or_default();
            for it in behind.iter().filter_map(|it| self.rules.get(*it)) {
                if it.needs.met(&|it| found.has(*it)) {
                    candidate(it.rule);
                }
            }
        }
    }

    /// Searches an event for all texts; false when it holds what no text stands for.
    fn search(&self, view: View<'_>, form: &mut String, found: &mut Found) -> bool {
        found.clear(self.behind.len());
        for Searched { field, automaton, first } in &self.fields {
            if !view.has(*field) {
                continue;
            }
            for value in view.values(*field) {
                let Some(text) = text_form(value, form) else { continue };
                if !text.is_ascii() && text.contains(LIKE_ASCII) {
                    return false;
                }
                let Ok(places) = automaton.try_find_overlapping_iter(text) else { return false };
                places.for_each(|it| found.add(first + it.pattern().as_usize()));
            }
        }
        true
    }
}

/// The fields of which enough of these rules need a text.
fn worth_searching(needs: &[(usize, Needs<InField>)]) -> BTreeSet<FieldIndex> {
    let mut rules_of: BTreeMap<FieldIndex, usize> = BTreeMap::new();
    for (_, needs) in needs {
        let mut fields = BTreeSet::new();
        needs.each(&mut |it| {
            fields.insert(it.0);
        });
        fields.into_iter().for_each(|it| *rules_of.entry(it).or_default() += 1);
    }
    rules_of.retain(|_, rules| *rules >= FEWEST_RULES);
    rules_of.into_keys().collect()
}

/// The texts that are needed, by field, each once.
fn texts_of(needs: &[(usize, Needs<InField>)]) -> BTreeMap<FieldIndex, BTreeSet<&str>> {
    let mut texts: BTreeMap<FieldIndex, BTreeSet<&str>> = BTreeMap::new();
    for (_, needs) in needs {
        needs.each(&mut |(field, text)| {
            texts.entry(*field).or_default().insert(text);
        });
    }
    texts
}

/// What finds every one of these in either case, also those that overlap; `None` when they are too many.
fn automaton(texts: &BTreeSet<&str>) -> Option<AhoCorasick> {
    let bytes: usize = texts.iter().map(|it| it.len()).sum();
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .prefilter(false)
        .kind((bytes <= MOST_FAST).then_some(AhoCorasickKind::DFA))
        .build(texts)
        .ok()
}

/// Of each text the rules to be asked once it is found: of what a rule needs, those texts one of which an
/// event must have, and that the fewest other rules need, since those are the least common.
fn behind(rules: &[Needing], texts: usize) -> Vec<Vec<usize>> {
    let mut needed_by = vec![0; texts];
    for it in rules {
        let mut own = BTreeSet::new();
        it.needs.each(&mut |text| {
            own.insert(*text);
        });
        for text in own {
            if let Some(count) = needed_by.get_mut(text) {
                *count += 1;
            }
        }
    }
    let mut behind = vec![Vec::new(); texts];
    for (at, it) in rules.iter().enumerate() {
        for text in rarest(&it.needs, &needed_by).unwrap_or_default() {
            if let Some(rules) = behind.get_mut(text) {
                rules.push(at);
            }
        }
    }
    behind
}

/// Texts one of which must be found. `None` when nothing must.
fn rarest(needs: &Needs<usize>, needed_by: &[usize]) -> Option<BTreeSet<usize>> {
    match needs {
        Needs::Nothing => None,
        Needs::One(text) => Some(BTreeSet::from([*text])),
        Needs::Any(parts) => parts.iter().try_fold(BTreeSet::new(), |mut all, it| {
            all.extend(rarest(it, needed_by)?);
            Some(all)
        }),
        Needs::All(parts) => {
            let commonest = |it: &BTreeSet<usize>| {
                it.iter().filter_map(|text| needed_by.get(*text)).max().copied()
            };
            let parts = parts.iter().filter_map(|it| rarest(it, needed_by));
            parts.min_by_key(|it| (commonest(it), it.len()))
        }
    }
}
