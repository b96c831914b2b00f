//! YAML text as a tree of values, each with its place in the file.
//!
//! Only the words `true` and `false` are booleans: `MFAUsed: No` means the text `No`.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::ops::Range;

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The bytes of the file; `None` when the parser does not say.
    pub(super) at: Option<Range<usize>>,
    /// What stands there.
    pub(super) value: Value,
}

/// What YAML can say.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as a double, as log values are compared, and its shortest text form.
    Number(f64, String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file. Keys are text.
    Map(Vec<(Node, Node)>),
}

/// Why a file is not YAML.
#[derive(Debug)]
pub(super) struct NotYaml {
    /// Where, when known.
    pub(super) at: Option<Range<usize>>,
    /// The parser's words, on one line.
    pub(super) why: String,
}

/// All documents of a file. Empty documents are left out.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, NotYaml> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_multiple_with_options::<Node>(text, options)
        .map(|nodes| nodes.into_iter().filter(|it| it.value != Value::Null).collect())
        .map_err(|error| NotYaml {
            at: error.location().and_then(|it| place(it).or_else(|| line(text, it))),
            why: error.to_string().lines().next().unwrap_or_default().to_owned(),
        })
}

impl Node {
    /// The value of this key, when this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(it, _)| it.text() == Some(key)).map(|(_, value)| value)
    }

    /// The entries, when this is a map.
    pub(super) fn entries(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Bool(_) | Value::Number(..) | Value::Text(_) | Value::List(_) => {
                &[]
            }
        }
    }

    /// The elements of a list; any other value is its own only element, null is none.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.value {
            Value::List(elements) => elements,
            Value::Null => &[],
            Value::Bool(_) | Value::Number(..) | Value::Text(_) | Value::Map(_) => {
                std::slice::from_ref(self)
            }
        }
    }

    /// The text, when this is text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(..) | Value::List(_) | Value::Map(_) => {
                None
            }
        }
    }

    /// A scalar as text: numbers and booleans in their text form.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(_, text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

impl Value {
    /// What it is, for messages.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(..) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

fn place(location: serde_saphyr::Location) -> Option<Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len().unwrap_or(0)).ok()?;
    Some(start..start.checked_add(length)?)
}

/// The bytes from a place given by line and column to the end of its line.
fn line(text: &str, location: serde_saphyr::Location) -> Option<Range<usize>> {
    let number = usize::try_from(location.line().checked_sub(1)?).ok()?;
    let column = usize::try_from(location.column().saturating_sub(1)).ok()?;
    let start: usize = text.split_inclusive('\n').take(number).map(str::len).sum();
    let rest = text.get(start..)?.lines().next().unwrap_or_default();
    let skipped: usize = rest.chars().take(column).map(char::len_utf8).sum();
    Some(start + skipped..start + rest.len())
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(from)?;
        Ok(Self { at: place(spanned.referenced), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Number(it as f64, it.to_string()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(Value::Number(it as f64, it.to_string()))
    }

    fn visit_i128<E>(self, it: i128) -> Result<Value, E> {
        Ok(Value::Number(it as f64, it.to_string()))
    }

    fn visit_u128<E>(self, it: u128) -> Result<Value, E> {
        Ok(Value::Number(it as f64, it.to_string()))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Value::Number(it, it.to_string()))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::Text(it.to_owned()))
    }

    fn visit_string<E>(self, it: String) -> Result<Value, E> {
        Ok(Value::Text(it))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        Value::deserialize(from)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = from.next_element()? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = from.next_key::<Spanned<String>>()? {
            let key = Node { at: place(key.referenced), value: Value::Text(key.value) };
            entries.push((key, from.next_value()?));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places() {
        let text = "a: No\nb: [1, 2.5, true, ~, 'x']\n---\n---\nc: \"q\"\n";
        let nodes = documents(text).unwrap();
        assert_eq!(nodes.len(), 2);
        let a = nodes[0].get("a").unwrap();
        assert_eq!((a.text(), text.get(a.at.clone().unwrap())), (Some("No"), Some("No")));
        let kinds: Vec<_> =
            nodes[0].get("b").unwrap().elements().iter().map(|it| it.value.kind()).collect();
        assert_eq!(kinds, ["a number", "a number", "a boolean", "nothing", "text"]);
        let key = &nodes[1].entries()[0].0;
        assert_eq!(text.get(key.at.clone().unwrap()), Some("c"));
    }

    #[test]
    fn what_is_not_yaml_is_said_with_its_place() {
        let broken = documents("a: [1\nb: }").unwrap_err();
        assert!(broken.at.is_some());
        assert!(!broken.why.is_empty());
    }
}
