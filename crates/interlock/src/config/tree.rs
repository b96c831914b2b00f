//! `interlock.toml` as a tree in which everything knows its bytes.

use interlock_model::{Gravity, Problem};
use serde_json::{Map, Value};
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// One value and its bytes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    Whole(i64),
    Decimal(f64),
    Bool(bool),
    Date,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// One key with its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node,
}

impl Node {
    /// Reads a file; every mistake in its form is a problem, and what is sound beside it is kept.
    pub(super) fn parse(file: &Arc<str>, text: &str) -> (Self, Vec<Problem>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let problems = errors.into_iter().map(|it| Problem {
            file: Arc::clone(file),
            span: it.span(),
            gravity: Gravity::Error,
            what: format!("not readable as TOML: {}", it.message().replace('\n', ", ")),
            help: None,
        });
        let problems = problems.collect();
        (Self { span: 0..0, kind: Kind::Table(entries(table.get_ref())) }, problems)
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Kind::Table(entries) = &self.kind else { return None };
        entries.iter().find(|it| it.key == key).map(|it| &it.value)
    }

    /// The value at a place in a list.
    pub(super) fn item(&self, index: usize) -> Option<&Self> {
        let Kind::List(items) = &self.kind else { return None };
        items.get(index)
    }

    /// The same value without places.
    pub(super) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Text(it) => Value::from(it.as_str()),
            Kind::Whole(it) => Value::from(*it),
            Kind::Decimal(it) => Value::from(*it),
            Kind::Bool(it) => Value::from(*it),
            Kind::Date => Value::Null,
            Kind::List(items) => items.iter().map(Self::to_json).collect(),
            Kind::Table(entries) => {
                let entries = entries.iter().map(|it| (it.key.clone(), it.value.to_json()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// What it is, for people.
    pub(super) const fn in_words(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "text",
            Kind::Whole(_) => "a whole number",
            Kind::Decimal(_) => "a number",
            Kind::Bool(_) => "true or false",
            Kind::Date => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            value: Node { span: value.span(), kind: kind(value.get_ref()) },
        })
        .collect();
    entries.sort_by_key(|it| it.key_span.start);
    entries
}

fn kind(value: &DeValue<'_>) -> Kind {
    match value {
        DeValue::String(it) => Kind::Text(it.to_string()),
        DeValue::Integer(it) => i64::from_str_radix(it.as_str(), it.radix())
            .map_or_else(|_| Kind::Decimal(f64::MAX), Kind::Whole),
        DeValue::Float(it) => Kind::Decimal(it.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(it) => Kind::Bool(*it),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(items) => Kind::List(
            items.iter().map(|it| Node { span: it.span(), kind: kind(it.get_ref()) }).collect(),
        ),
        DeValue::Table(table) => Kind::Table(entries(table)),
    }
}
