//! Reading playbook files: form by the schema, then sense; all problems at once.

use super::raw::{RawAnswer, RawBlastRadius, RawConsents, RawPlaybook, RawTiers, playbook_schema};
use super::{Answer, Caps, Consents, FILE_BYTES, Playbook, Playbooks, When, Worst};
use crate::case::CONFIDENCE_CAP;
use crate::content::{Kind, Node, Shape};
use crate::tier::tier_of;
use crate::words::one_line;
use interlock_model::{Consent, DigestBuilder, Gravity, Problem, Tier};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub(super) fn load(files: &[(Arc<str>, String)]) -> (Playbooks, Vec<Problem>) {
    let schema = playbook_schema().to_value();
    let mut files: Vec<&(Arc<str>, String)> = files.iter().collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut digest = DigestBuilder::new("playbooks");
    let mut all: Vec<Playbook> = Vec::new();
    let mut problems = Vec::new();
    let mut origin: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for (file, text) in files {
        digest.text(file).text(text);
        let mut reader = Reader { file, problems: Vec::new() };
        let read = reader.read(&schema, text);
        problems.append(&mut reader.problems);
        let Some((playbook, name_span)) = read else { continue };
        if let Some(first) = origin.get(&playbook.name) {
            let what = format!("the playbook name `{}` is taken by {first}", playbook.name);
            let file = Arc::clone(file);
            let gravity = Gravity::Error;
            problems.push(Problem { file, span: name_span, gravity, what, help: None });
            continue;
        }
        origin.insert(playbook.name.clone(), Arc::clone(file));
        all.push(playbook);
    }
    (Playbooks { all, digest: digest.finish() }, problems)
}

struct Reader<'a> {
    file: &'a Arc<str>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read(
        &mut self,
        schema: &serde_json::Value,
        text: &str,
    ) -> Option<(Playbook, Option<Range<usize>>)> {
        if text.len() > FILE_BYTES {
            let what = format!("the file has {} bytes, more than {FILE_BYTES}", text.len());
            self.error(None, what, "");
            return None;
        }
        let tree = match Node::parse(self.file, text) {
            Ok(tree) => tree,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        self.problems = Shape::check(self.file, schema, &tree);
        if !self.problems.is_empty() {
            return None;
        }
        let raw: RawPlaybook = match serde_json::from_value(tree.to_json()) {
            Ok(raw) => raw,
            Err(error) => {
                self.error(None, one_line(&error.to_string()), "");
                return None;
            }
        };
        let playbook = self.check(raw, &tree);
        let sound = self.problems.iter().all(|it| it.gravity == Gravity::Warning);
        sound.then(|| (playbook, span(tree.get("name"))))
    }

    fn check(&mut self, raw: RawPlaybook, tree: &Node) -> Playbook {
        let named = !raw.name.is_empty()
            && raw.name.len() <= 64
            && raw.name.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !named {
            let what = format!("`{}` is not a name for a playbook", one_line(&raw.name));
            let help = "up to 64 lower-case letters, digits and hyphens";
            self.error(span(tree.get("name")), what, help);
        }
        let when = tree.get("when");
        for (index, it) in raw.when.rules.iter().enumerate() {
            if it.is_empty() {
                let place = when.and_then(|it| it.get("rules")?.at(index));
                self.error(span(place), "an empty rule id matches nothing".to_owned(), "");
            }
        }
        for (index, it) in raw.when.techniques.iter().enumerate() {
            if !is_technique(it) {
                let place = when.and_then(|it| it.get("techniques")?.at(index));
                let what = format!("`{}` is not an ATT&CK technique id", one_line(it));
                self.error(span(place), what, "such as `T1078` or `T1078.004`");
            }
        }
        let hold_seconds = raw.hold.as_deref().and_then(|text| {
            let seconds = seconds(text);
            if seconds.is_none() {
                let what = format!("`{}` is not a length of time", one_line(text));
                let help = "a whole number and `m`, `h` or `d`, such as `72h`; at most `365d`";
                self.error(span(tree.get("hold")), what, help);
            }
            seconds
        });
        let answers = self.answers(raw.tiers, tree.get("tiers").unwrap_or(tree));
        let caps = Caps {
            blast_radius: match raw.caps.blast_radius {
                Some(RawBlastRadius::None) => Worst::None,
                Some(RawBlastRadius::Contained) | None => Worst::Contained,
                Some(RawBlastRadius::Production) => Worst::Production,
            },
            dependents: raw.caps.dependents,
        };
        let when = When {
            rules: raw.when.rules,
            sources: raw.when.sources,
            techniques: raw.when.techniques,
            severity: raw.when.severity,
            credentials: raw.when.credentials,
            kinds: raw.when.kinds,
            environments: raw.when.environments,
        };
        let description = one_line(&raw.description);
        Playbook { name: raw.name, description, when, answers, hold_seconds, caps }
    }

    fn answers(&mut self, raw: RawTiers, tree: &Node) -> Vec<Answer> {
        let tiers = [
            (Tier::Observe, raw.observe),
            (Tier::Revalidate, raw.revalidate),
            (Tier::Restrict, raw.restrict),
            (Tier::Disable, raw.disable),
        ];
        let mut answers: Vec<Answer> = Vec::new();
        for (tier, raw) in tiers {
            let Some(raw) = raw else { continue };
            let place = tree.get(tier.as_str()).unwrap_or(tree);
            if let Some(before) = answers.last().filter(|it| it.confidence >= raw.confidence) {
                let what = format!(
                    "`{tier}` starts at {}, not above `{}` at {}",
                    raw.confidence, before.tier, before.confidence
                );
                let help = "a harder answer needs more confidence";
                self.error(span(place.get("confidence")), what, help);
            }
            if raw.confidence > CONFIDENCE_CAP {
                let what = format!("`{tier}` starts at {}, which no case reaches", raw.confidence);
                let help = format!("findings never make surer than {CONFIDENCE_CAP}");
                self.report(Gravity::Warning, span(place.get("confidence")), what, &help);
            }
            answers.push(self.answer(tier, &raw, place));
        }
        if answers.is_empty() {
            self.error(tree.span.clone(), "`tiers` names no tier".to_owned(), "");
        }
        answers
    }

    fn answer(&mut self, tier: Tier, raw: &RawAnswer, place: &Node) -> Answer {
        if tier == Tier::Observe {
            for key in ["do", "instead", "consent"] {
                if let Some(it) = place.get(key) {
                    let what = format!("`observe` only looks, so `{key}` has no meaning there");
                    self.error(it.span.clone(), what, "remove it, or move it to another tier");
                }
            }
        } else if raw.actions.is_empty() {
            self.error(place.span.clone(), format!("`{tier}` has nothing to `do`"), "");
        }
        for (index, action) in raw.actions.iter().enumerate() {
            if tier_of(*action) > tier && tier != Tier::Observe {
                let it = place.get("do").and_then(|it| it.at(index));
                let what = format!(
                    "`{action}` is a `{}` action and cannot stand under `{tier}`",
                    tier_of(*action)
                );
                self.error(span(it), what, "move it up, or to `instead`");
            }
        }
        let ladder = raw.actions.iter().chain(&raw.instead).enumerate();
        for (index, action) in ladder {
            let here = raw.actions.iter().chain(&raw.instead);
            if here.take(index).any(|it| it == action) {
                let (key, at) = match index.checked_sub(raw.actions.len()) {
                    Some(at) => ("instead", at),
                    None => ("do", index),
                };
                let it = place.get(key).and_then(|it| it.at(at));
                self.error(span(it), format!("`{action}` stands twice in `{tier}`"), "");
            }
        }
        Answer {
            tier,
            confidence: raw.confidence,
            actions: raw.actions.clone(),
            instead: raw.instead.clone(),
            consents: consents(&raw.consent),
        }
    }

    fn error(&mut self, span: Option<Range<usize>>, what: String, help: &str) {
        self.report(Gravity::Error, span, what, help);
    }

    fn report(&mut self, gravity: Gravity, span: Option<Range<usize>>, what: String, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        let file = Arc::clone(self.file);
        self.problems.push(Problem { file, span, gravity, what, help });
    }
}

fn consents(raw: &RawConsents) -> Consents {
    let or = |it: Option<Consent>| it.unwrap_or(Consent::Security);
    Consents {
        production: or(raw.production),
        staging: or(raw.staging),
        development: or(raw.development),
    }
}

fn span(node: Option<&Node>) -> Option<Range<usize>> {
    node.and_then(|it| match it.kind {
        Kind::Null => None,
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            it.span.clone()
        }
    })
}

/// `T` and four digits, optionally a dot and three digits.
fn is_technique(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('T') else { return false };
    let (main, sub) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
    let digits = |it: &str, n: usize| it.len() == n && it.bytes().all(|it| it.is_ascii_digit());
    digits(main, 4) && sub.is_none_or(|it| digits(it, 3))
}

/// A length of time in seconds: a whole number and `m`, `h` or `d`; one minute to 365 days.
fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let each = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let seconds = number.checked_mul(each)?;
    (1..=365 * 86_400).contains(&seconds).then_some(seconds)
}
