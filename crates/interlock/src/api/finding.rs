//! Findings: what detectors claim.

use super::reading::{ReadError, Reading, limit};
use super::types::{IdentityRef, Page, PlaceView, RuleView, moment};
use crate::serve::Desk;
use crate::serve::extract::{Query, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_model::{Artefact, Finding, FindingId, IdentityId, Resolution};
use interlock_store::FindingFilter;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// A detector's claim about one identity.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// Its id, derived from rule, identity and window.
    #[schema(example = "fnd_0b1c2d3e4f5061728394")]
    pub id: String,
    /// The rule behind it.
    pub rule: RuleView,
    /// One line of what was seen.
    #[schema(example = "`AKIAIOSFODNN7EXAMPLE` was used from a network never seen before")]
    pub title: String,
    /// How sure, 0 to 1.
    #[schema(example = 0.9)]
    pub confidence: f64,
    /// `informational`, `low`, `medium`, `high` or `critical`.
    #[schema(example = "high")]
    pub severity: String,
    /// ATT&CK technique ids.
    pub techniques: Vec<String>,
    /// When the first event that carries it happened.
    #[schema(example = "2026-03-02T10:00:00Z")]
    pub time: String,
    /// When the last one happened.
    #[schema(example = "2026-03-02T10:04:00Z")]
    pub last: String,
    /// `known`, `undeclared`, `ambiguous` or `unknown`.
    #[schema(example = "known")]
    pub resolution: String,
    /// Whom it accuses, where that is one identity.
    pub identity: Option<IdentityRef>,
    /// Who it may be, where several claim the principal.
    pub candidates: Vec<String>,
    /// Whose permissions were used.
    pub principal: Option<String>,
    /// What proved it.
    pub credential: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// Who stands behind it, the original actor first.
    pub chain: Vec<String>,
    /// The network address it came from.
    pub address: Option<String>,
    /// The client's own description of itself.
    pub user_agent: Option<String>,
    /// The records that carry it.
    pub evidence: Vec<PlaceView>,
    /// What the detector wants to be shown, in order.
    pub facts: Vec<FactView>,
    /// The class of answer that its rule was written for: `observe`, `revalidate`, `restrict` or `disable`.
    #[schema(example = "restrict")]
    pub response: Option<String>,
    /// What the accused brought to life or changed around then.
    pub artefacts: Vec<ArtefactView>,
}

/// Something that outlives the credential of whoever made it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ArtefactView {
    /// What it is: `access-key`, `user`, `role`, `policy`.
    #[schema(example = "access-key")]
    pub kind: String,
    /// The provider's name for it.
    #[schema(example = "AKIAIOSFODNN7EXAMPLE")]
    pub name: String,
    /// The operation that made or changed it.
    #[schema(example = "CreateAccessKey")]
    pub operation: String,
    /// Whose it is, where the record says so.
    pub principal: Option<String>,
    /// Its public name, when it is a credential.
    pub credential: Option<String>,
    /// When.
    #[schema(example = "2026-03-02T10:00:00Z")]
    pub time: String,
    /// The record that shows it.
    pub evidence: PlaceView,
}

impl From<&Artefact> for ArtefactView {
    fn from(it: &Artefact) -> Self {
        Self {
            kind: it.kind.to_string(),
            name: it.name.to_string(),
            operation: it.operation.to_string(),
            principal: it.principal.as_ref().map(ToString::to_string),
            credential: it.credential.as_ref().map(ToString::to_string),
            time: moment(it.time),
            evidence: PlaceView::from(&it.place),
        }
    }
}

/// A name and a value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FactView {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Which findings to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FindingQuery {
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
    /// Only those of this case.
    pub case: Option<String>,
    /// Only those that accuse this identity: id, principal, name or access key id.
    pub identity: Option<String>,
    /// Only those of the rule with this id.
    pub rule: Option<String>,
    /// Only those that stand after this finding: `next` of the page before.
    pub before: Option<String>,
}

impl Reading {
    /// Findings, newest first.
    pub async fn findings(&self, query: FindingQuery) -> Result<Page<FindingView>, ReadError> {
        let limit = limit(query.limit);
        let identity = match &query.identity {
            Some(text) => Some(self.identity_id(text).await?),
            None => None,
        };
        let case = query.case.as_deref().map(super::case::case_id).transpose()?;
        let before = query.before.as_deref().map(finding_id).transpose()?;
        let filter = FindingFilter {
            case,
            identity,
            rule: query.rule,
            before,
            limit: limit.saturating_add(1),
        };
        let mut found = self.store().findings(filter).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|it| it.id.to_string());
        Ok(Page { items: self.findings_shown(&found).await?, next })
    }

    /// One finding.
    pub async fn finding(&self, text: &str) -> Result<FindingView, ReadError> {
        let id = finding_id(text)?;
        let found = self.store().finding(&id).await?;
        let found = found.ok_or_else(|| ReadError::not_found("finding", text))?;
        let mut shown = self.findings_shown(std::slice::from_ref(&found)).await?;
        shown.pop().ok_or_else(|| ReadError::not_found("finding", text))
    }

    /// These findings with their identities.
    pub async fn findings_shown(&self, found: &[Finding]) -> Result<Vec<FindingView>, ReadError> {
        let ids = found.iter().filter_map(|it| it.resolution.identity().cloned()).collect();
        let known = self.references(ids).await?;
        Ok(found.iter().map(|it| FindingView::of(it, &known)).collect())
    }
}

/// The id in this text.
pub fn finding_id(text: &str) -> Result<FindingId, ReadError> {
    text.parse().map_err(|_| ReadError::Malformed {
        what: "finding",
        id: text.to_owned(),
        prefix: FindingId::PREFIX,
    })
}

impl FindingView {
    /// The finding, with the identities that are known.
    #[must_use]
    pub fn of(it: &Finding, known: &HashMap<IdentityId, IdentityRef>) -> Self {
        let candidates = match &it.resolution {
            Resolution::Ambiguous { candidates } => {
                candidates.iter().map(ToString::to_string).collect()
            }
            Resolution::Known { .. } | Resolution::Undeclared { .. } | Resolution::Unknown => {
                Vec::new()
            }
        };
        Self {
            id: it.id.to_string(),
            rule: RuleView::from(&it.rule),
            title: it.title.clone(),
            confidence: it.confidence.value(),
            severity: it.severity.as_str().to_owned(),
            techniques: it.techniques.iter().map(ToString::to_string).collect(),
            time: moment(it.time),
            last: moment(it.last),
            resolution: it.resolution.as_str().to_owned(),
            identity: it.resolution.identity().and_then(|id| known.get(id)).cloned(),
            candidates,
            principal: it.principal.as_ref().map(ToString::to_string),
            credential: it.credential.as_ref().map(ToString::to_string),
            session: it.session.as_ref().map(|it| it.id.to_string()),
            chain: it.chain.iter().map(ToString::to_string).collect(),
            address: it.origin.address.map(|it| it.to_string()),
            user_agent: it.origin.user_agent.as_deref().map(ToOwned::to_owned),
            evidence: it.evidence.iter().map(PlaceView::from).collect(),
            facts: it
                .facts
                .iter()
                .map(|(name, value)| FactView { name: name.clone(), value: value.clone() })
                .collect(),
            response: it.response.map(|it| it.to_string()),
            artefacts: it.artefacts.iter().map(ArtefactView::from).collect(),
        }
    }
}

/// Lists findings, newest first.
#[utoipa::path(
    get, path = "/v1/findings", tag = "findings", params(FindingQuery),
    responses((status = 200, body = Page<FindingView>), (status = 400, body = Problem), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<FindingQuery>,
) -> Result<Json<Page<FindingView>>, Problem> {
    Ok(Json(desk.reading.findings(query).await?))
}

/// Shows one finding with its evidence.
#[utoipa::path(
    get, path = "/v1/findings/{id}", tag = "findings",
    params(("id" = String, Path, description = "the finding's id", example = "fnd_0b1c2d3e4f5061728394")),
    responses((status = 200, body = FindingView), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(State(desk): State<Desk>, Text(id): Text) -> Result<Json<FindingView>, Problem> {
    Ok(Json(desk.reading.finding(&id).await?))
}
