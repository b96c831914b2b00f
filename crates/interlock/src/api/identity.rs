//! Identities: who there is, who owns them, what is missing.

use super::credential::{CredentialView, FoundView};
use super::delegation::DelegationView;
use super::reach::ReachView;
use super::reading::{ReadError, Reading};
use super::types::{BlastRadiusView, DependentView, Page, moment};
use crate::clock;
use crate::plain::one_line;
use crate::serve::Desk;
use crate::serve::extract::{Query, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_engine::World;
use interlock_identity::{Ancestry, Gap};
use interlock_model::{
    EnvironmentBasis, Identity, IdentityId, LineageKind, Ownership, Provenance, RiskClass,
    Standing, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// One actor: human or not.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IdentityView {
    /// Its id: chosen in the declared directory, derived from the principal otherwise.
    #[schema(example = "idn_ci-deploy")]
    pub id: String,
    /// `human`, `service_account`, `workload`, `api_client`, `pipeline`, `agent`, `shared` or `unknown`.
    #[schema(example = "service_account")]
    pub kind: String,
    /// A name to show.
    #[schema(example = "ci-deploy")]
    pub name: String,
    /// `production`, `staging`, `development` or `unknown`; unknown is treated as production.
    #[schema(example = "production")]
    pub environment: String,
    /// How the environment is known: `declared`, `inferred` or `none`.
    #[schema(example = "inferred")]
    pub environment_basis: String,
    /// The reason in words, when it is inferred.
    pub environment_from: Option<String>,
    /// How much hangs on it, where that is declared: `low`, `medium` or `high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "high")]
    pub criticality: Option<String>,
    /// Who answers for it.
    pub owner: OwnerView,
    /// What providers call it.
    pub principals: Vec<String>,
    /// What proves it; never the secret.
    pub credentials: Vec<CredentialView>,
    /// What it may do, as far as declared or seen.
    pub entitlements: Vec<EntitlementView>,
    /// What uses it.
    pub dependents: Vec<DependentView>,
    /// Where it came from.
    pub lineage: Vec<LineageView>,
    /// Where its access came from, step by step; only where one identity is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ancestry: Option<AncestryView>,
    /// Of an agent: for whom it acts, and with which tools; only where one identity is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<DelegationView>,
    /// What breaks if it stops.
    pub blast_radius: BlastRadiusView,
    /// In one sentence for its owner: who uses it, how often, what stops with it.
    pub impact: String,
    /// What it may do at this moment: `clear`, `watched`, `reduced`, `quarantined` or `disabled`.
    #[schema(example = "clear")]
    pub standing: String,
    /// Never contained without a person.
    pub protected: bool,
    /// `declared` or `derived`.
    #[schema(example = "declared")]
    pub provenance: String,
    /// What its policies let it do, and how it could come to more; only where one identity is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reach: Vec<ReachView>,
    /// What connectors saw of it at their providers.
    pub discovered: Vec<DiscoveredView>,
    /// Where its sources contradict each other.
    pub conflicts: Vec<ConflictView>,
    /// When it was last seen at a provider, where every connector that saw it looked in vain since.
    pub unseen_since: Option<String>,
}

/// What a connector saw of one principal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DiscoveredView {
    /// The connector.
    #[schema(example = "orders-db")]
    pub connector: String,
    /// The principal.
    #[schema(example = "postgresql:shop")]
    pub principal: String,
    /// When the first look that saw it began.
    pub first: String,
    /// When the last one did.
    pub last: String,
    /// Whether it may sign in, where the provider has a switch for that.
    pub enabled: Option<bool>,
    /// When it was made.
    pub created: Option<String>,
    /// When it was last used, as the provider counts it.
    pub last_used: Option<String>,
    /// Tags, labels and attributes.
    pub labels: BTreeMap<String, String>,
}

/// A contradiction between sources.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConflictView {
    /// About what: `kind`, `owner`, `environment` or `enabled`.
    #[schema(example = "owner")]
    pub about: String,
    /// Who says what; the first one counts.
    pub text: String,
}

/// Who answers for an identity.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OwnerView {
    /// `declared`, `inferred` or `unowned`.
    #[schema(example = "declared")]
    pub ownership: String,
    /// The team's id.
    #[schema(example = "own_platform")]
    pub id: Option<String>,
    /// The team's name.
    #[schema(example = "Platform")]
    pub name: Option<String>,
    /// Where to reach it.
    #[schema(example = "#platform-oncall")]
    pub contact: Option<String>,
    /// Which tokens may answer for it, by name.
    pub approvers: Vec<String>,
    /// The reason in words, when it is inferred.
    pub from: Option<String>,
}

/// Something an identity may do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EntitlementView {
    /// The grant, as the provider names it.
    pub grant: String,
    /// On what.
    pub scope: String,
    /// How it came by it.
    pub through: String,
    /// `read`, `write`, `secrets`, `permissions` or `admin`.
    #[schema(example = "secrets")]
    pub risk: String,
    /// The connector that listed it; absent when people declared it.
    #[serde(default)]
    #[schema(example = "orders-db")]
    pub from: Option<String>,
    /// When that connector last looked and saw its holder.
    #[serde(default)]
    pub seen: Option<String>,
}

/// Where an identity's access came from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LineageView {
    /// `created_by`, `deployed_by`, `assumed_by` or `issued_from`.
    #[schema(example = "deployed_by")]
    pub kind: String,
    /// The other end.
    #[schema(example = "github:repo:acme/shop:ref:refs/heads/main")]
    pub to: String,
    /// Since when it is known.
    pub seen: Option<String>,
    /// The event that shows it; absent when it was declared.
    pub shown_by: Option<String>,
}

/// Where an access came from: back over every session to what lasts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AncestryView {
    /// The steps back, the nearest first.
    pub steps: Vec<String>,
    /// Why the trail goes no further, where it should.
    pub ends: Option<String>,
    /// For whom the sessions on the way were opened, as whoever opened them says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "source_identity:ann")]
    pub opened_for: Option<String>,
    /// The deployment upstream that made the access path: repository, workflow, run, commit.
    pub deployed_by: Option<String>,
    /// The application that answers for it, and its team.
    pub application: Option<String>,
    /// What has to be replaced so that the access does not come back.
    pub replace: String,
}

impl From<Ancestry> for AncestryView {
    fn from(it: Ancestry) -> Self {
        Self {
            steps: it.steps.iter().map(ToString::to_string).collect(),
            ends: it.ends,
            opened_for: it.opened_for.map(|it| it.to_string()),
            deployed_by: it.deployment.map(|it| it.sentence()),
            application: it
                .application
                .map(|it| format!("{} of `{}` ({})", it.name, it.owner, it.basis)),
            replace: it.replace.to_string(),
        }
    }
}

/// One thing that people should mend before it matters.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GapView {
    /// Whose.
    #[schema(example = "idn_ci-deploy")]
    pub identity: String,
    /// The identity's name.
    #[schema(example = "ci-deploy")]
    pub name: String,
    /// Which sort: `undeclared`, `unowned`, `owner_inferred`, `environment_unknown`, `ambiguous`,
    /// `unused_credential`, `shared_credential`, `no_revocation`, `no_approver`, `owner_departed`, `conflict`,
    /// `over_age`, `long_lived` or `look_alike`.
    #[schema(example = "unowned")]
    pub kind: String,
    /// What is so.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
}

/// Which identities to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IdentityQuery {
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
    /// Only those whose id comes after this one: `next` of the page before.
    pub after: Option<String>,
}

impl Reading {
    /// Identities by id, after this one, at most so many.
    pub async fn identities(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page<IdentityView>, ReadError> {
        let now = clock::now();
        self.look(move |world| {
            let directory = world.watch().directory();
            let (all, more) = directory.page(after.as_deref(), limit);
            let next = all.last().filter(|_| more).map(|it| it.id.to_string());
            let items = all.into_iter().map(|it| IdentityView::of(it, world, now)).collect();
            Page { items, next }
        })
        .await
    }

    /// One identity, found by id, principal, name, credential or the provider's id of one.
    pub async fn identity(&self, text: &str) -> Result<IdentityView, ReadError> {
        let now = clock::now();
        let text = text.to_owned();
        let looked = self.look(move |world| {
            let found = find(world, &text)?;
            let directory = world.watch().directory();
            let accounts = directory.seen_accounts(&found.id);
            // Asked for by a credential, the way back is the one of that credential.
            let mut named = found.credentials.iter().map(|it| &it.reference);
            let credential = named.find(|it| it.as_str() == text || it.id() == text);
            let ancestry = match credential {
                Some(it) => directory.ancestry(Some(it), None, None),
                None => directory.ancestry_of(found),
            };
            let mut shown = IdentityView::of(found, world, now);
            for (view, it) in shown.credentials.iter_mut().zip(&found.credentials) {
                let lasts = it.session.is_none();
                let place = lasts.then(|| world.found_at(found, &it.reference)).flatten();
                view.found_at = place.map(FoundView::from);
            }
            let ancestry = ancestry.map(AncestryView::from);
            let delegation = directory.delegation(found).map(DelegationView::from);
            Ok::<_, ReadError>((IdentityView { ancestry, delegation, ..shown }, accounts))
        });
        let (identity, accounts) = looked.await??;
        // Whole accounts are read, which takes its time: not between two turns.
        let reading = tokio::task::spawn_blocking(move || accounts.granted());
        let reach = reading.await.map_err(|_| ReadError::Stopping)?;
        let reach = reach.into_iter().map(ReachView::from).collect();
        Ok(IdentityView { reach, ..identity })
    }

    /// Whom this text means.
    pub async fn identity_id(&self, text: &str) -> Result<IdentityId, ReadError> {
        let text = text.to_owned();
        self.look(move |world| find(world, &text).map(|it| it.id.clone())).await?
    }

    /// What people should mend, of identities whose id comes after this one.
    pub async fn gaps(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page<GapView>, ReadError> {
        let now = clock::now();
        self.look(move |world| {
            let directory = world.watch().directory();
            let (gaps, next) = directory.gaps_page(after.as_deref(), limit, now);
            let name = |gap: &Gap| {
                directory.identity(&gap.identity).map(|it| it.name.clone()).unwrap_or_default()
            };
            let view = |gap: Gap| GapView {
                name: name(&gap),
                identity: gap.identity.to_string(),
                kind: gap.kind.as_str().to_owned(),
                text: gap.text,
                remedy: gap.remedy,
            };
            let items = gaps.into_iter().map(view).collect();
            Page { items, next: next.map(|it| it.to_string()) }
        })
        .await
    }
}

/// Most identities of one name that are told apart in an answer.
const CANDIDATES: usize = 8;

/// An identity by its id, and by what it is at its provider, since its name is not its own.
fn told_apart(it: &Identity) -> String {
    match it.principals.first() {
        Some(principal) => format!("{} ({})", it.id, one_line(&principal.to_string())),
        None => it.id.to_string(),
    }
}

/// The one identity that this text means.
pub fn find<'w>(world: &'w World, text: &str) -> Result<&'w Identity, ReadError> {
    let directory = world.watch().directory();
    if let Some(it) = text.parse().ok().and_then(|id: IdentityId| directory.identity(&id)) {
        return Ok(it);
    }
    let means = |it: &&Identity| {
        it.name == text
            || it.principals.iter().any(|p| *p.name == *text || p.to_string() == text)
            || it
                .credentials
                .iter()
                .any(|c| c.reference.as_str() == text || c.reference.id() == text)
    };
    let found: Vec<&Identity> = directory.identities().filter(means).collect();
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(ReadError::not_found("identity", text)),
        several => Err(ReadError::Ambiguous {
            text: text.to_owned(),
            candidates: several.iter().take(CANDIDATES).map(|it| told_apart(it)).collect(),
        }),
    }
}

impl IdentityView {
    /// The identity as the world sees it now.
    #[must_use]
    pub fn of(it: &Identity, world: &World, now: Timestamp) -> Self {
        let directory = world.watch().directory();
        let owner = it.owner.owner().and_then(|id| directory.owner(id));
        let (environment_basis, environment_from) = match &it.environment_basis {
            EnvironmentBasis::Declared => ("declared", None),
            EnvironmentBasis::Inferred(from) => ("inferred", Some(from.clone())),
            EnvironmentBasis::None => ("none", None),
        };
        let (ownership, from) = match &it.owner {
            Ownership::Declared { .. } => ("declared", None),
            Ownership::Inferred { from, .. } => ("inferred", Some(from.clone())),
            Ownership::Unowned => ("unowned", None),
        };
        Self {
            id: it.id.to_string(),
            kind: it.kind.to_string(),
            name: it.name.clone(),
            environment: it.environment.to_string(),
            environment_basis: environment_basis.to_owned(),
            environment_from,
            criticality: directory.criticality(&it.id).map(|it| it.to_string()),
            owner: OwnerView {
                ownership: ownership.to_owned(),
                id: it.owner.owner().map(ToString::to_string),
                name: owner.map(|it| it.name.clone()),
                contact: owner.map(|it| it.contact.clone()).filter(|it| !it.is_empty()),
                approvers: owner.map(|it| it.approvers.clone()).unwrap_or_default(),
                from,
            },
            principals: it.principals.iter().map(ToString::to_string).collect(),
            credentials: it.credentials.iter().map(CredentialView::from).collect(),
            entitlements: it
                .entitlements
                .iter()
                .map(|grant| {
                    let by = directory.granted_by(it, grant);
                    EntitlementView {
                        grant: grant.grant.clone(),
                        scope: grant.scope.clone(),
                        through: grant.through.clone(),
                        risk: risk(grant.risk).to_owned(),
                        from: by.as_ref().map(|it| it.0.to_string()),
                        seen: by.map(|it| moment(it.1)),
                    }
                })
                .collect(),
            dependents: it.dependents.iter().map(DependentView::from).collect(),
            lineage: it
                .lineage
                .iter()
                .map(|it| LineageView {
                    kind: lineage(it.kind).to_owned(),
                    to: it.to.to_string(),
                    seen: it.seen.map(moment),
                    shown_by: it.shown_by.as_ref().map(ToString::to_string),
                })
                .collect(),
            ancestry: None,
            delegation: None,
            blast_radius: BlastRadiusView::from(&directory.blast_radius(&it.id, now)),
            impact: world.impact(&it.id, now, &[]),
            standing: standing(world.standing(&it.id)).to_owned(),
            protected: it.protected || directory.is_protected(&it.id),
            provenance: provenance(it.provenance).to_owned(),
            reach: Vec::new(),
            discovered: directory
                .inventory(&it.id)
                .into_iter()
                .map(|it| DiscoveredView {
                    connector: it.connector.to_string(),
                    principal: it.seen.principal.to_string(),
                    first: moment(it.first),
                    last: moment(it.last),
                    enabled: it.seen.enabled,
                    created: it.seen.created.map(moment),
                    last_used: it.seen.last_used.map(moment),
                    labels: it.seen.labels.clone(),
                })
                .collect(),
            conflicts: directory
                .conflicts(&it.id)
                .into_iter()
                .map(|it| ConflictView { about: it.about.to_owned(), text: it.text })
                .collect(),
            unseen_since: directory
                .unseen(&it.id, &world.discoveries().cloned().collect::<Vec<_>>())
                .map(moment),
        }
    }
}

/// How a record came to be, as text.
#[must_use]
pub const fn provenance(it: Provenance) -> &'static str {
    match it {
        Provenance::Declared => "declared",
        Provenance::Derived => "derived",
    }
}

const fn risk(it: RiskClass) -> &'static str {
    match it {
        RiskClass::Read => "read",
        RiskClass::Write => "write",
        RiskClass::Secrets => "secrets",
        RiskClass::Permissions => "permissions",
        RiskClass::Admin => "admin",
    }
}

/// What a lineage edge says, as text.
#[must_use]
pub const fn lineage(it: LineageKind) -> &'static str {
    match it {
        LineageKind::CreatedBy => "created_by",
        LineageKind::DeployedBy => "deployed_by",
        LineageKind::AssumedBy => "assumed_by",
        LineageKind::IssuedFrom => "issued_from",
    }
}

/// A standing, as text.
#[must_use]
pub const fn standing(it: Standing) -> &'static str {
    match it {
        Standing::Clear => "clear",
        Standing::Watched => "watched",
        Standing::Reduced { .. } => "reduced",
        Standing::Quarantined => "quarantined",
        Standing::Disabled => "disabled",
    }
}

/// Lists identities, by id.
#[utoipa::path(
    get, path = "/v1/identities", tag = "identities", params(IdentityQuery),
    responses((status = 200, body = Page<IdentityView>), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<IdentityQuery>,
) -> Result<Json<Page<IdentityView>>, Problem> {
    let limit = super::reading::limit(query.limit);
    Ok(Json(desk.reading.identities(query.after, limit).await?))
}

/// Lists what is missing: owners, environments, ways to revoke.
///
/// The gaps of one identity stay together, so a page may hold a few more than `limit`; and one page
/// looks at 5000 identities at most, so it may hold fewer though `next` leads on.
#[utoipa::path(
    get, path = "/v1/identities/gaps", tag = "identities", params(IdentityQuery),
    responses((status = 200, body = Page<GapView>), Unauthorised)
)]
pub async fn gaps(
    State(desk): State<Desk>,
    Query(query): Query<IdentityQuery>,
) -> Result<Json<Page<GapView>>, Problem> {
    let limit = super::reading::limit(query.limit);
    Ok(Json(desk.reading.gaps(query.after, limit).await?))
}

/// Shows one identity, found by id, principal, name or access key id.
#[utoipa::path(
    get, path = "/v1/identities/{identity}", tag = "identities",
    params(("identity" = String, Path, description = "id, principal, name or access key id", example = "idn_ci-deploy")),
    responses((status = 200, body = IdentityView), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(
    State(desk): State<Desk>,
    Text(identity): Text,
) -> Result<Json<IdentityView>, Problem> {
    Ok(Json(desk.reading.identity(&identity).await?))
}
