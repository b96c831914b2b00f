//! Used beside granted: smaller policies that would have been enough, to be reviewed.

use super::identity::find;
use super::reading::{ReadError, Reading};
use super::types::moment;
use crate::clock;
use crate::serve::Desk;
use crate::serve::extract::{Query, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_identity::Suggestion;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Over how many days uses count, when nothing is said.
const DAYS: u16 = 90;

/// A smaller policy that would have been enough.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SuggestionView {
    /// Whose policy it is.
    #[schema(example = "aws:arn:aws:iam::111122223333:user/ci")]
    pub principal: String,
    /// The policy: an ARN, or the name of an inline one.
    pub policy: String,
    /// How the principal came by it.
    #[schema(example = "inline")]
    pub through: String,
    /// Others who have the same policy; what they used counts too.
    pub shared_with: Vec<String>,
    /// From when on uses were counted.
    pub since: String,
    /// Until when.
    pub until: String,
    /// What was used, and stays.
    pub stays: Vec<UsedActionView>,
    /// What was not used, and goes; patterns as they are written. Where nothing goes, the policy could not
    /// be judged, and `undecided` says why.
    pub goes: Vec<String>,
    /// What could not be decided.
    pub undecided: Vec<UndecidedView>,
    /// Of which form `proposed` and `undo` are: a document of AWS in `json`, else a text in `hcl` or `json`
    /// (Vault), `sql` (PostgreSQL), or `yaml` (Kubernetes).
    #[schema(example = "yaml")]
    pub form: String,
    /// The smaller policy, as it is put in force; absent when nothing would be left of it.
    pub proposed: Option<Value>,
    /// The policy as it is: the way back.
    pub undo: Value,
}

/// An action that was used.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UsedActionView {
    /// The action, as policies name it.
    #[schema(example = "s3:ListAllMyBuckets")]
    pub action: String,
    /// How often.
    pub count: u32,
    /// When last.
    pub last_used: String,
}

/// An action that could not be decided.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UndecidedView {
    /// The action or pattern.
    pub action: String,
    /// Why not.
    pub why: String,
    /// Whether the proposal still allows it.
    pub kept: bool,
}

/// Over which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LeastPrivilegeQuery {
    /// Over how many days uses count; 90 without it, and no longer than they were counted.
    pub days: Option<u16>,
}

impl From<Suggestion> for SuggestionView {
    fn from(it: Suggestion) -> Self {
        let proposal = it.proposal;
        let flat = |it: BTreeMap<String, Vec<String>>| it.into_values().flatten().collect();
        Self {
            principal: it.principal,
            through: it.through,
            shared_with: it.shared_with,
            since: moment(proposal.window.since),
            until: moment(proposal.window.until),
            stays: proposal
                .stays
                .into_values()
                .flatten()
                .map(|it| UsedActionView {
                    action: it.action,
                    count: it.count,
                    last_used: moment(it.last_used),
                })
                .collect(),
            goes: flat(proposal.goes),
            undecided: proposal
                .undecided
                .into_iter()
                .map(|it| UndecidedView { action: it.action, why: it.why, kept: it.kept })
                .collect(),
            form: proposal.former.form().to_owned(),
            proposed: proposal.proposed.map(|it| it.to_json()),
            undo: proposal.former.to_json(),
            policy: proposal.policy,
        }
    }
}

impl Reading {
    /// Smaller policies for an identity's principals.
    pub async fn least_privilege(
        &self,
        text: &str,
        days: Option<u16>,
    ) -> Result<Vec<SuggestionView>, ReadError> {
        let until = clock::now();
        let days = i64::from(days.unwrap_or(DAYS));
        let since = until.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(until);
        let text = text.to_owned();
        let looked = self.look(move |world| {
            let found = find(world, &text)?;
            Ok::<_, ReadError>(world.watch().directory().seen_accounts(&found.id))
        });
        let accounts = looked.await??;
        // Whole accounts are read, which takes its time: not between two turns.
        let reading = tokio::task::spawn_blocking(move || accounts.suggestions(since, until));
        let suggestions = reading.await.map_err(|_| ReadError::Stopping)?;
        Ok(suggestions.into_iter().map(SuggestionView::from).collect())
    }
}

/// Proposes smaller policies, from what an identity was seen to use. Changes nothing.
#[utoipa::path(
    get, path = "/v1/identities/{identity}/least-privilege", tag = "identities",
    params(
        ("identity" = String, Path, description = "id, principal, name or access key id", example = "idn_ci-deploy"),
        LeastPrivilegeQuery
    ),
    responses((status = 200, body = Vec<SuggestionView>), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(
    State(desk): State<Desk>,
    Text(identity): Text,
    Query(query): Query<LeastPrivilegeQuery>,
) -> Result<Json<Vec<SuggestionView>>, Problem> {
    Ok(Json(desk.reading.least_privilege(&identity, query.days).await?))
}
