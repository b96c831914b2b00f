//! Notices: whose attention was asked for.

use super::reading::{ReadError, Reading, limit};
use super::types::{Page, moment};
use crate::serve::Desk;
use crate::serve::extract::Query;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_store::Notice;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Somebody's attention was asked for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NoticeView {
    /// Of which containment, where it is about one.
    #[schema(example = "cnt_0b1c2d3e4f5061728394")]
    pub containment: Option<String>,
    /// To whom: an owner's id, or `security`.
    #[schema(example = "own_platform")]
    pub to: String,
    /// In words.
    pub text: String,
    /// When.
    #[schema(example = "2026-03-02T10:00:02Z")]
    pub time: String,
}

/// Which notices to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NoticeQuery {
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
    /// Only those of this containment.
    pub containment: Option<String>,
}

impl From<&Notice> for NoticeView {
    fn from(it: &Notice) -> Self {
        Self {
            containment: it.containment.as_ref().map(ToString::to_string),
            to: it.to.clone(),
            text: it.text.clone(),
            time: moment(it.time),
        }
    }
}

impl Reading {
    /// Notices, newest first.
    pub async fn notices(&self, query: NoticeQuery) -> Result<Page<NoticeView>, ReadError> {
        let of =
            query.containment.as_deref().map(super::containment::containment_id).transpose()?;
        let notices = self.store().notices(of.as_ref(), limit(query.limit)).await?;
        Ok(Page { items: notices.iter().map(NoticeView::from).collect(), next: None })
    }
}

/// Lists notices, newest first.
#[utoipa::path(
    get, path = "/v1/notices", tag = "containments", params(NoticeQuery),
    responses((status = 200, body = Page<NoticeView>), (status = 400, body = Problem), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<NoticeQuery>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    Ok(Json(desk.reading.notices(query).await?))
}
