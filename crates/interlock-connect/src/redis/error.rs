//! What a failed call to Redis means for the caller, by the first word of its error.

use interlock_contain::CallError;
use interlock_model::Operation;
use redis::RedisError;
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
    /// A command did not end in an answer we can go on with.
    pub(crate) fn failed(self, error: &RedisError) -> CallError {
        let no_answer = error.is_io_error() || error.is_timeout() || error.is_connection_dropped();
        if no_answer {
            return self.unanswered(&error.to_string());
        }
        self.refused(error.code().unwrap_or_default(), &error.to_string())
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
        let Self { operation, what, .. } = self;
        let why = format!("`{operation}` on {what}: {message}");
        match code {
            "NOPERM" => CallError::Denied { permission: operation.to_string() },
            // Refused before anything was done.
            "LOADING" | "BUSY" | "TRYAGAIN" | "MASTERDOWN" | "CLUSTERDOWN" | "OOM" => {
                CallError::Retry { after: PAUSE, why }
            }
            "READONLY" | "MISCONF" | "NOREPLICAS" => CallError::Unsupported { why },
            _ => CallError::Invalid { why },
        }
    }
}

/// We could not sign in: nothing was asked yet.
pub(crate) fn not_in(error: &RedisError, host: &str) -> CallError {
    if wrong_password(error) || error.code() == Some("NOAUTH") {
        let why = format!("`{host}` refuses the connector itself: {error}");
        return CallError::Unsupported { why };
    }
    let why = format!("`{host}` cannot be reached: {error}");
    if why.contains("certificate") {
        return CallError::Unsupported { why };
    }
    CallError::Retry { after: PAUSE, why }
}

/// Whether a sign-in was refused. The server says the same of a wrong password and of a user that is off.
pub(crate) fn wrong_password(error: &RedisError) -> bool {
    error.code() == Some("WRONGPASS")
        || error.kind() == redis::ErrorKind::AuthenticationFailed
        || error.to_string().contains("WRONGPASS")
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::FailureClass::{Denied, Invalid, Retry, Unsupported};

    #[test]
    fn refusals_are_cut_by_what_happens_next() {
        for (code, class) in [
            ("NOPERM", Denied),
            ("LOADING", Retry),
            ("BUSY", Retry),
            ("READONLY", Unsupported),
            ("ERR", Invalid),
            ("", Invalid),
        ] {
            for writes in [false, true] {
                let asked = Asked { operation: Operation("ACL SETUSER"), writes, what: "user `a`" };
                assert_eq!(asked.refused(code, "words").class(), class, "{code} writes={writes}");
            }
        }
    }
}
