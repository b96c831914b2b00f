//! Text with paths of the record in braces, and how it is filled.

use crate::source::Core;
use interlock_model::FieldValue;
use std::borrow::Cow;

/// Longest path, in bytes.
const LONGEST_PATH: usize = 256;

/// The paths that a mapping reads, each with its number.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths(pub(super) Vec<Box<str>>);

impl Paths {
    /// The number of this path, or why it is none.
    pub(super) fn number(&mut self, path: &str) -> Result<usize, String> {
        let shown = super::form::one_line(path);
        if path.is_empty() || path.len() > LONGEST_PATH || path.split('.').any(str::is_empty) {
            return Err(format!("`{shown}` is not a path: keys with dots between them"));
        }
        if path.contains(['[', ']', '$', '{', '}']) {
            let help = "lists are looked through, all their elements count";
            return Err(format!("`{shown}` is not a path: keys with dots between them; {help}"));
        }
        if let Some(known) = self.0.iter().position(|it| **it == *path) {
            return Ok(known);
        }
        self.0.push(path.into());
        Ok(self.0.len() - 1)
    }
}

/// A text with paths in it.
#[derive(Debug, Clone)]
pub(super) struct Text(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Plain(Box<str>),
    Path { number: usize, lower: bool },
}

impl Text {
    /// Reads it, or says what is wrong with it.
    pub(super) fn read(text: &str, paths: &mut Paths) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((plain, behind)) = rest.split_once('{') {
            if plain.contains('}') {
                return Err("a `}` stands without its `{`".to_owned());
            }
            if !plain.is_empty() {
                parts.push(Part::Plain(plain.into()));
            }
            let (inside, behind) = behind.split_once('}').ok_or("a `{` is not closed")?;
            let (path, lower) = match inside.split_once('|') {
                None => (inside, false),
                Some((path, "lower")) => (path, true),
                Some((_, other)) => {
                    let other = super::form::one_line(other);
                    return Err(format!("`{other}` cannot be done with a value; `lower` can"));
                }
            };
            parts.push(Part::Path { number: paths.number(path)?, lower });
            rest = behind;
        }
        if rest.contains('}') {
            return Err("a `}` stands without its `{`".to_owned());
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest.into()));
        }
        Ok(Self(parts))
    }

    /// Whether it is the same for every record.
    pub(super) fn is_plain(&self) -> bool {
        self.0.iter().all(|it| matches!(it, Part::Plain(_)))
    }

    fn fill(&self, core: &Core<'_>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Plain(text) => filled.push_str(text),
                Part::Path { number, lower } => {
                    let value = said(core, *number)?;
                    if *lower {
                        filled.push_str(&value.to_lowercase());
                    } else {
                        filled.push_str(&value);
                    }
                }
            }
        }
        Some(filled)
    }
}

/// Several texts: the first that is complete counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(pub(super) Vec<Text>);

impl Texts {
    /// The first text whose paths all have a value.
    pub(super) fn fill(&self, core: &Core<'_>) -> Option<String> {
        self.0.iter().find_map(|it| it.fill(core))
    }

    /// As `fill`; of a text that is one path and nothing else, every value.
    pub(super) fn fill_all(&self, core: &Core<'_>, most: usize) -> Vec<String> {
        for text in &self.0 {
            let found: Vec<String> = match text.0.as_slice() {
                [Part::Path { number, lower }] => all_said(core, *number)
                    .map(|it| if *lower { it.to_lowercase() } else { it.into_owned() })
                    .take(most)
                    .collect(),
                _ => text.fill(core).into_iter().collect(),
            };
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}

/// The first value of a path, as text.
pub(super) fn said<'a>(core: &Core<'a>, path: usize) -> Option<Cow<'a, str>> {
    all_said(core, path).next()
}

/// Every value of a path, as text; what is empty, null or not simple says nothing.
pub(super) fn all_said<'a>(
    core: &Core<'a>,
    path: usize,
) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
    core.all(path).filter_map(|it| match it {
        FieldValue::Text("") | FieldValue::Null | FieldValue::Composite => None,
        FieldValue::Text(text) => Some(Cow::Borrowed(text)),
        FieldValue::Bool(flag) => Some(Cow::Owned(flag.to_string())),
        // Whole numbers come out as they were written.
        FieldValue::Number(number) => Some(Cow::Owned(number.to_string())),
    })
}
