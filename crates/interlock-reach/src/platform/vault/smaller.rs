//! A policy with the paths and capabilities that were used, written into its own text.
//!
//! The server lets the most exact path decide, of all policies that a token has. So a path is narrowed to
//! the ones that were used under it only where no other path reaches these, and a path that was not used
//! stays where a wider one would decide in its stead and allow more.
//! Sources: <https://developer.hashicorp.com/vault/docs/concepts/policies#priority-matching>,
//! <https://openbao.org/docs/concepts/policies/>

use super::super::smaller::{Cut, Given, Uses, line, unjudged};
use super::document::{Rule, read};
use super::{covers, meet};
use crate::least_privilege::{Proposal, Written};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Capabilities that a request is logged by.
const LOGGED: [&str; 7] = ["create", "delete", "list", "patch", "read", "scan", "update"];
/// Most paths that one pattern is narrowed to.
const MOST_NARROWED: usize = 16;

const WHY_OTHER: &str = "the log does not tell when this capability is used";
const WHY_SUDO: &str = "the log does not tell whether a request needed it";
const WHY_EMPTY: &str = "its path names no capabilities";
const WHY_WIDER: &str = "without its path a wider one would decide there";
const WHY_MANY: &str = "more than 16 paths under it were used: it stays as wide";
const WHY_ELSEWHERE: &str = "other paths reach where it does: it stays as wide";
const WHY_UNSEEN: &str =
    "another policy of whoever has it was not seen, and may decide in its stead: it stays as wide";
const WHY_HOLDERS: &str =
    "tokens without an entity, and groups, may have it too: what they used is not counted";

/// What becomes of one path.
enum Fate {
    Stays,
    Goes,
    /// The same path with these capabilities.
    Less(Vec<String>),
    /// These paths in its stead.
    Narrowed(BTreeMap<String, Vec<String>>),
}

/// The policies beside one.
struct Beside {
    rules: Vec<Rule>,
    /// Whether all of them could be read.
    is_whole: bool,
}

pub(super) fn propose(given: &Given<'_>, uses: &Uses<'_>) -> Option<Proposal> {
    let rules = read(given.document)?;
    let is_json = serde_json::from_str::<Value>(given.document).is_ok();
    let form = if is_json { "json" } else { "hcl" };
    let former = Written::Text { form, text: given.document.to_owned() };
    // Every token has `default`, and `root` has no text.
    if matches!(given.policy, "default" | "root") {
        return None;
    }
    if let Some(why) = uses.why_not() {
        return Some(unjudged(given, uses.window, why, former));
    }
    let mut beside = Beside { rules: Vec::new(), is_whole: true };
    for other in given.others {
        match other.and_then(read) {
            Some(rules) => beside.rules.extend(rules),
            None => beside.is_whole = false,
        }
    }
    let mut cut = Cut::default();
    cut.open(given.policy, WHY_HOLDERS, false);
    let judge = Judge { uses, rules: &rules, beside: &beside };
    let fates: Vec<(&Rule, Fate)> =
        rules.iter().enumerate().map(|(at, it)| (it, judge.rule(at, it, &mut cut))).collect();
    let is_empty = fates.iter().all(|it| matches!(it.1, Fate::Goes));
    let text = if is_json { in_json(given.document, &fates) } else { in_hcl(given, uses, &fates) };
    let smaller = text.map(|text| Written::Text { form, text }).filter(|_| !is_empty);
    if smaller.is_none() && !is_empty {
        let why = "its text could not be written anew";
        return Some(unjudged(given, uses.window, why, former));
    }
    cut.proposal(given, uses, mount_of, (smaller, former))
}

struct Judge<'j> {
    uses: &'j Uses<'j>,
    rules: &'j [Rule],
    beside: &'j Beside,
}

impl Judge<'_> {
    fn rule(&self, at: usize, rule: &Rule, cut: &mut Cut) -> Fate {
        if rule.may(&["deny"]) || rule.of_itself() {
            return Fate::Stays;
        }
        if rule.capabilities.is_empty() {
            cut.open(&rule.path, WHY_EMPTY, true);
            return Fate::Stays;
        }
        let written = |capability: &str| format!("{capability} {}", rule.path);
        let mut left: BTreeSet<&str> = BTreeSet::new();
        let mut unused: Vec<&str> = Vec::new();
        // The paths that were used under it, with what was done there.
        let mut paths: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut is_exact = true;
        for capability in rule.capabilities.iter().map(String::as_str) {
            if capability == "sudo" {
                continue;
            }
            let pattern = written(capability);
            if !LOGGED.contains(&capability) {
                cut.open(&pattern, WHY_OTHER, true);
                left.insert(capability);
                is_exact = false;
                continue;
            }
            let used = self.uses.covered(|it| covers(&pattern, it));
            for it in &used {
                cut.stays(it);
                let path = it.action.split_once(' ').map_or("", |it| it.1);
                is_exact &= !path.is_empty() && !path.contains(['*', '+']);
                paths.entry(path.to_owned()).or_default().insert(capability);
            }
            if used.is_empty() {
                unused.push(capability);
            } else {
                left.insert(capability);
            }
        }
        if left.is_empty() {
            if self.shadows(at, rule) {
                unused.iter().for_each(|it| cut.open(&written(it), WHY_WIDER, true));
                return Fate::Stays;
            }
            unused.iter().for_each(|it| cut.goes(&written(it)));
            return Fate::Goes;
        }
        let sudo = rule.may(&["sudo"]).then_some("sudo");
        if sudo.is_some() {
            cut.open(&written("sudo"), WHY_SUDO, true);
        }
        unused.iter().for_each(|it| cut.goes(&written(it)));
        let is_wild = rule.path.contains(['*', '+']) && !rule.path.contains("{{");
        if is_wild && is_exact {
            let why_wide = if paths.len() > MOST_NARROWED {
                Some(WHY_MANY)
            } else if !self.beside.is_whole {
                Some(WHY_UNSEEN)
            } else {
                let met = paths.keys().any(|it| self.others(at, it).next().is_some());
                (met || self.shadows(at, rule)).then_some(WHY_ELSEWHERE)
            };
            match why_wide {
                Some(why) => left.iter().for_each(|it| cut.open(&written(it), why, true)),
                None => {
                    left.iter().for_each(|it| cut.goes(&written(it)));
                    let of = |(path, mut it): (String, BTreeSet<&str>)| {
                        it.extend(sudo);
                        (path, it.into_iter().map(str::to_owned).collect())
                    };
                    return Fate::Narrowed(paths.into_iter().map(of).collect());
                }
            }
        }
        if unused.is_empty() {
            return Fate::Stays;
        }
        let keeps = |it: &&String| left.contains(it.as_str()) || it.as_str() == "sudo";
        Fate::Less(rule.capabilities.iter().filter(keeps).cloned().collect())
    }

    /// The other paths that may allow something where this one reaches.
    fn others<'o>(&'o self, at: usize, path: &str) -> impl Iterator<Item = &'o Rule> {
        let here = self.rules.iter().enumerate().filter(move |it| it.0 != at).map(|it| it.1);
        let path = pattern(path);
        here.chain(&self.beside.rules)
            .filter(move |it| !it.may(&["deny"]) && meet(&path, &pattern(&it.path)))
    }

    /// Whether another path would decide in its stead where it was taken away: not one that is more exact
    /// everywhere, and not the same one in another policy.
    fn shadows(&self, at: usize, rule: &Rule) -> bool {
        let narrower = |it: &Rule| {
            let begin = rule.path.strip_suffix('*').filter(|it| !it.contains(['*', '+', '{']));
            let head = it.path.split(['*', '+', '{']).next().unwrap_or_default();
            begin.is_some_and(|begin| head.len() > begin.len() && head.starts_with(begin))
        };
        !self.beside.is_whole && rule.path != "*"
            || self.others(at, &rule.path).any(|it| it.path != rule.path && !narrower(it))
    }
}

/// A path whose parts of the token's own may be anything.
pub(super) fn pattern(path: &str) -> String {
    let mut rest = path;
    let mut text = String::new();
    while let Some((before, behind)) = rest.split_once("{{") {
        text.push_str(before);
        text.push('*');
        rest = behind.split_once("}}").map_or("", |it| it.1);
    }
    text + rest
}

/// Where an action's path begins: what is mounted there.
fn mount_of(action: &str) -> &str {
    let path = action.split_once(' ').map_or(action, |it| it.1);
    path.split('/').next().unwrap_or_default()
}

fn list(capabilities: &[String]) -> String {
    let words: Vec<String> = capabilities.iter().map(|it| quoted(it)).collect();
    format!("[{}]", words.join(", "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text with each path as it is to be; `None` where a place is not in it.
fn in_hcl(given: &Given<'_>, uses: &Uses<'_>, fates: &[(&Rule, Fate)]) -> Option<String> {
    let (policy, text) = (line(given.policy), given.document);
    let mut new = format!(
        "# What was used of the policy `{policy}` from {} to {}.\n# Review it, then: vault policy write {policy} FILE (or `bao`)\n",
        uses.window.since, uses.window.until
    );
    let mut done = 0;
    for (rule, fate) in fates {
        let place = &rule.place;
        new.push_str(text.get(done..place.whole.start)?);
        done = place.whole.end;
        // The rule with another path, or other capabilities.
        let with = |path: Option<&str>, capabilities: &[String]| -> Option<String> {
            let path = match path {
                Some(path) => quoted(path),
                None => text.get(place.path.clone())?.to_owned(),
            };
            Some(format!(
                "{}{path}{}{}{}",
                text.get(place.whole.start..place.path.start)?,
                text.get(place.path.end..place.capabilities.start)?,
                list(capabilities),
                text.get(place.capabilities.end..place.whole.end)?
            ))
        };
        match fate {
            Fate::Stays => new.push_str(text.get(place.whole.clone())?),
            Fate::Goes => {}
            Fate::Less(capabilities) => new.push_str(&with(None, capabilities)?),
            Fate::Narrowed(paths) => {
                let each: Option<Vec<String>> =
                    paths.iter().map(|(path, it)| with(Some(path), it)).collect();
                new.push_str(&each?.join("\n"));
            }
        }
    }
    new.push_str(text.get(done..)?);
    Some(new)
}

fn in_json(document: &str, fates: &[(&Rule, Fate)]) -> Option<String> {
    let mut whole: Value = serde_json::from_str(document).ok()?;
    // A list of objects may name a path twice, and is rare.
    let former = whole.get("path")?.as_object()?.clone();
    let mut paths = Map::new();
    for (rule, fate) in fates {
        let is = former.get(&rule.path)?;
        let with = |capabilities: &[String]| {
            let mut it = is.clone();
            if let Some(it) = it.as_object_mut() {
                it.insert("capabilities".to_owned(), json!(capabilities));
            }
            it
        };
        match fate {
            Fate::Stays => drop(paths.insert(rule.path.clone(), is.clone())),
            Fate::Goes => {}
            Fate::Less(capabilities) => {
                drop(paths.insert(rule.path.clone(), with(capabilities)));
            }
            Fate::Narrowed(of) => {
                of.iter().for_each(|(path, it)| drop(paths.insert(path.clone(), with(it))));
            }
        }
    }
    whole.as_object_mut()?.insert("path".to_owned(), Value::Object(paths));
    serde_json::to_string_pretty(&whole).ok()
}
