//! Events for tests: JSON text into fields by the plain reading of `FieldPlan`, without `ingest`.

use crate::sigma::RuleSet;
use crate::sigma::logsource::{Row, SOURCES};
use interlock_model::{
    Actor, Event, EventId, FieldPlan, FieldValue, FieldsBuilder, Origin, Outcome, Place, Problem,
    Timestamp,
};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// One rule file's text, loaded.
pub(super) fn load(text: &str) -> (RuleSet, Vec<Problem>) {
    RuleSet::load(&[("rule.yml".into(), text.to_owned())])
}

/// The folder of shared data, when it is here.
pub(super) fn shared() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/data is not here");
    None
}

/// All rule files below a folder, sorted.
pub(super) fn rule_files(folder: &std::path::Path) -> Vec<(Arc<str>, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "yml") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path.to_string_lossy().as_ref().into(), text));
            }
        }
    }
    files.sort();
    files
}

/// The log source's name, as a `'static` one.
pub(super) fn cloudtrail() -> &'static str {
    SOURCES.iter().map(|Row { source, .. }| *source).find(|it| *it == "aws_cloudtrail").unwrap()
}

/// The event of this JSON record.
pub(super) fn event(source: &'static str, record: &Value, place: u64, plan: &FieldPlan) -> Event {
    let text: Arc<str> = record.to_string().into();
    let mut fields = FieldsBuilder::new(Arc::clone(&text));
    for path in plan.paths() {
        let slot = plan.find(path).unwrap();
        collect(record, path, &mut |value| fields.push(slot, value));
    }
    if plan.wants_keywords() {
        strings(record, &mut |it| fields.keyword(it));
    }
    let time = record.get("eventTime").and_then(Value::as_str);
    Event {
        id: EventId::derive(&[&text]),
        source,
        place: Place { file: "sample".into(), record: place },
        time: time.and_then(|it| it.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH),
        actor: Arc::new(Actor::default()),
        service: "".into(),
        operation: "".into(),
        objects: Vec::new(),
        outcome: Outcome::Success,
        origin: Origin::default(),
        issued: Vec::new(),
        read_only: None,
        account: None,
        region: None,
        fields: fields.finish(),
    }
}

/// Every value at the path: arrays are looked through, a key may itself hold dots.
pub(super) fn collect(value: &Value, path: &str, to: &mut impl FnMut(FieldValue<'_>)) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|it| collect(it, path, to)),
        Value::Object(entries) => {
            for (key, inner) in entries {
                if key == path {
                    leaf(inner, to);
                } else if let Some(rest) = path.strip_prefix(key.as_str())
                    && let Some(rest) = rest.strip_prefix('.')
                {
                    collect(inner, rest, to);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn leaf(value: &Value, to: &mut impl FnMut(FieldValue<'_>)) {
    match value {
        Value::Null => to(FieldValue::Null),
        Value::Bool(it) => to(FieldValue::Bool(*it)),
        Value::Number(it) => to(FieldValue::Number(it.as_f64().unwrap())),
        Value::String(it) => to(FieldValue::Text(it)),
        Value::Object(_) => to(FieldValue::Composite),
        Value::Array(elements) if elements.is_empty() => to(FieldValue::Composite),
        Value::Array(elements) => elements.iter().for_each(|it| leaf(it, to)),
    }
}

/// Every string of the record.
pub(super) fn strings(value: &Value, to: &mut impl FnMut(&str)) {
    match value {
        Value::String(it) => to(it),
        Value::Array(elements) => elements.iter().for_each(|it| strings(it, to)),
        Value::Object(entries) => entries.values().for_each(|it| strings(it, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
