//! Values against schemas, as `OpenAPI` and Discovery documents have them.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How deep schemas are followed: some refer to themselves.
const DEEPEST: usize = 24;

/// Whether members that no schema names are wrong, and named ones that are needed must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strict {
    /// What is sent.
    Yes,
    /// What comes back from a fake, which may hold less than the whole; but nothing of its own.
    No,
}

/// Where references lead.
#[derive(Debug)]
pub enum Schemas {
    /// The whole document; references are pointers: `#/components/schemas/User`.
    Pointers(Value),
    /// The schemas by name.
    Named(Value),
}

impl Schemas {
    /// The schema itself, where it is a reference.
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let Some(to) = schema.get("$ref").and_then(Value::as_str) else { return schema };
            let found = match self {
                Self::Pointers(root) => root.pointer(to.strip_prefix('#').unwrap_or(to)),
                Self::Named(all) => all.get(to),
            };
            schema = found.unwrap_or_else(|| panic!("the description has no `{to}`"));
        }
        schema
    }

    /// What is wrong with a text that stands for a value, in a path or a query.
    pub fn text(&self, schema: &Value, text: &str, at: &str) -> Vec<String> {
        let schema = self.resolved(schema);
        let schema = match schema.get("type").and_then(Value::as_str) {
            Some("array") => self.resolved(&schema["items"]),
            _ => schema,
        };
        let value = match schema.get("type").and_then(Value::as_str) {
            Some("integer" | "number" | "boolean") => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
            _ => Value::from(text),
        };
        self.fits(schema, &value, Strict::Yes, &format!("`{at}`"))
    }

    /// Members that this operation alone needs, as Discovery documents say it.
    pub fn wanted_by(&self, operation: &str, schema: &Value, value: &Value) -> Vec<String> {
        let properties = self.resolved(schema).get("properties").and_then(Value::as_object);
        let wanted = properties.into_iter().flatten().filter(|(_, it)| {
            let by = it.pointer("/annotations/required").and_then(Value::as_array);
            by.into_iter().flatten().any(|it| it == operation)
        });
        let missing = wanted.filter(|(name, _)| value.get(name).is_none());
        missing.map(|(name, _)| format!("body: `{name}` is missing")).collect()
    }

    /// What is wrong with a value; empty when it fits.
    pub fn fits(&self, schema: &Value, value: &Value, strict: Strict, at: &str) -> Vec<String> {
        self.deep(schema, value, strict, at, 0)
    }

    fn deep(
        &self,
        schema: &Value,
        value: &Value,
        strict: Strict,
        at: &str,
        depth: usize,
    ) -> Vec<String> {
        let schema = self.resolved(schema);
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        if depth > DEEPEST || value.is_null() && (nullable || strict == Strict::No) {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        if let Some(of) = schema.get("enum").and_then(Value::as_array)
            && !of.contains(value)
        {
            wrong.push(format!("{at}: {value} is none of {}", Value::from(of.clone())));
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|it| is(it, value)) {
            wrong.push(format!("{at}: {value} is no {}", types.join(" or ")));
            return wrong;
        }
        if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
            let each = list
                .iter()
                .flat_map(|it| self.deep(items, it, strict, &format!("{at}[]"), depth + 1));
            wrong.extend(each);
        }
        for several in ["oneOf", "anyOf"] {
            let Some(of) = schema.get(several).and_then(Value::as_array) else { continue };
            // Beside properties of its own, each of them only adds something.
            let own = schema.get("properties").is_some();
            let each = of.iter().map(|it| {
                let told = self.deep(it, value, strict, at, depth + 1);
                told.into_iter().filter(|it| !own || !it.contains("no member")).collect::<Vec<_>>()
            });
            wrong.extend(each.min_by_key(Vec::len).unwrap_or_default());
        }
        if let Some(members) = value.as_object() {
            wrong.extend(self.members(schema, members, strict, at, depth));
        }
        wrong
    }

    fn members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        strict: Strict,
        at: &str,
        depth: usize,
    ) -> Vec<String> {
        let mut shape = Shape::default();
        self.collect(schema, &mut shape, depth);
        let mut wrong = Vec::new();
        for (name, value) in members {
            let at = format!("{at}.{name}");
            match (shape.properties.iter().find(|it| it.0 == name), shape.others) {
                (Some((_, schema)), _) => {
                    wrong.extend(self.deep(schema, value, strict, &at, depth + 1));
                }
                (None, Others::Like(schema)) => {
                    wrong.extend(self.deep(schema, value, strict, &at, depth + 1));
                }
                (None, Others::Any) => {}
                (None, Others::None) if shape.properties.is_empty() => {}
                (None, Others::None) => {
                    wrong.push(format!("{at}: there is no member of this name"))
                }
            }
        }
        if strict == Strict::Yes {
            let missing = shape.required.iter().filter(|it| !members.contains_key(**it));
            wrong.extend(missing.map(|it| format!("{at}: `{it}` is missing")));
        }
        wrong
    }

    fn collect<'a>(&'a self, schema: &'a Value, into: &mut Shape<'a>, depth: usize) {
        let schema = self.resolved(schema);
        if depth > DEEPEST {
            return;
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            into.properties.extend(properties.iter().map(|it| (it.0.as_str(), it.1)));
        }
        let required = schema.get("required").and_then(Value::as_array);
        into.required.extend(required.into_iter().flatten().filter_map(Value::as_str));
        match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => into.others = Others::Any,
            Some(it @ Value::Object(like)) => {
                into.others = if like.is_empty() { Others::Any } else { Others::Like(it) };
            }
            _ => {}
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.collect(part, into, depth + 1);
        }
        // A choice is looked at on its own; here only for the names that it knows.
        for several in ["oneOf", "anyOf"] {
            for part in schema.get(several).and_then(Value::as_array).into_iter().flatten() {
                let mut names = Shape::default();
                self.collect(part, &mut names, depth + 1);
                into.properties.extend(names.properties.into_iter().map(|it| (it.0, &Value::Null)));
                if names.required.is_empty() && matches!(names.others, Others::Any) {
                    into.others = Others::Any;
                }
            }
        }
    }
}

/// The members of an object, from everything that speaks of them.
#[derive(Default)]
struct Shape<'a> {
    properties: Vec<(&'a str, &'a Value)>,
    required: BTreeSet<&'a str>,
    others: Others<'a>,
}

/// Members that have no schema of their own.
#[derive(Default, Clone, Copy)]
enum Others<'a> {
    #[default]
    None,
    Any,
    Like(&'a Value),
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) if one == "any" => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}
