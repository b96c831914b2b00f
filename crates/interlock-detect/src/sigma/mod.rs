//! Sigma 2.1 rules, compiled to the fields of our own events.
//!
//! Rules are read, compiled once to numbered fields, and looked up by the values that an event
//! must have ([`RuleSet::inspect`]), so that most events cost a few look-ups however many rules
//! there are. What we do not support is listed as a problem and never stops the other rules.
//! Not here: binding a match to an identity.

mod condition;
mod correlation;
mod encoding;
mod expression;
mod fault;
mod item;
mod limits;
mod load;
mod logsource;
mod mapping;
mod matcher;
mod modifier;
mod needs;
mod pack;
mod pattern;
mod pipeline;
mod rule;
mod statistic;
mod temporal;
mod texts;
mod window;
mod witness;
mod yaml;

#[cfg(test)]
mod tests;

pub use item::Placeholders;
pub use logsource::Row;
pub use pack::RULES;
pub use rule::RuleInfo;

use crate::snapshot::{Reader, RestoreError, Writer};
use correlation::Correlation;
use interlock_model::{Event, FieldPlan, Place, Timestamp};
use item::Paths;
use matcher::{Scratch, Slots, View, text_form};
use rule::Rule;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use window::Windows;
use witness::{Room, SourceIndex};

/// Compiled rules, and what their correlations remember. One for each thread that watches.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Arc<[Rule]>,
    index: Arc<[SourceIndex]>,
    /// In an order in which each comes after those it reads.
    correlations: Vec<Correlation>,
    /// Whether a rule, or a correlation behind all rules, makes matches of its own.
    speaks: Arc<[bool]>,
    paths: Arc<Paths>,
    keywords: bool,
    slots: Vec<Slots>,
    work: Work,
}

/// Room that is used again for every event.
#[derive(Debug, Clone, Default)]
struct Work {
    scratch: Scratch,
    room: Room,
    candidates: Vec<usize>,
    matched: Vec<usize>,
}

/// One match of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The rule, and all it says about itself.
    pub rule: Arc<RuleInfo>,
    /// When the first event that carries it happened.
    pub first: Timestamp,
    /// When the last one happened.
    pub last: Timestamp,
    /// The records that carry it, oldest first, at most 100.
    pub places: Places,
    /// What the rule wants to be shown: field and value. At most 32, values of at most 256 characters.
    pub facts: Vec<(String, String)>,
}

/// The records that carry a match, as a slice. Of most matches it is one, which takes no room elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub enum Places {
    /// The event that the rule matches.
    One(Place),
    /// The events that a correlation counted.
    Several(Vec<Place>),
}

impl Deref for Places {
    type Target = [Place];

    fn deref(&self) -> &[Place] {
        match self {
            Self::One(place) => std::slice::from_ref(place),
            Self::Several(places) => places,
        }
    }
}

/// The plan has no slots left for the fields that the rules name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the field `{path}` finds no slot: all are taken")]
pub struct PlanFull {
    /// The first field without a slot.
    pub path: String,
}

/// Most facts of one match.
const MOST_FACTS: usize = 32;

/// Longest fact, in characters.
const LONGEST_FACT: usize = 256;

impl RuleSet {
    /// Asks for the fields that the rules name. To be called once, before the first event.
    ///
    /// # Errors
    /// The plan is full; rules on the missing fields would see them as absent.
    pub fn plan(&mut self, plan: &mut FieldPlan) -> Result<(), PlanFull> {
        self.slots.clear();
        let mut slot =
            |path: &str| plan.slot(path).ok_or_else(|| PlanFull { path: path.to_owned() });
        for paths in self.paths.iter() {
            let Some((first, others)) = paths.split_first() else { continue };
            let first = slot(first)?;
            let others = others.iter().map(|it| slot(it)).collect::<Result<_, _>>()?;
            self.slots.push(Slots { first, others });
        }
        if self.keywords {
            plan.want_keywords();
        }
        Ok(())
    }

    /// All rules and correlations that were loaded, also those that stay silent for want of their log source.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<RuleInfo>> {
        let correlations = self.correlations.iter().map(|it| &it.info);
        self.rules.iter().map(|it| &it.info).chain(correlations)
    }

    /// How many rules have a log source that we read.
    #[must_use]
    pub fn active(&self) -> usize {
        self.rules.iter().filter(|it| !it.sources.is_empty()).count()
    }

    /// Whether a rule reads this log source.
    #[must_use]
    pub fn reads(&self, source: &str) -> bool {
        self.index.iter().any(|it| it.source == source)
    }

    /// How many groups the correlations have forgotten for want of room, since the start.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.correlations.iter().map(|it| it.windows.forgotten).sum()
    }

    /// Writes what the correlations remember; equal knowledge gives equal bytes.
    pub fn snapshot(&self, to: &mut Writer) {
        let ids: Vec<&str> = self.rules().map(|it| &*it.rule.id).collect();
        to.number(self.correlations.len() as u64);
        for correlation in &self.correlations {
            let mut inner = Writer::new();
            correlation.windows.write(&mut inner, |it| ids.get(it).copied().unwrap_or_default());
            to.blob(correlation.info.rule.id.as_bytes());
            to.blob(&inner.finish());
        }
    }

    /// Replaces what the correlations remember. Those that are new since then start empty, parts of
    /// those that are gone are skipped.
    ///
    /// # Errors
    /// It is damaged; then the correlations before the damage are restored, the others empty.
    pub fn restore(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        let numbers: HashMap<String, usize> =
            self.rules().enumerate().map(|(at, it)| (it.rule.id.to_string(), at)).collect();
        self.correlations.iter_mut().for_each(|it| it.windows = Windows::default());
        for _ in 0..from.count()? {
            let id = from.text()?;
            let mut part = Reader::new("sigma", from.blob()?);
            if let Some(it) = self.correlations.iter_mut().find(|it| *it.info.rule.id == *id) {
                it.windows = Windows::read(&mut part, |it| numbers.get(it).copied())?;
            }
        }
        Ok(())
    }

    /// Adds the matches of one event. Events without a match cost no allocation once the room for
    /// lower-case copies has grown.
    pub fn inspect(&mut self, event: &Event, hits: &mut Vec<Hit>) {
        let Some(index) = self.index.iter().find(|it| it.source == event.source) else { return };
        let view = View { fields: &event.fields, slots: &self.slots };
        let Work { scratch, room, candidates, matched } = &mut self.work;
        candidates.clear();
        matched.clear();
        index.candidates(&self.rules, view, room, |it| candidates.push(it));
        candidates.sort_unstable();
        candidates.dedup();
        for number in candidates {
            let Some(rule) = self.rules.get(*number) else { continue };
            if rule.condition.holds(&rule.searches, view, scratch) {
                matched.push(*number);
                if self.speaks.get(*number) == Some(&true) {
                    hits.push(hit(rule, event, view));
                }
            }
        }
        if matched.is_empty() {
            return;
        }
        for (at, correlation) in self.correlations.iter_mut().enumerate() {
            let number = self.rules.len() + at;
            let mut here = None;
            for rule in matched.iter() {
                if let Some(fired) = correlation.take(*rule, event, view) {
                    here = Some((*rule, fired));
                }
            }
            let Some((rule, fired)) = here else { continue };
            matched.push(number);
            if self.speaks.get(number) == Some(&true) {
                hits.push(Hit {
                    rule: Arc::clone(&correlation.info),
                    facts: correlation.facts(rule, view, &fired),
                    first: fired.first,
                    last: fired.last,
                    places: Places::Several(fired.places),
                });
            }
        }
    }
}

fn hit(rule: &Rule, event: &Event, view: View<'_>) -> Hit {
    let mut form = String::new();
    let mut facts = Vec::new();
    for (path, field) in rule.show.iter().take(MOST_FACTS) {
        let mut all = String::new();
        for value in view.values(*field) {
            let Some(text) = text_form(value, &mut form) else { continue };
            if !all.is_empty() {
                all.push_str(", ");
            }
            all.extend(text.chars().take(LONGEST_FACT));
            if all.len() > LONGEST_FACT {
                break;
            }
        }
        if !all.is_empty() {
            facts.push((path.to_string(), all.chars().take(LONGEST_FACT).collect()));
        }
    }
    Hit {
        rule: Arc::clone(&rule.info),
        first: event.time,
        last: event.time,
        places: Places::One(event.place.clone()),
        facts,
    }
}
