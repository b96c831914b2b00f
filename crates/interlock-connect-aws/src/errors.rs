//! What a failed call to AWS means for the caller.

use crate::api::Failure;
use interlock_contain::CallError;
use interlock_model::Operation;
use std::error::Error;
use std::time::Duration;

/// How long to wait when AWS does not say.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest wait that is believed when AWS says one.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What was asked, and of whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The operation.
    pub operation: Operation,
    /// Whether it may have changed something.
    pub writes: bool,
    /// What it was about, for people: ``user `ci` ``.
    pub what: &'a str,
}

impl Asked<'_> {
    /// What a failed call means.
    pub(crate) fn failed(self, failure: Failure) -> CallError {
        let operation = self.operation;
        match failure {
            Failure::Unmade(why) => CallError::Invalid {
                why: format!("`{operation}`: the request could not be made: {why}"),
            },
            Failure::NoCredentials(why) => CallError::Unsupported {
                why: format!("`{operation}`: no credentials for AWS: {why}"),
            },
            Failure::Mistimed(why) => CallError::Unsupported {
                why: format!("`{operation}`: AWS refuses the time of the request: {why}"),
            },
            Failure::NeverLeft(why) => {
                CallError::Retry { after: PAUSE, why: format!("`{operation}`: {why}") }
            }
            Failure::Unanswered(why) => self.unanswered(&why),
            Failure::Unreadable(why) if self.writes => {
                self.unanswered(&format!("unreadable answer: {why}"))
            }
            Failure::Unreadable(why) => CallError::Invalid {
                why: format!("`{operation}` on {}: unreadable answer: {why}", self.what),
            },
            Failure::Refused { status, code, message, pause } => {
                let pause = pause.map_or(PAUSE, |it| it.min(LONGEST_PAUSE));
                self.refused(status, &code, &message, pause)
            }
        }
    }

    /// No answer: a read can be asked again, after a write one must look first.
    fn unanswered(self, why: &str) -> CallError {
        let why = format!("`{}`: {why}", self.operation);
        if self.writes {
            CallError::OutcomeUnknown { why }
        } else {
            CallError::Retry { after: PAUSE, why }
        }
    }

    /// What a refusal with this status and code means.
    ///
    /// Codes: the "Common Errors" pages of the IAM, STS, Secrets Manager, Systems Manager, Identity Center
    /// and Organizations API references, and what their operations name themselves.
    fn refused(self, status: u16, code: &str, text: &str, pause: Duration) -> CallError {
        let Self { operation, what, writes } = self;
        let said = format!("`{operation}` on {what}: {code}: {text}");
        match code {
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "BandwidthLimitExceeded"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "TooManyUpdates"
            | "EntityTemporarilyUnmodifiable"
            | "ConcurrentModification"
            | "ConcurrentModificationException"
            | "ConflictException"
            | "PolicyChangesInProgressException" => CallError::Retry { after: pause, why: said },
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                CallError::Denied { permission: operation.to_string() }
            }
            "NoSuchEntity"
            | "NoSuchEntityException"
            | "ChildNotFoundException"
            | "ParameterNotFound"
            | "PolicyNotFoundException"
            | "ResourceNotFoundException" => CallError::NotFound { what: what.to_owned() },
            "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "UnrecognizedClientException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature"
            | "RequestExpired"
            | "OptInRequired" => CallError::Unsupported {
                why: format!("AWS refuses the connector's own credentials: {said}"),
            },
            "LimitExceeded"
            | "LimitExceededException"
            | "AWSOrganizationsNotInUseException"
            | "ConstraintViolationException"
            | "PolicyTypeNotEnabledException"
            | "ServiceQuotaExceededException"
            | "UnmodifiableEntity"
            | "DeleteConflict"
            | "InvalidAction"
            | "NotSupportedService"
            | "EntityAlreadyExists"
            | "ResourceExistsException"
            | "InvalidRequestException"
            | "EncryptionFailure"
            | "DecryptionFailure"
            | "InvalidKeyId"
            | "ParameterMaxVersionLimitExceeded"
            | "ParameterPatternMismatchException"
            | "PolicyNotAttachable" => CallError::Unsupported { why: said },
            "" if matches!(status, 401 | 403) => {
                CallError::Denied { permission: operation.to_string() }
            }
            _ if status == 429 => CallError::Retry { after: pause, why: said },
            _ if status >= 500 && writes => CallError::OutcomeUnknown { why: said },
            _ if status >= 500 => CallError::Retry { after: pause, why: said },
            _ => CallError::Invalid { why: said },
        }
    }
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let more = source.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::FailureClass::{
        Denied, Invalid, NotFound, OutcomeUnknown, Retry, Unsupported,
    };

    #[test]
    fn failures_are_cut_by_whether_the_request_may_have_arrived() {
        type Made = fn(String) -> Failure;
        for (failure, read, write) in [
            (Failure::Unmade as Made, Invalid, Invalid),
            (Failure::NoCredentials as Made, Unsupported, Unsupported),
            (Failure::Mistimed as Made, Unsupported, Unsupported),
            (Failure::NeverLeft as Made, Retry, Retry),
            (Failure::Unanswered as Made, Retry, OutcomeUnknown),
            (Failure::Unreadable as Made, Invalid, OutcomeUnknown),
        ] {
            for (writes, class) in [(false, read), (true, write)] {
                let asked = Asked { operation: Operation("iam:Some"), writes, what: "user `ci`" };
                let failure = failure("words".to_owned());
                assert_eq!(asked.failed(failure.clone()).class(), class, "{failure:?} {writes}");
            }
        }
    }

    #[test]
    fn refusals_are_cut_by_what_happens_next() {
        for (status, code, read, write) in [
            (400, "Throttling", Retry, Retry),
            (429, "", Retry, Retry),
            (503, "SlowDown", Retry, Retry),
            (403, "AccessDenied", Denied, Denied),
            (400, "AccessDeniedException", Denied, Denied),
            (403, "", Denied, Denied),
            (404, "NoSuchEntity", NotFound, NotFound),
            (400, "ResourceNotFoundException", NotFound, NotFound),
            (403, "InvalidClientTokenId", Unsupported, Unsupported),
            (409, "LimitExceeded", Unsupported, Unsupported),
            (400, "UnmodifiableEntity", Unsupported, Unsupported),
            (409, "EntityTemporarilyUnmodifiable", Retry, Retry),
            (500, "ServiceFailure", Retry, OutcomeUnknown),
            (502, "", Retry, OutcomeUnknown),
            (400, "InvalidAction", Unsupported, Unsupported),
            (404, "NotSupportedService", Unsupported, Unsupported),
            (400, "MalformedPolicyDocument", Invalid, Invalid),
            (400, "SomethingNew", Invalid, Invalid),
        ] {
            for (writes, class) in [(false, read), (true, write)] {
                let asked = Asked { operation: Operation("iam:Some"), writes, what: "user `ci`" };
                let error = asked.refused(status, code, "words", PAUSE);
                assert_eq!(error.class(), class, "{status} {code} writes={writes}");
            }
        }
    }
}
