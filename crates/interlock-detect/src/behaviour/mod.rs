//! Behaviours: detectors that learn what is usual for one identity and say what is not.
//!
//! One folder each, one line in [`registry`]. A behaviour never sees a clock, a file or another
//! behaviour; what it remembers is bounded per identity and in total.

pub mod registry;

mod activity;
mod agent;
mod agent_scope;
mod call;
mod cold;
mod config;
mod credential_reuse;
mod distinct;
mod dormant_identity;
mod entry;
mod enumeration;
mod first_seen_call;
mod habit;
mod impossible_travel;
mod key;
mod kind_mismatch;
mod ldap;
mod network;
mod paths;
mod peer_rare_call;
mod place;
mod platform;
mod privilege_spike;
mod refusal_storm;
mod roster;
mod rows;
mod seen;
mod table;
mod token_abuse;
mod trial;
mod whom;

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod scenario;

pub use activity::WarmUp;
pub use config::BehaviourConfig;
pub use table::Memory;

pub(crate) use call::CallRisk;
pub(crate) use entry::{RowReader, RowWriter};
pub(crate) use key::{ByKey, Key};
pub(crate) use platform::Platform;
pub(crate) use roster::{Held, Roster, Shelves};
pub(crate) use rows::{Keep, Rows};
pub(crate) use seen::{Lens, Seen, person_in, seconds};
pub(crate) use table::{Row, Table};
pub(crate) use whom::Whom;

use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{Confidence, CredentialRef, FieldPlan, Severity};
use std::fmt;

/// Who was silent for longer than this beyond what others remember is forgotten after all, in days.
pub(crate) const LONGEST_DAYS: u32 = 400;

/// One detector that learns.
pub trait Behaviour: fmt::Debug + Send + Sync {
    /// What it is: the same for every instance.
    fn spec(&self) -> &'static Spec;

    /// Looks at one event, learns from it, adds what it claims.
    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>);

    /// Is told that a credential was revoked, at this second since 1970.
    fn revoked(&mut self, credential: &CredentialRef, second: u32) {
        let _ = (credential, second);
    }

    /// Is told that a credential is in force again.
    fn restored(&mut self, credential: &CredentialRef) {
        let _ = credential;
    }

    /// Forgets what was idle since this second.
    fn forget_before(&mut self, second: u32);

    /// What its memory costs now, without what is written down of identities and credentials that
    /// are not at hand.
    fn memory(&self) -> Memory;

    /// Shows its rows about identities, which come and go with them; always in the same order.
    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        let _ = visit;
    }

    /// Shows its rows about credentials and sessions.
    fn by_credential(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        let _ = visit;
    }

    /// Writes what it learned beside those rows; equal knowledge gives equal bytes.
    fn snapshot(&self, to: &mut Writer) {
        let _ = to;
    }

    /// Replaces that by what was written.
    ///
    /// # Errors
    /// What stands there was never written; what it knows then is of no use.
    fn restore(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        let _ = from;
        Ok(())
    }
}

/// What a behaviour is.
#[derive(Debug)]
pub struct Spec {
    /// Its name, also the name of its folder: `token_abuse`.
    pub name: &'static str,
    /// One line: what it watches for.
    pub about: &'static str,
    /// Everything it may claim.
    pub rules: &'static [Rule],
    /// The fields of the record it reads, beside what every event has, in as many lists as it likes.
    pub paths: &'static [&'static [&'static str]],
    /// The most bytes it remembers per identity, with the credentials of that identity.
    pub bytes_per_identity: usize,
}

/// One sort of claim.
#[derive(Debug)]
pub struct Rule {
    /// `behaviour.claim`: `token_abuse.new_network`.
    pub id: &'static str,
    /// A name to show.
    pub name: &'static str,
    /// How bad it is when true.
    pub severity: Severity,
    /// ATT&CK technique ids.
    pub techniques: &'static [&'static str],
}

/// A claim about the event that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Which sort.
    pub rule: &'static Rule,
    /// One line of what was seen.
    pub title: String,
    /// How sure.
    pub confidence: Confidence,
    /// What to show, name and value, in order.
    pub facts: Vec<(String, String)>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Claim {
    /// A claim of this sort, this sure.
    #[must_use]
    pub fn new(rule: &'static Rule, confidence: f64, title: String) -> Self {
        // No behaviour knows more than four digits, and so many are stored and read back exactly.
        let confidence = Confidence::new((confidence * 1e4).round() / 1e4);
        Self { rule, title, confidence, facts: Vec::new() }
    }

    /// Adds something to show.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push((name.to_owned(), value.into()));
        self
    }
}

/// What a behaviour is made with.
#[derive(Debug)]
pub struct Setup<'a> {
    /// What the installation says.
    pub config: &'a BehaviourConfig,
    /// Where the fields that it named are found.
    pub plan: &'a FieldPlan,
}

/// Both of two independent reasons: sure when either is.
#[must_use]
pub(crate) fn either(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}
