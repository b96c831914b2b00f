//! What the grants of other platforms give, in the classes in which an AWS action is told.
//!
//! One file for each platform: a table of what its vendor documents, and how its policies are read
//! where it has documents. A grant that no table knows is not guessed at: it stays unread.
//! What is told is what one grant gives, not what others take away: a denial elsewhere is not seen.

mod entra;
mod github;
mod google;
mod kubernetes;
mod okta;
mod postgresql;
#[cfg(test)]
mod proposed;
mod smaller;
#[cfg(test)]
mod tests;
mod vault;

use super::access::AccessClass;
use super::least_privilege::{Proposal, Window};
use super::used::UsedActions;
use super::wildcard::wildcard;
use interlock_model::{Entitlement, Event, Outcome, RiskClass};
pub use smaller::Given;
use smaller::Uses;
use std::collections::BTreeMap;

/// The longest document that is read.
const LONGEST_DOCUMENT: usize = 256 << 10;
/// Most actions of one document that are told.
const MOST_ACTIONS: usize = 1024;

/// What grants give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Whether it is everything there is.
    pub everything: bool,
    /// What gives each class, in the platform's words.
    pub classes: BTreeMap<AccessClass, Vec<String>>,
    /// How whoever has it could come to more, one line each.
    pub more: Vec<String>,
}

impl Access {
    fn add(&mut self, class: AccessClass, by: &str) {
        let of = self.classes.entry(class).or_default();
        if of.len() < MOST_ACTIONS && !of.iter().any(|it| it == by) {
            of.push(by.to_owned());
        }
    }

    fn add_more(&mut self, way: &str) {
        if !self.more.iter().any(|it| it == way) {
            self.more.push(way.to_owned());
        }
    }

    /// All that either gives.
    pub fn join(&mut self, other: Self) {
        self.everything |= other.everything;
        for (class, by) in other.classes {
            by.iter().for_each(|it| self.add(class, it));
        }
        other.more.iter().for_each(|it| self.add_more(it));
    }

    /// How much harm it allows, on the scale that entitlements are weighed by.
    #[must_use]
    pub fn risk(&self) -> RiskClass {
        if self.everything {
            return RiskClass::Admin;
        }
        self.classes.keys().map(|it| it.risk()).max().unwrap_or(RiskClass::Read)
    }
}

/// One platform whose grants are known.
#[derive(Debug)]
pub struct Platform {
    /// Its provider's name, as principals have it.
    pub provider: &'static str,
    /// What everything is bounded by, in words: `in its cluster`.
    pub within: &'static str,
    /// Where its vendor says what grants give.
    pub sources: &'static [&'static str],
    /// The grants that have names. The first that fits counts.
    rows: &'static [Row],
    /// A grant that is put together of words.
    composed: Option<fn(&Entitlement) -> Option<Access>>,
    /// Its policies.
    documents: Option<Documents>,
}

/// How the policies of a platform are read.
#[derive(Debug)]
struct Documents {
    /// What one gives; `None` when it is not one. The scope is that of the grant.
    access: fn(&str, &str) -> Option<Access>,
    /// The actions and patterns that it allows, as uses are counted.
    actions: fn(&str) -> Vec<String>,
    /// Whether a pattern covers an action that was used.
    covers: fn(&str, &str) -> bool,
    /// The action that an event is, written as policies are.
    used: fn(&Event) -> Option<String>,
    /// A smaller one; `None` when it needs no change, or is none.
    smaller: fn(&Given<'_>, &Uses<'_>) -> Option<Proposal>,
    /// Whether everybody who has it has the same one, so that what all of them used counts.
    shared: bool,
}

/// Every platform, by provider.
pub const PLATFORMS: &[&Platform] = &[
    &entra::PLATFORM,
    &github::PLATFORM,
    &google::PLATFORM,
    &kubernetes::PLATFORM,
    &okta::PLATFORM,
    &postgresql::PLATFORM,
    &vault::PLATFORM,
];

/// The platform of this provider, where its grants are known.
#[must_use]
pub fn platform(provider: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|it| it.provider == provider).copied()
}

impl Platform {
    /// What a grant gives; `None` when no table knows it.
    #[must_use]
    pub fn grant(&self, it: &Entitlement) -> Option<Access> {
        match self.rows.iter().find(|row| row.fits(&it.grant)) {
            Some(row) => Some(row.access(&it.grant)),
            None => self.composed.and_then(|of| of(it)),
        }
    }

    /// What a policy gives to whom it is granted on this scope; `None` when it cannot be read.
    #[must_use]
    pub fn document(&self, document: &str, scope: &str) -> Option<Access> {
        let documents = self.documents.as_ref()?;
        (document.len() <= LONGEST_DOCUMENT).then(|| (documents.access)(document, scope))?
    }

    /// Whether uses can be held against what the policies allow.
    #[must_use]
    pub const fn counts_uses(&self) -> bool {
        self.documents.is_some()
    }

    /// The actions and patterns that a policy allows, sorted, each once.
    #[must_use]
    pub fn actions(&self, document: &str) -> Vec<String> {
        let Some(documents) = &self.documents else { return Vec::new() };
        if document.len() > LONGEST_DOCUMENT {
            return Vec::new();
        }
        let mut all = (documents.actions)(document);
        all.sort();
        all.dedup();
        all.truncate(MOST_ACTIONS);
        all
    }

    /// The action that an event used, to be held against [`Self::actions`]. What was allowed and then
    /// failed, as where nothing is at that place, was used too.
    #[must_use]
    pub fn used(&self, event: &Event) -> Option<String> {
        let was_allowed = match &event.outcome {
            Outcome::Success => true,
            // The record of its answer says more.
            Outcome::Failed { code } => &**code != "unanswered",
            Outcome::Refused { .. } => false,
        };
        self.documents.as_ref().filter(|_| was_allowed).and_then(|it| (it.used)(event))
    }

    /// Proposes a smaller policy in the platform's own form, from what was used in the window.
    ///
    /// `None` when the policy needs no change, cannot be read, or the platform has no policies. A policy of
    /// which nothing can be judged comes back as it is, and with the reason.
    #[must_use]
    pub fn propose(
        &self,
        given: &Given<'_>,
        used: &UsedActions,
        window: Window,
    ) -> Option<Proposal> {
        let documents = self.documents.as_ref()?;
        if given.document.len() > LONGEST_DOCUMENT {
            return None;
        }
        (documents.smaller)(given, &Uses::new(used, window))
    }

    /// Whether one policy is everybody's who has it: what all of them used is held against it.
    #[must_use]
    pub fn shares_policies(&self) -> bool {
        self.documents.as_ref().is_some_and(|it| it.shared)
    }

    /// Whether a pattern of [`Self::actions`] covers an action that was used.
    #[must_use]
    pub fn covers(&self, pattern: &str, action: &str) -> bool {
        self.documents.as_ref().is_some_and(|it| (it.covers)(pattern, action))
    }
}

/// One grant of a table; `*` in its name stands for any text.
#[derive(Debug)]
struct Row {
    grant: &'static str,
    gives: &'static [AccessClass],
    everything: bool,
    more: Option<&'static str>,
}

/// A grant and the classes that it gives.
const fn row(grant: &'static str, gives: &'static [AccessClass]) -> Row {
    Row { grant, gives, everything: false, more: None }
}

/// A grant that is everything.
const fn all(grant: &'static str) -> Row {
    Row { grant, gives: EVERY, everything: true, more: None }
}

/// What everything gives.
const EVERY: &[AccessClass] = &AccessClass::ALL;

impl Row {
    /// How whoever has it could come to more.
    const fn more(self, way: &'static str) -> Self {
        Self { more: Some(way), ..self }
    }

    fn fits(&self, grant: &str) -> bool {
        wildcard(self.grant, grant, |a, b| a.eq_ignore_ascii_case(&b))
    }

    fn access(&self, grant: &str) -> Access {
        let mut access = Access { everything: self.everything, ..Access::default() };
        self.gives.iter().for_each(|it| access.add(*it, grant));
        if let Some(way) = self.more {
            access.add_more(&format!("{way} through {grant}"));
        }
        access
    }
}
