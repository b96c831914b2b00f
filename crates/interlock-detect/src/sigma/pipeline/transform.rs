//! What each transformation does to a rule.

use super::conditions::{Conditions, FieldCondition, State};
use super::detection::{self, Becomes, Entry};
use super::{Item, Narrowed, Rename, Rewritten, Transformation, refused, text, value, values};
use crate::sigma::fault::Fault;
use crate::sigma::rule::head;
use crate::sigma::yaml::{Node, Value};
use std::collections::BTreeSet;
use std::ops::Range;

/// What a pipeline calls the search that it adds.
const ADDED: &str = "added";

/// Does it. Conditions on the rule as a whole were asked before.
pub(super) fn apply(item: &Item, rule: &mut Rewritten) -> Result<(), Fault> {
    match &item.does {
        Transformation::SetState { key, value } => {
            rule.state.insert(key.clone(), value.clone());
            Ok(())
        }
        Transformation::Fail(why) => Err(refused(&rule.document, why)),
        Transformation::AddCondition { search, negated, template } => {
            let search = if *template { filled(search, &rule.document) } else { search.clone() };
            // What is wrong with it is told of the rule, since it may be right for others.
            let search = placed(&search, head(&rule.document));
            rule.narrowed.push(added(search, *negated));
            Ok(())
        }
        Transformation::ChangeLogSource { source, read } => {
            if let Some(there) = get_mut(&mut rule.document, "logsource") {
                *there = placed(source, there.at.clone().as_ref());
            }
            rule.source = read.clone();
            Ok(())
        }
        Transformation::Rename(rename) => {
            if let Some(fields) = get_mut(&mut rule.document, "fields") {
                rename_list(fields, rename, &item.fields, &rule.state);
            }
            entries(item, rule, &mut |entry, state| Ok(renamed(entry, rename, &item.fields, state)))
        }
        Transformation::Drop => entries(item, rule, &mut |_, _| Ok(Becomes::Nothing)),
        Transformation::Replace { pattern, by, outside_wildcards } => {
            entries(item, rule, &mut |entry, _| {
                Ok(values::change(entry, |it| {
                    let new = values::replaced(it, pattern, by, *outside_wildcards);
                    (new != it).then(|| vec![text(None, new)])
                }))
            })
        }
        Transformation::MapValues(others) => {
            entries(item, rule, &mut |entry, _| Ok(values::map(entry, others)))
        }
        Transformation::FailForEntry(why) => entries(item, rule, &mut |entry, _| {
            let at = entry.key.unwrap_or(entry.value).at.as_ref();
            Err(Fault::wrong(at, &**why))
        }),
    }
}

/// Changes every entry for which the transformation is due, of the rule and of what narrows it.
fn entries(
    item: &Item,
    rule: &mut Rewritten,
    change: &mut dyn FnMut(Entry<'_>, &State) -> Result<Becomes, Fault>,
) -> Result<(), Fault> {
    let Rewritten { document, dropped, narrowed, state, .. } = rule;
    let mut due = |entry: Entry<'_>| {
        let meant = item.entries.hold(|it| it.holds(entry, state))
            && item.fields.hold(|it| it.holds(entry.field(), state));
        if meant { change(entry, state) } else { Ok(Becomes::Same) }
    };
    if let Some(detection) = get_mut(document, "detection") {
        detection::change(detection, dropped, &mut due)?;
    }
    for Narrowed { body, dropped } in narrowed {
        detection::change(body, dropped, &mut due)?;
    }
    Ok(())
}

impl Rename {
    /// The other names of this field; `None`: it keeps its own.
    fn others(&self, field: &str) -> Option<Vec<String>> {
        match self {
            Self::Names(all) => {
                all.get(field).map(|it| it.iter().map(ToString::to_string).collect())
            }
            Self::Beginnings(all) => all.iter().find_map(|(from, to)| {
                let rest = field.strip_prefix(&**from)?;
                Some(to.iter().map(|it| format!("{it}{rest}")).collect())
            }),
            Self::Prefix(it) => Some(vec![format!("{it}{field}")]),
            Self::Suffix(it) => Some(vec![format!("{field}{it}")]),
        }
    }
}

fn renamed(
    entry: Entry<'_>,
    rename: &Rename,
    due: &Conditions<FieldCondition>,
    state: &State,
) -> Becomes {
    let Some(key) = entry.key.filter(|_| !entry.field().is_empty()) else { return Becomes::Same };
    let Some(others) = rename.others(entry.field()) else { return Becomes::Same };
    let mut held = entry.value.clone();
    if entry.modifiers().iter().any(|it| it == "fieldref") {
        rename_list(&mut held, rename, due, state);
    }
    let modifiers = key.text().unwrap_or_default().split_once('|').map(|(_, it)| it);
    let named = |field: String| match modifiers {
        Some(it) => text(key.at.as_ref(), format!("{field}|{it}")),
        None => text(key.at.as_ref(), field),
    };
    Becomes::Any(others.into_iter().map(|it| (named(it), held.clone())).collect())
}

/// Other names in a list of fields; one may become several.
fn rename_list(list: &mut Node, rename: &Rename, due: &Conditions<FieldCondition>, state: &State) {
    let (mut all, mut same) = (Vec::new(), true);
    for element in list.elements() {
        let field = element.scalar().unwrap_or_default();
        let meant = !field.is_empty() && due.hold(|it| it.holds(field, state));
        match rename.others(field).filter(|_| meant) {
            Some(others) => {
                same = false;
                all.extend(others.into_iter().map(|it| text(element.at.as_ref(), it)));
            }
            None => all.push(element.clone()),
        }
    }
    if !same {
        *list = value(list.at.as_ref(), Value::List(all));
    }
}

/// Other names for what a correlation groups by and counts.
pub(super) fn rename_correlation(
    document: &mut Node,
    rename: &Rename,
    due: &Conditions<FieldCondition>,
    state: &State,
) -> Result<(), Fault> {
    let Some(correlation) = get_mut(document, "correlation") else { return Ok(()) };
    // An alias is the correlation's own word; the fields behind it are those of its rules.
    let aliases: BTreeSet<String> = correlation
        .get("aliases")
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(key, _)| key.text().map(str::to_owned))
        .collect();
    let one = |node: &mut Node| -> Result<(), Fault> {
        let field = node.scalar().unwrap_or_default();
        if field.is_empty() || aliases.contains(field) || !due.hold(|it| it.holds(field, state)) {
            return Ok(());
        }
        match rename.others(field).as_deref() {
            None => Ok(()),
            Some([only]) => {
                *node = text(node.at.as_ref(), only.as_str());
                Ok(())
            }
            Some(_) => {
                let what = format!("several names for `{field}`, by which a correlation groups");
                Err(Fault::wrong(node.at.as_ref(), what))
            }
        }
    };
    let list = |node: &mut Node| match &mut node.value {
        Value::List(all) => all.iter_mut().try_for_each(one),
        Value::Text(_) => one(node),
        Value::Null | Value::Bool(_) | Value::Number(..) | Value::Map(_) => Ok(()),
    };
    if let Some(group) = get_mut(correlation, "group-by") {
        list(group)?;
    }
    if let Some(counted) = get_mut(correlation, "condition").and_then(|it| get_mut(it, "field")) {
        list(counted)?;
    }
    if let Some(aliases) = get_mut(correlation, "aliases")
        && let Value::Map(aliases) = &mut aliases.value
    {
        for (_, rules) in aliases {
            if let Value::Map(rules) = &mut rules.value {
                rules.iter_mut().try_for_each(|(_, field)| list(field))?;
            }
        }
    }
    Ok(())
}

fn get_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Value::Map(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|(it, _)| it.text() == Some(key)).map(|(_, held)| held)
}

/// The same, standing at another place.
fn placed(node: &Node, at: Option<&Range<usize>>) -> Node {
    let held = match &node.value {
        Value::List(all) => Value::List(all.iter().map(|it| placed(it, at)).collect()),
        Value::Map(all) => {
            Value::Map(all.iter().map(|(key, held)| (placed(key, at), placed(held, at))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(..) | Value::Text(_) => node.value.clone(),
    };
    value(at, held)
}

/// The search as something that must hold beside the rule, or must not.
fn added(search: Node, negated: bool) -> Narrowed {
    let at = search.at.clone();
    let condition = if negated { format!("not {ADDED}") } else { ADDED.to_owned() };
    let condition = (text(at.as_ref(), "condition"), text(at.as_ref(), condition));
    let body = Value::Map(vec![(text(at.as_ref(), ADDED), search), condition]);
    Narrowed { body: value(at.as_ref(), body), dropped: BTreeSet::new() }
}

/// `$category`, `$product` and `$service` of the rule's log source in every text.
fn filled(node: &Node, document: &Node) -> Node {
    let word = |key: &str| {
        let source = document.get("logsource");
        source.and_then(|it| it.get(key)).and_then(Node::scalar).unwrap_or_default().to_owned()
    };
    let words = ["category", "product", "service"].map(|it| (it, word(it)));
    fill(node, &words)
}

fn fill(node: &Node, words: &[(&str, String)]) -> Node {
    let at: Option<&Range<usize>> = node.at.as_ref();
    match &node.value {
        Value::Text(it) => {
            let put = |it: String, (key, word): &(&str, String)| {
                it.replace(&format!("${{{key}}}"), word).replace(&format!("${key}"), word)
            };
            text(at, words.iter().fold(it.clone(), put))
        }
        Value::List(all) => value(at, Value::List(all.iter().map(|it| fill(it, words)).collect())),
        Value::Map(all) => {
            let filled = all.iter().map(|(key, held)| (fill(key, words), fill(held, words)));
            value(at, Value::Map(filled.collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(..) => node.clone(),
    }
}
