//! What the process tells the turn once, from the configuration.

use crate::people::People;
use crate::places::Places;
use interlock_contain::{BreakerLimits, ConnectorInstance};
use interlock_decide::{Playbooks, Policies};
use interlock_model::{ActionKind, ConnectorId, Mode, Principal};
use std::collections::BTreeMap;

/// Everything that the turn needs to know and that does not change while it runs.
#[derive(Debug)]
pub struct Settings {
    /// What the house may do at all.
    pub mode: Mode,
    /// The connector instances.
    pub connectors: Vec<ConnectorInstance>,
    /// The principals that connectors act as: never contained.
    pub own: BTreeMap<ConnectorId, Vec<Principal>>,
    /// Who acts under which names, and which identities are theirs.
    pub people: People,
    /// Where workloads find their credentials.
    pub places: Places,
    /// What is proposed.
    pub playbooks: Playbooks,
    /// What is allowed.
    pub policies: Policies,
    /// How many automatic writes an hour there may be.
    pub breaker: BreakerLimits,
    /// This process: an intent of another run has an unknown outcome.
    pub run: Box<str>,
    /// How long a contained identity is watched before the containment counts as held, in seconds.
    pub watch_seconds: i64,
    /// How often what is contained is read back, in seconds; 0: never.
    pub read_back_seconds: i64,
    /// How often connectors look for identities, in seconds; 0: never.
    pub discovery_seconds: i64,
    /// How long an approval counts before the first write, in seconds.
    pub approval_seconds: i64,
    /// How long the findings that led to an undone containment lead to none again, in seconds.
    pub undo_hold_seconds: i64,
    /// How long a drill on a canary identity counts as evidence, in seconds.
    pub drill_seconds: i64,
    /// What is rehearsed.
    pub drills: Vec<DrillPlan>,
    /// Whether credentials that are older than is allowed are replaced.
    pub replace_over_age: bool,
}

/// One rehearsal on a canary identity, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillPlan {
    /// Its name.
    pub id: Box<str>,
    /// The connector that tries the canary's secret.
    pub connector: ConnectorId,
    /// The canary. Its identity is declared for drills.
    pub principal: Principal,
    /// What is done to it.
    pub kind: ActionKind,
    /// How often, in seconds.
    pub every_seconds: i64,
}
