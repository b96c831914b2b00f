//! Pipeline files into pipelines. Whatever is not supported is refused with its place.

use super::conditions::{
    Comparison, Conditions, FieldCondition, ItemCondition, Names, RuleCondition, StateIs,
};
use super::{Item, Pipeline, Rename, Transformation};
use crate::sigma::condition::{self, Condition, Unreadable};
use crate::sigma::fault::Fault;
use crate::sigma::logsource::LogSource;
use crate::sigma::rule::head;
use crate::sigma::yaml::{Node, Value};
use regex::{Regex, RegexBuilder};

/// Largest compiled regular expression, in bytes.
const REGEX_BYTES: usize = 1 << 20;

/// Most transformations of one pipeline.
const MOST_ITEMS: usize = 10_000;

/// Each transformation with its own keys.
const TRANSFORMATIONS: [(&str, &[&str]); 12] = [
    ("add_condition", &["conditions", "negated", "template"]),
    ("change_logsource", &["category", "product", "service"]),
    ("detection_item_failure", &["message"]),
    ("drop_detection_item", &[]),
    ("field_name_mapping", &["mapping"]),
    ("field_name_prefix", &["prefix"]),
    ("field_name_prefix_mapping", &["mapping"]),
    ("field_name_suffix", &["suffix"]),
    ("map_string", &["mapping"]),
    ("replace_string", &["regex", "replacement", "skip_special", "interpret_special"]),
    ("rule_failure", &["message"]),
    ("set_state", &["key", "val"]),
];

/// Those of pySigma that have no meaning here, or none yet.
const NOT_HERE: [&str; 15] = [
    "add_field",
    "case",
    "convert_type",
    "field_name_transform",
    "hashes_fields",
    "nest",
    "query_expression_placeholders",
    "regex",
    "remove_field",
    "set_custom_attribute",
    "set_field",
    "set_value",
    "strict_field_mapping_failure",
    "value_placeholders",
    "wildcard_placeholders",
];

/// Keys that every transformation may have.
const COMMON: [&str; 14] = [
    "detection_item_cond_expr",
    "detection_item_cond_not",
    "detection_item_cond_op",
    "detection_item_conditions",
    "field_name_cond_expr",
    "field_name_cond_not",
    "field_name_cond_op",
    "field_name_conditions",
    "id",
    "rule_cond_expr",
    "rule_cond_not",
    "rule_cond_op",
    "rule_conditions",
    "type",
];

/// Reads one pipeline; `None` when it has a mistake.
pub(super) fn pipeline(document: &Node, faults: &mut Vec<Fault>) -> Option<Pipeline> {
    let before = faults.len();
    let Value::Map(entries) = &document.value else {
        faults.push(Fault::wrong(document.at.as_ref(), "a pipeline is a map"));
        return None;
    };
    if document.get("detection").is_some() {
        let fault = Fault::wrong(head(document), "this is a rule, and stands among pipelines");
        faults.push(fault.help("put it into another folder"));
        return None;
    }
    for (key, _) in entries {
        let name = key.text().unwrap_or_default();
        let known = ["name", "priority", "transformations"];
        match name {
            "name" | "priority" | "transformations" => {}
            "allowed_backends" | "vars" => {
                let what = format!("`{name}` has no effect");
                faults.push(Fault::unsupported(key.at.as_ref(), what));
            }
            "finalizers" | "postprocessing" => {
                let what = format!("`{name}` is not supported: there is no query to change");
                faults.push(Fault::wrong(key.at.as_ref(), what));
            }
            _ => faults.push(
                Fault::wrong(key.at.as_ref(), format!("unknown key `{name}` of a pipeline"))
                    .nearest(name, known.into_iter()),
            ),
        }
    }
    let name = document.get("name").and_then(Node::scalar).unwrap_or_default();
    if name.is_empty() {
        faults.push(Fault::wrong(head(document), "a pipeline needs a `name`"));
    }
    let priority = match document.get("priority") {
        None => 0,
        Some(node) => whole_number(node).unwrap_or_else(|| {
            faults.push(Fault::wrong(node.at.as_ref(), "`priority` is not a whole number"));
            0
        }),
    };
    let mut items = Vec::new();
    match document.get("transformations").map(|it| (&it.value, it)) {
        None => faults.push(Fault::wrong(head(document), "a pipeline needs `transformations`")),
        Some((Value::List(all), node)) if all.len() > MOST_ITEMS => {
            let what = format!("more than {MOST_ITEMS} transformations");
            faults.push(Fault::unsupported(node.at.as_ref(), what));
            return None;
        }
        Some((Value::List(all), _)) => {
            for node in all {
                match item(node) {
                    Ok(item) => items.push(item),
                    Err(fault) => faults.push(fault),
                }
            }
        }
        Some((_, node)) => {
            faults.push(Fault::wrong(node.at.as_ref(), "`transformations` is not a list"));
        }
    }
    let broken = faults.iter().skip(before).any(Fault::is_wrong);
    (!broken).then(|| Pipeline { name: name.into(), priority, items })
}

fn item(node: &Node) -> Result<Item, Fault> {
    let Some(kind) = node.get("type") else {
        return Err(Fault::wrong(head(node), "a transformation needs a `type`"));
    };
    let word = kind.scalar().unwrap_or_default();
    if NOT_HERE.contains(&word) {
        let what = format!("the transformation `{word}` is not supported");
        return Err(Fault::wrong(kind.at.as_ref(), what));
    }
    let Some((word, own)) = TRANSFORMATIONS.iter().find(|(it, _)| *it == word) else {
        let fault = Fault::wrong(kind.at.as_ref(), format!("unknown transformation `{word}`"));
        return Err(fault.nearest(word, TRANSFORMATIONS.iter().map(|(it, _)| *it)));
    };
    only(node, &[own, &COMMON[..]].concat(), &format!("`{word}`"))?;
    Ok(Item {
        id: node.get("id").and_then(Node::scalar).map(Into::into),
        does: transformation(word, node)?,
        rules: conditions(node, "rule", "rule_conditions", rule_condition)?,
        entries: conditions(node, "detection_item", "detection_item_conditions", item_condition)?,
        fields: conditions(node, "field_name", "field_name_conditions", field_condition)?,
    })
}

fn transformation(word: &str, node: &Node) -> Result<Transformation, Fault> {
    let message = || -> Result<Box<str>, Fault> { Ok(scalar(node, "message")?.into()) };
    Ok(match word {
        "add_condition" => {
            let search = needed(node, "conditions")?;
            if search.entries().is_empty() {
                return Err(Fault::wrong(
                    search.at.as_ref(),
                    "`conditions` is not a map of fields",
                ));
            }
            let flags = (flag(node, "negated")?, flag(node, "template")?);
            let (negated, template) = flags;
            Transformation::AddCondition { search: search.clone(), negated, template }
        }
        "change_logsource" => {
            let Some(read) = LogSource::read(node) else {
                let what = "`change_logsource` needs `category`, `product` or `service`";
                return Err(Fault::wrong(head(node), what));
            };
            let kept = |(key, _): &&(Node, Node)| {
                matches!(key.text(), Some("category" | "product" | "service"))
            };
            let entries = node.entries().iter().filter(kept).cloned().collect();
            let source = Node { at: node.at.clone(), value: Value::Map(entries) };
            Transformation::ChangeLogSource { source, read }
        }
        "detection_item_failure" => Transformation::FailForEntry(message()?),
        "drop_detection_item" => Transformation::Drop,
        "field_name_mapping" => {
            let all = mapping(node, names)?;
            Transformation::Rename(Rename::Names(all.into_iter().collect()))
        }
        "field_name_prefix" => {
            Transformation::Rename(Rename::Prefix(scalar(node, "prefix")?.into()))
        }
        "field_name_prefix_mapping" => {
            Transformation::Rename(Rename::Beginnings(mapping(node, names)?))
        }
        "field_name_suffix" => {
            Transformation::Rename(Rename::Suffix(scalar(node, "suffix")?.into()))
        }
        "map_string" => {
            let values = |it: &Node| match it.elements() {
                all if !all.is_empty() && all.iter().all(|it| it.scalar().is_some()) => {
                    Ok(all.to_vec())
                }
                _ => Err(Fault::wrong(it.at.as_ref(), "not a value, and not a list of values")),
            };
            let all = mapping(node, values)?.into_iter().map(|(from, to)| (from.into(), to));
            Transformation::MapValues(all.collect())
        }
        "replace_string" => {
            let pattern = regex(needed(node, "regex")?, false)?;
            let outside_wildcards = flag(node, "skip_special")?;
            if flag(node, "interpret_special")? {
                let at = node.get("interpret_special").and_then(|it| it.at.as_ref());
                return Err(Fault::wrong(at, "`interpret_special` is not supported"));
            }
            let by = replacement(scalar(node, "replacement")?);
            Transformation::Replace { pattern, by, outside_wildcards }
        }
        "rule_failure" => Transformation::Fail(message()?),
        _ => Transformation::SetState {
            key: scalar(node, "key")?.into(),
            value: scalar(node, "val")?.into(),
        },
    })
}

/// A replacement as Python writes it, as our regular expressions read it.
fn replacement(text: &str) -> String {
    let mut by = String::new();
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        match (next, chars.peek().copied()) {
            ('$', _) => by.push_str("$$"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                by.push_str("${");
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    by.push(digit);
                }
                by.push('}');
            }
            ('\\', Some('g')) => {
                chars.next();
                let named = chars.next_if_eq(&'<').is_some();
                by.push_str(if named { "${" } else { "\\g" });
                while named && let Some(next) = chars.next_if(|it| *it != '>') {
                    by.push(next);
                }
                if named {
                    chars.next();
                    by.push('}');
                }
            }
            ('\\', Some('\\')) => {
                chars.next();
                by.push('\\');
            }
            (other, _) => by.push(other),
        }
    }
    by
}

/// Conditions of one kind and how they are joined: by `…_cond_op` and `…_cond_not`, or when they have
/// names by `…_cond_expr`.
fn conditions<C>(
    node: &Node,
    kind: &str,
    key: &str,
    read: impl Fn(&Node) -> Result<C, Fault>,
) -> Result<Conditions<C>, Fault> {
    let expression = node.get(&format!("{kind}_cond_expr"));
    let Some(held) = node.get(key) else {
        return match expression {
            Some(it) => {
                Err(Fault::wrong(it.at.as_ref(), format!("an expression needs named `{key}`")))
            }
            None => Ok(Conditions::none()),
        };
    };
    let (operator, negated) = (format!("{kind}_cond_op"), format!("{kind}_cond_not"));
    let (all, joined) = match &held.value {
        Value::Map(entries) => {
            let Some(expression) = expression else {
                let fault = Fault::wrong(
                    held.at.as_ref(),
                    format!("named conditions need `{kind}_cond_expr`"),
                );
                return Err(fault.help("write them as a list, or say how they are joined"));
            };
            let names: Vec<&str> = entries.iter().filter_map(|(key, _)| key.text()).collect();
            let text = expression.scalar().unwrap_or_default();
            let joined = condition::read(text, &names).map_err(|why| {
                let at = expression.at.as_ref();
                match why {
                    Unreadable::UnknownSearch(name) | Unreadable::NothingLike(name) => {
                        Fault::wrong(at, format!("`{name}` is not in `{key}`"))
                            .nearest(&name, names.iter().copied())
                    }
                    Unreadable::Aggregation => Fault::wrong(at, "bad expression: `|` in it"),
                    Unreadable::Grammar(why) => Fault::wrong(at, format!("bad expression: {why}")),
                }
            })?;
            let all = entries.iter().map(|(_, it)| read(it)).collect::<Result<Vec<_>, _>>()?;
            (all, joined)
        }
        Value::List(elements) => {
            if let Some(it) = expression {
                let what = format!("an expression needs names for its `{key}`");
                return Err(Fault::wrong(it.at.as_ref(), what));
            }
            let all = elements.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let parts = (0..all.len()).map(Condition::Search).collect();
            let any = word_of(node, &operator, &[("and", false), ("or", true)], false)?;
            // None at all hold, whatever the operator.
            let joined =
                if any && !all.is_empty() { Condition::Any(parts) } else { Condition::All(parts) };
            (all, joined)
        }
        Value::Null | Value::Bool(_) | Value::Number(..) | Value::Text(_) => {
            return Err(Fault::wrong(held.at.as_ref(), format!("`{key}` is not a list")));
        }
    };
    let joined = if flag(node, &negated)? { Condition::Not(Box::new(joined)) } else { joined };
    Ok(Conditions { all, joined })
}

fn rule_condition(node: &Node) -> Result<RuleCondition, Fault> {
    let here: [(&str, &[&str]); 8] = [
        ("contains_detection_item", &["field", "value"]),
        ("contains_field", &["field"]),
        ("is_sigma_correlation_rule", &[]),
        ("is_sigma_rule", &[]),
        ("logsource", &["category", "product", "service"]),
        ("processing_item_applied", &["processing_item_id"]),
        ("processing_state", &["key", "op", "val"]),
        ("tag", &["tag"]),
    ];
    Ok(match kind(node, &here, &["rule_attribute", "taxonomy"])? {
        "contains_detection_item" => RuleCondition::HasEntry {
            field: scalar(node, "field")?.into(),
            value: scalar(node, "value")?.into(),
        },
        "contains_field" => RuleCondition::HasField(scalar(node, "field")?.into()),
        "is_sigma_correlation_rule" => RuleCondition::IsCorrelation(true),
        "is_sigma_rule" => RuleCondition::IsCorrelation(false),
        "logsource" => RuleCondition::LogSource(LogSource::read(node).ok_or_else(|| {
            let what = "`logsource` needs `category`, `product` or `service`";
            Fault::wrong(head(node), what)
        })?),
        "processing_item_applied" => {
            RuleCondition::Done(scalar(node, "processing_item_id")?.into())
        }
        "tag" => RuleCondition::Tag(scalar(node, "tag")?.into()),
        _ => RuleCondition::State(state(node)?),
    })
}

fn item_condition(node: &Node) -> Result<ItemCondition, Fault> {
    let here: [(&str, &[&str]); 5] = [
        ("contains_wildcard", &["cond"]),
        ("is_null", &["cond"]),
        ("match_string", &["cond", "negate", "pattern"]),
        ("match_value", &["cond", "value"]),
        ("processing_state", &["key", "op", "val"]),
    ];
    let kind = kind(node, &here, &["processing_item_applied"])?;
    let all = || word_of(node, "cond", &[("all", true), ("any", false)], false);
    Ok(match kind {
        "contains_wildcard" => ItemCondition::Wildcard { all: all()? },
        "is_null" => ItemCondition::Null { all: all()? },
        "match_string" => ItemCondition::Matches {
            pattern: regex(needed(node, "pattern")?, true)?,
            all: all()?,
            negated: flag(node, "negate")?,
        },
        "match_value" => ItemCondition::Value { value: scalar(node, "value")?.into(), all: all()? },
        _ => ItemCondition::State(state(node)?),
    })
}

fn field_condition(node: &Node) -> Result<FieldCondition, Fault> {
    let here: [(&str, &[&str]); 3] = [
        ("exclude_fields", &["fields", "mode"]),
        ("include_fields", &["fields", "mode"]),
        ("processing_state", &["key", "op", "val"]),
    ];
    let kind = kind(node, &here, &["processing_item_applied"])?;
    if kind == "processing_state" {
        return Ok(FieldCondition::State(state(node)?));
    }
    let fields = needed(node, "fields")?.elements();
    let modes = [("plain", false), ("re", true), ("regex", true)];
    let fields = if word_of(node, "mode", &modes, false)? {
        Names::Patterns(fields.iter().map(|it| regex(it, true)).collect::<Result<_, _>>()?)
    } else {
        Names::Plain(fields.iter().filter_map(Node::scalar).map(Into::into).collect())
    };
    Ok(FieldCondition::Among { fields, wanted: kind == "include_fields" })
}

fn state(node: &Node) -> Result<StateIs, Fault> {
    let orders = [
        ("eq", Comparison::Eq),
        ("gt", Comparison::Gt),
        ("gte", Comparison::Gte),
        ("lt", Comparison::Lt),
        ("lte", Comparison::Lte),
        ("ne", Comparison::Ne),
    ];
    Ok(StateIs {
        key: scalar(node, "key")?.into(),
        value: scalar(node, "val")?.into(),
        order: word_of(node, "op", &orders, Comparison::Eq)?,
    })
}

/// The type of a condition, and that it has no keys but its own.
fn kind<'a>(
    node: &'a Node,
    here: &[(&'static str, &[&str])],
    not_here: &[&str],
) -> Result<&'a str, Fault> {
    let Some(kind) = node.get("type") else {
        return Err(Fault::wrong(head(node), "a condition needs a `type`"));
    };
    let word = kind.scalar().unwrap_or_default();
    if not_here.contains(&word) {
        let what = format!("the condition `{word}` is not supported here");
        return Err(Fault::wrong(kind.at.as_ref(), what));
    }
    let Some((_, own)) = here.iter().find(|(it, _)| *it == word) else {
        let fault = Fault::wrong(kind.at.as_ref(), format!("unknown condition `{word}`"));
        return Err(fault.nearest(word, here.iter().map(|(it, _)| *it)));
    };
    only(node, &[own, &["type"][..]].concat(), &format!("`{word}`"))?;
    Ok(word)
}

/// Other names of fields, as a text or a list.
fn names(node: &Node) -> Result<Vec<Box<str>>, Fault> {
    let all: Option<Vec<Box<str>>> = node
        .elements()
        .iter()
        .map(|it| it.scalar().filter(|it| !it.is_empty() && !it.contains('|')).map(Into::into))
        .collect();
    all.filter(|it| !it.is_empty()).ok_or_else(|| {
        Fault::wrong(node.at.as_ref(), "not the name of a field, and no list of them")
    })
}

/// The entries of `mapping`, in the order of the file.
fn mapping<T>(
    node: &Node,
    read: impl Fn(&Node) -> Result<T, Fault>,
) -> Result<Vec<(Box<str>, T)>, Fault> {
    let held = needed(node, "mapping")?;
    let Value::Map(entries) = &held.value else {
        return Err(Fault::wrong(held.at.as_ref(), "`mapping` is not a map"));
    };
    let read =
        |(key, held): &(Node, Node)| Ok((key.text().unwrap_or_default().into(), read(held)?));
    entries.iter().map(read).collect()
}

fn only(node: &Node, known: &[&str], of: &str) -> Result<(), Fault> {
    for (key, _) in node.entries() {
        let name = key.text().unwrap_or_default();
        if !known.contains(&name) {
            let fault = Fault::wrong(key.at.as_ref(), format!("unknown key `{name}` of {of}"));
            return Err(fault.nearest(name, known.iter().copied()));
        }
    }
    Ok(())
}

fn needed<'a>(node: &'a Node, key: &str) -> Result<&'a Node, Fault> {
    node.get(key).ok_or_else(|| Fault::wrong(head(node), format!("`{key}` is missing")))
}

fn scalar<'a>(node: &'a Node, key: &str) -> Result<&'a str, Fault> {
    let held = needed(node, key)?;
    held.scalar().ok_or_else(|| {
        let kind = held.value.kind();
        Fault::wrong(held.at.as_ref(), format!("`{key}` is {kind}, and must be text"))
    })
}

fn flag(node: &Node, key: &str) -> Result<bool, Fault> {
    match node.get(key).map(|it| (&it.value, it)) {
        None => Ok(false),
        Some((Value::Bool(it), _)) => Ok(*it),
        Some((_, node)) => {
            Err(Fault::wrong(node.at.as_ref(), format!("`{key}` is neither true nor false")))
        }
    }
}

/// What the word at this key stands for.
fn word_of<T: Copy>(node: &Node, key: &str, words: &[(&str, T)], otherwise: T) -> Result<T, Fault> {
    let Some(held) = node.get(key) else { return Ok(otherwise) };
    let word = held.scalar().unwrap_or_default();
    words.iter().find(|(it, _)| *it == word).map(|(_, it)| *it).ok_or_else(|| {
        Fault::wrong(held.at.as_ref(), format!("`{word}` is not a known `{key}`"))
            .nearest(word, words.iter().map(|(it, _)| *it))
    })
}

fn whole_number(node: &Node) -> Option<i64> {
    node.scalar()?.parse().ok()
}

fn regex(node: &Node, from_beginning: bool) -> Result<Regex, Fault> {
    let Some(text) = node.scalar() else {
        return Err(Fault::wrong(node.at.as_ref(), "not a regular expression"));
    };
    let anchored = if from_beginning { format!(r"\A(?:{text})") } else { text.to_owned() };
    RegexBuilder::new(&anchored)
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Fault::wrong(node.at.as_ref(), format!("bad regular expression: {why}"))
        })
}
