//! `OpenAPI` 3 and Swagger 2, in JSON.

use super::schema::Schemas;
use super::{Described, Operation, Parameter, Place};
use interlock_connect::http::path_and_query;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

/// An interface below the base path that the document itself names.
pub fn openapi(document: Value) -> Described {
    let server = document.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
    let base = match path_and_query(server) {
        Some((path, _)) => path,
        None => document.get("basePath").and_then(Value::as_str).unwrap_or(server).to_owned(),
    };
    below(document, &base)
}

/// The same below another path.
pub fn below(document: Value, base: &str) -> Described {
    let base = base.trim_end_matches('/').to_owned();
    let schemas = Schemas::Pointers(document);
    let Schemas::Pointers(document) = &schemas else { panic!("not so") };
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let shared = item.get("parameters").and_then(Value::as_array);
        for method in METHODS {
            let Some(of) = item.get(method) else { continue };
            let own = of.get("parameters").and_then(Value::as_array);
            let all: Vec<&Value> =
                shared.into_iter().chain(own).flatten().map(|it| schemas.resolved(it)).collect();
            let mut template = format!("{base}{path}");
            // GitHub's own word for a parameter that holds slashes.
            for it in all.iter().filter(|it| it.get("x-multi-segment") == Some(&json!(true))) {
                let name = it["name"].as_str().unwrap();
                template = template.replace(&format!("{{{name}}}"), &format!("{{+{name}}}"));
            }
            let (body, body_required) = body(&schemas, of, &all, document);
            operations.push(Operation {
                id: of.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned(),
                method: method.to_uppercase(),
                template,
                parameters: all.iter().filter_map(|it| parameter(it)).collect(),
                body,
                body_required,
                answers: answers(&schemas, of),
            });
        }
    }
    Described { schemas, operations }
}

fn parameter(of: &Value) -> Option<Parameter> {
    let place = match of.get("in").and_then(Value::as_str)? {
        "path" => Place::Path,
        "query" => Place::Query,
        _ => return None,
    };
    Some(Parameter {
        name: of["name"].as_str()?.to_owned(),
        place,
        required: place == Place::Path || of.get("required") == Some(&Value::Bool(true)),
        // In Swagger 2 the parameter is its own schema.
        schema: of.get("schema").unwrap_or(of).clone(),
    })
}

fn body(
    schemas: &Schemas,
    of: &Value,
    parameters: &[&Value],
    document: &Value,
) -> (BTreeMap<String, Value>, bool) {
    let required = |it: &Value| it.get("required") == Some(&Value::Bool(true));
    if let Some(body) = of.get("requestBody") {
        let body = schemas.resolved(body);
        let content = body.get("content").and_then(Value::as_object).into_iter().flatten();
        let each = content.map(|(kind, it)| {
            (kind.clone(), it.get("schema").cloned().unwrap_or_else(|| json!({})))
        });
        return (each.collect(), required(body));
    }
    let consumes = of.get("consumes").or_else(|| document.get("consumes"));
    let kinds: Vec<String> = match consumes.and_then(Value::as_array) {
        Some(kinds) => kinds.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        None => vec!["application/json".to_owned()],
    };
    let placed = |place: &'static str| {
        parameters.iter().filter(move |it| it.get("in").and_then(Value::as_str) == Some(place))
    };
    if let Some(body) = placed("body").next() {
        let schema = &body["schema"];
        return (kinds.into_iter().map(|it| (it, schema.clone())).collect(), required(body));
    }
    let fields: Vec<&Value> = placed("formData").copied().collect();
    if fields.is_empty() {
        return (BTreeMap::new(), false);
    }
    let properties: serde_json::Map<String, Value> = fields
        .iter()
        .map(|it| (it["name"].as_str().unwrap_or_default().to_owned(), json!({"type": it["type"]})))
        .collect();
    let needed: Vec<&Value> =
        fields.iter().filter(|it| required(it)).map(|it| &it["name"]).collect();
    let form = json!({"type": "object", "properties": properties, "required": needed});
    (BTreeMap::from([("application/x-www-form-urlencoded".to_owned(), form)]), !needed.is_empty())
}

fn answers(schemas: &Schemas, of: &Value) -> BTreeMap<String, Option<Value>> {
    let all = of.get("responses").and_then(Value::as_object).into_iter().flatten();
    let each = all.map(|(status, it)| {
        let it = schemas.resolved(it);
        let content = it.get("content").and_then(Value::as_object);
        let first = content.and_then(|all| {
            let json = all.iter().find(|it| it.0.contains("json"));
            json.and_then(|it| it.1.get("schema"))
        });
        (status.clone(), first.or_else(|| it.get("schema")).cloned())
    });
    each.collect()
}
