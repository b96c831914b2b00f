//! Discovery: how far each connector has looked for identities, and asking one to look now.

use super::reading::{ReadError, Reading};
use super::types::moment;
use crate::serve::Desk;
use crate::serve::extract::{Body, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use interlock_engine::Input;
use interlock_model::{ConnectorId, Discovery, DiscoveryGap, ProbedPermission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far one connector has looked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DiscoveryView {
    /// Its name, from the configuration.
    #[schema(example = "orders-db")]
    pub connector: String,
    /// When the last whole look began; absent when there was none.
    pub last: Option<String>,
    /// How many principals it saw.
    pub seen: u64,
    /// What it could not see.
    pub gaps: Vec<DiscoveryGapView>,
    /// When the look that is under way began.
    pub running_since: Option<String>,
    /// Why the last try came to no end.
    pub failed: Option<String>,
    /// The permissions that are missing, as tried after the last whole look.
    pub missing_permissions: Vec<MissingPermissionView>,
    /// The permissions of which the provider does not say whether they are there.
    pub unknown_permissions: Vec<MissingPermissionView>,
}

/// Something that a connector could not see.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DiscoveryGapView {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to grant or do.
    pub remedy: String,
}

/// A permission that a connector lacks, or of which that is not known.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MissingPermissionView {
    /// The provider's name of it.
    #[schema(example = "CREATEROLE")]
    pub permission: String,
    /// Why, with the remedy.
    pub why: String,
}

/// How to look.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscoverRequest {
    /// Whether it is right that most of what was there is gone.
    #[serde(default)]
    pub accept_loss: bool,
}

impl From<&DiscoveryGap> for DiscoveryGapView {
    fn from(it: &DiscoveryGap) -> Self {
        Self { what: it.what.clone(), why: it.why.clone(), remedy: it.remedy.clone() }
    }
}

impl From<&Discovery> for DiscoveryView {
    fn from(it: &Discovery) -> Self {
        let told = |why: &dyn Fn(&ProbedPermission) -> Option<&String>| {
            let all = it.permissions.iter().filter_map(|it| {
                let why = why(it)?.clone();
                Some(MissingPermissionView { permission: it.permission.clone(), why })
            });
            all.collect()
        };
        Self {
            connector: it.connector.to_string(),
            last: it.last.map(moment),
            seen: it.seen,
            gaps: it.gaps.iter().map(DiscoveryGapView::from).collect(),
            running_since: it.running.as_ref().map(|it| moment(it.started)),
            failed: it.failed.clone(),
            missing_permissions: told(&|it| it.missing.as_ref()),
            unknown_permissions: told(&|it| it.not_known.as_ref()),
        }
    }
}

impl Reading {
    /// How far connectors have looked, by name.
    pub async fn discoveries(&self) -> Result<Vec<DiscoveryView>, ReadError> {
        self.look(|world| world.discoveries().map(DiscoveryView::from).collect()).await
    }
}

/// Lists how far connectors have looked for identities.
#[utoipa::path(
    get, path = "/v1/discoveries", tag = "connectors",
    responses((status = 200, body = Vec<DiscoveryView>), Unauthorised)
)]
pub async fn list(State(desk): State<Desk>) -> Result<Json<Vec<DiscoveryView>>, Problem> {
    Ok(Json(desk.reading.discoveries().await?))
}

/// Asks a connector to look for identities now. Reads only.
#[utoipa::path(
    post, path = "/v1/connectors/{id}/discover", tag = "connectors",
    request_body = DiscoverRequest,
    params(("id" = String, Path, description = "the connector's name", example = "orders-db")),
    responses(
        (status = 202, description = "On its way", body = DiscoveryView),
        (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn ask(
    State(desk): State<Desk>,
    Text(id): Text,
    Body(request): Body<DiscoverRequest>,
) -> Result<(StatusCode, Json<DiscoveryView>), Problem> {
    let connector = ConnectorId(id.as_str().into());
    let accept_loss = request.accept_loss;
    desk.house.input(Input::DiscoveryAsked { connector, accept_loss }).await?;
    let all = desk.reading.discoveries().await?;
    let it = all.into_iter().find(|it| it.connector == id);
    let it = it.ok_or_else(|| ReadError::not_found("connector", &id))?;
    Ok((StatusCode::ACCEPTED, Json(it)))
}
