//! Cases: the open findings on one identity, what was decided, what was done.

use super::containment::ContainmentView;
use super::decision::DecisionView;
use super::finding::FindingView;
use super::reading::{ReadError, Reading, limit};
use super::types::{IdentityRef, Page, moment};
use crate::serve::Desk;
use crate::serve::extract::{Query, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_model::{Case, CaseId, CaseState, IdentityId, Severity};
use interlock_store::CaseFilter;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// One case in short.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CaseSummary {
    /// Its id.
    #[schema(example = "cas_0b1c2d3e4f5061728394")]
    pub id: String,
    /// A name for whom it is about, also when nobody is known.
    #[schema(example = "ci-deploy")]
    pub subject: String,
    /// `known`, `undeclared`, `ambiguous` or `unknown`.
    #[schema(example = "known")]
    pub resolution: String,
    /// Whom it is about, where that is one identity.
    pub identity: Option<IdentityRef>,
    /// `open` or `closed`.
    #[schema(example = "open")]
    pub state: String,
    /// How sure, all findings together, 0 to 1.
    #[schema(example = 0.95)]
    pub confidence: f64,
    /// The worst severity of its findings.
    #[schema(example = "high")]
    pub severity: String,
    /// How many findings it has.
    pub findings: usize,
    /// When the first thing in it happened.
    #[schema(example = "2026-03-02T10:00:00Z")]
    pub opened: String,
    /// When the last thing in it happened.
    #[schema(example = "2026-03-02T10:04:00Z")]
    pub updated: String,
    /// The verdict in force: `act`, `ask`, `observe` or `refuse`.
    #[schema(example = "ask")]
    pub verdict: Option<String>,
    /// Its tier.
    #[schema(example = "restrict")]
    pub tier: Option<String>,
    /// Where its newest containment stands.
    #[schema(example = "running")]
    pub phase: Option<String>,
    /// How far that one is proven.
    #[schema(example = "requested")]
    pub grade: Option<String>,
}

/// One case as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CaseView {
    /// The case in short.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// Why it was closed.
    pub closed_why: Option<String>,
    /// The findings, in order of time.
    pub evidence: Vec<FindingView>,
    /// The decisions, oldest first; the last one is in force.
    pub decisions: Vec<DecisionView>,
    /// The containments, first requested first.
    pub containments: Vec<ContainmentView>,
}

/// Which cases to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseQuery {
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
    /// Only open ones (`true`), only closed ones (`false`).
    pub open: Option<bool>,
    /// Only those about this identity: id, principal, name or access key id.
    pub identity: Option<String>,
}

impl Reading {
    /// Cases, last updated first.
    pub async fn cases(&self, query: CaseQuery) -> Result<Page<CaseSummary>, ReadError> {
        let identity = match &query.identity {
            Some(text) => Some(self.identity_id(text).await?),
            None => None,
        };
        let filter = CaseFilter { open: query.open, identity, limit: limit(query.limit) };
        let cases = self.store().cases(filter).await?;
        let ids = cases.iter().filter_map(|it| it.resolution.identity().cloned()).collect();
        let known = self.references(ids).await?;
        let mut items = Vec::with_capacity(cases.len());
        for case in &cases {
            let decisions = self.store().decisions(&case.id).await?;
            let containments = self.containments_of(&case.id).await?;
            let decisions: Vec<_> = decisions.iter().map(DecisionView::from).collect();
            items.push(CaseSummary::of(case, &known, &decisions, &containments));
        }
        Ok(Page { items, next: None })
    }

    /// One case as a whole.
    pub async fn case(&self, text: &str) -> Result<CaseView, ReadError> {
        let id = case_id(text)?;
        let case = self.store().case(&id).await?;
        let case = case.ok_or_else(|| ReadError::not_found("case", text))?;
        let ids = case.resolution.identity().cloned().into_iter().collect();
        let known = self.references(ids).await?;
        let decisions: Vec<DecisionView> =
            self.store().decisions(&id).await?.iter().map(DecisionView::from).collect();
        let containments = self.containments_of(&id).await?;
        let (closed_by, closed_why) = match &case.state {
            CaseState::Open => (None, None),
            CaseState::Closed { by, why } => (Some(by.clone()), Some(why.clone())),
        };
        Ok(CaseView {
            summary: CaseSummary::of(&case, &known, &decisions, &containments),
            closed_by,
            closed_why,
            evidence: self.findings_shown(&case.findings).await?,
            decisions,
            containments,
        })
    }
}

/// The id in this text.
pub fn case_id(text: &str) -> Result<CaseId, ReadError> {
    text.parse().map_err(|_| ReadError::Malformed {
        what: "case",
        id: text.to_owned(),
        prefix: CaseId::PREFIX,
    })
}

impl CaseSummary {
    fn of(
        case: &Case,
        known: &HashMap<IdentityId, IdentityRef>,
        decisions: &[DecisionView],
        containments: &[ContainmentView],
    ) -> Self {
        let worst = case.findings.iter().map(|it| it.severity).max();
        let decision = decisions.last();
        let containment = containments.last();
        Self {
            id: case.id.to_string(),
            subject: case.subject.clone(),
            resolution: case.resolution.as_str().to_owned(),
            identity: case.resolution.identity().and_then(|id| known.get(id)).cloned(),
            state: match case.state {
                CaseState::Open => "open",
                CaseState::Closed { .. } => "closed",
            }
            .to_owned(),
            confidence: case.confidence.value(),
            severity: worst.unwrap_or(Severity::Informational).as_str().to_owned(),
            findings: case.findings.len(),
            opened: moment(case.opened),
            updated: moment(case.updated),
            verdict: decision.map(|it| it.verdict.clone()),
            tier: decision.map(|it| it.tier.clone()),
            phase: containment.map(|it| it.phase.clone()),
            grade: containment.map(|it| it.grade.clone()),
        }
    }
}

/// Lists cases, last updated first.
#[utoipa::path(
    get, path = "/v1/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = Page<CaseSummary>), (status = 400, body = Problem), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<CaseQuery>,
) -> Result<Json<Page<CaseSummary>>, Problem> {
    Ok(Json(desk.reading.cases(query).await?))
}

/// Shows one case: findings, decisions, containments.
#[utoipa::path(
    get, path = "/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "the case's id", example = "cas_0b1c2d3e4f5061728394")),
    responses((status = 200, body = CaseView), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(State(desk): State<Desk>, Text(id): Text) -> Result<Json<CaseView>, Problem> {
    Ok(Json(desk.reading.case(&id).await?))
}
