//! Google's Discovery documents, in JSON.

use super::schema::Schemas;
use super::{Described, Operation, Parameter, Place};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The interfaces of several documents, all of one host for the purpose of matching paths.
pub fn discovery(document: &Value) -> Described {
    let mut operations = Vec::new();
    let base = document["servicePath"].as_str().unwrap_or_default();
    let shared = document.get("parameters").and_then(Value::as_object);
    let place = Below { base, shared };
    resources(document, &place, &mut operations);
    Described { schemas: Schemas::Named(document["schemas"].clone()), operations }
}

/// Where operations are, and the parameters that all of them take.
struct Below<'a> {
    base: &'a str,
    shared: Option<&'a Map<String, Value>>,
}

fn resources(of: &Value, place: &Below<'_>, into: &mut Vec<Operation>) {
    let methods = of.get("methods").and_then(Value::as_object).into_iter().flatten();
    into.extend(methods.map(|(_, it)| operation(it, place)));
    for (_, inner) in of.get("resources").and_then(Value::as_object).into_iter().flatten() {
        resources(inner, place, into);
    }
}

fn operation(of: &Value, place: &Below<'_>) -> Operation {
    // The flat form has one parameter for each part of a name.
    let path = of.get("flatPath").or_else(|| of.get("path")).and_then(Value::as_str);
    let own = of.get("parameters").and_then(Value::as_object);
    let all = own.into_iter().chain(place.shared).flatten();
    let schema = |of: Option<&Value>| of.filter(|it| it.get("$ref").is_some()).cloned();
    let body = schema(of.get("request"));
    Operation {
        id: of["id"].as_str().unwrap_or_default().to_owned(),
        method: of["httpMethod"].as_str().unwrap_or_default().to_owned(),
        template: format!("/{}{}", place.base, path.unwrap_or_default()),
        parameters: all.map(|(name, it)| parameter(name, it)).collect(),
        body: body.into_iter().map(|it| ("application/json".to_owned(), it)).collect(),
        // Google takes an empty object and nothing at all for the same.
        body_required: false,
        // Refusals have one form for all of Google, and are not described one by one.
        answers: BTreeMap::from([
            ("200".to_owned(), schema(of.get("response"))),
            ("204".to_owned(), None),
            ("4XX".to_owned(), None),
        ]),
    }
}

fn parameter(name: &str, of: &Value) -> Parameter {
    let path = of.get("location").and_then(Value::as_str) == Some("path");
    Parameter {
        name: name.to_owned(),
        place: if path { Place::Path } else { Place::Query },
        required: of.get("required") == Some(&Value::Bool(true)),
        schema: of.clone(),
    }
}
