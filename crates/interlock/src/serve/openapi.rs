//! The OpenAPI document of the HTTP API, made from the handlers.

use super::{broker, health, ingest, metrics, webhook};
use crate::api::{
    act, audit, case, connector, containment, discovery, drill, explain, feed, finding, history,
    identity, least_privilege, notice, readiness, rejected,
};
use axum::Json;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The HTTP API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Interlock",
        description = "Binds every alert to one identity and its owner, decides by policy, and contains on the real IAM system: verified, reversible, audited.\n\nEvery path but `/health` needs a token: `Authorization: Bearer …`; a client of the built-in broker proves itself by its key instead, and GitHub by its signature. A problem is answered in the shape of RFC 9457, with a code that has a page in `docs/errors/`."
    ),
    paths(
        health::health, metrics::show, show, ingest::events, ingest::alerts, webhook::github,
        feed::list, rejected::list,
        identity::list, identity::gaps, identity::show, history::show, least_privilege::show, readiness::show, act::contain, finding::list, finding::show,
        case::list, case::show, act::close, explain::show, containment::list, containment::show,
        act::approve, act::reject, act::undo, act::resume, notice::list, connector::list,
        connector::test, discovery::list, discovery::ask, drill::list, drill::run, audit::list, audit::export, audit::verify,
        broker::token, broker::introspect, broker::revoke,
    ),
    security(("token" = [])),
    modifiers(&Token),
    tags(
        (name = "events", description = "Events and alerts in"),
        (name = "identities", description = "Who there is, who owns them, what is missing"),
        (name = "findings", description = "What detectors claim"),
        (name = "cases", description = "The open findings on one identity, and what was decided"),
        (name = "containments", description = "Plans, answers, steps, proof, the way back"),
        (name = "connectors", description = "What the house reaches"),
        (name = "audit", description = "The hash-chained record"),
        (name = "broker", description = "The doors of the built-in broker; there only when a connector of the kind `broker` is configured"),
        (name = "process", description = "How the process is"),
    )
)]
struct Api;

/// Declares the ways to authenticate.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token whose SHA-256 stands in `interlock.toml`. Roles: `ingest`, `read`, `owner`, `security`, `admin`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some("A key of a client of the built-in broker: `key_id` and `secret` of its delivery file as user and password."))
            .build();
        components.add_security_scheme("broker_key", SecurityScheme::Http(scheme));
    }
}

/// The whole document.
#[must_use]
pub fn document() -> Document {
    Api::openapi()
}

/// Shows this document. Needs the role `read`.
#[utoipa::path(
    get, path = "/openapi.json", tag = "process",
    responses((status = 200, description = "The OpenAPI 3.1 document", body = serde_json::Value), super::problem::Unauthorised)
)]
pub async fn show() -> Json<Document> {
    Json(document())
}
