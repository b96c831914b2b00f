//! The check of a tree against a JSON Schema as our types make it.
//!
//! Not a general validator: it knows exactly the words that `schemars` writes for our types, and a
//! test fails when a type makes it write another.

use super::{Kind, Node};
use crate::words::{listed, nearest, one_line};
use interlock_model::{Gravity, Problem};
use serde_json::{Map, Value};
use std::ops::Range;
use std::sync::Arc;

/// A form that a file must have.
#[derive(Debug)]
pub struct Shape<'a> {
    file: &'a Arc<str>,
    root: &'a Value,
    problems: Vec<Problem>,
}

impl<'a> Shape<'a> {
    /// Checks a whole file; all problems at once, in the order of the file.
    pub fn check(file: &'a Arc<str>, schema: &'a Value, tree: &Node) -> Vec<Problem> {
        let mut it = Self { file, root: schema, problems: Vec::new() };
        it.node(schema, tree, "the file");
        it.problems
    }

    fn node(&mut self, schema: &Value, node: &Node, name: &str) {
        let Some(schema) = self.settled(schema, node) else { return };
        let words = words(schema);
        if !words.is_empty() {
            return self.word(&words, node, name);
        }
        let wanted = types(schema);
        let fits = wanted.is_empty() || wanted.iter().any(|it| is(&node.kind, it));
        if !fits {
            let wanted: Vec<&str> = wanted.iter().filter(|it| **it != "null").copied().collect();
            let wanted = wanted.iter().map(|it| plain(it)).collect::<Vec<_>>().join(" or ");
            let what = format!("{name} must be {wanted}, not {}", seen(&node.kind));
            return self.report(node.span.clone(), what, None);
        }
        match &node.kind {
            Kind::Map(entries) => self.map(schema, entries, node, name),
            Kind::List(items) => {
                if let Some(schema) = schema.get("items") {
                    items.iter().for_each(|it| self.node(schema, it, name));
                }
            }
            Kind::Number(number) => self.number(schema, number.as_f64(), node, name),
            Kind::Null | Kind::Bool(_) | Kind::Text(_) => {}
        }
    }

    /// Follows references and takes the side of an optional value that is there; `None` when the
    /// value is absent and may be.
    fn settled<'s>(&self, schema: &'s Value, node: &Node) -> Option<&'s Value>
    where
        'a: 's,
    {
        let mut schema = schema;
        // INVARIANT: our types are not recursive; the bound only guards against a mistake.
        for _ in 0..8 {
            if let Some(Value::Array(sides)) = schema.get("anyOf") {
                if matches!(node.kind, Kind::Null) {
                    return None;
                }
                schema = sides.iter().find(|it| types(it) != ["null"])?;
            } else if let Some(Value::String(to)) = schema.get("$ref") {
                schema = self.root.pointer(to.strip_prefix('#')?)?;
            } else {
                break;
            }
        }
        Some(schema)
    }

    fn word(&mut self, words: &[&str], node: &Node, name: &str) {
        let Kind::Text(text) = &node.kind else {
            let what = format!("{name} must be a word, not {}", seen(&node.kind));
            return self.report(node.span.clone(), what, Some(format!("one of {}", listed(words))));
        };
        if words.contains(&text.as_str()) {
            return;
        }
        let help = match nearest(text, words) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", listed(words)),
        };
        let what = format!("{name} does not know `{}`", one_line(text));
        self.report(node.span.clone(), what, Some(help));
    }

    fn map(
        &mut self,
        schema: &Value,
        entries: &[(String, Option<Range<usize>>, Node)],
        node: &Node,
        name: &str,
    ) {
        let nothing = Map::new();
        let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
        let keys: Vec<&str> = known.keys().map(String::as_str).collect();
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            if !entries.iter().any(|it| it.0 == key) {
                let what = format!("{name} needs the key `{key}`");
                self.report(node.span.clone(), what, None);
            }
        }
        for (key, span, value) in entries {
            match known.get(key) {
                Some(schema) => self.node(schema, value, &format!("`{key}`")),
                None => {
                    let help = match nearest(key, &keys) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("{name} knows {}", listed(&keys)),
                    };
                    let what = format!("unknown key `{}` in {name}", one_line(key));
                    self.report(span.clone(), what, Some(help));
                }
            }
        }
    }

    fn number(&mut self, schema: &Value, number: Option<f64>, node: &Node, name: &str) {
        let number = number.unwrap_or_default();
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        if least.is_some_and(|it| number < it) || most.is_some_and(|it| number > it) {
            let what = match (least, most) {
                (least, Some(most)) => {
                    let least = least.unwrap_or_default();
                    format!("{name} must lie between {least} and {most}, not at {number}")
                }
                (least, None) => {
                    format!("{name} must be at least {}, not {number}", least.unwrap_or_default())
                }
            };
            self.report(node.span.clone(), what, None);
        }
    }

    fn report(&mut self, span: Option<Range<usize>>, what: String, help: Option<String>) {
        let file = Arc::clone(self.file);
        self.problems.push(Problem { file, span, gravity: Gravity::Error, what, help });
    }
}

/// The closed list of words of a schema; empty when it has none.
fn words(schema: &Value) -> Vec<&str> {
    let words = schema.get("enum").and_then(Value::as_array);
    words.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The JSON types that a schema allows; empty when it allows all.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    }
}

fn is(kind: &Kind, wanted: &str) -> bool {
    match kind {
        Kind::Null => wanted == "null",
        Kind::Bool(_) => wanted == "boolean",
        Kind::Number(it) => wanted == "number" || (wanted == "integer" && !it.is_f64()),
        Kind::Text(_) => wanted == "string",
        Kind::List(_) => wanted == "array",
        Kind::Map(_) => wanted == "object",
    }
}

fn plain(wanted: &str) -> &'static str {
    match wanted {
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        "string" => "text",
        "array" => "a list",
        _ => "keys with values",
    }
}

const fn seen(kind: &Kind) -> &'static str {
    match kind {
        Kind::Null => "nothing",
        Kind::Bool(_) => "true or false",
        Kind::Number(_) => "a number",
        Kind::Text(_) => "text",
        Kind::List(_) => "a list",
        Kind::Map(_) => "keys with values",
    }
}
