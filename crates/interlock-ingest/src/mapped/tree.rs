//! A mapping's YAML as a tree in which every key and value knows its bytes in the file.

use interlock_model::{Gravity, Problem};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// Its bytes, as the parser gives them: they may lie behind the text's end.
    pub(super) span: Option<Range<usize>>,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    /// Text, or a number or truth value as it is written in a log.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<(String, Option<Range<usize>>, Node)>),
}

impl Node {
    /// Reads one document; `None` when there is nothing but comments.
    pub(super) fn parse(file: &Arc<str>, text: &str) -> Result<Option<Self>, Problem> {
        let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if text.lines().all(blank) {
            return Ok(None);
        }
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
        match serde_saphyr::from_str_with_options::<Self>(text, options) {
            Ok(root) => Ok(Some(root)),
            Err(error) => {
                let error = error.without_snippet();
                let place = error.location();
                let span = place.and_then(|it| bytes(it).or_else(|| here(it, text)));
                let span = span.and_then(|it| within(it, text));
                let said = error.to_string();
                let line = said.lines().next().unwrap_or_default();
                let line = line.split(" at line ").next().unwrap_or(line);
                let what = format!("cannot be read as YAML: {}", super::form::one_line(line));
                let file = Arc::clone(file);
                Err(Problem { file, span, gravity: Gravity::Error, what, help: None })
            }
        }
    }

    /// The value under this key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|it| it.0 == key).map(|it| &it.2),
            Kind::Null | Kind::Scalar { .. } | Kind::List(_) => None,
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The elements of a list; of anything else that is there, itself.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null => &[],
            Kind::Scalar { .. } | Kind::Map(_) => std::slice::from_ref(self),
        }
    }

    /// What it is, in words.
    pub(super) const fn in_words(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar { quoted: true, .. } => "text",
            Kind::Scalar { quoted: false, .. } => "a number or truth value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "keys with values",
        }
    }
}

fn bytes(location: Location) -> Option<Range<usize>> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len().unwrap_or(0)).ok()?;
    Some(start..start.saturating_add(length))
}

/// The character at a line and column, for the parser's errors that know no bytes.
fn here(location: Location, text: &str) -> Option<Range<usize>> {
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.checked_sub(1)?;
    let lines = text.split_inclusive('\n');
    let before: usize = lines.clone().take(line).map(str::len).sum();
    let left = lines.skip(line).take(1).flat_map(str::chars).take(column);
    let start = before + left.map(char::len_utf8).sum::<usize>();
    Some(start..start + 1)
}

/// The part of a span that lies in the text, cut at characters.
pub(super) fn within(span: Range<usize>, text: &str) -> Option<Range<usize>> {
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

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(from)?;
        Ok(Self { span: bytes(spanned.referenced), kind: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

fn plain(text: impl ToString) -> Kind {
    Kind::Scalar { text: text.to_string(), quoted: false }
}

impl<'de> Visitor<'de> for Any {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
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

    fn visit_bool<E>(self, it: bool) -> Result<Kind, E> {
        Ok(plain(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Kind, E> {
        Ok(plain(it))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Kind, E> {
        Ok(plain(it))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Kind, E> {
        Ok(plain(it))
    }

    fn visit_str<E>(self, it: &str) -> Result<Kind, E> {
        Ok(Kind::Scalar { text: it.to_owned(), quoted: true })
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
            entries.push((key.value, span, from.next_value()?));
        }
        Ok(Kind::Map(entries))
    }
}
