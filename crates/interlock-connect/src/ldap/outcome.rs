//! What a result code means for the caller.

use interlock_contain::CallError;
use interlock_model::Operation;
use std::time::Duration;

/// How long to wait before a busy or unreachable server is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// The most of a server's own words that is repeated.
const WORDS: usize = 200;

/// What was asked, and about what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The operation.
    pub operation: Operation,
    /// Whether it may have changed something.
    pub writes: bool,
    /// The entry that it was about.
    pub dn: &'a str,
}

/// Result codes of RFC 4511 that mean something of their own here.
#[derive(Debug)]
pub(crate) struct Code;

impl Code {
    /// It was done.
    pub(crate) const SUCCESS: u32 = 0;
    /// There is more than was asked for.
    pub(crate) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    /// The value is not the one compared with.
    pub(crate) const COMPARE_FALSE: u32 = 5;
    /// The value is the one compared with.
    pub(crate) const COMPARE_TRUE: u32 = 6;
    /// A control that must be honoured is not known.
    pub(crate) const UNAVAILABLE_CRITICAL_EXTENSION: u32 = 12;
    /// The attribute or the value is not there.
    pub(crate) const NO_SUCH_ATTRIBUTE: u32 = 16;
    /// The value is there already.
    pub(crate) const VALUE_EXISTS: u32 = 20;
    /// The entry is not there.
    pub(crate) const NO_SUCH_OBJECT: u32 = 32;
    /// The password is wrong, or the account may not bind.
    pub(crate) const INVALID_CREDENTIALS: u32 = 49;
    /// OpenLDAP's answer to a change that was only to be tried.
    pub(crate) const NO_OPERATION: u32 = 0x410E;
}

impl Asked<'_> {
    /// What a refusal means.
    pub(crate) fn refused(self, code: u32, text: &str) -> CallError {
        let why = self.words(code, text);
        match code {
            3 | 4 | 11 | 51 | 52 => CallError::Retry { after: PAUSE, why },
            // Somebody was faster: the next attempt reads what is there now.
            Code::NO_SUCH_ATTRIBUTE | Code::VALUE_EXISTS => CallError::Retry { after: PAUSE, why },
            Code::NO_SUCH_OBJECT => CallError::NotFound { what: format!("`{}`", self.dn) },
            50 => CallError::Denied { permission: self.operation.to_string() },
            10 => CallError::Unsupported {
                why: format!("{why}; this server passes writes on: name the one that takes them"),
            },
            80 if self.writes => CallError::OutcomeUnknown { why },
            1 | 2 | 17 | 18 | 21 | 34 => CallError::Invalid { why },
            _ => CallError::Unsupported { why },
        }
    }

    /// There was no answer: a read can be asked again, after a write one must look first.
    pub(crate) fn unanswered(self, why: &str) -> CallError {
        let why = format!("`{}` of `{}`: {why}", self.operation, self.dn);
        if self.writes {
            CallError::OutcomeUnknown { why }
        } else {
            CallError::Retry { after: PAUSE, why }
        }
    }

    /// The request never left.
    pub(crate) fn unreachable(self, why: &str) -> CallError {
        CallError::Retry { after: PAUSE, why: format!("`{}`: {why}", self.operation) }
    }

    fn words(self, code: u32, text: &str) -> String {
        let text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
        let text: String = text.trim().chars().take(WORDS).collect();
        let said = if text.is_empty() { String::new() } else { format!(": {text}") };
        format!("`{}` of `{}` is answered {} ({code}){said}", self.operation, self.dn, called(code))
    }
}

/// The name of a result code.
const fn called(code: u32) -> &'static str {
    match code {
        8 => "strongerAuthRequired",
        10 => "referral",
        13 => "confidentialityRequired",
        16 => "noSuchAttribute",
        19 => "constraintViolation",
        20 => "attributeOrValueExists",
        32 => "noSuchObject",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        65 => "objectClassViolation",
        80 => "other",
        _ => "with a result code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::FailureClass;

    #[test]
    fn codes_are_cut_by_what_happens_next() {
        let asked = Asked { operation: Operation("write:member"), writes: true, dn: "cn=a" };
        for (code, class) in [
            (51, FailureClass::Retry),
            (20, FailureClass::Retry),
            (32, FailureClass::NotFound),
            (50, FailureClass::Denied),
            (80, FailureClass::OutcomeUnknown),
            (65, FailureClass::Unsupported),
            (10, FailureClass::Unsupported),
            (34, FailureClass::Invalid),
        ] {
            assert_eq!(asked.refused(code, "words").class(), class, "{code}");
        }
        assert_eq!(asked.unanswered("gone").class(), FailureClass::OutcomeUnknown);
        let read = Asked { writes: false, ..asked };
        assert_eq!(read.unanswered("gone").class(), FailureClass::Retry);
    }
}
