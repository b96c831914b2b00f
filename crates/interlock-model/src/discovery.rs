//! What a connector saw when it looked for identities, and what it was not allowed to see.

use crate::{
    ConnectorId, CredentialRef, Entitlement, IdentityKind, LineageKind, Principal, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One principal as its provider describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// What the provider calls it.
    pub principal: Principal,
    /// Other names of the same principal at this provider: a SID beside a login name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Principal>,
    /// A name to show, where the provider has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Human or which sort of machine, where the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityKind>,
    /// Whether it may sign in at all, where the provider has a switch for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last used, as the provider counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// Tags, labels, annotations and attributes that speak of ownership and purpose.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What proves it, as far as the provider lists it. Never a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<DiscoveredCredential>,
    /// What it may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Entitlement>,
    /// Policies whose documents say what it may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyGrant>,
    /// Where its access comes from: who may act as it, who made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lineage: Vec<(LineageKind, Principal)>,
}

impl Discovered {
    /// A principal of which nothing else is known.
    #[must_use]
    pub const fn of(principal: Principal) -> Self {
        Self {
            principal,
            also: Vec::new(),
            name: None,
            kind: None,
            enabled: None,
            created: None,
            last_used: None,
            labels: BTreeMap::new(),
            credentials: Vec::new(),
            entitlements: Vec::new(),
            policies: Vec::new(),
            lineage: Vec::new(),
        }
    }
}

/// A policy that a principal has, as its provider keeps it. What it allows is for the directory to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyGrant {
    /// Its name.
    pub name: String,
    /// How the principal came by it: `inline`, `attached`, `attached to group admins`.
    pub through: String,
    /// Its document, in the provider's own form; `None` when the provider did not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// What it is there for.
    pub part: PolicyPart,
}

/// What a policy is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyPart {
    /// It says what the principal may do.
    Grants,
    /// It bounds what the others allow, and allows nothing itself.
    Bounds,
    /// It says who may act as the principal.
    Trusts,
}

/// One credential as its provider lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredCredential {
    /// Its public name.
    pub reference: CredentialRef,
    /// Whether it is in force, where the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Timestamp>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was last used, as the provider counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
}

/// Something that a connector could not see while it looked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DiscoveryGap {
    /// What: `access keys of user/ci`.
    pub what: String,
    /// Why, in the provider's words where it gave some.
    pub why: String,
    /// What to grant or do so that it can be seen.
    pub remedy: String,
}

/// One page of a look at everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiscoveryPage {
    /// What was seen.
    pub found: Vec<Discovered>,
    /// What could not be seen.
    pub gaps: Vec<DiscoveryGap>,
    /// Where the next page begins, in the connector's own form; `None` after the last one.
    pub next: Option<String>,
}

/// One permission of the house at a provider, tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedPermission {
    /// The provider's name of it.
    pub permission: String,
    /// Why it is missing, with the remedy; `None` when that is not known to be so.
    pub missing: Option<String>,
    /// Why the provider does not say whether it is there, and how it could be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_known: Option<String>,
}

/// How far a connector has looked, and what came of the last whole look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Which connector.
    pub connector: ConnectorId,
    /// The look that is under way.
    pub running: Option<DiscoveryRun>,
    /// When the last whole look began.
    pub last: Option<Timestamp>,
    /// How many principals it saw.
    pub seen: u64,
    /// What it could not see.
    pub gaps: Vec<DiscoveryGap>,
    /// Why the last try came to no end; `None` when it did.
    pub failed: Option<String>,
    /// What the connector may do, as tried after the last whole look.
    pub permissions: Vec<ProbedPermission>,
}

/// A look that is under way: what is needed to go on after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryRun {
    /// When it began; what it saw carries this time.
    pub started: Timestamp,
    /// Where to go on; `None` at the beginning.
    pub from: Option<String>,
    /// How many principals it saw so far.
    pub seen: u64,
    /// What it could not see so far.
    pub gaps: Vec<DiscoveryGap>,
}

impl Discovery {
    /// A connector that never looked.
    #[must_use]
    pub const fn never(connector: ConnectorId) -> Self {
        Self {
            connector,
            running: None,
            last: None,
            seen: 0,
            gaps: Vec::new(),
            failed: None,
            permissions: Vec::new(),
        }
    }
}

/// What one connector saw of one principal, and when: a stored fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryItem {
    /// Which connector.
    pub connector: ConnectorId,
    /// When the first look that saw it began.
    pub first: Timestamp,
    /// When the last look that saw it began.
    pub last: Timestamp,
    /// What was seen.
    pub seen: Discovered,
}
