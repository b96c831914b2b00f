//! Playbooks: which findings on which identities call for which intents, how hard, with whose
//! consent, for how long. They propose; policies dispose.

mod choose;
mod load;
mod raw;

pub use choose::Choice;
pub use raw::playbook_schema;

use interlock_model::{
    ActionKind, Consent, CredentialKind, Digest, Environment, FindingSource, IdentityKind, Problem,
    Severity, Tier,
};
use std::sync::Arc;

/// The largest playbook or policy file that is read, in bytes.
pub const FILE_BYTES: usize = 256 * 1024;

/// Playbooks that passed the checks, in order of file name; immutable. A new set is loaded whole.
#[derive(Debug, Clone)]
pub struct Playbooks {
    all: Vec<Playbook>,
    digest: Digest,
}

/// One playbook.
#[derive(Debug, Clone)]
pub struct Playbook {
    /// Its name, unique.
    pub name: String,
    /// What it is for, for people.
    pub description: String,
    /// Which cases it answers.
    pub when: When,
    /// Its answers, from the mildest to the hardest.
    pub answers: Vec<Answer>,
    /// How long a containment holds before somebody must decide again, in seconds; `None`: until
    /// it is undone.
    pub hold_seconds: Option<u64>,
    /// How much may break before people must be asked.
    pub caps: Caps,
}

/// The conditions of a playbook; an empty one always holds.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// Rule ids; `*` stands for any text.
    pub rules: Vec<String>,
    /// Sorts of detector.
    pub sources: Vec<FindingSource>,
    /// ATT&CK technique ids, upper case; sub-techniques are included.
    pub techniques: Vec<String>,
    /// The least severity.
    pub severity: Option<Severity>,
    /// Sorts of credential that the finding names.
    pub credentials: Vec<CredentialKind>,
    /// Kinds of identity.
    pub kinds: Vec<IdentityKind>,
    /// Environments; unknown counts as production.
    pub environments: Vec<Environment>,
}

/// What to do from one confidence on.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How hard.
    pub tier: Tier,
    /// From which confidence on, 0 to 1.
    pub confidence: f64,
    /// What to do, in order.
    pub actions: Vec<ActionKind>,
    /// What to do next, one after the other, when an earlier action was seen not to hold.
    pub instead: Vec<ActionKind>,
    /// Whose yes is needed.
    pub consents: Consents,
}

/// Whose yes is needed, by environment.
#[derive(Debug, Clone, Copy)]
pub struct Consents {
    /// In production, and where the environment is unknown.
    pub production: Consent,
    /// In staging.
    pub staging: Consent,
    /// In development.
    pub development: Consent,
}

impl Consents {
    /// The security team's, everywhere: what holds where a playbook is silent.
    pub const SECURITY: Self = Self {
        production: Consent::Security,
        staging: Consent::Security,
        development: Consent::Security,
    };

    /// Whose yes is needed there.
    #[must_use]
    pub const fn of(&self, environment: Environment) -> Consent {
        match environment {
            Environment::Production | Environment::Unknown => self.production,
            Environment::Staging => self.staging,
            Environment::Development => self.development,
        }
    }
}

/// How much may break before people must be asked.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// The worst blast radius at which nobody need be asked.
    pub blast_radius: Worst,
    /// The most dependents at which nobody need be asked.
    pub dependents: Option<u32>,
}

/// A blast radius as a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worst {
    /// Nothing breaks.
    None,
    /// Things outside production.
    Contained,
    /// Production, or too little was seen to say.
    Production,
}

impl Playbooks {
    /// Reads and checks playbook files, one playbook a file, given as path and text.
    ///
    /// Those that are sound are returned even when others are not; all problems of all files are
    /// returned at once. Files above [`FILE_BYTES`] are refused.
    #[must_use]
    pub fn load(files: &[(Arc<str>, String)]) -> (Self, Vec<Problem>) {
        load::load(files)
    }

    /// All playbooks, in the order in which they are tried between equals.
    pub fn iter(&self) -> impl Iterator<Item = &Playbook> {
        self.all.iter()
    }

    /// The digest of all files, for the digest of a decision's inputs.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}
