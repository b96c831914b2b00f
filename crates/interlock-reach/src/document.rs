//! IAM policy documents: what a statement says, without judging it.
//!
//! Bounded: a document has [`LONGEST`] bytes at most, [`MOST_STATEMENTS`] statements, and
//! [`MOST_NAMES`] actions, resources, principals and values of conditions together.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use super::condition::Condition;
use serde_json::{Map, Value};
use std::fmt;

/// The longest text of a document, in bytes. Customers may write a fortieth of it; the provider's own
/// are longer.
pub const LONGEST: usize = 256 * 1024;
/// Most statements of a document.
pub const MOST_STATEMENTS: usize = 512;
/// Most names and values in a document.
pub const MOST_NAMES: usize = 16_384;
/// The longest action, resource, principal or value, in bytes.
pub const LONGEST_NAME: usize = 2048;

/// One policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which language it is written in: the older one knows no variables.
    pub version: Version,
    /// What it says, in order.
    pub statements: Vec<Statement>,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also where none is written: `${…}` stands for itself.
    First,
    /// `2012-10-17`.
    Current,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name, where it has one.
    pub sid: Option<Box<str>>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it is about: in trust documents and policies of resources only.
    pub principals: Option<Principals>,
    /// Which actions.
    pub actions: Names,
    /// On which resources; `None` in trust documents.
    pub resources: Option<Names>,
    /// When; all must hold.
    pub conditions: Vec<Condition>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// Patterns of actions or resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// These: `Action`, `Resource`.
    These(Vec<Box<str>>),
    /// All but these: `NotAction`, `NotResource`.
    AllBut(Vec<Box<str>>),
}

impl Names {
    /// The patterns as they were written.
    #[must_use]
    pub fn patterns(&self) -> &[Box<str>] {
        match self {
            Self::These(names) | Self::AllBut(names) => names,
        }
    }
}

/// Whom a statement of a trust document is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// These: `Principal`.
    These(Vec<Trusted>),
    /// All but these: `NotPrincipal`.
    AllBut(Vec<Trusted>),
}

/// One principal of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// What sort of name it is.
    pub kind: TrustedKind,
    /// Its name; `*` is everybody.
    pub name: Box<str>,
}

/// What sort of name a principal of a statement has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedKind {
    /// An account, user, role or session.
    Aws,
    /// A service of the provider.
    Service,
    /// An identity provider.
    Federated,
    /// A canonical user id.
    CanonicalUser,
}

/// Why text is not a policy document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct MalformedDocument {
    /// The element: `Statement[2].Action[0]`; `document` for the whole.
    pub place: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with an element of a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// It is longer or has more parts than is read.
    #[error("more than {most} {of}")]
    TooMuch {
        /// How much is read.
        most: usize,
        /// Of what.
        of: &'static str,
    },
    /// An element that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Two elements exclude each other.
    #[error("`{0}` and `{1}` cannot stand together")]
    Both(&'static str, &'static str),
    /// The language has no such element, version, effect or operator.
    #[error("`{0}` is not known here")]
    Unknown(String),
    /// It is something else than asked for.
    #[error("not {0}")]
    Not(&'static str),
}

impl Document {
    /// Reads a document from its text, as JSON or as the provider's API gives it: percent-encoded.
    ///
    /// # Errors
    /// It is no policy document, or larger than the bounds of this module.
    pub fn read(text: &str) -> Result<Self, MalformedDocument> {
        if text.len() > LONGEST * 3 {
            return fault("document", Fault::TooMuch { most: LONGEST, of: "bytes" });
        }
        let text = text.trim_start();
        let decoded = text.starts_with('%').then(|| percent_decoded(text));
        let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
        if bytes.len() > LONGEST {
            return fault("document", Fault::TooMuch { most: LONGEST, of: "bytes" });
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => Self::from_json(&value),
            Err(error) => fault("document", Fault::Json(error.to_string())),
        }
    }

    /// Reads a document from JSON: the object itself, or a string that holds it.
    ///
    /// # Errors
    /// It is no policy document, or larger than the bounds of this module.
    pub fn from_json(value: &Value) -> Result<Self, MalformedDocument> {
        let elements = match value {
            Value::Object(elements) => elements,
            Value::String(text) if !text.trim_start().starts_with('"') => return Self::read(text),
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_) => return fault("document", Fault::Not("an object")),
        };
        known("document", elements, &["Version", "Id", "Statement"])?;
        let version = match elements.get("Version").map(|it| (it.as_str(), it)) {
            None | Some((Some("2008-10-17"), _)) => Version::First,
            Some((Some("2012-10-17"), _)) => Version::Current,
            Some((Some(other), _)) => return fault("Version", Fault::Unknown(clip(other))),
            Some((None, _)) => return fault("Version", Fault::Not("a string")),
        };
        let list = match elements.get("Statement") {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            Some(_) => return fault("Statement", Fault::Not("an object or a list of objects")),
            None => return fault("document", Fault::Missing("Statement")),
        };
        if list.len() > MOST_STATEMENTS {
            let of = "statements";
            return fault("Statement", Fault::TooMuch { most: MOST_STATEMENTS, of });
        }
        let mut reader = Reader { names: 0, bytes: 0 };
        let statements = list
            .iter()
            .enumerate()
            .map(|(index, it)| reader.statement(&format!("Statement[{index}]"), it))
            .collect::<Result<_, _>>()?;
        Ok(Self { version, statements })
    }

    /// The document as JSON, in the provider's words.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let version = match self.version {
            Version::First => "2008-10-17",
            Version::Current => "2012-10-17",
        };
        let statements: Vec<Value> = self.statements.iter().map(Statement::to_json).collect();
        serde_json::json!({ "Version": version, "Statement": statements })
    }
}

impl Statement {
    /// The statement as JSON, in the provider's words.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        if let Some(sid) = &self.sid {
            out.insert("Sid".into(), Value::from(&**sid));
        }
        out.insert("Effect".into(), Value::from(self.effect.as_str()));
        if let Some(principals) = &self.principals {
            let (name, list) = match principals {
                Principals::These(list) => ("Principal", list),
                Principals::AllBut(list) => ("NotPrincipal", list),
            };
            let mut kinds = Map::new();
            for it in list {
                let kind = kinds.entry(it.kind.as_str()).or_insert_with(|| Value::Array(vec![]));
                if let Value::Array(names) = kind {
                    names.push(Value::from(&*it.name));
                }
            }
            out.insert(name.into(), Value::Object(kinds));
        }
        let mut names = |these: &str, but: &str, names: &Names| {
            let (name, list) = match names {
                Names::These(list) => (these, list),
                Names::AllBut(list) => (but, list),
            };
            out.insert(name.into(), list.iter().map(|it| Value::from(&**it)).collect());
        };
        names("Action", "NotAction", &self.actions);
        if let Some(resources) = &self.resources {
            names("Resource", "NotResource", resources);
        }
        let mut conditions = Map::new();
        for it in &self.conditions {
            let operator = conditions
                .entry(it.operator.to_string())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(keys) = operator {
                let values = it.values.iter().map(|it| Value::from(&**it)).collect();
                keys.insert(it.key.to_string(), values);
            }
        }
        if !conditions.is_empty() {
            out.insert("Condition".into(), Value::Object(conditions));
        }
        Value::Object(out)
    }
}

impl Effect {
    /// The effect in the provider's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl TrustedKind {
    /// The kind in the provider's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser]
            .into_iter()
            .find(|it| it.as_str() == word)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts what was read of one document, so that it stays within the bounds.
#[derive(Debug)]
struct Reader {
    names: usize,
    bytes: usize,
}

impl Reader {
    fn statement(&mut self, place: &str, value: &Value) -> Result<Statement, MalformedDocument> {
        let Value::Object(elements) = value else {
            return fault(place, Fault::Not("an object"));
        };
        known(place, elements, ELEMENTS)?;
        let sid = match elements.get("Sid") {
            None => None,
            Some(Value::String(sid)) => Some(self.name(&format!("{place}.Sid"), sid)?),
            Some(_) => return fault(format!("{place}.Sid"), Fault::Not("a string")),
        };
        let effect = match elements.get("Effect").map(Value::as_str) {
            Some(Some("Allow")) => Effect::Allow,
            Some(Some("Deny")) => Effect::Deny,
            Some(Some(other)) => {
                return fault(format!("{place}.Effect"), Fault::Unknown(clip(other)));
            }
            Some(None) => return fault(format!("{place}.Effect"), Fault::Not("a string")),
            None => return fault(place, Fault::Missing("Effect")),
        };
        let Some(actions) = self.either(place, elements, "Action", "NotAction")? else {
            return fault(place, Fault::Missing("Action"));
        };
        for (index, it) in actions.patterns().iter().enumerate() {
            if &**it != "*" && !it.contains(':') {
                let place = format!("{place}.Action[{index}]");
                return fault(place, Fault::Not("an action such as `s3:GetObject`"));
            }
        }
        Ok(Statement {
            sid,
            effect,
            principals: self.principals(place, elements)?,
            actions,
            resources: self.either(place, elements, "Resource", "NotResource")?,
            conditions: self.conditions(place, elements.get("Condition"))?,
        })
    }

    fn either(
        &mut self,
        place: &str,
        elements: &Map<String, Value>,
        these: &'static str,
        but: &'static str,
    ) -> Result<Option<Names>, MalformedDocument> {
        match (elements.get(these), elements.get(but)) {
            (Some(_), Some(_)) => fault(place, Fault::Both(these, but)),
            (Some(value), None) => {
                Ok(Some(Names::These(self.texts(&format!("{place}.{these}"), value)?)))
            }
            (None, Some(value)) => {
                Ok(Some(Names::AllBut(self.texts(&format!("{place}.{but}"), value)?)))
            }
            (None, None) => Ok(None),
        }
    }

    fn principals(
        &mut self,
        place: &str,
        elements: &Map<String, Value>,
    ) -> Result<Option<Principals>, MalformedDocument> {
        let (value, but) = match (elements.get("Principal"), elements.get("NotPrincipal")) {
            (Some(_), Some(_)) => return fault(place, Fault::Both("Principal", "NotPrincipal")),
            (Some(value), None) => (value, false),
            (None, Some(value)) => (value, true),
            (None, None) => return Ok(None),
        };
        let place = format!("{place}.{}", if but { "NotPrincipal" } else { "Principal" });
        let mut list = Vec::new();
        match value {
            Value::String(all) if all == "*" => {
                list.push(Trusted { kind: TrustedKind::Aws, name: "*".into() });
            }
            Value::Object(kinds) => {
                for (word, names) in kinds {
                    let Some(kind) = TrustedKind::of(word) else {
                        return fault(place, Fault::Unknown(clip(word)));
                    };
                    let names = self.texts(&format!("{place}.{word}"), names)?;
                    list.extend(names.into_iter().map(|name| Trusted { kind, name }));
                }
            }
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_) => return fault(place, Fault::Not("`*` or an object")),
        }
        Ok(Some(if but { Principals::AllBut(list) } else { Principals::These(list) }))
    }

    fn conditions(
        &mut self,
        place: &str,
        value: Option<&Value>,
    ) -> Result<Vec<Condition>, MalformedDocument> {
        let place = format!("{place}.Condition");
        let operators = match value {
            None => return Ok(Vec::new()),
            Some(Value::Object(operators)) => operators,
            Some(_) => return fault(place, Fault::Not("an object")),
        };
        let mut out = Vec::new();
        for (operator, keys) in operators {
            let place = format!("{place}.{}", clip(operator));
            let Value::Object(keys) = keys else {
                return fault(place, Fault::Not("an object"));
            };
            for (key, values) in keys {
                let place = format!("{place}.{}", clip(key));
                out.push(Condition {
                    operator: self.name(&place, operator)?,
                    key: self.name(&place, key)?,
                    values: self.texts(&place, values)?,
                });
            }
        }
        Ok(out)
    }

    /// One text or a list of them; numbers and truth values as their text.
    fn texts(&mut self, place: &str, value: &Value) -> Result<Vec<Box<str>>, MalformedDocument> {
        let list = match value {
            Value::Array(list) => list.as_slice(),
            Value::String(_) | Value::Bool(_) | Value::Number(_) => std::slice::from_ref(value),
            Value::Null | Value::Object(_) => {
                return fault(place, Fault::Not("a string or a list of strings"));
            }
        };
        let mut out = Vec::with_capacity(list.len().min(MOST_NAMES));
        for (index, it) in list.iter().enumerate() {
            let place = || format!("{place}[{index}]");
            out.push(match it {
                Value::String(text) => self.name(&place(), text)?,
                Value::Bool(it) => self.name(&place(), if *it { "true" } else { "false" })?,
                Value::Number(it) => self.name(&place(), &it.to_string())?,
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return fault(place(), Fault::Not("a string"));
                }
            });
        }
        Ok(out)
    }

    fn name(&mut self, place: &str, text: &str) -> Result<Box<str>, MalformedDocument> {
        self.names += 1;
        self.bytes += text.len();
        if text.len() > LONGEST_NAME {
            return fault(place, Fault::TooMuch { most: LONGEST_NAME, of: "bytes" });
        }
        if self.names > MOST_NAMES {
            return fault(place, Fault::TooMuch { most: MOST_NAMES, of: "names" });
        }
        if self.bytes > LONGEST {
            return fault(place, Fault::TooMuch { most: LONGEST, of: "bytes" });
        }
        Ok(text.into())
    }
}

/// The elements of a statement.
const ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn known(
    place: &str,
    elements: &Map<String, Value>,
    names: &[&str],
) -> Result<(), MalformedDocument> {
    match elements.keys().find(|it| !names.contains(&it.as_str())) {
        Some(other) => fault(place, Fault::Unknown(clip(other))),
        None => Ok(()),
    }
}

fn fault<T>(place: impl Into<String>, fault: Fault) -> Result<T, MalformedDocument> {
    Err(MalformedDocument { place: place.into(), fault })
}

/// The start of a text, for messages.
pub(super) fn clip(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(64).collect()
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = coded.and_then(|it| {
            let digit = |it: u8| char::from(it).to_digit(16);
            u8::try_from(digit(it[0])? * 16 + digit(it[1])?).ok()
        });
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}
