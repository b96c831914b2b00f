//! Drills: ways to end access that are proven on canaries, and asking for one now.

use super::reading::{ReadError, Reading};
use super::types::moment;
use crate::serve::Desk;
use crate::serve::extract::Text;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use interlock_engine::{DrillPlan, Input, World};
use interlock_model::Drill;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most that is shown of what a drill was before.
const HISTORY: usize = 30;

/// One drill and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DrillView {
    /// Its name, from the configuration.
    #[schema(example = "orders")]
    pub id: String,
    /// The connector.
    #[schema(example = "orders-db")]
    pub connector: String,
    /// The canary.
    #[schema(example = "postgresql:interlock_canary")]
    pub principal: String,
    /// What is done to it.
    #[schema(example = "disable_identity")]
    pub verb: String,
    /// How often, in seconds.
    pub every_seconds: i64,
    /// Whether it is under way.
    pub running: bool,
    /// What came of it, newest first, at most 30.
    pub history: Vec<DrillRunView>,
}

/// One run of a drill.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DrillRunView {
    /// When it began.
    pub time: String,
    /// When it was over; absent while it is under way.
    pub ended: Option<String>,
    /// Whether the canary's secret was refused.
    pub effective: bool,
    /// How long after the change was acknowledged it was refused, in milliseconds.
    pub refused_after_milliseconds: Option<u64>,
    /// Whether it was accepted again after the undo.
    pub restored: bool,
    /// The actions that were made, as `connector/action`.
    pub actions: Vec<String>,
    /// The containment.
    pub containment: Option<String>,
    /// What went wrong.
    pub fault: Option<String>,
}

impl From<&Drill> for DrillRunView {
    fn from(it: &Drill) -> Self {
        Self {
            time: moment(it.time),
            ended: it.ended.map(moment),
            effective: it.effective,
            refused_after_milliseconds: it.refused_after,
            restored: it.restored,
            actions: it
                .actions
                .iter()
                .map(|it| format!("{}/{}", it.connector, it.action.0))
                .collect(),
            containment: it.containment.as_ref().map(ToString::to_string),
            fault: it.fault.clone(),
        }
    }
}

impl DrillView {
    fn of(plan: &DrillPlan, world: &World) -> Self {
        let mut runs: Vec<&Drill> =
            world.drills().iter().filter(|it| *it.id == *plan.id && it.ended.is_some()).collect();
        runs.sort_by_key(|it| std::cmp::Reverse(it.time));
        let running = world.rehearsing().find(|it| *it.id == *plan.id);
        let shown = running.into_iter().chain(runs).take(HISTORY);
        Self {
            id: plan.id.to_string(),
            connector: plan.connector.to_string(),
            principal: plan.principal.to_string(),
            verb: plan.kind.to_string(),
            every_seconds: plan.every_seconds,
            running: running.is_some(),
            history: shown.map(DrillRunView::from).collect(),
        }
    }
}

impl Reading {
    /// The configured drills, in the configuration's order.
    pub async fn drills(&self) -> Result<Vec<DrillView>, ReadError> {
        self.look(|world| {
            world.settings().drills.iter().map(|it| DrillView::of(it, world)).collect()
        })
        .await
    }
}

/// Lists the drills and what came of them.
#[utoipa::path(
    get, path = "/v1/drills", tag = "connectors",
    responses((status = 200, body = Vec<DrillView>), Unauthorised)
)]
pub async fn list(State(desk): State<Desk>) -> Result<Json<Vec<DrillView>>, Problem> {
    Ok(Json(desk.reading.drills().await?))
}

/// Asks for a drill now. Its canary is contained and let in again.
#[utoipa::path(
    post, path = "/v1/drills/{id}/run", tag = "connectors",
    params(("id" = String, Path, description = "the drill's name", example = "orders")),
    responses(
        (status = 202, description = "On its way", body = DrillView),
        (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn run(
    State(desk): State<Desk>,
    Text(id): Text,
) -> Result<(StatusCode, Json<DrillView>), Problem> {
    desk.house.input(Input::DrillAsked { drill: id.clone() }).await?;
    let all = desk.reading.drills().await?;
    let it = all.into_iter().find(|it| it.id == id);
    let it = it.ok_or_else(|| ReadError::not_found("drill", &id))?;
    Ok((StatusCode::ACCEPTED, Json(it)))
}
