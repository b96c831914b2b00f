//! Checks `interlock.toml` against the JSON Schema of its types: every problem, not only the first.
//!
//! The schema is the one that editors complete from, so what an editor accepts and what the house
//! accepts cannot part ways. Known is the part of JSON Schema that our types make; a test fails when
//! a type makes it write another word.

use super::near::{listed, nearest};
use super::tree::{Kind, Node};
use interlock_model::{Gravity, Problem};
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// Takes everything out of the tree that does not fit, so that the rest can be checked further,
/// and says what it was.
pub(super) fn misfits(file: &Arc<str>, schema: &Value, tree: &mut Node) -> Vec<Problem> {
    let mut checker = Checker { file, root: schema, problems: Vec::new() };
    checker.node(schema, tree, "the file");
    checker.problems
}

struct Checker<'a> {
    file: &'a Arc<str>,
    root: &'a Value,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    /// Whether the node fits once the misfits inside it are taken out.
    fn node(&mut self, schema: &'a Value, node: &mut Node, name: &str) -> bool {
        let Some(schema) = self.settled(schema, node, name) else { return false };
        let words = words(schema);
        if !words.is_empty() {
            return self.word(&words, node, name);
        }
        let types = types(schema);
        let fits = match &node.kind {
            Kind::Text(_) => types.contains(&"string"),
            Kind::Whole(_) => types.contains(&"integer") || types.contains(&"number"),
            Kind::Decimal(_) => types.contains(&"number"),
            Kind::Bool(_) => types.contains(&"boolean"),
            Kind::Date => false,
            Kind::List(_) => types.contains(&"array"),
            Kind::Table(_) => types.contains(&"object"),
        };
        if !fits {
            let wanted =
                types.iter().find(|it| **it != "null").map_or("something else", |it| in_words(it));
            let what = format!("{name} must be {wanted}, not {}", node.in_words());
            let help = match (&node.kind, wanted) {
                (Kind::Whole(_) | Kind::Decimal(_) | Kind::Bool(_) | Kind::Date, "text") => {
                    Some("put it in quotes".to_owned())
                }
                (Kind::Text(_), "a list") => Some("put it in square brackets".to_owned()),
                _ => None,
            };
            self.report(node.span.clone(), what, help);
            return false;
        }
        match &mut node.kind {
            Kind::List(items) => {
                if let Some(schema) = schema.get("items") {
                    items.retain_mut(|it| self.node(schema, it, name));
                }
                true
            }
            Kind::Table(_) => self.keys(schema, node, name),
            Kind::Whole(number) => {
                let number = *number;
                self.number(schema, number, node.span.clone(), name)
            }
            Kind::Text(_) | Kind::Decimal(_) | Kind::Bool(_) | Kind::Date => true,
        }
    }

    /// Follows references, takes the side of an optional value that is there, and of several
    /// forms the one that the tag names.
    fn settled(&mut self, schema: &'a Value, node: &Node, name: &str) -> Option<&'a Value> {
        let mut schema = schema;
        // INVARIANT: our types are not recursive; the bound only guards against a mistake.
        for _ in 0..8 {
            if let Some(Value::Array(sides)) = schema.get("anyOf") {
                schema = sides.iter().find(|it| types(it) != ["null"])?;
            } else if let Some(Value::String(to)) = schema.get("$ref") {
                schema = self.root.pointer(to.strip_prefix('#')?)?;
            } else if let Some((tag, forms)) = tagged(schema) {
                return self.form(tag, &forms, node, name);
            } else {
                break;
            }
        }
        Some(schema)
    }

    fn form(
        &mut self,
        tag: &str,
        forms: &[(&'a str, &'a Value)],
        node: &Node,
        name: &str,
    ) -> Option<&'a Value> {
        let words: Vec<&str> = forms.iter().map(|it| it.0).collect();
        let Kind::Table(_) = node.kind else {
            let what = format!("{name} must be a table, not {}", node.in_words());
            let help = format!("for example `{{ {tag} = \"{}\" }}`", words.first()?);
            self.report(node.span.clone(), what, Some(help));
            return None;
        };
        let Some(chosen) = node.get(tag) else {
            let what = format!("{name} needs the key `{tag}`");
            self.report(node.span.clone(), what, Some(format!("one of {}", listed(&words))));
            return None;
        };
        if !self.word(&words, chosen, &format!("`{tag}`")) {
            return None;
        }
        let Kind::Text(chosen) = &chosen.kind else { return None };
        forms.iter().find(|it| it.0 == chosen).map(|it| it.1)
    }

    fn word(&mut self, words: &[&str], node: &Node, name: &str) -> bool {
        let Kind::Text(text) = &node.kind else {
            let what = format!("{name} must be a word, not {}", node.in_words());
            self.report(node.span.clone(), what, Some(format!("one of {}", listed(words))));
            return false;
        };
        if words.contains(&text.as_str()) {
            return true;
        }
        let help = match nearest(text, words) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", listed(words)),
        };
        let what = format!("{name} does not know `{}`", text.escape_debug());
        self.report(node.span.clone(), what, Some(help));
        false
    }

    fn keys(&mut self, schema: &'a Value, node: &mut Node, name: &str) -> bool {
        let span = node.span.clone();
        let Kind::Table(entries) = &mut node.kind else { return true };
        let Some(known) = schema.get("properties").and_then(Value::as_object) else { return true };
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|it| it.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut misspelt = Vec::new();
        let mut fits = true;
        entries.retain_mut(|entry| {
            let Some(schema) = known.get(&entry.key) else {
                let near = nearest(&entry.key, &names);
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("{name} knows {}", listed(&names)),
                };
                misspelt.extend(near);
                let what = format!("unknown key `{}` in {name}", entry.key.escape_debug());
                self.report(entry.key_span.clone(), what, Some(help));
                return false;
            };
            let sound = self.node(schema, &mut entry.value, &format!("`{}`", entry.key));
            fits &= sound || !required.contains(&entry.key.as_str());
            sound || required.contains(&entry.key.as_str())
        });
        for key in required {
            if entries.iter().any(|it| it.key == key) {
                continue;
            }
            fits = false;
            // The typing mistake is reported already.
            if !misspelt.contains(&key) {
                let words = known.get(key).map(|it| self.choices(it)).unwrap_or_default();
                let help = (!words.is_empty()).then(|| format!("one of {}", listed(&words)));
                self.report(span.clone(), format!("{name} needs the key `{key}`"), help);
            }
        }
        fits
    }

    fn choices(&self, schema: &'a Value) -> Vec<&'a str> {
        let to = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
        words(to.and_then(|it| self.root.pointer(it)).unwrap_or(schema))
    }

    fn number(&mut self, schema: &Value, number: i64, span: Range<usize>, name: &str) -> bool {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "compared with bounds far below 2^53")]
        let value = number as f64;
        let (format, most) = (schema.get("format").and_then(Value::as_str), bound("maximum"));
        let most = most.or(match format {
            Some("uint16") => Some(f64::from(u16::MAX)),
            Some("uint32") => Some(f64::from(u32::MAX)),
            _ => None,
        });
        if bound("minimum").is_some_and(|it| value < it) || most.is_some_and(|it| value > it) {
            let least = bound("minimum").unwrap_or(f64::from(i32::MIN));
            let most = most.map(|it| format!(" and at most {it}")).unwrap_or_default();
            let what = format!("{name} must be at least {least}{most}, not {number}");
            self.report(span, what, None);
            return false;
        }
        true
    }

    fn report(&mut self, span: Range<usize>, what: String, help: Option<String>) {
        let file = Arc::clone(self.file);
        let gravity = Gravity::Error;
        self.problems.push(Problem { file, span: Some(span), gravity, what, help });
    }
}

/// The tag and the forms of a schema that offers several tables.
fn tagged(schema: &Value) -> Option<(&str, Vec<(&str, &Value)>)> {
    let forms = schema.get("oneOf")?.as_array()?;
    let tag = |form: &'_ Value| -> Option<String> {
        let properties = form.get("properties")?.as_object()?;
        properties.iter().find(|it| it.1.get("const").is_some()).map(|it| it.0.clone())
    };
    let name = tag(forms.first()?)?;
    let properties = forms.first()?.get("properties")?.as_object()?;
    let name = properties.keys().find(|it| **it == name)?;
    let forms = forms
        .iter()
        .filter_map(|it| Some((it.get("properties")?.get(name)?.get("const")?.as_str()?, it)));
    Some((name, forms.collect()))
}

/// The closed list of words of a schema; empty when it has none.
fn words(schema: &Value) -> Vec<&str> {
    let plain = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let told = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let told = told.filter_map(|it| it.get("const"));
    plain.chain(told).filter_map(Value::as_str).collect()
}

/// The JSON types that a schema allows.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    }
}

fn in_words(wanted: &str) -> &'static str {
    match wanted {
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        "string" => "text",
        "array" => "a list",
        _ => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every word of JSON Schema that the checker reads, or that says nothing about the form.
    const KNOWN: &[&str] = &[
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "anyOf",
        "const",
        "default",
        "description",
        "enum",
        "format",
        "items",
        "maximum",
        "minimum",
        "oneOf",
        "properties",
        "required",
        "title",
        "type",
    ];

    #[test]
    fn the_types_make_no_other_word() {
        let schema = schemars::schema_for!(super::super::raw::RawConfig).to_value();
        let mut words = BTreeSet::new();
        collect(&schema, &mut words);
        let unknown: Vec<&&str> = words.iter().filter(|it| !KNOWN.contains(it)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    fn collect<'a>(schema: &'a Value, words: &mut BTreeSet<&'a str>) {
        let Some(map) = schema.as_object() else { return };
        for (word, value) in map {
            words.insert(word);
            match (word.as_str(), value) {
                ("properties" | "$defs", Value::Object(named)) => {
                    named.values().for_each(|it| collect(it, words));
                }
                ("oneOf" | "anyOf", Value::Array(sides)) => {
                    sides.iter().for_each(|it| collect(it, words));
                }
                ("items", schema) => collect(schema, words),
                _ => {}
            }
        }
    }
}
