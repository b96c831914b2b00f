//! Which path leads where, and what stands before it: guard, bounds, headers.

use super::auth::{Need, address, guard};
use super::problem::{Code, Problem};
use super::{BODY, Desk, broker, health, ingest, metrics, openapi, webhook};
use crate::api::{
    act, audit, case, connector, containment, discovery, drill, explain, feed, finding, history,
    identity, least_privilege, notice, readiness, rejected,
};
use crate::page;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any, get, post};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer to a body with events may take.
const TAKING_PATIENCE: Duration = Duration::from_secs(120);

/// What the page may load: its own stylesheet, and nothing from anywhere else.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Every guarded path, with what it asks of its caller.
fn guarded() -> [(&'static str, Need, MethodRouter<Desk>); 37] {
    use Need::{Answer, Ingest, Read, Security};
    [
        ("/v1/events", Ingest, post(ingest::events)),
        ("/v1/alerts", Ingest, post(ingest::alerts)),
        ("/v1/feeds", Read, get(feed::list)),
        ("/v1/rejected", Read, get(rejected::list)),
        ("/v1/identities", Read, get(identity::list)),
        ("/v1/identities/gaps", Read, get(identity::gaps)),
        ("/v1/identities/{identity}", Read, get(identity::show)),
        ("/v1/identities/{identity}/history", Read, get(history::show)),
        ("/v1/identities/{identity}/least-privilege", Read, get(least_privilege::show)),
        ("/v1/identities/{identity}/contain", Answer, post(act::contain)),
        ("/v1/findings", Read, get(finding::list)),
        ("/v1/findings/{id}", Read, get(finding::show)),
        ("/v1/cases", Read, get(case::list)),
        ("/v1/cases/{id}", Read, get(case::show)),
        ("/v1/cases/{id}/close", Security, post(act::close)),
        ("/v1/explain/{id}", Read, get(explain::show)),
        ("/v1/containments", Read, get(containment::list)),
        ("/v1/containments/{id}", Read, get(containment::show)),
        ("/v1/containments/{id}/approve", Answer, post(act::approve)),
        ("/v1/containments/{id}/reject", Answer, post(act::reject)),
        ("/v1/containments/{id}/undo", Answer, post(act::undo)),
        ("/v1/containments/{id}/resume", Answer, post(act::resume)),
        ("/v1/notices", Read, get(notice::list)),
        ("/v1/connectors", Read, get(connector::list)),
        ("/v1/connectors/{id}/test", Security, post(connector::test)),
        ("/v1/connectors/{id}/discover", Security, post(discovery::ask)),
        ("/v1/discoveries", Read, get(discovery::list)),
        ("/v1/drills", Read, get(drill::list)),
        ("/v1/drills/{id}/run", Security, post(drill::run)),
        ("/v1/readiness", Read, get(readiness::show)),
        ("/v1/audit", Read, get(audit::list)),
        ("/v1/audit/export", Read, get(audit::export)),
        ("/v1/audit/verify", Read, get(audit::verify)),
        ("/metrics", Read, get(metrics::show)),
        ("/openapi.json", Read, get(openapi::show)),
        // A path below `/v1` that nobody knows is not told to strangers either.
        ("/v1", Read, any(nothing)),
        ("/v1/{*rest}", Read, any(nothing)),
    ]
}

/// The whole application.
pub fn app(desk: Desk) -> Router {
    let signed = post(webhook::github).fallback(not_allowed);
    let mut router = Router::new()
        .route("/health", get(health::health))
        .route("/v1/webhooks/github/{name}", signed);
    for (path, need, method) in guarded() {
        let known = path != "/v1" && !path.contains('*');
        let method = if known { method.fallback(not_allowed) } else { method };
        let guarded = method.layer(from_fn_with_state((desk.clone(), need), guard));
        router = router.route(path, guarded);
    }
    router
        .merge(page::door::routes())
        .merge(broker::routes(&desk))
        .fallback(nothing)
        // What has no answer of its own to a method: the pages and `/health`.
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(desk.clone(), bounded))
        .layer(from_fn(headers))
        .with_state(desk)
}

async fn nothing(request: Request) -> Problem {
    let path: String =
        request.uri().path().chars().filter(|it| !it.is_control()).take(200).collect();
    Problem::new(Code::NotFound, format!("there is no path `{path}`"))
}

/// The answer to a method that a path does not know.
pub(super) async fn not_allowed(request: Request) -> Problem {
    Problem::new(Code::Method, format!("the path does not know `{}`", request.method()))
}

/// A bounded number of requests, each for a bounded time; counted by path and status.
async fn bounded(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |it| it.as_str().to_owned());
    let patience = match path.as_str() {
        "/v1/events" | "/v1/alerts" | "/v1/webhooks/github/{name}" => TAKING_PATIENCE,
        _ => PATIENCE,
    };
    // Whoever is not known yet never takes the places of those who are, nor more than a part of theirs.
    let (stranger, known);
    let free = match path.as_str() {
        "/login" | "/broker/token" | "/broker/revoke" | "/v1/webhooks/github/{name}" => {
            stranger = desk.strangers.take(address(request.extensions()));
            stranger.is_some()
        }
        _ => {
            known = desk.requests.try_acquire();
            known.is_ok()
        }
    };
    let response = if free {
        tokio::time::timeout(patience, next.run(request)).await.unwrap_or_else(|_| {
            let text = format!(
                "no answer within {} s; what was not acknowledged may or may not have been done",
                patience.as_secs()
            );
            Problem::new(Code::TimedOut, text).into_response()
        })
    } else {
        Problem::new(Code::Busy, "too many requests at a time; send it again").into_response()
    };
    let status = response.status().as_u16().to_string();
    ::metrics::counter!("interlock_http_requests_total", "path" => path, "status" => status)
        .increment(1);
    response
}

/// The headers that every answer carries.
async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let it: &mut HeaderMap = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: forms of the page itself would then have the origin `null`.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        it.insert(name, HeaderValue::from_static(value));
    }
    if !it.contains_key(header::CACHE_CONTROL) {
        it.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What is served is described, and what is described is served.
    #[test]
    fn the_document_and_the_paths_are_the_same() {
        let document = serde_json::to_value(openapi::document()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let described: BTreeSet<&str> =
            document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let paths = guarded();
        let mut served: BTreeSet<&str> =
            paths.iter().map(|it| it.0).filter(|it| *it != "/v1" && !it.contains('*')).collect();
        served.insert("/health");
        served.extend(broker::PATHS);
        served.insert(webhook::PATH);
        assert_eq!(described, served);
    }

    #[test]
    fn every_operation_says_who_may_and_what_may_go_wrong() {
        let document = serde_json::to_value(openapi::document()).unwrap();
        for scheme in ["token", "broker_key"] {
            assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme}");
        }
        assert_eq!(document["security"], serde_json::json!([{"token": []}]));
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap();
                assert!(
                    !operation["summary"].as_str().unwrap_or_default().is_empty(),
                    "{path} {method}"
                );
                // Who comes with a key of the broker has no role that could fall short.
                let statuses: &[&str] = match path.as_str() {
                    "/health" => &[],
                    "/broker/token" | "/broker/revoke" => {
                        assert_eq!(operation["security"], serde_json::json!([{"broker_key": []}]));
                        &["401", "429", "503"]
                    }
                    // Who signs has no role either.
                    "/v1/webhooks/github/{name}" => &["401", "429", "503"],
                    _ => &["401", "403", "429", "503"],
                };
                for status in statuses {
                    assert!(responses.contains_key(*status), "{path} {method} {status}");
                }
            }
        }
    }
}
