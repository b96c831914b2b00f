//! Correlation rules: several matches within a time span, per group.

use super::LONGEST_FACT;
use super::fault::Fault;
use super::item::Names;
use super::limits::{self, Listed};
use super::matcher::{FieldIndex, View, number_form, text_form};
use super::rule::RuleInfo;
use super::statistic::Statistic;
use super::window::{Counted, Fired, Kind, Seen, Windows};
use super::yaml::Node;
use interlock_model::{Digest, Event};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A compiled correlation rule with its memory.
#[derive(Debug, Clone)]
pub(super) struct Correlation {
    /// What it says about itself.
    pub(super) info: Arc<RuleInfo>,
    /// Whether the rules it reads alert by themselves too.
    pub(super) generate: bool,
    /// What it reads.
    pub(super) inputs: Vec<Input>,
    /// The log sources whose events its rules match.
    pub(super) sources: Vec<&'static str>,
    kind: Kind,
    span: SignedDuration,
    group_by: Vec<Box<str>>,
    /// What it remembers.
    pub(super) windows: Windows,
}

/// A rule that a correlation reads.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// The number of the rule, or of the correlation behind all rules.
    pub(super) rule: usize,
    group_by: Vec<FieldIndex>,
    values: Vec<FieldIndex>,
}

/// What a name in a correlation means.
#[derive(Debug)]
pub(super) struct Called {
    /// The number of the rule, or of the correlation behind all rules.
    pub(super) number: usize,
    /// The log sources whose events it matches.
    pub(super) sources: Vec<&'static str>,
}

/// What stands between two values of a group's key; no log writes it.
const BETWEEN: char = '\u{1f}';

/// The longest key of a group, and the longest value that is counted, in bytes: a digest stands for what is
/// longer, so that the bounds of [`Windows`] are bounds of memory too.
const LONGEST: usize = 256;

/// The names by which a correlation's document calls its rules.
pub(super) fn inputs(document: &Node) -> Vec<&Node> {
    let rules = document.get("correlation").and_then(|it| it.get("rules"));
    rules.map(Node::elements).unwrap_or_default().iter().collect()
}

/// Compiles one. `rule` answers which rule a name means.
pub(super) fn compile(
    document: &Node,
    info: RuleInfo,
    rule: impl Fn(&str) -> Option<Called>,
    names: &mut Names<'_>,
) -> Result<Correlation, Fault> {
    let Some(body) = document.get("correlation") else {
        return Err(Fault::wrong(document.at.as_ref(), "a correlation rule needs a `correlation`"));
    };
    let missing =
        |key: &str| Fault::wrong(body.at.as_ref(), format!("`correlation` needs `{key}`"));
    let span = span(body.get("timespan").ok_or_else(|| missing("timespan"))?)?;
    let list = |key: &str| -> Vec<&Node> {
        body.get(key).map(Node::elements).unwrap_or_default().iter().collect()
    };
    let counted: Vec<&Node> = body
        .get("condition")
        .and_then(|it| it.get("field"))
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .collect();
    let (mut read, mut listed) = (Vec::new(), Listed { names: Vec::new(), numbers: Vec::new() });
    let mut all_sources = BTreeSet::new();
    for node in list("rules") {
        let name = node.scalar().unwrap_or_default();
        let Some(Called { number, sources }) = rule(name) else {
            return Err(Fault::wrong(
                node.at.as_ref(),
                format!("it reads the rule `{name}`, which is not here or could not be used"),
            ));
        };
        listed.names.push(name);
        listed.numbers.push(number);
        all_sources.extend(sources.iter().copied());
        names.sources = sources;
        let mut fields = |nodes: &[&Node]| -> Result<Vec<FieldIndex>, Fault> {
            nodes.iter().map(|it| field(it, name, body, names)).collect()
        };
        let group_by = fields(&list("group-by"))?;
        read.push(Input { rule: number, group_by, values: fields(&counted)? });
    }
    if read.is_empty() {
        return Err(missing("rules"));
    }
    let kind = limits::kind(body, &listed)?;
    read.sort_by_key(|it| it.rule);
    read.dedup_by_key(|it| it.rule);
    let says_yes = |it: Option<&Node>| it.and_then(Node::scalar) == Some("true");
    Ok(Correlation {
        info: Arc::new(info),
        generate: says_yes(body.get("generate")) || says_yes(document.get("generate")),
        inputs: read,
        sources: all_sources.into_iter().collect(),
        kind,
        span,
        group_by: list("group-by").iter().filter_map(|it| it.scalar()).map(Into::into).collect(),
        windows: Windows::default(),
    })
}

impl Correlation {
    /// Takes in an event that one of its rules matched. Events without a value for each part of
    /// the group are left out. Of several values of one field the first counts.
    pub(super) fn take(&mut self, rule: usize, event: &Event, view: View<'_>) -> Option<Fired> {
        let input = self.inputs.iter().find(|it| it.rule == rule)?;
        let group = kept(joined(&input.group_by, view)?);
        let value = match (&self.kind, input.values.as_slice()) {
            (Kind::Numbers(..), fields) => {
                let mut numbers = fields.iter().flat_map(|it| view.values(*it));
                let number = numbers.find_map(|it| number_form(it).filter(|it| it.is_finite()));
                Counted::Number(number?)
            }
            (_, []) => Counted::Nothing,
            (_, fields) => Counted::Text(kept(joined(fields, view)?).into()),
        };
        let seen = Seen { time: event.time, rule, value, place: event.place.clone() };
        self.windows.take(&group, seen, &self.kind, self.span)
    }

    /// What to show: the group's values by name, and what it came to.
    pub(super) fn facts(
        &self,
        rule: usize,
        view: View<'_>,
        fired: &Fired,
    ) -> Vec<(String, String)> {
        let input = self.inputs.iter().find(|it| it.rule == rule);
        let group = input.and_then(|it| joined(&it.group_by, view)).unwrap_or_default();
        let mut facts: Vec<_> = self
            .group_by
            .iter()
            .zip(group.split(BETWEEN))
            .map(|(name, value)| (name.to_string(), value.chars().take(LONGEST_FACT).collect()))
            .collect();
        let what = match &self.kind {
            Kind::Events(_) => "events".to_owned(),
            Kind::Values(_) => "different values".to_owned(),
            Kind::Rules(_) | Kind::InOrder(..) | Kind::Terms { .. } => "rules".to_owned(),
            Kind::Numbers(Statistic::Sum, _) => "sum".to_owned(),
            Kind::Numbers(Statistic::Average, _) => "average".to_owned(),
            Kind::Numbers(Statistic::Percentile(percent), _) => format!("percentile {percent}"),
            Kind::Share(_) => "percent of all values".to_owned(),
        };
        facts.push((what, fired.amount.to_string()));
        facts
    }
}

/// What is remembered of a text.
fn kept(text: String) -> String {
    if text.len() <= LONGEST { text } else { Digest::of(text.as_bytes()).to_string() }
}

fn joined(fields: &[FieldIndex], view: View<'_>) -> Option<String> {
    let mut all = String::new();
    let mut form = String::new();
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            all.push(BETWEEN);
        }
        let mut values = view.values(*field);
        all.push_str(values.find_map(|it| text_form(it, &mut form).map(str::to_owned))?.as_str());
    }
    Some(all)
}

/// The field that a word of `group-by` or `condition.field` means in one rule.
fn field(node: &Node, rule: &str, body: &Node, names: &mut Names<'_>) -> Result<FieldIndex, Fault> {
    let word = node.scalar().unwrap_or_default();
    let Some(alias) = body.get("aliases").and_then(|it| it.get(word)) else {
        return names.field(word, node);
    };
    match alias.get(rule) {
        Some(path) => names.field(path.scalar().unwrap_or_default(), path),
        None => Err(Fault::wrong(
            alias.at.as_ref(),
            format!("alias `{word}` does not say its field in the rule `{rule}`"),
        )),
    }
}

fn span(node: &Node) -> Result<SignedDuration, Fault> {
    let text = node.scalar().unwrap_or_default().trim();
    let wrong = || {
        Fault::wrong(node.at.as_ref(), format!("`{text}` is not a time span"))
            .help("a number and `s`, `m`, `h`, `d`, `w`, `M` or `y`: `10m`")
    };
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).and_then(|it| it.parse::<i64>().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        'M' => 2_629_746,
        'y' => 31_556_952,
        _ => return Err(wrong()),
    };
    match number.checked_mul(seconds) {
        Some(seconds) if (1..=315_569_520).contains(&seconds) => {
            Ok(SignedDuration::from_secs(seconds))
        }
        Some(_) | None => Err(wrong().help("more than nothing, and at most ten years")),
    }
}
