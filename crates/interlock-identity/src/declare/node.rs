//! A YAML document as a tree that knows where each of its parts stands.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Location, Spanned};
use std::fmt;
use std::ops::Range;

/// One part of a document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    span: Option<Range<usize>>,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The key of one entry of a map.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Option<Range<usize>>,
}

/// Bounds of one file: about 100,000 declared identities.
const MOST_NODES: usize = 4_000_000;

/// Why a file is not YAML, and where.
#[derive(Debug)]
pub(super) struct NotYaml {
    pub(super) span: Option<Range<usize>>,
    pub(super) why: String,
}

impl Node {
    /// Reads one document. A file without one reads as null.
    pub(super) fn read(text: &str) -> Result<Self, NotYaml> {
        if text.lines().all(|it| it.trim_start().is_empty() || it.trim_start().starts_with('#')) {
            return Ok(Self { kind: Kind::Null, span: None });
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_nodes: MOST_NODES,
                max_events: 4 * MOST_NODES,
            },
            strict_booleans: true,
        };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let error = error.without_snippet();
            let why = error.to_string();
            // The place is told by the span, and the reader's own options are no remedy here.
            let why = why.lines().next().unwrap_or_default();
            let why = why.split(" at line ").next().unwrap_or(why);
            let why = why.split(", set ").next().unwrap_or(why);
            NotYaml { span: error.location().and_then(bytes), why: why.to_owned() }
        })
    }

    /// Where to point at: the part itself, and of a map its first key.
    pub(super) fn place(&self) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Map(entries) => {
                entries.first().and_then(|(key, _)| key.span.clone()).or(self.span.clone())
            }
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => {
                self.span.clone()
            }
        }
    }

    /// The entry of this key, when it is a map.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(entries) => {
                entries.iter().find(|(it, _)| it.text == key).map(|(_, node)| node)
            }
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => None,
        }
    }

    /// The elements, when it is a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) => &[],
        }
    }

    /// The same without places.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(it) => Value::Bool(*it),
            Kind::Number(it) => Value::Number(it.clone()),
            Kind::Text(it) => Value::String(it.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.text.clone(), node.value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// What it is, in words.
    pub(super) const fn in_words(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "keys and values",
        }
    }
}

fn bytes(location: Location) -> Option<Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len().unwrap_or(0)).ok()?;
    Some(start..start + length)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(from)?;
        Ok(Self { span: bytes(spanned.referenced), kind: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E: Error>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Kind, D::Error> {
        Kind::deserialize(from)
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(it))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Kind, E> {
        Ok(Kind::Number(it.into()))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Kind, E> {
        Ok(Kind::Number(it.into()))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Kind, E> {
        Number::from_f64(it).map(Kind::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Kind, E> {
        Ok(Kind::Text(it.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = from.next_key::<Spanned<String>>()? {
            let span = bytes(key.referenced);
            entries.push((Key { text: key.value, span }, from.next_value()?));
        }
        Ok(Kind::Map(entries))
    }
}
