//! Feeds: the ways in that the house opens itself, and how each is.

use super::types::moment;
use crate::clock;
use crate::feed::state::State as Feed;
use crate::serve::Desk;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One feed and how it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FeedView {
    /// Its name.
    #[schema(example = "trail")]
    pub id: String,
    /// Its kind, as `interlock.toml` names it.
    #[schema(example = "s3")]
    pub kind: String,
    /// Where it reads from.
    #[schema(example = "https://sqs.eu-central-1.amazonaws.com/111122223333/trail")]
    pub from: String,
    /// Whether it is well.
    #[schema(example = true)]
    pub well: bool,
    /// Since when nothing succeeds; absent when it is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sick_since: Option<String>,
    /// Records stored since the start.
    #[schema(example = 1042)]
    pub records: u64,
    /// Records that could not be framed since the start.
    #[schema(example = 0)]
    pub rejected: u64,
    /// Failed attempts since the start.
    #[schema(example = 0)]
    pub errors: u64,
    /// How long ago it had last read everything that there was, in seconds.
    #[schema(example = 0.2)]
    pub lag_seconds: f64,
    /// When it last stored a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-03-02T10:00:02Z")]
    pub last_record: Option<String>,
    /// What was wrong last, also when it is well again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error_at: Option<String>,
}

impl From<&Feed> for FeedView {
    fn from(feed: &Feed) -> Self {
        let it = feed.standing();
        Self {
            id: feed.id.clone(),
            kind: feed.kind.to_owned(),
            from: feed.from.clone(),
            well: it.sick_since.is_none(),
            sick_since: it.sick_since.map(moment),
            records: it.records,
            rejected: it.rejected,
            errors: it.errors,
            lag_seconds: feed.lag(clock::now()),
            last_record: it.last_record.map(moment),
            last_error: it.last_error.as_ref().map(|it| it.1.clone()),
            last_error_at: it.last_error.map(|it| moment(it.0)),
        }
    }
}

/// Lists feeds and how each is.
#[utoipa::path(
    get, path = "/v1/feeds", tag = "events",
    responses((status = 200, body = Vec<FeedView>), Unauthorised)
)]
pub async fn list(State(desk): State<Desk>) -> Result<Json<Vec<FeedView>>, Problem> {
    Ok(Json(desk.feeds.iter().map(|it| FeedView::from(&**it)).collect()))
}
