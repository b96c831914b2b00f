//! Reads what a correlation asks for: its type and its condition.

use super::condition::{self, Unreadable};
use super::fault::Fault;
use super::matcher::Order;
use super::statistic::{Bounds, Statistic};
use super::temporal::terms;
use super::window::{Kind, MOST_IN_GROUP};
use super::yaml::Node;

const TYPES: [&str; 8] = [
    "event_count",
    "temporal",
    "temporal_ordered",
    "value_avg",
    "value_count",
    "value_median",
    "value_percentile",
    "value_sum",
];

const COMPARISONS: [(&str, Order); 6] = [
    ("eq", Order::Eq),
    ("gt", Order::Gt),
    ("gte", Order::Gte),
    ("lt", Order::Lt),
    ("lte", Order::Lte),
    ("neq", Order::Neq),
];

/// The rules that a correlation lists, by the names that it uses and by number.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    /// As they are written.
    pub(super) names: Vec<&'a str>,
    /// In the same order.
    pub(super) numbers: Vec<usize>,
}

/// What must come together for `correlation` to fire.
pub(super) fn kind(correlation: &Node, listed: &Listed<'_>) -> Result<Kind, Fault> {
    let missing =
        |key: &str| Fault::wrong(correlation.at.as_ref(), format!("`correlation` needs `{key}`"));
    let node = correlation.get("type").ok_or_else(|| missing("type"))?;
    let word = node.scalar().unwrap_or_default();
    let condition = correlation.get("condition");
    let needed = || condition.ok_or_else(|| missing("condition"));
    let field = || match condition.and_then(|it| it.get("field")).map(Node::elements) {
        Some(fields @ [_, ..]) => Ok(fields.len()),
        Some([]) | None => {
            Err(Fault::wrong(correlation.at.as_ref(), format!("`{word}` needs `condition.field`")))
        }
    };
    let one_field = || match field()? {
        1 => Ok(()),
        _ => Err(Fault::wrong(
            condition.and_then(|it| it.at.as_ref()),
            format!("`{word}` needs one field, and not several"),
        )),
    };
    let numbers = |statistic| -> Result<Kind, Fault> {
        one_field()?;
        Ok(Kind::Numbers(statistic, bounds(needed()?)?))
    };
    match word {
        "event_count" => Ok(Kind::Events(count(needed()?)?)),
        "value_count" => {
            field()?;
            Ok(Kind::Values(count(needed()?)?))
        }
        "value_sum" => numbers(Statistic::Sum),
        "value_avg" => numbers(Statistic::Average),
        "value_median" => numbers(Statistic::Percentile(50.0)),
        "value_percentile" => match needed()?.get("percentile") {
            Some(percent) => numbers(Statistic::Percentile(percentile(percent)?)),
            None => {
                field()?;
                Ok(Kind::Share(bounds(needed()?)?))
            }
        },
        "temporal" | "temporal_ordered" => temporal(word == "temporal_ordered", condition, listed),
        word => Err(Fault::wrong(node.at.as_ref(), format!("unknown correlation type `{word}`"))
            .nearest(word, TYPES.into_iter())),
    }
}

fn temporal(ordered: bool, condition: Option<&Node>, listed: &Listed<'_>) -> Result<Kind, Fault> {
    let mut different = listed.numbers.clone();
    different.sort_unstable();
    different.dedup();
    Ok(match condition {
        None if ordered => Kind::InOrder(listed.numbers.clone(), None),
        None => Kind::Rules(Bounds(vec![(Order::Gte, different.len() as f64)])),
        Some(condition) if condition.text().is_some() => words(ordered, condition, listed)?,
        Some(condition) if ordered => {
            Kind::InOrder(listed.numbers.clone(), Some(count(condition)?))
        }
        Some(condition) => Kind::Rules(count(condition)?),
    })
}

/// A condition in words over the listed rules.
fn words(ordered: bool, node: &Node, listed: &Listed<'_>) -> Result<Kind, Fault> {
    let at = node.at.as_ref();
    let text = node.text().unwrap_or_default();
    let read = condition::read(text, &listed.names).map_err(|why| match why {
        Unreadable::UnknownSearch(name) | Unreadable::NothingLike(name) => {
            Fault::wrong(at, format!("the condition names `{name}`, which is not in `rules`"))
                .nearest(&name, listed.names.iter().copied())
        }
        Unreadable::Aggregation => Fault::wrong(at, "bad condition: `|` is not expected here"),
        Unreadable::Grammar(why) => Fault::wrong(at, format!("bad condition: {why}")),
    })?;
    let used = read.searches();
    if let Some((_, name)) = listed.names.iter().enumerate().find(|(it, _)| !used.contains(it)) {
        return Err(Fault::wrong(at, format!("the condition does not name the rule `{name}`")));
    }
    let any = terms(&read, &listed.numbers).map_err(|why| Fault::unsupported(at, why.why()))?;
    Ok(Kind::Terms { any, ordered })
}

fn percentile(node: &Node) -> Result<f64, Fault> {
    let number = node.scalar().and_then(|it| it.parse::<f64>().ok());
    number
        .filter(|it| (0.0..=100.0).contains(it))
        .ok_or_else(|| Fault::wrong(node.at.as_ref(), "`percentile` needs a number from 0 to 100"))
}

/// Comparisons of a count, which grows while events come in.
fn count(node: &Node) -> Result<Bounds, Fault> {
    let bounds = bounds(node)?;
    for (key, value) in node.entries() {
        let whole = value.scalar().is_some_and(|it| it.parse::<u64>().is_ok());
        if !whole && key.text() != Some("field") {
            let word = key.text().unwrap_or_default();
            return Err(Fault::wrong(value.at.as_ref(), format!("`{word}` needs a whole number")));
        }
    }
    if bounds.least() < 1.0 {
        return Err(Fault::unsupported(
            node.at.as_ref(),
            "a count without a lower end cannot be seen while events come in",
        ));
    }
    if bounds.least() > MOST_IN_GROUP as f64 {
        return Err(Fault::unsupported(
            node.at.as_ref(),
            format!("counts above {MOST_IN_GROUP} are not supported"),
        ));
    }
    Ok(bounds)
}

fn bounds(node: &Node) -> Result<Bounds, Fault> {
    if node.entries().is_empty() {
        return Err(Fault::wrong(node.at.as_ref(), "this type needs comparisons as its condition")
            .help("such as `condition: {gte: 5}`"));
    }
    let mut bounds = Bounds::default();
    for (key, value) in node.entries() {
        let word = key.text().unwrap_or_default();
        if matches!(word, "field" | "percentile") {
            continue;
        }
        let Some((_, order)) = COMPARISONS.iter().find(|(it, _)| *it == word) else {
            return Err(Fault::wrong(key.at.as_ref(), format!("unknown comparison `{word}`"))
                .help("one of `gt`, `gte`, `lt`, `lte`, `eq`, `neq`"));
        };
        let number = value.scalar().and_then(|it| it.parse::<f64>().ok());
        let Some(number) = number.filter(|it| it.is_finite()) else {
            return Err(Fault::wrong(value.at.as_ref(), format!("`{word}` needs a number")));
        };
        bounds.0.push((*order, number));
    }
    if bounds.0.is_empty() {
        return Err(Fault::wrong(node.at.as_ref(), "the condition compares with nothing")
            .help("one of `gt`, `gte`, `lt`, `lte`, `eq`, `neq`"));
    }
    Ok(bounds)
}
