//! Compiles one `field|modifier…: value` of a rule into a test.

use super::encoding::{base64, base64_offsets, dashes};
use super::expression::{Expression, Flags, Unusable};
use super::fault::Fault;
use super::mapping;
use super::matcher::{Expr, FieldIndex, Matcher, Order, Relation, Test};
use super::modifier::{Modifier, read_key, word};
use super::pattern::{Part, Pattern, Template};
use super::yaml::{Node, Value};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The lists that `%name%` stands for in values with `expand`.
pub type Placeholders = BTreeMap<String, Vec<String>>;

/// What the rule set lends to the compilation of one rule.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// The fields named so far, in our own numbering.
    pub(super) fields: &'a mut Paths,
    /// Set when a rule searches all text.
    pub(super) keywords: &'a mut bool,
    /// The lists that are known.
    pub(super) placeholders: &'a Placeholders,
    /// The log sources of the rule, which may know a field by other names.
    pub(super) sources: Vec<&'static str>,
}

/// The fields that rules name, numbered; each a list of paths.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths {
    numbers: BTreeMap<Box<[Box<str>]>, FieldIndex>,
    fields: Vec<Box<[Box<str>]>>,
}

impl Paths {
    /// The number of the field with these paths. `None` when there are more fields than numbers.
    pub(super) fn number(&mut self, paths: Vec<Box<str>>) -> Option<FieldIndex> {
        let paths = paths.into_boxed_slice();
        if let Some(number) = self.numbers.get(&paths) {
            return Some(*number);
        }
        let number = FieldIndex(u16::try_from(self.fields.len()).ok()?);
        self.fields.push(paths.clone());
        self.numbers.insert(paths, number);
        Some(number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Forgets all but the first so many.
    pub(super) fn truncate(&mut self, length: usize) {
        for paths in self.fields.drain(length.min(self.fields.len())..) {
            self.numbers.remove(&paths);
        }
    }

    /// The paths of every field, in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[Box<str>]> {
        self.fields.iter().map(AsRef::as_ref)
    }
}

impl Names<'_> {
    /// The number of a field that a rule names.
    pub(super) fn field(&mut self, path: &str, at: &Node) -> Result<FieldIndex, Fault> {
        self.number(path, at, false)
    }

    fn number(&mut self, path: &str, at: &Node, words: bool) -> Result<FieldIndex, Fault> {
        self.fields.number(mapping::paths(path, &self.sources, words)).ok_or_else(|| {
            Fault::unsupported(at.at.as_ref(), "the rules name more than 65,536 fields")
        })
    }
}

/// Most spellings of one value, after all its modifiers.
const MOST_SPELLINGS: usize = 10_000;

/// Compiles one entry of a search.
pub(super) fn compile(key: &Node, value: &Node, names: &mut Names<'_>) -> Result<Expr, Fault> {
    let (path, modifiers) = read_key(key)?;
    let nothing = [Node { at: value.at.clone(), value: Value::Null }];
    let elements = if value.value == Value::Null { &nothing } else { value.elements() };
    let words =
        elements.iter().all(|it| it.text().is_some_and(|text| text.parse::<f64>().is_err()));
    let field = if path.is_empty() { None } else { Some(names.number(path, key, words)?) };
    *names.keywords |= field.is_none();
    if elements.is_empty() {
        return Err(Fault::wrong(value.at.as_ref(), "an empty list matches nothing"));
    }
    let mut values = Vec::with_capacity(elements.len());
    for element in elements {
        let mut spellings = spellings(&modifiers, field, key, element, names)?;
        let whole = [Modifier::All, Modifier::Neq, Modifier::Cased];
        if let Some(text) = element.text()
            && modifiers.iter().all(|it| whole.contains(it))
        {
            let cased = modifiers.contains(&Modifier::Cased);
            let said = mapping::spellings(path, text, &names.sources);
            let pattern = |it: &String| Pattern::new(&Template::parse(it), cased);
            spellings.extend(said.iter().map(|it| Matcher::Text(pattern(it))));
        }
        values.push(spellings.into_boxed_slice());
    }
    let test = Test { field, values: values.into(), all: modifiers.contains(&Modifier::All) };
    let expr = Expr::Test(test);
    Ok(if modifiers.contains(&Modifier::Neq) { Expr::Not(Box::new(expr)) } else { expr })
}

/// Compiles a search that is plain values without a field.
pub(super) fn compile_keywords(values: &[&Node], names: &mut Names<'_>) -> Result<Expr, Fault> {
    *names.keywords = true;
    let mut compiled = Vec::with_capacity(values.len());
    for value in values {
        compiled.push(spellings(&[], None, value, value, names)?.into_boxed_slice());
    }
    Ok(Expr::Test(Test { field: None, values: compiled.into(), all: false }))
}

fn spellings(
    modifiers: &[Modifier],
    field: Option<FieldIndex>,
    key: &Node,
    value: &Node,
    names: &mut Names<'_>,
) -> Result<Vec<Matcher>, Fault> {
    let has = |it: Modifier| modifiers.contains(&it);
    // `all` and `neq` work on the item as a whole, `cased` wherever text is compared.
    let own: Vec<Modifier> = modifiers
        .iter()
        .copied()
        .filter(|it| !matches!(it, Modifier::All | Modifier::Neq | Modifier::Cased))
        .collect();
    let only = |allowed: &[Modifier]| match own.iter().find(|it| !allowed.contains(it)) {
        Some(odd) => Err(Fault::wrong(
            key.at.as_ref(),
            format!("modifier `{}` cannot stand beside the others here", word(*odd)),
        )),
        None => Ok(()),
    };
    let field_needed = |what: &str| {
        field.map(|_| ()).ok_or_else(|| {
            Fault::wrong(key.at.as_ref(), format!("modifier `{what}` needs a field before it"))
        })
    };
    let edges = [Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith];
    if has(Modifier::Exists) {
        field_needed("exists")?;
        if modifiers.len() > 1 {
            return Err(Fault::wrong(key.at.as_ref(), "modifier `exists` must be the only one"));
        }
        return Ok(vec![Matcher::Exists(boolean(value)?)]);
    }
    if has(Modifier::FieldRef) {
        only(&[&edges[..], &[Modifier::FieldRef]].concat())?;
        field_needed("fieldref")?;
        let Some(path) = value.text() else {
            return Err(Fault::wrong(value.at.as_ref(), "`fieldref` needs the name of a field"));
        };
        let relation = match own.iter().rfind(|it| edges.contains(it)) {
            Some(Modifier::StartsWith) => Relation::StartsWith,
            Some(Modifier::EndsWith) => Relation::EndsWith,
            Some(Modifier::Contains) => Relation::Contains,
            Some(_) | None => Relation::Same,
        };
        return Ok(vec![Matcher::Field(names.field(path, value)?, relation, has(Modifier::Cased))]);
    }
    if has(Modifier::Re) {
        let flags = [Modifier::Re, Modifier::IgnoreCase, Modifier::Multiline, Modifier::DotAll];
        only(&[&edges[..], &flags].concat())?;
        return Ok(vec![Matcher::Regex(Box::new(regex(&own, value)?))]);
    }
    if has(Modifier::Cidr) {
        only(&[Modifier::Cidr, Modifier::Expand])?;
        if !has(Modifier::Expand) {
            let text = value.text().unwrap_or_default();
            return Ok(vec![Matcher::Network(network(text, value)?)]);
        }
        let text = Template::parse(value.text().unwrap_or_default());
        let all = expand(&text, value, names.placeholders)?;
        let plain = all.iter().map(|it| it.plain().unwrap_or_default());
        return plain.map(|it| network(&it, value).map(Matcher::Network)).collect();
    }
    let order =
        own.iter().find_map(|it| if let Modifier::Number(it) = it { Some(*it) } else { None });
    let part = own.iter().find_map(|it| if let Modifier::Date(it) = it { Some(*it) } else { None });
    if order.is_some() || part.is_some() {
        if own.len() != usize::from(order.is_some()) + usize::from(part.is_some()) {
            return Err(Fault::wrong(
                key.at.as_ref(),
                "a comparison stands alone or after a part of a date",
            ));
        }
        let limit = number(value)?;
        return Ok(vec![match part {
            Some(part) => Matcher::Date(part, order.unwrap_or(Order::Eq), limit),
            None => Matcher::Order(order.unwrap_or(Order::Eq), limit),
        }]);
    }
    text(&own, has(Modifier::Cased), field.is_none(), key, value, names.placeholders)
}

/// The values that are compared as text, or as they are when no modifier asks for text.
fn text(
    modifiers: &[Modifier],
    cased: bool,
    keyword: bool,
    key: &Node,
    value: &Node,
    placeholders: &Placeholders,
) -> Result<Vec<Matcher>, Fault> {
    let plain = modifiers.is_empty() && !cased && !keyword;
    let template = match &value.value {
        Value::Null if plain => return Ok(vec![Matcher::Null]),
        Value::Bool(it) if plain => return Ok(vec![Matcher::Bool(*it)]),
        Value::Number(number, text) if plain => {
            return Ok(vec![Matcher::Number(*number, text.as_str().into())]);
        }
        Value::Text(text) => Template::parse(text),
        Value::Bool(_) | Value::Number(..) => Template::literal(value.scalar().unwrap_or_default()),
        Value::Null | Value::List(_) | Value::Map(_) => {
            return Err(Fault::wrong(
                value.at.as_ref().or(key.at.as_ref()),
                format!("{} cannot be a value here", value.value.kind()),
            ));
        }
    };
    let mut spellings = vec![Stage::Text(template)];
    for modifier in modifiers {
        let mut next = Vec::with_capacity(spellings.len());
        for stage in spellings {
            stage.apply(*modifier, key, value, placeholders, &mut next)?;
        }
        if next.len() > MOST_SPELLINGS {
            return Err(Fault::unsupported(
                value.at.as_ref(),
                format!("its modifiers make more than {MOST_SPELLINGS} texts of one value"),
            ));
        }
        spellings = next;
    }
    let edges = [Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith];
    let open = keyword && !modifiers.iter().any(|it| edges.contains(it));
    spellings
        .into_iter()
        .map(|it| match it {
            Stage::Text(it) => Ok(Matcher::Text(Pattern::new(&it.open(open, open), cased))),
            Stage::Bytes(_) => Err(Fault::unsupported(
                key.at.as_ref(),
                "an encoding without `base64` or `base64offset` after it",
            )),
        })
        .collect()
}

/// A value on its way through its modifiers.
enum Stage {
    Text(Template),
    Bytes(Vec<u8>),
}

impl Stage {
    fn apply(
        self,
        modifier: Modifier,
        key: &Node,
        value: &Node,
        placeholders: &Placeholders,
        to: &mut Vec<Self>,
    ) -> Result<(), Fault> {
        let misplaced = || {
            let word = word(modifier);
            Fault::wrong(key.at.as_ref(), format!("modifier `{word}` cannot stand at this place"))
        };
        match (modifier, self) {
            (Modifier::Contains, Self::Text(it)) => to.push(Self::Text(it.open(true, true))),
            (Modifier::StartsWith, Self::Text(it)) => to.push(Self::Text(it.open(false, true))),
            (Modifier::EndsWith, Self::Text(it)) => to.push(Self::Text(it.open(true, false))),
            (Modifier::WinDash, Self::Text(it)) => {
                let all = dashes(&it).ok_or_else(|| {
                    Fault::unsupported(value.at.as_ref(), "`windash` on more than four dashes")
                })?;
                to.extend(all.into_iter().map(Self::Text));
            }
            (Modifier::Expand, Self::Text(it)) => {
                to.extend(expand(&it, value, placeholders)?.into_iter().map(Self::Text));
            }
            (Modifier::Encode(encoding), Self::Text(it)) => {
                to.push(Self::Bytes(encoding.bytes(&without_wildcards(&it, value)?)));
            }
            (Modifier::Base64 | Modifier::Base64Offset, stage) => {
                let bytes = match stage {
                    Self::Text(it) => without_wildcards(&it, value)?.into_bytes(),
                    Self::Bytes(it) => it,
                };
                if modifier == Modifier::Base64 {
                    to.push(Self::Text(Template::literal(&base64(&bytes))));
                } else {
                    let all = base64_offsets(&bytes);
                    to.extend(all.iter().map(|it| Self::Text(Template::literal(it))));
                }
            }
            (_, Self::Text(_) | Self::Bytes(_)) => return Err(misplaced()),
        }
        Ok(())
    }
}

fn without_wildcards(template: &Template, value: &Node) -> Result<String, Fault> {
    template
        .plain()
        .ok_or_else(|| Fault::wrong(value.at.as_ref(), "wildcards cannot be encoded as base64"))
}

/// Replaces the first placeholder by each of its values, until none is left.
fn expand(
    template: &Template,
    value: &Node,
    placeholders: &Placeholders,
) -> Result<Vec<Template>, Fault> {
    let mut done = vec![Template::default()];
    for part in &template.0 {
        let Part::Text(text) = part else {
            done.iter_mut().for_each(|it| it.0.push(part.clone()));
            continue;
        };
        let mut rest = text.as_str();
        while let Some((before, name, after)) = placeholder(rest) {
            let Some(list) = placeholders.get(name) else {
                return Err(Fault::wrong(
                    value.at.as_ref(),
                    format!("unknown placeholder `%{name}%`"),
                )
                .nearest(name, placeholders.keys().map(String::as_str)));
            };
            if done.len().saturating_mul(list.len()) > MOST_SPELLINGS {
                return Err(Fault::unsupported(
                    value.at.as_ref(),
                    format!("its placeholders make more than {MOST_SPELLINGS} texts of one value"),
                ));
            }
            done = done
                .iter()
                .flat_map(|it| {
                    list.iter().map(|entry| {
                        let mut it = it.clone();
                        before.chars().for_each(|next| it.push(next));
                        it.0.extend(Template::parse(entry).0);
                        it
                    })
                })
                .collect();
            rest = after;
        }
        for it in &mut done {
            rest.chars().for_each(|next| it.push(next));
        }
    }
    Ok(done)
}

/// What stands before the first `%name%`, the name, and what follows.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let (before, rest) = text.get(from..)?.split_once('%')?;
        let (name, after) = rest.split_once('%')?;
        let word = !name.is_empty()
            && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
        if word {
            return Some((text.get(..from + before.len())?, name, after));
        }
        from += before.len() + 1;
    }
}

fn boolean(value: &Node) -> Result<bool, Fault> {
    let word = value.scalar().map(str::to_ascii_lowercase);
    match word.as_deref() {
        Some("true" | "yes") => Ok(true),
        Some("false" | "no") => Ok(false),
        _ => Err(Fault::wrong(value.at.as_ref(), "`exists` needs `true` or `false`")),
    }
}

fn number(value: &Node) -> Result<f64, Fault> {
    let number = value.scalar().and_then(|it| it.trim().parse::<f64>().ok());
    number
        .filter(|it| it.is_finite())
        .ok_or_else(|| Fault::wrong(value.at.as_ref(), "a comparison needs a number"))
}

fn network(text: &str, value: &Node) -> Result<IpNet, Fault> {
    let text = text.trim();
    let network = text.parse::<IpNet>().ok();
    let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network
        .map(|it| it.trunc())
        .ok_or_else(|| Fault::wrong(value.at.as_ref(), format!("`{text}` is not a network")))
}

fn regex(modifiers: &[Modifier], value: &Node) -> Result<Expression, Fault> {
    let has = |it| modifiers.contains(&it);
    let Some(text) = value.scalar() else {
        return Err(Fault::wrong(value.at.as_ref(), "`re` needs a regular expression"));
    };
    let anchored = match (has(Modifier::StartsWith), has(Modifier::EndsWith)) {
        (true, _) => format!(r"\A(?:{text})"),
        (false, true) => format!(r"(?:{text})\z"),
        (false, false) => text.to_owned(),
    };
    let flags = Flags {
        any_case: has(Modifier::IgnoreCase),
        multi_line: has(Modifier::Multiline),
        dot_all: has(Modifier::DotAll),
    };
    Expression::read(&anchored, flags).map_err(|error| match error {
        Unusable::Looks => {
            Fault::unsupported(value.at.as_ref(), "the regular expression looks around or back")
                .help("write it without look-around and back-references, or as several items")
        }
        Unusable::TooLarge => {
            Fault::unsupported(value.at.as_ref(), "the regular expression is too large")
        }
        Unusable::Wrong(why) => {
            Fault::wrong(value.at.as_ref(), format!("bad regular expression: {why}"))
        }
    })
}
