//! The files of `content/directory` as people write them; the JSON Schema for editors comes from here.

use interlock_model::{Criticality, Environment, IdentityKind, RiskClass};
use schemars::JsonSchema;
use serde::Deserialize;

/// One file of the directory: who there is, which team answers, where things run, what is never touched.
///
/// Every file may hold any of the sections; by custom each has its own file:
/// `identities.yaml`, `teams.yaml`, `environments.yaml`, `protected.yaml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDirectory {
    /// The identities that people know of. What is not listed is derived from telemetry as `undeclared`.
    #[serde(default)]
    pub identities: Vec<RawIdentity>,
    /// The teams that answer for identities and approve containments.
    #[serde(default)]
    pub teams: Vec<RawTeam>,
    /// Which accounts and names belong to production, staging and development.
    #[serde(default)]
    pub environments: Vec<RawEnvironment>,
    /// What is never contained without a person: break-glass accounts, Interlock's own identities.
    #[serde(default)]
    pub protected: Vec<RawProtected>,
}

/// One actor: a person, a service account, a workload, an API client, a pipeline, an AI agent, or an
/// account that several share.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawIdentity {
    /// Its id: `idn_` and then letters, digits, `.`, `_` or `-`. Never change it: history hangs on it.
    pub id: String,
    /// What sort of actor it is.
    pub kind: RawKind,
    /// The name to show. Default: the id without `idn_`.
    pub name: Option<String>,
    /// The team that answers for it: an id from `teams`.
    pub owner: Option<String>,
    /// Where it acts. Default: inferred from accounts and names; unknown is treated as production.
    pub environment: Option<RawEnvironmentName>,
    /// How much hangs on it. With `high` its blast radius counts as production, wherever it acts and
    /// whatever was seen. Default: nothing is said.
    pub criticality: Option<RawCriticality>,
    /// What providers call it, as `provider:name`, for example `aws:arn:aws:iam::111122223333:user/ci-deploy`.
    ///
    /// `*` stands for any text and `?` for one character: `github:repo:acme/shop:*`.
    #[serde(default)]
    pub principals: Vec<String>,
    /// Credentials known beforehand, as `provider:kind:id`, for example `aws:access-key:AKIAIOSFODNN7EXAMPLE`. Never the secret.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// What stops working when this identity stops.
    #[serde(default)]
    pub dependents: Vec<RawDependent>,
    /// The pipelines that deploy it, as principals; patterns are allowed.
    #[serde(default)]
    pub deployed_by: Vec<String>,
    /// The principals that created it.
    #[serde(default)]
    pub created_by: Vec<String>,
    /// The principals that act as it.
    #[serde(default)]
    pub assumed_by: Vec<String>,
    /// What it may do.
    #[serde(default)]
    pub entitlements: Vec<RawEntitlement>,
    /// Never contained without a person. Default: false.
    #[serde(default)]
    pub protected: bool,
    /// Since when the person or the purpose behind it is gone, such as `2026-03-31` or
    /// `2026-03-31T16:00:00Z`: every use from then on is a finding.
    pub departed: Option<String>,
    /// Bait: nobody has a reason to use it, so every use of it or of its credentials is a finding. Default: false.
    #[serde(default)]
    pub canary: bool,
    /// Drills may contain it: it was made for them, and nothing depends on it. Default: false.
    #[serde(default)]
    pub for_drills: bool,
}

/// Something that stops working when an identity stops.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDependent {
    /// Its name.
    pub name: String,
    /// How it depends on the identity, in words. Default: `declared`.
    pub basis: Option<String>,
    /// Whether customers feel it. Default: true, the careful answer.
    #[serde(default = "yes")]
    pub production: bool,
}

/// Something an identity may do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEntitlement {
    /// The grant as the provider names it: a policy, a role, a scope.
    pub grant: String,
    /// On what. Default: `*`.
    pub scope: Option<String>,
    /// How much harm it allows.
    pub risk: RawRisk,
}

/// A team and the way it approves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTeam {
    /// Its id: `own_` and then letters, digits, `.`, `_` or `-`.
    pub id: String,
    /// The name to show. Default: the id without `own_`.
    pub name: Option<String>,
    /// Where to reach it: a channel, an address, an on-call rota.
    pub contact: String,
    /// The members that may approve for it, by the name of their API token. Who is also an identity of
    /// that name no longer approves when that has departed, or is disabled at its provider.
    #[serde(default)]
    pub approvers: Vec<String>,
    /// The team that answers when nobody is left who may approve.
    pub fallback: Option<String>,
}

/// What belongs to one environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEnvironment {
    /// Which environment.
    pub environment: RawEnvironmentName,
    /// The provider accounts that belong to it as a whole.
    #[serde(default)]
    pub accounts: Vec<RawAccount>,
    /// Patterns over names and principals, such as `*-prod-*`. An account counts before a name.
    #[serde(default)]
    pub names: Vec<String>,
}

/// One account, tenant or organisation of a provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAccount {
    /// The provider's id of it, in quotes: `"111122223333"`.
    pub id: String,
    /// The team that answers for what nobody else answers for in it.
    pub owner: Option<String>,
}

/// Something that is never contained without a person. Exactly one of the three ways to name it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawProtected {
    /// An identity id, or a pattern over ids: `idn_break_glass_*`.
    pub identity: Option<String>,
    /// A principal, or a pattern over principals.
    pub principal: Option<String>,
    /// A credential, as `provider:kind:id`.
    pub credential: Option<String>,
    /// Why, for the person who is asked.
    pub reason: String,
}

/// What sort of actor an identity is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawKind {
    /// A person.
    Human,
    /// A long-lived account that software uses.
    ServiceAccount,
    /// Running software with platform-issued credentials: an instance, a pod, a function.
    Workload,
    /// A client of an API, known by key or client id.
    ApiClient,
    /// A build or deployment pipeline.
    Pipeline,
    /// An AI agent.
    Agent,
    /// One account of several people or programs: what it does says nothing about who did it.
    Shared,
    /// Nobody knows yet what it is.
    Unknown,
}

/// Where an identity acts.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawEnvironmentName {
    /// Customers depend on it.
    Production,
    /// A rehearsal of production.
    Staging,
    /// Nobody but developers depends on it.
    Development,
}

/// How much hangs on an identity.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawCriticality {
    /// It may be missing for days.
    Low,
    /// It is missed within a day.
    Medium,
    /// It may not be missing: many others stop with it.
    High,
}

/// How much harm an entitlement allows.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawRisk {
    /// Reading what is not secret.
    Read,
    /// Changing things.
    Write,
    /// Reading secrets or minting credentials.
    Secrets,
    /// Changing permissions.
    Permissions,
    /// Everything.
    Admin,
}

impl From<RawKind> for IdentityKind {
    fn from(it: RawKind) -> Self {
        match it {
            RawKind::Human => Self::Human,
            RawKind::ServiceAccount => Self::ServiceAccount,
            RawKind::Workload => Self::Workload,
            RawKind::ApiClient => Self::ApiClient,
            RawKind::Pipeline => Self::Pipeline,
            RawKind::Agent => Self::Agent,
            RawKind::Shared => Self::Shared,
            RawKind::Unknown => Self::Unknown,
        }
    }
}

impl From<RawEnvironmentName> for Environment {
    fn from(it: RawEnvironmentName) -> Self {
        match it {
            RawEnvironmentName::Production => Self::Production,
            RawEnvironmentName::Staging => Self::Staging,
            RawEnvironmentName::Development => Self::Development,
        }
    }
}

impl From<RawCriticality> for Criticality {
    fn from(it: RawCriticality) -> Self {
        match it {
            RawCriticality::Low => Self::Low,
            RawCriticality::Medium => Self::Medium,
            RawCriticality::High => Self::High,
        }
    }
}

impl From<RawRisk> for RiskClass {
    fn from(it: RawRisk) -> Self {
        match it {
            RawRisk::Read => Self::Read,
            RawRisk::Write => Self::Write,
            RawRisk::Secrets => Self::Secrets,
            RawRisk::Permissions => Self::Permissions,
            RawRisk::Admin => Self::Admin,
        }
    }
}

const fn yes() -> bool {
    true
}
