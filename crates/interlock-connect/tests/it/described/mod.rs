//! What a vendor publishes about its interface, and whether recorded requests keep to it.
//!
//! One file for each form of description; what they have in common is here and in [`schema`].
//! Looked at: path and method, path and query parameters, the body, the status of the answer, and the
//! types of what the answer holds. Headers are not: a recording has none.

pub mod discovery;
pub mod openapi;
mod schema;
mod tests;

use crate::server::program;
use interlock_connect::http::{Exchange, form, path_and_query};
use schema::{Schemas, Strict};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What any operation may answer, whether its description says so or not: who calls is not known or may
/// not, what is named is not there, there were too many calls, the service is at fault.
const ANYWHERE: [u16; 4] = [401, 403, 404, 429];

/// One interface as its vendor describes it.
#[derive(Debug)]
pub struct Described {
    schemas: Schemas,
    operations: Vec<Operation>,
}

/// One method on one path.
#[derive(Debug)]
struct Operation {
    /// The vendor's own name of it, where it has one.
    id: String,
    method: String,
    /// The path with `{name}` for each parameter, `{+name}` for one that may hold slashes, at the end.
    template: String,
    parameters: Vec<Parameter>,
    /// The body for each content type; `*/*` for any.
    body: BTreeMap<String, Value>,
    body_required: bool,
    /// The answer's body for each status; `4XX` and `default` stand for several.
    answers: BTreeMap<String, Option<Value>>,
}

/// One parameter.
#[derive(Debug)]
struct Parameter {
    name: String,
    place: Place,
    required: bool,
    schema: Value,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Query,
}

/// The folder or file of a description that a variable names; without it the test is skipped.
pub fn description(variable: &str) -> Option<PathBuf> {
    program(variable).map(PathBuf::from)
}

/// A description as JSON.
pub fn read(path: &std::path::Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|it| panic!("{}: {it}", path.display()))
}

impl Described {
    /// Holds a recording against the description; gives the operations that it called, as
    /// `DELETE /repos/{owner}/{repo}/keys/{key_id}`.
    #[track_caller]
    pub fn keeps(&self, recording: &[Exchange]) -> BTreeSet<String> {
        assert!(!recording.is_empty(), "nothing was recorded");
        let (mut called, mut wrong) = (BTreeSet::new(), BTreeSet::new());
        for exchange in recording {
            match self.operation(exchange) {
                Ok((operation, values)) => {
                    called.insert(format!("{} {}", operation.method, operation.template));
                    for it in self.complaints(operation, &values, exchange) {
                        wrong.insert(format!("{} {}: {it}", operation.method, operation.template));
                    }
                }
                Err(why) => {
                    wrong.insert(why);
                }
            }
        }
        let wrong: Vec<String> = wrong.into_iter().collect();
        assert!(wrong.is_empty(), "not as described:\n{}", wrong.join("\n"));
        called
    }

    /// What the recording does that is not described; empty when nothing is.
    pub fn wrong(&self, exchange: &Exchange) -> Vec<String> {
        match self.operation(exchange) {
            Ok((operation, values)) => self.complaints(operation, &values, exchange),
            Err(why) => vec![why],
        }
    }

    /// The operation that is called, and the values of its path's parameters.
    fn operation(
        &self,
        exchange: &Exchange,
    ) -> Result<(&Operation, BTreeMap<String, String>), String> {
        let (path, _) = path_and_query(&exchange.url)
            .ok_or_else(|| format!("`{}` is no address", exchange.url))?;
        let fitting = self.operations.iter().filter_map(|it| {
            let values = matched(&it.template, &path)?;
            Some((it, values))
        });
        let all: Vec<_> = fitting.collect();
        if all.is_empty() {
            return Err(format!("there is no path `{path}`"));
        }
        let of_method = all.into_iter().filter(|it| it.0.method == exchange.method);
        // The least general: `/users/me` before `/users/{id}`.
        let best = of_method.max_by_key(|it| literal(&it.0.template));
        best.ok_or_else(|| format!("`{path}` has no method `{}`", exchange.method))
    }

    fn complaints(
        &self,
        operation: &Operation,
        values: &BTreeMap<String, String>,
        exchange: &Exchange,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let (_, query) = path_and_query(&exchange.url).unwrap();
        for parameter in operation.parameters.iter().filter(|it| it.place == Place::Path) {
            if let Some(text) = values.get(&parameter.name) {
                wrong.extend(self.schemas.text(&parameter.schema, text, &parameter.name));
            }
        }
        let mut given = BTreeSet::new();
        for (name, text) in &query {
            let plain = name.strip_suffix("[]").unwrap_or(name);
            let mut all = operation.parameters.iter().filter(|it| it.place == Place::Query);
            match all.find(|it| it.name == *name || it.name == plain) {
                Some(it) => {
                    given.insert(it.name.clone());
                    wrong.extend(self.schemas.text(&it.schema, text, &it.name));
                }
                None => wrong.push(format!("no query parameter `{name}`")),
            }
        }
        for it in operation.parameters.iter().filter(|it| it.place == Place::Query && it.required) {
            if !given.contains(&it.name) {
                wrong.push(format!("the query parameter `{}` is missing", it.name));
            }
        }
        wrong.extend(self.body(operation, exchange));
        wrong.extend(self.answer(operation, exchange));
        wrong
    }

    fn body(&self, operation: &Operation, exchange: &Exchange) -> Vec<String> {
        if exchange.body.is_empty() {
            let missing = operation.body_required.then(|| "the body is missing".to_owned());
            return missing.into_iter().collect();
        }
        if operation.body.is_empty() {
            return vec!["it takes no body".to_owned()];
        }
        let sent = exchange.content_type.as_deref().unwrap_or_default();
        let sent = sent.split(';').next().unwrap_or_default().trim();
        let schema = operation.body.get(sent).or_else(|| operation.body.get("*/*"));
        let Some(schema) = schema else { return vec![format!("it takes no body of `{sent}`")] };
        let body = if sent == "application/x-www-form-urlencoded" {
            let fields = form(&String::from_utf8_lossy(&exchange.body)).into_iter();
            let members = fields.map(|(name, value)| (name, Value::from(value)));
            Value::Object(members.collect::<Map<_, _>>())
        } else {
            match serde_json::from_slice(&exchange.body) {
                Ok(body) => body,
                Err(it) => return vec![format!("the body is no JSON: {it}")],
            }
        };
        let mut wrong = self.schemas.fits(schema, &body, Strict::Yes, "body");
        wrong.extend(self.schemas.wanted_by(&operation.id, schema, &body));
        wrong
    }

    fn answer(&self, operation: &Operation, exchange: &Exchange) -> Vec<String> {
        let status = exchange.status;
        let range = format!("{}XX", status / 100);
        let exact = operation.answers.get(&status.to_string());
        let declared = exact.or_else(|| operation.answers.get(&range));
        let Some(schema) = declared.or_else(|| operation.answers.get("default")) else {
            let anywhere = ANYWHERE.contains(&status) || status >= 500;
            return if anywhere { Vec::new() } else { vec![format!("it never answers {status}")] };
        };
        match (schema, serde_json::from_slice::<Value>(&exchange.answer)) {
            (Some(schema), Ok(answer)) => self.schemas.fits(schema, &answer, Strict::No, "answer"),
            (Some(_), Err(_)) | (None, _) => Vec::new(),
        }
    }
}

/// The values of a template's parameters in a path; `None` when it is another path.
fn matched(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (template, mut path): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    let long = template.last().is_some_and(|it| it.starts_with("{+"));
    if long && path.len() > template.len() {
        path.truncate(template.len());
    }
    if template.len() != path.len() {
        return None;
    }
    let mut values = BTreeMap::new();
    for (part, text) in template.into_iter().zip(path) {
        let Some((before, rest)) = part.split_once('{') else {
            if part == text {
                continue;
            }
            return None;
        };
        let (name, after) = rest.split_once('}')?;
        let text = text.strip_prefix(before)?.strip_suffix(after)?;
        if text.is_empty() || after.is_empty() && text.contains(':') {
            return None;
        }
        values.insert(name.to_owned(), text.to_owned());
    }
    Some(values)
}

/// How much of a template is no parameter.
fn literal(template: &str) -> usize {
    let mut inside = false;
    let outside = template.chars().filter(|it| {
        inside = *it == '{' || inside && *it != '}';
        !inside
    });
    outside.count()
}
