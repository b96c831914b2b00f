//! What every Sigma document says about itself, and the compilation of detection rules.

use super::condition::{self, Condition, Unreadable};
use super::fault::Fault;
use super::item::{Names, compile, compile_keywords};
use super::logsource::LogSource;
use super::matcher::{Expr, FieldIndex};
use super::pipeline::{Narrowed, Rewritten};
use super::yaml::{Node, Value};
use interlock_model::{FindingSource, RuleRef, Severity, Tier};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// What a rule says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleInfo {
    /// Its id and name. Without an id the name, without a name the title stands in.
    pub rule: RuleRef,
    /// One line of what it sees.
    pub title: Arc<str>,
    /// In words.
    pub description: Box<str>,
    /// How bad a true match is. A rule that does not say is `Low`.
    pub level: Severity,
    /// ATT&CK technique ids from its tags, upper case.
    pub techniques: Vec<Box<str>>,
    /// ATT&CK tactics from its tags, with dashes: `privilege-escalation`.
    pub tactics: Vec<Box<str>>,
    /// The intended response, from `interlock.response`.
    pub response: Option<Tier>,
    /// The OWASP non-human-identity risk, from `interlock.owasp_nhi`: `NHI1:2025`.
    pub owasp_nhi: Option<Box<str>>,
    /// What may look like it and is harmless.
    pub false_positives: Vec<Box<str>>,
    /// Where to read more.
    pub references: Vec<Box<str>>,
    /// The file that holds it, as given.
    pub file: Arc<str>,
}

/// A compiled detection rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// What it says about itself.
    pub(super) info: Arc<RuleInfo>,
    /// Its `name`, by which correlation rules and filters may call it.
    pub(super) name: Option<Box<str>>,
    /// Which of our log sources it reads.
    pub(super) sources: Vec<&'static str>,
    /// Its searches, and those of the filters on it.
    pub(super) searches: Vec<Expr>,
    /// Any of these makes a match.
    pub(super) condition: Expr,
    /// The fields worth showing, with their paths.
    pub(super) show: Vec<(Box<str>, FieldIndex)>,
}

/// A filter, not yet applied.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    /// Its `filter` map.
    pub(super) body: &'a Node,
    /// What it covers.
    pub(super) source: LogSource,
    /// The file that holds it.
    pub(super) file: &'a Arc<str>,
    /// Its title.
    pub(super) title: Option<&'a str>,
}

impl Filter<'_> {
    /// Whether it is meant for the rule of this id and name.
    pub(super) fn is_for(&self, id: &str, name: Option<&str>, source: &LogSource) -> bool {
        let named = self.rules().filter_map(Node::scalar).any(|it| {
            it.eq_ignore_ascii_case(ANY) || it.eq_ignore_ascii_case(id) || Some(it) == name
        });
        named && self.source.covers(source)
    }

    /// The ids and names of the rules that it narrows.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Node> {
        self.body.get("rules").map(Node::elements).unwrap_or_default().iter()
    }

    /// Whether it can be applied at all, seen without the rules that it narrows.
    pub(super) fn check(&self, names: &mut Names<'_>) -> Result<(), Fault> {
        if self.rules().next().is_none() {
            let fault = Fault::wrong(self.body.at.as_ref(), "a filter needs `rules`");
            return Err(fault.help("ids or names of rules, or `any`"));
        }
        compile_block(self.body, "filter", &BTreeSet::new(), &mut Vec::new(), names).map(|_| ())
    }
}

/// What a filter calls every rule of its log source.
pub(super) const ANY: &str = "any";

/// Deepest nesting of lists and maps in a search.
const DEEPEST: usize = 32;

/// Where to point when something is missing in a document: its first key.
pub(super) fn head(document: &Node) -> Option<&Range<usize>> {
    let first = document.entries().first().and_then(|(key, _)| key.at.as_ref());
    first.or(document.at.as_ref())
}

/// Reads what a document says about itself. Faults beside it are warnings.
pub(super) fn read_info(
    document: &Node,
    file: &Arc<str>,
    warnings: &mut Vec<Fault>,
) -> Result<RuleInfo, Fault> {
    let text = |key: &str| document.get(key).and_then(Node::scalar).map(str::trim);
    let title = match text("title") {
        Some(title) if !title.is_empty() => title,
        Some(_) | None => return Err(Fault::wrong(head(document), "a rule needs a `title`")),
    };
    let name = text("name").unwrap_or(title);
    let id = text("id").or_else(|| text("name")).unwrap_or(title);
    let level = match document.get("level") {
        None => Severity::Low,
        Some(node) => level(node)?,
    };
    let mut tags = Vec::new();
    for tag in document.get("tags").map(Node::elements).unwrap_or_default() {
        let tag = tag.scalar().unwrap_or_default().to_ascii_lowercase();
        let tag = tag.strip_prefix("attack.").map(str::to_owned).unwrap_or_default();
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let is_id = |it: &str, letter: char| {
        it.strip_prefix(letter).is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
    };
    let list = |key: &str| -> Vec<Box<str>> {
        let node = document.get(key).map(Node::elements).unwrap_or_default();
        node.iter().filter_map(Node::scalar).map(Into::into).collect()
    };
    let response = document.get("interlock.response").and_then(|node| {
        let tier = response(node);
        if tier.is_none() {
            warnings.push(
                Fault::unsupported(node.at.as_ref(), "`interlock.response` is not a tier")
                    .help("one of `observe`, `revalidate`, `restrict`, `disable`"),
            );
        }
        tier
    });
    for (key, _) in document.entries() {
        let ours = ["interlock.response", "interlock.owasp_nhi"];
        let name = key.text().unwrap_or_default();
        if name.starts_with("interlock.") && !ours.contains(&name) {
            warnings.push(
                Fault::unsupported(key.at.as_ref(), format!("`{name}` has no effect"))
                    .nearest(name, ours.into_iter()),
            );
        }
    }
    Ok(RuleInfo {
        rule: RuleRef { id: id.into(), name: name.into(), source: FindingSource::Sigma },
        title: title.into(),
        description: text("description").unwrap_or_default().into(),
        level,
        techniques: tags
            .iter()
            .filter(|it| is_id(it, 't'))
            .map(|it| it.to_ascii_uppercase().into())
            .collect(),
        tactics: tags
            .iter()
            .filter(|it| !['t', 's', 'g', 'c', 'm'].iter().any(|letter| is_id(it, *letter)))
            .map(|it| it.replace('_', "-").into())
            .collect(),
        response,
        owasp_nhi: text("interlock.owasp_nhi").map(Into::into),
        false_positives: list("falsepositives"),
        references: list("references"),
        file: Arc::clone(file),
    })
}

fn level(node: &Node) -> Result<Severity, Fault> {
    let levels = [
        Severity::Informational,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    let word = node.scalar().unwrap_or_default().trim().to_ascii_lowercase();
    levels.into_iter().find(|it| it.as_str() == word).ok_or_else(|| {
        Fault::wrong(node.at.as_ref(), format!("unknown level `{word}`"))
            .nearest(&word, levels.iter().map(|it| it.as_str()))
    })
}

fn response(node: &Node) -> Option<Tier> {
    let word = node.scalar()?.trim();
    [Tier::Observe, Tier::Revalidate, Tier::Restrict, Tier::Disable]
        .into_iter()
        .find(|it| it.as_str() == word)
}

/// Compiles a detection rule, as pipelines left it, together with what narrows it.
pub(super) fn compile_rule(
    written: &Rewritten,
    info: RuleInfo,
    sources: Vec<&'static str>,
    names: &mut Names<'_>,
) -> Result<Rule, Fault> {
    let document = &written.document;
    let Some(detection) = document.get("detection") else {
        return Err(Fault::wrong(head(document), "a rule needs a `detection`"));
    };
    let mut searches = Vec::new();
    let mut all = Vec::new();
    all.extend(compile_block(detection, "detection", &written.dropped, &mut searches, names)?);
    for Narrowed { body, dropped } in &written.narrowed {
        all.extend(compile_block(body, "filter", dropped, &mut searches, names)?);
    }
    let Some(condition) = all.into_iter().reduce(|all, it| Expr::All([all, it].into())) else {
        return Err(Fault::wrong(head(document), "its pipelines leave nothing of it"));
    };
    let mut show = Vec::new();
    for field in document.get("fields").map(Node::elements).unwrap_or_default() {
        if let Some(path) = field.scalar().filter(|it| !it.is_empty()) {
            show.push((path.into(), names.field(path, field)?));
        }
    }
    let name = document.get("name").and_then(Node::scalar).map(Into::into);
    Ok(Rule { info: Arc::new(info), name, sources, searches, condition, show })
}

/// Compiles named searches and the condition over them; the searches are added to `to`.
/// `None` when the condition names nothing but dropped searches.
fn compile_block(
    block: &Node,
    what: &str,
    dropped: &BTreeSet<Box<str>>,
    to: &mut Vec<Expr>,
    names: &mut Names<'_>,
) -> Result<Option<Expr>, Fault> {
    let first = to.len();
    let mut known = Vec::new();
    for (key, value) in block.entries() {
        let name = key.text().unwrap_or_default();
        if matches!(name, "condition" | "timeframe") || (what == "filter" && name == "rules") {
            continue;
        }
        let gone = dropped.contains(name);
        to.push(if gone { Expr::Any(Box::default()) } else { search(value, 0, names)? });
        known.push(name);
    }
    if known.is_empty() {
        return Err(Fault::wrong(block.at.as_ref(), format!("`{what}` holds no search")));
    }
    let Some(conditions) = block.get("condition") else {
        return Err(Fault::wrong(block.at.as_ref(), format!("`{what}` needs a `condition`")));
    };
    let (mut any, mut count) = (Vec::new(), 0_usize);
    for node in conditions.elements() {
        let text = node.scalar().unwrap_or_default();
        let read = condition::read(text, &known).map_err(|why| unreadable(&why, node, &known))?;
        count += 1;
        let gone = |at: usize| known.get(at).is_some_and(|it| dropped.contains(*it));
        any.extend(to_expr(&read, first, &gone));
    }
    if count == 0 {
        return Err(Fault::wrong(conditions.at.as_ref(), "the condition is empty"));
    }
    Ok(joined(any, Expr::Any))
}

/// What is left of a condition without the searches that are gone; a part of which nothing is left
/// says neither yes nor no.
fn to_expr(condition: &Condition, first: usize, gone: &dyn Fn(usize) -> bool) -> Option<Expr> {
    let all = |parts: &[Condition]| -> Vec<Expr> {
        parts.iter().filter_map(|it| to_expr(it, first, gone)).collect()
    };
    match condition {
        Condition::Search(index) => (!gone(*index)).then(|| Expr::Search(first + index)),
        Condition::All(parts) => joined(all(parts), Expr::All),
        Condition::Any(parts) => joined(all(parts), Expr::Any),
        Condition::Not(inner) => Some(Expr::Not(Box::new(to_expr(inner, first, gone)?))),
    }
}

fn joined(mut parts: Vec<Expr>, join: fn(Box<[Expr]>) -> Expr) -> Option<Expr> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(join(parts.into())),
    }
}

fn unreadable(why: &Unreadable, node: &Node, known: &[&str]) -> Fault {
    let at = node.at.as_ref();
    match why {
        Unreadable::UnknownSearch(name) => {
            Fault::wrong(at, format!("the condition names `{name}`, which is not in `detection`"))
                .nearest(name, known.iter().copied())
        }
        Unreadable::NothingLike(pattern) => {
            Fault::wrong(at, format!("no search of `detection` is like `{pattern}`"))
                .nearest(pattern.trim_matches('*'), known.iter().copied())
        }
        Unreadable::Aggregation => Fault::wrong(at, "aggregation in a condition is obsolete")
            .help("write a correlation rule of type `event_count` or `value_count`"),
        Unreadable::Grammar(why) => Fault::wrong(at, format!("bad condition: {why}")),
    }
}

/// A map: all of its entries. A list: any of its elements. Plain values: keywords.
fn search(node: &Node, depth: usize, names: &mut Names<'_>) -> Result<Expr, Fault> {
    if depth > DEEPEST {
        return Err(Fault::wrong(node.at.as_ref(), format!("nested deeper than {DEEPEST}")));
    }
    match &node.value {
        Value::Map(entries) => {
            let mut all = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                all.push(compile(key, value, names)?);
            }
            if all.is_empty() {
                return Err(Fault::wrong(node.at.as_ref(), "an empty search matches nothing"));
            }
            Ok(Expr::All(all.into()))
        }
        Value::List(elements) => {
            let mut any = Vec::new();
            let keywords: Vec<_> = elements.iter().filter(|it| it.scalar().is_some()).collect();
            if !keywords.is_empty() {
                any.push(compile_keywords(&keywords, names)?);
            }
            for element in elements.iter().filter(|it| it.scalar().is_none()) {
                any.push(search(element, depth + 1, names)?);
            }
            if any.is_empty() {
                return Err(Fault::wrong(node.at.as_ref(), "an empty search matches nothing"));
            }
            Ok(Expr::Any(any.into()))
        }
        Value::Text(_) | Value::Number(..) | Value::Bool(_) => compile_keywords(&[node], names),
        Value::Null => Err(Fault::wrong(node.at.as_ref(), "an empty search matches nothing")),
    }
}
