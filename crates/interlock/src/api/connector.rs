//! Connectors: what they can do, and whether their permissions are there.

use super::reading::{ReadError, Reading};
use crate::serve::Desk;
use crate::serve::extract::Text;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_contain::{ActionSpec, Check, ConnectorInstance, ReversalSpec};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// How long the check of one connector may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connector instance.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConnectorView {
    /// Its name, from the configuration.
    #[schema(example = "aws-prod")]
    pub id: String,
    /// Its kind.
    #[schema(example = "aws_iam")]
    pub kind: String,
    /// One line for people.
    pub title: String,
    /// The provider whose principals it acts on.
    #[schema(example = "aws")]
    pub provider: String,
    /// The accounts, tenants or organisations that it reaches; empty: any.
    pub scope: Vec<String>,
    /// The verbs that it may write; empty: reads only.
    pub enforce: Vec<String>,
    /// Its actions.
    pub actions: Vec<ActionView>,
}

/// What one action does, needs, and leaves alive.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ActionView {
    /// Its name.
    #[schema(example = "aws_iam.disable_access_key")]
    pub name: String,
    /// The verb.
    #[schema(example = "disable_credential")]
    pub kind: String,
    /// What it does.
    pub summary: String,
    /// `restores`, `compensates` or `final`.
    #[schema(example = "restores")]
    pub reversal: String,
    /// Whether taking it back makes a credential valid again that may be stolen.
    pub re_arms: bool,
    /// Which access it ends: some of `new`, `refresh`, `live`.
    pub stops: Vec<String>,
    /// How long the provider may take to act on it, in seconds.
    pub settle_seconds: u64,
    /// What stays alive although it holds; empty when nothing does.
    pub leaves: String,
    /// The permissions for planning and verifying.
    pub reads: Vec<String>,
    /// The permissions for acting and for taking it back.
    pub writes: Vec<String>,
}

/// Whether one permission is there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    /// The provider's name of it.
    #[schema(example = "iam:ListAccessKeys")]
    pub permission: String,
    /// Whether it is there.
    pub ok: bool,
    /// Why not, with the remedy; of what is not known, how it could be.
    pub why: Option<String>,
    /// Whether the provider does not say if it is there.
    pub not_known: bool,
}

impl Reading {
    /// The connectors, as configured.
    pub async fn connectors(&self) -> Result<Vec<ConnectorView>, ReadError> {
        self.look(|world| world.settings().connectors.iter().map(ConnectorView::from).collect())
            .await
    }
}

impl From<&ConnectorInstance> for ConnectorView {
    fn from(it: &ConnectorInstance) -> Self {
        Self {
            id: it.id.to_string(),
            kind: it.spec.kind.to_owned(),
            title: it.spec.title.to_owned(),
            provider: it.spec.provider.to_owned(),
            scope: it.scope.iter().map(ToString::to_string).collect(),
            enforce: it.enforce.iter().map(ToString::to_string).collect(),
            actions: it
                .spec
                .actions
                .iter()
                .map(|action| ActionView::of(action, it.settle_seconds))
                .collect(),
        }
    }
}

impl ActionView {
    fn of(it: &ActionSpec, settle_seconds: Option<u64>) -> Self {
        let (reversal, re_arms) = match it.reversal {
            ReversalSpec::Restores { re_arms } => ("restores", re_arms),
            ReversalSpec::Compensates { .. } => ("compensates", false),
            ReversalSpec::Final { .. } => ("final", false),
        };
        let stops = [(it.stops.new, "new"), (it.stops.refresh, "refresh"), (it.stops.live, "live")];
        let delivery = it.delivery.map(|it| it.operation);
        Self {
            name: it.name.to_owned(),
            kind: it.kind.to_string(),
            summary: it.summary.to_owned(),
            reversal: reversal.to_owned(),
            re_arms,
            stops: stops.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect(),
            settle_seconds: settle_seconds.unwrap_or(it.settle.as_secs()),
            leaves: it.leaves.to_owned(),
            reads: it.reads.iter().map(ToString::to_string).collect(),
            writes: std::iter::once(it.write)
                .chain(it.restore)
                .chain(delivery)
                .map(|it| it.to_string())
                .collect(),
        }
    }
}

impl From<&Check> for CheckView {
    fn from(it: &Check) -> Self {
        Self {
            permission: it.permission.clone(),
            ok: it.outcome.is_ok(),
            why: it.outcome.as_ref().err().map(ToString::to_string),
            not_known: it.outcome.is_err() && !it.is_missing(),
        }
    }
}

/// Lists connectors and their actions.
#[utoipa::path(
    get, path = "/v1/connectors", tag = "connectors",
    responses((status = 200, body = Vec<ConnectorView>), Unauthorised)
)]
pub async fn list(State(desk): State<Desk>) -> Result<Json<Vec<ConnectorView>>, Problem> {
    Ok(Json(desk.reading.connectors().await?))
}

/// Tries every read that a connector needs; writes nothing. Needs the role `security`.
#[utoipa::path(
    post, path = "/v1/connectors/{id}/test", tag = "connectors",
    params(("id" = String, Path, description = "the connector's name", example = "aws-prod")),
    responses((status = 200, body = Vec<CheckView>), (status = 404, body = Problem), Unauthorised)
)]
pub async fn test(
    State(desk): State<Desk>,
    Text(id): Text,
) -> Result<Json<Vec<CheckView>>, Problem> {
    let connector = desk.connectors.iter().find(|it| *it.id().0 == *id);
    let connector = connector.ok_or_else(|| ReadError::not_found("connector", &id))?;
    let checks = match tokio::time::timeout(PATIENCE, connector.check()).await {
        Ok(checks) => checks.iter().map(CheckView::from).collect(),
        Err(_) => vec![CheckView {
            permission: "any".to_owned(),
            ok: false,
            why: Some(format!("the provider gave no answer within {} s", PATIENCE.as_secs())),
            not_known: true,
        }],
    };
    Ok(Json(checks))
}
