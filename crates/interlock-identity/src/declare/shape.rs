//! Checks a document against the JSON Schema of its type, reporting every problem and not only the first.
//!
//! The schema is the one that editors complete from, so what an editor accepts and what
//! [`super::load`] accepts cannot part ways.
//! Known here is the part of JSON Schema that our types make: `$ref`, `type`, `properties`,
//! `required`, `additionalProperties: false`, `items`, `enum`, `const`, `anyOf`, `oneOf`.

use super::nearest::nearest;
use super::node::{Kind, Node};
use serde_json::Value;
use std::ops::Range;

/// One thing that does not fit.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) span: Option<Range<usize>>,
    pub(super) what: String,
    pub(super) help: Option<String>,
}

/// Takes everything out of the document that does not fit the schema, so that the rest can be
/// checked further, and says what it was.
pub(super) fn misfits(schema: &Value, node: &mut Node) -> Vec<Misfit> {
    let mut found = Vec::new();
    if !(Checker { root: schema, found: &mut found }).check(schema, node, "the file") {
        node.kind = Kind::Null;
    }
    found
}

struct Checker<'a> {
    root: &'a Value,
    found: &'a mut Vec<Misfit>,
}

impl<'a> Checker<'a> {
    /// Whether the node fits once the misfits inside it are taken out.
    fn check(&mut self, schema: &'a Value, node: &mut Node, name: &str) -> bool {
        let schema = self.resolve(schema);
        let words = self.words(schema);
        if !words.is_empty() {
            return self.check_word(&words, node, name);
        }
        let types = self.types(schema);
        let fits = match &node.kind {
            Kind::Null => types.contains(&"null") || types.contains(&"array"),
            Kind::Bool(_) => types.contains(&"boolean"),
            Kind::Number(_) => types.contains(&"number") || types.contains(&"integer"),
            Kind::Text(_) => types.contains(&"string"),
            Kind::List(_) => types.contains(&"array"),
            Kind::Map(_) => types.contains(&"object"),
        };
        if !fits {
            let expected = types.first().map_or("something else", |it| in_words(it));
            let quotes = matches!(node.kind, Kind::Number(_) | Kind::Bool(_)) && expected == "text";
            self.found.push(Misfit {
                span: node.place(),
                what: format!("`{name}` must be {expected}, found {}", node.in_words()),
                help: quotes.then(|| "put it in quotes".to_owned()),
            });
            return false;
        }
        match &mut node.kind {
            Kind::List(items) => {
                if let Some(schema) = schema.get("items") {
                    items.retain_mut(|it| self.check(schema, it, name));
                }
                true
            }
            Kind::Null if types.contains(&"array") => {
                node.kind = Kind::List(Vec::new());
                true
            }
            Kind::Map(_) => self.check_keys(schema, node, name),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => true,
        }
    }

    fn check_keys(&mut self, schema: &'a Value, node: &mut Node, name: &str) -> bool {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return true;
        };
        let required = schema.get("required").and_then(Value::as_array);
        let required: Vec<&str> =
            required.into_iter().flatten().filter_map(Value::as_str).collect();
        let mut complete = true;
        for key in &required {
            if node.get(key).is_none() {
                complete = false;
                self.found.push(Misfit {
                    span: node.place(),
                    what: format!("`{key}` is missing in an entry of `{name}`"),
                    help: properties
                        .get(*key)
                        .and_then(|it| {
                            it.get("description").or(self.resolve(it).get("description"))
                        })
                        .and_then(Value::as_str)
                        .and_then(|it| it.lines().next())
                        .map(|it| format!("add `{key}`: {it}")),
                });
            }
        }
        let Kind::Map(entries) = &mut node.kind else { return complete };
        entries.retain_mut(|(key, value)| {
            if let Some(schema) = properties.get(&key.text) {
                let fits = self.check(schema, value, &key.text);
                complete &= fits || !required.contains(&key.text.as_str());
                return fits;
            }
            let known = properties.keys().map(String::as_str);
            self.found.push(Misfit {
                span: key.span.clone(),
                what: format!("unknown key `{}`", key.text),
                help: Some(did_you_mean(&key.text, known)),
            });
            false
        });
        complete
    }

    fn check_word(&mut self, words: &[&'a str], node: &Node, name: &str) -> bool {
        let (what, help) = match &node.kind {
            Kind::Text(text) if words.contains(&text.as_str()) => return true,
            Kind::Text(text) => (
                format!("`{text}` is not a known `{name}`"),
                did_you_mean(text, words.iter().copied()),
            ),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => (
                format!("`{name}` must be one word, found {}", node.in_words()),
                format!("one of {}", listed(words.iter().copied())),
            ),
        };
        self.found.push(Misfit { span: node.place(), what, help: Some(help) });
        false
    }

    /// Follows a reference, and the one alternative of an optional value that is not null.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
            let target = path.strip_prefix('#').and_then(|it| self.root.pointer(it));
            return target.map_or(schema, |it| self.resolve(it));
        }
        let alternatives = schema.get("anyOf").and_then(Value::as_array);
        let real = alternatives.and_then(|all| {
            all.iter().find(|it| it.get("type").and_then(Value::as_str) != Some("null"))
        });
        real.map_or(schema, |it| self.resolve(it))
    }

    /// The closed set of words that a schema allows; empty when it is no such schema.
    fn words(&self, schema: &'a Value) -> Vec<&'a str> {
        let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
        let one = schema.get("const").into_iter();
        let alternatives = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        listed
            .chain(one)
            .filter_map(Value::as_str)
            .chain(alternatives.flat_map(|it| self.words(it)))
            .collect()
    }

    fn types(&self, schema: &'a Value) -> Vec<&'a str> {
        match schema.get("type") {
            Some(Value::String(it)) => vec![it.as_str()],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

/// Help with a word: the nearest right one, and all of them.
pub(super) fn did_you_mean<'a>(
    typed: &str,
    words: impl Iterator<Item = &'a str> + Clone,
) -> String {
    match nearest(typed, words.clone()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("one of {}", listed(words)),
    }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

fn in_words(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "boolean" => "true or false",
        "integer" | "number" => "a number",
        "array" => "a list",
        "object" => "keys and values",
        _ => "nothing",
    }
}
