//! The named fields of a record, in one pass over its text.
//!
//! A trie of the wanted paths walks along with the parser; what nobody named is skipped, not built.
//! Text without escapes is referred to where it stands. Of a key that is there twice, both values count.
//! Text that is itself an object or a list is looked into where a wanted path leads through it.

use crate::envelope::{Wrapping, Wrappings};
use crate::json_shape;
use interlock_model::{FieldPlan, FieldValue, FieldsBuilder, Limits, Slot};
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sonic_rs::{Deserializer, LazyValue};
use std::fmt;

/// The wanted paths, ready to be walked.
#[derive(Debug)]
pub struct Trie {
    nodes: Vec<Node>,
    keywords: bool,
}

#[derive(Debug, Default)]
struct Node {
    /// The paths that end here.
    slot: Option<Slot>,
    /// Whether the value may be the inside of an envelope.
    wrapping: Option<Wrapping>,
    /// By the key's length, then by the key: keys of one length are few.
    children: Vec<(Box<str>, usize)>,
    /// The ends of the children's keys: one comparison tells most of them apart.
    ends: Vec<u64>,
    /// Where keys of each length begin in `children`.
    lengths: Vec<u16>,
}

const ROOT: usize = 0;

impl Trie {
    /// The trie of all paths of the plan, and of the keys that hold the inside of an envelope.
    pub fn new(plan: &FieldPlan) -> Self {
        let mut it = Self { nodes: vec![Node::default()], keywords: plan.wants_keywords() };
        for (number, path) in plan.paths().enumerate() {
            let node = it.insert(path);
            if let (Some(node), Ok(number)) = (it.nodes.get_mut(node), u16::try_from(number)) {
                node.slot = Some(Slot(number));
            }
        }
        for wrapping in Wrapping::ALL {
            let node = it.insert(wrapping.key());
            if let Some(node) = it.nodes.get_mut(node) {
                node.wrapping = Some(wrapping);
            }
        }
        for node in &mut it.nodes {
            node.index();
        }
        it
    }

    fn insert(&mut self, path: &str) -> usize {
        let mut here = ROOT;
        for key in path.split('.') {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(here) else { return ROOT };
            here = match node.children.iter().find(|(it, _)| it.as_ref() == key) {
                Some((_, child)) => *child,
                None => {
                    node.children.push((key.into(), next));
                    self.nodes.push(Node::default());
                    next
                }
            };
        }
        here
    }

    /// The node behind this key; a key with dots walks several nodes at once.
    fn child(&self, node: usize, key: &str) -> Option<usize> {
        let node = self.nodes.get(node)?;
        if let Some(child) = node.child(key) {
            return Some(child);
        }
        // By bytes: for keys as short as these that is several times faster than a search in text.
        let dot = key.bytes().position(|it| it == b'.')?;
        let (first, rest) = key.split_at_checked(dot)?;
        self.child(node.child(first)?, rest.get(1..)?)
    }
}

impl Node {
    fn index(&mut self) {
        self.children.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        let longest = self.children.last().map_or(0, |(it, _)| it.len());
        self.lengths = (0..=longest + 1)
            .map(|length| self.children.partition_point(|(it, _)| it.len() < length))
            .map(|start| u16::try_from(start).unwrap_or(u16::MAX))
            .collect();
        self.ends = self.children.iter().map(|(it, _)| end_of(it)).collect();
    }

    fn child(&self, key: &str) -> Option<usize> {
        let [from, to] = self.lengths.get(key.len()..)?.first_chunk::<2>()?;
        let range = usize::from(*from)..usize::from(*to);
        let ends = self.ends.get(range.clone())?;
        let wanted = end_of(key);
        let mut same = range.zip(ends).filter(|(_, end)| **end == wanted).map(|(at, _)| at);
        if key.len() <= 8 {
            // The end is all of it, and the length is the same.
            return self.children.get(same.next()?).map(|(_, child)| *child);
        }
        same.filter_map(|it| self.children.get(it))
            .find(|(it, _)| it.as_ref() == key)
            .map(|(_, child)| *child)
    }
}

/// The last eight bytes of a key: keys of one object differ there more often than at their start.
fn end_of(key: &str) -> u64 {
    let bytes = key.as_bytes();
    match bytes.last_chunk::<8>() {
        Some(end) => u64::from_le_bytes(*end),
        None => bytes.iter().fold(0, |end, byte| end << 8 | u64::from(*byte)),
    }
}

/// Reads the object that is `text`, which must lie inside the builder's record for its texts to be borrowed.
///
/// The text's nesting must have been checked: skipped values are recursed into without a bound.
pub fn extract<'t>(
    trie: &Trie,
    text: &'t str,
    builder: &mut FieldsBuilder,
) -> Result<Wrappings<'t>, String> {
    let mut wrappings = Wrappings::default();
    let mut parser = Deserializer::from_str(text).utf8_lossy();
    let root = Root { walk: Walk { trie, builder }, wrappings: &mut wrappings };
    let read = parser.deserialize_map(root).and_then(|()| parser.end());
    read.map_err(|error| describe(&error))?;
    Ok(wrappings)
}

/// Reads a value that was set aside because it could have been the inside of an envelope.
pub fn extract_aside(
    trie: &Trie,
    wrapping: Wrapping,
    text: &str,
    builder: &mut FieldsBuilder,
) -> Result<(), String> {
    let node = trie.child(ROOT, wrapping.key());
    let wanted = node
        .and_then(|it| trie.nodes.get(it))
        .is_some_and(|it| it.slot.is_some() || !it.children.is_empty());
    if !wanted && !trie.keywords {
        return Ok(());
    }
    let mut parser = Deserializer::from_str(text).utf8_lossy();
    let mut walk = Walk { trie, builder };
    let value = Value { walk: &mut walk, node, in_array: false, in_text: false };
    value.deserialize(&mut parser).map_err(|error| describe(&error))
}

/// Reads the body of a webhook as though its keys were the record's own.
pub fn extract_body(trie: &Trie, text: &str, builder: &mut FieldsBuilder) -> Result<(), String> {
    let mut parser = Deserializer::from_str(text).utf8_lossy();
    let mut walk = Walk { trie, builder };
    // As an element, so that the top itself is no value of a field.
    let value = Value { walk: &mut walk, node: Some(ROOT), in_array: true, in_text: false };
    value.deserialize(&mut parser).map_err(|error| describe(&error))
}

/// One line without the record's own text.
fn describe(error: &sonic_rs::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or_default();
    let mut what: String = line.chars().filter(|it| !it.is_control()).take(100).collect();
    what.make_ascii_lowercase();
    format!("not valid JSON at byte {}: {}", error.offset(), what.trim_end_matches('.'))
}

struct Walk<'a> {
    trie: &'a Trie,
    builder: &'a mut FieldsBuilder,
}

impl Walk<'_> {
    fn push(&mut self, node: Option<usize>, value: FieldValue<'_>) {
        if let Some(slot) = node.and_then(|it| self.trie.nodes.get(it)).and_then(|it| it.slot) {
            self.builder.push(slot, value);
        }
    }

    fn entry<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        node: Option<usize>,
    ) -> Result<(), A::Error> {
        match node {
            None if !self.trie.keywords => map.next_value::<IgnoredAny>().map(|_| ()),
            node => {
                map.next_value_seed(Value { walk: self, node, in_array: false, in_text: false })
            }
        }
    }
}

struct Root<'a, 'w, 't> {
    walk: Walk<'a>,
    wrappings: &'w mut Wrappings<'t>,
}

impl<'de> Visitor<'de> for Root<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(node) = map.next_key_seed(Key { trie: self.walk.trie, node: Some(ROOT) })? {
            let wrapping =
                node.and_then(|it| self.walk.trie.nodes.get(it)).and_then(|it| it.wrapping);
            match wrapping {
                Some(wrapping) => {
                    let raw = map.next_value::<LazyValue<'de>>()?;
                    self.wrappings.push(wrapping, raw.as_raw_cow());
                }
                None => self.walk.entry(&mut map, node)?,
            }
        }
        Ok(())
    }
}

struct Key<'a> {
    trie: &'a Trie,
    node: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Option<usize>, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.node.and_then(|it| self.trie.child(it, key)))
    }
}

struct Value<'a, 'w> {
    walk: &'w mut Walk<'a>,
    node: Option<usize>,
    in_array: bool,
    /// In text that was looked into for this very node; once is enough.
    in_text: bool,
}

impl Value<'_, '_> {
    fn text(self, text: &str) {
        if self.walk.trie.keywords {
            self.walk.builder.keyword(text);
        }
        self.walk.push(self.node, FieldValue::Text(text));
        if !self.in_text && text.starts_with(['{', '[']) && self.leads_on() {
            self.look_into(text);
        }
    }

    fn leads_on(&self) -> bool {
        let node = self.node.and_then(|it| self.walk.trie.nodes.get(it));
        node.is_some_and(|it| !it.children.is_empty())
    }

    /// What is not JSON is just text. Each further look uses up a part of the path, so that there are few.
    fn look_into(self, text: &str) {
        if json_shape::check(text, Limits::STANDARD).is_ok() {
            let mut parser = Deserializer::from_str(text).utf8_lossy();
            let inside = Value { walk: self.walk, node: self.node, in_array: true, in_text: true };
            let _ = inside.deserialize(&mut parser);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.walk.push(self.node, FieldValue::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.walk.push(self.node, FieldValue::Bool(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.walk.push(self.node, FieldValue::Number(value));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if !self.in_array {
            self.walk.push(self.node, FieldValue::Composite);
        }
        loop {
            let element = Value {
                walk: &mut *self.walk,
                node: self.node,
                in_array: true,
                in_text: self.in_text,
            };
            if seq.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if !self.in_array {
            self.walk.push(self.node, FieldValue::Composite);
        }
        let trie = self.walk.trie;
        while let Some(node) = map.next_key_seed(Key { trie, node: self.node })? {
            self.walk.entry(&mut map, node)?;
        }
        Ok(())
    }
}
