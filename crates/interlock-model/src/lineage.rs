//! Where an identity and its access came from.

use crate::{EventId, Principal, Timestamp};
use serde::{Deserialize, Serialize};

/// One typed edge from an identity to where its access came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageEdge {
    /// What the edge says.
    pub kind: LineageKind,
    /// The other end.
    pub to: Principal,
    /// Since when it is known.
    pub seen: Option<Timestamp>,
    /// The event that shows it; `None` when it was declared or listed, and not seen since.
    pub shown_by: Option<EventId>,
    /// Whether people declared it, also when it was seen since.
    #[serde(default, skip_serializing_if = "is_false")]
    pub declared: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(it: &bool) -> bool {
    !*it
}

/// What a lineage edge says of the identity that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineageKind {
    /// It was created by the other end.
    CreatedBy,
    /// It is deployed by the other end, a pipeline.
    DeployedBy,
    /// The other end acts as it.
    AssumedBy,
    /// Its credential was issued by the other end.
    IssuedFrom,
}
