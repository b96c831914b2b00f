//! Records that were refused, with their place and the reason.

use super::reading::{ReadError, Reading, limit};
use super::types::{Page, PlaceView};
use crate::serve::Desk;
use crate::serve::extract::Query;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_model::Rejected;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A record that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedView {
    /// The file, or `http:` and the id of the request that brought it.
    #[schema(example = "http:7f3a90c1d2e4b586")]
    pub file: String,
    /// The 0-based index of the record in it.
    #[schema(example = 3)]
    pub record: u64,
    /// Why it was refused, in one line.
    #[schema(example = "not UTF-8 at byte 12 of the record")]
    pub why: String,
}

/// How many to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LimitQuery {
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
}

impl From<&Rejected> for RejectedView {
    fn from(it: &Rejected) -> Self {
        let PlaceView { file, record } = PlaceView::from(&it.place);
        Self { file, record, why: it.why.clone() }
    }
}

impl Reading {
    /// Refused records, newest first.
    pub async fn rejected(&self, query: LimitQuery) -> Result<Page<RejectedView>, ReadError> {
        let rejected = self.store().rejected(limit(query.limit)).await?;
        Ok(Page { items: rejected.iter().map(RejectedView::from).collect(), next: None })
    }
}

/// Lists records that were refused, newest first.
#[utoipa::path(
    get, path = "/v1/rejected", tag = "events", params(LimitQuery),
    responses((status = 200, body = Page<RejectedView>), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<LimitQuery>,
) -> Result<Json<Page<RejectedView>>, Problem> {
    Ok(Json(desk.reading.rejected(query).await?))
}
