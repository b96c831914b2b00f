//! Everything that one turn wants remembered, committed at once or not at all.

use crate::{
    ActionName, AuditFact, Case, ConnectorId, ContainmentId, Decision, Discovery, Entry, Finding,
    Identity, InventoryItem, Rejected, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything that one turn wants remembered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// What changes, in order.
    pub changes: Vec<Change>,
    /// What the audit chain gains, in order.
    pub audit: Vec<AuditFact>,
    /// The inbox is done with up to and including this position.
    pub consumed: Option<u64>,
}

/// One thing to remember. Writing the same thing twice leaves it once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// The identity's record is now this.
    Identity {
        /// The record.
        identity: Identity,
    },
    /// A finding was made.
    Finding {
        /// The finding.
        finding: Finding,
    },
    /// The case is now this.
    Case {
        /// The case.
        case: Case,
    },
    /// A decision fell.
    Decision {
        /// The decision.
        decision: Decision,
    },
    /// A containment's journal grew by this entry. A second entry at the same position is a conflict.
    Journal {
        /// The entry.
        entry: Entry,
    },
    /// A record was refused.
    Rejected {
        /// Which and why.
        rejected: Rejected,
    },
    /// A containment path was proven on a canary identity, or was not.
    Drill {
        /// Where.
        drill: Drill,
    },
    /// A connector saw this principal at its provider. Replaces what it saw of it before.
    Inventory {
        /// What and when. Boxed: it is large beside the others.
        item: Box<InventoryItem>,
    },
    /// How far a connector has looked is now this.
    Discovery {
        /// How far. Boxed: it is large beside the others.
        discovery: Box<Discovery>,
    },
    /// The owner's or the security team's attention is asked for.
    Notice {
        /// Of which containment, where it is about one.
        containment: Option<ContainmentId>,
        /// To whom: an owner's id, or `security`.
        to: String,
        /// In words.
        text: String,
        /// When.
        time: Timestamp,
    },
}

/// A rehearsal of one action on a canary identity: whether it ends access for real.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// The connector instance.
    pub connector: ConnectorId,
    /// What was rehearsed: the verb that was asked for.
    pub action: String,
    /// When it began.
    pub time: Timestamp,
    /// Whether the canary's credential was refused afterwards.
    pub effective: bool,
    /// Its name in the configuration.
    #[serde(default)]
    pub id: String,
    /// What it did, where it came so far.
    #[serde(default)]
    pub containment: Option<ContainmentId>,
    /// The actions that it made.
    #[serde(default)]
    pub actions: Vec<DrilledAction>,
    /// From the first intent to the first refusal, in milliseconds.
    #[serde(default)]
    pub refused_after: Option<u64>,
    /// Whether the canary's credential was accepted again after the undo.
    #[serde(default)]
    pub restored: bool,
    /// When it was over; `None` while it is under way.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// What went wrong, in words.
    #[serde(default)]
    pub fault: Option<String>,
}

/// One action that a drill made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrilledAction {
    /// The connector instance.
    pub connector: ConnectorId,
    /// The action's name.
    pub action: ActionName,
}

impl Drill {
    /// Whether it made this action of this connector.
    #[must_use]
    pub fn made(&self, connector: &ConnectorId, action: &str) -> bool {
        self.actions.iter().any(|it| it.connector == *connector && *it.action.0 == *action)
    }
}

/// Bytes that were accepted and wait for their turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The position in the inbox, growing, never reused. 0 until stored.
    pub position: u64,
    /// The name of the way in, for places: `http`, a file's path.
    pub file: Arc<str>,
    /// The 0-based index of the record in that input.
    pub record: u64,
    /// Whether the sender says it is an alert rather than an event.
    pub alert: bool,
    /// One record's text.
    pub text: Arc<str>,
}
