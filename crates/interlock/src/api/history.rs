//! What an identity was: owner, environment and names, and since when.

use super::identity::provenance;
use super::reading::{ReadError, Reading};
use super::types::moment;
use crate::serve::Desk;
use crate::serve::extract::Text;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_model::{IdentityFacts, Ownership, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an identity was.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PastView {
    /// From when on.
    pub since: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it acted.
    pub environment: String,
    /// The team that answered for it.
    pub owner: Option<String>,
    /// `declared`, `inferred` or `unowned`.
    pub ownership: String,
    /// What providers called it.
    pub principals: Vec<String>,
    /// Never contained without a person.
    pub protected: bool,
    /// `declared` or `derived`.
    pub provenance: String,
    /// Since when the person or the purpose behind it was gone.
    pub departed: Option<String>,
}

impl PastView {
    fn of(since: Timestamp, it: IdentityFacts) -> Self {
        let ownership = match it.owner {
            Ownership::Declared { .. } => "declared",
            Ownership::Inferred { .. } => "inferred",
            Ownership::Unowned => "unowned",
        };
        Self {
            since: moment(since),
            kind: it.kind.to_string(),
            name: it.name,
            environment: it.environment.to_string(),
            owner: it.owner.owner().map(ToString::to_string),
            ownership: ownership.to_owned(),
            principals: it.principals.iter().map(ToString::to_string).collect(),
            protected: it.protected,
            provenance: provenance(it.provenance).to_owned(),
            departed: it.departed.map(moment),
        }
    }
}

impl Reading {
    /// What an identity was, oldest first.
    pub async fn history(&self, text: &str) -> Result<Vec<PastView>, ReadError> {
        let id = self.identity_id(text).await?;
        let past = self.store().history(&id).await?;
        Ok(past.into_iter().map(|(since, facts)| PastView::of(since, facts)).collect())
    }
}

/// Shows what an identity was: owner, environment and names, and since when.
#[utoipa::path(
    get, path = "/v1/identities/{identity}/history", tag = "identities",
    params(("identity" = String, Path, description = "id, principal, name or access key id", example = "idn_ci-deploy")),
    responses((status = 200, body = Vec<PastView>), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(
    State(desk): State<Desk>,
    Text(identity): Text,
) -> Result<Json<Vec<PastView>>, Problem> {
    Ok(Json(desk.reading.history(&identity).await?))
}
