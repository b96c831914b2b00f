//! What can go wrong at the broker, cut by what the caller does next.

use super::event::Outcome;
use interlock_model::RefusalStage;
use std::io;
use std::path::{Path, PathBuf};

/// The broker could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// There is no file, and none was to be made.
    #[error("there is no broker state at `{}`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not what the broker wrote: to be put back from a copy, or removed by a person.
    #[error("the broker state at `{}` cannot be used: {why}", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another process has the file.
    #[error("the broker state at `{}` is in use by another process", path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// A file could not be read or written. Nothing was changed.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The new file is in place, but the system did not say that it stays there.
    #[error("`{}` was written, but may be lost when the machine stops", path.display())]
    Unsure {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Such a client cannot be.
    #[error("client `{client}` cannot be registered: {why}")]
    BadClient {
        /// Its name.
        client: String,
        /// Why not.
        why: &'static str,
    },
    /// No such client is registered.
    #[error("client `{client}` is not registered")]
    UnknownClient {
        /// Its name.
        client: String,
    },
    /// A bound is reached.
    #[error("client `{client}` has {limit} {what}: no more are kept")]
    Full {
        /// Whose.
        client: String,
        /// The bound.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {why}")]
    NoRandomness {
        /// What it said.
        why: String,
    },
}

impl BrokerError {
    /// Something could not be done with a file.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

/// Why an exchange was refused. For the record: the caller is told no more than "no".
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No such key, or not its secret.
    #[error("the key is not known or its secret is wrong")]
    BadKey,
    /// The key is disabled.
    #[error("the key is disabled")]
    KeyDisabled,
    /// The client may get no new tokens.
    #[error("no new tokens are issued to the client")]
    Blocked,
    /// Too many live tokens.
    #[error("the {limit} tokens that are kept are all live")]
    TooMany {
        /// The bound.
        limit: usize,
    },
    /// The broker cannot remember the token, so it gives none.
    #[error(transparent)]
    Unavailable(#[from] BrokerError),
}

impl Denied {
    /// The code that events carry.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadKey => "bad_key",
            Self::KeyDisabled => "key_disabled",
            Self::Blocked => "issuance_blocked",
            Self::TooMany { .. } => "too_many_tokens",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// The outcome that events carry.
    pub(crate) fn outcome(&self) -> Outcome {
        let code = self.code().into();
        match self {
            Self::BadKey | Self::KeyDisabled => {
                Outcome::Refused { code, stage: RefusalStage::Credential }
            }
            Self::Blocked => Outcome::Refused { code, stage: RefusalStage::ExplicitDeny },
            Self::TooMany { .. } | Self::Unavailable(_) => Outcome::Failed { code },
        }
    }
}
