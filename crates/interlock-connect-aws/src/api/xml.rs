//! XML as AWS answers it: elements and text, nothing else. The whole document is read, or none of it.
//!
//! Beside `xmlparser` this file needs nothing: the fuzzer compiles it in by its path.

use std::borrow::Cow;
use std::fmt;
use xmlparser::{ElementEnd, Token, Tokenizer};

/// How deep elements may lie in each other. AWS needs nine.
const DEPTH: usize = 32;
/// How many elements an answer may hold.
const ELEMENTS: usize = 1_000_000;

/// Why an answer cannot be read. Says what and where, never what the answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread(Cow<'static, str>);

impl Unread {
    /// With this reason.
    pub(crate) fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An element: its name without the prefix, its text, what is in it.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    name: String,
    text: String,
    inside: Vec<Self>,
}

/// What is in an element may be a secret.
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.name)
    }
}

impl Element {
    /// Reads a document.
    pub(crate) fn read(document: &str) -> Result<Self, Unread> {
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut elements = 0_usize;
        for token in Tokenizer::from(document) {
            let token = token.map_err(|it| Unread::new(format!("no XML at {}", it.pos())))?;
            match token {
                Token::ElementStart { local, .. } => {
                    elements = elements.saturating_add(1);
                    if open.len() >= DEPTH || elements > ELEMENTS {
                        return Err(Unread::new("too many elements"));
                    }
                    open.push(Self { name: local.as_str().to_owned(), ..Self::default() });
                }
                Token::ElementEnd { end: ElementEnd::Open, .. } => {}
                Token::ElementEnd { end, .. } => {
                    let done = open.pop().ok_or_else(|| Unread::new("an end without a start"))?;
                    if let ElementEnd::Close(_, local) = end
                        && local.as_str() != done.name
                    {
                        return Err(Unread::new("an end that is another element's"));
                    }
                    match open.last_mut() {
                        Some(outer) => outer.inside.push(done),
                        None if root.is_none() => root = Some(done),
                        None => return Err(Unread::new("more than one document")),
                    }
                }
                Token::Text { text } => {
                    if let Some(inner) = open.last_mut() {
                        unescape(text.as_str(), &mut inner.text)?;
                    }
                }
                Token::Cdata { text, .. } => {
                    if let Some(inner) = open.last_mut() {
                        inner.text.push_str(text.as_str());
                    }
                }
                Token::DtdStart { .. }
                | Token::EmptyDtd { .. }
                | Token::EntityDeclaration { .. } => {
                    return Err(Unread::new("a document type, which AWS never sends"));
                }
                Token::Attribute { .. }
                | Token::Comment { .. }
                | Token::Declaration { .. }
                | Token::DtdEnd { .. }
                | Token::ProcessingInstruction { .. } => {}
            }
        }
        if !open.is_empty() {
            return Err(Unread::new("the document ends too early"));
        }
        root.ok_or_else(|| Unread::new("no document"))
    }

    /// Its name, without the prefix.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The element of this name in it.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.inside.iter().find(|it| it.name == name)
    }

    /// The same, taken out of it.
    pub(crate) fn take(self, name: &str) -> Option<Self> {
        self.inside.into_iter().find(|it| it.name == name)
    }

    /// The text of the element of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|it| it.text.as_str())
    }

    /// The same, where it must be there.
    pub(crate) fn needed(&self, name: &'static str) -> Result<String, Unread> {
        let text = self.text(name).map(str::to_owned);
        text.ok_or_else(|| Unread::new(format!("`{name}` is missing")))
    }

    /// The members of the list of this name; none where there is no list.
    pub(crate) fn members(&self, name: &str) -> impl Iterator<Item = &Self> {
        let list = self.child(name).map(|it| it.inside.as_slice()).unwrap_or_default();
        list.iter().filter(|it| it.name == "member")
    }

    /// The texts of the members of the list of this name.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = String> {
        self.members(name).map(|it| it.text.clone())
    }

    /// Where the next page begins, where this one says that there is one.
    pub(crate) fn next_page(&self) -> Result<Option<String>, Unread> {
        if self.text("IsTruncated") != Some("true") {
            return Ok(None);
        }
        match self.text("Marker") {
            None | Some("") => Err(Unread::new("a page that goes on without a `Marker`")),
            Some(marker) => Ok(Some(marker.to_owned())),
        }
    }
}

/// Adds a text without its escapes: the five of XML itself, and characters by number.
fn unescape(text: &str, into: &mut String) -> Result<(), Unread> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let (escape, after) =
            after.split_once(';').ok_or_else(|| Unread::new("an escape without an end"))?;
        into.push(escaped(escape).ok_or_else(|| Unread::new("an unknown escape"))?);
        rest = after;
    }
    into.push_str(rest);
    Ok(())
}

fn escaped(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let (digits, base) = digits.strip_prefix('x').map_or((digits, 10), |it| (it, 16));
            // `from_str_radix` would take a sign.
            let plain = digits.chars().all(|it| it.is_digit(base));
            let code = plain.then(|| u32::from_str_radix(digits, base).ok())??;
            char::from_u32(code)
        }
    }
}
