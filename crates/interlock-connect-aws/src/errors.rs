//! What a failed call to AWS means for the caller.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
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
    /// What a failure of the SDK means.
    pub(crate) fn failed<E>(self, error: &SdkError<E, HttpResponse>) -> CallError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let operation = self.operation;
        match error {
            SdkError::ConstructionFailure(_) => CallError::Invalid {
                why: format!("`{operation}`: the request could not be built: {}", chain(error)),
            },
            SdkError::TimeoutError(_) => self.unanswered(&chain(error)),
            SdkError::DispatchFailure(failure) => self.not_dispatched(failure, &chain(error)),
            SdkError::ResponseError(_) if self.writes => self.unanswered(&chain(error)),
            SdkError::ServiceError(answer) => {
                let raw = error.raw_response();
                let status = raw.map_or(0, |it| it.status().as_u16());
                let pause = raw
                    .and_then(|it| it.headers().get("retry-after"))
                    .and_then(|it| it.parse().ok())
                    .map_or(PAUSE, |it| Duration::from_secs(it).min(LONGEST_PAUSE));
                let (code, text) = (answer.err().code(), answer.err().message());
                self.refused(status, code.unwrap_or_default(), text.unwrap_or_default(), pause)
            }
            // The SDK's own enum may grow; what is unreadable is never retried.
            SdkError::ResponseError(_) | _ => CallError::Invalid {
                why: format!("`{operation}`: unreadable answer: {}", chain(error)),
            },
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

    fn not_dispatched(self, failure: &DispatchFailure, why: &str) -> CallError {
        if failure.is_user() {
            return CallError::Invalid { why: format!("`{}`: {why}", self.operation) };
        }
        if why.contains("credential") {
            let why = format!("`{}`: no credentials for AWS: {why}", self.operation);
            return CallError::Unsupported { why };
        }
        let never_left = why.contains("client error (Connect)")
            || why.contains("HTTP connect timeout")
            || why.contains("dns error");
        if never_left {
            return CallError::Retry { after: PAUSE, why: format!("`{}`: {why}", self.operation) };
        }
        self.unanswered(why)
    }

    /// What a refusal with this status and code means.
    ///
    /// Codes: the "Common Errors" pages of the IAM, STS and Secrets Manager API references.
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
            | "EntityTemporarilyUnmodifiable"
            | "ConcurrentModification" => CallError::Retry { after: pause, why: said },
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                CallError::Denied { permission: operation.to_string() }
            }
            "NoSuchEntity" | "NoSuchEntityException" | "ResourceNotFoundException" => {
                CallError::NotFound { what: what.to_owned() }
            }
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
            | "UnmodifiableEntity"
            | "DeleteConflict"
            | "EntityAlreadyExists"
            | "ResourceExistsException"
            | "InvalidRequestException"
            | "EncryptionFailure"
            | "DecryptionFailure"
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
fn chain(error: &(dyn Error + 'static)) -> String {
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
