//! What can be asked of the memory, and the answers that are not nouns of the model.

use interlock_model::{CaseId, ContainmentId, Digest, FindingId, IdentityId};

/// What a commit left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// How many audit entries there are now.
    pub entries: u64,
    /// The digest of the last of them.
    pub head: Digest,
}

/// What the watch had learned, and how far into the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The last inbox position that the state covers.
    pub position: u64,
    /// The state, in the engine's own form.
    pub state: Vec<u8>,
}

/// Which findings to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingFilter {
    /// Only those of this case.
    pub case: Option<CaseId>,
    /// Only those that accuse this identity.
    pub identity: Option<IdentityId>,
    /// Only those of the rule with this id.
    pub rule: Option<String>,
    /// Only those that stand after this finding in the list: the last one of the page before.
    /// An id that is not stored lists nothing.
    pub before: Option<FindingId>,
    /// At most so many.
    pub limit: usize,
}

impl FindingFilter {
    /// The newest findings, at most so many.
    #[must_use]
    pub const fn newest(limit: usize) -> Self {
        Self { case: None, identity: None, rule: None, before: None, limit }
    }
}

/// Which cases to list, last updated first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only open ones (`true`), only closed ones (`false`).
    pub open: Option<bool>,
    /// Only those about this identity.
    pub identity: Option<IdentityId>,
    /// At most so many.
    pub limit: usize,
}

impl CaseFilter {
    /// All cases, at most so many.
    #[must_use]
    pub const fn newest(limit: usize) -> Self {
        Self { open: None, identity: None, limit }
    }
}

/// How much is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Records in the inbox that are not trimmed yet.
    pub inbox: u64,
    /// Identities.
    pub identities: u64,
    /// Findings.
    pub findings: u64,
    /// Cases, open and closed.
    pub cases: u64,
    /// Cases that are open.
    pub open_cases: u64,
    /// Decisions.
    pub decisions: u64,
    /// Containments that have a journal.
    pub containments: u64,
    /// Refused records ever, also those that are no longer listed.
    pub rejected: u64,
    /// Drills.
    pub drills: u64,
    /// Notices.
    pub notices: u64,
    /// Audit entries.
    pub audit: u64,
}

/// One question to a backend; the answer is documents in the order that is named here.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    /// By id.
    Identities,
    /// At most one.
    Identity(IdentityId),
    /// Newest first.
    Findings(FindingFilter),
    /// At most one.
    Finding(FindingId),
    /// Last updated first.
    Cases(CaseFilter),
    /// At most one.
    Case(CaseId),
    /// Oldest first.
    Decisions(CaseId),
    /// At most one.
    Decision(interlock_model::DecisionId),
    /// By position.
    Journal(ContainmentId),
    /// By containment, then position.
    Journals,
    /// Newest first.
    Rejected(usize),
    /// By connector and principal, those after this pair, at most so many.
    Inventory(Option<(String, String)>, usize),
    /// By connector.
    Discoveries,
    /// By connector, action, time.
    Drills,
    /// Newest first.
    Notices(Option<ContainmentId>, usize),
    /// By position, from the first number on, at most the second.
    Audit(u64, usize),
    /// By the number of entries they cover.
    Checkpoints,
}
