//! The searches of a rule, as they are written: maps of entries, lists of maps, plain values.

use super::value;
use crate::sigma::fault::Fault;
use crate::sigma::yaml::{Node, Value};
use std::collections::BTreeSet;

/// Deepest nesting that is looked through; what is deeper is refused when it is compiled.
const DEEPEST: usize = 32;

/// Most alternatives that one map of entries may become.
const MOST_ALTERNATIVES: usize = 256;

/// One `field|modifier…: value`. Plain values are one without a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// Field and modifiers; `None` for plain values.
    pub(super) key: Option<&'a Node>,
    /// The value or values.
    pub(super) value: &'a Node,
}

impl<'a> Entry<'a> {
    /// The field's name; empty where all text is searched.
    pub(super) fn field(&self) -> &'a str {
        let key = self.key.and_then(Node::text).unwrap_or_default();
        key.split('|').next().unwrap_or_default().trim()
    }

    /// The modifiers, in lower case.
    pub(super) fn modifiers(&self) -> Vec<String> {
        let key = self.key.and_then(Node::text).unwrap_or_default();
        key.split('|').skip(1).map(|it| it.trim().to_ascii_lowercase()).collect()
    }
}

/// What becomes of an entry.
pub(super) enum Becomes {
    /// It stays as it is.
    Same,
    /// Nothing.
    Nothing,
    /// Any of these: keys and values.
    Any(Vec<(Node, Node)>),
    /// Other plain values.
    Plain(Node),
}

/// The searches of a `detection` or of a filter's body, by name.
pub(super) fn searches(block: &Node) -> impl Iterator<Item = (&Node, &Node)> {
    block.entries().iter().filter(|(key, _)| is_search(key)).map(|(key, search)| (key, search))
}

fn is_search(key: &Node) -> bool {
    !matches!(key.text(), Some("condition" | "timeframe"))
}

/// Whether any entry of this search is like that.
pub(super) fn any(search: &Node, wanted: &dyn Fn(Entry<'_>) -> bool) -> bool {
    any_within(search, wanted, 0)
}

fn any_within(search: &Node, wanted: &dyn Fn(Entry<'_>) -> bool, depth: usize) -> bool {
    match &search.value {
        Value::Map(entries) => {
            entries.iter().any(|(key, value)| wanted(Entry { key: Some(key), value }))
        }
        Value::List(elements) => {
            depth < DEEPEST && elements.iter().any(|it| any_within(it, wanted, depth + 1))
        }
        Value::Text(_) | Value::Number(..) | Value::Bool(_) => {
            wanted(Entry { key: None, value: search })
        }
        Value::Null => false,
    }
}

/// Changes every entry of every search; searches of which nothing is left are added to `dropped`.
pub(super) fn change(
    block: &mut Node,
    dropped: &mut BTreeSet<Box<str>>,
    change: &mut dyn FnMut(Entry<'_>) -> Result<Becomes, Fault>,
) -> Result<(), Fault> {
    let Value::Map(entries) = &mut block.value else { return Ok(()) };
    for (key, search) in entries.iter_mut().filter(|(key, _)| is_search(key)) {
        let name = key.text().unwrap_or_default();
        if dropped.contains(name) {
            continue;
        }
        match changed(search, change, 0)? {
            Changed::Same => {}
            Changed::Nothing => {
                dropped.insert(name.into());
            }
            Changed::Into(node) => *search = node,
        }
    }
    Ok(())
}

enum Changed {
    Same,
    Nothing,
    Into(Node),
}

fn changed(
    search: &Node,
    change: &mut dyn FnMut(Entry<'_>) -> Result<Becomes, Fault>,
    depth: usize,
) -> Result<Changed, Fault> {
    match &search.value {
        Value::Map(entries) => map(search, entries, change),
        Value::List(elements) if depth < DEEPEST => {
            let (mut all, mut same) = (Vec::new(), true);
            for element in elements {
                match changed(element, change, depth + 1)? {
                    Changed::Same => all.push(element.clone()),
                    Changed::Nothing => same = false,
                    Changed::Into(node) => {
                        same = false;
                        all.push(node);
                    }
                }
            }
            Ok(match (same, all.is_empty()) {
                (true, _) => Changed::Same,
                (false, true) => Changed::Nothing,
                (false, false) => Changed::Into(value(search.at.as_ref(), Value::List(all))),
            })
        }
        Value::Text(_) | Value::Number(..) | Value::Bool(_) => {
            Ok(match change(Entry { key: None, value: search })? {
                Becomes::Same => Changed::Same,
                Becomes::Nothing => Changed::Nothing,
                Becomes::Any(all) => Changed::Into(alternatives(search, all)),
                Becomes::Plain(node) => Changed::Into(node),
            })
        }
        Value::List(_) | Value::Null => Ok(Changed::Same),
    }
}

/// Each of the entries alone, as a list of maps: any of them.
fn alternatives(search: &Node, all: Vec<(Node, Node)>) -> Node {
    let at = search.at.as_ref();
    let maps = all.into_iter().map(|it| value(at, Value::Map(vec![it]))).collect();
    value(at, Value::List(maps))
}

/// All entries must hold; where one becomes any of several, the map becomes a list of maps.
fn map(
    search: &Node,
    entries: &[(Node, Node)],
    change: &mut dyn FnMut(Entry<'_>) -> Result<Becomes, Fault>,
) -> Result<Changed, Fault> {
    let mut maps: Vec<Vec<(Node, Node)>> = vec![Vec::new()];
    let mut same = true;
    for (key, held) in entries {
        let becomes = change(Entry { key: Some(key), value: held })?;
        let any = match becomes {
            Becomes::Same => vec![(key.clone(), held.clone())],
            Becomes::Plain(node) => {
                same = false;
                vec![(key.clone(), node)]
            }
            Becomes::Nothing => {
                same = false;
                continue;
            }
            Becomes::Any(any) => {
                same = false;
                any
            }
        };
        if maps.len().saturating_mul(any.len()) > MOST_ALTERNATIVES {
            let what = format!("makes more than {MOST_ALTERNATIVES} alternatives of one search");
            return Err(Fault::unsupported(search.at.as_ref(), what));
        }
        maps = maps
            .iter()
            .flat_map(|map| {
                any.iter().map(|it| map.iter().chain(std::iter::once(it)).cloned().collect())
            })
            .collect();
    }
    let at = search.at.as_ref();
    maps.retain(|it| !it.is_empty());
    Ok(match (same, maps.len()) {
        (true, _) => Changed::Same,
        (false, 0) => Changed::Nothing,
        (false, 1) => Changed::Into(value(at, Value::Map(maps.pop().unwrap_or_default()))),
        (false, _) => {
            let maps = maps.into_iter().map(|it| value(at, Value::Map(it))).collect();
            Changed::Into(value(at, Value::List(maps)))
        }
    })
}
