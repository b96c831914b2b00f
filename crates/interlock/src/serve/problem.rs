//! The one shape of every answer that is no result: a code with a page in `docs/errors/`, and words.

use crate::api::reading::ReadError;
use crate::api::rejected::RejectedView;
use crate::runner::NoAnswer;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use interlock_engine::Refusal;
use interlock_store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

/// Why a request was not done, in the shape of RFC 9457.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A name for this sort of problem.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:interlock:error:IL0204")]
    pub kind: Box<str>,
    /// This sort of problem in a few words.
    #[schema(value_type = String, example = "not found")]
    pub title: Box<str>,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// The code; `docs/errors/<code>.md` says more.
    #[schema(value_type = String, example = "IL0204")]
    pub code: Box<str>,
    /// What is wrong with this very request, in one line.
    #[schema(value_type = String, example = "there is no case `cas_1`")]
    pub message: Box<str>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub help: Option<Box<str>>,
    /// How many records were taken in all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<u64>,
    /// The records that were not, and why.
    #[serde(default, skip_serializing_if = "<[RejectedView]>::is_empty")]
    #[schema(value_type = Vec<RejectedView>)]
    pub rejected: Box<[RejectedView]>,
}

/// The sorts of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No token, or one that is not known.
    Unauthorised,
    /// The token's roles do not reach.
    Forbidden,
    /// Not an approver of this identity's owner.
    NotAnApprover,
    /// There is nothing of this name, or no such path.
    NotFound,
    /// Too many failed authentications.
    TooManyFailures,
    /// The request cannot be read.
    Malformed,
    /// The body is larger than allowed.
    TooLarge,
    /// The body is of a kind that is not read.
    MediaType,
    /// Nothing of what was sent could be used.
    NothingAccepted,
    /// Not in this state.
    NotNow,
    /// The undo makes a stolen credential valid again.
    ReArms,
    /// Another plan than the one that was shown.
    PlanChanged,
    /// One person answers in two roles.
    SecondPerson,
    /// The store does not work.
    Store,
    /// The house is stopping.
    Stopping,
    /// It took too long.
    TimedOut,
    /// Too many requests at a time.
    Busy,
    /// The path does not know this method.
    Method,
    /// A defect of ours.
    Internal,
    /// It concerns the caller's own account.
    OwnConcern,
}

impl Code {
    /// The code, the status and the title.
    #[must_use]
    pub const fn words(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Unauthorised => ("IL0201", StatusCode::UNAUTHORIZED, "unauthorised"),
            Self::Forbidden => ("IL0202", StatusCode::FORBIDDEN, "role does not reach"),
            Self::NotAnApprover => ("IL0203", StatusCode::FORBIDDEN, "not an approver"),
            Self::NotFound => ("IL0204", StatusCode::NOT_FOUND, "not found"),
            Self::TooManyFailures => {
                ("IL0205", StatusCode::TOO_MANY_REQUESTS, "too many failed authentications")
            }
            Self::Malformed => ("IL0206", StatusCode::BAD_REQUEST, "malformed request"),
            Self::TooLarge => ("IL0207", StatusCode::PAYLOAD_TOO_LARGE, "body too large"),
            Self::MediaType => {
                ("IL0208", StatusCode::UNSUPPORTED_MEDIA_TYPE, "body of another kind")
            }
            Self::NothingAccepted => ("IL0209", StatusCode::BAD_REQUEST, "nothing accepted"),
            Self::NotNow => ("IL0210", StatusCode::CONFLICT, "not in this state"),
            Self::ReArms => ("IL0211", StatusCode::CONFLICT, "undo makes a credential valid again"),
            Self::PlanChanged => ("IL0212", StatusCode::CONFLICT, "another plan"),
            Self::SecondPerson => ("IL0213", StatusCode::CONFLICT, "a second person is needed"),
            Self::Store => ("IL0214", StatusCode::SERVICE_UNAVAILABLE, "store unavailable"),
            Self::Stopping => ("IL0215", StatusCode::SERVICE_UNAVAILABLE, "stopping"),
            Self::TimedOut => ("IL0216", StatusCode::REQUEST_TIMEOUT, "timed out"),
            Self::Busy => ("IL0217", StatusCode::SERVICE_UNAVAILABLE, "too many requests"),
            Self::Method => ("IL0218", StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
            Self::Internal => ("IL0219", StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
            Self::OwnConcern => ("IL0220", StatusCode::FORBIDDEN, "own account"),
        }
    }
}

impl Problem {
    /// A problem of this sort.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Box<str>>) -> Self {
        let (text, status, title) = code.words();
        Self {
            kind: format!("urn:interlock:error:{text}").into(),
            title: title.into(),
            status: status.as_u16(),
            code: text.into(),
            message: message.into(),
            help: None,
            accepted: None,
            rejected: Box::default(),
        }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How long to wait before the next try, in seconds, where trying again helps.
    fn retry_after(&self) -> Option<u16> {
        match self.status {
            429 => Some(60),
            503 => Some(2),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"interlock\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        // The chain of causes may name files; it stays in the log.
        tracing::error!(error = &error as &dyn std::error::Error, "the store did not answer");
        Self::new(Code::Store, "the store does not answer; nothing was acknowledged")
            .help("send the request again in a moment; the log says what hinders the store")
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound { .. } => Self::new(Code::NotFound, error.to_string()),
            ReadError::Malformed { .. } | ReadError::Ambiguous { .. } => {
                Self::new(Code::Malformed, error.to_string())
            }
            ReadError::Store(error) => error.into(),
            ReadError::Stopping => Self::stopping(),
        }
    }
}

impl From<NoAnswer> for Problem {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Refused(refusal) => match refusal {
                Refusal::NotFound { .. } => Self::new(Code::NotFound, refusal.to_string()),
                Refusal::NotNow { .. } => Self::new(Code::NotNow, refusal.to_string()),
                Refusal::OwnConcern { .. } => Self::new(Code::OwnConcern, refusal.to_string())
                    .help("let one of those answer who are named"),
                Refusal::RoleTooLow { .. } => Self::new(Code::Forbidden, refusal.to_string())
                    .help("let somebody answer whose token has the role `security`"),
                Refusal::SecondPerson { .. } => Self::new(Code::SecondPerson, refusal.to_string())
                    .help("owner and security team are two people: let the other one answer"),
                Refusal::ReArms { .. } => Self::new(Code::ReArms, refusal.to_string())
                    .help("rotate the credential first, or say `accept_re_arm`"),
            },
            NoAnswer::Stopping => Self::stopping(),
        }
    }
}

impl Problem {
    fn stopping() -> Self {
        Self::new(Code::Stopping, "the house is stopping; nothing was acknowledged")
    }
}

/// What every guarded path may answer besides its own answers.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "it only describes; the document is made from its attributes")]
pub enum Unauthorised {
    /// No token, or one that is not known.
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(#[to_schema] Problem),
    /// The token's roles do not reach.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Problem),
    /// Too many failed authentications.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
    /// The store does not work, or the house is stopping, or too much is asked at a time.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_stable_and_says_what_to_do() {
        let problem = Problem::new(Code::NotFound, "there is no case `cas_1`").help("list them");
        expect_test::expect![[r#"{"type":"urn:interlock:error:IL0204","title":"not found","status":404,"code":"IL0204","message":"there is no case `cas_1`","help":"list them"}"#]]
        .assert_eq(&serde_json::to_string(&problem).unwrap());
    }

    #[test]
    fn who_may_try_again_is_told_when() {
        for (code, header) in
            [(Code::TooManyFailures, Some("60")), (Code::Busy, Some("2")), (Code::NotFound, None)]
        {
            let response = Problem::new(code, "x").into_response();
            let found = response.headers().get("retry-after").map(|it| it.to_str().unwrap());
            assert_eq!(found, header, "{code:?}");
        }
        let response = Problem::new(Code::Unauthorised, "x").into_response();
        assert!(response.headers().contains_key("www-authenticate"));
    }
}
