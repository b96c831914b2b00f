//! Who is told what became of each write: for saying how the memory is, never for deciding.

use crate::StoreError;
use interlock_model::Inbound;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writing {
    /// Records into the inbox.
    Records,
    /// What turns remember, with the audit entries that tell it.
    Turns,
    /// Signatures over the audit chain.
    Signatures,
    /// What the watch has learned.
    Learned,
}

impl Writing {
    /// Everything that is written.
    pub const ALL: [Self; 4] = [Self::Records, Self::Turns, Self::Signatures, Self::Learned];

    /// In one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Turns => "turns_and_audit",
            Self::Signatures => "audit_signatures",
            Self::Learned => "learned",
        }
    }
}

/// Is told what became of each write. Called where the write ended: it must not wait.
pub trait Witness: std::fmt::Debug + Send + Sync {
    /// It is durable.
    fn kept(&self, writing: Writing);

    /// It is not, and would have taken about so many bytes.
    fn refused(&self, writing: Writing, bytes: u64, why: &StoreError);
}

/// About how many bytes these records take.
pub(crate) fn size(records: &[Inbound]) -> u64 {
    records.iter().map(|it| it.text.len() as u64).sum()
}
