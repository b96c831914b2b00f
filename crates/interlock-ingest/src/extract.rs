//! The named fields of a record, in one pass over its tokens.
//!
//! A trie of the wanted paths walks along with the tokens; what nobody named is stepped over.
//! Text without escapes is referred to where it stands. Of a key that is there twice, both values count.
//! Text that is itself an object or a list is looked into where a wanted path leads through it.

use crate::envelope::{Wrapping, Wrappings};
use crate::structure::{Piece, Source, Tokens, WHOLE, unescaped};
use interlock_model::{FieldPlan, FieldValue, FieldsBuilder, Limits, Slot};
use serde::de::IgnoredAny;

/// The wanted paths, ready to be walked.
#[derive(Debug)]
pub struct Trie {
    root: Node,
    keywords: bool,
}

#[derive(Debug, Default)]
struct Node {
    /// The path that ends here.
    slot: Option<Slot>,
    /// Whether the value may be the inside of an envelope.
    wrapping: Option<Wrapping>,
    children: Vec<Child>,
    /// Where a child is found: at its key's [`place`] or behind it.
    /// A power of two of them, at least twice as many as children.
    table: Vec<Probe>,
    /// The path that ends here, where nothing is looked for inside of the value.
    leaf: Option<Slot>,
}

#[derive(Debug)]
struct Child {
    key: Box<str>,
    node: Node,
}

/// One place of a table.
#[derive(Debug, Clone, Copy, Default)]
struct Probe {
    /// The key's start and its end: for all but long keys that is the whole of it.
    ends: (u64, u64),
    length: usize,
    /// One more than the number of the child, 0 where none is.
    child: usize,
}

impl Trie {
    /// The trie of all paths of the plan, and of the keys that hold the inside of an envelope.
    pub fn new(plan: &FieldPlan) -> Self {
        let mut root = Node::default();
        for (number, path) in plan.paths().enumerate() {
            if let Ok(number) = u16::try_from(number) {
                root.at(path, |it| it.slot = Some(Slot(number)));
            }
        }
        for wrapping in Wrapping::ALL {
            root.at(wrapping.key(), |it| it.wrapping = Some(wrapping));
        }
        root.index();
        Self { root, keywords: plan.wants_keywords() }
    }
}

impl Node {
    /// Lets `set` see the node at the end of this path, which is made when it is new.
    fn at(&mut self, path: &str, set: impl FnOnce(&mut Self)) {
        let (key, rest) = match path.split_once('.') {
            Some((key, rest)) => (key, Some(rest)),
            None => (path, None),
        };
        if !self.children.iter().any(|it| it.key.as_ref() == key) {
            self.children.push(Child { key: key.into(), node: Self::default() });
        }
        let Some(child) = self.children.iter_mut().find(|it| it.key.as_ref() == key) else {
            return;
        };
        match rest {
            Some(rest) => child.node.at(rest, set),
            None => set(&mut child.node),
        }
    }

    fn index(&mut self) {
        if self.children.is_empty() {
            self.leaf = self.slot.filter(|_| self.wrapping.is_none());
            return;
        }
        self.children.iter_mut().for_each(|it| it.node.index());
        self.table = vec![Probe::default(); (self.children.len() * 2).next_power_of_two()];
        let mask = self.table.len() - 1;
        for (found, child) in self.children.iter().zip(1..) {
            let (ends, length) = (ends_of(found.key.as_bytes()), found.key.len());
            let mut at = place(ends, length) & mask;
            while self.table.get(at).is_some_and(|it| it.child != 0) {
                at = (at + 1) & mask;
            }
            if let Some(free) = self.table.get_mut(at) {
                *free = Probe { ends, length, child };
            }
        }
    }

    /// The node behind this key; a key with dots walks several nodes at once.
    #[inline]
    fn behind(&self, key: &[u8]) -> Option<&Self> {
        let ends = ends_of(key);
        let child = self.child(key, ends);
        // The ends of a short key are all of it.
        let dots = child.is_none()
            && (has_dot(ends.0)
                || has_dot(ends.1)
                || key.len() > 16
                    && key.as_chunks().0.iter().any(|it| has_dot(u64::from_le_bytes(*it))));
        if dots { self.behind_dots(key) } else { child }
    }

    #[cold]
    fn behind_dots(&self, key: &[u8]) -> Option<&Self> {
        let dot = key.iter().position(|it| *it == b'.')?;
        let (first, rest) = key.split_at_checked(dot)?;
        self.behind(first)?.behind(rest.get(1..)?)
    }

    /// The child of this key, whose ends these are.
    #[inline]
    fn child(&self, key: &[u8], ends: (u64, u64)) -> Option<&Self> {
        let mask = self.table.len().checked_sub(1)?;
        let mut at = place(ends, key.len()) & mask;
        loop {
            // There are free places, so that every search comes to an end.
            let probe = self.table.get(at)?;
            let number = probe.child.checked_sub(1)?;
            if probe.ends == ends && probe.length == key.len() {
                let child = self.children.get(number)?;
                // The ends of a short key are all of it.
                if key.len() <= 16 || child.key.as_bytes() == key {
                    return Some(&child.node);
                }
            }
            at = (at + 1) & mask;
        }
    }
}

/// Whether one of the eight bytes is a dot.
const fn has_dot(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let dots = word ^ (ONES * b'.' as u64);
    dots.wrapping_sub(ONES) & !dots & (ONES << 7) != 0
}

/// Where in a table a key is looked for first.
fn place((start, end): (u64, u64), length: usize) -> usize {
    let mixed = (start ^ end.rotate_left(29) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as usize
}

/// The first eight bytes of a key and the last eight; of a shorter one all of it, twice.
fn ends_of(key: &[u8]) -> (u64, u64) {
    match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => {
            let all = match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    u64::from(u32::from_le_bytes(*first))
                        | u64::from(u32::from_le_bytes(*last)) << 32
                }
                _ => key.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
            };
            (all, all)
        }
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
    let mut walk = Walk::new(trie, source, builder);
    walk.entries(WHOLE, Some(&trie.root), Some(&mut wrappings))?;
    Ok(wrappings)
}

/// Reads a value that was set aside because it could have been the inside of an envelope.
pub fn extract_aside(
    trie: &Trie,
    source: Source<'_>,
    (wrapping, number): (Wrapping, usize),
    builder: &mut FieldsBuilder,
) -> Result<(), String> {
    let node = trie.root.behind(wrapping.key().as_bytes());
    let wanted = node.is_some_and(|it| it.slot.is_some() || !it.children.is_empty());
    if !wanted && !trie.keywords {
        return Ok(());
    }
    Walk::new(trie, source, builder).value(number, node, At::VALUE)
}

/// Reads the body of a webhook as though its keys were the record's own.
pub fn extract_body(
    trie: &Trie,
    source: Source<'_>,
    number: usize,
    builder: &mut FieldsBuilder,
) -> Result<(), String> {
    // As an element, so that the top itself is no value of a field.
    Walk::new(trie, source, builder).value(
        number,
        Some(&trie.root),
        At { in_list: true, in_text: false },
    )
}

/// Why a text has no tokens, in one line without the record's own text.
pub fn fault(text: &str) -> String {
    let Err(error) = serde_json::from_str::<IgnoredAny>(text) else {
        return "not valid JSON".to_owned();
    };
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    let within = error.column().saturating_sub(usize::from(!error.is_eof()));
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    format!("not valid JSON at byte {}: {}", before + within, what.to_ascii_lowercase())
}

struct Walk<'a, 't> {
    trie: &'a Trie,
    source: Source<'t>,
    builder: &'a mut FieldsBuilder,
    /// Where in the record the text begins, when it is a part of it.
    base: Option<usize>,
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

impl<'a, 't> Walk<'a, 't> {
    fn new(trie: &'a Trie, source: Source<'t>, builder: &'a mut FieldsBuilder) -> Self {
        let base = builder.place_of(source.text);
        Self { trie, source, builder, base }
    }

    fn push(&mut self, node: Option<&Node>, value: FieldValue<'_>) {
        if let Some(slot) = node.and_then(|it| it.slot) {
            self.builder.push(slot, value);
        }
    }

    /// The keys and values of the object with this number, which is known to be one.
    ///
    /// At the top what may be the inside of an envelope is set aside instead.
    fn entries(
        &mut self,
        number: usize,
        node: Option<&'a Node>,
        mut wrappings: Option<&mut Wrappings>,
    ) -> Result<(), String> {
        let keywords = self.trie.keywords;
        if !keywords && node.is_none_or(|it| it.children.is_empty()) {
            return Ok(());
        }
        for (value, key) in self.source.entries(number) {
            let child = match key.plain() {
                Some(name) => node.and_then(|it| it.behind(name)),
                None => {
                    let raw = str::from_utf8(key.raw()).unwrap_or_default();
                    let name = unescaped(raw);
                    node.and_then(|it| it.behind(name.as_bytes()))
                }
            };
            let Some(node) = child else {
                if keywords {
                    self.value(value, None, At::VALUE)?;
                }
                continue;
            };
            if let Some(slot) = node.leaf
                && !keywords
                && let Some(base) = self.base
                && let Some(text) = self.source.plain_span(value)
            {
                // Most of what is asked for: text that nothing is looked for in.
                self.builder.push_part(slot, base + text.start..base + text.end);
            } else if let (Some(wrapping), Some(wrappings)) = (node.wrapping, &mut wrappings) {
                wrappings.push(wrapping, value);
            } else {
                self.value(value, child, At::VALUE)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, number: usize, node: Option<&'a Node>, at: At) -> Result<(), String> {
        let source = self.source;
        match source.piece(number) {
            Some(Piece::Text { raw, escapes: false }) => self.text(raw, node, at),
            Some(Piece::Text { raw, escapes: true }) => {
                self.text(&unescaped(raw), node, at);
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

    fn text(&mut self, text: &str, node: Option<&'a Node>, at: At) {
        if self.trie.keywords {
            self.builder.keyword(text);
        }
        self.push(node, FieldValue::Text(text));
        let may_be_json = matches!(text.as_bytes().first(), Some(b'{' | b'['));
        if may_be_json && !at.in_text && node.is_some_and(|it| !it.children.is_empty()) {
            self.look_into(text, node);
        }
    }

    /// What is not JSON is just text. Each further look uses up a part of the path, so that there are few.
    fn look_into(&mut self, text: &str, node: Option<&'a Node>) {
        if let Some(tokens) = Tokens::of(text, Limits::STANDARD.depth) {
            let source = Source { text, tokens: &tokens };
            let mut inside = Walk::new(self.trie, source, &mut *self.builder);
            let _ = inside.value(WHOLE, node, At { in_list: true, in_text: true });
        }
    }
}
