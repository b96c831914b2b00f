//! What was, or would be, decided, and why.

use super::case::{CaseSummary, CaseView, case_id};
use super::containment::{ContainmentView, containment_id};
use super::decision::DecisionView;
use super::finding::finding_id;
use super::identity::find;
use super::reading::{PAGE, ReadError, Reading};
use crate::clock;
use crate::serve::Desk;
use crate::serve::extract::Text;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_decide::{ManualQuestion, Role, manual};
use interlock_engine::World;
use interlock_model::{
    ActionKind, Case, CaseId, ContainmentId, Decision, DecisionId, Finding, FindingId, IdentityId,
    Timestamp,
};
use interlock_store::CaseFilter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was, or would be, decided, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExplainView {
    /// What was asked about.
    #[schema(example = "cas_0b1c2d3e4f5061728394")]
    pub id: String,
    /// `finding`, `case`, `decision`, `containment` or `identity`.
    #[schema(example = "case")]
    pub what: String,
    /// The answer in a few lines.
    pub text: Vec<String>,
    /// The case that it belongs to.
    pub case: Option<CaseSummary>,
    /// The decision that was asked about, or that is in force.
    pub decision: Option<DecisionView>,
    /// What would be decided now; absent for what is closed.
    pub now: Option<DecisionView>,
    /// The containments of the case.
    pub containments: Vec<ContainmentView>,
    /// What would be decided if the security team asked by hand, for each verb; for identities.
    pub by_hand: Vec<ByHandView>,
}

/// What would be decided if the security team asked for one verb by hand.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ByHandView {
    /// The verb.
    #[schema(example = "disable_credential")]
    pub intent: String,
    /// `act`, `ask` or `refuse`.
    #[schema(example = "ask")]
    pub verdict: String,
    /// Whose yes would be needed.
    #[schema(example = "owner")]
    pub consent: String,
    /// Why, one line each.
    pub reasons: Vec<String>,
}

impl Reading {
    /// Explains a finding, case, decision, containment or identity.
    pub async fn explain(&self, text: &str) -> Result<ExplainView, ReadError> {
        if text.starts_with(FindingId::PREFIX) {
            let id = finding_id(text)?;
            let finding = self.store().finding(&id).await?;
            let finding = finding.ok_or_else(|| ReadError::not_found("finding", text))?;
            let case = self.case_with(&finding).await?;
            return self.explained(text, "finding", case, None).await;
        }
        if text.starts_with(CaseId::PREFIX) {
            let case = self.store().case(&case_id(text)?).await?;
            let case = case.ok_or_else(|| ReadError::not_found("case", text))?;
            return self.explained(text, "case", Some(case), None).await;
        }
        if text.starts_with(DecisionId::PREFIX) {
            let missing = || ReadError::not_found("decision", text);
            let id: DecisionId = text.parse().map_err(|_| missing())?;
            let decision = self.store().decision(&id).await?.ok_or_else(missing)?;
            let case = self.store().case(&decision.case).await?;
            return self.explained(text, "decision", case, Some(decision)).await;
        }
        if text.starts_with(ContainmentId::PREFIX) {
            let id = containment_id(text)?;
            let found = self
                .look(move |world| {
                    world.containment(&id).map(|it| (it.decision.clone(), it.case.clone()))
                })
                .await?;
            let (decision, case) =
                found.ok_or_else(|| ReadError::not_found("containment", text))?;
            let decision = self.store().decision(&decision).await?;
            let case = self.store().case(&case).await?;
            return self.explained(text, "containment", case, decision).await;
        }
        self.explain_identity(text).await
    }

    async fn explain_identity(&self, text: &str) -> Result<ExplainView, ReadError> {
        let asked = text.to_owned();
        let now = clock::now();
        let (id, by_hand) = self
            .look(move |world| {
                let identity = find(world, &asked)?;
                Ok::<_, ReadError>((identity.id.clone(), by_hand(world, &identity.id, now)))
            })
            .await??;
        let filter = CaseFilter { open: Some(true), identity: Some(id.clone()), limit: 1 };
        let case = self.store().cases(filter).await?.pop();
        let mut explained = self.explained(id.as_str(), "identity", case, None).await?;
        explained.by_hand = by_hand;
        Ok(explained)
    }

    /// The case that holds this finding; the newest one when several do.
    async fn case_with(&self, finding: &Finding) -> Result<Option<Case>, ReadError> {
        let identity = finding.resolution.identity().cloned();
        let cases = self.store().cases(CaseFilter { open: None, identity, limit: PAGE }).await?;
        Ok(cases.into_iter().find(|it| it.findings.iter().any(|held| held.id == finding.id)))
    }

    async fn explained(
        &self,
        id: &str,
        what: &str,
        case: Option<Case>,
        decision: Option<Decision>,
    ) -> Result<ExplainView, ReadError> {
        let mut explained = ExplainView {
            id: id.to_owned(),
            what: what.to_owned(),
            text: Vec::new(),
            case: None,
            decision: decision.as_ref().map(DecisionView::from),
            now: None,
            containments: Vec::new(),
            by_hand: Vec::new(),
        };
        let Some(case) = case else {
            explained.text.push("No case is open, so nothing is decided.".to_owned());
            return Ok(explained);
        };
        let CaseView { summary, mut decisions, containments, closed_by, closed_why, .. } =
            self.case(case.id.as_str()).await?;
        if explained.decision.is_none() {
            explained.decision = decisions.pop();
        }
        let now = clock::now();
        let would = self.look(move |world| world.would_decide(&case.id, now)).await?;
        explained.now = would.as_ref().map(DecisionView::from);
        explained.containments = containments;
        explained.text.push(format!(
            "Case {} on `{}`: {} findings, confidence {:.0} %.",
            summary.id,
            summary.subject,
            summary.findings,
            summary.confidence * 100.0
        ));
        if let Some(it) = &explained.decision {
            explained.text.push(format!("Decided: {}.", in_words(it)));
            explained.text.extend(it.reasons.iter().cloned());
        }
        match (&explained.now, &explained.decision) {
            (Some(now), Some(then)) if in_words(now) == in_words(then) => {
                explained.text.push("The same would be decided now.".to_owned());
            }
            (Some(now), _) => {
                explained.text.push(format!("Now it would be: {}.", in_words(now)));
                explained.text.extend(now.reasons.iter().cloned());
            }
            (None, _) => {
                let by = closed_by.unwrap_or_default();
                let why = closed_why.unwrap_or_default();
                explained.text.push(format!("Closed by {by}: {why}."));
            }
        }
        explained.case = Some(summary);
        Ok(explained)
    }
}

/// A decision in one line.
#[must_use]
pub fn in_words(it: &DecisionView) -> String {
    let intents: Vec<&str> = it.intents.iter().map(|it| it.text.as_str()).collect();
    let what =
        if intents.is_empty() { "nothing to do".to_owned() } else { intents.join(", then ") };
    format!("{} at tier {}, consent {}: {what}", it.verdict, it.tier, it.consent)
}

/// What would be decided if the security team asked, verb by verb.
fn by_hand(world: &World, id: &IdentityId, now: Timestamp) -> Vec<ByHandView> {
    let directory = world.watch().directory();
    let Some(identity) = directory.identity(id) else { return Vec::new() };
    let blast = directory.blast_radius(id, now);
    let settings = world.settings();
    let deletes = interlock_contain::deletes(identity.principals.iter(), &settings.connectors);
    let verdict = |kind: ActionKind| {
        let question = ManualQuestion {
            by: "you",
            role: Role::Security,
            kind,
            identity,
            credential: None,
            named: None,
            sessions: &[],
            deletes: &deletes,
            case: None,
            owner_known: identity.owner.owner().is_some(),
            criticality: directory.criticality(&identity.id),
            blast_radius: &blast,
            mode: settings.mode,
            hold_seconds: None,
            now,
        };
        let decision = manual(&question, &settings.policies);
        ByHandView {
            intent: kind.to_string(),
            verdict: decision.verdict.to_string(),
            consent: decision.consent.to_string(),
            reasons: decision.reasons,
        }
    };
    ActionKind::ALL.into_iter().filter(|it| *it != ActionKind::Restore).map(verdict).collect()
}

/// Explains a finding, case, decision, containment or identity: what was or would be decided, and why.
#[utoipa::path(
    get, path = "/v1/explain/{id}", tag = "cases",
    params(("id" = String, Path, description = "its id; identities also by principal, name or access key id", example = "cas_0b1c2d3e4f5061728394")),
    responses((status = 200, body = ExplainView), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(State(desk): State<Desk>, Text(id): Text) -> Result<Json<ExplainView>, Problem> {
    Ok(Json(desk.reading.explain(&id).await?))
}
