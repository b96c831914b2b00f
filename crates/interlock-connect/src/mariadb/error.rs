//! What a failed call to MariaDB means for the caller, by its error number.
//!
//! Source: <https://mariadb.com/kb/en/mariadb-error-codes/>.

use interlock_contain::CallError;
use interlock_model::Operation;
use sqlx::mysql::MySqlDatabaseError;
use std::time::Duration;

/// How long to wait before a server is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The operation.
    pub operation: Operation,
    /// Whether it may have changed something.
    pub writes: bool,
    /// What it was about.
    pub what: &'a str,
}

/// The server's number of an error; `None` when it is not the server's.
pub(crate) fn number(error: &sqlx::Error) -> Option<u16> {
    let said = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(said.number())
}

impl Asked<'_> {
    /// A statement did not end in an answer we can go on with.
    pub(crate) fn failed(self, error: &sqlx::Error) -> CallError {
        let Self { operation, what, .. } = self;
        if let sqlx::Error::Database(said) = error {
            return self.refused(number(error).unwrap_or_default(), said.message());
        }
        let broken =
            matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed);
        if broken {
            return self.unanswered(&error.to_string());
        }
        // What is unreadable is never retried.
        CallError::Invalid { why: format!("`{operation}` on {what}: {error}") }
    }

    /// No answer came in time.
    pub(crate) fn unanswered(self, why: &str) -> CallError {
        let why = format!("`{}` on {}: {why}", self.operation, self.what);
        if self.writes {
            return CallError::OutcomeUnknown { why };
        }
        CallError::Retry { after: PAUSE, why }
    }

    fn refused(self, number: u16, message: &str) -> CallError {
        let Self { operation, what, .. } = self;
        let why = format!("`{operation}` on {what}: {number}: {message}");
        match number {
            // No privilege: of the database, table, column, statement; not the owner of the thread.
            1044 | 1095 | 1142 | 1143 | 1227 | 1410 => {
                CallError::Denied { permission: operation.to_string() }
            }
            1396 => CallError::NotFound { what: what.to_owned() },
            // Too many connections, lock wait, deadlock, statement time: rolled back.
            1040 | 1205 | 1213 | 1969 => CallError::Retry { after: PAUSE, why },
            // The server shuts down, or kills our session.
            1053 | 1317 | 1927 => self.unanswered(message),
            1290 | 1792 | 1836 => CallError::Unsupported {
                why: format!("this server is read-only, a replica perhaps: {message}"),
            },
            _ => CallError::Invalid { why },
        }
    }
}

/// We could not sign in: nothing was asked yet.
pub(crate) fn not_in(error: &sqlx::Error, host: &str) -> CallError {
    let Some(number) = number(error) else {
        let why = format!("`{host}` cannot be reached: {error}");
        let misled = matches!(error, sqlx::Error::Tls(_) | sqlx::Error::Configuration(_));
        if misled {
            return CallError::Unsupported { why };
        }
        return CallError::Retry { after: PAUSE, why };
    };
    let why = format!("`{host}` refuses the connector itself: {error}");
    match number {
        1040 | 1053 | 1203 | 1226 => CallError::Retry { after: PAUSE, why },
        _ => CallError::Unsupported { why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::FailureClass::{
        Denied, Invalid, NotFound, OutcomeUnknown, Retry, Unsupported,
    };

    #[test]
    fn refusals_are_cut_by_what_happens_next() {
        for (number, read, write) in [
            (1227, Denied, Denied),
            (1142, Denied, Denied),
            (1396, NotFound, NotFound),
            (1205, Retry, Retry),
            (1040, Retry, Retry),
            (1053, Retry, OutcomeUnknown),
            (1317, Retry, OutcomeUnknown),
            (1290, Unsupported, Unsupported),
            (1064, Invalid, Invalid),
        ] {
            for (writes, class) in [(false, read), (true, write)] {
                let asked = Asked { operation: Operation("CREATE USER"), writes, what: "`a@%`" };
                let seen = asked.refused(number, "words").class();
                assert_eq!(seen, class, "{number} writes={writes}");
            }
        }
    }
}
