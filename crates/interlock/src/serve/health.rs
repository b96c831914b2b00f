//! `GET /health`: whether the process lives and can take work. The one path that needs no token.

use super::Desk;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// How long a part may take to show that it works.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the process lives and can take work.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ready` or `not_ready`.
    #[schema(example = "ready")]
    pub status: String,
    /// The program's version.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// Whether the memory answers.
    pub store: bool,
    /// Whether the loop of the house answers.
    pub house: bool,
}

/// Says whether the process lives and can take work. Needs no token, and tells nothing else.
#[utoipa::path(
    get, path = "/health", tag = "process", security(()),
    responses((status = 200, description = "Ready", body = Health), (status = 503, description = "Not ready", body = Health))
)]
pub async fn health(State(desk): State<Desk>) -> (StatusCode, Json<Health>) {
    let store = tokio::time::timeout(PATIENCE, desk.reading.store().consumed());
    let house = tokio::time::timeout(PATIENCE, desk.reading.look(|_| ()));
    let (store, house) = tokio::join!(store, house);
    let (store, house) = (matches!(store, Ok(Ok(_))), matches!(house, Ok(Ok(()))));
    let ready = store && house;
    let health = Health {
        status: if ready { "ready" } else { "not_ready" }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store,
        house,
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health))
}
