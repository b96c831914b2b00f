//! The named fields of a record, in one pass over its tokens.
//!
//! A trie of the wanted paths walks along with the tokens; what nobody named is stepped over.
//! Text without escapes is referred to where it stands. Of a key that is there twice, both values count.
//! Text that is itself an object or a list is looked into where a wanted path leads through it.

use crate::envelope::{Wrapping, Wrappings};
use crate::json_shape;
use crate::structure::{Finder, Piece, Source, Tokens, WHOLE};
use interlock_model::{FieldPlan, FieldValue, FieldsBuilder, Limits, Slot};
use serde::Deserialize as _;
use serde::de::IgnoredAny;
use sonic_rs::Deserializer;
use std::borrow::Cow;

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

/// Reads the object that is the text, which must lie inside the builder's record for its texts to be borrowed.
pub fn extract(
    trie: &Trie,
    source: Source<'_>,
    builder: &mut FieldsBuilder,
) -> Result<Wrappings, String> {
    if source.piece(WHOLE) != Some(Piece::Object) {
        return Err("not valid JSON at byte 0: expected an object".to_owned());
    }
    let mut wrappings = Wrappings::default();
    let mut walk = Walk { trie, source, builder };
    walk.entries(WHOLE, Some(ROOT), Some(&mut wrappings))?;
    Ok(wrappings)
}

/// Reads a value that was set aside because it could have been the inside of an envelope.
pub fn extract_aside(
    trie: &Trie,
    source: Source<'_>,
    (wrapping, number): (Wrapping, usize),
    builder: &mut FieldsBuilder,
) -> Result<(), String> {
    let node = trie.child(ROOT, wrapping.key());
    let wanted = node
        .and_then(|it| trie.nodes.get(it))
        .is_some_and(|it| it.slot.is_some() || !it.children.is_empty());
    if !wanted && !trie.keywords {
        return Ok(());
    }
    Walk { trie, source, builder }.value(number, node, At::VALUE)
}

/// Reads the body of a webhook as though its keys were the record's own.
pub fn extract_body(
    trie: &Trie,
    source: Source<'_>,
    number: usize,
    builder: &mut FieldsBuilder,
) -> Result<(), String> {
    // As an element, so that the top itself is no value of a field.
    Walk { trie, source, builder }.value(number, Some(ROOT), At { in_list: true, in_text: false })
}

/// Why a text has no tokens, in one line without the record's own text.
pub fn fault(text: &str) -> String {
    let mut parser = Deserializer::from_str(text);
    match IgnoredAny::deserialize(&mut parser).and_then(|_| parser.end()) {
        Ok(()) => "not valid JSON".to_owned(),
        Err(error) => describe(&error),
    }
}

fn describe(error: &sonic_rs::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or_default();
    let mut what: String = line.chars().filter(|it| !it.is_control()).take(100).collect();
    what.make_ascii_lowercase();
    format!("not valid JSON at byte {}: {}", error.offset(), what.trim_end_matches('.'))
}

/// A string without its escapes. Halves of surrogate pairs become U+FFFD.
fn unescaped(raw: &str, escapes: bool) -> Result<Cow<'_, str>, String> {
    if !escapes {
        return Ok(Cow::Borrowed(raw));
    }
    let quoted = format!("\"{raw}\"");
    let mut parser = Deserializer::from_str(&quoted).utf8_lossy();
    String::deserialize(&mut parser).map(Cow::Owned).map_err(|error| describe(&error))
}

struct Walk<'a, 't> {
    trie: &'a Trie,
    source: Source<'t>,
    builder: &'a mut FieldsBuilder,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
struct At {
    in_list: bool,
    /// In text that was looked into for this very node; once is enough.
    in_text: bool,
}

impl At {
    const VALUE: Self = Self { in_list: false, in_text: false };
}

impl Walk<'_, '_> {
    fn push(&mut self, node: Option<usize>, value: FieldValue<'_>) {
        if let Some(slot) = node.and_then(|it| self.trie.nodes.get(it)).and_then(|it| it.slot) {
            self.builder.push(slot, value);
        }
    }

    /// The keys and values of the object with this number, which is known to be one.
    ///
    /// At the top what may be the inside of an envelope is set aside instead.
    fn entries(
        &mut self,
        number: usize,
        node: Option<usize>,
        mut wrappings: Option<&mut Wrappings>,
    ) -> Result<(), String> {
        let source = self.source;
        let end = source.behind(number);
        let mut key = number + 1;
        while key < end {
            let value = key + 1;
            let child = match source.piece(key) {
                Some(Piece::Text { raw, escapes: false }) => {
                    node.and_then(|it| self.trie.child(it, raw))
                }
                Some(Piece::Text { raw, escapes: true }) => {
                    let name = unescaped(raw, true)?;
                    node.and_then(|it| self.trie.child(it, &name))
                }
                Some(Piece::Object | Piece::List | Piece::Atom(_)) | None => None,
            };
            let wrapping = child.and_then(|it| self.trie.nodes.get(it)).and_then(|it| it.wrapping);
            match (wrapping, &mut wrappings) {
                (Some(wrapping), Some(wrappings)) => wrappings.push(wrapping, value),
                _ if child.is_none() && !self.trie.keywords => {}
                _ => self.value(value, child, At::VALUE)?,
            }
            key = source.behind(value);
        }
        Ok(())
    }

    fn value(&mut self, number: usize, node: Option<usize>, at: At) -> Result<(), String> {
        let source = self.source;
        match source.piece(number) {
            Some(Piece::Text { raw, escapes: false }) => self.text(raw, node, at),
            Some(Piece::Text { raw, escapes: true }) => {
                let plain = unescaped(raw, true)?;
                self.text(&plain, node, at);
            }
            Some(Piece::Atom("null")) => self.push(node, FieldValue::Null),
            Some(Piece::Atom("true")) => self.push(node, FieldValue::Bool(true)),
            Some(Piece::Atom("false")) => self.push(node, FieldValue::Bool(false)),
            Some(Piece::Atom(number)) => {
                let read = number.parse().ok().filter(|it: &f64| it.is_finite());
                let value = read.ok_or_else(|| "not valid JSON: a number too large".to_owned())?;
                self.push(node, FieldValue::Number(value));
            }
            Some(Piece::Object) => {
                if !at.in_list {
                    self.push(node, FieldValue::Composite);
                }
                self.entries(number, node, None)?;
            }
            Some(Piece::List) => {
                if !at.in_list {
                    self.push(node, FieldValue::Composite);
                }
                let end = source.behind(number);
                let mut element = number + 1;
                while element < end {
                    self.value(element, node, At { in_list: true, in_text: at.in_text })?;
                    element = source.behind(element);
                }
            }
            None => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str, node: Option<usize>, at: At) {
        if self.trie.keywords {
            self.builder.keyword(text);
        }
        self.push(node, FieldValue::Text(text));
        if !at.in_text && text.starts_with(['{', '[']) && self.leads_on(node) {
            self.look_into(text, node);
        }
    }

    fn leads_on(&self, node: Option<usize>) -> bool {
        let node = node.and_then(|it| self.trie.nodes.get(it));
        node.is_some_and(|it| !it.children.is_empty())
    }

    /// What is not JSON is just text. Each further look uses up a part of the path, so that there are few.
    fn look_into(&mut self, text: &str, node: Option<usize>) {
        if json_shape::check(text, Limits::STANDARD).is_err() {
            return;
        }
        let mut tokens = Tokens::default();
        if Finder::default().find(text, Limits::STANDARD.depth, &mut tokens) {
            let source = Source { text, tokens: &tokens };
            let mut inside = Walk { trie: self.trie, source, builder: &mut *self.builder };
            let _ = inside.value(WHOLE, node, At { in_list: true, in_text: true });
        }
    }
}
