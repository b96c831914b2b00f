//! How the process ends: what each exit code means, and the errors that lead to it.

use std::fmt;

/// An exit code of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; a question was answered with yes.
    Ok = 0,
    /// A question was answered with no: not verified, problems found, refused.
    Negative = 1,
    /// Wrong use or wrong configuration: nothing was done.
    Usage = 2,
    /// A provider, the store or a server could not be reached.
    Unavailable = 3,
}

/// An error at the edge: what to print, and how to end.
#[derive(Debug)]
pub struct Failure {
    /// How to end; with [`Exit::Ok`] nothing is printed.
    pub exit: Exit,
    /// What to print.
    pub error: anyhow::Error,
}

/// What every command returns.
pub type Ended = Result<Exit, Failure>;

impl Failure {
    /// Wrong use or wrong configuration.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// A negative answer that needs words.
    pub fn negative(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Negative, error: error.into() }
    }

    /// Something could not be reached.
    pub fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Unavailable, error: error.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl From<interlock_store::StoreError> for Failure {
    fn from(error: interlock_store::StoreError) -> Self {
        Self::unavailable(error)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
