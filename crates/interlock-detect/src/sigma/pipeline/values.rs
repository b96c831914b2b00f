//! Values as a pipeline sees them: with the wildcards that `contains`, `startswith` and `endswith` mean.
//!
//! A pipeline's patterns are written for whole values. Regular expressions, networks, numbers and
//! values under an encoding are not text to it, and stay as they are.

use super::detection::{Becomes, Entry};
use super::{text, value};
use crate::sigma::pattern::{Part, Template};
use crate::sigma::yaml::{Node, Value};
use regex::Regex;
use std::collections::BTreeMap;

/// Modifiers that only say where wildcards stand.
const EDGES: [&str; 3] = ["contains", "endswith", "startswith"];

/// Modifiers that leave the text of a value as it is.
const WHOLE: [&str; 3] = ["all", "cased", "neq"];

/// Which wildcards the modifiers of an entry mean; `None` when its values are not text.
fn edges(entry: Entry<'_>) -> Option<(bool, bool)> {
    let modifiers = entry.modifiers();
    let known = |it: &String| EDGES.contains(&it.as_str()) || WHOLE.contains(&it.as_str());
    let has = |word: &str| modifiers.iter().any(|it| it == word);
    modifiers.iter().all(known).then(|| {
        let contains = has("contains");
        (contains || has("endswith"), contains || has("startswith"))
    })
}

/// The value as a whole, with its wildcards; `None` when it is not text.
pub(super) fn seen(entry: Entry<'_>, node: &Node) -> Option<String> {
    node.text()?;
    whole(edges(entry)?, node)
}

/// The same, also of numbers and booleans where wildcards make text of them.
fn whole((before, after): (bool, bool), node: &Node) -> Option<String> {
    let mut it = match node.text() {
        Some(text) => text.to_owned(),
        None if before || after => node.scalar()?.to_owned(),
        None => return None,
    };
    if before && !it.starts_with('*') {
        it.insert(0, '*');
    }
    let backslashes = |it: &str| it.chars().rev().take_while(|it| *it == '\\').count();
    let open = it.strip_suffix('*').is_some_and(|rest| backslashes(rest) % 2 == 0);
    if after && !open {
        // A backslash at the end is itself, and must not take the wildcard's meaning away.
        if backslashes(&it) % 2 == 1 {
            it.push('\\');
        }
        it.push('*');
    }
    Some(it)
}

/// Whether the text has a wildcard.
pub(super) fn is_wild(text: &str) -> bool {
    Template::parse(text).plain().is_none()
}

/// The text with everything that the pattern finds replaced.
pub(super) fn replaced(text: &str, pattern: &Regex, by: &str, outside_wildcards: bool) -> String {
    if !outside_wildcards {
        return pattern.replace_all(text, by).into_owned();
    }
    let mut all = String::new();
    for part in Template::parse(text).0 {
        match part {
            Part::Text(it) => {
                for next in pattern.replace_all(&it, by).chars() {
                    if matches!(next, '*' | '?' | '\\') {
                        all.push('\\');
                    }
                    all.push(next);
                }
            }
            Part::Any => all.push('*'),
            Part::One => all.push('?'),
        }
    }
    all
}

/// What becomes of an entry whose texts are changed like this; `None` of a text: it stays.
pub(super) fn change(entry: Entry<'_>, new: impl Fn(&str) -> Option<Vec<Node>>) -> Becomes {
    let Some(edges) = edges(entry) else { return Becomes::Same };
    let (mut all, mut same) = (Vec::new(), true);
    for element in entry.value.elements() {
        // With wildcards in the text, since the modifiers that meant them go.
        let stays = || {
            whole(edges, element)
                .map_or_else(|| element.clone(), |it| text(element.at.as_ref(), it))
        };
        match seen(entry, element).and_then(|it| new(&it)) {
            Some(new) => {
                same = false;
                all.extend(new.into_iter().map(|it| Node { at: element.at.clone(), ..it }));
            }
            None => all.push(stays()),
        }
    }
    if same {
        return Becomes::Same;
    }
    let list = matches!(entry.value.value, Value::List(_)) || all.len() != 1;
    let at = entry.value.at.as_ref();
    let node = match all.pop() {
        Some(only) if !list => only,
        last => value(at, Value::List(all.into_iter().chain(last).collect())),
    };
    let Some(key) = entry.key else { return Becomes::Plain(node) };
    let kept = entry.modifiers().into_iter().filter(|it| WHOLE.contains(&it.as_str()));
    let name = kept.fold(entry.field().to_owned(), |name, it| format!("{name}|{it}"));
    Becomes::Any(vec![(text(key.at.as_ref(), name), node)])
}

/// The same for whole values that have others.
pub(super) fn map(entry: Entry<'_>, others: &BTreeMap<String, Vec<Node>>) -> Becomes {
    change(entry, |it| others.get(it).cloned())
}
