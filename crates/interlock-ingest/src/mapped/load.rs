//! Mapping files into mappings: form first, then sense; all problems at once.

use super::form::{self, Fault, one_line};
use super::text::{Paths, Text, Texts};
use super::tree::{Node, within};
use super::{Effect, FILE_BYTES, MOST, Mapping, Mark, Moment, Name, Told};
use crate::registry::SOURCES;
use interlock_model::{CredentialKind, Gravity, PrincipalKind, Problem, RefusalStage, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

pub(super) fn load(files: &[(Arc<str>, String)]) -> (Vec<Mapping>, Vec<Problem>) {
    let mut files: Vec<&(Arc<str>, String)> = files.iter().collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut all: Vec<Mapping> = Vec::new();
    let mut problems = Vec::new();
    let mut taken: BTreeMap<&'static str, Arc<str>> = BTreeMap::new();
    for (file, text) in files {
        let mut reader = Reader::default();
        let read = reader.file(file, text, &mut problems);
        let mapping = read.filter(|_| reader.faults.is_empty());
        if let Some((mapping, name)) = mapping {
            if let Some(first) = taken.get(mapping.name) {
                let what = format!("the name `{}` is taken by {first}", mapping.name);
                reader.faults.push(Fault { span: name, what, help: None });
            } else if all.len() >= MOST {
                let what = format!("there are more than {MOST} mappings; this one is left out");
                reader.faults.push(Fault { span: None, what, help: None });
            } else {
                taken.insert(mapping.name, Arc::clone(file));
                all.push(mapping);
            }
        }
        problems.extend(reader.faults.into_iter().map(|it| Problem {
            file: Arc::clone(file),
            span: it.span.and_then(|it| within(it, text)),
            gravity: Gravity::Error,
            what: it.what,
            help: it.help,
        }));
    }
    (all, problems)
}

/// What one file says, and everything that is wrong with it.
#[derive(Default)]
struct Reader {
    paths: Paths,
    faults: Vec<Fault>,
}

type Named = (Mapping, Option<std::ops::Range<usize>>);

impl Reader {
    fn file(&mut self, file: &Arc<str>, text: &str, problems: &mut Vec<Problem>) -> Option<Named> {
        if text.len() > FILE_BYTES {
            let what = format!("the file has {} bytes, more than {FILE_BYTES}", text.len());
            self.faults.push(Fault { span: None, what, help: None });
            return None;
        }
        let tree = match Node::parse(file, text) {
            Ok(tree) => tree?,
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        };
        form::check(&tree, form::FILE, "the file", &mut self.faults);
        if !self.faults.is_empty() {
            return None;
        }
        let mapping = self.mapping(&tree)?;
        Some((mapping, tree.get("name").and_then(|it| it.span.clone())))
    }

    /// Reads a tree that has the form; `None` when something needed has no sense.
    fn mapping(&mut self, tree: &Node) -> Option<Mapping> {
        let name = self.name(tree.get("name"));
        let marks =
            self.sections(tree, "recognise").iter().filter_map(|it| self.mark(it)).collect();
        let time = tree
            .get("time")
            .and_then(|it| Some((self.path(it.get("path"))?, self.moment(it.get("form"))?)));
        let principal = tree.get("principal").and_then(|it| self.principal(it));
        let kind = tree.get("principal").and_then(|it| it.get("kind")).and_then(Node::text);
        let shown = self.values(tree.get("principal").and_then(|it| it.get("shown")));
        let credential = tree.get("credential").and_then(|it| {
            let kind = it.get("kind").and_then(Node::text)?;
            let kind = CredentialKind::ALL.into_iter().find(|it| it.as_str() == kind)?;
            Some((self.provider(it.get("provider"))?, kind, self.values(it.get("id"))))
        });
        let via = self.sections(tree, "via").iter().filter_map(|it| self.principal(it)).collect();
        let objects = self.sections(tree, "objects").iter().filter_map(|it| self.object(it));
        let objects = objects.collect();
        let outcome = tree.get("outcome").and_then(|it| self.outcome(it));
        let sigma = tree.get("sigma").and_then(|it| {
            Some((self.called(it.get("product"))?, self.called(it.get("service"))?))
        });
        let mapping = Mapping {
            sigma,
            marks,
            id: tree.get("id").map(|it| self.values(Some(it))),
            session: self.values(tree.get("session")),
            service: self.texts(tree.get("service")),
            action: self.texts(tree.get("action")),
            address: self.values(tree.get("address")),
            user_agent: self.values(tree.get("user_agent")),
            account: self.texts(tree.get("account")),
            region: self.texts(tree.get("region")),
            kind: principal_kind(kind),
            shown,
            credential,
            via,
            objects,
            outcome,
            name: name?,
            time: time?,
            principal: principal?,
            paths: Vec::new(),
        };
        Some(Mapping { paths: std::mem::take(&mut self.paths.0), ..mapping })
    }

    fn fault(&mut self, node: &Node, what: String, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.faults.push(Fault { span: node.span.clone(), what, help });
    }

    fn name(&mut self, node: Option<&Node>) -> Option<&'static str> {
        let (node, text) = (node?, node?.text()?);
        let letters = |it: u8| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let first = text.bytes().next().is_some_and(|it| it.is_ascii_lowercase());
        if !first || text.len() > 64 || !text.bytes().all(letters) {
            let what = format!("`{}` is not a name for a log source", one_line(text));
            let help =
                "a lower-case letter, then up to 63 lower-case letters, digits and underscores";
            self.fault(node, what, help);
            return None;
        }
        if SOURCES.iter().any(|it| it.name == text) {
            let what = format!("`{text}` is the name of a built-in log source");
            self.fault(node, what, "choose another");
            return None;
        }
        Some(interned(text))
    }

    /// A word of Sigma's `logsource`.
    fn called(&mut self, node: Option<&Node>) -> Option<&'static str> {
        let (node, text) = (node?, node?.text()?);
        if text.len() > 64 {
            self.fault(node, "a product or service has at most 64 bytes".to_owned(), "");
            return None;
        }
        Some(interned(&text.to_lowercase()))
    }

    fn sections<'t>(&self, tree: &'t Node, key: &str) -> &'t [Node] {
        tree.get(key).map(Node::items).unwrap_or_default()
    }

    fn path(&mut self, node: Option<&Node>) -> Option<usize> {
        let (node, text) = (node?, node?.text()?);
        // Braces are for text; where only a path can stand, both ways of writing it are clear.
        let bare = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
        match self.paths.number(bare) {
            Ok(number) => Some(number),
            Err(what) => {
                self.fault(node, what, "");
                None
            }
        }
    }

    fn mark(&mut self, node: &Node) -> Option<Mark> {
        let values = node.get("is").map(Node::items).unwrap_or_default();
        let values = values.iter().filter_map(Node::text).map(Into::into).collect();
        Some(Mark { path: self.path(node.get("path"))?, values })
    }

    fn moment(&mut self, node: Option<&Node>) -> Option<Moment> {
        let Some((node, text)) = node.and_then(|it| Some((it, it.text()?))) else {
            return Some(Moment::Any);
        };
        let each_second = match text {
            "rfc3339" => return Some(Moment::Written),
            "seconds" => 1.0,
            "milliseconds" => 1e3,
            "microseconds" => 1e6,
            "nanoseconds" => 1e9,
            _ if text.contains('%') => {
                let known = jiff::fmt::strtime::format(text, Timestamp::UNIX_EPOCH).is_ok();
                if !known {
                    let what = format!("`{}` is not a format of time", one_line(text));
                    self.fault(node, what, "such as `%Y-%m-%d %H:%M:%S`");
                    return None;
                }
                return Some(Moment::Format(text.into()));
            }
            _ => {
                let words = ["rfc3339", "seconds", "milliseconds", "microseconds", "nanoseconds"];
                let help = match form::nearest(text, words.into_iter()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("one of {}, or a format with `%`", words.join(", ")),
                };
                self.fault(node, format!("`form` does not know `{}`", one_line(text)), &help);
                return None;
            }
        };
        Some(Moment::Since { each_second })
    }

    fn provider(&mut self, node: Option<&Node>) -> Option<Box<str>> {
        let (node, text) = (node?, node?.text()?);
        let fits = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"_-.".contains(&it);
        if text.len() > 64 || !text.bytes().all(fits) {
            let what = format!("`{}` is not a name for a provider", one_line(text));
            self.fault(node, what, "lower-case letters, digits, `-`, `_` and dots");
            return None;
        }
        Some(text.into())
    }

    fn principal(&mut self, node: &Node) -> Option<Name> {
        let name = self.values(node.get("name"));
        Some(Name { provider: self.provider(node.get("provider"))?, name })
    }

    fn object(&mut self, node: &Node) -> Option<(Box<str>, Texts)> {
        let name = self.values(node.get("name"));
        Some((node.get("kind").and_then(Node::text)?.into(), name))
    }

    fn outcome(&mut self, node: &Node) -> Option<Told> {
        let mut words: Vec<(Box<str>, Effect)> = Vec::new();
        for (key, effect) in
            [("success", Effect::Success), ("refused", Effect::Refused), ("failed", Effect::Failed)]
        {
            for item in node.get(key).map(Node::items).unwrap_or_default() {
                let Some(text) = item.text() else { continue };
                if words.iter().any(|(it, _)| it.eq_ignore_ascii_case(text)) {
                    self.fault(item, format!("`{}` stands twice in `outcome`", one_line(text)), "");
                }
                words.push((text.into(), effect));
            }
        }
        let word = |key: &str| match node.get(key).and_then(Node::text) {
            Some("success") => Some(Effect::Success),
            Some("refused") => Some(Effect::Refused),
            Some(_) => Some(Effect::Failed),
            None => None,
        };
        let named = words.iter().any(|(_, it)| *it == Effect::Success);
        let usual = if named { Effect::Failed } else { Effect::Success };
        let stage = match node.get("stage").and_then(Node::text) {
            Some("credential") => RefusalStage::Credential,
            Some("explicit_deny") => RefusalStage::ExplicitDeny,
            Some(_) | None => RefusalStage::Permission,
        };
        Some(Told {
            path: self.path(node.get("path"))?,
            words,
            otherwise: word("otherwise").unwrap_or(usual),
            missing: word("missing").unwrap_or(Effect::Success),
            stage,
            code: self.texts(node.get("code")),
        })
    }

    /// Texts of any sort.
    fn texts(&mut self, node: Option<&Node>) -> Texts {
        let mut all = Vec::new();
        for item in node.map(Node::items).unwrap_or_default() {
            match Text::read(item.text().unwrap_or_default(), &mut self.paths) {
                Ok(text) => all.push(text),
                Err(what) => self.fault(item, what, ""),
            }
        }
        Texts(all)
    }

    /// Texts that must come from the record: the same name or address for every record is a mistake.
    fn values(&mut self, node: Option<&Node>) -> Texts {
        let texts = self.texts(node);
        let items = node.map(Node::items).unwrap_or_default();
        if texts.0.len() == items.len() {
            for (item, _) in items.iter().zip(&texts.0).filter(|(_, it)| it.is_plain()) {
                let text = one_line(item.text().unwrap_or_default());
                let what = format!("`{text}` would be the same for every record");
                self.fault(item, what, &format!("a path stands in braces: `{{{text}}}`"));
            }
        }
        texts
    }
}

fn principal_kind(word: Option<&str>) -> PrincipalKind {
    match word {
        Some("user") => PrincipalKind::User,
        Some("role") => PrincipalKind::Role,
        Some("root") => PrincipalKind::Root,
        Some("federated") => PrincipalKind::Federated,
        Some("service") => PrincipalKind::Service,
        Some("account") => PrincipalKind::Account,
        Some(_) | None => PrincipalKind::Unknown,
    }
}

/// The one copy of a name that lives as long as the process.
///
/// An event names its source by a reference that costs nothing to copy or compare, millions of times a
/// second; in exchange the few names that mappings have, at most 64 bytes each, are never given back.
fn interned(name: &str) -> &'static str {
    static NAMES: LazyLock<Mutex<BTreeSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}
