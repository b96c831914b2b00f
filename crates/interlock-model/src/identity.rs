//! The record everything binds to.

use crate::{Credential, IdentityId, LineageEdge, LineageKind, OwnerId, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One actor: human or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its id: chosen in the declared directory, derived from the principal otherwise.
    pub id: IdentityId,
    /// Human or which sort of machine.
    pub kind: IdentityKind,
    /// A name to show.
    pub name: String,
    /// Where it acts.
    pub environment: Environment,
    /// How the environment is known.
    pub environment_basis: EnvironmentBasis,
    /// Who answers for it.
    pub owner: Ownership,
    /// What providers call it.
    pub principals: Vec<Principal>,
    /// What proves it.
    pub credentials: Vec<Credential>,
    /// What it may do, as far as declared or seen.
    pub entitlements: Vec<Entitlement>,
    /// What breaks if it stops.
    pub dependents: Vec<Dependent>,
    /// Where it came from.
    pub lineage: Vec<LineageEdge>,
    /// Never contained without a person: break-glass accounts, Interlock's own identities.
    pub protected: bool,
    /// Declared by people, or derived from telemetry.
    pub provenance: Provenance,
    /// Since when the person or the purpose behind it is gone, where declared: every use from then
    /// on is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departed: Option<Timestamp>,
    /// Bait, declared as such: nobody has a reason to use it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub canary: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(it: &bool) -> bool {
    !*it
}

/// What people ask of an identity in hindsight: who it was, whose, where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityFacts {
    /// Human or which sort of machine.
    pub kind: IdentityKind,
    /// A name to show.
    pub name: String,
    /// Where it acted.
    pub environment: Environment,
    /// Who answered for it.
    pub owner: Ownership,
    /// What providers called it.
    pub principals: Vec<Principal>,
    /// Never contained without a person.
    pub protected: bool,
    /// Declared by people, or not.
    pub provenance: Provenance,
    /// Since when the person or the purpose behind it was gone.
    pub departed: Option<Timestamp>,
}

impl From<&Identity> for IdentityFacts {
    fn from(it: &Identity) -> Self {
        Self {
            kind: it.kind,
            name: it.name.clone(),
            environment: it.environment,
            owner: it.owner.clone(),
            principals: it.principals.clone(),
            protected: it.protected,
            provenance: it.provenance,
            departed: it.departed,
        }
    }
}

/// Human or which sort of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
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
    /// Nothing says what it is.
    Unknown,
}

impl IdentityKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Human,
        Self::ServiceAccount,
        Self::Workload,
        Self::ApiClient,
        Self::Pipeline,
        Self::Agent,
        Self::Shared,
        Self::Unknown,
    ];

    /// Whether no person signs in with it, as far as is known.
    #[must_use]
    pub const fn is_machine(self) -> bool {
        match self {
            Self::Human | Self::Shared => false,
            Self::ServiceAccount
            | Self::Workload
            | Self::ApiClient
            | Self::Pipeline
            | Self::Agent
            | Self::Unknown => true,
        }
    }

    /// The kind as text, as in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::ServiceAccount => "service_account",
            Self::Workload => "workload",
            Self::ApiClient => "api_client",
            Self::Pipeline => "pipeline",
            Self::Agent => "agent",
            Self::Shared => "shared",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for IdentityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an identity acts. Unknown is treated as production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Customers depend on it.
    Production,
    /// A rehearsal of production.
    Staging,
    /// Nobody but developers depends on it.
    Development,
    /// Nothing says; treated as production.
    Unknown,
}

impl Environment {
    /// The environment as text, as in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much hangs on an identity, as people declare it. Beside the environment: a job of little worth
/// may run in production, and one that everybody builds with outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// It may be missing for days.
    Low,
    /// It is missed within a day.
    Medium,
    /// It may not be missing: many others stop with it.
    High,
}

impl Criticality {
    /// The word, as in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an environment is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "basis", content = "from")]
pub enum EnvironmentBasis {
    /// Declared in the directory.
    Declared,
    /// Inferred, with the reason in words: "account `111122223333` is declared production".
    Inferred(String),
    /// Nothing says.
    None,
}

/// Who answers for an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ownership")]
pub enum Ownership {
    /// The directory says so.
    Declared {
        /// The team.
        owner: OwnerId,
    },
    /// The evidence says so.
    Inferred {
        /// The team.
        owner: OwnerId,
        /// The reason in words.
        from: String,
        /// The edge of lineage it rests on, when it is one.
        edge: Option<LineageKind>,
    },
    /// Nobody is known to. A finding of its own.
    Unowned,
}

impl Ownership {
    /// The team, however it is known.
    #[must_use]
    pub const fn owner(&self) -> Option<&OwnerId> {
        match self {
            Self::Declared { owner } | Self::Inferred { owner, .. } => Some(owner),
            Self::Unowned => None,
        }
    }
}

/// A team and the route by which it approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its id.
    pub id: OwnerId,
    /// Its name.
    pub name: String,
    /// Where to reach it: a channel, an address, an on-call rota.
    pub contact: String,
    /// The members that may approve for it, by the name of their API token.
    pub approvers: Vec<String>,
    /// Who answers when nobody is left who may approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<OwnerId>,
}

/// Something an identity may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The grant as the provider names it: a policy, a role, a scope.
    pub grant: String,
    /// On what.
    pub scope: String,
    /// How it came by it: `declared`, `attached`, `seen in use`.
    pub through: String,
    /// How much harm it allows.
    pub risk: RiskClass,
}

/// How much harm an entitlement allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
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

/// Something that stops working when an identity stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependent {
    /// Its name.
    pub name: String,
    /// How it depends, or what was seen.
    pub basis: String,
    /// When it last used the identity, where seen.
    pub last_used: Option<Timestamp>,
    /// Whether it serves production.
    pub production: bool,
}

/// What breaks if an identity stops, and how bad that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "class")]
pub enum BlastRadius {
    /// Nothing is known to depend on it, and enough was seen to say so.
    None,
    /// Things outside production.
    Contained {
        /// What breaks.
        dependents: Vec<Dependent>,
    },
    /// Production.
    Production {
        /// What breaks.
        dependents: Vec<Dependent>,
    },
    /// Too little was seen to say.
    Unknown,
}

impl BlastRadius {
    /// What breaks.
    #[must_use]
    pub fn dependents(&self) -> &[Dependent] {
        match self {
            Self::Contained { dependents } | Self::Production { dependents } => dependents,
            Self::None | Self::Unknown => &[],
        }
    }

    /// The class as text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Contained { .. } => "contained",
            Self::Production { .. } => "production",
            Self::Unknown => "unknown",
        }
    }
}

/// How the record came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// People declared it.
    Declared,
    /// Telemetry showed it; nobody declared it.
    Derived,
}

/// What an identity may do at this moment, from cases and containments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// Nothing is held against it.
    #[default]
    Clear,
    /// A case is open.
    Watched,
    /// Part of its access is cut.
    Reduced {
        /// Until when; `None` until someone decides.
        until: Option<Timestamp>,
    },
    /// It is cut off, reversibly.
    Quarantined,
    /// It is disabled.
    Disabled,
}
