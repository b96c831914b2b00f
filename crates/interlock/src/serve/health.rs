//! `GET /health`: whether the process lives and can take work. The one path that needs no token.

use super::Desk;
use super::extract::Query;
use super::problem::{Code, Problem};
use crate::api::types::moment;
use crate::clock;
use crate::refused::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use interlock_store::{SigningKey, VerifyingKey, Writing};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// How long a part may take to show that it works.
const PATIENCE: Duration = Duration::from_secs(2);
/// The status of a process that can take work.
const READY: &str = "ready";

/// Whether the process lives and can take work.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ready` or `not_ready`.
    #[schema(example = "ready")]
    pub status: String,
    /// The program's version.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// Whether the memory can be read.
    pub store: bool,
    /// What the memory refuses to take, and why; nothing of it is acknowledged. Not ready while there
    /// is anything.
    pub refused: Vec<RefusedView>,
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
    interlock_store::answer_to(key, &told(port, challenge))
}

/// Whether this is that answer, by the key that anybody may have.
#[must_use]
pub fn is_proof(key: &VerifyingKey, port: u16, challenge: &str, proof: &str) -> bool {
    interlock_store::is_answer_to(key, &told(port, challenge), proof)
}

/// What is answered.
fn told(port: u16, challenge: &str) -> String {
    // The port is part of it, so that nobody passes the challenge on to the house at another one.
    format!("{port}\n{challenge}")
}

/// What the memory refuses to take.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RefusedView {
    /// `records`, `turns_and_audit`, `audit_signatures` or `learned`.
    #[schema(example = "records")]
    pub what: String,
    /// What hinders it.
    #[schema(example = "the disk is full")]
    pub why: String,
    /// Since when.
    #[schema(example = "2026-03-02T10:00:02Z")]
    pub since: String,
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
    /// Those that wait because too many records wait for their turn; they lose nothing.
    #[serde(default)]
    #[schema(example = 0)]
    pub waiting: usize,
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
    let proof = challenge.map(|it| proof(&desk.key, desk.port, &it));
    let health = Health { proof, ..now(&desk).await };
    let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(health)))
}

/// How the process is now.
pub(super) async fn now(desk: &Desk) -> Health {
    let memory = desk.reading.store();
    let store = tokio::time::timeout(PATIENCE, memory.consumed());
    let house = tokio::time::timeout(PATIENCE, desk.reading.look(|_| ()));
    let refused = tokio::time::timeout(PATIENCE, desk.house.refusals().now(memory));
    let (store, house, refused) = tokio::join!(store, house, refused);
    let (store, house) = (matches!(store, Ok(Ok(_))), matches!(house, Ok(Ok(()))));
    let refused: Vec<RefusedView> = match refused {
        Ok(all) => all.iter().map(RefusedView::from).collect(),
        // Somebody else's write takes so long, or the disk does not answer.
        Err(_) => vec![RefusedView {
            what: Writing::Records.as_str().to_owned(),
            why: "the store takes too long to write".to_owned(),
            since: moment(clock::now()),
        }],
    };
    let ready = store && house && refused.is_empty();
    let standings: Vec<_> = desk.feeds.iter().map(|it| it.standing()).collect();
    let sick = standings.iter().filter(|it| it.sick_since.is_some()).count();
    let waiting = standings.iter().filter(|it| it.waits).count();
    Health {
        status: if ready { READY } else { "not_ready" }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store,
        refused,
        house,
        feeds: FeedCounts { well: standings.len() - sick, sick, waiting },
        proof: None,
    }
}

impl Health {
    /// Whether work may be sent here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status == READY
    }
}

impl From<&(Writing, Refusal)> for RefusedView {
    fn from((writing, it): &(Writing, Refusal)) -> Self {
        Self { what: writing.as_str().to_owned(), why: it.why.to_owned(), since: moment(it.since) }
    }
}
