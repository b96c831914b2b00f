//! Correlation rules: several matches within a time span, per group.

use super::fault::Fault;
use super::item::Names;
use super::matcher::{FieldIndex, View, text_form};
use super::rule::RuleInfo;
use super::window::{Fired, Kind, Limit, MOST_IN_GROUP, Seen, Windows};
use super::yaml::Node;
use interlock_model::Event;
use jiff::SignedDuration;
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

/// What stands between two values of a group's key; no log writes it.
const BETWEEN: char = '\u{1f}';

/// The names by which a correlation's document calls its rules.
pub(super) fn inputs(document: &Node) -> Vec<&Node> {
    let rules = document.get("correlation").and_then(|it| it.get("rules"));
    rules.map(Node::elements).unwrap_or_default().iter().collect()
}

/// Compiles one. `rule` answers which rule a name means.
pub(super) fn compile(
    document: &Node,
    info: RuleInfo,
    rule: impl Fn(&str) -> Option<usize>,
    names: &mut Names<'_>,
) -> Result<Correlation, Fault> {
    let Some(body) = document.get("correlation") else {
        return Err(Fault::wrong(document.at.as_ref(), "a correlation rule needs a `correlation`"));
    };
    let missing =
        |key: &str| Fault::wrong(body.at.as_ref(), format!("`correlation` needs `{key}`"));
    let kind_node = body.get("type").ok_or_else(|| missing("type"))?;
    let span = span(body.get("timespan").ok_or_else(|| missing("timespan"))?)?;
    let list = |key: &str| -> Vec<&Node> {
        body.get(key).map(Node::elements).unwrap_or_default().iter().collect()
    };
    let condition = body.get("condition");
    let counted: Vec<&Node> = condition
        .and_then(|it| it.get("field"))
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .collect();
    let mut read = Vec::new();
    for node in list("rules") {
        let name = node.scalar().unwrap_or_default();
        let Some(number) = rule(name) else {
            return Err(Fault::wrong(
                node.at.as_ref(),
                format!("it reads the rule `{name}`, which is not here or could not be used"),
            ));
        };
        let mut fields = |nodes: &[&Node]| -> Result<Vec<FieldIndex>, Fault> {
            nodes.iter().map(|it| field(it, name, body, names)).collect()
        };
        let group_by = fields(&list("group-by"))?;
        read.push(Input { rule: number, group_by, values: fields(&counted)? });
    }
    if read.is_empty() {
        return Err(missing("rules"));
    }
    let order: Vec<usize> = read.iter().map(|it| it.rule).collect();
    let mut different = order.clone();
    different.sort_unstable();
    different.dedup();
    let kind = match kind_node.scalar().unwrap_or_default() {
        "event_count" => Kind::Events(limit(condition.ok_or_else(|| missing("condition"))?)?),
        "value_count" if counted.is_empty() => {
            return Err(Fault::wrong(body.at.as_ref(), "`value_count` needs `condition.field`"));
        }
        "value_count" => Kind::Values(limit(condition.ok_or_else(|| missing("condition"))?)?),
        "temporal" => Kind::Rules(match condition {
            None => Limit { least: different.len() as u64, most: None },
            Some(condition) => limit(condition)?,
        }),
        "temporal_ordered" => match condition {
            None => Kind::InOrder(order),
            Some(condition) => {
                return Err(Fault::unsupported(
                    condition.at.as_ref(),
                    "`temporal_ordered` with a condition is not supported",
                ));
            }
        },
        word @ ("value_sum" | "value_avg" | "value_percentile" | "value_median") => {
            return Err(Fault::unsupported(
                kind_node.at.as_ref(),
                format!("correlation type `{word}` is not supported"),
            ));
        }
        word => {
            let types = ["event_count", "value_count", "temporal", "temporal_ordered"];
            return Err(Fault::wrong(
                kind_node.at.as_ref(),
                format!("unknown correlation type `{word}`"),
            )
            .nearest(word, types.into_iter()));
        }
    };
    read.sort_by_key(|it| it.rule);
    read.dedup_by_key(|it| it.rule);
    let says_yes = |it: Option<&Node>| it.and_then(Node::scalar) == Some("true");
    Ok(Correlation {
        info: Arc::new(info),
        generate: says_yes(body.get("generate")) || says_yes(document.get("generate")),
        inputs: read,
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
        let group = joined(&input.group_by, view)?;
        let value = if input.values.is_empty() { None } else { Some(joined(&input.values, view)?) };
        let seen = Seen {
            time: event.time,
            rule,
            value: value.map(Into::into),
            place: event.place.clone(),
        };
        self.windows.take(&group, seen, &self.kind, self.span)
    }

    /// What to show: the group's values by name, and the count.
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
            .map(|(name, value)| (name.to_string(), value.to_owned()))
            .collect();
        let what = match self.kind {
            Kind::Events(_) => "events",
            Kind::Values(_) => "different values",
            Kind::Rules(_) | Kind::InOrder(_) => "rules",
        };
        facts.push((what.to_owned(), fired.count.to_string()));
        facts
    }
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

fn limit(node: &Node) -> Result<Limit, Fault> {
    if node.entries().is_empty() {
        return Err(Fault::unsupported(
            node.at.as_ref(),
            "conditions in words are not supported in correlation rules",
        ));
    }
    let mut limit = Limit { least: 0, most: None };
    for (key, value) in node.entries() {
        let word = key.text().unwrap_or_default();
        if word == "field" {
            continue;
        }
        let Some(number) = value.scalar().and_then(|it| it.parse::<u64>().ok()) else {
            return Err(Fault::wrong(value.at.as_ref(), format!("`{word}` needs a whole number")));
        };
        let at_most = |it: u64| Some(limit.most.map_or(it, |known| known.min(it)));
        match word {
            "gt" => limit.least = limit.least.max(number.saturating_add(1)),
            "gte" => limit.least = limit.least.max(number),
            "eq" => {
                limit.least = limit.least.max(number);
                limit.most = at_most(number);
            }
            "lt" => limit.most = at_most(number.saturating_sub(1)),
            "lte" => limit.most = at_most(number),
            "neq" => {
                return Err(Fault::unsupported(
                    key.at.as_ref(),
                    "`neq` cannot be seen while events come in",
                ));
            }
            _ => {
                return Err(Fault::wrong(key.at.as_ref(), format!("unknown comparison `{word}`"))
                    .help("one of `gt`, `gte`, `lt`, `lte`, `eq`"));
            }
        }
    }
    if limit.least == 0 {
        return Err(Fault::unsupported(
            node.at.as_ref(),
            "a condition without a lower end cannot be seen while events come in",
        ));
    }
    if limit.least > MOST_IN_GROUP as u64 {
        return Err(Fault::unsupported(
            node.at.as_ref(),
            format!("counts above {MOST_IN_GROUP} are not supported"),
        ));
    }
    Ok(limit)
}
