//! What handlers take from a request; what cannot be read is a problem of the one shape.

use super::problem::{Code, Problem};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The one name in the path, decoded.
#[derive(Debug)]
pub struct Text(pub String);

/// What stands after the `?`.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// The body, a small JSON object.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync> FromRequestParts<S> for Text {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(error) => Err(Problem::new(Code::Malformed, error.body_text().to_lowercase())),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(it)) => Ok(Self(it)),
            Err(error) => Err(Problem::new(Code::Malformed, query_text(&error))),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(it)) => Ok(Self(it)),
            Err(error) => Err(body_problem(&error)),
        }
    }
}

fn query_text(error: &QueryRejection) -> String {
    let text = error.body_text();
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
    format!("the query cannot be read: {text}")
}

fn body_problem(error: &JsonRejection) -> Problem {
    let text = error.body_text();
    match error.status().as_u16() {
        413 => Problem::new(Code::TooLarge, "the body is larger than this path takes"),
        415 => Problem::new(Code::MediaType, "the body is not said to be `application/json`"),
        _ => {
            let text = text
                .strip_prefix("Failed to deserialize the JSON body into the target type: ")
                .or_else(|| text.strip_prefix("Failed to parse the request body as JSON: "))
                .unwrap_or(&text);
            Problem::new(Code::Malformed, format!("the body cannot be read: {text}"))
        }
    }
}
