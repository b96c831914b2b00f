//! What can go wrong with the memory, cut by what the caller does next.

use std::error::Error;
use std::io::ErrorKind;
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
    /// What hinders the store, in words that name no file and no program: for strangers too.
    #[must_use]
    pub fn hindrance(&self) -> &'static str {
        let (source, otherwise) = match self {
            Self::Conflict { .. } => (&None, "another process took the store over"),
            Self::Unavailable { source, .. } => (source, "the store does not answer"),
            Self::Corrupt { source, .. } => (source, "the store is damaged"),
            Self::TooNew { .. } => (&None, "a newer program wrote the store"),
        };
        let mut cause = source.as_deref().map(|it| it as &(dyn Error + 'static));
        while let Some(it) = cause {
            if let Some(it) = it.downcast_ref::<std::io::Error>() {
                return of_the_system(it.kind());
            }
            if let Some(words) = crate::sqlite::hindrance(it) {
                return words;
            }
            cause = it.source();
        }
        otherwise
    }

    /// Whether there was only no room to write: nothing was kept, and the same can be written once there is.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        let Self::Unavailable { source: Some(source), .. } = self else { return false };
        let mut cause = Some(&**source as &(dyn Error + 'static));
        while let Some(it) = cause {
            if let Some(it) = it.downcast_ref::<std::io::Error>() {
                let room =
                    [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge];
                return room.contains(&it.kind());
            }
            if let Some(lacks) = crate::sqlite::lacks_room(it) {
                return lacks;
            }
            cause = it.source();
        }
        false
    }

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

/// The system's complaints about a file that say what to mend, in words.
const COMPLAINTS: [(ErrorKind, &str); 5] = [
    (ErrorKind::StorageFull, "the disk is full"),
    (ErrorKind::QuotaExceeded, "the quota of the disk is used up"),
    (ErrorKind::FileTooLarge, "the store has reached the largest size that a file may have"),
    (ErrorKind::ReadOnlyFilesystem, "the disk is read-only"),
    (ErrorKind::PermissionDenied, "the store may not be written"),
];

/// The system's complaint about a file, in words.
fn of_the_system(kind: ErrorKind) -> &'static str {
    let known = COMPLAINTS.iter().find(|it| it.0 == kind);
    known.map_or("the disk reports an error", |it| it.1)
}
