//! What a failed call to PostgreSQL means for the caller, by its SQLSTATE.
//!
//! Source: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.

use interlock_contain::CallError;
use interlock_model::Operation;
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

impl Asked<'_> {
    /// A statement did not end in an answer we can go on with.
    pub(crate) fn failed(self, error: &sqlx::Error) -> CallError {
        let Self { operation, what, .. } = self;
        if let sqlx::Error::Database(said) = error {
            let code = said.code().unwrap_or_default();
            return self.refused(&code, said.message());
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

    fn refused(self, code: &str, message: &str) -> CallError {
        let Self { operation, what, writes } = self;
        let why = format!("`{operation}` on {what}: {code}: {message}");
        match code {
            "42501" => CallError::Denied { permission: operation.to_string() },
            "42704" => CallError::NotFound { what: what.to_owned() },
            // Cancelled, locked, serialised away, out of something, changed by two at once: rolled back.
            "57014" | "55P03" | "40001" | "40P01" | "XX000" => {
                CallError::Retry { after: PAUSE, why }
            }
            _ if code.starts_with("53") => CallError::Retry { after: PAUSE, why },
            // The server ends our session: whether the statement was committed is not said.
            "57P01" | "57P02" | "57P03" | "57P05" if writes => CallError::OutcomeUnknown { why },
            "57P01" | "57P02" | "57P03" | "57P05" => CallError::Retry { after: PAUSE, why },
            "40003" | "08006" | "08007" => self.unanswered(message),
            "25006" => CallError::Unsupported {
                why: format!("this server is read-only, a standby perhaps: {message}"),
            },
            _ => CallError::Invalid { why },
        }
    }
}

/// We could not sign in: nothing was asked yet.
pub(crate) fn not_in(error: &sqlx::Error, host: &str) -> CallError {
    let sqlx::Error::Database(said) = error else {
        let why = format!("`{host}` cannot be reached: {error}");
        let misled = matches!(error, sqlx::Error::Tls(_) | sqlx::Error::Configuration(_));
        if misled {
            return CallError::Unsupported { why };
        }
        return CallError::Retry { after: PAUSE, why };
    };
    let code = said.code().unwrap_or_default();
    let why = format!("`{host}` refuses the connector itself: {code}: {}", said.message());
    match code.get(..2) {
        Some("53" | "57" | "08") => CallError::Retry { after: PAUSE, why },
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
        for (code, read, write) in [
            ("42501", Denied, Denied),
            ("42704", NotFound, NotFound),
            ("57014", Retry, Retry),
            ("55P03", Retry, Retry),
            ("53300", Retry, Retry),
            ("XX000", Retry, Retry),
            ("57P01", Retry, OutcomeUnknown),
            ("40003", Retry, OutcomeUnknown),
            ("25006", Unsupported, Unsupported),
            ("42601", Invalid, Invalid),
            ("", Invalid, Invalid),
        ] {
            for (writes, class) in [(false, read), (true, write)] {
                let asked = Asked { operation: Operation("CREATEROLE"), writes, what: "role `a`" };
                assert_eq!(asked.refused(code, "words").class(), class, "{code} writes={writes}");
            }
        }
    }
}
