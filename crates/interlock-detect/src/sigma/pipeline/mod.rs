//! Processing pipelines, in the format of pySigma: what people bring to make rules fit their own logs.
//!
//! A pipeline rewrites the text of a rule, before anything of it is compiled: so whatever is said of
//! a rule's fields, values and bounds holds for what comes out of a pipeline too. Pipelines run in the
//! order of their `priority`, within one priority in the order of their files' names.
//! Not here: what a provider's own records call a field, which stands in the tables of `mapping`.

mod conditions;
mod detection;
mod read;
mod transform;
mod values;

use super::fault::Fault;
use super::logsource::LogSource;
use super::yaml::{Node, Value};
use conditions::{Conditions, FieldCondition, ItemCondition, RuleCondition};
use interlock_model::Problem;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The name of the folder, at any place among the rules, whose files are pipelines and not rules.
const FOLDER: &str = "pipelines";

/// Whether this file holds pipelines.
pub(super) fn is_pipeline(file: &str) -> bool {
    file.rsplit(['/', '\\']).nth(1) == Some(FOLDER)
}

/// Every pipeline, in the order in which they run.
#[derive(Debug, Default)]
pub(super) struct Pipelines {
    all: Vec<Pipeline>,
}

#[derive(Debug)]
struct Pipeline {
    name: Box<str>,
    priority: i64,
    items: Vec<Item>,
}

/// One transformation, and when it is due.
#[derive(Debug)]
struct Item {
    id: Option<Box<str>>,
    does: Transformation,
    /// Of the rule as a whole.
    rules: Conditions<RuleCondition>,
    /// Of one entry of a search.
    entries: Conditions<ItemCondition>,
    /// Of the name of a field.
    fields: Conditions<FieldCondition>,
}

/// What a transformation does.
#[derive(Debug)]
enum Transformation {
    /// Other names for fields.
    Rename(Rename),
    /// One more thing that must hold, or must not.
    AddCondition { search: Node, negated: bool, template: bool },
    /// Another log source.
    ChangeLogSource { source: Node, read: LogSource },
    /// Entries are left out.
    Drop,
    /// Parts of values are replaced.
    Replace { pattern: Regex, by: String, outside_wildcards: bool },
    /// Whole values are replaced.
    MapValues(BTreeMap<String, Vec<Node>>),
    /// Something to remember, for conditions of later transformations.
    SetState { key: Box<str>, value: Box<str> },
    /// The rule is refused.
    Fail(Box<str>),
    /// The rule is refused for an entry that it holds.
    FailForEntry(Box<str>),
}

/// How fields are named otherwise.
#[derive(Debug)]
enum Rename {
    /// By the whole name.
    Names(BTreeMap<Box<str>, Vec<Box<str>>>),
    /// By how it begins.
    Beginnings(Vec<(Box<str>, Vec<Box<str>>)>),
    /// Something before it.
    Prefix(Box<str>),
    /// Something behind it.
    Suffix(Box<str>),
}

/// A rule on its way through the pipelines.
#[derive(Debug, Clone)]
pub(super) struct Rewritten {
    /// The rule.
    pub(super) document: Node,
    /// Searches of its `detection` of which nothing is left.
    pub(super) dropped: BTreeSet<Box<str>>,
    /// What narrows it: the bodies of filters, and what pipelines added.
    pub(super) narrowed: Vec<Narrowed>,
    /// Its log source.
    pub(super) source: LogSource,
    state: BTreeMap<Box<str>, Box<str>>,
    done: BTreeSet<Box<str>>,
}

/// Searches with a condition of their own that must hold beside that of the rule.
#[derive(Debug, Clone)]
pub(super) struct Narrowed {
    /// The searches and the condition.
    pub(super) body: Node,
    /// Searches of which nothing is left.
    pub(super) dropped: BTreeSet<Box<str>>,
}

impl Rewritten {
    /// A rule as it was written.
    pub(super) fn new(document: Node, source: LogSource, filters: Vec<Node>) -> Self {
        let whole = |mut body: Node| {
            // Which rules a filter is for was asked before, and is no search.
            if let Value::Map(entries) = &mut body.value {
                entries.retain(|(key, _)| key.text() != Some("rules"));
            }
            Narrowed { body, dropped: BTreeSet::new() }
        };
        Self {
            document,
            dropped: BTreeSet::new(),
            narrowed: filters.into_iter().map(whole).collect(),
            source,
            state: BTreeMap::new(),
            done: BTreeSet::new(),
        }
    }
}

/// What conditions on a rule may ask about.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    document: &'a Node,
    narrowed: &'a [Narrowed],
    sources: &'a [LogSource],
    state: &'a BTreeMap<Box<str>, Box<str>>,
    done: &'a BTreeSet<Box<str>>,
}

impl Pipelines {
    /// Reads the pipelines of these files, each with its documents. A pipeline with a mistake is not
    /// run at all: half of one would make rules say what nobody wrote.
    pub(super) fn load<'a>(
        files: impl Iterator<Item = (&'a Arc<str>, &'a [Node])>,
    ) -> (Self, Vec<Problem>) {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for (file, documents) in files {
            for document in documents {
                let mut faults = Vec::new();
                if let Some(pipeline) = read::pipeline(document, &mut faults) {
                    all.push((pipeline, Arc::clone(file)));
                }
                problems.extend(faults.into_iter().map(|it| it.in_file(file, None)));
            }
        }
        all.sort_by(|(a, a_file), (b, b_file)| (a.priority, a_file).cmp(&(b.priority, b_file)));
        (Self { all: all.into_iter().map(|(it, _)| it).collect() }, problems)
    }

    /// Runs every pipeline over a rule.
    ///
    /// # Errors
    /// A pipeline refuses the rule, or would make more of it than it may become.
    pub(super) fn run(&self, rule: &mut Rewritten) -> Result<(), Fault> {
        for pipeline in &self.all {
            for item in &pipeline.items {
                let subject = Subject {
                    document: &rule.document,
                    narrowed: &rule.narrowed,
                    sources: std::slice::from_ref(&rule.source),
                    state: &rule.state,
                    done: &rule.done,
                };
                if !item.rules.hold(|it| it.holds(&subject)) {
                    continue;
                }
                transform::apply(item, rule).map_err(|it| pipeline.named(it))?;
                rule.done.extend(item.id.clone());
            }
        }
        Ok(())
    }

    /// Runs what concerns the names of fields, and what refuses, over a correlation of rules on these
    /// log sources.
    ///
    /// # Errors
    /// A pipeline refuses it, or gives several names to a field that can have only one.
    pub(super) fn run_on_correlation(
        &self,
        document: &mut Node,
        sources: &[LogSource],
    ) -> Result<(), Fault> {
        let (mut state, mut done) = (BTreeMap::new(), BTreeSet::new());
        for pipeline in &self.all {
            for item in &pipeline.items {
                let subject =
                    Subject { document, narrowed: &[], sources, state: &state, done: &done };
                if !item.rules.hold(|it| it.holds(&subject)) {
                    continue;
                }
                match &item.does {
                    Transformation::SetState { key, value } => {
                        state.insert(key.clone(), value.clone());
                    }
                    Transformation::Fail(why) => {
                        return Err(pipeline.named(refused(document, why)));
                    }
                    Transformation::Rename(rename) => {
                        transform::rename_correlation(document, rename, &item.fields, &state)
                            .map_err(|it| pipeline.named(it))?;
                    }
                    Transformation::AddCondition { .. }
                    | Transformation::ChangeLogSource { .. }
                    | Transformation::Drop
                    | Transformation::Replace { .. }
                    | Transformation::MapValues(_)
                    | Transformation::FailForEntry(_) => continue,
                }
                done.extend(item.id.clone());
            }
        }
        Ok(())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.iter().all(|it| it.items.is_empty())
    }
}

impl Pipeline {
    /// A fault of a rule that this pipeline brought about.
    fn named(&self, fault: Fault) -> Fault {
        Fault { what: format!("pipeline `{}`: {}", self.name, fault.what), ..fault }
    }
}

fn refused(document: &Node, why: &str) -> Fault {
    Fault::wrong(super::rule::head(document), why)
}

/// A value that stands at this place.
fn value(at: Option<&Range<usize>>, value: Value) -> Node {
    Node { at: at.cloned(), value }
}

/// Text that stands at this place.
fn text(at: Option<&Range<usize>>, text: impl Into<String>) -> Node {
    value(at, Value::Text(text.into()))
}
