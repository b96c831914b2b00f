//! YAML as a tree in which every key and value knows its bytes in the file.

use interlock_model::{Gravity, Problem};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its bytes in the file; for lists and maps where they begin.
    pub span: Option<Range<usize>>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys with their bytes, and values, in the order of the file.
    Map(Vec<(String, Option<Range<usize>>, Node)>),
}

impl Node {
    /// Reads one YAML document.
    ///
    /// Bounds: nesting 16, 20 000 nodes, 50 aliases; the caller bounds the bytes.
    ///
    /// # Errors
    /// The text is not YAML, repeats a key, or exceeds a bound.
    pub fn parse(file: &Arc<str>, text: &str) -> Result<Self, Problem> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_depth: 16,
                max_nodes: 20_000,
                max_events: 60_000,
                max_aliases: 50,
                max_documents: 1,
            },
            strict_booleans: true,
            with_snippet: false,
        };
        match serde_saphyr::from_str_with_options::<Spanned<Kind>>(text, options) {
            Ok(root) => Ok(Self::of(root, text)),
            Err(error) => {
                let span =
                    error.location().and_then(|it| bytes(it, text).or_else(|| here(it, text)));
                let what = why(&error);
                let file = Arc::clone(file);
                Err(Problem { file, span, gravity: Gravity::Error, what, help: None })
            }
        }
    }

    /// The value under this key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|it| it.0 == key).map(|it| &it.2),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => None,
        }
    }

    /// The value at this position.
    pub fn at(&self, index: usize) -> Option<&Self> {
        match &self.kind {
            Kind::List(items) => items.get(index),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) => None,
        }
    }

    /// The same as JSON, without the places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(it) => Value::Bool(*it),
            Kind::Number(it) => Value::Number(it.clone()),
            Kind::Text(it) => Value::String(it.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|it| (it.0.clone(), it.2.to_json())).collect())
            }
        }
    }

    fn of(spanned: Spanned<Kind>, text: &str) -> Self {
        Self { span: bytes(spanned.referenced, text), kind: spanned.value.settled(text) }
    }
}

impl Kind {
    /// Cuts every span to the text: the parser's ends may lie behind its last line.
    fn settled(self, text: &str) -> Self {
        let cut = |span: Option<Range<usize>>| span.and_then(|it| within(it, text));
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => self,
            Self::List(items) => Self::List(
                items
                    .into_iter()
                    .map(|it| Node { span: cut(it.span), kind: it.kind.settled(text) })
                    .collect(),
            ),
            Self::Map(entries) => Self::Map(
                entries
                    .into_iter()
                    .map(|(key, span, it)| {
                        let value = Node { span: cut(it.span), kind: it.kind.settled(text) };
                        (key, cut(span), value)
                    })
                    .collect(),
            ),
        }
    }
}

fn raw_bytes(location: Location) -> Option<Range<usize>> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len()?).ok()?;
    Some(start..start.saturating_add(length))
}

fn bytes(location: Location, text: &str) -> Option<Range<usize>> {
    within(raw_bytes(location)?, text)
}

/// The character at a line and column, for the parser's errors that know no bytes.
fn here(location: Location, text: &str) -> Option<Range<usize>> {
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.checked_sub(1)?;
    let lines = text.split_inclusive('\n');
    let start: usize = lines.clone().take(line).map(str::len).sum();
    let inside: usize =
        lines.skip(line).take(1).flat_map(str::chars).take(column).map(char::len_utf8).sum();
    within(start + inside..start + inside + 1, text)
}

/// What is wrong with a text that is not a YAML document of ours, without the parser's own place.
fn why(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error as Yaml;
    let error = error.without_snippet();
    if let Yaml::DuplicateMappingKey { key, .. } = error {
        let key = key.as_deref().unwrap_or("?");
        return crate::words::one_line(&format!("the key `{key}` stands twice"));
    }
    if let Yaml::Budget { breach, .. } = error {
        // The breach's name is its only text.
        let breach = format!("{breach:?}");
        let name = breach.split([' ', '{', '(']).next().unwrap_or_default().to_lowercase();
        return format!("there is too much of this in one file: {name}");
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or(line);
    format!("cannot be read as YAML: {}", crate::words::one_line(line))
}

fn within(span: Range<usize>, text: &str) -> Option<Range<usize>> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Some(start..end)
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, it: bool) -> Result<Kind, E> {
                Ok(Kind::Bool(it))
            }
            fn visit_i64<E>(self, it: i64) -> Result<Kind, E> {
                Ok(Kind::Number(it.into()))
            }
            fn visit_u64<E>(self, it: u64) -> Result<Kind, E> {
                Ok(Kind::Number(it.into()))
            }
            fn visit_f64<E: Error>(self, it: f64) -> Result<Kind, E> {
                let number = serde_json::Number::from_f64(it);
                number.map(Kind::Number).ok_or_else(|| E::custom("a number must be finite"))
            }
            fn visit_str<E>(self, it: &str) -> Result<Kind, E> {
                Ok(Kind::Text(it.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Null)
            }
            fn visit_none<E>(self) -> Result<Kind, E> {
                Ok(Kind::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Kind, D::Error> {
                Kind::deserialize(from)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Kind, A::Error> {
                let mut items = Vec::new();
                while let Some(it) = from.next_element::<Spanned<Kind>>()? {
                    items.push(Node { span: raw_bytes(it.referenced), kind: it.value });
                }
                Ok(Kind::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Kind, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = from.next_key::<Spanned<String>>()? {
                    let it = from.next_value::<Spanned<Kind>>()?;
                    let value = Node { span: raw_bytes(it.referenced), kind: it.value };
                    entries.push((key.value, raw_bytes(key.referenced), value));
                }
                Ok(Kind::Map(entries))
            }
        }
        from.deserialize_any(Any)
    }
}
