//! What can go wrong with the memory, cut by what the caller does next.

use std::error::Error;
use std::sync::Arc;

/// What lies below a store error: the database's or the system's own words.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the memory did not do what it was asked to. Nothing of the request was kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Somebody else was first: read again, think again, try again.
    #[error("{what}")]
    Conflict {
        /// What is already there, or who holds the epoch.
        what: String,
    },
    /// It does not work now: wait, or let an operator look. Nothing is lost.
    #[error("{what}")]
    Unavailable {
        /// Which store, what hinders it, and the remedy.
        what: String,
        /// The database's or the system's own words.
        #[source]
        source: Option<Cause>,
    },
    /// What is stored makes no sense: stop, keep the file, restore a backup.
    #[error("{what}")]
    Corrupt {
        /// Which store and what is wrong with it.
        what: String,
        /// The database's or the parser's own words.
        #[source]
        source: Option<Cause>,
    },
    /// A newer program wrote it: refuse to start.
    #[error(
        "{what} has version {found}, this program reads up to {supported}: use the newer program"
    )]
    TooNew {
        /// Which store, or which object in it.
        what: String,
        /// The version that was found.
        found: u32,
        /// The newest version that this program reads.
        supported: u32,
    },
}

impl StoreError {
    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    pub(crate) fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into(), source: None }
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), source: None }
    }

    pub(crate) fn because(self, cause: impl Error + Send + Sync + 'static) -> Self {
        let source: Option<Cause> = Some(Arc::new(cause));
        match self {
            Self::Unavailable { what, .. } => Self::Unavailable { what, source },
            Self::Corrupt { what, .. } => Self::Corrupt { what, source },
            Self::Conflict { .. } | Self::TooNew { .. } => self,
        }
    }
}
