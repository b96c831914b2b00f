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
    /// How many feeds are well and how many are sick; a sick one does not make the house unready.
    pub feeds: FeedCounts,
}

/// How many feeds are well and how many are sick.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct FeedCounts {
    /// Those whose last attempt succeeded.
    #[schema(example = 2)]
    pub well: usize,
    /// Those that are tried again; `GET /v1/feeds` names them, with the reason.
    #[schema(example = 0)]
    pub sick: usize,
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
    let sick = desk.feeds.iter().filter(|it| it.standing().sick_since.is_some()).count();
    let health = Health {
        status: if ready { "ready" } else { "not_ready" }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store,
        house,
        feeds: FeedCounts { well: desk.feeds.len() - sick, sick },
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health))
}
