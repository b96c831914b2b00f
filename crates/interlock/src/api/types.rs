//! Small forms that several nouns share.

use interlock_model::{
    BlastRadius, Dependent, FindingSource, Identity, Intent, Place, Residual, RuleRef, Target,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// What there is, in the order that the list promises.
    pub items: Vec<T>,
    /// What to pass on to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub next: Option<String>,
}

/// Where a record stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlaceView {
    /// The file as it was given, or `http:` and the id of the request that brought it.
    #[schema(example = "http:7f3a90c1d2e4b586")]
    pub file: String,
    /// The 0-based index of the record in it.
    #[schema(example = 0)]
    pub record: u64,
}

/// The rule behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleView {
    /// The Sigma rule's UUID, the behaviour's name, or the monitor's type of finding.
    #[schema(example = "first_seen_origin")]
    pub id: String,
    /// A name to show.
    #[schema(example = "Credential used from a new network")]
    pub name: String,
    /// `sigma`, `behaviour` or `alert`.
    #[schema(example = "behaviour")]
    pub source: String,
}

/// Who a finding, a case or a containment is about, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityRef {
    /// Its id.
    #[schema(example = "idn_ci-deploy")]
    pub id: String,
    /// `human`, `service_account`, `workload`, `api_client`, `pipeline`, `agent`, `shared` or `unknown`.
    #[schema(example = "service_account")]
    pub kind: String,
    /// A name to show.
    #[schema(example = "ci-deploy")]
    pub name: String,
    /// The team that answers for it; absent when nobody is known to.
    #[schema(example = "own_platform")]
    pub owner: Option<String>,
    /// `production`, `staging`, `development` or `unknown`.
    #[schema(example = "production")]
    pub environment: String,
}

/// What is wanted, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntentView {
    /// The verb.
    #[schema(example = "disable_credential")]
    pub kind: String,
    /// The principal that is hit.
    #[schema(example = "aws:arn:aws:iam::111122223333:user/ci-deploy")]
    pub principal: String,
    /// The credential that is hit, when it is one.
    #[schema(example = "aws:access-key:AKIAIOSFODNN7EXAMPLE")]
    pub credential: Option<String>,
    /// The same in words.
    #[schema(
        example = "disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `arn:aws:iam::111122223333:user/ci-deploy`"
    )]
    pub text: String,
}

/// Access that stays alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResidualView {
    /// What stays alive.
    #[schema(example = "sessions that were opened with the key before")]
    pub what: String,
    /// Until when at the latest; absent: until somebody acts.
    #[schema(example = "2026-03-02T22:00:00Z")]
    pub until: Option<String>,
}

/// Something that stops working when an identity stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DependentView {
    /// Its name.
    #[schema(example = "checkout-service")]
    pub name: String,
    /// How it depends, or what was seen.
    pub basis: String,
    /// When it last used the identity, where that was seen.
    pub last_used: Option<String>,
    /// Whether it serves production.
    pub production: bool,
}

/// What breaks if an identity stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlastRadiusView {
    /// `none`, `contained` (outside production), `production` or `unknown`.
    #[schema(example = "production")]
    pub class: String,
    /// What breaks.
    pub dependents: Vec<DependentView>,
}

/// A moment as text: RFC 3339, in UTC.
#[must_use]
pub fn moment(time: Timestamp) -> String {
    time.to_string()
}

impl From<&Place> for PlaceView {
    fn from(it: &Place) -> Self {
        Self { file: it.file.to_string(), record: it.record }
    }
}

impl From<&RuleRef> for RuleView {
    fn from(it: &RuleRef) -> Self {
        let source = match it.source {
            FindingSource::Sigma => "sigma",
            FindingSource::Behaviour => "behaviour",
            FindingSource::Alert => "alert",
        };
        Self { id: it.id.to_string(), name: it.name.to_string(), source: source.to_owned() }
    }
}

impl From<&Identity> for IdentityRef {
    fn from(it: &Identity) -> Self {
        Self {
            id: it.id.to_string(),
            kind: it.kind.to_string(),
            name: it.name.clone(),
            owner: it.owner.owner().map(ToString::to_string),
            environment: it.environment.to_string(),
        }
    }
}

impl From<&Intent> for IntentView {
    fn from(it: &Intent) -> Self {
        Self {
            kind: it.kind.to_string(),
            principal: it.target.principal().to_string(),
            credential: credential_of(&it.target),
            text: it.to_string(),
        }
    }
}

/// The credential that a target is, as text.
#[must_use]
pub fn credential_of(target: &Target) -> Option<String> {
    target.credential().map(ToString::to_string)
}

impl From<&Residual> for ResidualView {
    fn from(it: &Residual) -> Self {
        Self { what: it.what.clone(), until: it.until.map(moment) }
    }
}

impl From<&Dependent> for DependentView {
    fn from(it: &Dependent) -> Self {
        Self {
            name: it.name.clone(),
            basis: it.basis.clone(),
            last_used: it.last_used.map(moment),
            production: it.production,
        }
    }
}

impl From<&BlastRadius> for BlastRadiusView {
    fn from(it: &BlastRadius) -> Self {
        Self {
            class: it.as_str().to_owned(),
            dependents: it.dependents().iter().map(DependentView::from).collect(),
        }
    }
}
