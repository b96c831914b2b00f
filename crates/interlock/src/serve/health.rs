//! `GET /health`: whether the process lives and can take work. The one path that needs no token.

use super::Desk;
use super::extract::Query;
use super::problem::{Code, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use interlock_store::SigningKey;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

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
    /// The answer to the challenge, where there was one: only the house of this key and port can give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Whether the house is to prove that it is itself.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Challenge {
    /// 64 hex digits that nobody has used before.
    pub challenge: Option<String>,
}

/// The answer of the house with this key and port to a challenge.
#[must_use]
pub fn proof(key: &SigningKey, port: u16, challenge: &str) -> String {
    // The port is part of it, so that nobody passes the challenge on to the house at another one.
    interlock_store::answer_to(key, &format!("{port}\n{challenge}"))
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
///
/// With a challenge it proves that it holds the key of the audit chain, before anybody sends it a token.
#[utoipa::path(
    get, path = "/health", tag = "process", security(()), params(Challenge),
    responses((status = 400, description = "No challenge", body = Problem, content_type = "application/problem+json"), (status = 200, description = "Ready", body = Health), (status = 503, description = "Not ready", body = Health))
)]
pub async fn health(
    State(desk): State<Desk>,
    Query(Challenge { challenge }): Query<Challenge>,
) -> Result<(StatusCode, Json<Health>), Problem> {
    if challenge.as_ref().is_some_and(|it| it.len() != 64 || hex::decode(it).is_err()) {
        return Err(Problem::new(Code::Malformed, "`challenge` must be 64 hex digits"));
    }
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
        proof: challenge.map(|it| proof(&desk.key, desk.port, &it)),
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(health)))
}
