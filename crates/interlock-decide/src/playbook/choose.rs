//! Which playbook answers a case: the most specific one that matches, and why.

use super::{Answer, Playbook, Playbooks, When};
use crate::words::listed;
use interlock_model::{Case, Environment, Finding, Identity};
use std::cmp::Reverse;

/// The playbook that answers a case.
#[derive(Debug)]
pub struct Choice<'a> {
    /// Which.
    pub playbook: &'a Playbook,
    /// The findings that it answers, in order of time.
    pub grounds: Vec<&'a Finding>,
    /// Why this one, as a sentence.
    pub why: String,
}

impl Playbooks {
    /// The playbook for this case.
    ///
    /// More specific wins: one that names the finding's rule before one that names a pattern of
    /// rules or a technique, before one that names neither; then the one with more conditions;
    /// then the first by file name.
    #[must_use]
    pub fn choose<'a>(&'a self, case: &'a Case, identity: Option<&Identity>) -> Option<Choice<'a>> {
        let mut best: Option<((u8, usize), &Playbook, Vec<&Finding>)> = None;
        for playbook in &self.all {
            let Some((rank, grounds)) = playbook.when.matches(case, identity) else { continue };
            if best.as_ref().is_none_or(|it| rank > it.0) {
                best = Some((rank, playbook, grounds));
            }
        }
        let (_, playbook, grounds) = best?;
        let named = playbook.when.named();
        let mut rules: Vec<&str> = grounds.iter().map(|it| &*it.rule.name).collect();
        rules.sort_unstable();
        rules.dedup();
        let more = rules.len().saturating_sub(3);
        rules.truncate(3);
        let why = match (named.as_slice(), more) {
            ([], _) => {
                format!("Playbook `{}` answers, because no other one matches.", playbook.name)
            }
            (named, 0) => format!(
                "Playbook `{}` answers {}: its conditions on {} hold.",
                playbook.name,
                listed(&rules),
                named.join(", ")
            ),
            (named, more) => format!(
                "Playbook `{}` answers {} and {more} more: its conditions on {} hold.",
                playbook.name,
                listed(&rules),
                named.join(", ")
            ),
        };
        Some(Choice { playbook, grounds, why: crate::words::one_line(&why) })
    }
}

impl Playbook {
    /// The hardest answer whose confidence is reached, and the next harder one.
    pub fn answer(&self, confidence: f64) -> (Option<&Answer>, Option<&Answer>) {
        // A hair of slack, so that 1 - 0.1 - 0.1 reaches 0.8.
        let reached = |it: &&Answer| it.confidence <= confidence + 1e-9;
        (self.answers.iter().rev().find(reached), self.answers.iter().find(|it| !reached(it)))
    }
}

impl When {
    /// How specifically the conditions hold, and for which findings; `None` when they do not.
    fn matches<'a>(
        &self,
        case: &'a Case,
        identity: Option<&Identity>,
    ) -> Option<((u8, usize), Vec<&'a Finding>)> {
        let kind = identity.map(|it| it.kind);
        if !self.kinds.is_empty() && !kind.is_some_and(|it| self.kinds.contains(&it)) {
            return None;
        }
        let environment = match identity.map(|it| it.environment) {
            None | Some(Environment::Unknown) => Environment::Production,
            Some(known) => known,
        };
        if !self.environments.is_empty() && !self.environments.contains(&environment) {
            return None;
        }
        let grounds: Vec<&Finding> = case.findings.iter().filter(|it| self.holds(it)).collect();
        let exactly = |it: &&Finding| self.rules.iter().any(|rule| **rule == *it.rule.id);
        let by_what_was_seen = if grounds.iter().any(exactly) {
            2
        } else {
            u8::from(!self.rules.is_empty() || !self.techniques.is_empty())
        };
        (!grounds.is_empty()).then(|| ((by_what_was_seen, self.named().len()), grounds))
    }

    /// Whether every condition on findings holds for this one.
    fn holds(&self, finding: &Finding) -> bool {
        let rule = self.rules.is_empty() || self.rules.iter().any(|it| fits(it, &finding.rule.id));
        let source = self.sources.is_empty() || self.sources.contains(&finding.rule.source);
        let technique = self.techniques.is_empty()
            || finding.techniques.iter().any(|it| self.techniques.iter().any(|t| within(t, it)));
        let severity = self.severity.is_none_or(|it| finding.severity >= it);
        let kind = finding.credential.as_ref().and_then(interlock_model::CredentialRef::kind);
        let credential =
            self.credentials.is_empty() || kind.is_some_and(|it| self.credentials.contains(&it));
        rule && source && technique && severity && credential
    }

    /// The conditions that are given, by their keys.
    fn named(&self) -> Vec<&'static str> {
        let given = [
            ("rules", !self.rules.is_empty()),
            ("sources", !self.sources.is_empty()),
            ("techniques", !self.techniques.is_empty()),
            ("severity", self.severity.is_some()),
            ("credentials", !self.credentials.is_empty()),
            ("kinds", !self.kinds.is_empty()),
            ("environments", !self.environments.is_empty()),
        ];
        let mut named: Vec<_> = given.into_iter().filter(|it| it.1).map(|it| it.0).collect();
        named.sort_by_key(|it| Reverse(*it == "rules"));
        named
    }
}

/// Whether a technique is this one or one of its sub-techniques.
fn within(wanted: &str, technique: &str) -> bool {
    technique.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some((_, after)) = rest.split_once(middle) else { return false };
            rest = after;
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expect) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("*b*b", "ab", false),
        ] {
            assert_eq!(fits(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn techniques_include_their_parts() {
        assert!(within("T1078", "T1078.004"));
        assert!(within("T1078.004", "T1078.004"));
        assert!(!within("T1078.004", "T1078"));
        assert!(!within("T107", "T1078"));
    }
}
